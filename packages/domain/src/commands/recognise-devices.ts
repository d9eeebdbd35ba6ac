import { FormatError } from '@keywarden/fido2/bytes';
import { WebAuthnError } from '@keywarden/fido2/webauthn';
import { verifyTagAssertion } from '../asset-tag.ts';
import type { Actor } from '../audit.ts';
import type { Device } from '../device.ts';
import type { ConnectedKey, Connection } from '../key.ts';
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
  /** True when the asset tag's signature proved it, now or earlier while it stayed plugged in. */
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
    for (const shown of await examine(recognition, result.devices)) {
      keys.set(shown.key.connectionId, await recogniseKey(recognition, shown, seen));
    }
    return result.devices.flatMap((key) => keys.get(key.connectionId) ?? []);
  });
}

interface Shown {
  readonly key: ConnectedKey;
  readonly before: Connection | null;
  readonly tagged: Match | null;
}

/**
 * What each key shows of itself, those first that prove it: two keys that say the same serial number, or show the same
 * tag, are one device, the one that proves it.
 */
async function examine(recognition: Recognition, keys: readonly ConnectedKey[]): Promise<readonly Shown[]> {
  const { tables, workstationId } = recognition;
  const before = new Map<string, Connection | null>();
  // Connections before devices, as a start locks them, and all in one order: two receipts at once wait for each other.
  for (const connectionId of keys.map((key) => key.connectionId).sort()) {
    before.set(connectionId, await tables.connections.lock(workstationId, connectionId));
  }
  const shown: Shown[] = [];
  for (const key of keys) {
    shown.push({
      key,
      before: before.get(key.connectionId) ?? null,
      tagged: await byTag(recognition, key),
    });
  }
  const rank = ({ key, tagged }: Shown) => (tagged?.proven === true ? 0 : key.tag === null ? 2 : 1);
  return shown.sort((one, other) => rank(one) - rank(other));
}

async function recogniseKey(
  recognition: Recognition,
  { key, before, tagged }: Shown,
  seen: Set<string>,
): Promise<RecognisedKey> {
  const { ports, tables, workstationId } = recognition;
  const found =
    tagged ?? (await bySerial(recognition, key)) ?? (await byConnection(recognition, { key, before }));
  const match = found !== null && !seen.has(found.device.deviceId) ? found : null;
  if (match !== null) seen.add(match.device.deviceId);
  // Some keys answer nothing before a PIN (alwaysUv): one that proved itself since it was plugged in is still that key.
  const still = key.tag === null && before?.proven === true && before.deviceId === match?.device.deviceId;
  const proven = match !== null && (match.proven || still);
  await tables.connections.upsert({
    workstationId,
    connectionId: key.connectionId,
    deviceId: match?.device.deviceId ?? null,
    proven,
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
    proven,
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
async function byConnection(
  { tables }: Recognition,
  { key, before }: Pick<Shown, 'key' | 'before'>,
): Promise<Match | null> {
  if (before === null || before.deviceId === null) return null;
  const device = await tables.devices.get(before.deviceId);
  return device !== null && device.aaguid === key.facts.aaguid ? { device, proven: false } : null;
}
