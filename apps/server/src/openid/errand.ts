import { AsyncLocalStorage } from 'node:async_hooks';
import type { OpenIdRecord, RequestOrigin, User } from '@keywarden/domain';
import type { StandIn } from './bearer.ts';

/** What is consumed with the next record that is kept, in one transaction. */
export interface Consumption {
  readonly model: string;
  readonly id: string;
}

/** Told of the client before what it proves itself by is looked at; throws what the client is told instead. */
export type Meet = (clientId: string) => Promise<void>;

/** What is known of a request before the provider has it. */
export interface Outside {
  readonly from: RequestOrigin;
  readonly standIn: StandIn | null;
  readonly meet: Meet | null;
}

/**
 * One request at a provider, or one piece of work with it. The provider looks for a code, its grant and its user one after
 * the other, and consumes the code before it keeps what it gives for it: here it is remembered what came along, and what is
 * to be written together.
 */
export class Errand {
  readonly grants = new Map<string, Readonly<Record<string, unknown>>>();
  readonly accounts = new Map<string, User>();
  consuming: Consumption | null = null;
  /** The initial access token that was presented: used up by the client that it registers. */
  admission: Consumption | null = null;
  /** The client of the request said who it is, and the provider took it. */
  authenticated = false;
  /** What would be kept is given back instead, where somebody else keeps it. */
  readonly collected: OpenIdRecord[] | null;

  readonly from: RequestOrigin;
  /** The client that has proven who it is in a way that the provider does not know. */
  readonly standIn: StandIn | null;
  #meet: Meet | null;

  constructor(
    options: { readonly collected: OpenIdRecord[] | null } & Pick<Outside, 'from'> & Partial<Outside>,
  ) {
    this.collected = options.collected;
    this.from = options.from;
    this.standIn = options.standIn ?? null;
    this.#meet = options.meet ?? null;
  }

  /** A client was looked up that has something to prove: the first one of a request is the one that sent it. */
  async meet(clientId: string): Promise<void> {
    const meet = this.#meet;
    this.#meet = null;
    await meet?.(clientId);
  }

  takeConsumption(): Consumption | null {
    const { consuming } = this;
    this.consuming = null;
    return consuming;
  }
}

/** Of what no request asked for. */
export const nowhere: RequestOrigin = { requestId: null, clientIp: null };

const current = new AsyncLocalStorage<Errand>();

export function currentErrand(): Errand | undefined {
  return current.getStore();
}

/** What the provider would keep while `work` runs is given back instead, to be kept together with something else. */
export async function collecting<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly records: readonly OpenIdRecord[] }> {
  const records: OpenIdRecord[] = [];
  return { result: await current.run(new Errand({ collected: records, from: nowhere }), work), records };
}

/**
 * @param options.finish is told what was consumed and nothing given for it
 * @returns whether a client authenticated, in whatever way
 */
export async function onErrand(
  work: () => Promise<void>,
  { finish, ...outside }: Outside & { readonly finish: (consumption: Consumption) => Promise<void> },
): Promise<boolean> {
  const errand = new Errand({ collected: null, ...outside });
  try {
    await current.run(errand, work);
  } finally {
    const left = errand.takeConsumption();
    if (left !== null) await finish(left);
  }
  return errand.authenticated;
}
