import type { UserAuthenticators } from '../ports/index.ts';
import type { Scene } from './conversation.ts';
import { protectionLifetime } from './enroll-protection.ts';
import { offeredActions } from './flow.ts';
import { heldFactors } from './holdings.ts';
import { AuthenticationRefusal, accessDenied, invalidRequest } from './refusal.ts';
import type { EnrollAction, Workflow } from './workflow.ts';

/** The enroll action of an authType; `enrollId` chooses where there are several. */
export function enrollActionOf(
  workflow: Workflow,
  input: { readonly authType: string; readonly enrollId: string | null },
): EnrollAction {
  const action = workflow.enrollActions.find(
    (entry) =>
      entry.code === input.authType && (input.enrollId === null || entry.enrollId === input.enrollId),
  );
  if (action === undefined) {
    const what = input.enrollId === null ? 'Unknown authType' : 'Unknown enrollId';
    throw new AuthenticationRefusal(invalidRequest(what));
  }
  return action;
}

/** `proven`: she showed who she is. `bootstrap`: the tenant lets her enroll her first authenticator unproven. */
export type EnrollPermission = 'proven' | 'bootstrap';

/**
 * Who may enroll. Denied unless, in this transaction and for this username: the action is hers to be offered, and its
 * protection factor was proven; or, where it has none, a factor of its `upon`.
 *
 * @throws AuthenticationRefusal access-denied
 */
export function requireEnrollPermission(
  scene: Scene,
  input: {
    readonly action: EnrollAction;
    readonly username: string;
    readonly authenticators: UserAuthenticators | null;
  },
): EnrollPermission {
  const { workflow, transaction } = scene;
  const { action, username, authenticators } = input;
  const { subject } = transaction.state;
  if (subject === null || subject.username !== username) {
    if (bootstrapApplies(workflow, authenticators)) return 'bootstrap';
    throw new AuthenticationRefusal(accessDenied('nothing was proven in this transaction'));
  }
  if (authenticators === null || authenticators.user.userId !== subject.userId) {
    throw new AuthenticationRefusal(accessDenied('the user is gone'));
  }
  if (authenticators.user.status !== 'active') {
    throw new AuthenticationRefusal(accessDenied('the user is disabled'));
  }
  const held = heldFactors(scene.call.ports, workflow, authenticators);
  if (!offeredActions(workflow, held).some((offer) => offer.enrollId === action.enrollId)) {
    throw new AuthenticationRefusal(accessDenied('no factor of the user satisfies upon'));
  }
  if (!protectionSatisfied(scene, action)) {
    throw new AuthenticationRefusal(accessDenied('the protection factor was not proven, or too long ago'));
  }
  return 'proven';
}

function protectionSatisfied({ transaction, now }: Scene, action: EnrollAction): boolean {
  const { protection, provenFactors } = transaction.state;
  const { protectionFactor } = action;
  if (protectionFactor === null) {
    return provenFactors.some((proven) => action.upon.includes(proven.factorId));
  }
  // A pending device is proven with a one-time code that an operator issued; without a way to issue one, nobody has it.
  if (protectionFactor.pendingDevice || protectionFactor.authType === null) return false;
  const recent = (at: string) => now.getTime() - Date.parse(at) <= protectionLifetime * 1000;
  return (
    (protection !== null && protection.authType === protectionFactor.authType && recent(protection.at)) ||
    provenFactors.some((proven) => proven.authType === protectionFactor.authType && recent(proven.at))
  );
}

/** For somebody without any way to prove anything; a username that nobody has is treated like hers. */
function bootstrapApplies(workflow: Workflow, authenticators: UserAuthenticators | null): boolean {
  if (workflow.dangerousBootstrap === 'off') return false;
  if (authenticators === null) return true;
  const { user, passwordHash, credentials } = authenticators;
  return (
    user.status === 'active' &&
    passwordHash === null &&
    credentials.every((credential) => credential.status === 'TERMINATED')
  );
}
