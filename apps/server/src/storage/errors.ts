import { DomainError, type DomainErrorCode } from '@keywarden/domain';
import pg from 'pg';

/** Unique indexes and foreign keys that a person can run into, by their names in the migrations. */
const constraints: Readonly<Record<string, readonly [DomainErrorCode, string]>> = {
  users_username: ['username-taken', 'There is a user with this username already. Choose another one.'],
  groups_display_name: ['group-name-taken', 'There is a group with this name already. Choose another name.'],
  policies_name: ['policy-name-taken', 'There is a policy with this name already. Choose another name.'],
  devices_policy: ['policy-active', 'Devices carry this policy, so it can neither be edited nor deleted.'],
  enrollments_open_device: [
    'enrollment-in-progress',
    'This key is being enrolled at this moment. Wait until that is done, or cancel it.',
  ],
  credentials_pkey: ['credential-known', 'This credential is registered already.'],
};

const retryable = new Set(['40001', '40P01']);
// Insufficient resources (53), among them too many connections (53300); time-outs of statements (57014) and locks (55P03).
const busyStates = /^(53...|57014|55P03)$/;
const connectionLost = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** pg and pg-pool tell these by their words alone. */
const connectionLostWords =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Cannot use a pool after/;

/** All connections of this process were in use for longer than anybody should wait. */
export class NoConnectionFree extends Error {
  override readonly name = 'NoConnectionFree';

  constructor() {
    super('no connection to the database became free in time');
  }
}

/** A row that the transaction had relied on writing was not written. */
export function isClaimFailed(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === 'KW001';
}

/** Nobody's fault and nothing was written: the same transaction again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && retryable.has(error.code ?? '');
}

/** Somebody else has the row, or the table. */
export function isLockTimedOut(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03';
}

/** PostgreSQL took longer than a statement may. */
export function isTimedOut(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '57014';
}

/** PostgreSQL is there, and had no time, or no room, for this. */
function isBusy(error: unknown): boolean {
  if (error instanceof NoConnectionFree) return true;
  return error instanceof pg.DatabaseError && busyStates.test(error.code ?? '');
}

/** The connection can't be used any more. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|57P|25P)/.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  return (
    ('code' in error && connectionLost.has(String(error.code))) || connectionLostWords.test(error.message)
  );
}

/** The only place that knows PostgreSQL's errors. What is not a person's business comes back as it was. */
export function toDomainError(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  if (isRetryable(error)) {
    return new DomainError('version-conflict', 'Somebody else changed this at the same moment. Try again.', {
      cause: error,
    });
  }
  const busy = isBusy(error);
  if (busy || isConnectionLost(error)) {
    const why = busy ? 'has too much to do' : 'cannot reach its database';
    return new DomainError(
      'unavailable',
      `Keywarden ${why} at the moment. Try again in a few seconds; asking twice does no harm.`,
      { cause: error, detail: error instanceof Error ? error.message : String(error) },
    );
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code, constraint, message } = error;
  if (code === '23505' || code === '23503') {
    const known = constraints[constraint ?? ''];
    if (known !== undefined) return new DomainError(known[0], known[1], { cause: error, detail: message });
  }
  // A malformed id (invalid_text_representation) names nothing.
  if (code === '22P02' || code === '22021' || code === '22P05') {
    return new DomainError('input-invalid', 'A value of this request is malformed.', {
      cause: error,
      detail: message,
    });
  }
  return error;
}
