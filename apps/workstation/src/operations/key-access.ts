import type { KeyAccess } from '@keywarden/fido2/client';
import type { CtapDevice, RandomBytes } from '@keywarden/fido2/ctap2';
import type { Operation } from './operation.ts';
import type { PinRules } from './pin-rules.ts';

/** One operation's hold on one opened key. */
export interface KeyInHand {
  readonly operation: Operation;
  readonly device: CtapDevice;
  readonly random: RandomBytes;
}

/**
 * For the client: asks the person once for the PIN, however many tokens the operation needs. `rules` bind a new PIN.
 * `signal` is the operation's at the moment of each call: after the point of no return it can't be cancelled any more.
 */
export function keyAccess({ operation, device, random }: KeyInHand, rules?: PinRules): KeyAccess {
  return {
    device,
    random,
    pin: (request) => operation.pin(request, rules),
    onTouch: operation.touch,
    get signal() {
      return operation.signal;
    },
  };
}
