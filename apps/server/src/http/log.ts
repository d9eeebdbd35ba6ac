import { DomainError } from '@keywarden/domain';
import { type DestinationStream, type Logger, pino } from 'pino';
import { HttpRefusal } from './refusal.ts';

/** Wherever one of these stands in what is logged, it is not written. */
const secrets = [
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
];
const paths = secrets.flatMap((name) =>
  ['', '*.', '*.*.', '*.*.*.'].map((depth) =>
    name.includes('-') ? `${depth}["${name}"]`.replace('.[', '[') : `${depth}${name}`,
  ),
);

export function createLog(options: { level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths, censor: '[redacted]' },
      serializers: { err: describeError, error: describeError },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
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
