import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { ApplicationConnection } from '../src/postgres/index.ts';

export interface FreshDatabase {
  /** As the server connects. */
  readonly connection: ApplicationConnection;
  /** As the superuser, past row-level security: to look at what is really there. */
  readonly superuser: ApplicationConnection;
  drop(): Promise<void>;
}

/** A migrated, empty database for one test file: create it in `beforeAll`, drop it in `afterAll`. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { host, port, superuser, owner, template } = inject('postgres');
  const database = `test_${randomBytes(8).toString('hex')}`;
  const administrator = { host, port, user: superuser, database: 'postgres' };
  await run(administrator, `CREATE DATABASE ${database} OWNER ${owner} TEMPLATE ${template}`);
  return {
    connection: { host, port, user: owner, database },
    superuser: { host, port, user: superuser, database },
    drop: () => run(administrator, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  };
}

async function run(connection: ApplicationConnection, text: string): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
