import type { KeepaliveStatus } from '../ctap2/device.ts';
import type { Clock } from '../ctap2/surroundings.ts';
import { virtualLimits } from './profile.ts';
import { Refusal } from './refusal.ts';

export interface PersonOptions {
  readonly clock: Clock;
  /** `manual`: only `press()`; a number: milliseconds until the key is touched without anybody. */
  readonly touch: 'manual' | number;
  readonly verify: (() => Promise<boolean>) | null;
}

export interface Waiting {
  readonly signal: AbortSignal;
  readonly onStatus: (status: KeepaliveStatus) => void;
}

/** The person at the key: her touch and her finger. */
export class Person {
  readonly #options: PersonOptions;
  readonly #waiting = new Set<() => void>();
  /** CTAP1 doesn't wait: the request fails until a touch came after the first one. */
  #polled: { readonly since: number; touched: boolean } | null = null;

  constructor(options: PersonOptions) {
    this.#options = options;
  }

  get canBeVerified(): boolean {
    return this.#options.verify !== null;
  }

  press(): void {
    if (this.#polled !== null) this.#polled.touched = true;
    for (const touched of [...this.#waiting]) touched();
  }

  /** Whether a touch came since the request was made first; takes it, so that it counts once. */
  takeTouch(): boolean {
    const { clock, touch } = this.#options;
    const now = clock.now();
    if (this.#polled === null || now - this.#polled.since > virtualLimits.userActionTimeout) {
      this.#polled = { since: now, touched: false };
    }
    const touched = this.#polled.touched || (touch !== 'manual' && now - this.#polled.since >= touch);
    if (touched) this.#polled = null;
    return touched;
  }

  /** @throws Refusal after 30 s, or when cancelled */
  async touch({ signal, onStatus }: Waiting): Promise<void> {
    const { clock, touch } = this.#options;
    onStatus('user-presence-needed');
    const ends: (() => void)[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const cancelled = (): void => reject(new Refusal('CTAP2_ERR_KEEPALIVE_CANCEL'));
        if (signal.aborted) {
          cancelled();
          return;
        }
        const touched = (): void => resolve();
        this.#waiting.add(touched);
        signal.addEventListener('abort', cancelled);
        ends.push(
          () => this.#waiting.delete(touched),
          () => signal.removeEventListener('abort', cancelled),
          clock.after(virtualLimits.userActionTimeout, () =>
            reject(new Refusal('CTAP2_ERR_USER_ACTION_TIMEOUT')),
          ),
        );
        if (touch !== 'manual') ends.push(clock.after(touch, touched));
      });
    } finally {
      for (const end of ends) end();
      onStatus('processing');
    }
  }

  /** Whether the key's own sensor knew the person. @throws Refusal when cancelled */
  async verify({ signal, onStatus }: Waiting): Promise<boolean> {
    const { verify } = this.#options;
    if (verify === null) return false;
    onStatus('user-presence-needed');
    const cancelled = new Promise<never>((_, reject) => {
      const refuse = (): void => reject(new Refusal('CTAP2_ERR_KEEPALIVE_CANCEL'));
      if (signal.aborted) refuse();
      else signal.addEventListener('abort', refuse, { once: true });
    });
    try {
      return await Promise.race([verify(), cancelled]);
    } finally {
      onStatus('processing');
    }
  }
}
