import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import type { Tables } from '../ports/index.ts';
import { assertingUser, assertionMethods, judgeAssertion, type ProvenAssertion } from './assertion.ts';
import type { Answer, Decision, Scene, Settlement } from './conversation.ts';
import { decoysOf } from './decoys.ts';
import { passwordMarkOf } from './evidence.ts';
import { hasPassword, relyingPartyOf } from './holdings.ts';
import { takeOneTimeCode } from './one-time-code.ts';
import { normalisedUsername, requiredUsername } from './parameters.ts';
import {
  type NotProven,
  type Proof,
  type ProofInHand,
  type Proven,
  provenBy,
  reserveAttempt,
  type Tally,
} from './proof.ts';
import { AuthenticationRefusal, invalidGrant, invalidRequest } from './refusal.ts';
import { requireSameUsername, requireUnchanged, requireUnchangedUsername } from './subject.ts';
import type { AssertionChallenge, TransactionState } from './transaction.ts';
import type { Factor, FidoFactor } from './workflow.ts';

/**
 * Takes a proof in: everything that must not be usable twice is used up and the try is counted before it is judged, so
 * that any number of tries at once are at most as many as the limit.
 */
export async function takeProof<T>(
  scene: Scene,
  tables: Tables,
  input: { readonly proof: Proof; readonly factor: Factor; readonly tally: Tally },
): Promise<Decision<T, ProofInHand>> {
  const { factor, tally, proof } = input;
  const { state } = scene.transaction;
  const tries = tally.count(state);
  if (tries >= tally.limit) {
    throw new AuthenticationRefusal(invalidGrant('retries-exhausted', factor.code));
  }
  const counted = tally.counted(state, tries + 1);
  if (factor.type === 'FIDO') return takeAssertion(scene, tables, { proof, factor, state: counted });
  if (factor.type === 'OTP') return takeOneTimeCode(scene, tables, { proof, factor, state: counted });
  return takePassword(scene, tables, { proof, factor, state: counted });
}

async function takePassword<T>(
  scene: Scene,
  tables: Tables,
  { proof, factor, state }: { proof: Proof; factor: Factor; state: TransactionState },
): Promise<Decision<T, ProofInHand>> {
  const { ports, tenantId } = scene.call;
  const { password } = proof;
  if (typeof password !== 'string') throw new AuthenticationRefusal(invalidRequest('Malformed password'));
  const username = requiredUsername(proof.username);
  requireSameUsername(state, username);
  const decoys = await decoysOf(ports, tenantId);
  const subject = decoys.attemptSubject(`user:${username}`);
  await reserveAttempt(scene, tables, { factor, subject });
  const authenticators = await tables.authenticators.findByUsername(username);
  const judge = async () => {
    const right = await ports.passwords.verify(authenticators?.passwordHash ?? null, password);
    if (authenticators === null) return { failure: 'bad-credential' as const, detail: 'no such user' };
    if (!right) return { failure: 'bad-credential' as const, detail: 'wrong password, or none set' };
    if (!hasPassword(authenticators, scene.now)) {
      return { failure: 'bad-credential' as const, detail: 'the temporary password has run out' };
    }
    const { passwordHash, passwordExpiresAt } = authenticators;
    const how = {
      usernameless: false,
      amr: ['pwd'],
      passwordMark: passwordHash === null ? null : passwordMarkOf(passwordHash),
      passwordIsTemporary: passwordExpiresAt !== null,
      endsAt: passwordExpiresAt,
      use: async (fresh: TransactionState) => fresh,
    };
    return provenBy(authenticators, how, { workflow: scene.workflow, factor });
  };
  return { kind: 'go-on', state, carry: { factor, judge, subject, username } };
}

