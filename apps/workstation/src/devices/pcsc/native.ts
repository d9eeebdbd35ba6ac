import koffi from 'koffi';
import { type PcscCard, type PcscContext, PcscError, type PcscLibrary, pcscCode } from './library.ts';

/** Widths of the C types and names of the functions: pcsc-lite, Apple's framework and Windows each have their own. */
interface Platform {
  readonly library: string;
  readonly dword: string;
  readonly long: string;
  readonly handle: string;
  /** Windows has its functions for 8-bit and 16-bit names. */
  readonly suffix: string;
  readonly atrLength: number;
  readonly packed: boolean;
}
const platforms: Partial<Readonly<Record<NodeJS.Platform, Platform>>> = {
  linux: {
    ...{ library: 'libpcsclite.so.1', dword: 'ulong', long: 'long', handle: 'long' },
    ...{ suffix: '', atrLength: 33, packed: false },
  },
  darwin: {
    library: '/System/Library/Frameworks/PCSC.framework/PCSC',
    ...{ dword: 'uint32_t', long: 'int32_t', handle: 'int32_t', suffix: '', atrLength: 33, packed: true },
  },
  win32: {
    ...{ library: 'winscard.dll', dword: 'uint32_t', long: 'int32_t', handle: 'uintptr_t' },
    ...{ suffix: 'A', atrLength: 36, packed: false },
  },
};

const scope = { system: 2 } as const;
const share = { exclusive: 1 } as const;
const protocols = { t0: 1, t1: 2 } as const;
const disposition = { unpower: 2 } as const;
const statePresent = 0x20;
const namesLimit = 16_384;
/** An extended response APDU. */
const responseLimit = 65_538;

type ArgumentType = string | ReturnType<typeof koffi.pointer> | ReturnType<typeof koffi.out>;
/** All calls run on koffi's threads: a card may take its time. */
type Call = (...values: readonly unknown[]) => Promise<void>;

/** @throws where the platform has no PC/SC library */
export function loadPcsc(name: NodeJS.Platform): PcscLibrary {
  const platform = platforms[name];
  if (platform === undefined) throw new Error(`no PC/SC on ${name}`);
  const { dword, handle, suffix } = platform;
  const library = koffi.load(platform.library);
  const define = platform.packed ? koffi.pack : koffi.struct;
  const state = define({
    szReader: 'const char *',
    pvUserData: 'void *',
    dwCurrentState: dword,
    dwEventState: dword,
    cbAtr: dword,
    rgbAtr: koffi.array('uint8_t', platform.atrLength),
  });
  const protocolHeader = define({ dwProtocol: dword, cbPciLength: dword });
  const out = (type: string) => koffi.out(koffi.pointer(type));

  const declare = (call: string, types: readonly ArgumentType[]): Call => {
    const native = library.func(call, platform.long, [...types]);
    return async (...values) => {
      const result = await new Promise<unknown>((resolve, reject) => {
        native.async(...values, (error: unknown, returned: unknown) =>
          error === null ? resolve(returned) : reject(error),
        );
      });
      // LONG is signed where it has 32 bits, and holds the same code unsigned where it has 64.
      const code = Number(result) >>> 0;
      if (code !== 0) throw new PcscError(call, code);
    };
  };
  const functions = {
    establish: declare('SCardEstablishContext', [dword, 'void *', 'void *', out(handle)]),
    release: declare('SCardReleaseContext', [handle]),
    list: declare(`SCardListReaders${suffix}`, [
      ...[handle, 'void *', 'uint8_t *'],
      koffi.inout(koffi.pointer(dword)),
    ]),
    status: declare(`SCardGetStatusChange${suffix}`, [
      ...[handle, dword],
      koffi.inout(koffi.pointer(state)),
      dword,
    ]),
    connect: declare(`SCardConnect${suffix}`, [
      ...[handle, 'const char *', dword, dword],
      ...[out(handle), out(dword)],
    ]),
    transmit: declare('SCardTransmit', [
      ...[handle, koffi.pointer(protocolHeader), 'uint8_t *', dword],
      ...['void *', 'uint8_t *', koffi.inout(koffi.pointer(dword))],
    ]),
    disconnect: declare('SCardDisconnect', [handle, dword]),
  };
  const protocolHeaderLength = koffi.sizeof(protocolHeader);
  return {
    establishContext: async () => {
      const context = [0];
      await functions.establish(scope.system, null, null, context);
      return new NativeContext(functions, { context: context[0], protocolHeaderLength });
    },
  };
}

type Functions = Readonly<
  Record<'release' | 'list' | 'status' | 'connect' | 'transmit' | 'disconnect', Call>
>;

class NativeContext implements PcscContext {
  readonly #functions: Functions;
  readonly #context: unknown;
  readonly #protocolHeaderLength: number;

  constructor(functions: Functions, of: { context: unknown; protocolHeaderLength: number }) {
    this.#functions = functions;
    this.#context = of.context;
    this.#protocolHeaderLength = of.protocolHeaderLength;
  }

  async readers(): Promise<readonly string[]> {
    const names = Buffer.alloc(namesLimit);
    const length = [names.length];
    try {
      await this.#functions.list(this.#context, null, names, length);
    } catch (error) {
      if (error instanceof PcscError && error.code === pcscCode.noReaders) return [];
      throw error;
    }
    // A list of C strings, ended by an empty one.
    return names
      .toString('utf8', 0, length[0] ?? 0)
      .split('\0')
      .filter((name) => name !== '');
  }

  async state(reader: string): Promise<{ present: boolean; events: number }> {
    const state = {
      szReader: reader,
      pvUserData: null,
      dwCurrentState: 0,
      dwEventState: 0,
      cbAtr: 0,
      rgbAtr: [],
    };
    // Current state "unaware" and no waiting: answers at once what is.
    await this.#functions.status(this.#context, 0, state, 1);
    const told = Number(state.dwEventState);
    return { present: (told & statePresent) !== 0, events: told >>> 16 };
  }

  async connect(reader: string): Promise<PcscCard> {
    const handle = [0];
    const active = [0];
    const wanted = protocols.t0 | protocols.t1;
    await this.#functions.connect(this.#context, reader, share.exclusive, wanted, handle, active);
    return new NativeCard(this.#functions, {
      handle: handle[0],
      header: { dwProtocol: Number(active[0]), cbPciLength: this.#protocolHeaderLength },
    });
  }

  release(): Promise<void> {
    return this.#functions.release(this.#context);
  }
}

class NativeCard implements PcscCard {
  readonly #functions: Functions;
  readonly #handle: unknown;
  readonly #header: { readonly dwProtocol: number; readonly cbPciLength: number };

  constructor(
    functions: Functions,
    of: { handle: unknown; header: { dwProtocol: number; cbPciLength: number } },
  ) {
    this.#functions = functions;
    this.#handle = of.handle;
    this.#header = of.header;
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    const response = Buffer.alloc(responseLimit);
    const length = [response.length];
    const { transmit } = this.#functions;
    await transmit(this.#handle, this.#header, Buffer.from(apdu), apdu.length, null, response, length);
    return new Uint8Array(response.subarray(0, Number(length[0])));
  }

  disconnect(): Promise<void> {
    return this.#functions.disconnect(this.#handle, disposition.unpower);
  }
}
