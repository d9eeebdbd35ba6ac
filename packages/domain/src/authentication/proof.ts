import type { Tables, UserAuthenticators } from '../ports/index.ts';
import { admits } from './admission.ts';
import type { Assertion } from './assertion.ts';
import type { Scene } from './conversation.ts';
import { type Evidence, noEvidence } from './evidence.ts';
import { AuthenticationRefusal, type GrantFailure, invalidGrant } from './refusal.ts';
import type { TransactionState } from './transaction.ts';
import type { Factor, Workflow } from './workflow.ts';

/** What a client sends in `password`: a secret, the digits of a one-time code, or an assertion for a FIDO factor. */
export interface Proof {
  readonly username: string | null;
  readonly authType: string;
  readonly password: string | Assertion;
}

/** Where wrong answers are counted: per factor for a sign-in, apart from them for an enrollment's protection. */
export interface Tally {
  count(state: TransactionState): number;
  counted(state: TransactionState, count: number): TransactionState;
  readonly limit: number;
  /** The last wrong answer was given. */
  exhausted(state: TransactionState): TransactionState;
}

/** Who proved it, and how. */
export interface Proven extends Evidence {
  readonly userId: string;
  readonly username: string;
  readonly usernameless: boolean;
  readonly amr: readonly string[];
  /** When what proved it ends by itself; null: not before the factor's own time. */
  readonly endsAt: Date | null;
  /**
   * Uses up what proved it, in the transaction that settles it: the state without it, or null where another call at the
   * same time was first.
   */
  readonly use: (fresh: TransactionState, tables: Tables) => Promise<TransactionState | null>;
}

export interface NotProven {
  readonly failure: GrantFailure;
  readonly detail: string;
}

export interface ProofInHand {
  readonly factor: Factor;
  readonly judge: () => Promise<Proven | NotProven>;
  /** Of the attempt counter. */
  readonly subject: Uint8Array;
  readonly username: string | null;
}

/** What of a proof is kept beside it. */
export function evidenceOf({ credentialId, appId, passwordMark, passwordIsTemporary }: Evidence): Evidence {
  return { credentialId, appId, passwordMark, ...(passwordIsTemporary === true && { passwordIsTemporary }) };
}

/** Seconds that the authenticator which proved it stays valid. */
export function remainingValidity({ endsAt }: Pick<Proven, 'endsAt'>, factor: Factor, now: Date): number {
  if (endsAt === null) return factor.validity;
  return Math.min(factor.validity, Math.floor((endsAt.getTime() - now.getTime()) / 1000));
}

/** Counts a try on the authenticator before it is judged. */
export async function reserveAttempt(
  { now }: Scene,
  tables: Tables,
  { factor, subject }: { factor: Factor; subject: Uint8Array },
): Promise<void> {
  if (factor.disableThreshold === null) return;
  const reserved = await tables.attempts.reserve({
    subject,
    authType: factor.code,
    threshold: factor.disableThreshold,
    disabledUntil: new Date(now.getTime() + factor.disabledTimeReset * 1000),
    now,
  });
  if (!reserved) throw new AuthenticationRefusal(invalidGrant('authenticator-disabled', factor.code));
}

/** The user who proved it, unless she is disabled, or the factor is not there for her. */
export function provenBy(
  authenticators: UserAuthenticators,
  how: Pick<Proven, 'usernameless' | 'amr' | 'use'> & Partial<Evidence & Pick<Proven, 'endsAt'>>,
  /** null: what proved it is no factor of the workflow. */
  place: { readonly workflow: Workflow; readonly factor: Factor } | null,
): Proven | NotProven {
  const { user } = authenticators;
  const criteria = place?.workflow.accessCriteria.find(
    (entry) => entry.accessCriteriaId === place.factor.accessCriteriaId,
  );
  if (criteria !== undefined && !admits(criteria, authenticators)) {
    return { failure: 'bad-credential', detail: 'the access criteria of this factor do not admit the user' };
  }
  if (user.status !== 'active') return { failure: 'bad-credential', detail: 'the user is disabled' };
  return { ...noEvidence, endsAt: null, userId: user.userId, username: user.username, ...how };
}
