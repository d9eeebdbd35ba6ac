import { randomBytes, randomUUID } from 'node:crypto';
import {
  type Actor,
  type AuthenticatorMetadata,
  ensureWorkflow,
  type NewClient,
  type Ports,
  registerClient,
  type Store,
  type Tables,
  type Workflow,
} from '@keywarden/domain';
import { pino } from 'pino';
import { authnRoutes } from '../../src/authn/index.ts';
import { createApplication } from '../../src/http/application.ts';
import { limitFailedProofs } from '../../src/http/failed-proofs.ts';
import {
  completeKeysWhereShown,
  createOpenIdKeys,
  createPasswordAdvice,
  createPasswordHasher,
  createRandom,
  createSigningKeys,
  createTenantSecrets,
  createTimeBasedCodes,
  systemClock,
} from '../../src/keys/index.ts';
import { createMail, type MailConfiguration, noMail } from '../../src/mail/index.ts';
import {
  createAuthorizationCodes,
  createClientTokens,
  createProviders,
  createRegistrationTokens,
  mountOpenId,
} from '../../src/openid/index.ts';
import { createFailedProofCounts, createStore, openDatabase } from '../../src/storage/index.ts';
import { freePort } from '../free-port.ts';
import { type FreshDatabase, freshDatabase } from '../postgres.ts';
import type { BackEndClient } from './back-end-client.ts';

export const system: Actor = {
  kind: 'system',
  id: 'test',
  name: 'Test',
  role: null,
  requestId: null,
  clientIp: null,
};

