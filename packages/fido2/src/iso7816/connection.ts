/** A connected smart card in a reader, contact or contactless: an adapter over PC/SC, or a virtual card. */
export interface CardConnection {
  /** One command APDU in, its whole response with the status word out. Rejects when the card is gone. */
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
  /** Called once when the card left the reader; at once if that has happened already. */
  onRemoved(listener: (reason: Error) => void): () => void;
  close(): Promise<void>;
}
