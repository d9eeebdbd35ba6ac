import { type Answered, type AuthenticationCall, converse, readUserAhead } from './conversation.ts';
import { codeOpens, enrollmentCodeAuthType, takeEnrollmentCode } from './enroll-code.ts';
import { factorOf } from './parameters.ts';
import { evidenceOf, type Proof, type ProofInHand, remainingValidity, type Tally } from './proof.ts';
import { settleProof, takeProof } from './prove.ts';
import { AuthenticationRefusal, invalidRequest } from './refusal.ts';
import { boundSubject } from './subject.ts';

/**
 * Wrong tries at the protection are counted apart from those at factors: they close enrollment, not the sign-in. Each
 * counts on the authenticator too.
 */
const protectionTally: Tally = {
  limit: 3,
  count: (state) => state.protectionFailures,
  counted: (state, count) => ({ ...state, protectionFailures: count }),
  exhausted: (state) => ({ ...state, protection: null }),
};

/**
 * Proves the authenticator that protects an enroll action, or the one-time code that an operator issued; it does not sign
 * anybody in.
 */
export function proveProtection(
  call: AuthenticationCall,
  proof: Proof,
): Promise<Answered<{ readonly expiresIn: number }>> {
  return converse<{ expiresIn: number }, ProofInHand>(call, {
    ahead: (tables) => readUserAhead(tables, proof.username),
    async decide(scene, tables) {
      if (proof.authType === enrollmentCodeAuthType) {
        if (!scene.workflow.enrollActions.some(codeOpens)) {
          throw new AuthenticationRefusal(invalidRequest('This authType protects no enrollment'));
        }
        return takeEnrollmentCode<{ expiresIn: number }>(scene, tables, { proof, tally: protectionTally });
      }
      const protects = scene.workflow.enrollActions.some(
        (action) => action.protectionFactor?.authType === proof.authType,
      );
      if (!protects) {
        throw new AuthenticationRefusal(invalidRequest('This authType protects no enrollment'));
      }
      const { factor } = factorOf(scene.workflow, proof.authType);
      return takeProof<{ expiresIn: number }>(scene, tables, { proof, factor, tally: protectionTally });
    },
    conclude(proofInHand, scene) {
      const { factor } = proofInHand;
      return settleProof<{ expiresIn: number }>(proofInHand, scene, {
        tally: protectionTally,
        purpose: 'an enrollment',
        accept: (proven, fresh) => ({
          state: {
            ...fresh,
            subject: boundSubject(fresh, proven),
            protection:
              factor.code === enrollmentCodeAuthType
                ? fresh.protection
                : {
                    authType: factor.code,
                    userId: proven.userId,
                    at: call.ports.clock.now().toISOString(),
                    deviceId: null,
                    ...evidenceOf(proven),
                  },
          },
          answer: { kind: 'done', body: { expiresIn: remainingValidity(proven, factor, scene.now) } },
        }),
      });
    },
  });
}
