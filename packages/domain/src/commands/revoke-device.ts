import type { Actor } from '../audit.ts';
import type { Device } from '../device.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { type DeviceDetails, describeDevice, deviceName, lockDevice } from './devices.ts';
import { openProvider } from './directory.ts';
import { moveDevice } from './transitions.ts';

/** The outbox kind of an intended revocation. */
export const revocationKind = 'device.revoke';

/** What the intent remembers: enough to carry it out after a crash, for exactly this enrollment of the key. */
export interface Revocation {
  readonly deviceId: string;
  readonly identityProviderId: string;
  readonly reference: string;
  readonly remoteId: string;
  readonly reason: string;
  readonly actor: Actor;
}

/** The job leaves a fresh intent to the call that wrote it. */
const headStartMilliseconds = 30_000;

/**
 * Takes the credential away at the identity provider; only then is the device REVOKED. The key may be absent: lost keys
 * are what this is for. The intent is stored first, so a job carries it out if this call can't.
 */
export async function revokeDevice(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId: string; reason: string },
): Promise<DeviceDetails> {
  requirePermission(actor, 'devices.revoke');
  const intent = await ports.store.transaction(input.tenantId, async (tables) => {
    const device = await lockDevice(tables, input.deviceId);
    // The answer to the first call was lost.
    if (device.state === 'REVOKED') return null;
    moveDevice(device.state, 'revoked');
    const revocation = revocationOf(device, { actor, reason: input.reason });
    const outboxId = ports.random.uuid();
    const at = new Date(ports.clock.now().getTime() + headStartMilliseconds);
    await tables.outbox.add({ outboxId, kind: revocationKind, payload: payloadOf(revocation), at });
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'device.revocation-requested',
        target: { kind: 'device', id: device.deviceId, name: deviceName(device) },
        description: `Reason: ${input.reason}`,
      },
    );
    return { outboxId, revocation };
  });
  if (intent !== null) {
    try {
      await carryOutRevocation(ports, input.tenantId, intent.revocation);
    } catch (error) {
      throw notYet(error);
    }
    await ports.store.transaction(input.tenantId, (tables) => tables.outbox.done(intent.outboxId));
  }
  return ports.store.transaction(input.tenantId, async (tables) =>
    describeDevice(tables, await lockDevice(tables, input.deviceId)),
  );
}

function notYet(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return new DomainError(
    error.code,
    `${error.message} The key still works until then: Keywarden goes on trying to revoke it.`,
    { cause: error, particulars: error.particulars },
  );
}

function revocationOf(device: Device, by: { actor: Actor; reason: string }): Revocation {
  if (device.owner === null || device.remoteId === null) {
    throw new DomainError('device-state-forbids', 'This key has no owner, so there is nothing to revoke.', {
      detail: `device ${device.deviceId} is ${device.state} without owner or remote id`,
    });
  }
  return {
    deviceId: device.deviceId,
    identityProviderId: device.owner.identityProviderId,
    reference: device.owner.reference,
    remoteId: device.remoteId,
    ...by,
  };
}

function payloadOf({ actor, ...revocation }: Revocation): Readonly<Record<string, string>> {
  return { ...revocation, actorKind: actor.kind, actorId: actor.id, actorName: actor.name };
}

/** Repeatable: a credential that is gone already counts as removed, a device that is revoked already stays so. */
export async function carryOutRevocation(
  ports: Ports,
  tenantId: TenantId,
  revocation: Revocation,
): Promise<void> {
  const { deviceId, remoteId, reference, reason, actor } = revocation;
  const { provider, record } = await openProvider(ports, tenantId, revocation.identityProviderId);
  await provider.removeCredential(reference, remoteId);
  await ports.store.transaction(tenantId, async (tables) => {
    const device = await lockDevice(tables, deviceId);
    const same = device.state === 'ENROLLED' && device.remoteId === remoteId;
    if (!same) return;
    await tables.devices.update({
      ...device,
      state: moveDevice(device.state, 'revoked'),
      owner: null,
      credentialId: null,
      remoteId: null,
      updatedAt: ports.clock.now(),
    });
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'device.revoked',
        target: { kind: 'device', id: deviceId, name: deviceName(device) },
        description: `${device.owner?.displayName ?? 'Its owner'} can no longer use it at ${record.name}. Reason: ${reason}`,
      },
    );
  });
}
