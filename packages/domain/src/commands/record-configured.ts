import type { Actor } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import { whereItStands } from './enrollment/advance.ts';
import { answerEnrollment, type ReceiptInput } from './enrollment/answer.ts';
import { acceptConfiguration } from './enrollment/configuration.ts';
import type { EnrollmentStep } from './enrollment/saga.ts';

/** The receipt of a `configure` order: the policy was written; what was read back decides. */
export async function recordConfigured(
  ports: Ports,
  actor: Actor,
  input: ReceiptInput,
): Promise<EnrollmentStep> {
  requirePermission(actor, 'devices.assign');
  return answerEnrollment(ports, actor, {
    ...input,
    action: 'configure',
    accept: async (step, answer) => whereItStands(step, await acceptConfiguration(step, answer)),
  });
}
