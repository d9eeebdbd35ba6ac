import { concatBytes, equalBytes } from '../bytes/index.ts';
import type { KeepaliveStatus } from '../ctap2/device.ts';
import type { Clock } from '../ctap2/surroundings.ts';
import { type ParsedCommand, parseCommand } from '../iso7816/apdu.ts';
import { fidoApplicationId, statusWord } from '../iso7816/open.ts';
import type { Waiting } from './person.ts';

export interface SmartCardOptions {
  readonly clock: Clock;
  /** CTAP2 messages. */
  readonly cbor: (message: Uint8Array, waiting: Waiting) => Promise<Uint8Array>;
  /** CTAP1 messages, extended APDUs; null on a key that knows none. */
  readonly u2f: ((apdu: Uint8Array) => Promise<Uint8Array>) | null;
}

/** How long a card thinks before it says that it is still at it. */
const keepaliveAfter = 100;
const keepaliveByte: Readonly<Record<KeepaliveStatus, number>> = { processing: 1, 'user-presence-needed': 2 };
/** Longer chains than any CTAP message are nobody's honest work. */
const longestChain = 8_192;

interface Work {
  readonly abort: AbortController;
  readonly answer: Promise<Uint8Array>;
  readonly shown: { readonly status: KeepaliveStatus };
}

const selectInstruction = 0xa4;
const word = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

/** The card side of CTAP over ISO 7816 (CTAP 2.1 §11.3): one APDU in, one response out. */
export class SmartCard {
  readonly #options: SmartCardOptions;
  #selected = false;
  #chain: Uint8Array[] = [];
  #chainOf = '';
  #rest: Uint8Array | null = null;
  #work: Work | null = null;

  constructor(options: SmartCardOptions) {
    this.#options = options;
  }

  /**
   * ATR: T=1, historical bytes with the card capabilities of ISO 7816-4 §8.1.1.2.7 (chaining, extended lengths).
   */
  static readonly answerToReset: readonly number[] = (() => {
    const bytes = [0x3b, 0x85, 0x80, 0x01, 0x80, 0x73, 0xc0, 0x21, 0xc0];
    return [...bytes, bytes.slice(1).reduce((check, byte) => check ^ byte, 0)];
  })();

  /** Power is gone: nothing is selected, nothing pending. */
  unplug(): void {
    this.#selected = false;
    this.#chain = [];
    this.#rest = null;
    this.#work?.abort.abort();
    this.#work = null;
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    const command = parseCommand(apdu);
    if (command === null) return word(statusWord.wrongLength);
    if (command.ins === 0xc0) return this.#getResponse(command);
    this.#rest = null;
    // ISO 7816-4 §5.1.1: only the same command goes on with a chain; a client that died amid one must not spoil the next.
    const header = [command.cla, command.ins, command.p1, command.p2].join();
    if (header !== this.#chainOf) this.#chain = [];
    this.#chainOf = header;
    if (command.chained) {
      // A SELECT always begins anew: half of one must not become the beginning of the next client's.
      if (command.ins === selectInstruction) return word(statusWord.chainingNotSupported);
      this.#chain.push(command.data);
      const length = this.#chain.reduce((sum, part) => sum + part.length, 0);
      if (length <= longestChain) return word(statusWord.success);
      this.#chain = [];
      return word(statusWord.wrongLength);
    }
    const data = concatBytes(...this.#chain, command.data);
    this.#chain = [];
    return this.#respond(command, await this.#answer({ ...command, data }));
  }

  async #answer(command: ParsedCommand): Promise<Uint8Array> {
    if (command.cla === 0x00 && command.ins === selectInstruction) return this.#select(command);
    if (!this.#selected) return word(statusWord.instructionNotSupported);
    if (command.cla === 0x80 && command.ins === 0x10) return this.#message(command);
    if (command.cla === 0x80 && command.ins === 0x11) return this.#poll(command);
    if (command.cla === 0x00 && command.ins <= 0x03 && this.#options.u2f !== null) {
      const { ins, p1, p2, data } = command;
      const lengths =
        data.length === 0 ? Uint8Array.of(0) : Uint8Array.of(0, data.length >> 8, data.length & 0xff);
      return this.#options.u2f(
        concatBytes(Uint8Array.of(0, ins, p1, p2), lengths, data, Uint8Array.of(0, 0)),
      );
    }
    return word(
      command.cla === 0x00 || command.cla === 0x80
        ? statusWord.instructionNotSupported
        : statusWord.classNotSupported,
    );
  }

  #select({ data }: ParsedCommand): Uint8Array {
    this.#work?.abort.abort();
    this.#work = null;
    this.#selected = equalBytes(data, fidoApplicationId);
    if (!this.#selected) return word(statusWord.applicationNotFound);
    const version = this.#options.u2f === null ? 'FIDO_2_0' : 'U2F_V2';
    return concatBytes(new TextEncoder().encode(version), word(statusWord.success));
  }

  #message({ p1, data }: ParsedCommand): Promise<Uint8Array> {
    this.#work?.abort.abort();
    const abort = new AbortController();
    const shown: { status: KeepaliveStatus } = { status: 'processing' };
    const answer = this.#options.cbor(data, {
      signal: abort.signal,
      onStatus: (status) => {
        shown.status = status;
      },
    });
    const work: Work = { abort, answer, shown };
    this.#work = work;
    return (p1 & 0x80) === 0 ? this.#finish(work) : this.#finishOrKeepAlive(work);
  }

  /** NFCCTAP_GETRESPONSE (CTAP 2.1 §11.3.7.2). */
  #poll({ p1 }: ParsedCommand): Promise<Uint8Array> | Uint8Array {
    if (this.#work === null) return word(0x6985);
    if (p1 !== 0x11) return this.#finishOrKeepAlive(this.#work);
    this.#work.abort.abort();
    return this.#finish(this.#work);
  }

  async #finish(work: Work): Promise<Uint8Array> {
    try {
      return concatBytes(await work.answer, word(statusWord.success));
    } finally {
      if (this.#work === work) this.#work = null;
    }
  }

  async #finishOrKeepAlive(work: Work): Promise<Uint8Array> {
    let stop = (): void => {};
    const patience = new Promise<null>((resolve) => {
      stop = this.#options.clock.after(keepaliveAfter, () => resolve(null));
    });
    const answer = await Promise.race([work.answer, patience]);
    stop();
    if (answer !== null) return this.#finish(work);
    return concatBytes(Uint8Array.of(keepaliveByte[work.shown.status]), word(statusWord.keepalive));
  }

  /** ISO 7816-4 §7.6.1. */
  #getResponse(command: ParsedCommand): Uint8Array {
    const rest = this.#rest;
    if (rest === null) return word(0x6985);
    return this.#respond(command, rest);
  }

  /** As much as was asked for; the rest waits for GET RESPONSE. */
  #respond(command: ParsedCommand, response: Uint8Array): Uint8Array {
    // Extended commands without Le are wrong, and python3-fido2 sends them: they mean "everything".
    const unsaid = command.extended ? 65_536 : 256;
    const most = command.expected === 0 ? unsaid : command.expected;
    const data = response.subarray(0, -2);
    if (data.length <= most) {
      this.#rest = null;
      return response;
    }
    this.#rest = response.subarray(most);
    const waiting = data.length - most;
    return concatBytes(data.subarray(0, most), Uint8Array.of(0x61, waiting > 255 ? 0 : waiting));
  }
}
