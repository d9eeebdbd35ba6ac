/** Every reason for which a command of this package gives up. The codes are words, stable, listed in docs/errors.md. */
export const cliErrorCodes = [
  'arguments-invalid',
  'setting-invalid',
  'build-missing',
  'port-in-use',
  'data-folder-in-use',
  'data-folder-unusable',
  'process-stopped',
  'process-timed-out',
  'server-unreachable',
  'server-refused',
  'answer-unexpected',
  'workstation-unreachable',
  'workstation-refused',
  'workstation-not-paired',
  'key-not-found',
  'key-not-assignable',
  'pin-unavailable',
  'enrollment-unfinished',
  'sign-in-refused',
  'tenant-refused',
  'interrupted',
] as const;
export type CliErrorCode = (typeof cliErrorCodes)[number];

/** `message` is for the person at the terminal: what happened, what is true now, what to do. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

/** The sentence of anything thrown, for a person. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
