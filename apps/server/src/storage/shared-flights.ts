import pg from 'pg';
import { isConnectionLost } from './errors.ts';
import { type Arrival, type Dispatch, fly, type ParserOf } from './flight.ts';

/** What one transaction sends, and who waits for what comes back. */
interface Party {
  readonly dispatches: readonly Dispatch[];
  readonly arrived: (arrivals: readonly Arrival[]) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Milliseconds after which those who wait no longer wait for the flights that are on their way. Long enough that a busy server
 * does not open connections for it: each plans every statement anew, several times.
 */
const late = 250;

/**
 * Several transactions in one flight: whoever comes while those that may be on their way are gone leaves with the next one,
 * together with everybody else who came. Waking a process of PostgreSQL, its answer and its commit cost as much as the
 * statements in between; the more there is to do, the more of them share that. Where there is little, everybody flies alone.
 *
 * Each party names its tenant before anything else, and together they are one transaction: all of it is kept or nothing.
 * Where one of them fails, nothing was done, and each flies once more by itself.
 */
export class SharedFlights {
  readonly #open: () => Promise<pg.PoolClient>;
  readonly #parserOf: ParserOf;
  readonly #usual: number;
  #waiting: Party[] = [];
  #flying = 0;
  #called = false;
  #lateness: NodeJS.Timeout | null = null;

  /** @param options.usual flights on their way at once, as long as they arrive in time */
  constructor(options: {
    readonly open: () => Promise<pg.PoolClient>;
    readonly parserOf: ParserOf;
    readonly usual: number;
  }) {
    this.#open = options.open;
    this.#parserOf = options.parserOf;
    this.#usual = options.usual;
  }

  readonly send = (dispatches: readonly Dispatch[]): Promise<readonly Arrival[]> =>
    new Promise((arrived, failed) => {
      this.#waiting.push({ dispatches, arrived, failed });
      if (this.#called) return;
      this.#called = true;
      // Whoever comes in the same turn of the event loop leaves with it.
      setImmediate(() => {
        this.#called = false;
        this.#next();
      });
    });

  #next(): void {
    if (this.#waiting.length === 0) return;
    if (this.#flying < this.#usual) this.#depart();
    else this.#lateness ??= setTimeout(() => this.#depart(), late);
  }

  #depart(): void {
    if (this.#lateness !== null) clearTimeout(this.#lateness);
    this.#lateness = null;
    const parties = this.#waiting;
    this.#waiting = [];
    this.#flying += 1;
    void this.#flyTogether(parties).finally(() => {
      this.#flying -= 1;
      this.#next();
    });
  }

  async #flyTogether(parties: readonly Party[]): Promise<void> {
    let arrivals: readonly Arrival[];
    try {
      arrivals = await this.#flyOnce(parties.flatMap(({ dispatches }) => dispatches));
    } catch (error) {
      // What failed before it was known to be undone may have been done.
      if (parties.length === 1 || !(error instanceof pg.DatabaseError) || isConnectionLost(error)) {
        for (const { failed } of parties) failed(error);
      } else {
        await Promise.all(parties.map((party) => this.#flyTogether([party])));
      }
      return;
    }
    let from = 0;
    for (const { dispatches, arrived } of parties) {
      arrived(arrivals.slice(from, from + dispatches.length));
      from += dispatches.length;
    }
  }

  async #flyOnce(dispatches: readonly Dispatch[]): Promise<readonly Arrival[]> {
    const connection = await this.#open();
    let unusable: Error | undefined;
    try {
      const arrivals = await fly(connection, dispatches, this.#parserOf);
      if (connection.getTransactionStatus() !== 'I') {
        // Whoever came next would write into it, and nobody would ever commit.
        unusable = new Error('a transaction was left open on a connection that others use');
        throw unusable;
      }
      return arrivals;
    } catch (error) {
      if (isConnectionLost(error)) unusable = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      connection.release(unusable);
    }
  }
}
