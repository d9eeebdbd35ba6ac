/** Every reason for which metadata from outside is refused. Closed; words; stable. */
export const metadataErrorCodes = [
  'metadata-too-large',
  'metadata-malformed',
  'metadata-algorithm-refused',
  // Who signed it.
  'metadata-signer-untrusted',
  'metadata-signer-expired',
  'metadata-signer-unexpected',
  'metadata-signature-invalid',
  'metadata-number-rolled-back',
  // The list of individual authenticators that an entry points to.
  'rogue-list-malformed',
  'rogue-list-hash-mismatch',
] as const;

export type MetadataErrorCode = (typeof metadataErrorCodes)[number];

/** A BLOB or rogue list that must not be used; what was had before stays in force. `message` is for the log. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
  readonly code: MetadataErrorCode;

  constructor(code: MetadataErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
