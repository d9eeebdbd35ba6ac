import type { Actor } from '../audit.ts';
import type { Enrollment } from '../enrollment.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { lockDevice } from './devices.ts';
import { runEnrollment, whereItStands } from './enrollment/advance.ts';
import type { EnrollmentStep, SagaStep } from './enrollment/saga.ts';
import { moveTo, requireConnection, requireSameKey } from './enrollment/subject.ts';

/** After a reload, a crash, or a key that was pulled out: a new order for where the enrollment stands. */
export async function continueEnrollment(
  ports: Ports,
  actor: Actor,
  input: {
    tenantId: TenantId;
    enrollmentId: string;
    /** Where the key is plugged in now; null: where it was. */
    connection: { workstationId: string; connectionId: string } | null;
  },
): Promise<EnrollmentStep> {
  requirePermission(actor, 'devices.assign');
  const saga = { ports, actor, tenantId: input.tenantId };
  return runEnrollment(saga, input.enrollmentId, async (step, enrollment) => {
    const there = input.connection === null ? enrollment : await follow(step, enrollment, input.connection);
    return whereItStands(step, there);
  });
}

async function follow(
  step: SagaStep,
  enrollment: Enrollment,
  where: { workstationId: string; connectionId: string },
): Promise<Enrollment> {
  const connection = await requireConnection(step, where);
  const device = await lockDevice(step.tables, enrollment.deviceId);
  await requireSameKey(step, { enrollment, device, connection });
  return moveTo(step, enrollment, connection);
}
