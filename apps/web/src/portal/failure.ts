import type { AuthnError, HidFailureReason } from '@keywarden/api';
import { hidFailureReasons } from '@keywarden/api';

/** Why the sign-in can't go on, in words that words.ts knows a sentence for. */
export const portalFaults = [
  'request-missing',
  'request-over',
  'retries-exhausted',
  'password-wrong',
  'passkey-refused',
  'passkey-not-allowed',
  'passkey-known',
  'authenticator-disabled',
  'not-permitted',
  'server-unreachable',
  'server-failed',
  'passkey-cancelled',
  'passkey-on-this-device',
  'passkey-wrong-address',
  'passkey-unsupported',
  'passkey-failed',
] as const;
export type PortalFault = (typeof portalFaults)[number];

export class PortalFailure extends Error {
  override readonly name = 'PortalFailure';
  readonly fault: PortalFault;

  constructor(fault: PortalFault, options: { cause?: unknown } = {}) {
    super(fault, options.cause === undefined ? undefined : { cause: options.cause });
    this.fault = fault;
  }
}

const byReason: Readonly<Partial<Record<HidFailureReason, PortalFault>>> = {
  'challenge-unusable': 'passkey-failed',
  'origin-not-allowed': 'passkey-wrong-address',
  'rp-id-mismatch': 'passkey-wrong-address',
  'user-not-verified': 'passkey-failed',
  'user-not-present': 'passkey-failed',
  'attestation-untrusted': 'passkey-not-allowed',
  'model-not-allowed': 'passkey-not-allowed',
  'algorithm-not-allowed': 'passkey-not-allowed',
  'credential-known': 'passkey-known',
  'authenticator-disabled': 'authenticator-disabled',
  'credential-malformed': 'passkey-failed',
  'factor-not-proven': 'request-over',
  'retries-exhausted': 'retries-exhausted',
  'code-already-issued': 'request-over',
};

/** What a refusal of the authentication service means to the person; `proving` is what she just tried. */
export function faultOf(error: AuthnError, proving: 'password' | 'passkey' | null): PortalFault {
  const number = error.hid_failure?.reason;
  const entry = Object.entries(hidFailureReasons).find(([, value]) => value === number);
  const known = entry === undefined ? undefined : byReason[entry[0] as HidFailureReason];
  if (known !== undefined) return known;
  if (error.error === 'access_denied') return 'not-permitted';
  if (error.error === 'server_error') return 'server-failed';
  if (error.error !== 'invalid_grant') return 'request-over';
  if (proving === null) return 'request-over';
  return proving === 'password' ? 'password-wrong' : 'passkey-refused';
}
