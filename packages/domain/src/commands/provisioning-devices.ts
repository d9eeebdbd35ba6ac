import type { Actor } from '../audit.ts';
import type { DirectoryPage, DirectoryQuery } from '../directory-filter.ts';
import { DomainError } from '../errors.ts';
import type { PasskeyDevice } from '../passkey-device.ts';
import type { OwnedPasskey, Ports } from '../ports/index.ts';
import type { ExpectedVersions } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import {
  assignPasskey,
  changePasskey,
  limitPasskey,
  lockPasskey,
  makePendingPasskey,
  type PasskeyChange,
  passkeyNotFound,
  renamePasskey,
  targetOf,
  terminatePasskey,
  unassignPasskey,
} from './passkey-changes.ts';
import { isId, type ProvisioningStep, provision, requireVersion } from './provisioning-step.ts';

interface Of {
  readonly tenantId: TenantId;
  readonly deviceId: string;
}

/** What a directory decides of a device; absent members stay as they are. */
export interface ProvisionedDeviceChange {
  readonly friendlyName?: string;
  readonly externalId?: string | null;
  /** null takes it from its owner. */
  readonly ownerId?: string | null;
  readonly status?: PasskeyDevice['status'];
  readonly validity?: Pick<PasskeyDevice, 'validFrom' | 'validUntil'>;
}

export async function listProvisionedDevices(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; query: DirectoryQuery },
): Promise<DirectoryPage<OwnedPasskey>> {
  return provision({ ports, actor, tenantId: input.tenantId }, ({ tables }) =>
    tables.deviceDirectory.list(input.query),
  );
}

export async function getProvisionedDevice(
  ports: Ports,
  actor: Actor,
  { tenantId, deviceId }: Of,
): Promise<OwnedPasskey> {
  return provision({ ports, actor, tenantId }, async (step) => {
    const found = await describe(step, deviceId);
    if (found.device.status === 'TERMINATED') throw passkeyNotFound();
    return found;
  });
}

/** A device that waits for its owner's passkey. */
export async function provisionDevice(
  ports: Ports,
  actor: Actor,
  input: {
    tenantId: TenantId;
    device: Omit<ProvisionedDeviceChange, 'status'> & { readonly deviceType?: string };
  },
): Promise<OwnedPasskey> {
  const { tenantId, device } = input;
  return provision({ ports, actor, tenantId }, async (step) => {
    const { ownerId = null, friendlyName, deviceType, externalId = null, validity } = device;
    const made = await makePendingPasskey(step, {
      user: ownerId === null ? null : await ownerOf(step, ownerId),
      externalId,
      ...(friendlyName === undefined ? {} : { friendlyName }),
      ...(deviceType === undefined ? {} : { deviceType }),
      ...validity,
    });
    return describe(step, made.deviceId);
  });
}

/**
 * Changes a device member by member, by the table of its states.
 *
 * @throws DomainError `passkey-not-found`, `passkey-state-forbids`, `precondition-failed`
 */
export async function changeProvisionedDevice(
  ports: Ports,
  actor: Actor,
  input: Of & {
    expected: ExpectedVersions;
    change: (before: OwnedPasskey) => ProvisionedDeviceChange;
  },
): Promise<OwnedPasskey> {
  const { tenantId, deviceId, expected } = input;
  return provision({ ports, actor, tenantId }, async (step) => {
    let device = await lockDevice(step, deviceId);
    requireVersion(device, expected);
    const before = await describe(step, deviceId);
    const { friendlyName, externalId, ownerId, status, validity } = input.change(before);
    if (friendlyName !== undefined) device = await renamePasskey(step, device, friendlyName);
    if (externalId !== undefined) device = await nameAnew(step, device, externalId);
    if (validity !== undefined && !sameValidity(device, validity)) {
      device = await limitPasskey(step, device, validity);
    }
    if (status !== undefined && status !== device.status) device = await moveTo(step, device, status);
    if (ownerId === null) device = await unassignPasskey(step, device);
    else if (ownerId !== undefined && ownerId !== device.userId) {
      device = await assignPasskey(step, device, await ownerOf(step, ownerId));
    }
    return describe(step, device.deviceId);
  });
}

/** Its passkey opens nothing any more; the record stays, TERMINATED, for what happened with it. */
export async function removeProvisionedDevice(
  ports: Ports,
  actor: Actor,
  input: Of & { expected: ExpectedVersions },
): Promise<void> {
  const { tenantId, deviceId, expected } = input;
  await provision({ ports, actor, tenantId }, async (step) => {
    const device = await lockDevice(step, deviceId);
    requireVersion(device, expected);
    await terminatePasskey(step, device, 'A directory deleted it.');
  });
}

const eventOf = {
  ACTIVE: 'activated',
  SUSPENDED: 'suspended',
  REVOKED: 'revoked',
  TERMINATED: 'terminated',
} as const satisfies Partial<Record<PasskeyDevice['status'], PasskeyChange>>;

async function moveTo(
  step: ProvisioningStep,
  device: PasskeyDevice,
  status: PasskeyDevice['status'],
): Promise<PasskeyDevice> {
  if (status === 'PENDING') {
    throw new DomainError('passkey-state-forbids', 'A passkey that was registered never waits again.', {
      particulars: { state: device.status, event: 'pending' },
    });
  }
  return changePasskey(step, device, { event: eventOf[status] });
}

async function lockDevice({ tables }: ProvisioningStep, deviceId: string): Promise<PasskeyDevice> {
  if (!isId(deviceId)) throw passkeyNotFound();
  const device = await lockPasskey(tables, deviceId);
  if (device.status === 'TERMINATED') throw passkeyNotFound();
  return device;
}

async function describe({ tables }: ProvisioningStep, deviceId: string): Promise<OwnedPasskey> {
  const found = isId(deviceId) ? await tables.deviceDirectory.get(deviceId) : null;
  if (found === null) throw passkeyNotFound();
  return found;
}

async function ownerOf({ tables }: ProvisioningStep, userId: string) {
  const owner = isId(userId) ? await tables.directory.get(userId) : null;
  if (owner === null) {
    throw new DomainError('input-invalid', `There is no user ${userId}. Nothing was changed.`, {
      particulars: { field: 'owner' },
    });
  }
  return owner;
}

async function nameAnew(
  step: ProvisioningStep,
  device: PasskeyDevice,
  externalId: string | null,
): Promise<PasskeyDevice> {
  if (externalId === device.externalId) return device;
  const { ports, tables } = step;
  const changed = await tables.passkeyDevices.update({
    ...device,
    externalId,
    updatedAt: ports.clock.now(),
  });
  await recordEvent(step, {
    type: 'passkey.changed',
    target: targetOf(changed),
    description: 'The directory calls it by another id.',
  });
  return changed;
}

function sameValidity(
  one: Pick<PasskeyDevice, 'validFrom' | 'validUntil'>,
  other: Pick<PasskeyDevice, 'validFrom' | 'validUntil'>,
): boolean {
  return (
    one.validFrom?.getTime() === other.validFrom?.getTime() &&
    one.validUntil?.getTime() === other.validUntil?.getTime()
  );
}
