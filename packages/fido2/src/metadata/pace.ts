/** Bytes that are worked on before others run: a few milliseconds on a slow core. */
const stint = 65_536;

/** Cuts long work into stints, so that an event loop that serves others goes on turning. */
export class Pace {
  readonly #rest: () => Promise<void>;
  #left = stint;

  /** @param rest resolves once others have run; by default after one turn of the event loop */
  constructor(rest: () => Promise<void> = oneTurn) {
    this.#rest = rest;
  }

  /** Counts what was done; rests where a stint is full. */
  async after(bytes: number): Promise<void> {
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.#left = stint;
    await this.#rest();
  }
}

function oneTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
