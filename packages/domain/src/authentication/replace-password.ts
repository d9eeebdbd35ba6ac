import type { Ports, UserAuthenticators } from '../ports/index.ts';
import {
  type Answered,
  type AuthenticationCall,
  converse,
  readUserAhead,
  type Scene,
  type Settlement,
} from './conversation.ts';
import { passwordMarkOf, stands } from './evidence.ts';
import { languageWish } from './languages.ts';
import { gated, missingFactor } from './missing-for-code.ts';
import { newPasswordAuthType, newPasswordTries } from './new-password-factor.ts';
import { factorOf, normalisedUsername } from './parameters.ts';
import { type PasswordPolicy, usualPasswordPolicy } from './password-policy.ts';
import { userActor } from './prove.ts';
import { AuthenticationRefusal, invalidGrant, type Refusal } from './refusal.ts';
import { type JudgedPassword, judgeNewPassword, storePassword } from './set-password.ts';
import { requireSameUsername } from './subject.ts';
import type { TransactionState } from './transaction.ts';

interface Replacing {
  readonly authenticators: UserAuthenticators;
  /** Of the factor that the temporary password proved. */
  readonly authType: string;
  readonly passwordHash: string;
  readonly policy: PasswordPolicy;
}

/**
 * A password of her own in the place of the temporary one that she proved in this transaction; all other factors come first.
 * The factor stays proven, and what is still missing for the code is told as after any proof. One that may not be set counts
 * as a wrong answer.
 */
export function replaceTemporaryPassword(
  call: AuthenticationCall,
  input: { readonly username: string | null; readonly newPassword: string },
): Promise<Answered<{ readonly expiresIn: number }>> {
  const { newPassword } = input;
  const notProven = (detail: string): Refusal =>
    invalidGrant('factor-not-proven', newPasswordAuthType, detail);
  return converse<{ expiresIn: number }, Replacing>(call, {
    ahead: (tables) => readUserAhead(tables, input.username),
    async decide(scene, tables) {
      const { state } = scene.transaction;
      requireSameUsername(state, normalisedUsername(input.username));
      const { subject, provenFactors } = state;
      const temporary = provenFactors.find((proven) => proven.passwordIsTemporary === true);
      if (subject === null || temporary === undefined) {
        throw new AuthenticationRefusal(notProven('no temporary password was proven'));
      }
      const missing = await missingFactor(scene, { subject, provenFactors }, tables);
      if (missing !== null) throw new AuthenticationRefusal(missing);
      const authenticators = await tables.authenticators.findByUsername(subject.username);
      const passwordHash = authenticators?.passwordHash ?? null;
      if (authenticators === null || passwordHash === null || !stands(temporary, authenticators, scene.now)) {
        throw new AuthenticationRefusal(notProven('revoked since the proof'));
      }
      const policy = (await tables.passwordPolicies.get()) ?? usualPasswordPolicy;
      const { authType } = temporary;
      return { kind: 'go-on', state, carry: { authenticators, authType, passwordHash, policy } };
    },
    async conclude(replacing, scene) {
      const { authenticators, passwordHash, policy } = replacing;
      const { user } = authenticators;
      const question = { password: newPassword, policy, user, before: passwordHash };
      const judged = await judgeNewPassword(call.ports, question);
      const { fault } = judged;
      if (fault !== null) {
        const refusal = invalidGrant('new-password-rejected', newPasswordAuthType, fault);
        const { minimumLength } = policy;
        const told = { ...refusal, particulars: { newPassword: { reason: fault, minimumLength } } };
        return async (fresh) => ({
          state: withFailure(fresh),
          answer: { kind: 'refused', refusal: told },
        });
      }
      const hash = await call.ports.passwords.hash(newPassword);
      const settle = settlement(scene, replacing, { hash, judged, gone: notProven('replaced since') });
      return gated(scene, settle);
    },
  });
}

function settlement(
  scene: Scene,
  { authenticators, authType, passwordHash }: Replacing,
  chosen: {
    readonly hash: string;
    readonly judged: JudgedPassword;
    readonly gone: Refusal;
  },
): Settlement<{ expiresIn: number }> {
  const { hash, judged, gone } = chosen;
  const { user } = authenticators;
  const { factor } = factorOf(scene.workflow, authType);
  const ports: Ports = scene.call.ports;
  return async (fresh, tables) => {
    // An operator may hand over another one at the same time: the later of the two must not be lost.
    await tables.accountSessions.lockOwner(user.userId);
    const now = await tables.authenticators.findByUsername(user.username);
    if (now?.passwordHash !== passwordHash || now.user.status !== 'active') {
      return { state: { ...fresh }, answer: { kind: 'refused', refusal: gone } };
    }
    const languages = languageWish(scene.call, scene.transaction.request.uiLocales);
    const actor = userActor(scene.call.actor, user);
    await storePassword({ ports, tables, actor, languages }, { user, hash, expiresAt: null, judged });
    const marks = { before: passwordMarkOf(passwordHash), after: passwordMarkOf(hash) };
    return { state: remarked(fresh, marks), answer: { kind: 'done', body: { expiresIn: factor.validity } } };
  };
}

function withFailure(state: TransactionState): TransactionState {
  const failures = (state.failures[newPasswordAuthType] ?? 0) + 1;
  return {
    ...state,
    failures: { ...state.failures, [newPasswordAuthType]: failures },
    retriesExhausted: state.retriesExhausted || failures >= newPasswordTries,
  };
}

/** What the old password proved in this transaction, the new one proves: she who set it had proven the old one. */
function remarked(
  state: TransactionState,
  marks: { readonly before: string; readonly after: string },
): TransactionState {
  const { provenFactors, protection } = state;
  return {
    ...state,
    provenFactors: provenFactors.map((proven) => {
      if (proven.passwordMark !== marks.before) return proven;
      return { ...proven, passwordIsTemporary: false, passwordMark: marks.after };
    }),
    protection:
      protection?.passwordMark === marks.before ? { ...protection, passwordMark: marks.after } : protection,
  };
}
