import { type HidConnection, hidReportLength } from '../ctaphid/connection.ts';
import type { HidDevice } from './hid-device.ts';

interface Handle {
  readonly reports: Set<(report: Uint8Array) => void>;
  readonly removals: Set<(reason: Error) => void>;
  open: boolean;
}

const gone = (): Error => new Error('the virtual key was removed');

/**
 * The operating system's side of one plugged-in HID device: any number of handles, and every handle sees every input
 * report, other programs' ones included, as with /dev/hidraw.
 */
export class HidPort {
  readonly #handles = new Set<Handle>();
  #device: HidDevice | null = null;

  plug(device: HidDevice): void {
    this.#device = device;
  }

  unplug(): void {
    this.#device?.unplug();
    this.#device = null;
    for (const handle of this.#handles) {
      handle.open = false;
      for (const removed of handle.removals) queueMicrotask(() => removed(gone()));
    }
    this.#handles.clear();
  }

  /** An input report on its way to whoever listens. */
  deliver(report: Uint8Array): void {
    for (const handle of this.#handles) {
      queueMicrotask(() => {
        if (!handle.open) return;
        for (const listener of [...handle.reports]) listener(Uint8Array.from(report));
      });
    }
  }

  connect(): HidConnection {
    const device = this.#device;
    const handle: Handle = { reports: new Set(), removals: new Set(), open: device !== null };
    if (device !== null) this.#handles.add(handle);
    return {
      send: async (report) => {
        if (report.length !== hidReportLength) throw new RangeError(`a report has ${hidReportLength} bytes`);
        if (!handle.open || device === null) throw gone();
        const copy = Uint8Array.from(report);
        queueMicrotask(() => {
          if (handle.open) device.receive(copy);
        });
      },
      onReport: (listener) => {
        handle.reports.add(listener);
        return () => handle.reports.delete(listener);
      },
      onRemoved: (listener) => {
        if (!handle.open) queueMicrotask(() => listener(gone()));
        else handle.removals.add(listener);
        return () => handle.removals.delete(listener);
      },
      close: async () => {
        handle.open = false;
        this.#handles.delete(handle);
      },
    };
  }
}
