import { hidCommand, type KeepaliveStatus } from '../ctap2/device.ts';
import type { Clock } from '../ctap2/surroundings.ts';
import {
  broadcastChannel,
  type HidPacket,
  MessageAssembly,
  maximumHidMessageLength,
  packetsOf,
  parsePacket,
} from '../ctaphid/packets.ts';
import { hidError } from '../ctaphid/transaction.ts';
import type { Waiting } from './person.ts';

export interface HidDeviceOptions {
  readonly clock: Clock;
  readonly emit: (report: Uint8Array) => void;
  readonly wink: () => void;
  /** Null where the key doesn't know the command. */
  readonly handle: (command: number, message: Uint8Array, waiting: Waiting) => Promise<Uint8Array> | null;
  readonly msg: boolean;
}

const keepaliveInterval = 100;
const mostChannels = 256;
/** CTAP 2.1 §11.2.5.2: how long a key waits for the next packet of a message. */
const packetTimeout = 500;
const keepaliveByte: Readonly<Record<KeepaliveStatus, number>> = { processing: 1, 'user-presence-needed': 2 };
const protocolVersion = 2;

interface Work {
  readonly channel: number;
  readonly command: number;
  readonly abort: AbortController;
  status: KeepaliveStatus;
  /** Nobody waits for the answer any more. */
  silenced: boolean;
}

type Initialisation = HidPacket & { kind: 'initialisation' };

/** The device side of CTAPHID (CTAP 2.1 §11.2): channels, one transaction at a time, keepalives. */
export class HidDevice {
  readonly #options: HidDeviceOptions;
  readonly #channels = new Set<number>();
  #lastChannel = 0;
  #receiving: MessageAssembly | null = null;
  #stopReceiving = (): void => {};
  #work: Work | null = null;
  #lock: { readonly channel: number; readonly until: number } | null = null;

  constructor(options: HidDeviceOptions) {
    this.#options = options;
  }

  /** Power is gone: nothing more is answered. */
  unplug(): void {
    this.#dropReceiving();
    if (this.#work !== null) {
      this.#work.silenced = true;
      this.#work.abort.abort();
    }
    this.#channels.clear();
  }

  receive(report: Uint8Array): void {
    const packet = parsePacket(report);
    if (packet === null) return;
    if (packet.kind === 'continuation') this.#continue(packet);
    else if (packet.command === hidCommand.init) this.#initialise(packet);
    else if (!this.#channels.has(packet.channel)) this.#error(packet.channel, hidError.invalidChannel);
    else if (packet.command === hidCommand.cancel) this.#cancel(packet.channel);
    else this.#begin(packet);
  }

  /** CTAP 2.1 §11.2.9.1.3. On a channel in use it ends what that channel was doing. */
  #initialise(packet: Initialisation): void {
    const known = this.#channels.has(packet.channel);
    if (!known && packet.channel !== broadcastChannel) {
      this.#error(packet.channel, hidError.invalidChannel);
      return;
    }
    if (packet.length !== 8) {
      this.#error(packet.channel, hidError.invalidLength);
      return;
    }
    if (known) {
      if (this.#receiving?.channel === packet.channel) this.#dropReceiving();
      if (this.#work?.channel === packet.channel) {
        this.#work.silenced = true;
        this.#work.abort.abort();
        this.#work = null;
      }
    }
    const channel = known ? packet.channel : this.#allocate();
    const answer = new Uint8Array(17);
    answer.set(packet.data.subarray(0, 8));
    const view = new DataView(answer.buffer);
    view.setUint32(8, channel);
    const wink = 0x01;
    const cbor = 0x04;
    const noMsg = this.#options.msg ? 0 : 0x08;
    answer.set([protocolVersion, 1, 0, 0, wink | cbor | noMsg], 12);
    this.#emit(packet.channel, hidCommand.init, answer);
  }

  #allocate(): number {
    // As in real keys: who begins anew without end uses up channels, not memory. Clients of a forgotten one begin anew.
    const [oldest] = this.#channels;
    if (oldest !== undefined && this.#channels.size >= mostChannels) this.#channels.delete(oldest);
    this.#lastChannel += 1;
    this.#channels.add(this.#lastChannel);
    return this.#lastChannel;
  }

  #cancel(channel: number): void {
    if (this.#work?.channel === channel && this.#work.command === hidCommand.cbor) this.#work.abort.abort();
  }

  #begin(packet: Initialisation): void {
    const { channel } = packet;
    if (this.#isLockedAgainst(channel)) {
      this.#error(channel, hidError.channelBusy);
      return;
    }
    if (this.#work !== null) {
      this.#error(channel, hidError.channelBusy);
      return;
    }
    if (this.#receiving !== null) {
      if (this.#receiving.channel !== channel) {
        this.#error(channel, hidError.channelBusy);
        return;
      }
      this.#dropReceiving();
      this.#error(channel, hidError.invalidSequence);
      return;
    }
    if (packet.length > maximumHidMessageLength) {
      this.#error(channel, hidError.invalidLength);
      return;
    }
    this.#receiving = new MessageAssembly(packet);
    this.#receive();
  }

