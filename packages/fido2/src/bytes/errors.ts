/** Every way in which bytes or text from outside can be malformed. Closed: one word per reason. */
export const formatErrorCodes = [
  'base64url-invalid',
  'der-invalid',
  'certificate-invalid',
  'cbor-invalid',
  'cbor-truncated',
  'cbor-trailing-bytes',
  'cbor-indefinite-length',
  'cbor-duplicate-key',
  'cbor-not-canonical',
  'cbor-too-deep',
  'cbor-too-large',
  'cbor-not-encodable',
  'cose-key-invalid',
  'cose-algorithm-unsupported',
  'cose-algorithm-refused',
  'authenticator-data-invalid',
  'tpm-structure-invalid',
] as const;

export type FormatErrorCode = (typeof formatErrorCodes)[number];

/** What the parsers of this package throw, and nothing else. `message` is for the log. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;

  constructor(code: FormatErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
