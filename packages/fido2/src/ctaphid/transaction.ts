import type { CallOptions } from '../ctap2/device.ts';
import { DeviceError, hidCommand } from '../ctap2/device.ts';
import type { Clock } from '../ctap2/surroundings.ts';
import type { HidConnection } from './connection.ts';
import {
  type HidPacket,
  MessageAssembly,
  maximumHidMessageLength,
  packetsOf,
  parsePacket,
} from './packets.ts';

/** CTAP 2.1 §11.2.9.1.6. */
export const hidError = {
  invalidCommand: 0x01,
  invalidParameter: 0x02,
  invalidLength: 0x03,
  invalidSequence: 0x04,
  messageTimeout: 0x05,
  channelBusy: 0x06,
  lockRequired: 0x0a,
  invalidChannel: 0x0b,
  other: 0x7f,
} as const;

const defaultTimeout = 10_000;
/** A key that sends keepalives for longer than any person takes is broken. */
const wholeTimeout = 180_000;
/** After CTAPHID_CANCEL a key has this long to say CTAP2_ERR_KEEPALIVE_CANCEL or what it had just finished. */
const cancelGrace = 2_000;

export interface TransactionOptions extends CallOptions {
  readonly clock: Clock;
  /** Looks at a complete answer; false ignores it and goes on waiting (an answer to somebody else's INIT). */
  readonly accept?: ((message: Uint8Array) => boolean) | undefined;
}

export interface HidRequest {
  readonly channel: number;
  readonly command: number;
  readonly payload: Uint8Array;
}

const silence = (): DeviceError => new DeviceError('timeout', 'the key stopped answering');
const unconfirmedCancel = (): DeviceError =>
  new DeviceError('cancel-unconfirmed', 'cancelled; the key did not confirm it');

const refusal = (status: number): DeviceError => {
  const told = { transportStatus: status };
  switch (status) {
    case hidError.invalidCommand:
      return new DeviceError('unsupported', 'the key does not know this CTAPHID command', told);
    case hidError.channelBusy:
    case hidError.lockRequired:
      return new DeviceError('busy', 'another program is using the key', told);
    case hidError.messageTimeout:
      return new DeviceError('timeout', 'the key gave up waiting for the rest of the message', told);
    default:
      return new DeviceError(
        'protocol-violated',
        `the key refused the message (CTAPHID error ${status})`,
        told,
      );
  }
};

/** Sends one message and waits for its answer, minding keepalives, errors, time-outs and cancellation. @throws DeviceError */
export const transact = (
  connection: HidConnection,
  request: HidRequest,
  options: TransactionOptions,
): Promise<Uint8Array> => {
  if (request.payload.length > maximumHidMessageLength) {
    return Promise.reject(
      new DeviceError('message-too-large', 'the message is longer than CTAPHID can carry'),
    );
  }
  if (options.signal?.aborted === true) {
    return Promise.reject(new DeviceError('cancelled', 'cancelled before it was sent'));
  }
  return new Transaction(connection, request, options).run();
};

class Transaction {
  readonly #connection: HidConnection;
  readonly #request: HidRequest;
  readonly #options: TransactionOptions;
  readonly #timeout: number;
  readonly #endings: (() => void)[] = [];
  #settle: { resolve: (answer: Uint8Array) => void; reject: (error: DeviceError) => void };
  readonly #answer: Promise<Uint8Array>;
  #assembly: MessageAssembly | null = null;
  #sent = false;
  #cancelled = false;
  #stopWaiting = (): void => {};

