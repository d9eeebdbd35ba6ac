import type { ConnectedKey } from '@keywarden/api';
import type { Clock, CtapDevice } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import { ConnectedDevice } from './connected-device.ts';
import { readFacts } from './facts.ts';
import type { DeviceSource, PluggedKey } from './plugged-key.ts';
import type { MakersMark, SerialNumberDriver } from './serial-numbers/driver.ts';

/** Milliseconds between looks while a page controls the workstation, and while nobody does. */
const interval = { watched: 800, unwatched: 5_000 } as const;
/** Looking may take a twentieth of the time at most, whatever the platform makes of it. */
const rest = 20;
/** Milliseconds for a first conversation with a key, for which a look waits, and until one that failed is tried again. */
const acquaintance = 5_000;
const waitForNew = 1_500;
const retryAfter = 4_000;
const goneLimit = 256;

export interface RegistryOptions {
  readonly sources: readonly DeviceSource[];
  readonly drivers: readonly SerialNumberDriver[];
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
}

export interface RegistryListener {
  attached(device: ConnectedDevice): void;
  removed(device: ConnectedDevice): void;
}

interface Unusable {
  readonly model: string;
  readonly until: number;
}

/** The keys that are plugged in, kept up to date by listening where a source can be heard and by looking otherwise. */
export class DeviceRegistry {
  readonly #options: RegistryOptions;
  readonly #listener: RegistryListener;
  readonly #devices = new Map<string, ConnectedDevice>();
  readonly #unusable = new Map<string, Unusable>();
  /** First conversations under way. */
  readonly #meetings = new Map<string, Promise<void>>();
  /** What each source listed last. */
  readonly #listed = new Map<DeviceSource, ReadonlySet<string>>();
  readonly #gone: string[] = [];
  #watched = false;
  #refreshing: Promise<void> | null = null;
  #again = false;
  #cancelLook: () => void = () => undefined;
  #closed = false;

  constructor(options: RegistryOptions, listener: RegistryListener) {
    this.#options = options;
    this.#listener = listener;
    for (const source of options.sources) source.onChange(() => void this.refresh());
  }

