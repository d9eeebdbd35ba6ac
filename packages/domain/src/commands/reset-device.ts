import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { type DeviceDetails, describeDevice, deviceName } from './devices.ts';
import { lockDeviceWithEnrollment, requireIdle } from './enrollment/idle.ts';
import { saveEnrollment } from './enrollment/saga.ts';
import { requireConnection, requireProof } from './enrollment/subject.ts';
import {
  orderOfReceipt,
  prepareOrder,
  receiptRejected,
  requireWorkstation,
  signOrder,
  verifyReceipt,
} from './orders.ts';
import { revokeDevice } from './revoke-device.ts';
import { moveDevice, moveEnrollment } from './transitions.ts';

/**
 * Orders a CTAP reset of a plugged-in key. Whoever owns it loses it at the identity provider first: after the reset
 * nothing could tell which credential had been on it.
 */
export async function orderReset(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId: string; workstationId: string; connectionId: string },
): Promise<{ readonly order: string }> {
  requirePermission(actor, 'devices.reset');
  const { tenantId, deviceId, workstationId, connectionId } = input;
  const check = async (allowedToOwn: boolean) =>
    ports.store.transaction(tenantId, async (tables) => {
      const step = { ports, actor, tables, tenantId };
      await requireWorkstation(tables, workstationId);
      const connection = await requireConnection(step, input);
      const locked = await lockDeviceWithEnrollment(tables, deviceId);
      const { device } = locked;
      if (connection.deviceId !== deviceId) {
        throw new DomainError(
          'device-unrecognised',
          'Another key is plugged in than the one that was chosen. Nothing was reset.',
        );
      }
      // A key that was reset elsewhere can't prove anything any more, and a reset is the way back. But what somebody can
      // still sign in with is not taken from her because another key says the same serial number.
      if (device.state === 'ENROLLED') requireProof(device, connection);
      moveDevice(device.state, 'reset');
      requireIdle(locked);
      if (device.state === 'ENROLLED' && allowedToOwn) return null;
      return prepareOrder(step, {
        workstationId,
        deviceId,
        action: { action: 'reset', device: connectionId },
      });
    });
  const first = await check(true);
  if (first !== null) return { order: await signOrder(ports, tenantId, first) };
  await revokeDevice(ports, actor, { tenantId, deviceId, reason: 'The key is being reset.' });
  const second = await check(false);
  if (second === null) throw new DomainError('device-state-forbids', 'This key still has an owner.');
  return { order: await signOrder(ports, tenantId, second) };
}

/** The receipt of a `reset` order: the key is empty, whatever it was before. */
export async function recordReset(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId: string; receipt: string },
): Promise<DeviceDetails> {
  requirePermission(actor, 'devices.reset');
  const receipt = await verifyReceipt(ports, input.tenantId, input.receipt);
  if (receipt.result.action !== 'reset') throw receiptRejected(`a ${receipt.result.action} receipt`);
  const { facts } = receipt.result;
  return ports.store.transaction(input.tenantId, async (tables) => {
    const step = { ports, actor, tables, tenantId: input.tenantId };
    const order = await orderOfReceipt(tables, receipt);
    const locked = await lockDeviceWithEnrollment(tables, input.deviceId);
    const { device, open } = locked;
    if (order.deviceId !== device.deviceId)
      throw receiptRejected(`order ${order.orderId} is another device's`);
    // Told already, and its answer was lost.
    if (!(await tables.orders.markAnswered(order.orderId, ports.clock.now()))) {
      return describeDevice(tables, device);
    }
    requireIdle(locked);
    if (open !== null) {
      await saveEnrollment(step, open, { state: moveEnrollment(open.state, 'cleaned'), orderId: null });
    }
    const reset = await tables.devices.update({
      ...device,
      state: moveDevice(device.state, 'reset'),
      policyId: null,
      assetTag: null,
      owner: null,
      credentialId: null,
      remoteId: null,
      firmware: facts.firmware ?? device.firmware,
      updatedAt: ports.clock.now(),
    });
    await recordEvent(step, {
      type: 'device.reset',
      target: { kind: 'device', id: device.deviceId, name: deviceName(device) },
      description: 'Everything on the key was erased.',
    });
    return describeDevice(tables, reset);
  });
}
