import { randomBytes, randomUUID } from 'node:crypto';
import type { Credential, Device, Enrollment, PolicyRules } from '@keywarden/domain';
import pg from 'pg';
import {
  type Database,
  type FoundationTables,
  foundationTables,
  openDatabase,
} from '../../src/storage/index.ts';
import { type FreshDatabase, freshDatabase } from '../postgres.ts';

export const at = new Date('2026-03-01T12:00:00.123Z');
export const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);

/** Runs `work` in a transaction of the tenant. */
export type Within = <T>(tenantId: string, work: (tables: FoundationTables) => Promise<T>) => Promise<T>;

/** The repositories on a database of their own. */
export interface Warehouse {
  readonly fresh: FreshDatabase;
  readonly database: Database;
  /** Past row-level security. */
  readonly superuser: pg.Client;
  readonly within: Within;
  furnish(): Promise<Room>;
  close(): Promise<void>;
}

export async function openWarehouse(): Promise<Warehouse> {
  const fresh = await freshDatabase();
  const database = openDatabase(fresh.connection, { onConnectionError: () => {} });
  const superuser = new pg.Client(fresh.superuser);
  await superuser.connect();
  const within: Within = (tenantId, work) =>
    database.transaction(tenantId, (session) => work(foundationTables(session)));
  return {
    fresh,
    database,
    superuser,
    within,
    furnish: () => furnish(within),
    async close() {
      await superuser.end();
      await database.close();
      await fresh.drop();
    },
  };
}

export interface Room {
  readonly tenantId: string;
  readonly identityProviderId: string;
  readonly userId: string;
  readonly operatorId: string;
  readonly policyId: string;
  readonly workstationId: string;
}

export const rules: PolicyRules = {
  pinMode: 'typed',
  pinMinimumLength: 6,
  pinMaximumLength: 63,
  pinCharacters: 'any',
  minPINLength: 6,
  alwaysUv: null,
  forcePINChange: false,
  allowedAaguids: [],
  attestation: 'direct',
  minimumCertification: null,
  assetTag: true,
};

export function newDevice(changes: Partial<Device> = {}): Device {
  return {
    deviceId: randomUUID(),
    state: 'NOT_CONFIGURED',
    policyId: null,
    serial: null,
    aaguid: '00000000-0000-0000-0000-000000000000',
    model: 'Virtual key',
    firmware: null,
    virtual: true,
    assetTag: null,
    owner: null,
    credentialId: null,
    remoteId: null,
    version: 1,
    createdAt: at,
    updatedAt: at,
    ...changes,
  };
}

export function newCredential(userId: string, credentialId: string): Credential {
  return {
    credentialId,
    userId,
    rpId: 'localhost',
    userHandle: 'handle',
    publicKey: new Uint8Array([1, 2, 3]),
    algorithm: -7,
    signCount: 0,
    aaguid: '00000000-0000-0000-0000-000000000001',
    attestationFormat: 'packed',
    attestationTrusted: false,
    transports: ['usb'],
    backupEligible: false,
    backedUp: false,
    userVerified: true,
    discoverable: null,
    deviceId: null,
    friendlyName: 'Passkey',
    authType: 'AT_FIDO',
    status: 'ACTIVE',
    validFrom: null,
    validUntil: null,
    failures: 0,
    createdAt: at,
    lastUsedAt: null,
  };
}

export function newEnrollment(room: Room, deviceId: string, changes: Partial<Enrollment> = {}): Enrollment {
  return {
    enrollmentId: randomUUID(),
    deviceId,
    identityProviderId: room.identityProviderId,
    user: {
      identityProviderId: room.identityProviderId,
      reference: room.userId,
      username: 'alice',
      displayName: 'Alice Liddell',
    },
    policyId: room.policyId,
    workstationId: room.workstationId,
    connectionId: 'connection-1',
    state: 'REQUESTED',
    options: null,
    origin: null,
    handle: null,
    credential: null,
    failureCode: null,
    failureMessage: null,
    operatorId: room.operatorId,
    orderId: null,
    idempotencyKey: null,
    leaseUntil: null,
    version: 1,
    createdAt: at,
    updatedAt: at,
    expiresAt: later(600),
    ...changes,
  };
}

/** A tenant with one of everything that others refer to. */
async function furnish(within: Within): Promise<Room> {
  const mark = randomBytes(4).toString('hex');
  const room: Room = {
    tenantId: `tenant-${mark}`,
    identityProviderId: randomUUID(),
    userId: randomUUID(),
    operatorId: randomUUID(),
    policyId: randomUUID(),
    workstationId: `workstation-${mark}`,
  };
  await within(room.tenantId, async (tables) => {
    await tables.tenants.insert({
      tenantId: room.tenantId,
      name: 'A tenant',
      defaultIdentityProviderId: room.identityProviderId,
      createdAt: at,
    });
    await tables.identityProviders.insert({
      identityProviderId: room.identityProviderId,
      kind: 'built-in',
      name: 'Built-in directory',
      status: 'active',
      createdAt: at,
    });
    await tables.users.insert({
      userId: room.userId,
      username: 'alice',
      displayName: 'Alice Liddell',
      email: 'alice@demo.example',
      status: 'active',
      createdAt: at,
    });
    await tables.operators.insert({
      operatorId: room.operatorId,
      name: 'Olivia Operator',
      email: null,
      role: 'owner',
      createdAt: at,
    });
    await tables.policies.insert({ policyId: room.policyId, name: 'Standard employee', rules, at });
    await tables.workstations.upsert({
      workstationId: room.workstationId,
      name: 'Front desk',
      publicKey: { kty: 'EC' },
      pairedAt: at,
      lastSeenAt: null,
    });
  });
  return room;
}
