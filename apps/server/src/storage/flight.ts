import type pg from 'pg';
import { serialize } from 'pg-protocol';

/** What is sent: a named statement, prepared on its connection the first time, and its values. */
export interface Dispatch {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What came back for one of them. */
export interface Arrival {
  readonly rows: object[];
  /** PostgreSQL's command tag, e.g. `UPDATE 1`. */
  readonly tag: string;
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

export type ParserOf = (type: number) => (text: string) => unknown;

/** A statement on one connection. */
interface Preparation {
  /** `doubtful`: the flight that was to prepare it failed, before or after. */
  state: 'sent' | 'there' | 'doubtful';
  /** Null where it gives no rows. */
  columns: readonly Column[] | null;
}

/** By name. */
type Preparations = Map<string, Preparation>;
const preparedOn = new WeakMap<pg.PoolClient, Preparations>();

/**
 * Sends any number of statements and waits once: one write, one Sync, one ReadyForQuery (PostgreSQL's documentation,
 * "Pipelining" in the message flow of the extended query). After an error the rest is not executed.
 *
 * @throws the error of the first statement that failed
 */
export function fly(
  client: pg.PoolClient,
  dispatches: readonly Dispatch[],
  parserOf: ParserOf,
): Promise<readonly Arrival[]> {
  let preparations = preparedOn.get(client);
  if (preparations === undefined) {
    preparations = new Map();
    preparedOn.set(client, preparations);
  }
  const known = preparations;
  return new Promise((resolve, reject) => {
    const flight = new Flight({ dispatches, preparations: known, parserOf });
    flight.callback = (error, arrivals) => (error ? reject(error) : resolve(arrivals ?? []));
    client.query(flight);
  });
}

interface FieldDescription {
  readonly name: string;
  readonly dataTypeID: number;
}

/** What pg's Client expects of a query that it is given; it calls `callback` itself when the time is over. */
class Flight implements pg.Submittable {
  callback: (error: Error | null, arrivals?: readonly Arrival[]) => void = () => {};
  readonly #dispatches: readonly Dispatch[];
  readonly #preparations: Preparations;
  readonly #parserOf: ParserOf;
  readonly #fresh = new Map<string, Preparation>();
  readonly #arrivals: Arrival[] = [];
  #rows: object[] = [];

  constructor(options: {
    readonly dispatches: readonly Dispatch[];
    readonly preparations: Preparations;
    readonly parserOf: ParserOf;
  }) {
    this.#dispatches = options.dispatches;
    this.#preparations = options.preparations;
    this.#parserOf = options.parserOf;
  }

  submit(connection: pg.Connection): void {
    const messages: Uint8Array[] = [];
    for (const { name, text, values } of this.#dispatches) {
      const first = this.#isFirst(name);
      if (first) {
        const doubtful = this.#preparations.get(name)?.state === 'doubtful';
        // One that is not there is closed as well.
        if (doubtful) messages.push(serialize.close({ type: 'S', name }));
        messages.push(serialize.parse({ name, text, types: [] }));
        const preparation: Preparation = { state: 'sent', columns: null };
        this.#preparations.set(name, preparation);
        this.#fresh.set(name, preparation);
      }
      messages.push(serialize.bind({ statement: name, values: values.map(toWire) }));
      // What the columns are is asked once.
      if (first) messages.push(serialize.describe({ type: 'P' }));
      messages.push(serialize.execute());
    }
    messages.push(serialize.sync());
    // One piece for the kernel: writing many at once costs more than copying them together.
    connection.stream.write(Buffer.concat(messages));
  }

  /** Without a name: for a text that may never come again, prepared for this once. */
  #isFirst(name: string): boolean {
    const known = this.#preparations.get(name);
    return name === '' || known === undefined || known.state === 'doubtful';
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDescription[] }): void {
    const preparation = this.#preparations.get(this.#current().name);
    if (preparation === undefined) throw new Error('PostgreSQL described what it was not sent');
    preparation.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: this.#parserOf(dataTypeID) }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const columns = this.#preparations.get(this.#current().name)?.columns ?? [];
    const row: Record<string, unknown> = {};
    let index = 0;
    for (const { name, parse } of columns) {
      const field = fields[index] ?? null;
      row[name] = field === null ? null : parse(field);
      index += 1;
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const fresh = this.#fresh.get(this.#current().name);
    if (fresh !== undefined) fresh.state = 'there';
    this.#arrivals.push({ rows: this.#rows, tag: text });
    this.#rows = [];
  }

  handleError(error: Error): void {
    for (const preparation of this.#fresh.values()) {
      if (preparation.state === 'sent') preparation.state = 'doubtful';
    }
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#arrivals);
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  handlePortalSuspended(): void {}
  handleCopyData(): void {}

  handleCopyInResponse(connection: pg.Connection & { sendCopyFail?(reason: string): void }): void {
    connection.sendCopyFail?.('No source stream defined');
  }

  #current(): Dispatch {
    const dispatch = this.#dispatches[this.#arrivals.length];
    if (dispatch === undefined) throw new Error('PostgreSQL answered more than it was asked');
    return dispatch;
  }
}

/** As PostgreSQL reads it: bytes in binary, everything else as text. */
function toWire(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return arrayText(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** PostgreSQL's documentation, "Array Input and Output Syntax". */
function arrayText(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (Array.isArray(value)) return arrayText(value);
    const wire = value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : toWire(value);
    return wire === null ? 'NULL' : `"${String(wire).replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}
