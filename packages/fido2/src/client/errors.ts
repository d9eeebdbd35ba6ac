/** Why a client operation ended without what was asked for. A dead or misbehaving key is a `DeviceError` instead. */
export const clientErrorCodes = [
  'options-invalid',
  'unsupported',
  'algorithm-unsupported',
  'user-verification-unavailable',
  'discoverable-credential-unavailable',
  'credential-excluded',
  'credential-missing',
  'key-full',
  'pin-not-set',
  'pin-already-set',
  'pin-wrong',
  'pin-rejected',
  'pin-too-few-retries',
  'pin-reinsert-required',
  'pin-blocked',
  'pin-change-required',
  'user-verification-failed',
  'touch-timeout',
  'refused-on-key',
  'cancelled',
  'reset-window-passed',
  'read-back-differs',
  'key-failed',
] as const;
export type ClientErrorCode = (typeof clientErrorCodes)[number];

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** The key's own CTAP status byte, where one led here. */
  readonly status: number | null;
  /** PIN tries left, where the key told. */
  readonly retriesLeft: number | null;
  /** What the key can't do or did not keep, e.g. `minPINLength`, where `code` is about one setting. */
  readonly field: string | null;

  constructor(
    code: ClientErrorCode,
    message: string,
    options: { cause?: unknown; status?: number; retriesLeft?: number; field?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? null;
    this.retriesLeft = options.retriesLeft ?? null;
    this.field = options.field ?? null;
  }
}
