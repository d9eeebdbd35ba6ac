/** What HTTP itself refuses, before or after a domain command. Stable words, listed in docs/errors.md. */
export const httpErrorCodes = [
  'request-malformed',
  'sign-in-required',
  'cross-site-request',
  'not-found',
  'method-not-allowed',
  'body-too-large',
  'media-type-unsupported',
  'rate-limited',
  'pages-missing',
  'internal',
] as const;

export type HttpErrorCode = (typeof httpErrorCodes)[number];

export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly code: HttpErrorCode;
  /** What to do next, for the person. */
  readonly advice: string | undefined;
  readonly particulars: Readonly<Record<string, string | number | boolean>>;
  /** For the log, never for the person. */
  readonly detail: string | undefined;

  constructor(
    code: HttpErrorCode,
    message: string,
    options: {
      cause?: unknown;
      advice?: string;
      particulars?: Readonly<Record<string, string | number | boolean>>;
      detail?: string;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.advice = options.advice;
    this.particulars = options.particulars ?? {};
    this.detail = options.detail;
  }
}
