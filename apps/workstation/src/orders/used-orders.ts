import path from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { makePrivateFolder, readTextIfPresent, writeAtomically } from '../atomic-file.ts';
import { WorkstationFailure } from '../failure.ts';
import { clockSkew } from './verify-order.ts';

/** Far above what hands and keys can do within the lifetime of an order; a signer that floods us is told to stop. */
const limit = 5_000;

const schema = Compile(Type.Record(Type.String({ maxLength: 64 }), Type.Integer()));

/**
 * Which orders were carried out, until they expire anyway: `used-orders.json`, `{ "<jti>": <exp> }`. An order is
 * entered, on disk, before it has any effect, so that a crash can't make it good again.
 */
export class UsedOrders {
  readonly #file: string;
  readonly #now: () => Date;
  readonly #expiryByJti: Map<string, number>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, now: () => Date, expiryByJti: Map<string, number>) {
    this.#file = file;
    this.#now = now;
    this.#expiryByJti = expiryByJti;
  }

  static async open(folder: string, now: () => Date): Promise<UsedOrders> {
    await makePrivateFolder(folder);
    const file = path.join(folder, 'used-orders.json');
    return new UsedOrders(file, now, await read(file));
  }

  /** Enters the order once. @throws WorkstationFailure ORDER_USED the second time, before and after a restart */
  async use(order: { readonly jti: string; readonly expiresAt: number }): Promise<void> {
    this.#forgetExpired();
    // No await between the look and the entry: of two at the same moment one loses.
    if (this.#expiryByJti.has(order.jti)) throw new WorkstationFailure('ORDER_USED');
    if (this.#expiryByJti.size >= limit) {
      throw new WorkstationFailure('INTERNAL', {
        message: 'The server sends too many orders at once. Nothing was done; try again in two minutes.',
      });
    }
    this.#expiryByJti.set(order.jti, order.expiresAt);
    await this.#write();
  }

  #forgetExpired(): void {
    const seconds = this.#now().getTime() / 1000;
    // One second more than verification allows: no instant in which neither of the two refuses it.
    for (const [jti, exp] of this.#expiryByJti) {
      if (seconds > exp + clockSkew + 1) this.#expiryByJti.delete(jti);
    }
  }

  #write(): Promise<void> {
    const next = this.#writing
      .catch(() => undefined)
      .then(() => writeAtomically(this.#file, JSON.stringify(Object.fromEntries(this.#expiryByJti))));
    this.#writing = next;
    return next;
  }
}

async function read(file: string): Promise<Map<string, number>> {
  const text = await readTextIfPresent(file);
  const value: unknown = JSON.parse(text ?? '{}');
  // Starting without the list would make used orders good again: better not to start.
  if (!schema.Check(value)) throw new Error(`${file} is damaged. Remove it two minutes after the last use.`);
  return new Map(Object.entries(value));
}
