import { randomUUID } from 'node:crypto';
import {
  type DirectoryFilter,
  type DirectorySort,
  deviceOf,
  type FilterAttribute,
  type FilterOperator,
} from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authenticatorTable } from '../src/storage/authn-authenticators.ts';
import { clientTable } from '../src/storage/authn-clients.ts';
import { openIdRecordTable } from '../src/storage/authn-openid-records.ts';
import { applicationRole, schemaName } from '../src/storage/connection.ts';
import type { Dispatch } from '../src/storage/flight.ts';
import { passkeyDeviceTable } from '../src/storage/passkey-devices.ts';
import { deviceDirectoryTable } from '../src/storage/scim-devices.ts';
import { TenantSession } from '../src/storage/session.ts';
import { newCredential, openWarehouse, type Warehouse } from './storage/warehouse.ts';

let warehouse: Warehouse;
/** As the server is connected. */
let application: pg.Client;

const tenantId = 'many';
const clients = 20;
const users = 125;
/** Each user has at each client a grant, a code, a token and a refresh token. */
const records = clients * users * 4;
const devices = 20_000;

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
    INSERT INTO passkey_devices (tenant_id, device_id, status, device_type, friendly_name, created_at, updated_at)
    SELECT '${tenantId}', gen_random_uuid(), (ARRAY['ACTIVE', 'SUSPENDED', 'PENDING', 'REVOKED', 'TERMINATED'])[1 + n % 5],
           'DT_FIDO', 'Passkey ' || n, timestamptz '2026-01-01' + n * interval '1 minute',
           timestamptz '2026-06-01' + n * interval '1 minute'
      FROM generate_series(1, ${devices}) n;
    ANALYZE openid_records, grant_credentials, passkey_devices;
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
async function sentBy(
  work: (session: TenantSession) => Promise<unknown>,
  table = 'openid_records',
): Promise<readonly Dispatch[]> {
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
  return sent.filter(({ text }) => text.includes(table));
}

function literalText(value: unknown): string {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? `{${value.join()}}` : String(value);
}

