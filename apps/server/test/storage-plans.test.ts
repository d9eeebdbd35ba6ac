import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientTable } from '../src/storage/authn-clients.ts';
import { openIdRecordTable } from '../src/storage/authn-openid-records.ts';
import { applicationRole, schemaName } from '../src/storage/connection.ts';
import type { Dispatch } from '../src/storage/flight.ts';
import { TenantSession } from '../src/storage/session.ts';
import { openWarehouse, type Warehouse } from './storage/warehouse.ts';

let warehouse: Warehouse;
/** As the server is connected. */
let application: pg.Client;

const tenantId = 'many';
const clients = 20;
const users = 125;
/** Each user has at each client a grant, a code, a token and a refresh token. */
const records = clients * users * 4;

beforeAll(async () => {
  warehouse = await openWarehouse();
  const { superuser, fresh } = warehouse;
  await superuser.query(`
    SET session_replication_role = replica;
    SET search_path = ${schemaName};
    INSERT INTO tenants VALUES ('${tenantId}', 'Many', NULL, now());
    INSERT INTO openid_records (tenant_id, model, id_hash, payload, grant_id, account_id, client_id, expires_at)
    SELECT '${tenantId}', model, sha256(convert_to(CASE model WHEN 'Grant' THEN '' ELSE model || '-' END || id, 'UTF8')), '{}',
           CASE WHEN model <> 'Grant' THEN id END, 'user-' || u, 'client-' || c, now() + interval '1 day'
      FROM generate_series(1, ${clients}) c, generate_series(1, ${users}) u,
           unnest(ARRAY['Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken']) model,
           LATERAL (SELECT 'grant-' || c || '-' || u AS id) named;
    INSERT INTO openid_records (tenant_id, model, id_hash, payload, client_id, expires_at)
    SELECT '${tenantId}', 'ClientCredentials', sha256(convert_to('own-' || c, 'UTF8')), '{}', 'client-' || c, now()
      FROM generate_series(1, ${clients}) c;
    INSERT INTO grant_credentials (tenant_id, grant_id, credential_id, expires_at)
    SELECT '${tenantId}', 'grant-' || c || '-' || u, 'passkey-' || u, now() + interval '1 day'
      FROM generate_series(1, ${clients}) c, generate_series(1, ${users}) u;
    ANALYZE openid_records, grant_credentials;
    SET session_replication_role = DEFAULT;
  `);
  application = new pg.Client(fresh.connection);
  await application.connect();
  await application.query(`SET ROLE ${applicationRole}; SET search_path = ${schemaName}`);
  await application.query(`SELECT set_config('keywarden.tenant', '${tenantId}', false)`);
});
afterAll(async () => {
  await application.end();
  await warehouse.close();
});

/** What a repository sends, without a database that does it. */
async function sentBy(work: (session: TenantSession) => Promise<unknown>): Promise<readonly Dispatch[]> {
  const sent: Dispatch[] = [];
  const session = new TenantSession(tenantId, {
    speculative: false,
    send: async (dispatches) => {
      sent.push(...dispatches);
      return dispatches.map(() => ({ rows: [], tag: 'DELETE 0' }));
    },
  });
  await work(session);
  await session.commit();
  return sent.filter(({ text }) => text.includes('openid_records'));
}

/** Its plan for just these values, and the one for any, which PostgreSQL may keep. */
async function plansOf({ text, values }: Dispatch): Promise<string> {
  const literals = values.map((value) => pg.escapeLiteral(String(value))).join(', ');
  const lines: string[] = [];
  await application.query(`PREPARE looked_at AS ${text}`);
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    await application.query(`SET plan_cache_mode = ${mode}`);
    const { rows } = await application.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN EXECUTE looked_at(${literals})`,
    );
    lines.push(...rows.map((row) => row['QUERY PLAN']));
  }
  await application.query('DEALLOCATE looked_at');
  return lines.join('\n');
}

async function count(where: string): Promise<number> {
  const { rows } = await warehouse.superuser.query<{ number: string }>(
    `SELECT count(*) AS number FROM ${schemaName}.${where}`,
  );
  return Number(rows[0]?.number);
}

describe(`of ${records} records of the OpenID provider`, () => {
  test('a client’s are found by indexes, and deleted with what came of its grants and what binds those', async () => {
    const sent = await sentBy((session) => clientTable(session).delete('client-7'));
    expect(sent).toHaveLength(1);
    for (const dispatch of sent) {
      const plans = await plansOf(dispatch);
      expect(plans).not.toContain('Seq Scan');
      expect(plans.match(/on openid_records_client/g)).toHaveLength(2);
    }
    await warehouse.database.transaction(tenantId, (session) => clientTable(session).delete('client-7'));
    expect(await count(`openid_records WHERE client_id = 'client-7'`)).toBe(0);
    expect(await count(`grant_credentials WHERE grant_id LIKE 'grant-7-%'`)).toBe(0);
    expect(await count('openid_records')).toBe((records / clients + 1) * (clients - 1));
    expect(await count('grant_credentials')).toBe(users * (clients - 1));
  });

  test('a passkey’s are found by indexes, grants and what came of them', async () => {
    const sent = await sentBy((session) => openIdRecordTable(session).destroyByCredential('passkey-9'));
    expect(sent).toHaveLength(1);
    for (const dispatch of sent) expect(await plansOf(dispatch)).not.toContain('Seq Scan');
    const before = await count('openid_records');
    const ended = await warehouse.database.transaction(tenantId, (session) =>
      openIdRecordTable(session).destroyByCredential('passkey-9'),
    );
    // Four at each client that is left.
    expect(ended).toBe(4 * (clients - 1));
    expect(await count('openid_records')).toBe(before - ended);
    expect(await count(`openid_records WHERE account_id = 'user-9'`)).toBe(0);
    expect(await count(`openid_records WHERE model = 'Grant'`)).toBe((users - 1) * (clients - 1));
  });
});