  constructor(connection: HidConnection, request: HidRequest, options: TransactionOptions) {
    this.#connection = connection;
    this.#request = request;
    this.#options = options;
    this.#timeout = options.timeout ?? defaultTimeout;
    this.#settle = { resolve: () => {}, reject: () => {} };
    this.#answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  async run(): Promise<Uint8Array> {
    const { clock, signal } = this.#options;
    this.#endings.push(
      this.#connection.onReport((report) => this.#onReport(report)),
      this.#connection.onRemoved((cause) =>
        this.#fail(new DeviceError('removed', 'the key was removed', { cause })),
      ),
      clock.after(wholeTimeout, () => this.#fail(silence())),
    );
    if (signal !== undefined) {
      const onAbort = (): void => {
        this.#cancelled = true;
        this.#cancelOnKey();
      };
      signal.addEventListener('abort', onAbort);
      this.#endings.push(() => signal.removeEventListener('abort', onAbort));
    }
    this.#waitAtMost(this.#timeout, silence);
    try {
      this.#send().catch((cause: unknown) =>
        this.#fail(new DeviceError('transport-failed', 'a report could not be sent to the key', { cause })),
      );
      return await this.#answer;
    } finally {
      this.#stopWaiting();
      for (const end of this.#endings) end();
    }
  }

  async #send(): Promise<void> {
    const { channel, command, payload } = this.#request;
    for (const packet of packetsOf(channel, command, payload)) await this.#connection.send(packet);
    this.#sent = true;
    if (this.#cancelled) this.#cancelOnKey();
  }

  #cancelOnKey(): void {
    if (!this.#sent) return;
    // CTAP 2.1 §11.2.9.1.5: CANCEL has an effect on a CBOR transaction alone, and only once the key has the request.
    if (this.#request.command !== hidCommand.cbor) {
      this.#fail(new DeviceError('cancelled', 'cancelled while the key was working'));
      return;
    }
    this.#waitAtMost(cancelGrace, unconfirmedCancel);
    for (const packet of packetsOf(this.#request.channel, hidCommand.cancel, new Uint8Array())) {
      this.#connection.send(packet).catch(() => this.#fail(unconfirmedCancel()));
    }
  }

  #onReport(report: Uint8Array): void {
    const packet = parsePacket(report);
    // Other programs' channels share the device: their traffic is not ours to judge.
    if (packet === null || packet.channel !== this.#request.channel) return;
    if (packet.kind === 'continuation') this.#onContinuation(packet);
    else if (packet.command === hidCommand.keepalive) this.#onKeepalive(packet.data[0]);
    else if (packet.command === hidCommand.error) this.#fail(refusal(packet.data[0] ?? hidError.other));
    else if (packet.command === this.#request.command) this.#onInitialisation(packet);
  }

  #onKeepalive(status: number | undefined): void {
    if (!this.#cancelled) this.#waitAtMost(this.#timeout, silence);
    this.#options.onKeepalive?.(status === 2 ? 'user-presence-needed' : 'processing');
  }

  #onInitialisation(packet: HidPacket & { kind: 'initialisation' }): void {
    if (packet.length > maximumHidMessageLength) {
      this.#fail(
        new DeviceError('protocol-violated', 'the key announced a message longer than CTAPHID carries'),
      );
      return;
    }
    this.#assembly = new MessageAssembly(packet);
    this.#onProgress(this.#assembly);
  }

  #onContinuation(packet: HidPacket & { kind: 'continuation' }): void {
    if (this.#assembly === null) return;
    if (this.#assembly.add(packet)) this.#onProgress(this.#assembly);
    else this.#fail(new DeviceError('protocol-violated', 'the key sent a packet out of order'));
  }

  #onProgress({ message }: MessageAssembly): void {
    if (message === null) {
      this.#waitAtMost(this.#timeout, silence);
    } else if (this.#options.accept?.(message) === false) {
      this.#assembly = null;
    } else {
      this.#settle.resolve(message);
    }
  }

  #waitAtMost(milliseconds: number, error: () => DeviceError): void {
    this.#stopWaiting();
    this.#stopWaiting = this.#options.clock.after(milliseconds, () => this.#fail(error()));
  }

  #fail(error: DeviceError): void {
    this.#settle.reject(error);
  }
}