/** Its plan for just these values, and the one for any, which PostgreSQL may keep. */
async function plansOf({ text, values }: Dispatch): Promise<string> {
  const literals = values
    .map((value) => (value === null ? 'NULL' : pg.escapeLiteral(literalText(value))))
    .join(', ');
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

describe(`of ${devices} devices of a directory`, () => {
  const attribute = (name: string, type: FilterAttribute['type']): FilterAttribute => ({
    path: name.split('.'),
    manyAt: 0,
    type,
    caseExact: false,
  });
  const created = attribute('meta.created', 'instant');
  const modified = attribute('meta.lastModified', 'instant');
  const status = attribute('status.status', 'string');
  const usable = attribute('status.active', 'boolean');
  const compare = (
    of: FilterAttribute,
    operator: FilterOperator,
    value: string | boolean | Date,
  ): DirectoryFilter => ({ kind: 'compare', attribute: of, operator, value });

  /** The page, and the count of all that fit. */
  async function plansOfList(filter: DirectoryFilter | null, sort: DirectorySort | null): Promise<string[]> {
    const sent = await sentBy(
      (session) =>
        deviceDirectoryTable(session).list({
          filter,
          sort,
          offset: 10,
          after: null,
          limit: 10,
          knownTotal: null,
        }),
      ' LIMIT ',
    );
    const pages = sent.filter(({ text }) => text.includes('d.friendly_name'));
    expect(pages).toHaveLength(1);
    const plans: string[] = [];
    for (const page of pages) plans.push(await plansOf(page));
    return plans;
  }

  test.each<[string, DirectoryFilter, string]>([
    ['the newest', compare(created, 'gt', new Date('2026-01-14T21:00:00Z')), 'passkey_devices_created'],
    ['one moment', compare(created, 'eq', new Date('2026-01-03T00:00:00Z')), 'passkey_devices_created'],
    [
      'what changed since',
      compare(modified, 'ge', new Date('2026-06-14T21:00:00Z')),
      'passkey_devices_modified',
    ],
    ['a state in whatever case', compare(status, 'eq', 'Suspended'), 'passkey_devices_status'],
    ['what may be used', compare(usable, 'eq', true), 'passkey_devices_status'],
  ])('%s is found by an index', async (_, filter, index) => {
    for (const plans of await plansOfList(filter, null)) {
      expect(plans).toContain(index);
      expect(plans).not.toContain('Seq Scan on passkey_devices');
    }
  });

  test.each([
    [created, 'passkey_devices_created'],
    [modified, 'passkey_devices_modified'],
    [status, 'passkey_devices_status'],
  ] as const)('they are read in the order of an index, either way round: %o', async (by, index) => {
    for (const descending of [false, true]) {
      for (const plans of await plansOfList(null, { attribute: by, descending })) {
        expect(plans).toContain(index);
        expect(plans).not.toMatch(/Sort|Seq Scan on passkey_devices/);
      }
    }
  });

  test('what an index finds is what fits', async () => {
    const totalOf = async (filter: DirectoryFilter) =>
      (
        await warehouse.database.transaction(tenantId, (session) =>
          deviceDirectoryTable(session).list({
            filter,
            sort: { attribute: status, descending: true },
            offset: 0,
            after: null,
            limit: 5,
            knownTotal: null,
          }),
        )
      ).total;
    const each = devices / 5;
    expect(await totalOf(compare(status, 'eq', 'suspended'))).toBe(each);
    // To a directory, what is terminated is gone.
    expect(await totalOf(compare(status, 'ne', 'SUSPENDED'))).toBe(3 * each);
    expect(await totalOf(compare(status, 'eq', 'LOST'))).toBe(0);
    expect(await totalOf(compare(status, 'ne', 'LOST'))).toBe(4 * each);
    expect(await totalOf(compare(usable, 'eq', true))).toBe(each);
    expect(await totalOf(compare(usable, 'ne', true))).toBe(3 * each);
    expect(await totalOf(compare(created, 'gt', new Date('2026-01-01T00:10:00Z')))).toBe(4 * each - 8);
  });
});

describe('while a table is new, and was never counted', () => {
  beforeAll(async () => {
    // Plans that are made now are kept while the first thousands come.
    await warehouse.superuser.query(`TRUNCATE ${schemaName}.passkey_devices CASCADE`);
    for (const table of ['openid_records', 'passkey_devices', 'users']) {
      await warehouse.superuser.query(`SELECT pg_clear_relation_stats('${schemaName}', '${table}')`);
      await warehouse.superuser.query(
        `DELETE FROM pg_statistic WHERE starelid = '${schemaName}.${table}'::regclass`,
      );
    }
  });

  test('a code is found with its one grant, not with all of its tenant', async () => {
    const [dispatch] = await sentBy((session) =>
      openIdRecordTable(session).findWithGrant('AuthorizationCode', 'code'),
    );
    if (dispatch === undefined) throw new Error('nothing was sent');
    const conditions = (await plansOf(dispatch)).match(/Index Cond: .*/g) ?? [];
    const onRecords = conditions.filter((condition) => condition.includes('model'));
    expect(onRecords).toHaveLength(4);
    for (const condition of onRecords) expect(condition).toContain('id_hash');
  });

  test('the next user in the order of names is found by the index that has it', async () => {
    const [dispatch] = await sentBy(
      (session) => authenticatorTable(session).findByUsername('alice'),
      'users',
    );
    if (dispatch === undefined) throw new Error('nothing was sent');
    const plans = await plansOf(dispatch);
    expect(plans).toContain('users_username');
    expect(plans).not.toMatch(/Seq Scan on users|Bitmap Heap Scan on users/);
  });

  test('a user is found with the devices that wait for her, not with all of her tenant', async () => {
    const [dispatch] = await sentBy(
      (session) => authenticatorTable(session).findByUsername('alice'),
      'passkey_devices',
    );
    if (dispatch === undefined) throw new Error('nothing was sent');
    const plans = await plansOf(dispatch);
    expect(plans).not.toContain('passkey_devices_created');
    expect(
      plans.match(/using passkey_devices_(pending|user)|on passkey_devices_(pending|user)/g),
    ).toHaveLength(2);
  });

  test('a passkey is registered for the device that waits for it, by keys alone', async () => {
    const credential = newCredential(randomUUID(), 'passkey');
    const device = deviceOf(credential, { deviceId: randomUUID(), deviceType: 'DT_FIDO' });
    const [dispatch] = await sentBy(
      (session) =>
        passkeyDeviceTable(session).register({
          credential,
          device,
          pending: { deviceId: null, required: true },
        }),
      'passkey_devices',
    );
    if (dispatch === undefined) throw new Error('nothing was sent');
    const plans = await plansOf(dispatch);
    expect(plans).not.toMatch(/passkey_devices_(created|modified|status)|Seq Scan on passkey_devices/);
    const found = plans.match(/Index Cond: .*/g) ?? [];
    expect(found.length).toBeGreaterThan(0);
    for (const condition of found) expect(condition).toMatch(/user_id|device_id/);
  });
});
