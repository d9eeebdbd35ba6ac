import type { CeremonyExpectation } from './types.ts';

/** CollectedClientData (WebAuthn L3 §5.8.1). Unknown members are ignored. */
export interface ClientData {
  readonly type: string;
  /** base64url */
  readonly challenge: string;
  readonly origin: string;
  readonly crossOrigin: boolean;
  /** Null where absent. */
  readonly topOrigin: string | null;
}

// As UTF-8 decode does: wrong bytes become U+FFFD, a byte order mark is stripped.
const utf8 = new TextDecoder();

/** @throws SyntaxError or TypeError */
export function parseClientData(bytes: Uint8Array): ClientData {
  const members: unknown = JSON.parse(utf8.decode(bytes));
  if (!isObject(members)) throw new TypeError('client data is not an object');
  const crossOrigin = members['crossOrigin'] ?? false;
  const topOrigin = members['topOrigin'] ?? null;
  if (typeof crossOrigin !== 'boolean') throw new TypeError('crossOrigin is not a boolean');
  if (topOrigin !== null && typeof topOrigin !== 'string') throw new TypeError('topOrigin is not text');
  return {
    type: requireText(members, 'type'),
    challenge: requireText(members, 'challenge'),
    origin: requireText(members, 'origin'),
    crossOrigin,
    topOrigin,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function requireText(members: Readonly<Record<string, unknown>>, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw new TypeError(`${name} is not text`);
  return value;
}

/** WebAuthn L3 §13.4.3: at least 16 bytes, 22 characters of base64url. An empty one would let every replay pass. */
export function isChallengeLongEnough(expected: CeremonyExpectation): boolean {
  return expected.challenge.length >= 22;
}

/** Compared as texts: base64url has one text for one value, and a challenge is no secret to the one who answers it. */
export function isChallenge(clientData: ClientData, expected: CeremonyExpectation): boolean {
  return clientData.challenge === expected.challenge;
}

/** WebAuthn L3 §13.4.9: exact, or one of the RP ID's related origins (§5.11). */
export function isOriginExpected(clientData: ClientData, expected: CeremonyExpectation): boolean {
  return (
    expected.origins.includes(clientData.origin) ||
    (expected.relatedOrigins ?? []).includes(clientData.origin)
  );
}

export function isCrossOriginAllowed(clientData: ClientData, expected: CeremonyExpectation): boolean {
  return expected.allowCrossOrigin === true || (!clientData.crossOrigin && clientData.topOrigin === null);
}

export function isTopOriginExpected(clientData: ClientData, expected: CeremonyExpectation): boolean {
  return clientData.topOrigin === null || (expected.topOrigins ?? []).includes(clientData.topOrigin);
}
