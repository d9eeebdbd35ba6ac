import type { Clock } from '../src/ctap2/index.ts';

/**
 * Time that a fuzzer turns by hand, so that a time-out of three minutes takes none. `settle` lets everything happen
 * that can happen, time-outs last, until the work is done.
 */
export class TurnedClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** @throws where that many time-outs did not end it, or nothing is left that could */
  async settle<Answer>(work: Promise<Answer>, mostTurns = 2000): Promise<Answer> {
    let done = false;
    const finished = work.finally(() => {
      done = true;
    });
    finished.catch(() => {});
    for (let turns = 0; ; turns += 1) {
      for (let ticks = 0; ticks < 50 && !done; ticks += 1) await null;
      // All that can go on without time passing has gone on when the event loop comes round.
      if (!done) await new Promise((resolve) => setImmediate(resolve));
      if (done) return finished;
      if (turns === mostTurns) throw new Error('broken: a conversation ends');
      this.#fireNext();
    }
  }

  #fireNext(): void {
    let next: { readonly at: number; readonly callback: () => void } | null = null;
    for (const timer of this.#timers) if (next === null || timer.at < next.at) next = timer;
    if (next === null) throw new Error('broken: somebody waits for nothing');
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.callback();
  }
}
