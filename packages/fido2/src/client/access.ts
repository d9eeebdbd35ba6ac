import type { CtapDevice } from '../ctap2/device.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';

export interface PinRequest {
  /** `set`: the key has none, choose one; `verify`: the one it has; `change`: a new one in place of the one it has. */
  readonly reason: 'set' | 'verify' | 'change';
  readonly retriesLeft: number | null;
  /** The PIN given just before was wrong. */
  readonly wrong: boolean;
  /** Unicode code points, as the key demands. */
  readonly minimumLength: number;
}
/** Asks the person; rejecting ends the operation with that rejection. */
export type PinSource = (request: PinRequest) => Promise<string>;

/** What every client operation needs to work with one key. */
export interface KeyAccess {
  readonly device: CtapDevice;
  readonly random: RandomBytes;
  readonly pin: PinSource;
  /** Only for keys from before CTAP2, which have no keepalives and are asked again and again. */
  readonly clock?: Clock | undefined;
  /** Aborting cancels on the key too. */
  readonly signal?: AbortSignal | undefined;
  /** `needed` once when the key begins to wait for the person, `done` when it goes on. */
  readonly onTouch?: ((touch: 'needed' | 'done') => void) | undefined;
}

/** Keeps the PIN for the length of one operation on one key, so that the person types it once. */
export interface RememberedPin {
  readonly pin: PinSource;
  forget(): void;
}

export const rememberPin = (source: PinSource): RememberedPin => {
  let remembered: string | null = null;
  return {
    pin: async (request) => {
      if (request.reason === 'verify' && !request.wrong && remembered !== null) return remembered;
      remembered = null;
      const pin = await source(request);
      remembered = pin;
      return pin;
    },
    forget: () => {
      remembered = null;
    },
  };
};
