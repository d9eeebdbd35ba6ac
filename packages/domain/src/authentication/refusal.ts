import type { WebAuthnErrorCode } from '@keywarden/fido2/webauthn';
import type { RequestedConsent } from './consent-record.ts';
import type { PasswordFault } from './password-policy.ts';
import type { OfferedFactor } from './workflow.ts';

/** The OAuth errors of the authentication service; the wire spells them with underscores. */
export const refusalKinds = [
  'invalid-request',
  'invalid-grant',
  'access-denied',
  'step-up-required',
  'consent-required',
  'unmet-authentication-requirements',
] as const;
export type RefusalKind = (typeof refusalKinds)[number];

/** Why a grant was refused, as `hid_failure` tells it. Closed; the wire gives each a number. */
export const grantFailureCodes = [
  'bad-credential',
  'challenge-unusable',
  'origin-not-allowed',
  'rp-id-mismatch',
  'user-not-verified',
  'user-not-present',
  'attestation-untrusted',
  'model-not-allowed',
  'credential-known',
  'authenticator-disabled',
  'algorithm-not-allowed',
  'credential-malformed',
  'factor-not-proven',
  'retries-exhausted',
  'code-already-issued',
  'code-sends-exhausted',
  'new-password-rejected',
] as const;
export type GrantFailure = (typeof grantFailureCodes)[number];

/** What a client is told, whatever was behind it; none of it says whether a user exists. */
const sentences: Readonly<Record<GrantFailure, string>> = {
  'bad-credential': 'Resource owner username or password is invalid',
  'challenge-unusable': 'The challenge is unknown, has expired or was already answered; ask for a new one',
  'origin-not-allowed': 'The credential was used on a page of an origin that is not allowed',
  'rp-id-mismatch': 'The credential was used for another relying party',
  'user-not-verified': 'The authenticator did not verify the user by PIN or biometrics',
  'user-not-present': 'The authenticator did not test that the user is present',
  'attestation-untrusted': 'The attestation of the authenticator is missing or not trusted',
  'model-not-allowed': 'This model of authenticator is not allowed',
  'credential-known': 'This credential is already registered',
  'authenticator-disabled': 'The authenticator is disabled for a while after too many wrong answers',
  'algorithm-not-allowed': 'The key algorithm of the credential is not allowed',
  'credential-malformed': 'The credential is not of the form that WebAuthn gives it',
  'factor-not-proven': 'A factor has to be proven in this transaction first',
  'retries-exhausted': 'Too many wrong answers; start again with a new authorization request',
  'code-already-issued': 'The authorization code of this transaction was already issued',
  'code-sends-exhausted':
    'Too many codes were asked for; use the newest one, another factor, or wait a while',
  'new-password-rejected': 'The new password may not be set; choose another one',
};

/** A refusal is an answer: it is told with a token and may change the transaction. */
export interface Refusal {
  readonly kind: RefusalKind;
  readonly description: string;
  readonly failure: { readonly reason: GrantFailure; readonly authType: string | null } | null;
  /** What is still missing: a factor, or a decision of the user. */
  readonly particulars: {
    readonly secondFactors?: readonly OfferedFactor[];
    readonly consents?: readonly RequestedConsent[];
    /** What is asked of the new password, and why the given one is none; null: none was given. */
    readonly newPassword?: { readonly reason: PasswordFault | null; readonly minimumLength: number };
  };
  /** For the log alone. */
  readonly detail: string | null;
}

/** Thrown inside a step; the conversation turns it into an answer. */
export class AuthenticationRefusal extends Error {
  override readonly name = 'AuthenticationRefusal';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options: { cause?: unknown } = {}) {
    super(refusal.detail ?? refusal.description, options.cause === undefined ? undefined : options);
    this.refusal = refusal;
  }
}

export function invalidRequest(what: string): Refusal {
  return {
    kind: 'invalid-request',
    description: `Invalid request : ${what}`,
    failure: null,
    particulars: {},
    detail: null,
  };
}

export function invalidGrant(reason: GrantFailure, authType: string | null, detail?: string): Refusal {
  return {
    kind: 'invalid-grant',
    description: `Invalid grant: ${sentences[reason]}`,
    failure: { reason, authType },
    particulars: {},
    detail: detail ?? null,
  };
}

const denied = 'Access denied by resource owner or authorization server';

export function accessDenied(detail: string): Refusal {
  return { kind: 'access-denied', description: denied, failure: null, particulars: {}, detail };
}

/** The credential is good, and the policy forbids the authenticator that it is on. */
export function modelForbidden(authType: string, detail: string): Refusal {
  const reason = 'model-not-allowed';
  return {
    kind: 'access-denied',
    description: `${denied}: ${sentences[reason]}`,
    failure: { reason, authType },
    particulars: {},
    detail,
  };
}

/** The client asked for an acr that it can't do without, and no factor that this user has gives it. */
export function unmetContext(): Refusal {
  return {
    kind: 'unmet-authentication-requirements',
    description: 'The authentication requirements of the client cannot be met',
    failure: null,
    particulars: {},
    detail: null,
  };
}

const failureOfWebAuthn: Partial<Record<WebAuthnErrorCode, GrantFailure>> = {
  'response-malformed': 'credential-malformed',
  'client-data-malformed': 'credential-malformed',
  'authenticator-data-malformed': 'credential-malformed',
  'attestation-object-malformed': 'credential-malformed',
  'public-key-malformed': 'credential-malformed',
  'challenge-mismatch': 'challenge-unusable',
  'origin-not-allowed': 'origin-not-allowed',
  'cross-origin-not-allowed': 'origin-not-allowed',
  'top-origin-not-allowed': 'origin-not-allowed',
  'rp-id-mismatch': 'rp-id-mismatch',
  'user-not-present': 'user-not-present',
  'user-not-verified': 'user-not-verified',
  'backup-eligible-not-allowed': 'model-not-allowed',
  'algorithm-not-allowed': 'algorithm-not-allowed',
  'algorithm-not-supported': 'algorithm-not-allowed',
  'attestation-missing': 'attestation-untrusted',
  'attestation-format-unknown': 'attestation-untrusted',
  'attestation-format-refused': 'attestation-untrusted',
  'attestation-statement-malformed': 'attestation-untrusted',
  'attestation-statement-mismatch': 'attestation-untrusted',
  'attestation-signature-invalid': 'attestation-untrusted',
  'attestation-certificate-invalid': 'attestation-untrusted',
  'attestation-enterprise-not-asked': 'attestation-untrusted',
  'attestation-enterprise-missing': 'attestation-untrusted',
  'attestation-untrusted': 'attestation-untrusted',
  'trust-anchor-malformed': 'attestation-untrusted',
  'aaguid-not-allowed': 'model-not-allowed',
  'credential-excluded': 'credential-known',
};

/** What is not told apart is a bad credential. */
export function failureOf(code: WebAuthnErrorCode): GrantFailure {
  return failureOfWebAuthn[code] ?? 'bad-credential';
}
