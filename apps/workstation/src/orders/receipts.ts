import path from 'node:path';
import {
  Nullable,
  type OrderResult,
  type PendingReceipts,
  type ReceiptClaims,
  receiptType,
} from '@keywarden/api';
import { CompactSign } from 'jose';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { makePrivateFolder, readTextIfPresent, writeAtomically } from '../atomic-file.ts';
import type { Identity } from '../identity.ts';

/** Receipts kept for pages that went away; beyond it the oldest goes. */
const limit = 100;

const Kept = Type.Array(
  Type.Object({
    issuer: Type.String(),
    jti: Type.String(),
    action: Type.String(),
    device: Nullable(Type.String()),
    receipt: Type.String(),
  }),
);
const kept = Compile(Kept);
type KeptReceipts = Readonly<Static<typeof Kept>>;

export interface ReceiptContents {
  /** The order's `iss`. */
  readonly issuer: string;
  readonly jti: string;
  /** Connection id that the order named. */
  readonly device: string | null;
  readonly result: OrderResult;
}

/**
 * What was done, signed by this workstation, and kept in `receipts.json` until a page says that the server has it: a page
 * reloaded in the middle loses nothing.
 */
export class Receipts {
  readonly #file: string;
  readonly #identity: Identity;
  readonly #now: () => Date;
  #kept: KeptReceipts;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, identity: Identity, state: { now: () => Date; kept: KeptReceipts }) {
    this.#file = file;
    this.#identity = identity;
    this.#now = state.now;
    this.#kept = state.kept;
  }

  static async open(folder: string, identity: Identity, now: () => Date): Promise<Receipts> {
    await makePrivateFolder(folder);
    const file = path.join(folder, 'receipts.json');
    const text = await readTextIfPresent(file);
    const value: unknown = text === null ? [] : JSON.parse(text);
    if (!kept.Check(value))
      throw new Error(`${file} is damaged. Remove it to go on without unsent receipts.`);
    return new Receipts(file, identity, { now, kept: value });
  }

  /** Signs; does not keep. */
  async sign(contents: ReceiptContents): Promise<string> {
    const claims: ReceiptClaims = {
      iss: this.#identity.workstationId,
      aud: contents.issuer,
      jti: contents.jti,
      iat: Math.floor(this.#now().getTime() / 1000),
      result: contents.result,
    };
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', typ: receiptType, kid: this.#identity.workstationId })
      .sign(this.#identity.privateKey);
  }

  /** Signs, and keeps it on disk before any page hears of it. */
  async signAndKeep(contents: ReceiptContents): Promise<string> {
    const receipt = await this.sign(contents);
    const { issuer, jti, device, result } = contents;
    this.#kept = [...this.#kept, { issuer, jti, action: result.action, device, receipt }].slice(-limit);
    await this.#write();
    return receipt;
  }

  /** One tenant's; another's are none of this page's business. */
  list(issuer: string): PendingReceipts {
    return {
      receipts: this.#kept
        .filter((entry) => entry.issuer === issuer)
        .map(({ jti, action, device, receipt }) => ({ jti, action, device, receipt })),
    };
  }

  /** A second time is no error: the answer to the first may have been lost. */
  async acknowledge(issuer: string, jti: string): Promise<void> {
    const rest = this.#kept.filter((entry) => entry.issuer !== issuer || entry.jti !== jti);
    if (rest.length === this.#kept.length) return;
    this.#kept = rest;
    await this.#write();
  }

  #write(): Promise<void> {
    const next = this.#writing
      .catch(() => undefined)
      .then(() => writeAtomically(this.#file, JSON.stringify(this.#kept)));
    this.#writing = next;
    return next;
  }
}
