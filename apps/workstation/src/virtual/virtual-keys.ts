import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import type { Clock, CtapDevice, RandomBytes } from '@keywarden/fido2/ctap2';
import { openCtapHid } from '@keywarden/fido2/ctaphid';
import {
  createVirtualAttestationRoot,
  createVirtualAuthenticator,
  type VirtualAttestationRoot,
  type VirtualAuthenticator,
} from '@keywarden/fido2/virtual-authenticator';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  createAtomically,
  makePrivateFolder,
  readIfPresent,
  readTextIfPresent,
  writeAtomically,
} from '../atomic-file.ts';
import type { DeviceSource, PinSlip, PluggedKey } from '../devices/plugged-key.ts';
import { Hand } from './hand.ts';

export interface VirtualKeysOptions {
  /** Below the data folder of the service. */
  readonly folder: string;
  readonly count: number;
  /** Milliseconds until a key that blinks is touched. */
  readonly reaction: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly now: () => Date;
}

interface VirtualKey {
  readonly authenticator: VirtualAuthenticator;
  readonly hand: Hand;
  readonly slip: PinSlip;
  /** How often it was plugged in: each time is another connection. */
  insertion: number;
}

const rootSchema = Compile(Type.Object({ certificate: Type.String(), privateKey: Type.String() }));

/**
 * Software keys for development, demos and tests, attached by the flag alone: `VK-0001` and so on, each with its memory
 * in `VK-0001.state` and its PIN, as on a slip of paper, in `VK-0001.pin`.
 */
export class VirtualKeys implements DeviceSource {
  readonly name = 'virtual';
  readonly #keys: readonly VirtualKey[];
  readonly #options: VirtualKeysOptions;
  #listener: () => void = () => undefined;

  private constructor(keys: readonly VirtualKey[], options: VirtualKeysOptions) {
    this.#keys = keys;
    this.#options = options;
  }

  static async open(options: VirtualKeysOptions): Promise<VirtualKeys> {
    await makePrivateFolder(options.folder);
    const attestation = await openAttestationRoot(options);
    const numbers = Array.from({ length: options.count }, (_, index) => index + 1);
    const keys = await Promise.all(numbers.map((number) => openKey(number, { ...options, attestation })));
    return new VirtualKeys(keys, options);
  }

  async list(): Promise<readonly PluggedKey[]> {
    return this.#keys.filter(({ authenticator }) => authenticator.attached).map((key) => this.#plugged(key));
  }

  limitation(): string | null {
    return null;
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    for (const { authenticator } of this.#keys) if (authenticator.attached) authenticator.remove();
  }

  /** @param index 0 for VK-0001 */
  remove(index: number): void {
    this.#at(index).authenticator.remove();
    this.#listener();
  }

  attach(index: number): void {
    const key = this.#at(index);
    if (key.authenticator.attached) return;
    key.insertion += 1;
    key.authenticator.attach();
    this.#listener();
  }

  touch(index: number): void {
    this.#at(index).hand.touch();
  }

  /** The key waits until `touch`, or until it is given up. */
  holdTouch(index: number): void {
    this.#at(index).hand.hold();
  }

  /** As at the start. */
  autoTouch(index: number): void {
    this.#at(index).hand.release();
  }

  #at(index: number): VirtualKey {
    const key = this.#keys[index];
    if (key === undefined) throw new RangeError(`there is no virtual key ${index}`);
    return key;
  }

  #plugged({ authenticator, hand, slip, insertion }: VirtualKey): PluggedKey {
    return {
      handle: `${authenticator.serial}#${insertion}`,
      transport: 'virtual',
      model: authenticator.productName,
      virtual: true,
      vendorId: null,
      slip,
      open: (signal) => this.#open(authenticator, hand, signal),
    };
  }

  async #open(authenticator: VirtualAuthenticator, hand: Hand, signal: AbortSignal): Promise<CtapDevice> {
    const { clock, random } = this.#options;
    const connection = authenticator.connect();
    try {
      return hand.watch(await openCtapHid(connection, { clock, random, signal }));
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
}

async function openKey(
  number: number,
  options: VirtualKeysOptions & { readonly attestation: VirtualAttestationRoot },
): Promise<VirtualKey> {
  const { clock, random, attestation, folder } = options;
  const serial = `VK-${String(number).padStart(4, '0')}`;
  const file = path.join(folder, `${serial}.state`);
  const authenticator = await createVirtualAuthenticator({
    serial,
    store: { load: () => readIfPresent(file), save: (state) => writeAtomically(file, state) },
    clock,
    random,
    touch: 'manual',
    attestation,
  });
  const hand = new Hand(() => authenticator.press(), { clock, reaction: options.reaction });
  return { authenticator, hand, slip: slipAt(path.join(folder, `${serial}.pin`)), insertion: 1 };
}

function slipAt(file: string): PinSlip {
  return {
    read: () => readTextIfPresent(file),
    write: (pin) => (pin === null ? rm(file, { force: true }) : writeAtomically(file, pin)),
  };
}

/** One certification authority for each data folder: nothing that one demo trusts is worth anything in another. */
async function openAttestationRoot({
  folder,
  random,
  now,
}: VirtualKeysOptions): Promise<VirtualAttestationRoot> {
  const file = path.join(folder, 'attestation-root.json');
  let text = await readTextIfPresent(file);
  if (text === null) {
    const { certificate, privateKey } = createVirtualAttestationRoot({ random, now: now() });
    const made = { certificate: toBase64Url(certificate), privateKey: toBase64Url(privateKey) };
    await createAtomically(file, JSON.stringify(made));
    text = JSON.stringify(made);
  }
  const value: unknown = JSON.parse(text);
  if (!rootSchema.Check(value)) throw new Error(`${file} is damaged. Remove the folder of the virtual keys.`);
  return { certificate: fromBase64Url(value.certificate), privateKey: fromBase64Url(value.privateKey) };
}
