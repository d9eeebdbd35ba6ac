import { recordEvent } from '../commands/audit-trail.ts';
import type { Tables } from '../ports/index.ts';
import { issuerOf } from '../relying-party.ts';
import { achievedContext, provenMethods, requestedContext } from './authentication-context.ts';
import { requestedScopes } from './authorization-request.ts';
import { consentsOf, needsConsent } from './consent.ts';
import {
  type Answered,
  type AuthenticationCall,
  converse,
  readUserAhead,
  type Scene,
} from './conversation.ts';
import { stands } from './evidence.ts';
import { gated, missingForCode } from './missing-for-code.ts';
import { newPasswordAuthType } from './new-password-factor.ts';
import { factorOf, normalisedUsername, requiredUsername } from './parameters.ts';
import { evidenceOf, type Proof, type ProofInHand, remainingValidity, type Tally } from './proof.ts';
import { settleProof, takeProof, userActor } from './prove.ts';
import { AuthenticationRefusal, invalidGrant, invalidRequest } from './refusal.ts';
import { replaceTemporaryPassword } from './replace-password.ts';
import { boundSubject, requireSameUsername } from './subject.ts';
import type { ProvenFactor, TransactionSubject } from './transaction.ts';
import type { Factor } from './workflow.ts';

/** Verifies one factor. What is still missing for the code is told as a refusal: the factor stays proven. */
export function proveFactor(
  call: AuthenticationCall,
  proof: Proof,
): Promise<Answered<{ readonly expiresIn: number }>> {
  const { authType, username, password } = proof;
  if (authType === newPasswordAuthType && typeof password === 'string') {
    return replaceTemporaryPassword(call, { username, newPassword: password });
  }
  return converse<{ expiresIn: number }, ProofInHand & { readonly second: boolean }>(call, {
    ahead: (tables) => readUserAhead(tables, username),
    async decide(scene, tables) {
      const { factor, second } = factorOf(scene.workflow, authType);
      if (second && !scene.transaction.state.provenFactors.some((proven) => !proven.second)) {
        throw new AuthenticationRefusal(invalidGrant('factor-not-proven', factor.code));
      }
      const tally = factorTally(factor);
      const taken = await takeProof<{ expiresIn: number }>(scene, tables, { proof, factor, tally });
      return taken.kind === 'answer' ? taken : { ...taken, carry: { ...taken.carry, second } };
    },
    async conclude({ second, ...proofInHand }, scene) {
      const { factor } = proofInHand;
      const settle = await settleProof<{ expiresIn: number }>(proofInHand, scene, {
        tally: factorTally(factor),
        purpose: `client ${scene.client.clientId}`,
        accept: (proven, fresh) => ({
          state: {
            ...fresh,
            subject: boundSubject(fresh, proven),
            provenFactors: [
              ...fresh.provenFactors.filter((entry) => entry.factorId !== factor.factorId),
              {
                factorId: factor.factorId,
                authType: factor.code,
                acr: factor.acr,
                amr: proven.amr,
                second,
                at: scene.now.toISOString(),
                ...evidenceOf(proven),
              },
            ],
          },
          answer: { kind: 'done', body: { expiresIn: remainingValidity(proven, factor, scene.now) } },
        }),
      });
      return gated(scene, settle);
    },
  });
}

