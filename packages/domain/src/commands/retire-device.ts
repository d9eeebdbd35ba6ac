import type { Actor } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { type DeviceDetails, describeDevice, deviceName } from './devices.ts';
import { failEnrollment } from './enrollment/compensation.ts';
import { lockDeviceWithEnrollment, requireIdle } from './enrollment/idle.ts';
import { moveDevice } from './transitions.ts';

/** Lost, stolen, damaged, disposed of: the end. A key that somebody can still sign in with is revoked first. */
export async function retireDevice(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId: string; reason: string },
): Promise<DeviceDetails> {
  requirePermission(actor, 'devices.retire');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const step = { ports, actor, tables, tenantId: input.tenantId };
    const locked = await lockDeviceWithEnrollment(tables, input.deviceId);
    const { device, open } = locked;
    if (device.state === 'RETIRED') return describeDevice(tables, device);
    const state = moveDevice(device.state, 'retired');
    requireIdle(locked);
    if (open !== null) {
      await failEnrollment(step, open, {
        code: 'device-retired',
        message: 'The key was retired before an unused passkey could be removed from it.',
      });
    }
    const retired = await tables.devices.update({
      ...device,
      state,
      policyId: null,
      updatedAt: ports.clock.now(),
    });
    await recordEvent(step, {
      type: 'device.retired',
      target: { kind: 'device', id: device.deviceId, name: deviceName(device) },
      description: `Reason: ${input.reason}`,
    });
    return describeDevice(tables, retired);
  });
}
