import type { Actor } from '../audit.ts';
import type { Enrollment } from '../enrollment.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { runEnrollment, whereItStands } from './enrollment/advance.ts';
import { failEnrollment, leaveLeftover, orderRemoval, rollBack } from './enrollment/compensation.ts';
import { type EnrollmentStep, type SagaStep, settled, type Turn } from './enrollment/saga.ts';

/**
 * What a workstation answers when the key refused before it made anything, or was never asked. A page that lies here
 * leaves an unused credential on the operator's own key, which opens nothing.
 */
const nothingMade: readonly string[] = [
  'MESSAGE_MALFORMED',
  'NOT_PAIRED',
  'SESSION_REQUIRED',
  'SESSION_HELD',
  'SESSION_LOST',
  'ORDER_MALFORMED',
  'ORDER_SIGNATURE',
  'ORDER_EXPIRED',
  'ORDER_AUDIENCE',
  'ORDER_DEVICE',
  'RP_ID_FORBIDDEN',
  'DEVICE_NOT_FOUND',
  'DEVICE_BUSY',
  'OPERATION_CANCELLED',
  'PIN_WRONG',
  'PIN_TOO_FEW_RETRIES',
  'PIN_BLOCKED',
  'PIN_AUTH_BLOCKED',
  'PIN_REJECTED',
  'PIN_CHANGE_REQUIRED',
  'TOUCH_TIMEOUT',
  'POLICY_UNMET',
  'CREDENTIAL_EXCLUDED',
  'KEY_FULL',
];

/** What a key answers that can't delete a single credential at all. */
const cannotRemove: readonly string[] = ['POLICY_UNMET'];

/** The operator gives up, or the workstation reported an error. Ends it, or orders what may be on the key off it. */
export async function cancelEnrollment(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; enrollmentId: string; code: string; message: string },
): Promise<EnrollmentStep> {
  requirePermission(actor, 'devices.assign');
  const saga = { ports, actor, tenantId: input.tenantId };
  const reason = { code: input.code, message: input.message };
  return runEnrollment(saga, input.enrollmentId, (step, enrollment) => cancel(step, enrollment, reason));
}

async function cancel(
  step: SagaStep,
  enrollment: Enrollment,
  reason: { code: string; message: string },
): Promise<Turn> {
  switch (enrollment.state) {
    case 'REQUESTED':
    case 'CONFIGURING':
      return settled(step, await failEnrollment(step, enrollment, reason));
    case 'OPTIONS_ISSUED':
      if (nothingMade.includes(reason.code) && (await isFirstTry(step, enrollment))) {
        return settled(step, await failEnrollment(step, enrollment, reason));
      }
      return orderRemoval(step, await rollBack(step, enrollment, reason));
    case 'COMPENSATING':
      return giveUpCleaning(step, enrollment, reason);
    case 'CREDENTIAL_CREATED':
    case 'VERIFIED':
    case 'REGISTERED':
      // The provider may have it already: only looking there tells, and then it is finished, not cancelled.
      return whereItStands(step, enrollment);
    case 'COMPLETE':
    case 'FAILED':
    case 'COMPENSATED':
      return settled(step, enrollment);
  }
}

/** What the newest order did not make, one before it may have made: a page was reloaded, a leftover was not yet removed. */
async function isFirstTry({ tables }: SagaStep, { enrollmentId }: Enrollment): Promise<boolean> {
  return (await tables.orders.count(enrollmentId, 'enroll')) === 1;
}

/** Cleaning did not work now. It stays open for when the key is back, unless the key can't ever do it. */
async function giveUpCleaning(
  step: SagaStep,
  enrollment: Enrollment,
  reason: { code: string; message: string },
): Promise<Turn> {
  if (cannotRemove.includes(reason.code)) return leaveLeftover(step, enrollment);
  await recordEvent(step, {
    type: 'enrollment.cleaning-interrupted',
    target: { kind: 'enrollment', id: enrollment.enrollmentId, name: enrollment.user.username },
    outcome: 'failure',
    description: `${reason.code}: ${reason.message}`,
  });
  return settled(step, enrollment);
}
