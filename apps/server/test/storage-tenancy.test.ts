import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { deviceOf } from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { NoConnectionFree, toDomainError } from '../src/storage/errors.ts';
import {
  connectionsOfProcess,
  type Database,
  type FoundationTables,
  foundationTables,
  migrate,
  openDatabase,
} from '../src/storage/index.ts';
import { migrationFolder } from '../src/storage/migrate.ts';
import { tablesThatBreakTheRule } from '../src/storage/row-level-security.ts';
import { lookup, statement } from '../src/storage/session.ts';
import { SharedFlights } from '../src/storage/shared-flights.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';
import {
  later,
  newCredential,
  newDevice,
  openWarehouse,
  type Warehouse,
  type Within,
} from './storage/warehouse.ts';

let warehouse: Warehouse;
let fresh: FreshDatabase;
let database: Database;
let superuser: pg.Client;

beforeAll(async () => {
  warehouse = await openWarehouse();
  ({ fresh, database, superuser } = warehouse);
});
afterAll(() => warehouse.close());

const within: Within = (tenantId, work) => warehouse.within(tenantId, work);
const furnish = () => warehouse.furnish();
const newUser = async ({ users }: FoundationTables, username: string): Promise<string> => {
  const userId = randomUUID();
  await users.insert({
    userId,
    username,
    displayName: '0',
    email: null,
    status: 'active',
    createdAt: new Date(),
  });
  return userId;
};

