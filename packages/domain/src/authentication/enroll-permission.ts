import { isAwaited } from '../passkey-device.ts';
import type { UserAuthenticators } from '../ports/index.ts';
import { foldUsername } from '../username.ts';
import { workflowFor } from './admission.ts';
import type { Scene } from './conversation.ts';
import { codeOpens, deviceOfCode, enrollmentCodeAuthType, protectionLifetime } from './enroll-code.ts';
import { stands } from './evidence.ts';
import { offeredActions } from './flow.ts';
import { heldFactors } from './holdings.ts';
import { AuthenticationRefusal, accessDenied, invalidRequest } from './refusal.ts';
import type { RegistrationChallenge } from './transaction.ts';
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

/** Why she may, and what it does to the devices that wait for her. */
export interface EnrollPermission {
  /** `bootstrap`: the tenant lets her enroll her first authenticator unproven. */
  readonly by: 'proof' | 'code' | 'bootstrap';
  readonly pending: RegistrationChallenge['pending'];
}

/**
 * Who may enroll. Denied unless, in this transaction and for this username: the one-time code of a device that waits for her
 * was proven; or the action is hers to be offered, and its protection factor was proven; or, where it has none, a factor of
 * its `upon`.
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
  if (subject === null || foldUsername(subject.username) !== foldUsername(username)) {
    const there = workflowFor(workflow, authenticators).enrollActions.includes(action);
    if (there && bootstrapApplies(scene, authenticators)) return { by: 'bootstrap', pending: anyPending };
    throw new AuthenticationRefusal(accessDenied('nothing was proven in this transaction'));
  }
  if (authenticators === null || authenticators.user.userId !== subject.userId) {
    throw new AuthenticationRefusal(accessDenied('the user is gone'));
  }
  if (authenticators.user.status !== 'active') {
    throw new AuthenticationRefusal(accessDenied('the user is disabled'));
  }
  const own = workflowFor(workflow, authenticators);
  const held = heldFactors(scene.call.ports, own, authenticators);
  if (!offeredActions(own, held).some((offer) => offer.enrollId === action.enrollId)) {
    throw new AuthenticationRefusal(accessDenied('no factor of the user satisfies upon'));
  }
  const deviceId = codeOpens(action) ? deviceOfCode(scene, authenticators.pendingDevices) : null;
  if (deviceId !== null) return { by: 'code', pending: { deviceId, required: true } };
  if (!action.upon.some((factorId) => held.has(factorId))) {
    throw new AuthenticationRefusal(
      accessDenied('the one-time code was not proven, and nothing satisfies upon'),
    );
  }
  if (!authenticatorProven(scene, action, authenticators)) {
    throw new AuthenticationRefusal(accessDenied('the protection factor was not proven, or too long ago'));
  }
  if (action.protectionFactor?.pendingDevice !== true) return { by: 'proof', pending: anyPending };
  const { pendingDevices } = authenticators;
  const waits = pendingDevices.some(
    (device) => device.deviceType === action.deviceType && isAwaited(device, scene.now),
  );
  if (!waits) throw new AuthenticationRefusal(accessDenied('no device waits for the user'));
  return { by: 'proof', pending: { deviceId: null, required: true } };
}

/** The oldest one of its kind where there is one. */
const anyPending = { deviceId: null, required: false } as const;

/** The authenticator type that the action names; where it names none, any factor of its `upon`. */
function authenticatorProven(
  { transaction, now }: Scene,
  { protectionFactor, upon }: EnrollAction,
  authenticators: UserAuthenticators,
): boolean {
  const { protection, provenFactors } = transaction.state;
  // A passkey that was suspended since it proved her proves nothing more, nor does a password that was changed.
  const standing = provenFactors.filter((proven) => stands(proven, authenticators, now));
  const recent = (at: string) => now.getTime() - Date.parse(at) <= protectionLifetime * 1000;
  if (protectionFactor === null) return standing.some((proven) => upon.includes(proven.factorId));
  const { authType } = protectionFactor;
  // One code is for the one device that it was issued for.
  if (authType === enrollmentCodeAuthType) return false;
  if (authType === null) {
    return standing.some((proven) => upon.includes(proven.factorId) && recent(proven.at));
  }
  return (
    (protection !== null &&
      protection.authType === authType &&
      recent(protection.at) &&
      stands(protection, authenticators, now)) ||
    standing.some((proven) => proven.authType === authType && recent(proven.at))
  );
}

/** For somebody without any way to prove anything; a username that nobody has is treated like hers. */
function bootstrapApplies({ workflow, call }: Scene, authenticators: UserAuthenticators | null): boolean {
  if (workflow.dangerousBootstrap === 'off') return false;
  if (authenticators === null) return true;
  const { user, passwordHash, credentials, oneTimeCodeApps } = authenticators;
  const held = heldFactors(call.ports, workflow, authenticators);
  const proves = [...workflow.firstFactors, ...workflow.secondFactors].some(({ factorId }) =>
    held.has(factorId),
  );
  return (
    user.status === 'active' &&
    passwordHash === null &&
    oneTimeCodeApps.length === 0 &&
    !proves &&
    credentials.every((credential) => credential.status === 'TERMINATED')
  );
}