export interface ServerRig {
  readonly ports: Ports;
  readonly publicUrl: string;
  readonly fresh: FreshDatabase;
  /** Lets the server's time pass. */
  advance(milliseconds: number): void;
  /** A furnished tenant: users alice, bob, carol with their passwords, dora who is disabled, and a client. */
  furnish(options?: Furniture): Promise<Room>;
  /** Another server process on the same database and master key, behind the same public address. */
  another(options?: {
    readonly connection?: FreshDatabase['connection'];
    /** What it does otherwise than a server should. */
    readonly tamper?: (store: Store) => Store;
  }): Promise<{ readonly address: string; close(): Promise<void> }>;
  within<T>(tenantId: string, work: (tables: Tables) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Furniture {
  /** Random where absent. */
  readonly tenantId?: string;
  readonly workflow?: Workflow;
  readonly bootstrap?: boolean;
  readonly client?: Partial<NewClient>;
}

export interface RigOptions {
  /** A mail server; none where it is left out. */
  readonly mail?: MailConfiguration;
  /** What is known of authenticator models; nothing where it is left out. */
  readonly metadata?: AuthenticatorMetadata;
  /** Milliseconds for which a key signs. */
  readonly keyRotationInterval?: number;
  /** Passwords take what they take in production; where it is left out next to nothing. */
  readonly slowPasswords?: true;
}

export interface Room {
  readonly tenantId: string;
  readonly issuer: string;
  readonly client: BackEndClient;
  readonly passwords: Readonly<Record<string, string>>;
  readonly userIds: Readonly<Record<string, string>>;
}

/** The least that argon2 takes. */
const leastCost = { memoryCost: 8, timeCost: 1, parallelism: 1 };

/** What makes the server fail: a password that its hasher chokes on. */
export const chokingPassword = 'the hasher chokes on this';

/** The authentication service over real HTTP on a real PostgreSQL. */
export async function openServer(options: RigOptions = {}): Promise<ServerRig> {
  const fresh = await freshDatabase();
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const time = { offset: 0 };
  const masterKey = randomBytes(32);
  const kept = {
    fresh,
    publicUrl,
    time,
    masterKey,
    mail: options.mail,
    metadata: options.metadata,
    keyRotationInterval: options.keyRotationInterval,
    slowPasswords: options.slowPasswords,
  };
  const first = await listen({ ...kept, port });
  const { ports } = first;
  const rig: ServerRig = {
    ports,
    publicUrl,
    fresh,
    advance(milliseconds) {
      time.offset += milliseconds;
    },
    within: (tenantId, work) => ports.store.transaction(tenantId, work),
    furnish: (options = {}) => furnish(rig, options),
    async another(options = {}) {
      const other = await freePort();
      const { close } = await listen({ ...kept, ...options, port: other });
      return { address: `http://localhost:${other}`, close };
    },
    async close() {
      await first.close();
      await fresh.drop();
    },
  };
  return rig;
}

async function listen(options: {
  readonly fresh: FreshDatabase;
  readonly connection?: FreshDatabase['connection'];
  readonly tamper?: (store: Store) => Store;
  readonly publicUrl: string;
  readonly time: { readonly offset: number };
  readonly masterKey: Uint8Array;
  readonly port: number;
  readonly mail?: MailConfiguration | undefined;
  readonly metadata?: AuthenticatorMetadata | undefined;
  readonly keyRotationInterval?: number | undefined;
  readonly slowPasswords?: true | undefined;
}): Promise<{ readonly ports: Ports; close(): Promise<void> }> {
  const { fresh, publicUrl, time, masterKey, port } = options;
  const database = openDatabase(options.connection ?? fresh.connection, { onConnectionError: () => {} });
  const clock = { ...systemClock, now: () => new Date(Date.now() + time.offset) };
  const secrets = createTenantSecrets(masterKey);
  const hasher = options.slowPasswords ? createPasswordHasher() : createPasswordHasher(leastCost);
  const foundation = {
    store: (options.tamper ?? ((store) => store))(createStore(database)),
    passwords: {
      ...hasher,
      verify: (hash: string | null, password: string) =>
        password === chokingPassword ? Promise.reject(new Error('choked')) : hasher.verify(hash, password),
    },
    passwordAdvice: createPasswordAdvice({
      breachedPasswordsUrl: null,
      fetch,
      log: { warn: () => {} },
    }),
    timeBasedCodes: createTimeBasedCodes(),
    secrets,
    openIdKeys: createOpenIdKeys(createSigningKeys({ database, secrets, now: clock.now }), {
      database,
      secrets,
      now: clock.now,
      rotationInterval: options.keyRotationInterval ?? null,
    }),
    clock,
    random: createRandom(clock),
    surroundings: { publicUrl, workstationUrl: 'ws://127.0.0.1:9333' },
  };
  const log = pino({ level: process.env['KEYWARDEN_TEST_LOG'] ?? 'silent' });
  const providers = createProviders(foundation, { log });
  const ports: Ports = {
    ...foundation,
    authorizationCodes: createAuthorizationCodes(providers, { clock }),
    clientTokens: createClientTokens(providers),
    registrationTokens: createRegistrationTokens(providers),
    mail: options.mail === undefined ? noMail : createMail(options.mail, { clock }),
    metadata: options.metadata ?? { current: () => null },
    identityProviders: { open: () => Promise.reject(new Error('not in this test')) },
    orderSigner: {
      sign: () => Promise.reject(new Error('not in this test')),
      publicKeys: () => Promise.reject(new Error('not in this test')),
    },
    receipts: { verify: () => Promise.reject(new Error('not in this test')) },
  };
  const app = await createApplication({
    ports,
    log,
    routes: () => authnRoutes,
    mounts: [
      (instance) =>
        limitFailedProofs(instance, {
          counts: createFailedProofCounts(database),
          now: () => clock.now().getTime(),
        }),
      (instance) => completeKeysWhereShown(instance, ports),
      (instance) => mountOpenId(instance, { providers, publicUrl, ports }),
    ],
    trustedProxies: [],
    // One person does here in a second what takes others a day.
    limits: { address: 0, user: 0, failures: 0, clientFailures: 0 },
    pageFolder: '/nonexistent',
  });
  await app.listen({ host: '127.0.0.1', port });
  return {
    ports,
    async close() {
      await app.close();
      await database.close();
    },
  };
}

async function furnish({ ports, publicUrl }: ServerRig, options: Furniture): Promise<Room> {
  const tenantId = options.tenantId ?? `t-${randomBytes(4).toString('hex')}`;
  const at = ports.clock.now();
  const names = ['alice', 'bob', 'carol', 'dora', 'erin'];
  const passwords = Object.fromEntries(names.map((name) => [name, randomBytes(9).toString('base64url')]));
  const userIds = Object.fromEntries(names.map((name) => [name, randomUUID()]));
  await ports.store.transaction(tenantId, async (tables) => {
    await tables.tenants.insert({
      tenantId,
      name: 'Test tenant',
      defaultIdentityProviderId: null,
      createdAt: at,
    });
    for (const name of names) {
      const userId = userIds[name] ?? '';
      await tables.users.insert({
        userId,
        username: name,
        displayName: `${name} of the test`,
        email: `${name}@test.example`,
        status: name === 'dora' ? 'disabled' : 'active',
        createdAt: at,
      });
      // erin has no password yet, nor anything else.
      if (name !== 'erin')
        await tables.passwords.set(userId, await ports.passwords.hash(passwords[name] ?? ''));
    }
    if (options.workflow !== undefined) {
      await tables.workflows.insert({ version: 1, document: options.workflow, at, by: 'test', note: '' });
    }
  });
  await ensureWorkflow(ports, system, { tenantId, bootstrap: options.bootstrap ?? false });
  const redirectUri = 'https://client.example/callback';
  const { clientId, secret } = await registerClient(ports, system, {
    tenantId,
    name: 'Client of the test',
    redirectUris: [redirectUri],
    ...options.client,
  });
  const issuer = `${publicUrl}/${tenantId}`;
  return { tenantId, issuer, client: { clientId, secret, redirectUri, issuer }, passwords, userIds };
}
