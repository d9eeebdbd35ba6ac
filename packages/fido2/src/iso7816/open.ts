import { concatBytes } from '../bytes/index.ts';
import type { CallOptions, CtapDevice, DeviceCapabilities } from '../ctap2/device.ts';
import { DeviceError, hidCommand } from '../ctap2/device.ts';
import type { Clock } from '../ctap2/surroundings.ts';
import {
  type CommandApdu,
  chainedApdus,
  extendedApdu,
  parseCommand,
  parseResponse,
  type ResponseApdu,
} from './apdu.ts';
import type { CardConnection } from './connection.ts';

/** CTAP 2.1 §11.3.3. */
export const fidoApplicationId = Uint8Array.of(0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00, 0x01);

export const statusWord = {
  success: 0x9000,
  /** CTAP 2.1 §11.3.7.2: not yet done, ask again. */
  keepalive: 0x9100,
  wrongLength: 0x6700,
  chainingNotSupported: 0x6884,
  applicationNotFound: 0x6a82,
  wrongParameters: 0x6a86,
  instructionNotSupported: 0x6d00,
  classNotSupported: 0x6e00,
} as const;

/** `chained`: short APDUs, which every card must know (CTAP 2.1 §11.3.6); `extended`: one APDU, fewer exchanges. */
export type ApduLengths = 'chained' | 'extended';

export interface CardCtapOptions {
  readonly clock: Clock;
  /** Default `chained`; a card that refuses one way is spoken to in the other. */
  readonly lengths?: ApduLengths | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ctapClass = 0x80;
const instruction = { select: 0xa4, getResponse: 0xc0, ctapMessage: 0x10, ctapGetResponse: 0x11 } as const;
/** P1 of a message: this client knows NFCCTAP_GETRESPONSE. */
const understandsKeepalives = 0x80;
/** P1 of NFCCTAP_GETRESPONSE: give up. */
const cancelPending = 0x11;
const keepalivePause = 100;
const wholeTimeout = 180_000;
/** CTAP 2.1 §11.3.6 allows 65,536; a card that never stops sending is not listened to for longer. */
const maximumResponse = 65_536;
/** Twice what that takes in full parts. A card that sends byte by byte would hold the processor for a second. */
const maximumParts = 512;
const getInfoRequest = Uint8Array.of(0x04);
const resetRequest = 0x07;

/**
 * Selects the FIDO applet and speaks CTAP with it until closed. Closing also closes the connection.
 * @throws DeviceError `unsupported` where the card has no such applet
 */
export const openCardCtap = async (
  connection: CardConnection,
  options: CardCtapOptions,
): Promise<CtapDevice> => {
  const device = new CardCtapDevice(connection, options);
  await device.select(options.signal);
  return device;
};

class CardCtapDevice implements CtapDevice {
  readonly transport = 'smart-card';
  readonly deviceVersion = [0, 0, 0] as const;
  readonly #connection: CardConnection;
  readonly #clock: Clock;
  #capabilities: DeviceCapabilities = { wink: false, cbor: false, msg: false };
  #lengths: ApduLengths;
  #keepalives = true;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(connection: CardConnection, { clock, lengths = 'chained' }: CardCtapOptions) {
    this.#connection = connection;
    this.#clock = clock;
    this.#lengths = lengths;
  }

  get capabilities(): DeviceCapabilities {
    return this.#capabilities;
  }

  call(command: number, payload: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    const turn = this.#queue.then(() => this.#call(command, payload, options));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  vendor(): Promise<Uint8Array> {
    return Promise.reject(new DeviceError('unsupported', 'a smart card knows no CTAPHID vendor commands'));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#connection.close();
  }

