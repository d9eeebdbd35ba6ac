import { Problem } from '@keywarden/api';
import type { Static, TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { ApiError } from './error.ts';

export interface Http {
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMilliseconds: number;
}

export interface Request<S extends TSchema> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** What the answer must look like; null where none is expected. */
  readonly answer: S;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Sends, and lets nothing in that the schema does not know. Throws ApiError, or the signal's own reason. */
export async function send<S extends TSchema>(http: Http, request: Request<S>): Promise<Static<S>> {
  const response = await ask(http, request);
  const body = await readBody(response);
  if (!response.ok) throw refusal(response, body);
  return checked(request.answer, body, response.status);
}

async function ask(http: Http, request: Request<TSchema>): Promise<Response> {
  const timeout = AbortSignal.timeout(http.timeoutMilliseconds);
  const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
  const headers: Record<string, string> = {
    accept: 'application/json, application/problem+json',
    ...request.headers,
  };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await http.fetch(request.path, {
      method: request.method ?? 'GET',
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal,
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    if (timeout.aborted)
      throw new ApiError('server-timeout', 'The server took too long to answer.', { cause });
    throw new ApiError('server-unreachable', 'The server could not be reached.', { cause });
  }
}

async function readBody(response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    throw new ApiError('server-unreachable', 'The answer broke off.', { cause, status: response.status });
  }
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(response: Response, body: unknown): ApiError {
  if (Check(Problem, body)) {
    return new ApiError('problem', body.title, { status: response.status, problem: body });
  }
  return new ApiError('answer-malformed', `The server answered ${response.status} without saying why.`, {
    status: response.status,
  });
}

function checked<S extends TSchema>(schema: S, body: unknown, status: number): Static<S> {
  if (Check(schema, body)) return body;
  const [first] = Errors(schema, body);
  throw new ApiError('answer-malformed', 'The answer is not what this page understands.', {
    cause: first,
    status,
  });
}
