import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '@keywarden/domain';
import pg from 'pg';
import { applicationRole, type DatabaseConnection, schemaName } from './connection.ts';
import {
  isClaimFailed,
  isConnectionLost,
  isLockTimedOut,
  isRetryable,
  NoConnectionFree,
  toDomainError,
} from './errors.ts';
import { Line, Lines } from './line.ts';
import { OwnConnection } from './own-connection.ts';
import { type Sharing, TenantSession } from './session.ts';
import { SharedFlights } from './shared-flights.ts';
import { WorkflowMemory } from './workflow-memory.ts';

const statementTimeout = 10_000;
const lockTimeout = 5_000;
/** A transaction that waits for us is a transaction that holds locks. */
const idleInTransactionTimeout = 30_000;
/** On our side: for a server that the network swallowed. */
const queryTimeout = 15_000;
const connectTimeout = 5_000;
/** Of one process, at most. */
export const connectionsOfProcess = 20;
/** Shared flights on their way at once: one process of PostgreSQL reads, and what is written waits for the disk side by side. */
const flightsThatLook = 1;
const flightsThatWrite = 4;
/** For one of them, while others have them all: a server that is busy is slow at first, and says so later. */
const patience = 15_000;
/** How many wait so: more than are served in that time are told at once that it is in vain. */
const longestLine = 5_000;
/** For one's turn among those who want to write the same row: whoever waited that long tries without. */
const turnPatience = 5_000;
/** A new connection plans each statement anew, several times: that is dear, and an idle one is not. */
const idleTimeout = 10 * 60_000;
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
    max: connectionsOfProcess,
    connectionTimeoutMillis: connectTimeout,
    idleTimeoutMillis: idleTimeout,
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

  const workflows = new WorkflowMemory();
  // The pool's own queue has the time-out of connecting, so nobody ever waits in it.
  const places = new Line(connectionsOfProcess, longestLine);
  const turns = new Lines();

  const connect = async (): Promise<pg.PoolClient> => {
    if (!(await places.enter(patience))) throw new NoConnectionFree();
    try {
      return await pool.connect();
    } catch (error) {
      places.leave();
      throw error;
    }
  };

  const release = (client: pg.PoolClient, broken?: Error | true): void => {
    client.release(broken);
    places.leave();
  };

  /** A connection on which `opening` went well: idle ones may have died with a PostgreSQL that was restarted. */
  const acquire = async (opening: string): Promise<pg.PoolClient> => {
    for (let number = 0; ; number += 1) {
      const client = await connect();
      try {
        await client.query(opening);
        return client;
      } catch (error) {
        release(client, true);
        if (!isConnectionLost(error) || number === connectionsOfProcess) throw error;
      }
    }
  };

  const open = () => pool.connect();
  const shared = (usual: number) => new SharedFlights({ open, parserOf, usual }).send;
  const sharing: Sharing = { look: shared(flightsThatLook), write: shared(flightsThatWrite) };

  const attempt = async <T>(
    tenantId: string,
    work: (session: TenantSession) => Promise<T>,
    { speculative, alone }: { readonly speculative: boolean; readonly alone: boolean },
  ): Promise<T> => {
    // As many as there are connections: each has one of its own, or a part in one.
    if (!(await places.enter(patience))) throw new NoConnectionFree();
    const own = new OwnConnection({ open, parserOf });
    const session = new TenantSession(tenantId, {
      speculative,
      workflows,
      send: own.send,
      sharing: alone ? null : sharing,
    });
    try {
      const result = await work(session);
      await session.commit();
      return result;
    } catch (error) {
      const lost = isConnectionLost(error);
      if (lost) own.lose(error);
      if (session.begun) await own.rollBack();
      if (session.amongOthers && isLockTimedOut(error)) throw new HeldUp(error);
      if (lost && !session.ending) throw new LostBeforeCommit(error);
      if (isClaimFailed(error) && session.claimed !== null) throw new Outpaced(error, session.claimed);
      const mistaken = session.believing && !session.ending && !(error instanceof pg.DatabaseError);
      throw mistaken ? new MayBeMistaken(error) : error;
    } finally {
      own.release();
      places.leave();
    }
  };

  const transaction = async <T>(
    tenantId: string,
    work: (session: TenantSession) => Promise<T>,
  ): Promise<T> => {
    let speculative = true;
    let alone = false;
    let contested: string | null = null;
    let lost = 0;
    for (let number = 1; ; ) {
      try {
        const attemptNow = () => attempt(tenantId, work, { speculative, alone });
        return await (contested === null ? attemptNow() : turns.inTurn(contested, turnPatience, attemptNow));
      } catch (error) {
        if (error instanceof LostBeforeCommit && lost < connectionsOfProcess) {
          lost += 1;
        } else if (error instanceof HeldUp) {
          alone = true;
        } else if (speculative && error instanceof Outpaced) {
          // Fifty who want one row at once would outpace each other fifty times over.
          contested = error.claimed;
          speculative = false;
        } else if (speculative && error instanceof MayBeMistaken) {
          speculative = false;
        } else {
          const cause = error instanceof LostBeforeCommit || error instanceof Outpaced ? error.cause : error;
          if (number === tries || !isRetryable(cause)) throw toDomainError(cause);
          // Two that collided must not collide again.
          await pause(2 ** number * 5 * Math.random());
          number += 1;
        }
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
          release(client);
        }
      } catch (error) {
        throw toDomainError(error);
      }
    },
    async ping() {
      try {
        release(await acquire('SELECT'));
      } catch (error) {
        throw toDomainError(error);
      }
    },
    close: () => pool.end(),
  };
}

/** The work gave up, perhaps because of what it was made to believe. */
class MayBeMistaken extends Error {
  constructor(cause: unknown) {
    super('a transaction that relied on claims gave up', { cause });
  }
}

/** What was claimed is another's: somebody wrote it first, or it can't be had. */
class Outpaced extends Error {
  readonly claimed: string;

  constructor(cause: unknown, claimed: string) {
    super('a transaction that relied on claims did not get them', { cause });
    this.claimed = claimed;
  }
}

/** Another transaction had the row, and waiting for it would have held up those behind. */
class HeldUp extends Error {
  constructor(cause: unknown) {
    super('a row was locked by another transaction', { cause });
  }
}

/** The connection died, as idle ones do with a PostgreSQL that is restarted; nothing was done, and another may be tried. */
class LostBeforeCommit extends Error {
  constructor(cause: unknown) {
    super('the connection was lost before the end of the transaction', { cause });
  }
}

/** Object ids of PostgreSQL's own types, pg_type.dat. */
const bytea = 17;
const int8 = 20;

const parsers = new Map<number, (text: string) => unknown>();

/** Looked for once for each type. */
function parserOf(type: number): (text: string) => unknown {
  const parser = parsers.get(type) ?? (getTypeParser(type) as (text: string) => unknown);
  parsers.set(type, parser);
  return parser;
}

/** Byte strings as plain Uint8Array, counters as numbers (ours stay below 2^53); the rest as pg does it. */
function getTypeParser(type: number, format?: 'text' | 'binary'): (value: never) => unknown {
  if (format !== 'binary') {
    if (type === bytea) return (text: string) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
    if (type === int8) return Number;
  }
  return pg.types.getTypeParser(type, format === 'binary' ? 'binary' : 'text');
}
