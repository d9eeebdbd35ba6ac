import type { Tables } from '../ports/index.ts';
import { workflowFor } from './admission.ts';
import {
  factorsForEssential,
  meetsEssential,
  requestedContext,
  requestedSubject,
} from './authentication-context.ts';
import { missingConsent, needsConsent } from './consent.ts';
import type { RequestedConsent } from './consent-record.ts';
import type { Scene, Settlement } from './conversation.ts';
import { offered } from './flow.ts';
import { heldFactors } from './holdings.ts';
import { newPasswordFactor } from './new-password-factor.ts';
import { usualPasswordPolicy } from './password-policy.ts';
import { invalidGrant, type Refusal, unmetContext } from './refusal.ts';
import type { ProvenFactor, TransactionState, TransactionSubject } from './transaction.ts';
import type { OfferedFactor, Workflow } from './workflow.ts';

/** Adds what is missing for the code to the answer of a proven factor. */
export function gated<T>(scene: Scene, settle: Settlement<T>): Settlement<T> {
  return async (fresh, tables) => {
    const settled = await settle(fresh, tables);
    if (settled.answer.kind === 'refused') return settled;
    const missing = await missingForCode(scene, settled.state, tables);
    return missing === null ? settled : { ...settled, answer: { kind: 'refused', refusal: missing } };
  };
}

/** Null: nothing, the code may be asked for. */
export async function missingForCode(
  scene: Scene,
  state: TransactionState,
  tables: Tables,
): Promise<Refusal | null> {
  const { subject, provenFactors } = state;
  if (subject === null) return invalidGrant('factor-not-proven', null);
  const missing = await missingFactor(scene, { subject, provenFactors }, tables);
  if (missing !== null) return missing;
  const temporary = provenFactors.find((proven) => proven.passwordIsTemporary === true);
  if (temporary !== undefined) return newPasswordRequired(scene, temporary, tables);
  if (!needsConsent(scene)) return null;
  const consents = await missingConsent(scene, subject, tables);
  return consents === null ? null : consentRequired(consents);
}

/**
 * A second factor where the workflow asks for one, and whatever factor gives the acr that the client calls essential; where
 * the user has none, the authentication has failed (OpenID Connect Core §5.5.1.1).
 */
export async function missingFactor(
  scene: Scene,
  { subject, provenFactors }: { subject: TransactionSubject; provenFactors: readonly ProvenFactor[] },
  tables: Tables,
): Promise<Refusal | null> {
  const { workflow, transaction, call } = scene;
  const wanted = requestedSubject(transaction.request);
  if (wanted !== null && wanted !== subject.userId) return unmetContext();
  const requested = requestedContext(transaction.request);
  const met = meetsEssential(provenFactors, requested);
  const second = needsSecond(workflow, provenFactors) && !provenFactors.some((proven) => proven.second);
  if (met && !second) return null;
  const authenticators = await tables.authenticators.findByUsername(subject.username);
  const own = workflowFor(workflow, authenticators);
  const held = heldFactors(call.ports, own, authenticators);
  const { firstFactors, secondFactors } = offered(call.ports, own, held);
  if (met) return stepUpRequired(secondFactors);
  const unproven = [...secondFactors, ...firstFactors].filter(
    ({ factorId }) => held.has(factorId) && !provenFactors.some((proven) => proven.factorId === factorId),
  );
  const fitting = factorsForEssential(unproven, requested);
  if (fitting.length === 0) return unmetContext();
  const fittingSecond = factorsForEssential(secondFactors, requested);
  return stepUpRequired(second && fittingSecond.length === 0 ? secondFactors : fitting);
}

function stepUpRequired(secondFactors: readonly OfferedFactor[]): Refusal {
  return {
    kind: 'step-up-required',
    description: 'Step up required: A second factor has to be proven',
    failure: null,
    particulars: { secondFactors },
    detail: null,
  };
}

/** What an operator handed over is known to two: it gets her in once she has one that she alone knows. */
async function newPasswordRequired(
  { workflow }: Scene,
  { authType }: ProvenFactor,
  tables: Tables,
): Promise<Refusal> {
  const { minimumLength } = (await tables.passwordPolicies.get()) ?? usualPasswordPolicy;
  const factor = [...workflow.firstFactors, ...workflow.secondFactors].find(({ code }) => code === authType);
  if (factor === undefined)
    return invalidGrant('factor-not-proven', authType, 'no factor of the workflow any more');
  return {
    kind: 'step-up-required',
    description: `Step up required: The temporary password of ${authType} has to be replaced by a new one`,
    failure: null,
    particulars: {
      secondFactors: [newPasswordFactor(factor)],
      newPassword: { reason: null, minimumLength },
    },
    detail: null,
  };
}

function consentRequired(consents: readonly RequestedConsent[]): Refusal {
  return {
    kind: 'consent-required',
    description: 'Consent required: The user has to decide what is shared with the client',
    failure: null,
    particulars: { consents },
    detail: null,
  };
}

function needsSecond(workflow: Workflow, proven: readonly ProvenFactor[]): boolean {
  return workflow.firstFactors.some(
    (factor) => factor.stepUp === 'required' && proven.some((entry) => entry.factorId === factor.factorId),
  );
}
