import type { Actor } from '../audit.ts';
import type { Credential } from '../credential.ts';
import { DomainError } from '../errors.ts';
import type { PasskeyDevice } from '../passkey-device.ts';
import { type Permission, requirePermission } from '../permissions.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { ExpectedVersions } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { putEnrollmentCode } from './enrollment-codes.ts';
import {
  assignPasskey,
  changePasskey,
  limitPasskey,
  lockPasskey,
  makePendingPasskey,
  type NewPendingPasskey,
  type PasskeyChange,
  type PasskeyStep,
  passkeyNotFound,
  renamePasskey,
  terminatePasskey,
  unassignPasskey,
} from './passkey-changes.ts';
import { requireVersion } from './provisioning-step.ts';

/** A passkey with what a page shows beside it. */
export interface PasskeyDetails {
  readonly device: PasskeyDevice;
  /** null while it waits. */
  readonly credential: Credential | null;
}

/** Oldest first; those that wait and those that ended too. */
export async function listPasskeys(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; userId: string },
): Promise<readonly PasskeyDetails[]> {
  requirePermission(actor, 'passkeys.read');
  return ports.store.transaction(input.tenantId, async (tables) => {
    await requireUser(tables, input.userId);
    return passkeysOf(tables, input.userId);
  });
}

/** Oldest first, in two statements. For a door that asked already who may. */
export async function passkeysOf(tables: Tables, userId: string): Promise<readonly PasskeyDetails[]> {
  const devices = await tables.passkeyDevices.listByUser(userId);
  const credentials = new Map(
    (await tables.credentials.listByUser(userId)).map((credential) => [credential.credentialId, credential]),
  );
  return devices.map((device) => ({
    device,
    credential: device.credentialId === null ? null : (credentials.get(device.credentialId) ?? null),
  }));
}

export async function getPasskey(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; deviceId: string },
): Promise<PasskeyDetails> {
  requirePermission(actor, 'passkeys.read');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const device = await tables.passkeyDevices.get(input.deviceId);
    if (device === null) throw passkeyNotFound();
    return describePasskey(tables, device);
  });
}

export async function describePasskey(tables: Tables, device: PasskeyDevice): Promise<PasskeyDetails> {
  const { credentialId } = device;
  return {
    device,
    credential: credentialId === null ? null : await tables.credentials.get(credentialId),
  };
}

/** A device that waits for a user's passkey. */
export async function createPendingPasskey(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; userId: string } & Omit<NewPendingPasskey, 'user'>,
): Promise<PasskeyDetails> {
  const { tenantId, userId, ...device } = input;
  requirePermission(actor, 'passkeys.issue');
  return ports.store.transaction(tenantId, async (tables) => {
    const user = await requireUser(tables, userId);
    return {
      device: await makePendingPasskey({ ports, tables, actor }, { ...device, user }),
      credential: null,
    };
  });
}

/**
 * A one-time enrollment code for a user, told this once: for the device that is named, else for a new one. With it, and
 * nothing else, she enrolls her passkey.
 */
export async function issueEnrollmentCode(
  ports: Ports,
  actor: Actor,
  input: {
    tenantId: TenantId;
    userId: string;
    deviceId?: string | undefined;
    friendlyName?: string | undefined;
    deviceType?: string | undefined;
    lifetimeSeconds?: number | undefined;
  },
): Promise<{ readonly device: PasskeyDevice; readonly code: string; readonly expiresAt: Date }> {
  const { tenantId, userId, deviceId, friendlyName, deviceType, lifetimeSeconds } = input;
  requirePermission(actor, 'passkeys.issue');
  return ports.store.transaction(tenantId, async (tables) => {
    const step = { ports, tables, actor };
    const user = await requireUser(tables, userId);
    if (user.status !== 'active') {
      throw new DomainError(
        'user-disabled',
        `${user.displayName} is disabled, so no code was issued. Enable the account first.`,
      );
    }
    const device =
      deviceId === undefined
        ? await makePendingPasskey(step, {
            user,
            ...(friendlyName !== undefined && { friendlyName }),
            ...(deviceType !== undefined && { deviceType }),
          })
        : await lockPasskey(tables, deviceId);
    if (device.userId !== userId) throw passkeyNotFound();
    return { device, ...(await putEnrollmentCode(step, device, { ports, tenantId, lifetimeSeconds })) };
  });
}

export type PasskeyAction =
  | { readonly kind: PasskeyChange; readonly reason?: string | undefined }
  | { readonly kind: 'renamed'; readonly friendlyName: string }
  | { readonly kind: 'limited'; readonly validFrom: Date | null; readonly validUntil: Date | null }
  | { readonly kind: 'assigned'; readonly userId: string }
  | { readonly kind: 'unassigned' };

const needed: Readonly<Record<PasskeyAction['kind'], Permission>> = {
  suspended: 'passkeys.write',
  activated: 'passkeys.write',
  revoked: 'passkeys.write',
  terminated: 'passkeys.write',
  renamed: 'passkeys.write',
  limited: 'passkeys.write',
  assigned: 'passkeys.issue',
  unassigned: 'passkeys.issue',
};

/** What an operator does to one passkey. Suspended, revoked and terminated end the sessions that it opened. */
export async function actOnPasskey(
  ports: Ports,
  actor: Actor,
  input: {
    tenantId: TenantId;
    deviceId: string;
    expected?: ExpectedVersions;
    action: PasskeyAction;
  },
): Promise<PasskeyDetails> {
  const { tenantId, deviceId, expected = null, action } = input;
  requirePermission(actor, needed[action.kind]);
  return ports.store.transaction(tenantId, async (tables) => {
    const step = { ports, tables, actor };
    const device = await lockPasskey(tables, deviceId);
    requireVersion(device, expected);
    return describePasskey(tables, await carryOut(step, device, action));
  });
}

async function carryOut(
  step: PasskeyStep,
  device: PasskeyDevice,
  action: PasskeyAction,
): Promise<PasskeyDevice> {
  switch (action.kind) {
    case 'terminated':
      return terminatePasskey(step, device, action.reason);
    case 'suspended':
    case 'activated':
    case 'revoked':
      return changePasskey(step, device, { event: action.kind, reason: action.reason });
    case 'renamed':
      return renamePasskey(step, device, action.friendlyName);
    case 'limited':
      return limitPasskey(step, device, action);
    case 'assigned':
      return assignPasskey(step, device, await requireUser(step.tables, action.userId));
    case 'unassigned':
      return unassignPasskey(step, device);
  }
}

async function requireUser(tables: Tables, userId: string): Promise<User> {
  const user = await tables.users.get(userId);
  if (user === null)
    throw new DomainError('user-not-found', 'There is no such user in the built-in directory.');
  return user;
}
