import { equalBytes } from '../bytes/index.ts';
import type { CallOptions, CtapDevice, DeviceCapabilities } from '../ctap2/device.ts';
import { DeviceError, hidCommand } from '../ctap2/device.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';
import type { HidConnection } from './connection.ts';
import { broadcastChannel } from './packets.ts';
import { hidError, transact } from './transaction.ts';

export interface CtapHidOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly signal?: AbortSignal | undefined;
}

interface Channel {
  readonly id: number;
  readonly deviceVersion: readonly [number, number, number];
  readonly capabilities: DeviceCapabilities;
}

/** Milliseconds between tries while another program holds the key, and for how long to try. */
const busyPause = 100;
const busyPatience = 3_000;

/** Allocates a channel (CTAPHID_INIT) and speaks on it until closed. Closing also closes the connection. @throws DeviceError */
export const openCtapHid = async (
  connection: HidConnection,
  options: CtapHidOptions,
): Promise<CtapDevice> => {
  const channel = await initialise(connection, broadcastChannel, options);
  return new CtapHidDevice(connection, channel, options);
};

/** CTAP 2.1 §11.2.9.1.3: on the broadcast channel allocates a new one, on an allocated one brings it back in step. */
const initialise = async (
  connection: HidConnection,
  channel: number,
  { clock, random, signal }: CtapHidOptions,
): Promise<Channel> => {
  const nonce = random(8);
  const answer = await whileBusy(clock, signal, () =>
    transact(
      connection,
      { channel, command: hidCommand.init, payload: nonce },
      {
        clock,
        signal,
        timeout: busyPatience,
        accept: (message) => message.length >= 17 && equalBytes(message.subarray(0, 8), nonce),
      },
    ),
  );
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const flags = view.getUint8(16);
  return {
    id: view.getUint32(8),
    deviceVersion: [view.getUint8(13), view.getUint8(14), view.getUint8(15)],
    capabilities: { wink: (flags & 0x01) !== 0, cbor: (flags & 0x04) !== 0, msg: (flags & 0x08) === 0 },
  };
};

const whileBusy = async (
  clock: Clock,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Uint8Array>,
): Promise<Uint8Array> => {
  const giveUpAt = clock.now() + busyPatience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const busy = error instanceof DeviceError && error.transportStatus === hidError.channelBusy;
      if (!busy || clock.now() >= giveUpAt || signal?.aborted === true) throw error;
    }
    await new Promise<void>((resolve) => clock.after(busyPause, resolve));
  }
};

class CtapHidDevice implements CtapDevice {
  readonly transport = 'hid';
  readonly capabilities: DeviceCapabilities;
  readonly deviceVersion: readonly [number, number, number];
  readonly #connection: HidConnection;
  readonly #options: CtapHidOptions;
  #channel: number;
  /** A transaction ended without its answer: a late one must not be taken for the next one's. */
  #outOfStep = false;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(connection: HidConnection, channel: Channel, options: CtapHidOptions) {
    this.#connection = connection;
    this.#channel = channel.id;
    this.capabilities = channel.capabilities;
    this.deviceVersion = channel.deviceVersion;
    this.#options = { clock: options.clock, random: options.random };
  }

  call(command: number, payload: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    const turn = this.#queue.then(() => this.#transact(command, payload, options));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  vendor(command: number, payload: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    if (command < hidCommand.vendorFirst || command > hidCommand.vendorLast) {
      return Promise.reject(new DeviceError('unsupported', `0x${command.toString(16)} is no vendor command`));
    }
    return this.call(command, payload, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#connection.close();
  }

  async #transact(command: number, payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    if (this.#closed) throw new DeviceError('closed', 'the connection to the key was closed');
    if (this.#outOfStep) {
      await initialise(this.#connection, this.#channel, this.#options);
      this.#outOfStep = false;
    }
    try {
      return await whileBusy(this.#options.clock, options.signal, () =>
        this.#once(command, payload, options),
      );
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      if (error.transportStatus === hidError.invalidChannel) {
        // Keys forget their channels when they reset themselves. Nothing was executed: once more on a new one.
        const channel = await initialise(this.#connection, broadcastChannel, this.#options);
        this.#channel = channel.id;
        return await this.#once(command, payload, options);
      }
      this.#outOfStep ||= ['timeout', 'cancelled', 'cancel-unconfirmed', 'protocol-violated'].includes(
        error.code,
      );
      throw error;
    }
  }

  #once(command: number, payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const { clock } = this.#options;
    return transact(this.#connection, { channel: this.#channel, command, payload }, { ...options, clock });
  }
}
