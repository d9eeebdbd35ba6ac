import { FormatError } from '@keywarden/fido2/bytes';
import { WebAuthnError } from '@keywarden/fido2/webauthn';
import { verifyTagAssertion } from '../asset-tag.ts';
import type { Actor } from '../audit.ts';
import type { Device } from '../device.ts';
import type { ConnectedKey } from '../key.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports, Tables } from '../ports/index.ts';
import { assetTagRpId } from '../relying-party.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { type DeviceDetails, describeDevice, deviceName } from './devices.ts';
import { orderOfReceipt, receiptRejected, verifyReceipt } from './orders.ts';

export interface RecognisedKey {
  readonly connectionId: string;
  /** null: never seen, or it can't say who it is; it counts as Not Configured. */
  readonly details: DeviceDetails | null;
  /** True when the asset tag's signature proved it. */
  readonly proven: boolean;
  readonly openEnrollmentId: string | null;
}

/** A device may be assigned from a connection if it proved its tag, or never had one to prove. */
export function assignable(device: Device, proven: boolean): boolean {
  return proven || device.assetTag === null;
}

interface Recognition {
  readonly ports: Ports;
  readonly tables: Tables;
  readonly actor: Actor;
  readonly tenantId: TenantId;
  readonly workstationId: string;
  readonly challenge: string;
}

/**
 * Which of the plugged-in keys are ours, from the workstation's signed session receipt. The tag's signature beats a
 * serial number; a serial number alone never proves a key that has a tag. A receipt is taken once.
 */
export async function recogniseDevices(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; receipt: string },
): Promise<readonly RecognisedKey[]> {
  requirePermission(actor, 'keys.see');
  const receipt = await verifyReceipt(ports, input.tenantId, input.receipt);
  const { result } = receipt;
  if (result.action !== 'session')
    throw receiptRejected(`a ${result.action} receipt where a session's belongs`);
  return ports.store.transaction(input.tenantId, async (tables) => {
    const order = await orderOfReceipt(tables, receipt);
    const { challenge } = order;
    if (challenge === null || !(await tables.orders.markAnswered(order.orderId, ports.clock.now()))) {
      throw receiptRejected(`order ${order.orderId} was answered before`);
    }
    const workstation = await tables.workstations.get(receipt.workstationId);
    if (workstation !== null) {
      await tables.workstations.upsert({ ...workstation, lastSeenAt: ports.clock.now() });
    }
    const recognition = { ports, tables, actor, ...input, workstationId: receipt.workstationId, challenge };
    const seen = new Set<string>();
    const keys = new Map<string, RecognisedKey>();
    // Keys with a tag go first: two keys that say the same serial are one device, the one that proves it.
    for (const key of [...result.devices].sort((a, b) => Number(b.tag !== null) - Number(a.tag !== null))) {
      keys.set(key.connectionId, await recogniseKey(recognition, key, seen));
    }
    return result.devices.flatMap((key) => keys.get(key.connectionId) ?? []);
  });
}

async function recogniseKey(
  recognition: Recognition,
  key: ConnectedKey,
  seen: Set<string>,
): Promise<RecognisedKey> {
  const { ports, tables, workstationId } = recognition;
  // Connection before device, as a start locks them.
  await tables.connections.lock(workstationId, key.connectionId);
  const found =
    (await byTag(recognition, key)) ??
    (await bySerial(recognition, key)) ??
    (await byConnection(recognition, key));
  const match = found !== null && !seen.has(found.device.deviceId) ? found : null;
  if (match !== null) seen.add(match.device.deviceId);
  await tables.connections.upsert({
    workstationId,
    connectionId: key.connectionId,
    deviceId: match?.device.deviceId ?? null,
    proven: match?.proven ?? false,
    model: key.model,
    serial: key.serial,
    virtual: key.virtual,
    facts: key.facts,
    seenAt: ports.clock.now(),
  });
  const open = match === null ? null : await tables.enrollments.findOpenByDevice(match.device.deviceId);
  return {
    connectionId: key.connectionId,
    details: match === null ? null : await describeDevice(tables, match.device),
    proven: match?.proven ?? false,
    openEnrollmentId: open?.enrollmentId ?? null,
  };
}

interface Match {
  readonly device: Device;
  readonly proven: boolean;
}

async function byTag(recognition: Recognition, key: ConnectedKey): Promise<Match | null> {
  const { ports, tables, tenantId, challenge } = recognition;
  if (key.tag === null) return null;
  const known = await tables.devices.findByTagCredential(key.tag.credentialId);
  if (known === null) return null;
  const device = (await tables.devices.lock(known.deviceId)) ?? known;
  if (device.assetTag === null) return null;
  try {
    const signCount = verifyTagAssertion(key.tag, {
      rpId: assetTagRpId(ports.surroundings, tenantId),
      challenge,
      deviceId: device.deviceId,
      stored: device.assetTag,
    });
    if (signCount === device.assetTag.signCount) return { device, proven: true };
    const counted = await tables.devices.update({ ...device, assetTag: { ...device.assetTag, signCount } });
    return { device: counted, proven: true };
  } catch (error) {
    if (!(error instanceof WebAuthnError || error instanceof FormatError)) throw error;
    await recordEvent(recognition, {
      type: 'device.tag-rejected',
      target: { kind: 'device', id: device.deviceId, name: deviceName(device) },
      outcome: 'failure',
      description: `A plugged-in key claimed to be this device and could not prove it (${error.code}). It may be a copy.`,
    });
    return { device, proven: false };
  }
}

async function bySerial(recognition: Recognition, key: ConnectedKey): Promise<Match | null> {
  const { ports, tables } = recognition;
  if (key.serial === null) return null;
  const device = await tables.devices.findBySerial(key.serial);
  // Serial numbers are unique within a vendor at best: another model is another key.
  if (device !== null) return device.aaguid === key.facts.aaguid ? { device, proven: false } : null;
  const now = ports.clock.now();
  const discovered: Device = {
    deviceId: ports.random.uuid(),
    state: 'NOT_CONFIGURED',
    policyId: null,
    serial: key.serial,
    aaguid: key.facts.aaguid,
    model: key.model,
    firmware: key.facts.firmware,
    virtual: key.virtual,
    assetTag: null,
    owner: null,
    credentialId: null,
    remoteId: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await tables.devices.insert(discovered);
  await recordEvent(recognition, {
    type: 'device.discovered',
    target: { kind: 'device', id: discovered.deviceId, name: deviceName(discovered) },
    description: `Seen for the first time, on workstation ${recognition.workstationId}.`,
  });
  return { device: discovered, proven: false };
}

/** A key without a serial number or a tag is still the same key for as long as it stays plugged in. */
async function byConnection(recognition: Recognition, key: ConnectedKey): Promise<Match | null> {
  const { tables, workstationId } = recognition;
  const connection = await tables.connections.get(workstationId, key.connectionId);
  if (connection === null || connection.deviceId === null) return null;
  const device = await tables.devices.get(connection.deviceId);
  return device !== null && device.aaguid === key.facts.aaguid ? { device, proven: false } : null;
}
