import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '@keywarden/domain';
import pg from 'pg';
import { applicationRole, type DatabaseConnection, schemaName } from './connection.ts';
import { isConnectionLost, isRetryable, toDomainError } from './errors.ts';
import { TenantSession } from './session.ts';

const statementTimeout = 10_000;
const lockTimeout = 5_000;
/** A transaction that waits for us is a transaction that holds locks. */
const idleInTransactionTimeout = 30_000;
/** On our side: for a server that the network swallowed. */
const queryTimeout = 15_000;
const connectTimeout = 5_000;
const connections = 20;
const tries = 4;

const tenantIdPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Once for each new connection. */
const introduction = `
  SET ROLE ${applicationRole};
  SET search_path = ${schemaName};
  SET timezone = 'UTC';
  SET statement_timeout = ${statementTimeout};
  SET lock_timeout = ${lockTimeout};
  SET idle_in_transaction_session_timeout = ${idleInTransactionTimeout};
`;

export interface Database {
  /**
   * Commits when `work` resolves, rolls back when it throws, and begins again when PostgreSQL asks for that
   * (serialization, deadlock): `work` has no effects outside.
   *
   * @throws DomainError `unavailable` when PostgreSQL can't be reached or takes too long
   */
  transaction<T>(tenantId: string, work: (session: TenantSession) => Promise<T>): Promise<T>;
  /** As `transaction`, for what belongs to the installation: no row of any tenant is seen. */
  installationTransaction<T>(work: (session: TenantSession) => Promise<T>): Promise<T>;
  tenantIds(): Promise<readonly string[]>;
  /** Resolves when PostgreSQL answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function openDatabase(
  connection: DatabaseConnection,
  options: { onConnectionError: (error: Error) => void },
): Database {
  const pool = new pg.Pool({
    ...connection,
    max: connections,
    connectionTimeoutMillis: connectTimeout,
    query_timeout: queryTimeout,
    keepAlive: true,
    application_name: 'keywarden',
    types: { getTypeParser },
    // pg-pool waits for it, whatever its type says: no query runs before the role is set.
    onConnect: (client) => client.query(introduction),
  });
  // An idle connection that PostgreSQL closed: the pool makes a new one.
  pool.on('error', options.onConnectionError);
  // One that is taken out of the pool tells its query; its socket may add an error of its own afterwards.
  pool.on('connect', (client) => client.on('error', () => {}));

  /** A connection on which `opening` went well: idle ones may have died with a PostgreSQL that was restarted. */
  const acquire = async (opening: string): Promise<pg.PoolClient> => {
    for (let number = 0; ; number += 1) {
      const client = await pool.connect();
      try {
        await client.query(opening);
        return client;
      } catch (error) {
        client.release(true);
        if (!isConnectionLost(error) || number === connections) throw error;
      }
    }
  };

  const attempt = async <T>(tenantId: string, work: (session: TenantSession) => Promise<T>): Promise<T> => {
    // Two statements, one round trip. SET takes no parameters; the pattern leaves nothing to quote.
    const client = await acquire(`BEGIN; SET LOCAL keywarden.tenant = '${tenantId}'`);
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      const result = await work(new TenantSession(tenantId, client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      if (isConnectionLost(error)) broken ??= error instanceof Error ? error : new Error(String(error));
      if (broken === undefined) {
        await client.query('ROLLBACK').catch((failure: Error) => {
          broken = failure;
        });
      }
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  };

  const transaction = async <T>(
    tenantId: string,
    work: (session: TenantSession) => Promise<T>,
  ): Promise<T> => {
    for (let number = 1; ; number += 1) {
      try {
        return await attempt(tenantId, work);
      } catch (error) {
        if (number === tries || !isRetryable(error)) throw toDomainError(error);
        // Two that collided must not collide again.
        await pause(2 ** number * 5 * Math.random());
      }
    }
  };

  return {
    async transaction(tenantId, work) {
      if (!tenantIdPattern.test(tenantId)) {
        throw new DomainError('tenant-not-found', 'There is no such tenant.', { detail: tenantId });
      }
      return transaction(tenantId, work);
    },
    // The empty name is no tenant's.
    installationTransaction: (work) => transaction('', work),
    async tenantIds() {
      try {
        const client = await acquire('SELECT');
        try {
          const { rows } = await client.query<{ tenant_id: string }>(
            'SELECT tenant_id FROM tenant_ids() AS tenant_id',
          );
          return rows.map((row) => row.tenant_id);
        } finally {
          client.release();
        }
      } catch (error) {
        throw toDomainError(error);
      }
    },
    async ping() {
      try {
        (await acquire('SELECT')).release();
      } catch (error) {
        throw toDomainError(error);
      }
    },
    close: () => pool.end(),
  };
}

/** Object ids of PostgreSQL's own types, pg_type.dat. */
const bytea = 17;
const int8 = 20;

/** Byte strings as plain Uint8Array, counters as numbers (ours stay below 2^53); the rest as pg does it. */
function getTypeParser(type: number, format?: 'text' | 'binary'): (value: never) => unknown {
  if (format !== 'binary') {
    if (type === bytea) return (text: string) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
    if (type === int8) return Number;
  }
  return pg.types.getTypeParser(type, format === 'binary' ? 'binary' : 'text');
}
