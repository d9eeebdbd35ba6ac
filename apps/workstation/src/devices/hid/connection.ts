import { DeviceError } from '@keywarden/fido2/ctap2';
import { type HidConnection, hidReportLength } from '@keywarden/fido2/ctaphid';

/** What we use of an open device of `node-hid`. */
export interface OpenHid {
  write(report: Buffer): Promise<number>;
  close(): Promise<void>;
  on(event: 'data', listener: (report: Buffer) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** Reports of one USB key: adds and drops the report id, and tells once when the key is gone. */
export class NodeHidConnection implements HidConnection {
  readonly #hid: OpenHid;
  readonly #reportListeners = new Set<(report: Uint8Array) => void>();
  readonly #removalListeners = new Set<(reason: Error) => void>();
  #removed: Error | null = null;
  #closing: Promise<void> | null = null;

  constructor(hid: OpenHid) {
    this.#hid = hid;
    hid.on('data', (report) => this.#receive(report));
    hid.on('error', (error) => this.#fail(error));
  }

  async send(report: Uint8Array): Promise<void> {
    if (report.length !== hidReportLength) throw new RangeError(`a report has ${hidReportLength} bytes`);
    if (this.#removed !== null) throw this.#removed;
    const withId = Buffer.alloc(hidReportLength + 1);
    // hidapi wants the report id in front on every platform; FIDO keys have one unnumbered report: 0.
    withId.set(report, 1);
    try {
      await this.#hid.write(withId);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  onReport(listener: (report: Uint8Array) => void): () => void {
    this.#reportListeners.add(listener);
    return () => this.#reportListeners.delete(listener);
  }

  onRemoved(listener: (reason: Error) => void): () => void {
    if (this.#removed !== null) {
      listener(this.#removed);
      return () => undefined;
    }
    this.#removalListeners.add(listener);
    return () => this.#removalListeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#hid.close().catch(() => undefined);
    return this.#closing;
  }

  #receive(report: Buffer): void {
    if (this.#closing !== null) return;
    // Windows drivers have been seen to hand the id of an unnumbered report through.
    const numbered = report.length === hidReportLength + 1 && report[0] === 0;
    const bytes = Uint8Array.from(numbered ? report.subarray(1) : report);
    for (const listener of [...this.#reportListeners]) listener(bytes);
  }

  /** A read or write that fails on an open handle means that the key was pulled: the handle is of no more use. */
  #fail(cause: unknown): Error {
    if (this.#removed !== null) return this.#removed;
    const reason = new DeviceError('removed', 'the USB key is gone', { cause });
    this.#removed = reason;
    if (this.#closing === null) {
      for (const listener of [...this.#removalListeners]) listener(reason);
      void this.close();
    }
    return reason;
  }
}
