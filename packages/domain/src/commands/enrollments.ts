import type { Actor } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { describeDevices } from './devices.ts';
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
    const devices = await tables.devices.getMany([...new Set(page.items.map((item) => item.deviceId))]);
    const described = await describeDevices(tables, devices);
    const byDevice = new Map(described.map((details) => [details.device.deviceId, details]));
    const items = page.items.map((enrollment): EnrollmentDetails => {
      const details = byDevice.get(enrollment.deviceId);
      if (details === undefined) throw enrollmentNotFound();
      return { enrollment, details };
    });
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
