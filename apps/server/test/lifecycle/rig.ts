import { randomBytes, randomUUID } from 'node:crypto';
import type {
  Actor,
  Clock,
  DomainError,
  IdentityProvider,
  OperatorRole,
  PolicyRules,
  Ports,
} from '@keywarden/domain';
import type { MetadataSnapshot } from '@keywarden/fido2/metadata';
import { createIdentityProviders } from '../../src/idp/index.ts';
import {
  createOrderSigner,
  createRandom,
  createReceipts,
  createSigningKeys,
  createTenantSecrets,
  systemClock,
} from '../../src/keys/index.ts';
import { createStore, openDatabase } from '../../src/storage/index.ts';
import type { FreshDatabase } from '../postgres.ts';
import { type TestWorkstation, testWorkstation } from './workstation.ts';

export const publicUrl = 'http://localhost:8080';
export const rpId = 'localhost';

/** What the wire to the identity provider does wrong; the provider behind it is the real built-in one. */
export interface Outage {
  begin?: DomainError;
  /** Thrown instead of asking it. */
  complete?: DomainError;
  /** Thrown after it did its part: the answer is lost. */
  completeAnswer?: DomainError;
  removal?: DomainError;
  /** Awaited before it is asked. */
  hold?: Promise<void>;
}

export interface Rig {
  readonly ports: Ports;
  readonly outage: Outage;
  readonly calls: { begin: number; complete: number; list: number; remove: number; abandon: number };
  /** What is known of authenticator models: nothing, until a test says something. */
  readonly known: { metadata: MetadataSnapshot | null };
  advance(milliseconds: number): void;
  /** Another server process on the same database and keys. */
  again(): Rig;
  close(): Promise<void>;
}

interface Kept {
  readonly fresh: FreshDatabase;
  readonly masterKey: Uint8Array;
  readonly time: { offset: number };
  readonly known: Rig['known'];
}

/** The domain's ports on a real PostgreSQL, with the real built-in provider and the real order and receipt keys. */
export function openRig(fresh: FreshDatabase): Rig {
  return rigOn({
    fresh,
    masterKey: new Uint8Array(randomBytes(32)),
    time: { offset: 0 },
    known: { metadata: null },
  });
}

function rigOn(kept: Kept): Rig {
  const database = openDatabase(kept.fresh.connection, { onConnectionError: () => {} });
  const store = createStore(database);
  const now = () => new Date(Date.now() + kept.time.offset);
  const clock: Clock = { now, wait: systemClock.wait };
  const random = createRandom(clock);
  const surroundings = { publicUrl, workstationUrl: 'ws://127.0.0.1:9333' };
  const secrets = createTenantSecrets(kept.masterKey);
  const keys = createSigningKeys({ database, secrets, now });
  const mail: Ports['mail'] = { available: false, send: unused('mail') };
  const outage: Outage = {};
  const calls = { begin: 0, complete: 0, list: 0, remove: 0, abandon: 0 };
  const providers = createIdentityProviders({ store, clock, random, secrets, mail, surroundings });
  const ports: Ports = {
    store,
    identityProviders: {
      open: async (tenantId, id) => onTheWire(await providers.open(tenantId, id), { outage, calls }),
    },
    orderSigner: createOrderSigner({ keys, surroundings }),
    receipts: createReceipts({ surroundings, now }),
    passwords: unused('passwords'),
    passwordAdvice: unused('passwordAdvice'),
    timeBasedCodes: unused('timeBasedCodes'),
    mail,
    secrets: unused('secrets'),
    openIdKeys: unused('openIdKeys'),
    authorizationCodes: unused('authorizationCodes'),
    clientTokens: unused('clientTokens'),
    registrationTokens: unused('registrationTokens'),
    metadata: { current: () => kept.known.metadata },
    clock,
    random,
    surroundings,
  };
  return {
    ports,
    outage,
    known: kept.known,
    calls,
    advance(milliseconds) {
      kept.time.offset += milliseconds;
    },
    again: () => rigOn(kept),
    close: () => database.close(),
  };
}