  async select(signal?: AbortSignal): Promise<void> {
    const answer = await this.#exchange(
      { cla: 0, ins: instruction.select, p1: 0x04, p2: 0, data: fidoApplicationId },
      { signal },
    );
    if (answer.statusWord !== statusWord.success) {
      throw new DeviceError('unsupported', 'the card has no FIDO applet', {
        transportStatus: answer.statusWord,
      });
    }
    const version = new TextDecoder().decode(answer.data);
    // CTAP 2.1 §11.3.3: a card that knows both calls itself U2F_V2; only a try tells whether it knows CTAP2 too.
    const u2f = version === 'U2F_V2';
    this.#capabilities = { wink: false, cbor: !u2f || (await this.#knowsCbor(signal)), msg: u2f };
  }

  async #knowsCbor(signal: AbortSignal | undefined): Promise<boolean> {
    try {
      return (await this.#message(getInfoRequest, { signal }))[0] === 0;
    } catch (error) {
      if (error instanceof DeviceError && error.transportStatus !== null) return false;
      throw error;
    }
  }

  async #call(command: number, payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    if (this.#closed) throw new DeviceError('closed', 'the connection to the card was closed');
    if (options.signal?.aborted === true) throw new DeviceError('cancelled', 'cancelled before it was sent');
    if (command === hidCommand.cbor) return this.#cbor(payload, options);
    if (command === hidCommand.msg) return this.#u2f(payload, options);
    throw new DeviceError(
      'unsupported',
      `a smart card has nothing like CTAPHID command 0x${command.toString(16)}`,
    );
  }

  async #cbor(payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const answer = await this.#selectedAgain(() => this.#message(payload, options), options.signal);
    // Some cards deselect their applet when it is reset.
    if (payload[0] === resetRequest && answer[0] === 0) await this.select(options.signal);
    return answer;
  }

  /** Another program may have selected its applet in between: nothing was executed then, so select and ask once more. */
  async #selectedAgain(ask: () => Promise<Uint8Array>, signal: AbortSignal | undefined): Promise<Uint8Array> {
    try {
      return await ask();
    } catch (error) {
      const elsewhere =
        error instanceof DeviceError &&
        (error.transportStatus === statusWord.instructionNotSupported ||
          error.transportStatus === statusWord.classNotSupported);
      if (!elsewhere) throw error;
    }
    await this.select(signal);
    return ask();
  }

  /** CTAP 2.1 §11.3.7: one CTAP2 message, asking again while the card says that it works. */
  async #message(payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const p1 = this.#keepalives ? understandsKeepalives : 0;
    const command = { cla: ctapClass, ins: instruction.ctapMessage, p1, p2: 0, data: payload };
    let answer = await this.#exchange(command, options);
    if (answer.statusWord === statusWord.wrongParameters && this.#keepalives) {
      this.#keepalives = false;
      return this.#message(payload, options);
    }
    const giveUpAt = this.#clock.now() + wholeTimeout;
    while (answer.statusWord === statusWord.keepalive) {
      if (this.#clock.now() > giveUpAt) throw new DeviceError('timeout', 'the card never finishes');
      options.onKeepalive?.(answer.data[0] === 2 ? 'user-presence-needed' : 'processing');
      const cancelled = options.signal?.aborted === true;
      if (!cancelled) await new Promise<void>((resolve) => this.#clock.after(keepalivePause, resolve));
      const poll = { ...command, ins: instruction.ctapGetResponse, p1: cancelled ? cancelPending : 0 };
      answer = await this.#exchange({ ...poll, data: new Uint8Array() }, options);
    }
    if (answer.statusWord !== statusWord.success) throw refusal(answer.statusWord);
    return answer.data;
  }

  /** The payload is an extended APDU, as CTAPHID_MSG carries it; the answer keeps its status word. */
  async #u2f(payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const command = parseCommand(payload);
    if (command === null) throw new DeviceError('protocol-violated', 'this is no command APDU');
    const { data, statusWord: word } = await this.#exchange(command, options);
    return concatBytes(data, Uint8Array.of(word >> 8, word & 0xff));
  }

  async #exchange(command: CommandApdu, options: CallOptions): Promise<ResponseApdu> {
    const first = await this.#send(command, this.#lengths, options);
    const other = this.#lengths === 'extended' ? 'chained' : 'extended';
    const refusedBy = this.#lengths === 'extended' ? statusWord.wrongLength : statusWord.chainingNotSupported;
    if (first.statusWord !== refusedBy || command.data.length <= 255)
      return this.#whole(first, command, options);
    this.#lengths = other;
    return this.#whole(await this.#send(command, other, options), command, options);
  }

  async #send(command: CommandApdu, lengths: ApduLengths, options: CallOptions): Promise<ResponseApdu> {
    // SELECT and other small commands are short in any case: some cards know extended lengths inside their applet only.
    const asShort = lengths === 'chained' || command.ins === instruction.select;
    let response: ResponseApdu = { data: new Uint8Array(), statusWord: 0 };
    for (const apdu of asShort ? chainedApdus(command) : [extendedApdu(command)]) {
      response = await this.#transmit(apdu, options);
      if (response.statusWord !== statusWord.success && (response.statusWord & 0xff00) !== 0x6100) break;
    }
    return response;
  }

  /** ISO 7816-4: 61xx says that more waits; no library's automatic GET RESPONSE is relied on. */
  async #whole(first: ResponseApdu, { cla }: CommandApdu, options: CallOptions): Promise<ResponseApdu> {
    const parts = [first.data];
    let { statusWord: word } = first;
    let length = first.data.length;
    while ((word & 0xff00) === 0x6100) {
      const more = Uint8Array.of(cla, instruction.getResponse, 0, 0, word & 0xff);
      const next = await this.#transmit(more, options);
      parts.push(next.data);
      length += next.data.length;
      word = next.statusWord;
      if (
        length > maximumResponse ||
        parts.length > maximumParts ||
        (next.data.length === 0 && (word & 0xff00) === 0x6100)
      ) {
        throw new DeviceError('protocol-violated', 'the card never stops sending');
      }
    }
    return { data: concatBytes(...parts), statusWord: word };
  }

  async #transmit(apdu: Uint8Array, options: CallOptions): Promise<ResponseApdu> {
    const endings: (() => void)[] = [];
    try {
      const removed = new Promise<never>((_, reject) => {
        endings.push(
          this.#connection.onRemoved((cause) =>
            reject(new DeviceError('removed', 'the card left the reader', { cause })),
          ),
          this.#clock.after(options.timeout ?? wholeTimeout, () =>
            reject(new DeviceError('timeout', 'the card stopped answering')),
          ),
        );
      });
      const response = parseResponse(await Promise.race([this.#transmitted(apdu), removed]));
      if (response === null)
        throw new DeviceError('protocol-violated', 'the card answered without a status word');
      return response;
    } finally {
      for (const end of endings) end();
    }
  }

  async #transmitted(apdu: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#connection.transmit(apdu);
    } catch (cause) {
      throw new DeviceError('transport-failed', 'an APDU could not be exchanged with the card', { cause });
    }
  }
}

const refusal = (word: number): DeviceError =>
  new DeviceError('protocol-violated', `the card refused the message (status word ${word.toString(16)})`, {
    transportStatus: word,
  });
