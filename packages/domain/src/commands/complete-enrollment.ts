import type { Actor } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import { answerEnrollment, type ReceiptInput } from './enrollment/answer.ts';
import { acceptCredential } from './enrollment/registration.ts';
import type { EnrollmentStep } from './enrollment/saga.ts';

/** The receipt of an `enroll` order: the credential is verified here, then registered at the identity provider. */
export async function completeEnrollment(
  ports: Ports,
  actor: Actor,
  input: ReceiptInput,
): Promise<EnrollmentStep> {
  requirePermission(actor, 'devices.assign');
  return answerEnrollment(ports, actor, { ...input, action: 'enroll', accept: acceptCredential });
}
