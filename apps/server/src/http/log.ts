import { DomainError } from '@keywarden/domain';
import { type DestinationStream, type Logger, pino } from 'pino';
import { HttpRefusal } from './refusal.ts';

/** Wherever one of these stands in what is logged, it is not written. */
const secrets: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'token',
  'password',
  'pin',
  'secret',
  'code',
  'server-csrf-token',
  'request_uri',
]);
/** Nothing that is logged is deeper. */
const deepest = 3;

export function createLog(options: { level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own redaction tries each path at each depth, for every line.
      formatters: { log: (line) => redacted(line), bindings: (bindings) => redacted(bindings) },
      serializers: { err: describeError, error: describeError },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/** The same object where there is nothing to take out of it. */
function redacted(line: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let copy: Record<string, unknown> | null = null;
  for (const [name, value] of Object.entries(line)) {
    const written = secrets.has(name) ? '[redacted]' : depth < deepest ? redactedWithin(value, depth) : value;
    if (written !== value) {
      copy ??= { ...line };
      copy[name] = written;
    }
  }
  return copy ?? line;
}

function redactedWithin(value: unknown, depth: number): unknown {
  // What is written of an error is chosen by describeError.
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (Array.isArray(value)) return value.map((member) => redactedWithin(member, depth + 1));
  return redacted({ ...value }, depth + 1);
}

interface Described {
  readonly name: string;
  readonly message: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
}

function isCallersFault(error: Error): boolean {
  return 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500;
}

/** Name, words, place and cause; not the members that drivers hang on their errors, with rows and values in them. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const refusal = error instanceof DomainError || error instanceof HttpRefusal;
  const described: Described = {
    name: error.name,
    message: error.message,
    ...('code' in error && error.code !== undefined ? { reason: String(error.code) } : {}),
    ...(refusal && error.detail !== undefined ? { detail: error.detail } : {}),
    ...(refusal || isCallersFault(error) ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
  return described;
}
