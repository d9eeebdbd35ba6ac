import type pg from 'pg';
import { isConnectionLost } from './errors.ts';
import { type Arrival, type Dispatch, fly, type ParserOf } from './flight.ts';

interface Way {
  readonly connection: Promise<pg.PoolClient>;
  /** On it now. */
  flights: number;
  lost: Error | null;
}

/**
 * Connections on which the statements of several transactions follow each other, without anybody waiting for the answers
 * of the others. That a process of PostgreSQL is woken, answers and sleeps again costs as much as a statement; one that finds
 * the next already there does not sleep. The more there is to do, the less each costs.
 *
 * Each flight is a transaction by itself and names its tenant first; nothing of it is left on the connection.
 */
export class SharedWays {
  readonly #open: () => Promise<pg.PoolClient>;
  readonly #parserOf: ParserOf;
  readonly #most: number;
  readonly #ways = new Set<Way>();

  /** @param options.most ways at once; they are opened when they are needed, and given back when they are empty */
  constructor(options: {
    readonly open: () => Promise<pg.PoolClient>;
    readonly parserOf: ParserOf;
    readonly most: number;
  }) {
    this.#open = options.open;
    this.#parserOf = options.parserOf;
    this.#most = options.most;
  }

  readonly send = async (dispatches: readonly Dispatch[]): Promise<readonly Arrival[]> => {
    const way = this.#choose();
    way.flights += 1;
    try {
      const connection = await way.connection;
      const arrivals = await fly(connection, dispatches, this.#parserOf);
      // Whoever came next would write into it, and nobody would ever commit.
      if (connection.getTransactionStatus() !== 'I') {
        throw this.#lose(way, new Error('a transaction was left open on a connection that others use'));
      }
      return arrivals;
    } catch (error) {
      if (isConnectionLost(error)) this.#lose(way, error);
      throw error;
    } finally {
      way.flights -= 1;
      if (way.flights === 0) await this.#close(way);
    }
  };

  /** The emptiest. */
  #choose(): Way {
    let chosen: Way | null = null;
    for (const way of this.#ways) {
      if (chosen === null || way.flights < chosen.flights) chosen = way;
    }
    if (chosen !== null && this.#ways.size >= this.#most) return chosen;
    const opened: Way = { connection: this.#open(), flights: 0, lost: null };
    this.#ways.add(opened);
    return opened;
  }

  /** Nobody new comes on it, and whoever is on it ends with it. */
  #lose(way: Way, error: unknown): Error {
    way.lost = error instanceof Error ? error : new Error(String(error));
    this.#ways.delete(way);
    return way.lost;
  }

  async #close(way: Way): Promise<void> {
    this.#ways.delete(way);
    const connection = await way.connection.catch(() => null);
    connection?.release(way.lost ?? undefined);
  }
}
