import type { Ports, Surroundings } from '@keywarden/domain';
import type { MetadataSigner } from '@keywarden/fido2/metadata';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createApplication } from './http/application.ts';
import { limitFailedProofs } from './http/failed-proofs.ts';
import { siteCookies } from './http/operator-session.ts';
import { routeTable } from './http/routes.ts';
import type { RequestLimits } from './http/throttle.ts';
import { createIdentityProviders } from './idp/index.ts';
import {
  lifecycleJobs,
  metadataJob,
  outboxJob,
  type PromptJob,
  type RunningJobs,
  startJobs,
  startPrompt,
} from './jobs/index.ts';
import {
  completeKeysWhereShown,
  createOpenIdKeys,
  createOrderSigner,
  createPasswordAdvice,
  createPasswordHasher,
  createRandom,
  createReceipts,
  createSigningKeys,
  createTenantSecrets,
  createTimeBasedCodes,
  systemClock,
} from './keys/index.ts';
import { createMail, type MailConfiguration, noMail } from './mail/index.ts';
import { createRefreshedMetadata } from './metadata/index.ts';
import {
  createAuthorizationCodes,
  createClientTokens,
  createProviders,
  createRegistrationTokens,
  mountOpenId,
} from './openid/index.ts';
import {
  createFailedProofCounts,
  createStore,
  type Database,
  type DatabaseConnection,
  openDatabase,
} from './storage/index.ts';

export interface ServerParts {
  readonly ports: Ports;
  readonly database: Database;
  readonly app: FastifyInstance;
  startJobs(): RunningJobs;
}

export interface CompositionOptions {
  readonly connection: DatabaseConnection;
  readonly masterKey: Uint8Array;
  readonly surroundings: Surroundings;
  readonly trustedProxies: readonly string[];
  /** The usual ones where they are left out. */
  readonly limits?: Partial<RequestLimits> | undefined;
  /** Milliseconds for which a key of OpenID signs; null: until somebody rotates. */
  readonly keyRotationInterval?: number | null | undefined;
  /** Where metadata of authenticators comes from; none where it is left out. */
  readonly metadata?: { readonly url: string; readonly signer: MetadataSigner } | undefined;
  /** The mail server; none where it is left out. */
  readonly mail?: MailConfiguration | undefined;
  /** Who knows of breached passwords; nobody where it is left out. */
  readonly breachedPasswordsUrl?: string | undefined;
  /** Where SCIM is below a tenant; the usual place where it is left out. */
  readonly scimPath?: string | undefined;
  /** Absolute: the built pages. */
  readonly pageFolder: string;
  readonly log: Logger;
  /** Throws what keeps the server from serving. */
  readonly checkHealth: () => Promise<void>;
}

/** The composition root: the only file that sees all rooms of the server. */
export async function compose(options: CompositionOptions): Promise<ServerParts> {
  const { surroundings, log } = options;
  const { publicUrl } = surroundings;
  const clock = systemClock;
  const now = () => clock.now();
  const random = createRandom(clock);
  const database = openDatabase(options.connection, {
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  try {
    let outbox: PromptJob | null = null;
    const store = createStore(database, {
      onIntended: (tenantId) => outbox?.nudge(tenantId),
    });
    const secrets = createTenantSecrets(options.masterKey);
    const keys = createSigningKeys({ database, secrets, now });
    const openIdKeys = createOpenIdKeys(keys, {
      database,
      secrets,
      now,
      rotationInterval: options.keyRotationInterval ?? null,
    });
    const providers = createProviders({ store, secrets, openIdKeys, clock, random, surroundings }, { log });
    const metadata =
      options.metadata === undefined
        ? null
        : createRefreshedMetadata({ ...options.metadata, database, now, chance: Math.random, log });
    await metadata?.load();
    const mail = options.mail === undefined ? noMail : createMail(options.mail, { clock });
    const ports: Ports = {
      store,
      secrets,
      openIdKeys,
      clock,
      random,
      surroundings,
      identityProviders: createIdentityProviders({ store, clock, random, secrets, mail, surroundings }),
      orderSigner: createOrderSigner({ keys, surroundings }),
      receipts: createReceipts({ surroundings, now }),
      passwords: createPasswordHasher(),
      passwordAdvice: createPasswordAdvice({
        breachedPasswordsUrl: options.breachedPasswordsUrl ?? null,
        fetch,
        log,
      }),
      timeBasedCodes: createTimeBasedCodes(),
      mail,
      authorizationCodes: createAuthorizationCodes(providers, { clock }),
      clientTokens: createClientTokens(providers),
      registrationTokens: createRegistrationTokens(providers),
      metadata: metadata ?? { current: () => null },
    };
    const cookies = siteCookies(publicUrl);
    const files = { folder: options.pageFolder };
    const app = await createApplication({
      ports,
      log,
      routes: ({ guard, openApi }) =>
        routeTable({
          site: { guard, cookies, files },
          health: { check: options.checkHealth, openApi },
          scimPath: options.scimPath,
        }),
      scimPath: options.scimPath,
      mounts: [
        (instance) =>
          limitFailedProofs(instance, {
            counts: createFailedProofCounts(database),
            now: () => now().getTime(),
          }),
        (instance) => completeKeysWhereShown(instance, ports),
        (instance) => mountOpenId(instance, { providers, publicUrl, ports }),
      ],
      trustedProxies: options.trustedProxies,
      limits: options.limits,
      pageFolder: options.pageFolder,
    });
    const jobs = [...lifecycleJobs(ports), ...(metadata === null ? [] : [metadataJob(metadata)])];
    return {
      ports,
      database,
      app,
      startJobs() {
        const prompt = startPrompt(outboxJob(ports), { log });
        outbox = prompt;
        const running = startJobs(jobs, { tenantIds: () => store.tenantIds(), log });
        return {
          async stop() {
            await Promise.all([prompt.stop(), running.stop()]);
          },
        };
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
