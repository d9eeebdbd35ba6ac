/** Bytes of one HID report, without the report id (CTAP 2.1 §11.2.4, FIDO full-speed devices). */
export const hidReportLength = 64;

/** A raw FIDO HID device, opened: the adapter of a platform's HID library, or a virtual authenticator's port. */
export interface HidConnection {
  /** @param report exactly `hidReportLength` bytes. Rejects when the device is gone. */
  send(report: Uint8Array): Promise<void>;
  /** Every input report, in order; the returned function unsubscribes. */
  onReport(listener: (report: Uint8Array) => void): () => void;
  /** Called once when the device was pulled or its handle failed; at once if that has happened already. */
  onRemoved(listener: (reason: Error) => void): () => void;
  close(): Promise<void>;
}
