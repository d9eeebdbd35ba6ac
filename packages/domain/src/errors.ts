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
  'order-not-found',
  'rp-id-forbidden',
  'pairing-code-invalid',
  'idempotency-key-reused',
  'workstation-not-found',
  'operator-not-found',
  'sign-in-link-invalid',
  'role-forbids',
  'version-conflict',
  'input-invalid',
  'unavailable',
] as const;

export type DomainErrorCode = (typeof domainErrorCodes)[number];

export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: DomainErrorCode;
  /** For the log, never for the person. */
  readonly detail: string | undefined;
  /** Machine-readable particulars that a page may explain, e.g. `{ field: 'minPinLength' }`. */
  readonly particulars: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: DomainErrorCode,
    message: string,
    options: {
      cause?: unknown;
      detail?: string;
      particulars?: Readonly<Record<string, string | number | boolean>>;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.particulars = options.particulars ?? {};
  }
}
