import type { AccountSession, AccountVisit } from '../authentication/account-session.ts';
import type { User } from '../user.ts';

/** The tables of self-service; part of `Tables`. */
export interface AccountTables {
  readonly accountSessions: AccountSessionTable;
  readonly visits: VisitTable;
}

export interface AccountSessionTable {
  insert(session: AccountSession): Promise<void>;
  /** With its user; null where it is over, or the user is disabled. */
  find(sessionHash: Uint8Array, now: Date): Promise<{ session: AccountSession; user: User } | null>;
  /** Holds the user's row until the transaction ends: what is decided about one of hers at a time stays true. */
  lockOwner(userId: string): Promise<void>;
  /** Newest first. */
  listByUser(userId: string, now: Date): Promise<readonly AccountSession[]>;
  /** The session goes on without it: its owner removes a passkey and is still there. */
  forgetCredential(sessionHash: Uint8Array, credentialId: string): Promise<void>;
  /** What proved her when it began is by now known by other marks. */
  replaceProofs(sessionHash: Uint8Array, proofs: AccountSession['provenFactors']): Promise<void>;
  /** Returns how many there were. */
  delete(of: { userId: string; sessionId: string }): Promise<number>;
  deleteByUser(userId: string, options?: { except: string }): Promise<number>;
  /** Those that this credential helped to open. */
  deleteByCredential(credentialId: string): Promise<number>;
  deleteExpired(now: Date): Promise<number>;
}

/** What applications hold in a user's name: one visit for each sign-in to one of them. */
export interface VisitTable {
  /** Newest first. */
  listByUser(userId: string, now: Date): Promise<readonly AccountVisit[]>;
  /** Ends the tokens of a sign-in that is the user's; returns how many records there were. */
  end(of: { userId: string; grantId: string }): Promise<number>;
}
