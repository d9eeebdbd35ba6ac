/**
 * Every reason for which the domain refuses a command. The codes are words, stable, listed in docs/errors.md;
 * `message` may be shown to the person who asked, `detail` is for the log alone.
 */
export const domainErrorCodes = [
  'tenant-not-found',
  'user-not-found',
  'user-ambiguous',
  'user-disabled',
  'username-malformed',
  'username-taken',
  'no-default-identity-provider',
  'identity-provider-not-found',
  'identity-provider-inactive',
  'identity-provider-unreachable',
  'identity-provider-refused',
  'device-not-found',
  'device-state-forbids',
  'device-owned-by-another',
  'device-busy',
  'device-unrecognised',
  'passkey-not-found',
  'passkey-state-forbids',
  'policy-not-found',
  'policy-required',
  'policy-active',
  'policy-name-taken',
  'policy-unmet-by-device',
  'policy-not-written',
  'enrollment-not-found',
  'enrollment-state-forbids',
  'enrollment-expired',
  'enrollment-in-progress',
  'credential-known',
  'credential-rejected',
  'receipt-rejected',
  'rp-id-forbidden',
  'pairing-code-invalid',
  'idempotency-key-reused',
  'workstation-not-found',
  'operator-not-found',
  'operator-deactivated',
  'owner-required',
  'own-access',
  'last-administrator',
  'sign-in-link-invalid',
  'account-sign-in-invalid',
  'sign-in-too-old',
  'last-way-in',
  'role-forbids',
  'bearer-invalid',
  'scope-missing',
  'provisioning-token-not-found',
  'group-not-found',
  'group-name-taken',
  'filter-invalid',
  'path-invalid',
  'no-target',
  'attribute-read-only',
  'too-many-results',
  'precondition-failed',
  'version-conflict',
  'password-rejected',
  'current-password-wrong',
  'password-disabled',
  'passwords-not-offered',
  'one-time-code-wrong',
  'one-time-code-app-not-found',
  'one-time-codes-not-offered',
  'input-invalid',
  'document-invalid',
  'version-not-found',
  'theme-not-found',
  'client-not-found',
  'theme-in-use',
  'unavailable',
] as const;

export type DomainErrorCode = (typeof domainErrorCodes)[number];

/** One fault of a document at its place (RFC 6901 JSON pointer). */
export interface FaultAt {
  readonly at: string;
  /** A stable word. */
  readonly rule: string;
  readonly values: Readonly<Record<string, string | number>>;
  /** In English, to be read after the place. */
  readonly what: string;
}

export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: DomainErrorCode;
  /** For the log, never for the person. */
  readonly detail: string | undefined;
  /** Machine-readable particulars that a page may explain, e.g. `{ field: 'minPinLength' }`. */
  readonly particulars: Readonly<Record<string, string | number | boolean>>;
  /** Of `document-invalid`: every fault at once. */
  readonly faults: readonly FaultAt[];

  constructor(
    code: DomainErrorCode,
    message: string,
    options: {
      cause?: unknown;
      detail?: string;
      particulars?: Readonly<Record<string, string | number | boolean>>;
      faults?: readonly FaultAt[];
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.particulars = options.particulars ?? {};
    this.faults = options.faults ?? [];
  }
}
