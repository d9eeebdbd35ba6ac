import type { Enrollment } from '../../enrollment.ts';
import type { DomainError } from '../../errors.ts';
import type { OrderAction } from '../../order.ts';
import { recordEvent } from '../audit-trail.ts';
import { prepareOrder } from '../orders.ts';
import { moveEnrollment } from '../transitions.ts';
import { describeEnrollment, type SagaStep, saveEnrollment, settled, type Turn } from './saga.ts';

/** Why an enrollment ended: a code and the person's sentence. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** For the audit log: which field of the policy, which check of the verification. */
  readonly particulars?: DomainError['particulars'];
}

/** Ends an enrollment whose key holds nothing of it. */
export async function failEnrollment(
  step: SagaStep,
  enrollment: Enrollment,
  failure: Failure,
): Promise<Enrollment> {
  const saved = await saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'failed'),
    failureCode: failure.code,
    failureMessage: failure.message,
    leaseUntil: null,
    orderId: null,
  });
  await tell(step, saved, 'enrollment.failed', failure);
  return saved;
}

/** The key may hold a credential that nobody will accept: from here on it has to be taken off again. */
export async function rollBack(
  step: SagaStep,
  enrollment: Enrollment,
  failure: Failure,
): Promise<Enrollment> {
  const saved = await saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'rolled-back'),
    failureCode: failure.code,
    failureMessage: failure.message,
    leaseUntil: null,
    orderId: null,
  });
  await tell(step, saved, 'enrollment.rolled-back', failure);
  return saved;
}

async function tell(
  step: SagaStep,
  enrollment: Enrollment,
  type: 'enrollment.failed' | 'enrollment.rolled-back',
  failure: Failure,
): Promise<void> {
  const what = failure.particulars?.['field'] ?? failure.particulars?.['check'];
  await recordEvent(step, {
    type,
    target: { kind: 'enrollment', id: enrollment.enrollmentId, name: enrollment.user.username },
    outcome: 'failure',
    description: `${failure.code}${what === undefined ? '' : ` (${what})`}: ${failure.message}`,
  });
}

/**
 * Orders the leftover off the key. A key that can't delete one credential (no credential management) keeps it; the
 * enrollment then ends, and says so.
 */
export async function orderRemoval(step: SagaStep, enrollment: Enrollment): Promise<Turn> {
  const { options } = enrollment;
  if (options === null) return settled(step, enrollment);
  if (!(await canRemove(step, enrollment))) return leaveLeftover(step, enrollment);
  const order = await prepareOrder(step, {
    workstationId: enrollment.workstationId,
    enrollmentId: enrollment.enrollmentId,
    deviceId: enrollment.deviceId,
    action: removalAction(enrollment, options),
  });
  const saved = await saveEnrollment(step, enrollment, { orderId: order.issued.orderId });
  return { kind: 'ordered', order, answerAt: 'cleaned', ...(await describeEnrollment(step.tables, saved)) };
}

export async function leaveLeftover(step: SagaStep, enrollment: Enrollment): Promise<Turn> {
  const before = enrollment.failureMessage === null ? '' : `${enrollment.failureMessage} `;
  const failed = await failEnrollment(step, enrollment, {
    code: enrollment.failureCode ?? 'policy-unmet-by-device',
    message: `${before}This key can not delete a single passkey, so an unused one may stay on it. It opens nothing; the next enrollment for the same person replaces it.`,
  });
  return settled(step, failed);
}

/** CTAP 2.1 §6.8: credential management, or its preview that older keys have. */
async function canRemove({ tables }: SagaStep, enrollment: Enrollment): Promise<boolean> {
  const connection = await tables.connections.get(enrollment.workstationId, enrollment.connectionId);
  const options = connection?.facts.options;
  return options === undefined || options['credMgmt'] === true || options['credentialMgmtPreview'] === true;
}

function removalAction(enrollment: Enrollment, options: NonNullable<Enrollment['options']>): OrderAction {
  const credentialId = enrollment.credential?.id ?? null;
  return {
    action: 'remove-credential',
    device: enrollment.connectionId,
    rpId: options.rp.id,
    credentialId,
    userHandle: credentialId === null ? options.user.id : null,
    keepCredentialIds: options.excludeCredentials.map((credential) => credential.id),
  };
}
