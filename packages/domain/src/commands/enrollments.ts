import type { Actor } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { describeEnrollment, type EnrollmentDetails, enrollmentNotFound } from './enrollment/saga.ts';

export async function listEnrollments(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId?: string | undefined; page: PageRequest },
): Promise<Page<EnrollmentDetails>> {
  requirePermission(actor, 'enrollments.read');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const filter = input.deviceId === undefined ? {} : { deviceId: input.deviceId };
    const page = await tables.enrollments.list(filter, input.page);
    const items: EnrollmentDetails[] = [];
    for (const enrollment of page.items) items.push(await describeEnrollment(tables, enrollment));
    return { ...page, items };
  });
}

export async function getEnrollment(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; enrollmentId: string },
): Promise<EnrollmentDetails> {
  requirePermission(actor, 'enrollments.read');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const enrollment = await tables.enrollments.get(input.enrollmentId);
    if (enrollment === null) throw enrollmentNotFound();
    return describeEnrollment(tables, enrollment);
  });
}