describe('the rule of tenancy', () => {
  test('holds on every table', async () => {
    expect(await tablesThatBreakTheRule(superuser)).toEqual([]);
    const { rows } = await superuser.query(
      "SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'keywarden'",
    );
    expect(rows[0].tables).toBeGreaterThan(15);
  });

  test.each([
    [
      'a table without a tenant',
      'CREATE TABLE broken (id uuid PRIMARY KEY)',
      'broken has no column tenant_id',
    ],
    [
      'a primary key that does not begin with it',
      'CREATE TABLE broken (id uuid, tenant_id text, PRIMARY KEY (id, tenant_id))',
      'index broken_pkey does not begin with tenant_id',
    ],
    [
      'a unique index without it',
      'CREATE TABLE broken (tenant_id text, id uuid, PRIMARY KEY (tenant_id, id), UNIQUE (id))',
      'index broken_id_key does not begin with tenant_id',
    ],
    [
      'a foreign key that crosses tenants',
      `CREATE UNIQUE INDEX crossing ON users (tenant_id, username, user_id);
       ALTER TABLE users ADD UNIQUE (user_id);
       CREATE TABLE broken (tenant_id text, id uuid REFERENCES users (user_id), PRIMARY KEY (tenant_id, id))`,
      'foreign key broken_id_fkey of broken does not carry tenant_id on both sides',
    ],
    ['no primary key', 'CREATE TABLE broken (tenant_id text)', 'broken has no primary key'],
    [
      'row-level security that is off',
      'CREATE TABLE broken (tenant_id text PRIMARY KEY)',
      'broken has no row-level security',
    ],
    [
      'a second, wider policy',
      'CREATE POLICY wide ON users FOR SELECT USING (true)',
      'policy wide of users lets through more than its tenant',
    ],
    [
      'security switched off',
      'ALTER TABLE devices DISABLE ROW LEVEL SECURITY',
      'devices has no row-level security',
    ],
    [
      'an owner that the application can become',
      'ALTER TABLE devices OWNER TO keywarden_app',
      'devices belongs to a role that the application can become',
    ],
  ])('is broken by %s', async (_case, change, complaint) => {
    await superuser.query('BEGIN; SET LOCAL search_path = keywarden');
    try {
      await superuser.query(change);
      expect(await tablesThatBreakTheRule(superuser)).toContain(complaint);
    } finally {
      await superuser.query('ROLLBACK');
    }
  });

  test('no table shows, takes or changes a row of another tenant', async () => {
    const mine = await furnish();
    const theirs = await furnish();
    const { rows } = await superuser.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'keywarden'",
    );
    for (const { name } of rows) {
      await database.transaction(mine.tenantId, async (session) => {
        const seen = await session.rows(
          statement<{ tenant_id: string }>(`test.${name}`, `SELECT DISTINCT tenant_id FROM ${name}`),
        );
        expect(seen.filter((row) => row.tenant_id !== mine.tenantId)).toEqual([]);
      });
    }
    await within(mine.tenantId, async (tables) => {
      expect(await tables.users.get(theirs.userId)).toBeNull();
      expect(await tables.operators.get(theirs.operatorId)).toBeNull();
      expect(await tables.policies.get(theirs.policyId)).toBeNull();
      expect(await tables.identityProviders.get(theirs.identityProviderId)).toBeNull();
      expect(await tables.workstations.get(theirs.workstationId)).toBeNull();
      expect((await tables.tenants.get())?.tenantId).toBe(mine.tenantId);
      await tables.policies.delete(theirs.policyId);
    });
    expect(await within(theirs.tenantId, (tables) => tables.policies.get(theirs.policyId))).not.toBeNull();
    // Naming the tenant does not help: the policy checks what is written.
    await expect(
      database.transaction(mine.tenantId, (session) =>
        session.run(statement('test.smuggle', 'INSERT INTO users VALUES ($1, $2, $3, $3, NULL, $4, now())'), [
          theirs.tenantId,
          randomUUID(),
          'mallory',
          'active',
        ]),
      ),
    ).rejects.toThrow('row-level security');
    await expect(
      database.transaction(mine.tenantId, (session) =>
        session.run(statement('test.move', 'UPDATE users SET tenant_id = $1'), [theirs.tenantId]),
      ),
    ).rejects.toThrow('row-level security');
  });

  test('a connection without a tenant sees nothing, and nothing of a transaction before it', async () => {
    const { tenantId } = await furnish();
    const pool = new pg.Pool({ ...fresh.connection, max: 1 });
    try {
      const client = await pool.connect();
      await client.query('SET ROLE keywarden_app; SET search_path = keywarden');
      expect((await client.query('SELECT * FROM users')).rows).toEqual([]);
      await client.query(`BEGIN; SET LOCAL keywarden.tenant = '${tenantId}'; COMMIT`);
      expect((await client.query('SELECT * FROM users')).rows).toEqual([]);
      client.release();
    } finally {
      await pool.end();
    }
  });

  test('the names of all tenants are all that can be read across them', async () => {
    const room = await furnish();
    expect(await database.tenantIds()).toContain(room.tenantId);
  });

  test('a tenant id that is no tenant id never reaches SQL', async () => {
    for (const tenantId of ["x'; DROP TABLE users; --", '', 'UPPER', '-x', 'a'.repeat(64), 'ü']) {
      await expect(within(tenantId, (tables) => tables.tenants.get())).rejects.toMatchObject({
        code: 'tenant-not-found',
      });
    }
  });

  test('what was audited can neither be changed nor deleted', async () => {
    const room = await furnish();
    for (const text of ['DELETE FROM events', "UPDATE events SET description = ''"]) {
      await expect(
        database.transaction(room.tenantId, (session) => session.run(statement(`test.${text}`, text))),
      ).rejects.toThrow('permission denied');
    }
  });
});

describe('migrations', () => {
  test('run once, and again do nothing', async () => {
    expect(await migrate(fresh.connection)).toEqual([]);
  });

  test('several servers at once are no harm', async () => {
    await Promise.all([migrate(fresh.connection), migrate(fresh.connection), migrate(fresh.connection)]);
  });

  test('a changed one, a failing one and a newer database are refused by name, and nothing is half done', async () => {
    const other = await freshDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'keywarden-migrations-'));
    try {
      await expect(migrate(other.connection, { folder })).rejects.toThrow(/newer Keywarden .*0001/);
      for (const name of await readdir(migrationFolder)) await writeFile(join(folder, name), 'SELECT 1');
      await expect(migrate(other.connection, { folder })).rejects.toThrow(/never changes/);
      const client = new pg.Client(other.superuser);
      await client.connect();
      await client.query('DELETE FROM keywarden_migrations.migrations');
      await writeFile(join(folder, '0001_foundation.sql'), 'CREATE TABLE half (); SELECT 1 / 0');
      await expect(migrate(other.connection, { folder })).rejects.toThrow(/0001_foundation.sql failed/);
      expect((await client.query("SELECT FROM pg_tables WHERE tablename = 'half'")).rowCount).toBe(0);
      await client.end();
    } finally {
      await rm(folder, { recursive: true });
      await other.drop();
    }
  });
});

