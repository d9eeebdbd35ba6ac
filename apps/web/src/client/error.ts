import type { Problem } from '@keywarden/api';

export const apiErrorCodes = [
  /** No answer at all: the server is down, or the network. */
  'server-unreachable',
  'server-timeout',
  /** An answer that is not what the wire's schema says. */
  'answer-malformed',
  /** The server said no, in RFC 9457's words; see `problem`. */
  'problem',
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** HTTP status, where there was an answer. */
  readonly status: number | null;
  readonly problem: Problem | null;

  constructor(
    code: ApiErrorCode,
    message: string,
    options: { cause?: unknown; status?: number; problem?: Problem } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? null;
    this.problem = options.problem ?? null;
  }

  /** The word that explains it: the problem's own, or ours where there is none. */
  get reason(): string {
    return this.problem?.code ?? this.code;
  }

  get signedOut(): boolean {
    return this.status === 401;
  }

  /** True where the very same request may succeed in a moment. */
  get passing(): boolean {
    if (this.code === 'server-unreachable' || this.code === 'server-timeout') return true;
    return this.status !== null && (this.status === 429 || this.status >= 500);
  }
}
