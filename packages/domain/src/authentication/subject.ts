import { foldUsername } from '../username.ts';
import { AuthenticationRefusal, invalidRequest } from './refusal.ts';
import type { TransactionState, TransactionSubject } from './transaction.ts';

/** Once somebody proved who she is, the transaction is hers: another username is refused, none at all is not another. */
export function requireSameUsername(state: TransactionState, username: string | null): void {
  if (state.subject === null || username === null) return;
  if (foldUsername(state.subject.username) === foldUsername(username)) return;
  throw new AuthenticationRefusal(invalidRequest('The username differs from the one of this transaction'));
}

/** Who is named, in whatever case, is the one of the step before. */
export function requireUnchangedUsername(expected: string | null, given: string | null): void {
  const fold = (username: string | null) => (username === null ? null : foldUsername(username));
  requireUnchanged('username', fold(expected), fold(given));
}

/** A parameter that changed between two steps that belong together. */
export function requireUnchanged(parameter: string, expected: string | null, given: string | null): void {
  if (expected === given) return;
  throw new AuthenticationRefusal(invalidRequest(`The ${parameter} differs from the one of the step before`));
}

/**
 * The subject that a proof makes or confirms.
 *
 * @throws AuthenticationRefusal where it is somebody else's: two people who proved themselves at once, or a second factor
 * of another user, must not become one
 */
export function boundSubject(fresh: TransactionState, proven: TransactionSubject): TransactionSubject {
  if (fresh.subject !== null && fresh.subject.userId !== proven.userId) {
    throw new AuthenticationRefusal(invalidRequest('The username differs from the one of this transaction'));
  }
  const { userId, username, usernameless } = proven;
  return fresh.subject ?? { userId, username, usernameless };
}
