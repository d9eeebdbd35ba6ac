import type { Actor } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import { recordEvent } from './audit-trail.ts';
import { answerEnrollment, type ReceiptInput } from './enrollment/answer.ts';
import { type EnrollmentStep, saveEnrollment, settled } from './enrollment/saga.ts';
import { moveEnrollment } from './transitions.ts';

/** The receipt of a `remove-credential` order: nothing of the enrollment is left on the key. */
export async function recordCleaned(
  ports: Ports,
  actor: Actor,
  input: ReceiptInput,
): Promise<EnrollmentStep> {
  requirePermission(actor, 'devices.assign');
  return answerEnrollment(ports, actor, {
    ...input,
    action: 'remove-credential',
    accept: async (step, { enrollment, result }) => {
      const cleaned = await saveEnrollment(step, enrollment, {
        state: moveEnrollment(enrollment.state, 'cleaned'),
        orderId: null,
      });
      await recordEvent(step, {
        type: 'enrollment.compensated',
        target: { kind: 'enrollment', id: enrollment.enrollmentId, name: enrollment.user.username },
        description: `${result.removed === 0 ? 'Nothing was left' : 'The leftover credential was removed'}: the key is as it was before.`,
      });
      return settled(step, cleaned);
    },
  });
}
