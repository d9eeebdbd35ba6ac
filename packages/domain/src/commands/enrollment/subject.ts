import type { Device } from '../../device.ts';
import type { Enrollment } from '../../enrollment.ts';
import { DomainError } from '../../errors.ts';
import type { Connection } from '../../key.ts';
import type { Policy } from '../../policy.ts';
import { policyMisfit } from '../../policy-fit.ts';
import { deviceName } from '../devices.ts';
import { assignable } from '../recognise-devices.ts';
import { moveDevice } from '../transitions.ts';
import { type LockedDevice, lockDeviceWithEnrollment } from './idle.ts';
import { modelMisfit } from './model-trust.ts';
import type { SagaStep } from './saga.ts';

/** What the workstation's receipt said of the plugged-in key. A key that nobody looked at is nobody's to assign. */
export async function requireConnection(
  { tables }: SagaStep,
  input: { workstationId: string; connectionId: string },
): Promise<Connection> {
  const connection = await tables.connections.get(input.workstationId, input.connectionId);
  if (connection !== null) return connection;
  throw new DomainError(
    'device-unrecognised',
    'This key is not plugged in any more, or was not recognised yet. Nothing was changed. Look at the list of connected keys again.',
  );
}

/** The device at the other end of the connection; a key without a record gets one now. */
export async function subjectOf(
  { ports, tables }: SagaStep,
  claim: { connection: Connection; deviceId: string | null },
): Promise<LockedDevice> {
  const { connection } = claim;
  if (claim.deviceId !== null && claim.deviceId !== connection.deviceId) {
    throw new DomainError(
      'device-unrecognised',
      'Another key is plugged in than the one that was chosen. Nothing was changed. Look at the list of connected keys again.',
    );
  }
  if (connection.deviceId !== null) {
    const locked = await lockDeviceWithEnrollment(tables, connection.deviceId);
    requireProof(locked.device, connection);
    return locked;
  }
  const now = ports.clock.now();
  const serialTaken =
    connection.serial !== null && (await tables.devices.findBySerial(connection.serial)) !== null;
  const device: Device = {
    deviceId: ports.random.uuid(),
    state: 'NOT_CONFIGURED',
    policyId: null,
    serial: serialTaken ? null : connection.serial,
    aaguid: connection.facts.aaguid,
    model: connection.model,
    firmware: connection.facts.firmware,
    virtual: connection.virtual,
    assetTag: null,
    owner: null,
    credentialId: null,
    remoteId: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await tables.devices.insert(device);
  await tables.connections.upsert({ ...connection, deviceId: device.deviceId });
  return { device, open: null };
}

export function requireProof(device: Device, connection: Connection): void {
  if (assignable(device, connection.proven)) return;
  throw new DomainError(
    'device-unrecognised',
    `This key says that it is ${deviceName(device)}, but could not prove it with its asset tag: it may be a copy, or it was reset elsewhere. Nothing was changed. ${device.state === 'ENROLLED' ? 'If it is the same key, revoke it, then reset it here.' : 'If it is the same key, reset it here.'}`,
    { particulars: { deviceId: device.deviceId } },
  );
}

/** The policy that will rule the key, refused before the key is touched where the key could not obey it. */
export async function policyFor(
  { ports, tables }: SagaStep,
  choice: { device: Device; policyId: string | null; connection: Connection },
): Promise<Policy | null> {
  const { device, connection } = choice;
  if (device.state === 'ENROLLED') {
    throw new DomainError(
      'device-owned-by-another',
      `This key is enrolled for ${device.owner?.displayName ?? 'somebody'}. Nothing was changed. Revoke it first.`,
      { particulars: { owner: device.owner?.displayName ?? '' } },
    );
  }
  const configured = device.state !== 'NOT_CONFIGURED' && device.state !== 'READY';
  // Refuses RETIRED too: neither event has a row from there.
  moveDevice(device.state, configured ? 'assigned' : 'configured');
  const policyId = device.state === 'NOT_CONFIGURED' ? choice.policyId : device.policyId;
  if (policyId === null) {
    if (configured) return null;
    throw new DomainError('policy-required', 'Choose a policy for this key first. Nothing was changed.');
  }
  const policy = await tables.policies.lock(policyId);
  if (policy === null) {
    throw new DomainError('policy-not-found', 'This policy does not exist any more. Choose another one.');
  }
  const { facts } = connection;
  const misfit =
    modelMisfit(ports, policy, facts.aaguid) ?? (configured ? null : policyMisfit(policy.rules, facts));
  if (misfit !== null) {
    throw new DomainError(
      'policy-unmet-by-device',
      `${misfit.message} The key was not touched. Choose another policy or another key.`,
      { particulars: { field: misfit.field, policy: policy.name } },
    );
  }
  return policy;
}

/** The key is plugged in there now; orders go to that connection. The caller holds the enrollment's lock. */
export async function moveTo(
  { ports, tables }: SagaStep,
  enrollment: Enrollment,
  connection: Connection,
): Promise<Enrollment> {
  const { workstationId, connectionId } = connection;
  if (enrollment.workstationId === workstationId && enrollment.connectionId === connectionId)
    return enrollment;
  return tables.enrollments.update({
    ...enrollment,
    workstationId,
    connectionId,
    updatedAt: ports.clock.now(),
  });
}

/** The plugged-in key is the enrollment's, as far as it can say so. */
export async function requireSameKey(
  { tables }: SagaStep,
  claim: { enrollment: Enrollment; device: Device; connection: Connection },
): Promise<void> {
  const { enrollment, device, connection } = claim;
  if (connection.deviceId === device.deviceId) {
    requireProof(device, connection);
    return;
  }
  // A key that has neither serial number nor tag yet, pulled out while it was being configured: nothing on it tells it
  // from its like, and nothing on it is ours. The operator's word is enough to write the policy to it.
  const nameless =
    device.serial === null && device.assetTag === null && device.aaguid === connection.facts.aaguid;
  const untouched = enrollment.state === 'REQUESTED' || enrollment.state === 'CONFIGURING';
  if (connection.deviceId === null && nameless && untouched) {
    await tables.connections.upsert({ ...connection, deviceId: device.deviceId });
    return;
  }
  throw new DomainError(
    'device-unrecognised',
    `This is not the key that was being assigned to ${enrollment.user.displayName}. Nothing was changed. Plug that one in again.`,
    { particulars: { enrollmentId: enrollment.enrollmentId } },
  );
}
