/** PC/SC as far as keys need it, on any platform; every method throws `PcscError` with the library's own code. */
export interface PcscLibrary {
  establishContext(): Promise<PcscContext>;
}

/** A conversation with the daemon; a blocking call in one does not hold up another. */
export interface PcscContext {
  readers(): Promise<readonly string[]>;
  /** Whether a card lies in the reader now, and a number that changes with every card put in or taken out. */
  state(reader: string): Promise<{ readonly present: boolean; readonly events: number }>;
  /** For us alone until disconnected. */
  connect(reader: string): Promise<PcscCard>;
  release(): Promise<void>;
}

export interface PcscCard {
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
  /** Takes the power off the card: its next use begins afresh. */
  disconnect(): Promise<void>;
}

export class PcscError extends Error {
  override readonly name = 'PcscError';
  /** Unsigned, e.g. 0x8010001d. */
  readonly code: number;

  constructor(call: string, code: number) {
    super(`${call}: 0x${code.toString(16)}`);
    this.code = code;
  }
}

/** pcsclite.h, winscard.h: the same numbers everywhere. */
export const pcscCode = {
  noService: 0x8010001d,
  serviceStopped: 0x8010001e,
  invalidHandle: 0x80100003,
  noReaders: 0x8010002e,
  sharingViolation: 0x8010000b,
  unknownReader: 0x80100009,
  readerUnavailable: 0x80100017,
  noCard: 0x8010000c,
  cardReset: 0x80100068,
  cardRemoved: 0x80100069,
} as const;
