import type { Actor } from '../audit.ts';
import { decoysOf } from '../authentication/decoys.ts';
import type { LanguageWish } from '../authentication/languages.ts';
import { notifyUser } from '../authentication/notify-user.ts';
import { DomainError } from '../errors.ts';
import {
  isWithinValidity,
  type PasskeyDevice,
  usualDeviceType,
  usualPasskeyName,
} from '../passkey-device.ts';
import type { PasskeyDeviceEvent } from '../passkey-device-states.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { User } from '../user.ts';
import { recordEvent } from './audit-trail.ts';
import { deviceName } from './devices.ts';
import { endSessions } from './end-sessions.ts';
import { moveDevice, movePasskeyDevice } from './transitions.ts';

/**
 * What may be done to a passkey device, inside of a transaction and without asking who may: each door first asks by its own
 * rules (an operator's permission, a directory's scope, an owner's recent sign-in). Each writes its audit event.
 */
export interface PasskeyStep {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'secrets' | 'mail'>;
  readonly tables: Tables;
  readonly actor: Actor;
  /** In which language its owner is told; absent: nobody knows. */
  readonly languages?: LanguageWish | null;
}

/** @throws DomainError `passkey-not-found` */
export async function lockPasskey(tables: Tables, deviceId: string): Promise<PasskeyDevice> {
  const device = await tables.passkeyDevices.lock(deviceId);
  if (device === null) throw passkeyNotFound();
  return device;
}

export function passkeyNotFound(): DomainError {
  return new DomainError('passkey-not-found', 'There is no such passkey. Look at the list again.');
}

export interface NewPendingPasskey {
  /** null: nobody's yet. */
  readonly user: Pick<User, 'userId' | 'username'> | null;
  readonly deviceType?: string;
  readonly friendlyName?: string;
  readonly validFrom?: Date | null;
  readonly validUntil?: Date | null;
  readonly externalId?: string | null;
}

