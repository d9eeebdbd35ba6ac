import { concatBytes } from '../bytes/index.ts';

/** What vpcd, the driver of a virtual reader (vsmartcard), asks of a card. */
export interface VpcdCard {
  readonly answerToReset: Uint8Array;
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
  powerOff(): void;
  powerOn(): void;
}

/** One byte is a control message, anything longer an APDU. */
const control = { powerOff: 0x00, powerOn: 0x01, reset: 0x02, answerToReset: 0x04 } as const;

const frame = (message: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(message.length >> 8, message.length & 0xff), message);

/**
 * vpcd's protocol as bytes: frames of a two-byte length and a message. Feed it what comes from the socket; what it
 * resolves with goes back. Frames are answered in order, whatever pieces they arrive in.
 */
export class VpcdConversation {
  readonly #card: VpcdCard;
  #pending: Uint8Array = new Uint8Array();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(card: VpcdCard) {
    this.#card = card;
  }

  receive(chunk: Uint8Array): Promise<Uint8Array> {
    const turn = this.#queue.then(() => this.#answer(chunk));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #answer(chunk: Uint8Array): Promise<Uint8Array> {
    this.#pending = concatBytes(this.#pending, chunk);
    const answers: Uint8Array[] = [];
    for (;;) {
      const [high, low] = this.#pending;
      if (high === undefined || low === undefined) break;
      const end = 2 + ((high << 8) | low);
      if (this.#pending.length < end) break;
      const message = this.#pending.slice(2, end);
      this.#pending = this.#pending.slice(end);
      const answer = await this.#one(message);
      if (answer !== null) answers.push(frame(answer));
    }
    return concatBytes(...answers);
  }

  async #one(message: Uint8Array): Promise<Uint8Array | null> {
    if (message.length !== 1) return message.length === 0 ? null : this.#card.transmit(message);
    switch (message[0]) {
      case control.powerOff:
        this.#card.powerOff();
        return null;
      case control.powerOn:
        this.#card.powerOn();
        return null;
      case control.reset:
        this.#card.powerOff();
        this.#card.powerOn();
        return null;
      case control.answerToReset:
        return this.#card.answerToReset;
      default:
        return null;
    }
  }
}
