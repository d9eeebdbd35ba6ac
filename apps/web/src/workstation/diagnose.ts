/** Why no connection came about, as far as a page can find out. */
export type ConnectionFault =
  /** Nothing listens on the port: not installed, or stopped. */
  | 'not-running'
  /** Something listens and turned this page away: an origin it does not trust, or another program on the port. */
  | 'refused'
  /** The browser keeps this site from talking to programs on this computer. */
  | 'local-network-denied';

export interface Surroundings {
  readonly fetch: typeof globalThis.fetch;
  /** The browser's own answer; null where it does not know such a permission. */
  readonly localNetworkPermission: () => Promise<PermissionState | null>;
}

const probeWithin = 3_000;

/** A browser tells a page nothing about a failed WebSocket, so we ask two other questions. */
export async function diagnose(workstationUrl: string, surroundings: Surroundings): Promise<ConnectionFault> {
  if ((await surroundings.localNetworkPermission()) === 'denied') return 'local-network-denied';
  const health = new URL('/health', workstationUrl.replace(/^ws/, 'http'));
  try {
    // Opaque on purpose: that something answers is all we want to know.
    await surroundings.fetch(health, { mode: 'no-cors', signal: AbortSignal.timeout(probeWithin) });
    return 'refused';
  } catch {
    return 'not-running';
  }
}

/** Chromium has had three names for it; a name it does not know throws. */
const permissionNames = ['loopback-network', 'local-network-access', 'local-network'];

export async function localNetworkPermission(): Promise<PermissionState | null> {
  for (const name of permissionNames) {
    try {
      const status = await navigator.permissions.query({ name: name as PermissionName });
      return status.state;
    } catch {
      // Not known here: ask for the next one.
    }
  }
  return null;
}
