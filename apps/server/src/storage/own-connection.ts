import type pg from 'pg';
import { type Arrival, type Dispatch, fly, type ParserOf } from './flight.ts';

/** The connection that a transaction has for itself, from when it first needs one. */
export class OwnConnection {
  readonly #open: () => Promise<pg.PoolClient>;
  readonly #parserOf: ParserOf;
  #client: pg.PoolClient | null = null;
  #broken: Error | null = null;

  constructor(options: { readonly open: () => Promise<pg.PoolClient>; readonly parserOf: ParserOf }) {
    this.#open = options.open;
    this.#parserOf = options.parserOf;
  }

  readonly send = async (dispatches: readonly Dispatch[]): Promise<readonly Arrival[]> => {
    if (this.#client === null) {
      this.#client = await this.#open();
      this.#client.on('error', this.#onError);
    }
    return fly(this.#client, dispatches, this.#parserOf);
  };

  /** Where it fails, the connection is not used again. */
  async rollBack(): Promise<void> {
    if (this.#broken === null) await this.#client?.query('ROLLBACK').catch(this.#onError);
  }

  /** It is not used again. */
  lose(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
  }

  release(): void {
    this.#client?.off('error', this.#onError);
    this.#client?.release(this.#broken ?? undefined);
  }

  readonly #onError = (error: Error) => {
    this.#broken = error;
  };
}