  #continue(packet: HidPacket & { kind: 'continuation' }): void {
    // Packets that belong to no message are ignored, whoever sent them.
    if (this.#receiving?.channel !== packet.channel) return;
    if (this.#receiving.add(packet)) {
      this.#receive();
      return;
    }
    this.#dropReceiving();
    this.#error(packet.channel, hidError.invalidSequence);
  }

  #receive(): void {
    const receiving = this.#receiving;
    if (receiving === null) return;
    this.#stopReceiving();
    const { message, channel, command } = receiving;
    if (message === null) {
      this.#stopReceiving = this.#options.clock.after(packetTimeout, () => {
        this.#receiving = null;
        this.#error(channel, hidError.messageTimeout);
      });
      return;
    }
    this.#receiving = null;
    void this.#answer({ channel, command, message });
  }

  async #answer({
    channel,
    command,
    message,
  }: {
    channel: number;
    command: number;
    message: Uint8Array;
  }): Promise<void> {
    if (command === hidCommand.ping) {
      this.#emit(channel, command, message);
      return;
    }
    if (command === hidCommand.wink) {
      this.#options.wink();
      this.#emit(channel, command, new Uint8Array());
      return;
    }
    if (command === hidCommand.lock) {
      this.#takeLock(channel, message);
      return;
    }
    const work: Work = {
      channel,
      command,
      abort: new AbortController(),
      status: 'processing',
      silenced: false,
    };
    const answer = this.#options.handle(command, message, {
      signal: work.abort.signal,
      onStatus: (status) => this.#changeStatus(work, status),
    });
    if (answer === null) {
      this.#error(channel, hidError.invalidCommand);
      return;
    }
    this.#work = work;
    const stopKeepalives = command === hidCommand.cbor ? this.#keepAlive(work) : (): void => {};
    try {
      const bytes = await answer;
      if (!work.silenced) this.#emit(channel, command, bytes);
    } catch {
      if (!work.silenced) this.#error(channel, hidError.other);
    } finally {
      stopKeepalives();
      if (this.#work === work) this.#work = null;
    }
  }

  #changeStatus(work: Work, status: KeepaliveStatus): void {
    const changed = work.status !== status;
    work.status = status;
    if (changed && work.command === hidCommand.cbor) this.#sendKeepalive(work);
  }

  #keepAlive(work: Work): () => void {
    let stop = (): void => {};
    const tick = (): void => {
      this.#sendKeepalive(work);
      stop = this.#options.clock.after(keepaliveInterval, tick);
    };
    stop = this.#options.clock.after(keepaliveInterval, tick);
    return () => stop();
  }

  #sendKeepalive(work: Work): void {
    if (!work.silenced)
      this.#emit(work.channel, hidCommand.keepalive, Uint8Array.of(keepaliveByte[work.status]));
  }

  /** CTAP 2.1 §11.2.9.2.2. */
  #takeLock(channel: number, message: Uint8Array): void {
    const seconds = message[0];
    if (message.length !== 1 || seconds === undefined) {
      this.#error(channel, hidError.invalidLength);
      return;
    }
    if (seconds > 10) {
      this.#error(channel, hidError.invalidParameter);
      return;
    }
    this.#lock = seconds === 0 ? null : { channel, until: this.#options.clock.now() + seconds * 1000 };
    this.#emit(channel, hidCommand.lock, new Uint8Array());
  }

  #isLockedAgainst(channel: number): boolean {
    return (
      this.#lock !== null && this.#lock.channel !== channel && this.#options.clock.now() < this.#lock.until
    );
  }

  #dropReceiving(): void {
    this.#stopReceiving();
    this.#receiving = null;
  }

  #error(channel: number, code: number): void {
    this.#emit(channel, hidCommand.error, Uint8Array.of(code));
  }

  #emit(channel: number, command: number, message: Uint8Array): void {
    for (const packet of packetsOf(channel, command, message)) this.#options.emit(packet);
  }
}
