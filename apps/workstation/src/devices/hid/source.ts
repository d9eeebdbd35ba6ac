import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { type Clock, type CtapDevice, DeviceError, type RandomBytes } from '@keywarden/fido2/ctap2';
import { openCtapHid } from '@keywarden/fido2/ctaphid';
import type { Device } from 'node-hid';
import type { Logger } from 'pino';
import type { DeviceSource, PluggedKey } from '../plugged-key.ts';
import { NodeHidConnection, type OpenHid } from './connection.ts';

/** FIDO Alliance usage page and the usage of a CTAPHID device (CTAP 2.1 §11.2.8.2). */
const fidoUsagePage = 0xf1d0;
const ctapHidUsage = 0x01;

/** What we use of `node-hid`: a native add-on that may be missing a library of the system. */
export interface HidLibrary {
  devicesAsync(): Promise<readonly Device[]>;
  readonly HIDAsync: { open(path: string, options: { nonExclusive: boolean }): Promise<OpenHid> };
}

export interface HidSourceOptions {
  /** @throws where the add-on or a library that it needs is missing */
  readonly load: () => Promise<HidLibrary>;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Logger;
}

/** Keys on USB, by the platform's HID interface. Without the library there are none, and the operator is told why. */
export class HidSource implements DeviceSource {
  readonly name = 'hid';
  readonly #options: HidSourceOptions;
  #library: HidLibrary | 'missing' | null = null;
  #limitation: string | null = null;
  /** Paths that the platform lists but does not let us open. */
  readonly #refused = new Set<string>();

  constructor(options: HidSourceOptions) {
    this.#options = options;
  }

  limitation(): string | null {
    return this.#limitation;
  }

  /** Nobody tells; see the registry. */
  onChange(): void {}

  async close(): Promise<void> {}

  async list(): Promise<readonly PluggedKey[]> {
    const library = await this.#open();
    if (library === null) return [];
    const keys: PluggedKey[] = [];
    const listed = new Set<string>();
    for (const device of await this.#devices(library)) {
      if (device.usagePage !== fidoUsagePage || device.usage !== ctapHidUsage || device.path === undefined)
        continue;
      listed.add(device.path);
      if (await this.#mayOpen(device.path)) keys.push(await this.#pluggedKey(library, device, device.path));
    }
    for (const path of this.#refused) if (!listed.has(path)) this.#refused.delete(path);
    if (this.#library === library) {
      this.#limitation = this.#refused.size > 0 ? noPermission(this.#options.platform) : null;
    }
    return keys;
  }

  async #open(): Promise<HidLibrary | null> {
    if (this.#library === 'missing') return null;
    if (this.#library === null) {
      try {
        this.#library = await this.#options.load();
      } catch (error) {
        this.#giveUp(error);
        return null;
      }
    }
    return this.#library;
  }

  async #devices(library: HidLibrary): Promise<readonly Device[]> {
    try {
      return await library.devicesAsync();
    } catch (error) {
      // The add-on loads without libusb-1.0 and fails at its first use.
      this.#giveUp(error);
      return [];
    }
  }

  #giveUp(error: unknown): void {
    this.#library = 'missing';
    this.#limitation = noLibrary(this.#options.platform);
    this.#options.log.warn({ err: error }, 'USB keys cannot be seen: the HID library does not load');
  }

  /** On Linux known without opening; elsewhere a key is tried, and stays listed. */
  async #mayOpen(path: string): Promise<boolean> {
    if (this.#options.platform !== 'linux') return true;
    try {
      await access(path, constants.R_OK | constants.W_OK);
      this.#refused.delete(path);
      return true;
    } catch {
      this.#refused.add(path);
      return false;
    }
  }

  async #pluggedKey(library: HidLibrary, device: Device, path: string): Promise<PluggedKey> {
    return {
      handle: await this.#handleOf(path),
      transport: 'hid',
      model: device.product ?? '',
      virtual: false,
      vendorId: device.vendorId,
      slip: null,
      open: (signal) => this.#openKey(library, path, signal),
    };
  }

  /** Linux gives the next key the last one's path, but never its inode; elsewhere the path alone tells. */
  async #handleOf(path: string): Promise<string> {
    if (this.#options.platform !== 'linux') return path;
    try {
      return `${path}#${(await stat(path)).ino}`;
    } catch {
      return path;
    }
  }

  async #openKey(library: HidLibrary, path: string, signal: AbortSignal): Promise<CtapDevice> {
    signal.throwIfAborted();
    let hid: OpenHid;
    try {
      hid = await library.HIDAsync.open(path, { nonExclusive: true });
      this.#refused.delete(path);
    } catch (cause) {
      this.#refused.add(path);
      throw new DeviceError('transport-failed', 'the USB key cannot be opened', { cause });
    }
    const connection = new NodeHidConnection(hid);
    const { clock, random } = this.#options;
    try {
      return await openCtapHid(connection, { clock, random, signal });
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
}

function noLibrary(platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? 'USB keys cannot be seen: the system library libusb-1.0 is missing. Install it (Debian and Ubuntu: apt install libusb-1.0-0) and restart the workstation service.'
    : 'USB keys cannot be seen: the HID library does not load. Install the workstation service again.';
}

function noPermission(platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? 'A USB key is plugged in but the workstation service may not open it. Install the udev rule that comes with the service, then plug the key in again.'
    : 'A USB key is plugged in but the workstation service may not open it. Run it as a system service.';
}
