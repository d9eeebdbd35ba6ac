import type { Clock } from '@keywarden/fido2/ctap2';

/** Milliseconds: the orders of one enrollment follow each other within this. */
const lifetime = 180_000;

/**
 * PINs that keys accepted a moment ago, so that the second order of an enrollment does not ask again. In memory alone,
 * for one plugging-in of one key, until the session ends, the key is pulled or the time is over.
 */
export class RememberedPins {
  readonly #clock: Clock;
  readonly #byConnection = new Map<string, { readonly pin: string; readonly forget: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(connectionId: string): string | null {
    return this.#byConnection.get(connectionId)?.pin ?? null;
  }

  remember(connectionId: string, pin: string): void {
    this.forget(connectionId);
    const forget = this.#clock.after(lifetime, () => this.#byConnection.delete(connectionId));
    this.#byConnection.set(connectionId, { pin, forget });
  }

  forget(connectionId: string): void {
    this.#byConnection.get(connectionId)?.forget();
    this.#byConnection.delete(connectionId);
  }

  forgetAll(): void {
    for (const connectionId of [...this.#byConnection.keys()]) this.forget(connectionId);
  }
}