async function takeAssertion<T>(
  scene: Scene,
  tables: Tables,
  { proof, factor, state }: { proof: Proof; factor: FidoFactor; state: TransactionState },
): Promise<Decision<T, ProofInHand>> {
  const { ports, tenantId } = scene.call;
  const assertion = proof.password;
  if (typeof assertion === 'string') throw new AuthenticationRefusal(invalidRequest('Malformed password'));
  const username = normalisedUsername(proof.username);
  requireSameUsername(state, username);
  const challenge = usableChallenge(scene, factor);
  requireUnchanged('authType', challenge.authType, factor.code);
  requireUnchangedUsername(challenge.username, username);
  const { rpId } = relyingPartyOf(ports, factor);
  const authenticators = await assertingUser(tables, { username, assertion, rpId });
  const decoys = await decoysOf(ports, tenantId);
  const subject = decoys.attemptSubject(
    assertion.id === null
      ? `fido-user:${username ?? assertion.userHandle ?? ''}`
      : `credential:${assertion.id}`,
  );
  await reserveAttempt(scene, tables, { factor, subject });
  const judge = async () => {
    const judged = judgeAssertion(ports, { factor, challenge, assertion, authenticators });
    if ('failure' in judged) return judged;
    const how = {
      usernameless: username === null,
      amr: assertionMethods(judged),
      credentialId: judged.credential.credentialId,
      endsAt: judged.credential.validUntil,
      use: async (fresh: TransactionState, within: Tables) =>
        (await recordUse(within, judged, scene.now)) ? fresh : null,
    };
    return provenBy(judged.authenticators, how, { workflow: scene.workflow, factor });
  };
  // A challenge is used up by the first answer to it, right or wrong (WebAuthn L3 §13.4.3).
  const used = { ...state, assertionChallenge: null };
  return { kind: 'go-on', pace: 'at-once', state: used, carry: { factor, judge, subject, username } };
}

function usableChallenge({ transaction, now }: Scene, factor: Factor): AssertionChallenge {
  const { assertionChallenge } = transaction.state;
  if (assertionChallenge === null || Date.parse(assertionChallenge.expiresAt) <= now.getTime()) {
    throw new AuthenticationRefusal(invalidGrant('challenge-unusable', factor.code));
  }
  return assertionChallenge;
}

/** Judges what was taken in and writes the outcome, with its audit event, in one transaction. */
export async function settleProof<T>(
  { factor, judge, subject, username }: ProofInHand,
  scene: Scene,
  input: {
    readonly tally: Tally;
    readonly purpose: string;
    readonly accept: (
      proven: Proven,
      state: TransactionState,
    ) => { state: TransactionState; answer: Answer<T> };
  },
): Promise<Settlement<T>> {
  const { tally, purpose } = input;
  const { ports, actor } = scene.call;
  const judged = await judge();
  return async (fresh, tables) => {
    const outcome = 'failure' in judged ? judged : await spent(judged, fresh, tables);
    if ('failure' in outcome) {
      await recordEvent(
        { ports, tables, actor },
        {
          type: 'authentication.failed',
          target: { kind: 'user', id: '', name: username ?? '' },
          outcome: 'failure',
          description: `${factor.code} was not proven for ${purpose}: ${outcome.detail}.`,
        },
      );
      const refusal = invalidGrant(outcome.failure, factor.code, outcome.detail);
      const last = tally.count(fresh) >= tally.limit;
      return { state: last ? tally.exhausted(fresh) : { ...fresh }, answer: { kind: 'refused', refusal } };
    }
    const { proven, state } = outcome;
    if (factor.disableThreshold !== null) await tables.attempts.clear(subject, factor.code);
    await recordEvent(
      { ports, tables, actor: userActor(actor, proven) },
      {
        type: 'authentication.factor-proven',
        target: { kind: 'user', id: proven.userId, name: proven.username },
        description: `${factor.code} was proven for ${purpose}.`,
      },
    );
    try {
      return input.accept(proven, tally.counted(state, 0));
    } catch (error) {
      if (!(error instanceof AuthenticationRefusal)) throw error;
      return { state: { ...state }, answer: { kind: 'refused', refusal: error.refusal } };
    }
  };
}

async function spent(
  proven: Proven,
  fresh: TransactionState,
  tables: Tables,
): Promise<{ readonly proven: Proven; readonly state: TransactionState } | NotProven> {
  const state = await proven.use(fresh, tables);
  return state === null
    ? { failure: 'bad-credential', detail: 'its counter or code was used by another call at the same time' }
    : { proven, state };
}

/** The person acts, as far as anybody knows who she is. */
export function userActor(actor: Actor, user: { readonly userId: string; readonly username: string }): Actor {
  return { ...actor, kind: 'user', id: user.userId, name: user.username };
}

/** Compare and set on the counter: of two uses of one counter value at once, one is a copy's. */
function recordUse(tables: Tables, { credential, verified }: ProvenAssertion, at: Date): Promise<boolean> {
  return tables.credentials.recordUse(credential.credentialId, {
    signCount: verified.signCount,
    previousSignCount: credential.signCount,
    backedUp: verified.backedUp,
    at,
  });
}
