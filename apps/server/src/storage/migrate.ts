import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { applicationRole, type DatabaseConnection, schemaName } from './connection.ts';
import { secureTables, tablesThatBreakTheRule } from './row-level-security.ts';

/** Beside this file in the sources, beside the bundle when built. */
export const migrationFolder = fileURLToPath(new URL('./migrations/', import.meta.url));

const bookkeepingSchema = 'keywarden_migrations';
/** "kwmg" as an integer. */
const migrationLock = 0x6b776d67;
/** Another server of the same database may be migrating. */
const lockPatience = '120s';
/** Before it prepared statements with names for roles (SET ROLE options) and columns behave otherwise. */
const oldestVersion = 150_000;

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Brings the database to the newest schema, one transaction a file, one server at a time, and puts every table under
 * row-level security.
 *
 * @returns the names of the migrations that were run
 */
export async function migrate(
  connection: DatabaseConnection,
  options: { folder?: string } = {},
): Promise<readonly string[]> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect().catch((cause: unknown) => {
    throw new MigrationError(
      `The database can not be reached: ${cause instanceof Error ? cause.message || cause.name : String(cause)}. Check DATABASE_URL.`,
      { cause },
    );
  });
  try {
    await checkVersion(client);
    await client.query(`SET lock_timeout = '${lockPatience}'`);
    await client.query(`SELECT pg_advisory_lock(${migrationLock})`);
    const done = await runAll(client, options.folder ?? migrationFolder);
    await ensureApplicationRole(client);
    await secureTables(client);
    const broken = await tablesThatBreakTheRule(client);
    if (broken.length > 0) throw new MigrationError(`Tables break the rule of tenancy: ${broken.join('; ')}`);
    return done;
  } finally {
    await client.end();
  }
}

/** Whether its tables are there and nobody is at work on them; false where it can't be asked, too. */
export async function isMigrated(connection: DatabaseConnection): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ idle: boolean }>(
      `SELECT pg_try_advisory_lock_shared(${migrationLock}) AS idle FROM ${bookkeepingSchema}.migrations LIMIT 1`,
    );
    return rows[0]?.idle === true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; name: string; encoding: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name,
            current_setting('server_encoding') AS encoding`,
  );
  const [row] = rows;
  if (row === undefined || Number(row.number) < oldestVersion) {
    throw new MigrationError(`Keywarden needs PostgreSQL 15 or newer; DATABASE_URL leads to ${row?.name}.`);
  }
  if (row.encoding !== 'UTF8') {
    throw new MigrationError(
      `Keywarden needs a database in UTF8; DATABASE_URL leads to one in ${row.encoding}.`,
    );
  }
}

async function runAll(client: pg.Client, folder: string): Promise<string[]> {
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS ${bookkeepingSchema};
    CREATE TABLE IF NOT EXISTS ${bookkeepingSchema}.migrations (
      name text PRIMARY KEY,
      digest text NOT NULL,
      run_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE SCHEMA IF NOT EXISTS ${schemaName};
    SET search_path = ${schemaName};
  `);
  const { rows } = await client.query<{ name: string; digest: string }>(
    `SELECT name, digest FROM ${bookkeepingSchema}.migrations`,
  );
  const known = new Map(rows.map((row) => [row.name, row.digest]));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const ahead = [...known.keys()].filter((name) => !names.includes(name));
  if (ahead.length > 0) {
    throw new MigrationError(
      `The database was written by a newer Keywarden (it has ${ahead.join(', ')}). Start that release instead.`,
    );
  }
  const done: string[] = [];
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    const digest = createHash('sha256').update(text).digest('hex');
    const before = known.get(name);
    if (before === digest) continue;
    if (before !== undefined) {
      throw new MigrationError(
        `Migration ${name} is not the one that this database was made with. A migration never changes once it is released; add another one.`,
      );
    }
    await runOne(client, { name, text, digest });
    done.push(name);
  }
  return done;
}

async function runOne(
  client: pg.Client,
  migration: { name: string; text: string; digest: string },
): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.text);
    await client.query(`INSERT INTO ${bookkeepingSchema}.migrations (name, digest) VALUES ($1, $2)`, [
      migration.name,
      migration.digest,
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    throw new MigrationError(
      `Migration ${migration.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Roles belong to the whole cluster: another database's migration may be a moment faster. */
async function ensureApplicationRole(client: pg.Client): Promise<void> {
  try {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [applicationRole]);
    if (rowCount === 0) {
      await client.query(`CREATE ROLE ${applicationRole} NOLOGIN`).catch((error: unknown) => {
        if (!(error instanceof pg.DatabaseError) || !['42710', '23505'].includes(error.code ?? ''))
          throw error;
      });
    }
    if (!(await maySetRole(client))) await client.query(`GRANT ${applicationRole} TO CURRENT_USER`);
  } catch (cause) {
    throw new MigrationError(
      `The database user of DATABASE_URL may not make the role ${applicationRole}, under which Keywarden keeps its tenants apart. Have an administrator run: CREATE ROLE ${applicationRole} NOLOGIN; GRANT ${applicationRole} TO <that user>;`,
      { cause },
    );
  }
}

async function maySetRole(client: pg.Client): Promise<boolean> {
  // Before 16 every member may; since then whoever makes a role is a member that may not, unless told so.
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT pg_has_role(current_user, $1,
              CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS may`,
    [applicationRole],
  );
  return rows[0]?.may === true;
}
