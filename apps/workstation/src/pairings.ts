import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Pairing } from '@keywarden/api';
import type { Logger } from 'pino';
import { Compile } from 'typebox/compile';
import { isErrno, makePrivateFolder, readTextIfPresent, writeAtomically } from './atomic-file.ts';

const pairing = Compile(Pairing);

/**
 * What this workstation was paired with: one file for each issuer below `pairings/`. `pair` and `unpair` are other
 * processes, so what is here is compared with the folder at every use and read anew when it has changed: no restart,
 * no signal.
 */
export class Pairings {
  readonly #folder: string;
  readonly #log: Logger;
  #version: string | null = null;
  #byIssuer: ReadonlyMap<string, Pairing> = new Map();

  constructor(folder: string, log: Logger) {
    this.#folder = path.join(folder, 'pairings');
    this.#log = log;
  }

  async find(issuer: string): Promise<Pairing | null> {
    return (await this.#current()).get(issuer) ?? null;
  }

  async allowsOrigin(origin: string): Promise<boolean> {
    for (const { origins } of (await this.#current()).values()) if (origins.includes(origin)) return true;
    return false;
  }

  async issuers(): Promise<readonly string[]> {
    return [...(await this.#current()).keys()];
  }

  /** A second pairing with the same issuer replaces the first: rotated order keys, changed origins. */
  async put(next: Pairing): Promise<void> {
    await makePrivateFolder(this.#folder);
    await writeAtomically(this.#fileOf(next.issuer), `${JSON.stringify(next, null, 2)}\n`);
  }

  /** False where there was none. */
  async remove(issuer: string): Promise<boolean> {
    try {
      await rm(this.#fileOf(issuer));
      return true;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return false;
      throw error;
    }
  }

  #fileOf(issuer: string): string {
    return path.join(this.#folder, `${createHash('sha256').update(issuer).digest('hex')}.json`);
  }

  async #current(): Promise<ReadonlyMap<string, Pairing>> {
    const version = await this.#folderVersion();
    if (version !== this.#version) {
      this.#byIssuer = version === null ? new Map() : await this.#read();
      this.#version = version;
    }
    return this.#byIssuer;
  }

  /** Every write ends in a rename inside the folder, which moves the folder's own time. */
  async #folderVersion(): Promise<string | null> {
    try {
      const { mtimeMs, ctimeMs, ino } = await stat(this.#folder);
      // File systems stamp in steps of some milliseconds: two writes within one step look like one.
      const settled = Date.now() - mtimeMs > 100;
      return settled ? `${ino}:${mtimeMs}:${ctimeMs}` : `unsettled:${performance.now()}`;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null;
      throw error;
    }
  }

  async #read(): Promise<ReadonlyMap<string, Pairing>> {
    const found = new Map<string, Pairing>();
    for (const name of await readdir(this.#folder)) {
      if (name.startsWith('.') || !name.endsWith('.json')) continue;
      const file = path.join(this.#folder, name);
      const value = parse(await readTextIfPresent(file));
      // A damaged pairing pairs with nobody; the others keep working.
      if (pairing.Check(value) && this.#fileOf(value.issuer) === file) found.set(value.issuer, value);
      else this.#log.error({ file }, 'pairing file is damaged; pair again');
    }
    return found;
  }
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