describe('an installation of before', () => {
  test('gives every credential its passkey device, and keeps its clients, keys and users', async () => {
    const other = await freshDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'keywarden-migrations-'));
    const client = new pg.Client(other.superuser);
    await client.connect();
    try {
      await client.query(
        'DROP SCHEMA keywarden, keywarden_installation CASCADE; DELETE FROM keywarden_migrations.migrations',
      );
      for (const name of (await readdir(migrationFolder)).sort().slice(0, 3)) {
        await copyFile(join(migrationFolder, name), join(folder, name));
      }
      expect(await migrate(other.connection, { folder })).toHaveLength(3);
      const userId = randomUUID();
      await client.query(`
        SET search_path = keywarden; SET keywarden.tenant = 'old';
        INSERT INTO tenants (name, created_at) VALUES ('Old', now());
        INSERT INTO users (user_id, username, display_name, status, created_at)
        VALUES ('${userId}', 'alice', 'Alice', 'active', now());
        INSERT INTO credentials (credential_id, user_id, rp_id, user_handle, public_key, algorithm, sign_count, aaguid,
          attestation_format, attestation_trusted, transports, backup_eligible, backed_up, user_verified, friendly_name,
          auth_type, status, created_at)
        SELECT 'c-' || status, '${userId}', 'localhost', 'h', '\\x01', -7, 0, '${randomUUID()}', 'none', false, '{}', false,
          false, true, 'Key ' || status, 'AT_FIDO', status, '2026-01-01'
          FROM unnest(ARRAY['ACTIVE', 'SUSPENDED', 'REVOKED']) AS status;
        INSERT INTO signing_keys (key_id, kind, algorithm, public_key, sealed_private_key, created_at)
        VALUES ('k', 'oidc', 'ES256', '{}', '\\x01', now())`);
      expect((await migrate(other.connection)).length).toBeGreaterThan(3);
      const { rows } = await client.query(
        'SELECT tenant_id, user_id, status, friendly_name, credential_id, device_type FROM passkey_devices ORDER BY 3',
      );
      expect(rows).toEqual(
        ['ACTIVE', 'REVOKED', 'SUSPENDED'].map((status) => ({
          ...{ tenant_id: 'old', user_id: userId, status, friendly_name: `Key ${status}` },
          ...{ credential_id: `c-${status}`, device_type: 'DT_FIDO' },
        })),
      );
      const keys = await client.query('SELECT signs_from, retired_at FROM signing_keys');
      expect(keys.rows).toEqual([{ signs_from: null, retired_at: null }]);
    } finally {
      await client.end();
      await rm(folder, { recursive: true });
      await other.drop();
    }
  });
});

