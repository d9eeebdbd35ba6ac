import { PortalFailure, type PortalFault } from './failure.ts';
import { CeremonyReplaced } from './passkey-failure.ts';

interface Playable {
  readonly busy: boolean;
  readonly asking: boolean;
  readonly fault: PortalFault | null;
}

/** What a page shows, and the one thing that it is doing. */
export class Stage<State extends Playable> {
  #state: State;
  readonly #watchers = new Set<() => void>();
  readonly #end: (fault: PortalFault) => boolean;

  /** @param end takes a fault after which nothing goes on; false: it is told on the page where it happened */
  constructor(state: State, end: (fault: PortalFault) => boolean) {
    this.#state = state;
    this.#end = end;
  }

  readonly snapshot = (): State => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  become(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    for (const watcher of this.#watchers) watcher();
  }

  /** One thing at a time; what goes wrong is told on the page where it did. */
  async doing(work: () => Promise<void>): Promise<void> {
    if (this.#state.busy) return;
    this.#note({ busy: true, fault: null });
    try {
      await work();
    } catch (error) {
      if (error instanceof PortalFailure) {
        if (!this.#end(error.fault)) this.#note({ fault: error.fault });
      } else if (!(error instanceof CeremonyReplaced)) {
        throw error;
      }
    } finally {
      this.#note({ busy: false });
    }
  }

  async inDialog<T>(ceremony: () => Promise<T>): Promise<T> {
    this.#note({ asking: true });
    try {
      return await ceremony();
    } finally {
      this.#note({ asking: false });
    }
  }

  #note(change: Partial<Playable>): void {
    this.#state = { ...this.#state, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}