  list(): readonly ConnectedDevice[] {
    return [...this.#devices.values()];
  }

  find(connectionId: string): ConnectedDevice | null {
    return this.list().find((device) => device.connectionId === connectionId) ?? null;
  }

  /** True for a key that was here since the service started and is not any more. */
  wasHere(connectionId: string): boolean {
    return this.#gone.includes(connectionId);
  }

  limitations(): readonly string[] {
    const ofSources = this.#options.sources.map((source) => source.limitation());
    const ofKeys = [...this.#unusable.values()].map(
      ({ model }) => `A key (${model}) is plugged in but did not answer as a FIDO2 key does.`,
    );
    return [...ofSources, ...ofKeys].filter((text) => text !== null);
  }

  /** Looks more often while somebody watches. */
  watch(watched: boolean): void {
    this.#watched = watched;
    this.#lookLater(0);
  }

  /**
   * Looks now; when it returns, `list` is what was plugged in at or after the call, but for keys that take long to say
   * who they are: those come as `attached` later.
   */
  refresh(): Promise<void> {
    if (this.#refreshing !== null) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#cancelLook();
    this.#refreshing = this.#refresh();
    return this.#refreshing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook();
    await this.#refreshing;
    for (const source of this.#options.sources) await source.close();
  }

  async #refresh(): Promise<void> {
    const { clock } = this.#options;
    const begin = clock.now();
    do {
      this.#again = false;
      await Promise.all(this.#options.sources.map((source) => this.#look(source)));
    } while (this.#again && !this.#closed);
    // In the same breath as the last look at `again`: who comes now begins a new round.
    this.#refreshing = null;
    this.#lookLater((clock.now() - begin) * rest);
  }

  #lookLater(pause: number): void {
    this.#cancelLook();
    if (this.#closed) return;
    const wait = Math.max(pause, this.#watched ? interval.watched : interval.unwatched);
    this.#cancelLook = this.#options.clock.after(wait, () => void this.refresh());
  }

  async #look(source: DeviceSource): Promise<void> {
    let plugged: readonly PluggedKey[];
    try {
      plugged = await source.list();
    } catch (error) {
      // What was there stays until we know better: an operation on it will fail by itself.
      this.#options.log.warn({ source: source.name, err: error }, 'keys could not be listed');
      return;
    }
    const byName = new Map(plugged.map((key) => [`${source.name}:${key.handle}`, key]));
    for (const name of this.#listed.get(source) ?? []) if (!byName.has(name)) this.#remove(name);
    this.#listed.set(source, new Set(byName.keys()));
    for (const [name, key] of byName) this.#meetOnce(source, name, key);
    await this.#atMost(waitForNew, Promise.all([...byName.keys()].map((name) => this.#meetings.get(name))));
  }

  #meetOnce(source: DeviceSource, name: string, plugged: PluggedKey): void {
    const known = this.#closed || this.#devices.has(name) || this.#meetings.has(name);
    if (known || (this.#unusable.get(name)?.until ?? 0) > this.#options.clock.now()) return;
    const meeting = this.#add(plugged, {
      name,
      stillThere: () => !this.#closed && this.#listed.get(source)?.has(name) === true,
    }).finally(() => this.#meetings.delete(name));
    this.#meetings.set(name, meeting);
  }

  async #atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
    let stop = (): void => undefined;
    const limit = new Promise<void>((resolve) => {
      stop = this.#options.clock.after(milliseconds, resolve);
    });
    await Promise.race([work, limit]);
    stop();
  }

  #remove(name: string): void {
    this.#unusable.delete(name);
    const device = this.#devices.get(name);
    if (device === undefined) return;
    this.#devices.delete(name);
    this.#gone.push(device.connectionId);
    if (this.#gone.length > goneLimit) this.#gone.shift();
    this.#options.log.info({ device: device.connectionId }, 'key removed');
    device.removed();
    this.#listener.removed(device);
  }

  async #add(
    plugged: PluggedKey,
    { name, stillThere }: { name: string; stillThere: () => boolean },
  ): Promise<void> {
    const { clock, log, newId } = this.#options;
    const connectionId = newId();
    const patience = new AbortController();
    const stop = clock.after(acquaintance, () => patience.abort(new Error('the key did not answer')));
    try {
      const { mark, key } = await this.#meet(plugged, { connectionId, signal: patience.signal });
      if (!stillThere()) return;
      const device = new ConnectedDevice(plugged, { connectionId, mark, key });
      this.#devices.set(name, device);
      this.#unusable.delete(name);
      log.info({ device: connectionId, model: key.model, transport: key.transport }, 'key attached');
      this.#listener.attached(device);
    } catch (error) {
      if (!stillThere()) return;
      this.#unusable.set(name, { model: printable(plugged.model), until: clock.now() + retryAfter });
      log.warn({ model: plugged.model, transport: plugged.transport, err: error }, 'key cannot be used');
    } finally {
      stop();
    }
  }

  async #meet(
    plugged: PluggedKey,
    { connectionId, signal }: { connectionId: string; signal: AbortSignal },
  ): Promise<{ mark: MakersMark; key: ConnectedKey }> {
    const device = await plugged.open(signal);
    try {
      const mark = await this.#readMark(plugged, { device, signal });
      const facts = await readFacts(device, { signal, firmware: mark.firmware });
      const { transport, virtual } = plugged;
      const model = printable(plugged.model);
      return {
        mark,
        key: { connectionId, transport, model, serial: mark.serial, virtual, facts, tag: null },
      };
    } finally {
      await device.close().catch(() => undefined);
    }
  }

  async #readMark(
    plugged: PluggedKey,
    { device, signal }: { device: CtapDevice; signal: AbortSignal },
  ): Promise<MakersMark> {
    const driver = this.#options.drivers.find((candidate) => candidate.fits(plugged));
    if (driver === undefined) return { serial: null, firmware: null };
    try {
      return await driver.read(device, signal);
    } catch (error) {
      // A key is no less a key for keeping its serial number to itself.
      this.#options.log.info({ model: plugged.model, err: error }, 'serial number not read');
      return { serial: null, firmware: null };
    }
  }
}

/** A product name is the key's own text: no control characters, no more than the wire takes. */
function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim();
  return clean === '' ? 'Security key' : clean.slice(0, 128);
}
