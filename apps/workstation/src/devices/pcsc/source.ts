import { type Clock, type CtapDevice, DeviceError } from '@keywarden/fido2/ctap2';
import { openCardCtap } from '@keywarden/fido2/iso7816';
import type { Logger } from 'pino';
import type { DeviceSource, PluggedKey } from '../plugged-key.ts';
import { PcscConnection } from './connection.ts';
import { type PcscContext, PcscError, type PcscLibrary, pcscCode } from './library.ts';

/**
 * A YubiKey on USB is a reader with itself in it; its FIDO applet is reached by USB HID, where it is listed already.
 * The same key on an NFC reader has that reader's name.
 */
const listedByHid = /^Yubico Yubi/i;
const lostDaemon: readonly number[] = [pcscCode.noService, pcscCode.serviceStopped, pcscCode.invalidHandle];
/** Milliseconds for a card's first answer. */
const patience = 3_000;

export interface PcscSourceOptions {
  /** @throws where the platform's library is missing */
  readonly load: () => Promise<PcscLibrary>;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Insertion {
  readonly reader: string;
  readonly handle: string;
}

/** Keys on contactless and contact readers. Without library or daemon there are none, and the operator is told why. */
export class PcscSource implements DeviceSource {
  readonly name = 'pcsc';
  readonly #options: PcscSourceOptions;
  #library: PcscLibrary | 'missing' | null = null;
  #context: PcscContext | null = null;
  #limitation: string | null = null;
  /** Cards that were asked once: other people's badges are left alone after that. */
  #asked: ReadonlyMap<string, 'fido' | 'other'> = new Map();

  constructor(options: PcscSourceOptions) {
    this.#options = options;
  }

  limitation(): string | null {
    return this.#limitation;
  }

  /** Nobody tells; see the registry. */
  onChange(): void {}

  async close(): Promise<void> {
    await this.#forgetContext();
  }

  async list(): Promise<readonly PluggedKey[]> {
    const library = await this.#load();
    if (library === null) return [];
    try {
      this.#context ??= await library.establishContext();
      const insertions = await this.#insertions(this.#context);
      this.#limitation = null;
      return await this.#keysAmong(library, insertions);
    } catch (error) {
      if (!(error instanceof PcscError)) throw error;
      await this.#forgetContext();
      this.#limitation = noDaemon(this.#options.platform);
      if (!lostDaemon.includes(error.code)) throw error;
      return [];
    }
  }

  async #load(): Promise<PcscLibrary | null> {
    if (this.#library === 'missing') return null;
    try {
      this.#library ??= await this.#options.load();
      return this.#library;
    } catch (error) {
      this.#library = 'missing';
      this.#limitation = noLibrary(this.#options.platform);
      this.#options.log.warn({ err: error }, 'smart card readers cannot be seen: no PC/SC library');
      return null;
    }
  }

  async #insertions(context: PcscContext): Promise<readonly Insertion[]> {
    const found: Insertion[] = [];
    for (const reader of await context.readers()) {
      if (listedByHid.test(reader)) continue;
      const { present, events } = await context.state(reader);
      if (present) found.push({ reader, handle: `${reader}#${events}` });
    }
    return found;
  }

  async #keysAmong(library: PcscLibrary, insertions: readonly Insertion[]): Promise<readonly PluggedKey[]> {
    const asked = new Map<string, 'fido' | 'other'>();
    for (const { reader, handle } of insertions) {
      const known = this.#asked.get(handle) ?? (await this.#ask(library, reader));
      if (known !== null) asked.set(handle, known);
    }
    this.#asked = asked;
    return insertions
      .filter(({ handle }) => asked.get(handle) === 'fido')
      .map((insertion) => this.#pluggedKey(library, insertion));
  }

  /** null where it could not be asked just now: another program uses the card. */
  async #ask(library: PcscLibrary, reader: string): Promise<'fido' | 'other' | null> {
    const ending = new AbortController();
    const stop = this.#options.clock.after(patience, () => ending.abort(new Error('the card is silent')));
    try {
      const device = await this.#open(library, reader, ending.signal);
      await device.close();
      return 'fido';
    } catch (error) {
      this.#options.log.debug({ reader, err: error }, 'card is no key, or not now');
      return error instanceof DeviceError && error.code === 'unsupported' ? 'other' : null;
    } finally {
      stop();
    }
  }

  #pluggedKey(library: PcscLibrary, { reader, handle }: Insertion): PluggedKey {
    return {
      handle,
      transport: 'pcsc',
      // A card has no product name of its own.
      model: `Key on ${reader.replace(/( \d\d)+$/, '')}`,
      virtual: false,
      vendorId: null,
      slip: null,
      open: (signal) => this.#open(library, reader, signal),
    };
  }

  /** In a context of its own: a card that thinks does not hold up the list of the others. */
  async #open(library: PcscLibrary, reader: string, signal: AbortSignal): Promise<CtapDevice> {
    signal.throwIfAborted();
    const context = await library.establishContext();
    let connection: PcscConnection | null = null;
    try {
      connection = new PcscConnection(await context.connect(reader), context);
      return await openCardCtap(connection, { clock: this.#options.clock, signal });
    } catch (error) {
      await (connection ?? { close: () => context.release() }).close();
      throw told(error);
    }
  }

  async #forgetContext(): Promise<void> {
    const context = this.#context;
    this.#context = null;
    await context?.release().catch(() => undefined);
  }
}

function told(error: unknown): unknown {
  if (!(error instanceof PcscError)) return error;
  const busy = error.code === pcscCode.sharingViolation;
  return busy
    ? new DeviceError('busy', 'another program uses the card', { cause: error })
    : new DeviceError('transport-failed', 'the card could not be reached', { cause: error });
}

function noLibrary(platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? 'Keys on card readers cannot be seen: the system library libpcsclite is missing. Install it (Debian and Ubuntu: apt install libpcsclite1 pcscd) and restart the workstation service.'
    : 'Keys on card readers cannot be seen: this system has no PC/SC library.';
}

function noDaemon(platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? 'Keys on card readers cannot be seen: the PC/SC daemon is not running. Install or start it (Debian and Ubuntu: apt install pcscd; systemctl start pcscd.socket).'
    : 'Keys on card readers cannot be seen: the smart card service is not running. Start it.';
}
