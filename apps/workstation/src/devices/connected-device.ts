import type { ConnectedKey } from '@keywarden/api';
import type { CtapDevice } from '@keywarden/fido2/ctap2';
import { WorkstationFailure } from '../failure.ts';
import { readFacts } from './facts.ts';
import type { PinSlip, PluggedKey } from './plugged-key.ts';
import type { MakersMark } from './serial-numbers/driver.ts';

/** A key from the moment it is plugged in to the moment it is pulled out; put back it is another one. */
export class ConnectedDevice {
  readonly connectionId: string;
  readonly #plugged: PluggedKey;
  readonly #mark: MakersMark;
  readonly #gone = new AbortController();
  #key: ConnectedKey;
  #reserved = false;
  #looks: Promise<unknown> = Promise.resolve();

  constructor(plugged: PluggedKey, known: { connectionId: string; mark: MakersMark; key: ConnectedKey }) {
    this.connectionId = known.connectionId;
    this.#plugged = plugged;
    this.#mark = known.mark;
    this.#key = known.key;
  }

  /** As it was last read. */
  get key(): ConnectedKey {
    return this.#key;
  }

  get slip(): PinSlip | null {
    return this.#plugged.slip;
  }

  /** Aborts, with DEVICE_REMOVED as its reason, when the key was pulled out. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * For an operation, one at a time; the returned function gives the key back. A look that is under way is waited for.
   *
   * @throws WorkstationFailure DEVICE_BUSY, DEVICE_REMOVED
   */
  async reserve(): Promise<() => void> {
    if (this.gone.aborted) throw new WorkstationFailure('DEVICE_REMOVED');
    if (this.#reserved) throw new WorkstationFailure('DEVICE_BUSY');
    this.#reserved = true;
    await this.#looks;
    return () => {
      this.#reserved = false;
    };
  }

  /** For a short look, after every other look; null where an operation has the key. */
  look<T>(work: () => Promise<T>): Promise<T | null> {
    const turn = this.#looks.then(() => (this.#reserved ? null : work()));
    this.#looks = turn.catch(() => undefined);
    return turn;
  }

  /** Opens the key for as long as `work` runs: other programs may use it in between. The caller has reserved it. */
  async open<T>(signal: AbortSignal, work: (device: CtapDevice) => Promise<T>): Promise<T> {
    const device = await this.#plugged.open(signal);
    try {
      return await work(device);
    } finally {
      await device.close().catch(() => undefined);
    }
  }

  /** Reads the facts anew and keeps them. */
  async readFacts(device: CtapDevice, signal: AbortSignal): Promise<ConnectedKey> {
    const facts = await readFacts(device, { signal, firmware: this.#mark.firmware });
    this.#key = { ...this.#key, facts, tag: null };
    return this.#key;
  }

  removed(): void {
    this.#gone.abort(new WorkstationFailure('DEVICE_REMOVED'));
  }
}
