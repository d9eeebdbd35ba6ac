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
import { factorOf, normalisedUsername } from './parameters.ts';
import { type PasswordPolicy, usualPasswordPolicy } from './password-policy.ts';
import { userActor } from './prove.ts';
import { AuthenticationRefusal, invalidGrant, type Refusal } from './refusal.ts';
import { type JudgedPassword, judgeNewPassword, storePassword } from './set-password.ts';
import { requireSameUsername } from './subject.ts';
import type { TransactionState } from './transaction.ts';

interface Replacing {
  readonly authenticators: UserAuthenticators;
  readonly passwordHash: string;
  readonly policy: PasswordPolicy;
}

/**
 * A password of her own in the place of the temporary one that she proved in this transaction; all other factors come first.
 * The factor stays proven, and what is still missing for the code is told as after any proof.
 */
export function replaceTemporaryPassword(
  call: AuthenticationCall,
  input: { readonly authType: string; readonly username: string | null; readonly newPassword: string },
): Promise<Answered<{ readonly expiresIn: number }>> {
  const { authType, newPassword } = input;
  const notProven = (detail: string): Refusal => invalidGrant('factor-not-proven', authType, detail);
  return converse<{ expiresIn: number }, Replacing>(call, {
    ahead: (tables) => readUserAhead(tables, input.username),
    async decide(scene, tables) {
      const { state } = scene.transaction;
      factorOf(scene.workflow, authType);
      requireSameUsername(state, normalisedUsername(input.username));
      const { subject, provenFactors } = state;
      const temporary = provenFactors.find((proven) => proven.authType === authType);
      if (subject === null || temporary?.passwordIsTemporary !== true) {
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
      return { kind: 'go-on', state, carry: { authenticators, passwordHash, policy } };
    },
    async conclude(replacing, scene) {
      const { authenticators, passwordHash, policy } = replacing;
      const { user } = authenticators;
      const question = { password: newPassword, policy, user, before: passwordHash };
      const judged = await judgeNewPassword(call.ports, question);
      const { fault } = judged;
      if (fault !== null) {
        const refusal = invalidGrant('new-password-rejected', authType, fault);
        const { minimumLength } = policy;
        const told = { ...refusal, particulars: { newPassword: { reason: fault, minimumLength } } };
        return async (fresh) => ({ state: { ...fresh }, answer: { kind: 'refused', refusal: told } });
      }
      const hash = await call.ports.passwords.hash(newPassword);
      const settle = settlement(scene, replacing, {
        authType,
        hash,
        judged,
        gone: notProven('replaced since'),
      });
      return gated(scene, settle);
    },
  });
}

function settlement(
  scene: Scene,
  { authenticators, passwordHash }: Replacing,
  chosen: {
    readonly authType: string;
    readonly hash: string;
    readonly judged: JudgedPassword;
    readonly gone: Refusal;
  },
): Settlement<{ expiresIn: number }> {
  const { authType, hash, judged, gone } = chosen;
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
      const { passwordIsTemporary: _replaced, ...kept } = proven;
      return { ...kept, passwordMark: marks.after };
    }),
    protection:
      protection?.passwordMark === marks.before ? { ...protection, passwordMark: marks.after } : protection,
  };
}
