import { createHash } from 'node:crypto';
import type { PinSource } from '../client/access.ts';
import type { CtapDevice } from '../ctap2/device.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';
import { openCtapHid } from '../ctaphid/open.ts';
import {
  createVirtualAttestationRoot,
  createVirtualAuthenticator,
  type VirtualAttestationRoot,
  type VirtualAuthenticator,
  type VirtualAuthenticatorOptions,
  type VirtualAuthenticatorStore,
} from './index.ts';

/**
 * Time that jumps: whenever nothing else is left to do, the next timer fires. A touch that takes 30 s takes no time, and
 * the order of events is the same in every run.
 */
export class SimulatedClock implements Clock {
  #now = 0;
  #order = 0;
  #pumping = false;
  readonly #timers = new Map<number, { readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    this.#order += 1;
    const id = this.#order;
    this.#timers.set(id, { at: this.#now + milliseconds, callback });
    this.#pump();
    return () => this.#timers.delete(id);
  }

  /** Resolves when that much time has passed. */
  pass(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const next = [...this.#timers].sort(
        ([id, one], [otherId, other]) => one.at - other.at || id - otherId,
      )[0];
      if (next === undefined) return;
      const [id, { at, callback }] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      callback();
      this.#pump();
    });
  }
}

/** The same bytes in every run. */
export const seededRandom = (seed: string): RandomBytes => {
  let counter = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      counter += 1;
      const block = createHash('sha256').update(`${seed} ${counter}`).digest();
      bytes.set(block.subarray(0, Math.min(32, length - offset)), offset);
    }
    return bytes;
  };
};

export interface MemoryStore extends VirtualAuthenticatorStore {
  kept: Uint8Array | null;
  saves: number;
  failing: boolean;
}

export const memoryStore = (): MemoryStore => {
  const store: MemoryStore = {
    kept: null,
    saves: 0,
    failing: false,
    load: async () => store.kept,
    save: async (state) => {
      if (store.failing) throw new Error('the disk is full');
      store.kept = state;
      store.saves += 1;
    },
  };
  return store;
};

export interface PluggedKey {
  readonly key: VirtualAuthenticator;
  readonly store: MemoryStore;
  readonly clock: SimulatedClock;
  readonly random: RandomBytes;
  readonly root: VirtualAttestationRoot;
  open(): Promise<CtapDevice>;
}

/** A virtual key in a port of its own, touching itself after 300 ms unless told otherwise. */
export const plugIn = async (
  options: Partial<VirtualAuthenticatorOptions> & { readonly store?: MemoryStore } = {},
): Promise<PluggedKey> => {
  const clock = new SimulatedClock();
  const random = seededRandom('virtual key');
  const store = options.store ?? memoryStore();
  const root = createVirtualAttestationRoot({ random: seededRandom('root'), now: new Date('2025-01-01') });
  const key = await createVirtualAuthenticator({
    serial: 'VK-0001',
    touch: 300,
    attestation: root,
    ...options,
    clock,
    random,
    store,
  });
  return { key, store, clock, random, root, open: () => openCtapHid(key.connect(), { clock, random }) };
};

/** Answers with that PIN whatever is asked. */
export const always =
  (pin: string): PinSource =>
  async () =>
    pin;

export const nobody: PinSource = async () => {
  throw new Error('nobody is there to enter a PIN');
};