/** The code, once all factors are proven and what the client demands is consented to. */
export function requestCode(
  call: AuthenticationCall,
  input: { readonly authType: string; readonly username: string | null },
): Promise<Answered<{ readonly code: string; readonly state: string | null; readonly iss: string }>> {
  type Body = { code: string; state: string | null; iss: string };
  return converse<Body, { subject: TransactionSubject; scopes: readonly string[] }>(call, {
    ahead: (tables) => readUserAhead(tables, input.username),
    async decide(scene, tables) {
      const { state } = scene.transaction;
      if (input.authType !== newPasswordAuthType) factorOf(scene.workflow, input.authType);
      const username = normalisedUsername(input.username);
      requireSameUsername(state, username);
      if (state.codeIssued) {
        throw new AuthenticationRefusal(invalidGrant('code-already-issued', input.authType));
      }
      const { subject } = state;
      if (subject === null || !state.provenFactors.some((proven) => !proven.second)) {
        throw new AuthenticationRefusal(invalidGrant('factor-not-proven', input.authType));
      }
      if (!subject.usernameless) requiredUsername(username);
      if (!state.provenFactors.some((proven) => provenAs(proven, input.authType))) {
        throw new AuthenticationRefusal(invalidRequest('The authType is not one that was proven'));
      }
      await requireStillGood(scene, subject, tables);
      const missing = await missingForCode(scene, state, tables);
      if (missing !== null) throw new AuthenticationRefusal(missing);
      const scopes = await grantedScopes(scene, subject, tables);
      return { kind: 'go-on', state, carry: { subject, scopes } };
    },
    async conclude({ subject, scopes }, scene) {
      const { transaction, client } = scene;
      const { ports, tenantId, actor } = call;
      const proven = transaction.state.provenFactors;
      const achieved = achievedContext(proven, requestedContext(transaction.request));
      if (achieved === null) throw new Error('a code was requested without a proven factor');
      const { acr, decisive } = achieved;
      const { code, grantId, endsAt, records } = await ports.authorizationCodes.issue(tenantId, {
        request: transaction.request,
        userId: subject.userId,
        scopes,
        acr,
        amr: provenMethods(proven),
        authenticatedAt: new Date(decisive.at),
      });
      return async (fresh, tables) => {
        // Two requests at once each made a code; the loser's is neither told nor kept.
        if (fresh.codeIssued) {
          const refusal = invalidGrant('code-already-issued', input.authType);
          return { state: fresh, answer: { kind: 'refused', refusal } };
        }
        const credentialIds = proven.flatMap(({ credentialId }) =>
          credentialId === null ? [] : [credentialId],
        );
        if (
          credentialIds.length > 0 &&
          !(await tables.openIdRecords.bindGrant({ grantId, credentialIds, expiresAt: endsAt }))
        ) {
          // Revoked while the code was made: nobody is told it, and it opens nothing.
          const refusal = invalidGrant('factor-not-proven', input.authType, 'revoked since the proof');
          return { state: fresh, answer: { kind: 'refused', refusal } };
        }
        for (const record of records) await tables.openIdRecords.upsert(record);
        await recordEvent(
          { ports, tables, actor: userActor(actor, subject) },
          {
            type: 'authentication.completed',
            target: { kind: 'client', id: client.clientId, name: client.name },
            description: `${subject.username} signed in to ${client.name} with ${decisive.authType}.`,
          },
        );
        return {
          state: { ...fresh, codeIssued: true },
          answer: {
            kind: 'done',
            body: { code, state: transaction.request.state, iss: issuerOf(ports.surroundings, tenantId) },
          },
        };
      };
    },
  });
}

function provenAs(proven: ProvenFactor, authType: string): boolean {
  return authType === newPasswordAuthType
    ? proven.passwordIsTemporary === false
    : proven.authType === authType;
}

/** Between the proof and the code an operator may have disabled the user, or taken away what proved her. */
async function requireStillGood(
  { transaction, now }: Scene,
  subject: TransactionSubject,
  tables: Tables,
): Promise<void> {
  const { provenFactors } = transaction.state;
  const authenticators = await tables.authenticators.findByUsername(subject.username);
  const spoilt = provenFactors.find(
    (proven) => authenticators !== null && !stands(proven, authenticators, now),
  );
  const user = authenticators?.user;
  if (user?.userId === subject.userId && user.status === 'active' && spoilt === undefined) return;
  throw new AuthenticationRefusal(
    invalidGrant(
      'factor-not-proven',
      (spoilt ?? provenFactors[0])?.authType ?? null,
      'revoked since the proof',
    ),
  );
}

/** Wrong answers to a factor, by authType; the last of them ends the transaction. */
function factorTally(factor: Factor): Tally {
  return {
    limit: factor.retry,
    count: (state) => state.failures[factor.code] ?? 0,
    counted: (state, count) => ({ ...state, failures: { ...state.failures, [factor.code]: count } }),
    exhausted: (state) => ({ ...state, retriesExhausted: true }),
  };
}

async function grantedScopes(
  scene: Scene,
  subject: TransactionSubject,
  tables: Tables,
): Promise<readonly string[]> {
  const scopes = requestedScopes(scene.transaction.request);
  if (!needsConsent(scene)) return scopes;
  const consents = await consentsOf(scene, subject, tables);
  return consents.filter((consent) => consent.status === 'accepted').map((consent) => consent.scope);
}
