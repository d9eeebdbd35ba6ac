import type { Arrival, Dispatch } from './flight.ts';
import { WorkflowMemory } from './workflow-memory.ts';

declare const rowType: unique symbol;

/** One named prepared statement; `Row` is what the columns give. */
export interface Statement<Row extends object = never> {
  readonly name: string;
  readonly text: string;
  /** It changes nothing and locks nothing. */
  readonly reads: boolean;
  /** It reads a few rows by their keys: others may wait for it. */
  readonly quick?: boolean;
  /** What `claim` sends, where that can't be made of the text. */
  readonly guard?: string;
  readonly [rowType]?: Row;
}

/** Names are unique in the whole server: PostgreSQL keeps the plan under them, connection by connection. */
export function statement<Row extends object = never>(name: string, text: string): Statement<Row> {
  return { name, text, reads: readingOnly.test(text) };
}

/** Reads a few rows by their keys, however many there are. */
export function lookup<Row extends object>(name: string, text: string): Statement<Row> {
  if (writing.test(text)) throw new Error(`the lookup ${name} writes or locks`);
  return { ...statement<Row>(name, text), reads: true, quick: true };
}

/**
 * Writes in several tables at once, in parts that are named (`WITH …`); the rows of `outcome`, something to select from,
 * say whether it did.
 */
export function composite(name: string, parts: string, outcome: string): Statement {
  return {
    ...statement(name, `${parts} SELECT 1 FROM ${outcome}`),
    guard: `${parts} SELECT expect_row(count(*)) FROM ${outcome}`,
  };
}

const readingOnly = /^\s*SELECT\b(?!.*\b(FOR (UPDATE|SHARE|NO KEY UPDATE)|pg_advisory\w*|set_config)\b)/is;

const writing =
  /\b(INSERT|UPDATE|DELETE|MERGE|FOR (SHARE|KEY SHARE|NO KEY UPDATE)|pg_advisory\w*|set_config)\b/i;

const begin = statement('begin', 'BEGIN');
const setTenant = statement('set-tenant', "SELECT set_config('keywarden.tenant', $1, true)");
/** With others: whoever would have to wait for another's row doesn't keep them waiting. */
const setTenantAmongOthers = statement(
  'set-tenant-among-others',
  "SELECT set_config('keywarden.tenant', $1, true), set_config('lock_timeout', '100ms', true)",
);
const commit = statement('commit', 'COMMIT');

/** Sends statements that are a transaction by themselves, or a part of one. */
export type Send = (dispatches: readonly Dispatch[]) => Promise<readonly Arrival[]>;

/** Flights that several transactions share: what goes with one is answered at once, or fails at once. */
export interface Sharing {
  /** Only reads, by keys. */
  readonly look: Send;
  /** A whole transaction. */
  readonly write: Send;
}

interface Queued {
  readonly statement: Statement<object>;
  readonly values: readonly unknown[];
  /** Absent where nobody waits. */
  readonly arrived?: (arrival: Arrival) => void;
  readonly failed?: (error: unknown) => void;
}

/**
 * An open transaction of one tenant. Rows of other tenants do not exist in it.
 *
 * What nobody waits for travels with the next statement that somebody waits for, or with the end of the transaction, in one
 * round trip; the order of statements stays as it was asked for. PostgreSQL makes everything before a Sync one transaction
 * by itself. So as long as only reading was asked for, each round trip is one of its own (at READ COMMITTED each statement
 * has its own snapshot anyhow), and what is written in one round trip alone needs no BEGIN and no COMMIT either. Both leave
 * with other transactions where they may; what begins with BEGIN has a connection of its own.
 */
export class TenantSession {
  readonly tenantId: string;
  /** Shared by all sessions of a database. */
  readonly workflows: WorkflowMemory;
  readonly #send: Send;
  readonly #sharing: Sharing | null;
  readonly #speculative: boolean;
  #queue: Queued[] = [];
  #inFlight: Promise<void> | null = null;
  #begun = false;
  #ending = false;
  #amongOthers = false;
  #claimed: { readonly statement: Statement; readonly row: unknown } | null = null;
  /** What failed first: nothing is asked after it. */
  #failure: { readonly error: unknown } | null = null;
  /** Rows that were asked for before they were needed. */
  readonly #ahead = new Map<string, Promise<Arrival>>();

  /**
   * @param options.speculative claims are believed until the database contradicts
   * @param options.send on a connection that is this transaction's own
   * @param options.sharing absent: everything goes there
   */
  constructor(
    tenantId: string,
    options: {
      readonly send: Send;
      readonly sharing?: Sharing | null;
      readonly speculative: boolean;
      readonly workflows?: WorkflowMemory;
    },
  ) {
    this.tenantId = tenantId;
    this.workflows = options.workflows ?? new WorkflowMemory();
    this.#send = options.send;
    this.#sharing = options.sharing ?? null;
    this.#speculative = options.speculative;
  }

