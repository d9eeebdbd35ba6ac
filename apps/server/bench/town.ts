import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  createTenant,
  registerClient,
  storeWorkflow,
  systemActor,
  usualWorkflow,
  type Workflow,
} from '@keywarden/domain';
import { toBase64Url } from '@keywarden/fido2/bytes';
import pg from 'pg';
import { pino } from 'pino';
import { compose, type ServerParts } from '../src/compose.ts';
import { type BenchKey, createKey } from './passkeys.ts';
import type { Premises } from './subject.ts';

/** The tenant whose users prove themselves by FIDO, and the one whose users type a password. */
export const fidoTenant = 'bench';
export const passwordTenant = 'bench-password';
/** Of every user. */
export const password = 'correct horse battery staple';
export const redirectUri = 'https://client.example/callback';

export interface Town {
  /** Every seeded user holds one passkey of this very key: the server can't tell, and any of them can sign in. */
  readonly key: BenchKey;
  readonly clients: Readonly<Record<string, { readonly clientId: string; readonly secret: string }>>;
  readonly origin: string;
  readonly rpId: string;
  /** Brings the number of users of the FIDO tenant up to this one. */
  grow(users: number): Promise<void>;
}

/** Protected by nothing but the factor that was proven: a passkey. */
const provenByFido: Workflow = {
  ...usualWorkflow,
  enrollActions: usualWorkflow.enrollActions.map((action) => ({
    ...action,
    upon: ['factor.fido'],
    protectionFactor: null,
  })),
};

/** Password tenants are small: Argon2 bounds what goes through there, not the number of users. */
const passwordUsers = 2000;

/** Tenants, clients and workflows by the domain's own commands; users, in their numbers, by SQL. */
export async function furnishTown(premises: Premises): Promise<Town> {
  const { baseUrl } = premises.server;
  const parts = await compose({
    connection: premises.connection,
    masterKey: premises.masterKey,
    surroundings: { publicUrl: baseUrl, workstationUrl: 'ws://127.0.0.1:9333' },
    trustedProxies: [],
    pageFolder: join(import.meta.dirname, 'no-pages'),
    log: pino({ level: 'silent' }),
    checkHealth: async () => {},
  });
  try {
    const key = createKey();
    const clients = {
      [fidoTenant]: await furnishTenant(parts, fidoTenant, provenByFido),
      [passwordTenant]: await furnishTenant(parts, passwordTenant, usualWorkflow),
    };
    const rpId = new URL(baseUrl).hostname;
    const hash = await parts.ports.passwords.hash(password);
    const settle = (tenantId: string, from: number, to: number) =>
      settleUsers(premises, { tenantId, from, to, rpId, publicKey: key.publicKey, hash });
    await settle(passwordTenant, 0, passwordUsers);
    let users = 0;
    return {
      key,
      clients,
      origin: baseUrl,
      rpId,
      async grow(wanted) {
        await settle(fidoTenant, users, wanted);
        users = wanted;
      },
    };
  } finally {
    await parts.app.close();
    await parts.database.close();
  }
}

async function furnishTenant({ ports }: ServerParts, tenantId: string, document: Workflow) {
  await createTenant(ports, { tenantId, name: tenantId });
  await storeWorkflow(ports, systemActor, { tenantId, version: 0, document });
  return registerClient(ports, systemActor, {
    tenantId,
    clientId: 'bench-client',
    name: 'Bench client',
    redirectUris: [redirectUri],
  });
}

export const usernameOf = (number: number) => `user${number}`;
export const credentialIdOf = (number: number) => hashed(`credential ${number}`);
export const userHandleOf = (number: number) => hashed(`handle ${number}`);
const hashed = (text: string) => toBase64Url(createHash('sha256').update(text).digest());

const hashedInSql = (text: string) =>
  `rtrim(translate(encode(sha256(convert_to(${text}, 'UTF8')), 'base64'), '+/', '-_'), '=')`;

async function settleUsers(
  premises: Premises,
  town: {
    readonly tenantId: string;
    readonly from: number;
    readonly to: number;
    readonly rpId: string;
    readonly publicKey: Uint8Array;
    readonly hash: string;
  },
): Promise<void> {
  const { tenantId, from, to, rpId, publicKey, hash } = town;
  if (to <= from) return;
  const client = new pg.Client(premises.superuser());
  await client.connect();
  try {
    const userId = `md5('${tenantId} user ' || n)::uuid`;
    const numbers = `generate_series(${from}, ${to - 1}) AS n`;
    await client.query(`
      SET search_path = keywarden;
      SET session_replication_role = replica;
      SET synchronous_commit = off;`);
    await client.query(
      `INSERT INTO users (tenant_id, user_id, username, display_name, email, status, created_at)
       SELECT $1, ${userId}, 'user' || n, 'User ' || n, 'user' || n || '@bench.example', 'active', now() FROM ${numbers}`,
      [tenantId],
    );
    await client.query(
      `INSERT INTO user_handles (tenant_id, user_id, rp_id, user_handle)
       SELECT $1, ${userId}, $2, ${hashedInSql("'handle ' || n")} FROM ${numbers}`,
      [tenantId, rpId],
    );
    await client.query(
      `INSERT INTO passwords (tenant_id, user_id, hash) SELECT $1, ${userId}, $2 FROM ${numbers}`,
      [tenantId, hash],
    );
    await client.query(
      `INSERT INTO credentials
         (tenant_id, credential_id, user_id, rp_id, user_handle, public_key, algorithm, sign_count, aaguid,
          attestation_format, attestation_trusted, transports, backup_eligible, backed_up, user_verified, discoverable,
          friendly_name, auth_type, status, created_at)
       SELECT $1, ${hashedInSql("'credential ' || n")}, ${userId}, $2, ${hashedInSql("'handle ' || n")}, $3, -7, 0,
              '00000000-0000-0000-0000-000000000000', 'packed', false, '{usb}', false, false, true, true,
              'Passkey', 'AT_FIDO', 'ACTIVE', now() FROM ${numbers}`,
      [tenantId, rpId, publicKey],
    );
    // What a database that grew slowly has had: statistics, and no checkpoint due in the next minute. Of a table that was
    // counted while it was empty PostgreSQL believes that it stays so, and reads it whole; it never does that by itself.
    await client.query('VACUUM ANALYZE users, user_handles, passwords, credentials');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