describe('transactions', () => {
  test('roll back when the work throws', async () => {
    const room = await furnish();
    await expect(
      within(room.tenantId, async (tables) => {
        await tables.policies.delete(room.policyId);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await within(room.tenantId, (tables) => tables.policies.get(room.policyId))).not.toBeNull();
  });

  test('a deadlock is tried again until both are done', async () => {
    const room = await furnish();
    const devices = [newDevice(), newDevice()];
    await within(room.tenantId, async (tables) => {
      for (const device of devices) await tables.devices.insert(device);
    });
    let runs = 0;
    let holding = 0;
    let bothHold: (() => void) | undefined;
    const meeting = new Promise<void>((resolve) => {
      bothHold = resolve;
    });
    const crossing = (order: readonly number[]) =>
      within(room.tenantId, async (tables) => {
        runs += 1;
        for (const index of order) {
          const device = await tables.devices.lock(devices[index]?.deviceId ?? '');
          if (index === order[0]) {
            holding += 1;
            if (holding >= 2) bothHold?.();
            await meeting;
          }
          if (device !== null) await tables.devices.update({ ...device, firmware: String(runs) });
        }
      });
    await Promise.all([crossing([0, 1]), crossing([1, 0])]);
    expect(runs).toBeGreaterThan(2);
  });

  test('many who want to write the same row at once do so in turn, instead of outpacing each other', async () => {
    const room = await furnish();
    const credential = newCredential(room.userId, randomUUID());
    const { credentialId } = credential;
    await within(room.tenantId, (tables) =>
      tables.passkeyDevices.register({
        credential,
        device: deviceOf(credential, { deviceId: randomUUID(), deviceType: 'DT_FIDO' }),
        pending: null,
      }),
    );
    const signCount = async () =>
      (await within(room.tenantId, (tables) => tables.credentials.get(credentialId)))?.signCount;
    const before = (await signCount()) ?? 0;
    let tries = 0;
    const countUp = async () => {
      for (;;) {
        const done = await within(room.tenantId, async ({ credentials }) => {
          tries += 1;
          const previousSignCount = (await credentials.get(credentialId))?.signCount ?? 0;
          const use = { signCount: previousSignCount + 1, previousSignCount, backedUp: false, at: later(1) };
          return credentials.recordUse(credentialId, use);
        });
        if (done) return;
      }
    };
    const everybody = 60;
    await Promise.all(Array.from({ length: everybody }, countUp));
    expect(await signCount()).toBe(before + everybody);
    expect(tries).toBeLessThan(4 * everybody);
  });

  test('who waits for a connection while all are in use gets one, though it takes longer than connecting may', {
    timeout: 30_000,
  }, async () => {
    const room = await furnish();
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const holding = Array.from({ length: connectionsOfProcess }, () =>
      database.transaction(room.tenantId, () => gate),
    );
    const waiting = within(room.tenantId, (tables) => tables.tenants.get());
    await setTimeout(5_500);
    open();
    await Promise.all(holding);
    expect(await waiting).not.toBeNull();
  });

  test('what many ask and write at the same moment comes back to each of them', {
    timeout: 30_000,
  }, async () => {
    const [mine, theirs] = [await furnish(), await furnish()];
    const counted = statement('user.count-up', 'UPDATE users SET display_name = $2 WHERE user_id = $1');
    const one = async ({ tenantId }: { readonly tenantId: string }, number: number) => {
      const user = await within(tenantId, async (tables) => {
        const username = `u-${number}-${randomUUID()}`;
        return { userId: await newUser(tables, username), username };
      });
      for (let count = 1; count <= 20; count += 1) {
        await database.transaction(tenantId, async (session) => {
          const found = await foundationTables(session).users.get(user.userId);
          expect(found?.displayName).toBe(String(count - 1));
          session.post(counted, [user.userId, count]);
          // Whether she exists is asked at the end, when somebody else's tenant may have been named last.
          await foundationTables(session).users.keepHandle(
            user.userId,
            `rp-${count}`,
            `${user.userId}-${count}`,
          );
        });
      }
      for (const room of [mine, theirs]) {
        const found = await within(room.tenantId, (tables) => tables.users.get(user.userId));
        expect(found?.username).toBe(room.tenantId === tenantId ? user.username : undefined);
      }
    };
    await Promise.all(
      Array.from({ length: 60 }, (_, number) => one(number % 2 === 0 ? mine : theirs, number)),
    );
  });

  test('who has to wait for a row holds nobody up who does not', async () => {
    const room = await furnish();
    const [held, free] = await within(room.tenantId, async (tables) => [
      await newUser(tables, 'held'),
      await newUser(tables, 'free'),
    ]);
    const rename = statement('user.rename', 'UPDATE users SET display_name = $2 WHERE user_id = $1');
    const renamed = (userId: string, name: string) =>
      database.transaction(room.tenantId, async (session) => session.post(rename, [userId, name]));
    await superuser.query('BEGIN');
    await superuser.query('SELECT FROM keywarden.users WHERE user_id = $1 FOR UPDATE', [held]);
    // More than there are flights at once.
    const late = Promise.all(Array.from({ length: 8 }, (_, number) => renamed(held ?? '', String(number))));
    const began = performance.now();
    await renamed(free ?? '', 'Free');
    expect(performance.now() - began).toBeLessThan(2_000);
    await setTimeout(1_000);
    await superuser.query('ROLLBACK');
    await late;
    const names = await within(room.tenantId, async ({ users }) => [
      (await users.get(held ?? ''))?.displayName,
      (await users.get(free ?? ''))?.displayName,
    ]);
    expect(names).toEqual([expect.stringMatching(/^[0-7]$/), 'Free']);
  });

  test('a statement that was to be prepared after one that failed is prepared the next time', async () => {
    const room = await furnish();
    const failing = statement('user.divide', 'UPDATE users SET display_name = (1 / $1::int)::text');
    const after = statement('user.after', 'UPDATE users SET display_name = $1');
    const both = (divisor: number) =>
      database.transaction(room.tenantId, async (session) => {
        session.post(failing, [divisor]);
        session.post(after, ['after']);
      });
    for (let round = 0; round < 3; round += 1) {
      const outcomes = await Promise.allSettled([both(0), both(0), both(1), both(0), both(1)]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        'rejected',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
    }
  });

  test('what writes or locks is no lookup, and no transaction is left open where others come after it', async () => {
    for (const text of ['SELECT FROM users FOR UPDATE', 'WITH gone AS (DELETE FROM users) SELECT']) {
      expect(() => lookup('users.bad', text)).toThrow('writes or locks');
    }
    const pool = new pg.Pool(fresh.connection);
    const flights = new SharedFlights({ open: () => pool.connect(), parserOf: () => String, usual: 1 });
    const send = (text: string) => flights.send([{ name: '', text, values: [] }]);
    await expect(send('BEGIN')).rejects.toThrow('left open');
    expect(await send('SELECT 1 AS one')).toMatchObject([{ rows: [{ one: '1' }] }]);
    await pool.end();
  });

  test('that no connection became free is told as what it is: the database is not away', () => {
    expect(toDomainError(new NoConnectionFree())).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('has too much to do'),
    });
  });

  test('a connection that is lost within a transaction is `unavailable`, and the next transaction works', async () => {
    const room = await furnish();
    const holding = statement('tenant.hold', 'SELECT tenant_id FROM tenants FOR SHARE');
    await expect(
      database.transaction(room.tenantId, async (session) => {
        await session.rows(holding);
        await superuser.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keywarden' AND datname = current_database()",
        );
        await foundationTables(session).tenants.get();
      }),
    ).rejects.toMatchObject({ name: 'DomainError', code: 'unavailable' });
    expect(await within(room.tenantId, (tables) => tables.tenants.get())).not.toBeNull();
    const nowhere = openDatabase(
      { ...fresh.connection, host: join(tmpdir(), 'nobody-listens-here') },
      { onConnectionError: () => {} },
    );
    await expect(nowhere.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await nowhere.close();
  });

  test('a connection that dies while it prepares a statement is another one the next time', async () => {
    const room = await furnish();
    const unheardOf = statement<{ name: string }>(`tenant.${randomUUID()}`, 'SELECT name FROM tenants');
    await superuser.query('BEGIN');
    await superuser.query('LOCK TABLE keywarden.tenants');
    const rows = database.transaction(room.tenantId, (session) => session.rows(unheardOf));
    const waiting = `FROM pg_stat_activity
      WHERE application_name = 'keywarden' AND datname = current_database() AND wait_event_type = 'Lock'`;
    await vi.waitFor(async () => {
      // Within a transaction the view stays as it was first seen.
      await superuser.query('SELECT pg_stat_clear_snapshot()');
      expect((await superuser.query(`SELECT pid ${waiting}`)).rowCount).toBe(1);
    }, 10_000);
    await superuser.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
    await superuser.query('ROLLBACK');
    expect(await rows).toHaveLength(1);
  });

  test('a malformed id is `input-invalid`', async () => {
    const room = await furnish();
    await expect(within(room.tenantId, (tables) => tables.devices.get('1 OR 1=1'))).rejects.toMatchObject({
      code: 'input-invalid',
    });
  });
});
