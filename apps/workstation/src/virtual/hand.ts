import type { CallOptions, Clock, CtapDevice } from '@keywarden/fido2/ctap2';

/**
 * The hand at a virtual key: touches it a moment after it asks, unless it is told to hold still (a test of what happens
 * while a key waits).
 */
export class Hand {
  readonly #clock: Clock;
  readonly #press: () => void;
  readonly #reaction: number;
  #still = false;
  #reaching: (() => void) | null = null;

  /** @param options.reaction milliseconds until it sees that the key blinks and touches it */
  constructor(press: () => void, options: { readonly clock: Clock; readonly reaction: number }) {
    this.#press = press;
    this.#clock = options.clock;
    this.#reaction = options.reaction;
  }

  hold(): void {
    this.#still = true;
    this.#withdraw();
  }

  release(): void {
    this.#still = false;
  }

  touch(): void {
    this.#withdraw();
    this.#press();
  }

  /** The same key, watched for its keepalives. */
  watch(device: CtapDevice): CtapDevice {
    return {
      transport: device.transport,
      capabilities: device.capabilities,
      deviceVersion: device.deviceVersion,
      call: (command, payload, options) =>
        this.#during(options, (seen) => device.call(command, payload, seen)),
      vendor: (command, payload, options) => device.vendor(command, payload, options),
      close: () => device.close(),
    };
  }

  async #during<T>(options: CallOptions = {}, call: (options: CallOptions) => Promise<T>): Promise<T> {
    try {
      return await call({
        ...options,
        onKeepalive: (status) => {
          if (status === 'user-presence-needed') this.#reach();
          options.onKeepalive?.(status);
        },
      });
    } finally {
      this.#withdraw();
    }
  }

  #reach(): void {
    if (this.#still || this.#reaching !== null) return;
    this.#reaching = this.#clock.after(this.#reaction, () => this.touch());
  }

  #withdraw(): void {
    this.#reaching?.();
    this.#reaching = null;
  }
}
