import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { type DeviceDetails, describeDevice, deviceName } from './devices.ts';
import { lockDeviceWithEnrollment, requireIdle } from './enrollment/idle.ts';
import { moveDevice } from './transitions.ts';

/** Gives a device its policy before anybody has it in the hand (READY), or takes it away again. */
export async function linkPolicy(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId: string; policyId: string | null },
): Promise<DeviceDetails> {
  requirePermission(actor, 'devices.link-policy');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const step = { ports, actor, tables };
    const locked = await lockDeviceWithEnrollment(tables, input.deviceId);
    const { device } = locked;
    const idempotent =
      device.policyId === input.policyId && (device.state === 'READY' || device.state === 'NOT_CONFIGURED');
    if (idempotent) return describeDevice(tables, device);
    // Another policy instead of the one it has: off with the old, on with the new.
    const bare = device.state === 'READY' ? moveDevice(device.state, 'policy-unlinked') : device.state;
    const state = input.policyId === null ? bare : moveDevice(bare, 'policy-linked');
    if (state === device.state && device.state !== 'READY') moveDevice(device.state, 'policy-unlinked');
    requireIdle(locked);
    const policy = input.policyId === null ? null : await tables.policies.lock(input.policyId);
    if (policy === null && input.policyId !== null) {
      throw new DomainError('policy-not-found', 'This policy does not exist any more. Choose another one.');
    }
    const updated = await tables.devices.update({
      ...device,
      state,
      policyId: input.policyId,
      updatedAt: ports.clock.now(),
    });
    await recordEvent(step, {
      type: policy === null ? 'device.policy-unlinked' : 'device.policy-linked',
      target: { kind: 'device', id: device.deviceId, name: deviceName(device) },
      description:
        policy === null
          ? 'No policy any more.'
          : `Policy “${policy.name}” will be written when it is assigned.`,
    });
    return describeDevice(tables, updated);
  });
}
