import type { Ports } from '../ports/index.ts';
import { workflowFor } from './admission.ts';
import { canMeetEssential, requestedContext } from './authentication-context.ts';
import { type Answered, type AuthenticationCall, converse, readUserAhead } from './conversation.ts';
import { codeOpens } from './enroll-code.ts';
import { heldFactors, isAvailable, pendingDeviceHolding, relyingPartyOf } from './holdings.ts';
import { normalisedUsername } from './parameters.ts';
import { AuthenticationRefusal, unmetContext } from './refusal.ts';
import { requireSameUsername } from './subject.ts';
import type {
  AccessCriteria,
  EnrollAction,
  Factor,
  OfferedEnrollAction,
  OfferedFactor,
  Workflow,
} from './workflow.ts';

/** What this request, and this user, may use. */
export interface Flow {
  readonly loginHint: string | null;
  readonly accessCriteria: readonly AccessCriteria[];
  readonly firstFactors: readonly OfferedFactor[];
  readonly secondFactors: readonly OfferedFactor[];
  readonly enrollActions: readonly OfferedEnrollAction[];
}

/**
 * The factors of the tenant, for a username also the enroll actions. An enroll action is offered only if a factor lists
 * it and the user holds an authenticator that satisfies its `upon`. A username that nobody has is answered as a user
 * of the usual kind would be. What access criteria keep for groups and roles is told to everybody until somebody has proved who
 * she is, and then to those whom it is for.
 */
export function evaluateFlow(
  call: AuthenticationCall,
  input: { readonly username: string | null },
): Promise<Answered<Flow>> {
  return converse(call, {
    ahead: (tables) => readUserAhead(tables, input.username),
    async decide({ transaction, workflow }, tables) {
      const username = normalisedUsername(input.username);
      requireSameUsername(transaction.state, username);
      if (!canMeetEssential(workflow, requestedContext(transaction.request))) {
        throw new AuthenticationRefusal(unmetContext());
      }
      const { loginHint } = transaction.request;
      if (username === null) {
        return { kind: 'answer', body: { loginHint, ...offered(call.ports, workflow, null) } };
      }
      const authenticators = await tables.authenticators.findByUsername(username);
      // Before anybody proved anything, groups and roles do not count: the answer would tell anybody who is in which group,
      // and that she exists. Whom they keep out is told so by the proof, as a wrong one.
      const { subject } = transaction.state;
      const own = subject === null ? workflow : workflowFor(workflow, authenticators);
      const held = heldFactors(call.ports, own, authenticators);
      return { kind: 'answer', body: { loginHint, ...offered(call.ports, own, held) } };
    },
  });
}

/** @param held factor ids; null: nobody is known yet, so no enroll action can be offered */
export function offered(
  ports: Ports,
  workflow: Workflow,
  held: ReadonlySet<string> | null,
): Omit<Flow, 'loginHint'> {
  const criteria = new Map(workflow.accessCriteria.map((entry) => [entry.accessCriteriaId, entry]));
  const shown = (factor: Factor, filtering: 'firstFactorsFiltering' | 'secondFactorsFiltering') =>
    held === null ||
    held.has(factor.factorId) ||
    criteria.get(factor.accessCriteriaId)?.authenticators[filtering] === false;
  const firstFactors = workflow.firstFactors.filter(
    (factor) => isAvailable(ports, factor) && shown(factor, 'firstFactorsFiltering'),
  );
  const secondFactors = workflow.secondFactors.filter(
    (factor) => isAvailable(ports, factor) && shown(factor, 'secondFactorsFiltering'),
  );
  const actions = offeredActions(workflow, held);
  const ids = new Set(actions.map((action) => action.enrollId));
  const present = (factor: Factor): OfferedFactor => {
    const enrollActions = factor.enrollActions.filter((enrollId) => ids.has(enrollId));
    return factor.type === 'FIDO'
      ? { ...factor, rpId: relyingPartyOf(ports, factor).rpId, enrollActions }
      : { ...factor, enrollActions };
  };
  return {
    accessCriteria: workflow.accessCriteria,
    firstFactors: firstFactors.map(present),
    secondFactors: secondFactors.map(present),
    enrollActions: actions.map((action) => ({ ...action, rpId: relyingPartyOf(ports, action).rpId })),
  };
}

/** Listed by a factor, and the user holds one of its `upon`, or has a device that waits and that a code can open. */
export function offeredActions(
  workflow: Workflow,
  held: ReadonlySet<string> | null,
): readonly EnrollAction[] {
  if (held === null) return [];
  const listed = new Set(
    [...workflow.firstFactors, ...workflow.secondFactors].flatMap((factor) => factor.enrollActions),
  );
  return workflow.enrollActions.filter(
    (action) =>
      listed.has(action.enrollId) &&
      (action.upon.some((factorId) => held.has(factorId)) ||
        (held.has(pendingDeviceHolding) && codeOpens(action))),
  );
}
