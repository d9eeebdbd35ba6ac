/** Why the embedded PostgreSQL can't run. The message is for the person who started the server. */
export const embeddedPostgresErrorCodes = [
  'platform-unsupported',
  'binaries-missing',
  'account-missing',
  'folder-in-use',
  'folder-foreign',
  'version-mismatch',
  'initialisation-failed',
  'start-failed',
  'start-timed-out',
] as const;

export type EmbeddedPostgresErrorCode = (typeof embeddedPostgresErrorCodes)[number];

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