  async rows<Row extends object>(query: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await (this.#takeAhead(query, values) ?? this.#ask(query, values));
    // The columns are those of the statement's text, and `Row` is declared beside it.
    return rows as Row[];
  }

  /** The first row, null where there is none. */
  async row<Row extends object>(query: Statement<Row>, values: readonly unknown[] = []): Promise<Row | null> {
    return (await this.rows(query, values))[0] ?? null;
  }

  /** How many rows were written. */
  async run(query: Statement, values: readonly unknown[] = []): Promise<number> {
    return rowCount(await this.#ask(query, values));
  }

  /** Writes; nobody waits for it, and whatever is wrong with it is told by the next statement or the end. */
  post(query: Statement, values: readonly unknown[] = []): void {
    this.#queue.push({ statement: query, values });
  }

  /**
   * Writes one row, or as many as told; true where it did. Believed at first, so that it costs no round trip of its own: where it turns out
   * that they were not written, the whole transaction is rolled back and done again, slowly.
   */
  async claim(query: Statement, values: readonly unknown[] = [], rows = 1): Promise<boolean> {
    if (!this.#speculative) return (await this.run(query, values)) === rows;
    this.post(guarded(query, rows), values);
    this.#claimed = { statement: query, row: values[0] };
    return true;
  }

  /** Reads together with the next statement what `rows` will be asked for later, with the same values. */
  readAhead<Row extends object>(query: Statement<Row>, values: readonly unknown[] = []): void {
    const arrival = this.#enqueue(query, values);
    // Told where it is used; where it is not, the transaction fails anyway.
    arrival.catch(() => {});
    this.#ahead.set(keyOf(query, values), arrival);
  }

  /** PostgreSQL waits for a COMMIT or a ROLLBACK. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Something was told to the work that the database may contradict. */
  get believing(): boolean {
    return this.#claimed !== null;
  }

  /** A name of what was claimed last, by the first value of its statement; others who claim the same have the same. */
  get claimed(): string | null {
    if (this.#claimed === null) return null;
    const { statement, row } = this.#claimed;
    return `${this.tenantId} ${statement.name} ${row}`;
  }

  /** It was written in a flight with others, where nobody is waited for. */
  get amongOthers(): boolean {
    return this.#amongOthers;
  }

  /** From here on a lost connection leaves it open whether the transaction was committed. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Sends what is waiting and ends the transaction. */
  async commit(): Promise<void> {
    await this.#inFlight;
    if (this.#failure !== null) throw this.#failure.error;
    // Read ahead and not needed after all.
    if (!this.#begun && this.#queue.every(({ statement: { reads } }) => reads)) return;
    this.#ending = true;
    if (this.#begun) {
      await this.#ask(commit, []);
      return;
    }
    const queued = this.#queue;
    this.#queue = [];
    const dispatches = queued.map(toDispatch);
    if (this.#sharing === null) {
      await this.#send([this.#setTenant(), ...dispatches]);
    } else {
      this.#amongOthers = true;
      await this.#sharing.write([{ ...setTenantAmongOthers, values: [this.tenantId] }, ...dispatches]);
    }
  }

  #takeAhead(query: Statement<object>, values: readonly unknown[]): Promise<Arrival> | undefined {
    if (this.#ahead.size === 0) return undefined;
    const key = keyOf(query, values);
    const arrival = this.#ahead.get(key);
    if (arrival !== undefined) {
      this.#ahead.delete(key);
      this.#depart();
    }
    return arrival;
  }

  #ask(query: Statement<object>, values: readonly unknown[]): Promise<Arrival> {
    const arrival = this.#enqueue(query, values);
    this.#depart();
    return arrival;
  }

  #enqueue(query: Statement<object>, values: readonly unknown[]): Promise<Arrival> {
    return new Promise((arrived, failed) => {
      this.#queue.push({ statement: query, values, arrived, failed });
    });
  }

  #depart(): void {
    if (!this.#queue.some(({ arrived }) => arrived !== undefined)) return;
    this.#inFlight ??= this.#flyAll().finally(() => {
      this.#inFlight = null;
      this.#depart();
    });
  }

  async #flyAll(): Promise<void> {
    const queued = this.#queue;
    this.#queue = [];
    if (this.#failure !== null) {
      for (const { failed } of queued) failed?.(this.#failure.error);
      return;
    }
    const opening: Dispatch[] = [];
    let send = this.#send;
    if (!this.#begun) {
      if (queued.every(({ statement: { quick } }) => quick === true)) send = this.#sharing?.look ?? send;
      if (!queued.every(({ statement: { reads } }) => reads)) {
        opening.push({ ...begin, values: [] });
        this.#begun = true;
      }
      opening.push(this.#setTenant());
    }
    try {
      const arrivals = await send([...opening, ...queued.map(toDispatch)]);
      for (const [index, { arrived }] of queued.entries()) {
        const arrival = arrivals[opening.length + index];
        if (arrival !== undefined) arrived?.(arrival);
      }
    } catch (error) {
      this.#failure = { error };
      for (const { failed } of queued) failed?.(error);
    }
  }

  #setTenant(): Dispatch {
    return { ...setTenant, values: [this.tenantId] };
  }
}

function toDispatch({ statement: { name, text }, values }: Queued): Dispatch {
  return { name, text, values };
}

function keyOf({ name }: Statement<object>, values: readonly unknown[]): string {
  return `${name} ${JSON.stringify(values)}`;
}

function rowCount({ tag }: Arrival): number {
  return Number(/\d+$/.exec(tag)?.[0] ?? 0);
}

const guards = new Map<string, Statement>();

/** The same statement, which fails where it writes fewer rows. */
function guarded(query: Statement, rows: number): Statement {
  const name = rows === 1 ? `${query.name}!` : `${query.name}!${rows}`;
  let guard = guards.get(name);
  if (guard === undefined) {
    guard = statement(
      name,
      query.guard ??
        `WITH written AS (${query.text} RETURNING 1) SELECT expect_row(count(*) / ${rows}) FROM written`,
    );
    guards.set(name, guard);
  }
  return guard;
}
