import {
  type AuthnError,
  type HidFailureReason,
  hidFailureReasons,
  type PasswordFault,
} from '@keywarden/api/authn';

/** Why the person can't go on; every language has a sentence for what happened and one for what to do. */
export const portalFaults = [
  'request-missing',
  'request-over',
  'retries-exhausted',
  'password-wrong',
  'code-wrong',
  'enrollment-code-wrong',
  'code-sends-exhausted',
  'way-not-enough',
  'passkey-refused',
  'passkey-not-allowed',
  'passkey-known',
  'authenticator-disabled',
  'not-permitted',
  'too-many-requests',
  'server-unreachable',
  'server-failed',
  'passkey-cancelled',
  'passkey-none-used',
  'passkey-timed-out',
  'passkey-aborted',
  'passkey-on-this-device',
  'passkey-wrong-address',
  'passkey-unsupported',
  'passkey-insecure',
  'passkey-browser',
  'passkey-failed',
  'account-ended',
  'account-sign-in-failed',
  'account-changed',
  'app-code-wrong',
  'app-over',
  'apps-not-offered',
  'password-too-short',
  'password-too-long',
  'password-repetitive',
  'password-about-you',
  'password-common',
  'password-breached',
  'password-same',
  'current-password-wrong',
  'name-not-good',
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

/** Why her new password may not be set. */
export const faultOfPassword: Readonly<Record<PasswordFault, PortalFault>> = {
  'too-short': 'password-too-short',
  'too-long': 'password-too-long',
  repetitive: 'password-repetitive',
  'about-the-user': 'password-about-you',
  common: 'password-common',
  breached: 'password-breached',
  'same-as-before': 'password-same',
};

/** What the person just tried: the same refusal means something else after each. */
export type Tried = 'password' | 'code' | 'enrollment-code' | 'passkey' | 'new-passkey';

const byReason: Readonly<Partial<Record<HidFailureReason, PortalFault>>> = {
  'challenge-unusable': 'passkey-timed-out',
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
  'code-sends-exhausted': 'code-sends-exhausted',
};

const wrong: Readonly<Record<Tried, PortalFault>> = {
  password: 'password-wrong',
  code: 'code-wrong',
  'enrollment-code': 'enrollment-code-wrong',
  passkey: 'passkey-refused',
  // The service has a reason that this page does not know of: its policy grew.
  'new-passkey': 'passkey-not-allowed',
};

/** What a refusal of the authentication service means to the person. */
export function faultOf(error: Pick<AuthnError, 'error' | 'hid_failure'>, tried: Tried | null): PortalFault {
  const number = error.hid_failure?.reason;
  const entry = Object.entries(hidFailureReasons).find(([, value]) => value === number);
  const known = entry === undefined ? undefined : byReason[entry[0] as HidFailureReason];
  if (known !== undefined) return known;
  if (error.error === 'access_denied')
    return tried === 'new-passkey' ? 'passkey-not-allowed' : 'not-permitted';
  if (error.error === 'unmet_authentication_requirements') return 'way-not-enough';
  if (error.error === 'server_error' || error.error === 'temporarily_unavailable') return 'server-failed';
  if (error.error !== 'invalid_grant' || tried === null) return 'request-over';
  return wrong[tried];
}