/** A device that waits for its owner's passkey. */
export async function makePendingPasskey(
  step: PasskeyStep,
  input: NewPendingPasskey,
): Promise<PasskeyDevice> {
  const { ports, tables } = step;
  const now = ports.clock.now();
  const device: PasskeyDevice = {
    deviceId: ports.random.uuid(),
    userId: input.user?.userId ?? null,
    status: 'PENDING',
    deviceType: input.deviceType ?? usualDeviceType,
    friendlyName: input.friendlyName === undefined ? usualPasskeyName : readPasskeyName(input.friendlyName),
    validFrom: input.validFrom ?? null,
    validUntil: input.validUntil ?? null,
    credentialId: null,
    externalId: input.externalId ?? null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  requireOrdered(device);
  await tables.passkeyDevices.insert(device);
  await recordEvent(step, {
    type: 'passkey.created',
    target: targetOf(device),
    description:
      input.user === null ? 'It waits to be given to somebody.' : `It waits for ${input.user.username}.`,
  });
  return device;
}

const eventTypes = {
  suspended: 'passkey.suspended',
  activated: 'passkey.activated',
  revoked: 'passkey.revoked',
  terminated: 'passkey.terminated',
} as const satisfies Partial<Record<PasskeyDeviceEvent, string>>;
export type PasskeyChange = keyof typeof eventTypes;

/**
 * Suspends, activates, revokes or terminates a locked device; what it opened ends unless it became ACTIVE. One that is there
 * already stays as it is.
 *
 * @throws DomainError `passkey-state-forbids`
 */
export async function changePasskey(
  step: PasskeyStep,
  device: PasskeyDevice,
  change: {
    readonly event: PasskeyChange;
    readonly reason?: string | undefined;
    /** Whoever calls revokes the key that holds it as well. */
    readonly keyIsRevokedToo?: boolean;
  },
): Promise<PasskeyDevice> {
  const { ports, tables } = step;
  const { event, reason } = change;
  if (device.status === statusAfter[event]) return device;
  const status = movePasskeyDevice(device.status, event);
  const changed = await tables.passkeyDevices.update({ ...device, status, updatedAt: ports.clock.now() });
  if (device.credentialId !== null) {
    if (status === 'ACTIVE') await forgetWrongAnswers(step, device.credentialId);
    else await endSessions(tables, { credentialId: device.credentialId });
  }
  await recordEvent(step, {
    type: eventTypes[event],
    target: targetOf(changed),
    description: reason === undefined ? `It was ${device.status} before.` : `Reason: ${reason}`,
  });
  if (event === 'revoked' && device.credentialId !== null) {
    await tellOwner(step, device);
    if (change.keyIsRevokedToo !== true) await revokeKeyOf(step, device.credentialId);
  }
  return changed;
}

/** Whoever lets it in again lets it in: what its factor counted until now is over with the suspension. */
async function forgetWrongAnswers({ ports, tables }: PasskeyStep, credentialId: string): Promise<void> {
  const credential = await tables.credentials.get(credentialId);
  if (credential === null || credential.authType === null) return;
  const owner = await tables.users.get(credential.userId);
  const decoys = await decoysOf(ports, tables.tenantId);
  // Clients that send the bare response do not say which credential it is of: those answers were counted by name.
  const counted = [`credential:${credentialId}`, ...(owner === null ? [] : [`fido-user:${owner.username}`])];
  for (const subject of counted) {
    await tables.attempts.clear(decoys.attemptSubject(subject), credential.authType);
  }
}

/** The key of the inventory that holds this credential, where there is one, is nobody's with it. */
async function revokeKeyOf(step: PasskeyStep, credentialId: string): Promise<void> {
  const { ports, tables } = step;
  const { deviceId = null } = (await tables.credentials.get(credentialId)) ?? {};
  const key = deviceId === null ? null : await tables.devices.lock(deviceId);
  if (key === null || key.state !== 'ENROLLED' || key.credentialId !== credentialId) return;
  await tables.devices.update({
    ...key,
    state: moveDevice(key.state, 'revoked'),
    owner: null,
    credentialId: null,
    remoteId: null,
    updatedAt: ports.clock.now(),
  });
  await recordEvent(step, {
    type: 'device.revoked',
    target: { kind: 'device', id: key.deviceId, name: deviceName(key) },
    description: `${key.owner?.displayName ?? 'Its owner'} can no longer use it: the passkey on it was revoked.`,
  });
}

/** From REVOKED there is no way back: for its owner it is removed. */
async function tellOwner(step: PasskeyStep, { userId, friendlyName }: PasskeyDevice): Promise<void> {
  const user = userId === null ? null : await step.tables.users.get(userId);
  if (user === null) return;
  await notifyUser(step, {
    user,
    kind: 'authenticator.removed',
    authenticator: { type: 'passkey', name: friendlyName },
  });
}

const statusAfter = {
  suspended: 'SUSPENDED',
  activated: 'ACTIVE',
  revoked: 'REVOKED',
  terminated: 'TERMINATED',
} as const satisfies Record<PasskeyChange, PasskeyDevice['status']>;

/** The end, from wherever it is: revoked first where it was not. */
export async function terminatePasskey(
  step: PasskeyStep,
  device: PasskeyDevice,
  reason?: string,
): Promise<PasskeyDevice> {
  if (device.status === 'TERMINATED') return device;
  const revoked = await changePasskey(step, device, { event: 'revoked', reason });
  return changePasskey(step, revoked, { event: 'terminated', reason });
}

export async function renamePasskey(
  step: PasskeyStep,
  device: PasskeyDevice,
  name: string,
): Promise<PasskeyDevice> {
  const friendlyName = readPasskeyName(name);
  if (friendlyName === device.friendlyName) return device;
  const { ports, tables } = step;
  const changed = await tables.passkeyDevices.update({
    ...device,
    friendlyName,
    updatedAt: ports.clock.now(),
  });
  await recordEvent(step, {
    type: 'passkey.renamed',
    target: targetOf(changed),
    description: `It was “${device.friendlyName}”.`,
    particulars: { before: device.friendlyName },
  });
  return changed;
}

/** @throws DomainError `input-invalid` where the end is not after the beginning */
export async function limitPasskey(
  step: PasskeyStep,
  device: PasskeyDevice,
  validity: Pick<PasskeyDevice, 'validFrom' | 'validUntil'>,
): Promise<PasskeyDevice> {
  const { ports, tables } = step;
  const { validFrom, validUntil } = validity;
  requireOrdered(validity);
  const changed = await tables.passkeyDevices.update({
    ...device,
    validFrom,
    validUntil,
    updatedAt: ports.clock.now(),
  });
  if (device.credentialId !== null && !isWithinValidity(changed, ports.clock.now())) {
    await endSessions(tables, { credentialId: device.credentialId });
  }
  await recordEvent(step, {
    type: 'passkey.validity-changed',
    target: targetOf(changed),
    description: `Valid from ${validFrom?.toISOString() ?? 'the beginning'} until ${validUntil?.toISOString() ?? 'further notice'}.`,
    particulars: { from: validFrom?.toISOString() ?? null, until: validUntil?.toISOString() ?? null },
  });
  return changed;
}

/**
 * Gives a waiting device to a user. One that holds a credential is its owner's alone: nobody else knows its secret.
 *
 * @throws DomainError `passkey-state-forbids`
 */
export async function assignPasskey(
  step: PasskeyStep,
  device: PasskeyDevice,
  user: Pick<User, 'userId' | 'username'>,
): Promise<PasskeyDevice> {
  const { ports, tables } = step;
  if (device.userId === user.userId) return device;
  if (device.status !== 'PENDING') {
    throw new DomainError(
      'passkey-state-forbids',
      'Only a passkey that still waits can be given to somebody. Nothing was changed.',
      { particulars: { state: device.status, event: 'assigned' } },
    );
  }
  await tables.enrollmentCodes.withdraw(device.deviceId);
  const changed = await tables.passkeyDevices.update({
    ...device,
    userId: user.userId,
    updatedAt: ports.clock.now(),
  });
  await recordEvent(step, {
    type: 'passkey.assigned',
    target: targetOf(changed),
    description: `It waits for ${user.username}.`,
  });
  return changed;
}

/** Takes a device from its owner. What holds a credential is revoked with it: it can't become somebody else's. */
export async function unassignPasskey(step: PasskeyStep, device: PasskeyDevice): Promise<PasskeyDevice> {
  const { ports, tables } = step;
  if (device.userId === null) return device;
  const living = device.status === 'ACTIVE' || device.status === 'SUSPENDED';
  const ended = living
    ? await changePasskey(step, device, { event: 'revoked', reason: 'It was taken from its owner.' })
    : device;
  await tables.enrollmentCodes.withdraw(device.deviceId);
  const changed = await tables.passkeyDevices.update({
    ...ended,
    userId: null,
    updatedAt: ports.clock.now(),
  });
  await recordEvent(step, {
    type: 'passkey.unassigned',
    target: targetOf(changed),
    description: 'It has no owner any more.',
  });
  return changed;
}

const longestName = 100;

/** @throws DomainError `input-invalid` */
export function readPasskeyName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name === '' || [...name].length > longestName || /\p{Cc}/u.test(name)) {
    throw new DomainError(
      'input-invalid',
      `A passkey's name has 1 to ${longestName} characters, none of them control characters.`,
      { particulars: { field: 'friendlyName' } },
    );
  }
  return name;
}

function requireOrdered({ validFrom, validUntil }: Pick<PasskeyDevice, 'validFrom' | 'validUntil'>): void {
  if (validFrom === null || validUntil === null || validFrom < validUntil) return;
  throw new DomainError('input-invalid', 'A passkey is valid until a time after the one it is valid from.', {
    particulars: { field: 'validUntil' },
  });
}

export function targetOf(device: PasskeyDevice) {
  return { kind: 'passkey', id: device.deviceId, name: device.friendlyName };
}
