import type { Arrival, Dispatch } from './flight.ts';

declare const rowType: unique symbol;

/** One named prepared statement; `Row` is what the columns give. */
export interface Statement<Row extends object = never> {
  readonly name: string;
  readonly text: string;
  /** It changes nothing and locks nothing. */
  readonly reads: boolean;
  readonly [rowType]?: Row;
}

/** Names are unique in the whole server: PostgreSQL keeps the plan under them, connection by connection. */
export function statement<Row extends object = never>(name: string, text: string): Statement<Row> {
  return { name, text, reads: readingOnly.test(text) };
}

const readingOnly = /^\s*SELECT\b(?!.*\b(FOR (UPDATE|SHARE|NO KEY UPDATE)|pg_advisory\w*|set_config)\b)/is;

const begin = statement('begin', 'BEGIN');
const setTenant = statement('set-tenant', "SELECT set_config('keywarden.tenant', $1, true)");
const commit = statement('commit', 'COMMIT');

interface Queued {
  readonly dispatch: Dispatch;
  /** Absent where nobody waits. */
  readonly arrived?: (arrival: Arrival) => void;
  readonly failed?: (error: unknown) => void;
}

/**
 * An open transaction of one tenant. Rows of other tenants do not exist in it.
 *
 * What nobody waits for travels with the next statement that somebody waits for, or with the COMMIT, in one round trip:
 * the transaction itself begins with its first statement. The order of statements stays as it was asked for.
 */
export class TenantSession {
  readonly tenantId: string;
  readonly #send: (dispatches: readonly Dispatch[]) => Promise<readonly Arrival[]>;
  readonly #speculative: boolean;
  #queue: Queued[] = [];
  #inFlight: Promise<void> | null = null;
  #began = false;
  #wrote = false;
  #ending = false;
  #believing = false;
  /** Rows that were asked for before they were needed. */
  readonly #ahead = new Map<string, Promise<Arrival>>();

  /** @param options.speculative claims are believed until the database contradicts */
  constructor(
    tenantId: string,
    options: {
      readonly send: (dispatches: readonly Dispatch[]) => Promise<readonly Arrival[]>;
      readonly speculative: boolean;
    },
  ) {
    this.tenantId = tenantId;
    this.#send = options.send;
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

  /** Writes; nobody waits for it, and whatever is wrong with it is told by the next statement or the COMMIT. */
  post(query: Statement, values: readonly unknown[] = []): void {
    this.#wrote = true;
    this.#queue.push({ dispatch: { ...query, values } });
  }

  /**
   * Writes one row; true where it did. Believed at first, so that it costs no round trip of its own: where it turns out
   * that the row was not written, the whole transaction is rolled back and done again, slowly.
   */
  async claim(query: Statement, values: readonly unknown[] = []): Promise<boolean> {
    if (!this.#speculative) return (await this.run(query, values)) === 1;
    this.post(guarded(query), values);
    this.#believing = true;
    return true;
  }

  /** Reads together with the next statement what `rows` will be asked for later, with the same values. */
  readAhead<Row extends object>(query: Statement<Row>, values: readonly unknown[]): void {
    const arrival = this.#enqueue({ ...query, values });
    // Told where it is used; where it is not, the transaction fails anyway.
    arrival.catch(() => {});
    this.#ahead.set(keyOf(query, values), arrival);
  }

  /** Nothing has been written, nor is anything waiting to be. */
  get readOnly(): boolean {
    return !this.#wrote;
  }

  get began(): boolean {
    return this.#began;
  }

  /** Something was told to the work that the database may contradict. */
  get believing(): boolean {
    return this.#believing;
  }

  /** From here on a lost connection leaves it open whether the transaction was committed. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Sends what is waiting and ends the transaction. */
  async commit(): Promise<void> {
    if (!this.#began && this.#queue.length === 0) return;
    this.#ending = true;
    const { tag } = await this.#ask(commit, []);
    // COMMIT of a transaction in which a statement failed is a ROLLBACK, and no error.
    if (tag !== 'COMMIT') throw new Error('a statement of the transaction failed and nobody told');
  }

  #takeAhead(query: Statement<object>, values: readonly unknown[]): Promise<Arrival> | undefined {
    if (this.#ahead.size === 0) return undefined;
    const key = keyOf(query, values);
    const arrival = this.#ahead.get(key);
    this.#ahead.delete(key);
    return arrival;
  }

  #ask(query: Statement<object>, values: readonly unknown[]): Promise<Arrival> {
    if (!query.reads && query !== commit) this.#wrote = true;
    const arrival = this.#enqueue({ ...query, values });
    this.#depart();
    return arrival;
  }

  #enqueue(dispatch: Dispatch): Promise<Arrival> {
    return new Promise((arrived, failed) => {
      this.#queue.push({ dispatch, arrived, failed });
    });
  }

  #depart(): void {
    this.#inFlight ??= this.#flyAll().finally(() => {
      this.#inFlight = null;
      if (this.#queue.some(({ arrived }) => arrived !== undefined)) this.#depart();
    });
  }

  async #flyAll(): Promise<void> {
    const queued = this.#queue;
    this.#queue = [];
    const opening: readonly Dispatch[] = this.#began
      ? []
      : [
          { ...begin, values: [] },
          { ...setTenant, values: [this.tenantId] },
        ];
    this.#began = true;
    try {
      const arrivals = await this.#send([...opening, ...queued.map(({ dispatch }) => dispatch)]);
      for (const [index, { arrived }] of queued.entries()) {
        const arrival = arrivals[opening.length + index];
        if (arrival !== undefined) arrived?.(arrival);
      }
    } catch (error) {
      for (const { failed } of queued) failed?.(error);
    }
  }
}

function keyOf({ name }: Statement<object>, values: readonly unknown[]): string {
  return `${name} ${JSON.stringify(values)}`;
}

function rowCount({ tag }: Arrival): number {
  return Number(/\d+$/.exec(tag)?.[0] ?? 0);
}

const guards = new WeakMap<Statement, Statement>();

/** The same statement, which fails where it writes no row. */
function guarded(query: Statement): Statement {
  let guard = guards.get(query);
  if (guard === undefined) {
    guard = statement(
      `${query.name}!`,
      `WITH written AS (${query.text} RETURNING 1) SELECT expect_row(count(*)) FROM written`,
    );
    guards.set(query, guard);
  }
  return guard;
}
