import { DeviceError } from '@keywarden/fido2/ctap2';
import type { CardConnection } from '@keywarden/fido2/iso7816';
import { type PcscCard, type PcscContext, PcscError, pcscCode } from './library.ts';

const goneCodes: readonly number[] = [
  pcscCode.cardRemoved,
  pcscCode.noCard,
  pcscCode.readerUnavailable,
  pcscCode.unknownReader,
];

/** One card, connected in a context of its own. */
export class PcscConnection implements CardConnection {
  readonly #card: PcscCard;
  readonly #context: PcscContext;
  readonly #listeners = new Set<(reason: Error) => void>();
  #removed: Error | null = null;
  #closing: Promise<void> | null = null;

  constructor(card: PcscCard, context: PcscContext) {
    this.#card = card;
    this.#context = context;
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    if (this.#removed !== null) throw this.#removed;
    try {
      return await this.#card.transmit(apdu);
    } catch (cause) {
      if (!(cause instanceof PcscError) || !goneCodes.includes(cause.code)) throw cause;
      throw this.#gone(cause);
    }
  }

  onRemoved(listener: (reason: Error) => void): () => void {
    if (this.#removed !== null) {
      listener(this.#removed);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#card.disconnect().catch(() => undefined);
    await this.#context.release().catch(() => undefined);
  }

  #gone(cause: PcscError): Error {
    const reason = new DeviceError('removed', 'the card left the reader', { cause });
    this.#removed = reason;
    for (const listener of [...this.#listeners]) listener(reason);
    return reason;
  }
}
