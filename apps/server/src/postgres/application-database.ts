import pg from 'pg';
import type { EmbeddedPostgres } from './supervisor.ts';

/** The application logs in as this role: owner of its database, never superuser. */
export const databaseOwner = 'keywarden';

export interface ApplicationConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** The connection of the application to the embedded PostgreSQL, which may not be prepared yet. */
export function applicationConnection(postgres: Pick<EmbeddedPostgres, 'connection'>): ApplicationConnection {
  return { ...postgres.connection(databaseOwner), user: databaseOwner };
}

/** The same; its role and database are made where missing. */
export async function prepareApplicationDatabase(
  postgres: Pick<EmbeddedPostgres, 'connection'>,
): Promise<ApplicationConnection> {
  const client = new pg.Client(postgres.connection('postgres'));
  client.on('error', () => {});
  await client.connect();
  try {
    const roles = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [databaseOwner]);
    if (roles.rowCount === 0) await client.query(`CREATE ROLE ${databaseOwner} LOGIN CREATEROLE`);
    const databases = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseOwner]);
    if (databases.rowCount === 0)
      await client.query(`CREATE DATABASE ${databaseOwner} OWNER ${databaseOwner}`);
  } finally {
    await client.end();
  }
  return applicationConnection(postgres);
}