/** A port that no lifecycle command may reach for. */
function unused<T extends object>(name: string): T {
  return new Proxy<T>(Object.create(null), {
    get(_target, member) {
      throw new Error(`a lifecycle command reached for ${name}.${String(member)}`);
    },
  });
}

function onTheWire(
  provider: IdentityProvider,
  { outage, calls }: { outage: Outage; calls: Rig['calls'] },
): IdentityProvider {
  return {
    ...provider,
    async begin(user, options) {
      calls.begin += 1;
      if (outage.begin) throw outage.begin;
      return provider.begin(user, options);
    },
    async complete(registration) {
      calls.complete += 1;
      await outage.hold;
      if (outage.complete) throw outage.complete;
      const answer = await provider.complete(registration);
      if (outage.completeAnswer) throw outage.completeAnswer;
      return answer;
    },
    async abandon(handle) {
      calls.abandon += 1;
      await provider.abandon(handle);
    },
    async listCredentials(reference) {
      calls.list += 1;
      if (outage.completeAnswer || outage.complete?.code === 'identity-provider-unreachable') {
        throw outage.completeAnswer ?? outage.complete ?? new Error('unreachable');
      }
      return provider.listCredentials(reference);
    },
    async removeCredential(reference, remoteId) {
      calls.remove += 1;
      if (outage.removal) throw outage.removal;
      await provider.removeCredential(reference, remoteId);
    },
  };
}

export const standardRules: PolicyRules = {
  pinMode: 'typed',
  pinMinimumLength: 6,
  pinMaximumLength: 63,
  pinCharacters: 'any',
  minPINLength: 6,
  alwaysUv: true,
  forcePINChange: false,
  allowedAaguids: [],
  attestation: 'direct',
  minimumCertification: null,
  assetTag: true,
};

export interface Room {
  readonly tenantId: string;
  readonly identityProviderId: string;
  readonly policyId: string;
  readonly users: Readonly<Record<'alice' | 'bob' | 'dora', string>>;
  readonly actor: Actor;
  readonly workstation: TestWorkstation;
}

/** A furnished tenant: users alice, bob and the disabled dora, the built-in provider, one policy, a paired workstation. */
export async function furnish(rig: Rig, options: { role?: OperatorRole } = {}): Promise<Room> {
  const { store, clock } = rig.ports;
  const tenantId = `t-${randomBytes(4).toString('hex')}`;
  const identityProviderId = randomUUID();
  const operatorId = randomUUID();
  const policyId = randomUUID();
  const users = { alice: randomUUID(), bob: randomUUID(), dora: randomUUID() };
  const names = { alice: 'Alice Liddell', bob: 'Bob Baker', dora: 'Dora Disabled' };
  const workstation = await testWorkstation(clock.now);
  const role = options.role ?? 'owner';
  const createdAt = clock.now();
  await store.transaction(tenantId, async (tables) => {
    await tables.tenants.insert({
      tenantId,
      name: 'Demo',
      defaultIdentityProviderId: identityProviderId,
      createdAt,
    });
    await tables.identityProviders.insert({
      identityProviderId,
      kind: 'built-in',
      name: 'Built-in directory',
      status: 'active',
      createdAt,
    });
    for (const username of ['alice', 'bob', 'dora'] as const) {
      await tables.users.insert({
        userId: users[username],
        username,
        displayName: names[username],
        email: `${username}@demo.example`,
        status: username === 'dora' ? 'disabled' : 'active',
        createdAt,
      });
    }
    await tables.operators.insert({ operatorId, name: 'Olivia Operator', email: null, role, createdAt });
    await tables.policies.insert({
      policyId,
      name: 'Standard employee',
      rules: standardRules,
      at: createdAt,
    });
    await tables.workstations.upsert({
      workstationId: workstation.workstationId,
      name: 'Front desk',
      publicKey: workstation.publicKey,
      pairedAt: createdAt,
      lastSeenAt: null,
    });
  });
  const actor: Actor = {
    kind: 'operator',
    id: operatorId,
    name: 'Olivia Operator',
    role,
    requestId: 'request-1',
    clientIp: '127.0.0.1',
  };
  return { tenantId, identityProviderId, policyId, users, actor, workstation };
}
