import { WorkstationFailure } from './failure.ts';
import type { Page } from './pages/page.ts';

/** The one page that controls this workstation, for one tenant. */
export interface Session {
  readonly page: Page;
  /** The order's issuer: `<publicUrl>/<tenant>`. */
  readonly issuer: string;
}

export interface SessionListener {
  begun(): void;
  /** Called after control is gone, before anybody else has it. */
  ended(): void;
}

/** Who controls the workstation: nobody or one page. */
export class Sessions {
  readonly #listener: SessionListener;
  #current: Session | null = null;
  #stopped = false;
  /** Pages that were told `session.lost`, to be told so again when they ask for more. */
  readonly #ousted = new WeakSet<Page>();

  constructor(listener: SessionListener) {
    this.#listener = listener;
  }

  get current(): Session | null {
    return this.#current;
  }

  /** @throws WorkstationFailure SESSION_HELD */
  requireFree(page: Page, takeOver: boolean): void {
    if (this.#current !== null && this.#current.page !== page && !takeOver) {
      throw new WorkstationFailure('SESSION_HELD');
    }
  }

  /** The same page may open again at any time: a new order lets keys plugged in since prove who they are. */
  open(next: Session): void {
    // It may have gone while its order was being verified; nobody would ever take its control away.
    if (this.#stopped || !next.page.present) throw new WorkstationFailure('SESSION_REQUIRED');
    const last = this.#current;
    if (last !== null && (last.page !== next.page || last.issuer !== next.issuer)) {
      this.#end();
      if (last.page !== next.page) {
        this.#ousted.add(last.page);
        last.page.send({ event: 'session.lost', reason: 'taken-over' });
      }
    }
    this.#ousted.delete(next.page);
    this.#current = next;
    this.#listener.begun();
  }

  /** @throws WorkstationFailure SESSION_REQUIRED, SESSION_LOST */
  require(page: Page): Session {
    const session = this.#current;
    if (session?.page === page) return session;
    throw new WorkstationFailure(this.#ousted.has(page) ? 'SESSION_LOST' : 'SESSION_REQUIRED');
  }

  gone(page: Page): void {
    if (this.#current?.page === page) this.#end();
  }

  /** Nobody gets control any more. */
  stop(): void {
    this.#stopped = true;
    const session = this.#current;
    if (session === null) return;
    this.#end();
    session.page.send({ event: 'session.lost', reason: 'stopping' });
  }

  #end(): void {
    this.#current = null;
    this.#listener.ended();
  }
}
