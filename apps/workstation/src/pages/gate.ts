import type { IncomingMessage } from 'node:http';
import type { Pairings } from '../pairings.ts';

/**
 * Names by which a page may reach us. Exact: a hostile name that resolves to 127.0.0.1 (DNS rebinding) arrives with
 * that name in Host.
 */
export const hostsOf = (port: number): readonly string[] => [
  `127.0.0.1:${port}`,
  `[::1]:${port}`,
  `localhost:${port}`,
];

export interface Refusal {
  readonly status: 400 | 403 | 404 | 405 | 421 | 503;
  readonly reason: string;
}

/** Why this request may not become a WebSocket, or null. The list of origins is that of the pairings, now. */
export async function refuseUpgrade(
  request: IncomingMessage,
  allowed: { readonly hosts: readonly string[]; readonly pairings: Pairings },
): Promise<Refusal | null> {
  if (request.method !== 'GET') return { status: 405, reason: 'Only GET can be upgraded.' };
  if (!namesUs(request, allowed.hosts)) return { status: 421, reason: 'This is not the host you asked for.' };
  if (request.url !== '/') return { status: 404, reason: 'The WebSocket is at /.' };
  const origin = originOf(request);
  // Programs other than browsers send none; sandboxed frames and local files send `null`.
  if (origin === null || origin === 'null') return { status: 403, reason: 'An Origin is required.' };
  if (!(await allowed.pairings.allowsOrigin(origin))) {
    return { status: 403, reason: 'This workstation is not paired with that origin.' };
  }
  return null;
}

export function namesUs(request: IncomingMessage, hosts: readonly string[]): boolean {
  // Node joins nothing here: a second Host header makes its parser refuse the request.
  return request.headers.host !== undefined && hosts.includes(request.headers.host.toLowerCase());
}

/** Exactly one Origin header, as sent; null without. */
export function originOf(request: IncomingMessage): string | null {
  const values = request.headersDistinct['origin'];
  return values?.length === 1 ? (values[0] ?? null) : null;
}
