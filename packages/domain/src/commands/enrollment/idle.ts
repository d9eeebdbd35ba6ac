import type { Device } from '../../device.ts';
import type { Enrollment } from '../../enrollment.ts';
import { DomainError } from '../../errors.ts';
import type { Tables } from '../../ports/index.ts';
import { lockDevice } from '../devices.ts';
import { lockEnrollment } from './saga.ts';

export interface LockedDevice {
  readonly device: Device;
  /** Not yet over; locked. */
  readonly open: Enrollment | null;
}

/** Locks in the one order that every command keeps, enrollment before device: the other way round is a deadlock. */
export async function lockDeviceWithEnrollment(tables: Tables, deviceId: string): Promise<LockedDevice> {
  const before = await tables.enrollments.findOpenByDevice(deviceId);
  if (before !== null) await tables.enrollments.lock(before.enrollmentId);
  const device = await lockDevice(tables, deviceId);
  // What ended or began while we waited for the device shows now.
  const open = await tables.enrollments.findOpenByDevice(deviceId);
  return { device, open: open === null ? null : await lockEnrollment(tables, open.enrollmentId) };
}

/**
 * Nobody is assigning this key. What only waits for its key to be cleaned is no hindrance.
 *
 * @throws DomainError `device-busy`
 */
export function requireIdle({ open }: LockedDevice): void {
  if (open === null || open.state === 'COMPENSATING') return;
  throw new DomainError(
    'device-busy',
    `This key is being assigned to ${open.user.displayName} right now. Nothing was changed. Finish or cancel that first.`,
    { particulars: { enrollmentId: open.enrollmentId, owner: open.user.displayName } },
  );
}
