import { networkOf } from './networks.ts';
import { HttpRefusal } from './refusal.ts';

/** Requests a minute that this process takes, unless it says otherwise; 0: any number. */
export interface RequestLimits {
  /** Of one address of which nothing is known; an office behind one address is many people. */
  readonly address: number;
  /** Of an address at which a client has proven who it is a short while ago: a back end speaks for all of its users. */
  readonly client: number;
  /** Steps that name one and the same user of a tenant, from wherever they come. */
  readonly user: number;
  /** Wrong proofs from one address, at one tenant; over all processes. */
  readonly failures: number;
  /**
   * Wrong proofs for one client, from all addresses where none has proven who it is; and from one address where a client has.
   * Over all processes.
   */
  readonly clientFailures: number;
}

/** A page load is about thirty requests, a sign-in six; of a hundred who type their password, five mistype it. */
export const usualLimits: RequestLimits = {
  address: 12_000,
  client: 600_000,
  user: 300,
  failures: 120,
  clientFailures: 6_000,
};

const minute = 60_000;
/** Milliseconds for which a client's proof holds for its address. */
const proofLifetime = 5 * minute;
/** Addresses, and users, that are remembered: the least recently seen go first. */
const remembered = 20_000;
/** So often an address is told 429 in the shape that its client knows; then it is no longer listened to in that minute. */
const patience = 100;

declare module 'fastify' {
  interface FastifyInstance {
    throttle: Throttle;
  }
}

/**
 * Keeps one address or one name from taking the server for itself. In memory, and so each process for itself; wrong proofs
 * are counted in the database, over all of them: failed-proofs.ts.
 */
export class Throttle {
  readonly limits: RequestLimits;
  readonly #now: () => number;
  /** Insertion order is order of use. */
  readonly #clients = new Map<string, number>();
  readonly #users = new Map<string, { began: number; count: number }>();
  /** Networks of one address that were told 429, until when, and how often. */
  readonly #refused = new Map<string, { until: number; times: number }>();
  readonly #onFlood: (address: string) => void;

  /** @param onFlood is told each address that is no longer listened to, once a minute */
  constructor(limits: RequestLimits, now: () => number, onFlood: (address: string) => void = () => {}) {
    this.limits = limits;
    this.#now = now;
    this.#onFlood = onFlood;
  }

  /** A client proved who it is by its secret or its token, from this address. */
  clientProven(address: string): void {
    remember(this.#clients, address, this.#now());
  }

  /** A client did, a short while ago. */
  isProven(address: string): boolean {
    const proven = this.#clients.get(address);
    return proven !== undefined && this.#now() - proven < proofLifetime;
  }

  /** How many requests a minute the address may send. */
  maximumOf(address: string): number {
    const { client, address: usual } = this.limits;
    if (!this.isProven(address)) return usual;
    return client === 0 ? Number.MAX_SAFE_INTEGER : client;
  }

  /**
   * What an address is told that sent too many.
   *
   * @param options.milliseconds until it may ask again
   * @param options.connectedFrom where its connection ends: another address where a proxy speaks for it; undefined where it
   * is to be heard elsewhere
   */
  refuseAddress(options: {
    readonly address: string;
    readonly connectedFrom: string | undefined;
    readonly milliseconds: number;
  }): HttpRefusal {
    const { address, milliseconds } = options;
    // Never the proxy, which speaks for others, too.
    if (options.connectedFrom !== undefined) this.#countRefusal(address, milliseconds);
    const seconds = Math.ceil(milliseconds / 1000);
    return new HttpRefusal('rate-limited', 'Too many requests came from your address.', {
      advice: `Wait ${seconds} seconds, then try again.`,
      particulars: { retryAfterSeconds: seconds },
    });
  }

  #countRefusal(address: string, milliseconds: number): void {
    const now = this.#now();
    const network = networkOf(address);
    const known = this.#refused.get(network);
    const refused =
      known !== undefined && known.until > now ? known : { until: now + milliseconds, times: 0 };
    refused.times += 1;
    remember(this.#refused, network, refused);
    if (refused.times === patience) this.#onFlood(address);
  }

  /** Nobody was told 429 of late. */
  get calm(): boolean {
    return this.#refused.size === 0;
  }

  /** Milliseconds for which whoever connects from there, or has a proxy speak, is not listened to; 0: not at all. */
  floodOf(connectedFrom: string | undefined): number {
    if (this.#refused.size === 0 || connectedFrom === undefined) return 0;
    const network = networkOf(connectedFrom);
    const refused = this.#refused.get(network);
    if (refused === undefined) return 0;
    const rest = refused.until - this.#now();
    if (rest <= 0) this.#refused.delete(network);
    return refused.times >= patience ? Math.max(0, rest) : 0;
  }

  /** @throws HttpRefusal `rate-limited` */
  admitUser(tenantId: string, username: string): void {
    const { user: limit } = this.limits;
    if (limit === 0) return;
    const key = `${tenantId} ${username}`;
    const now = this.#now();
    const known = this.#users.get(key);
    const window = known === undefined || now - known.began >= minute ? { began: now, count: 0 } : known;
    window.count += 1;
    remember(this.#users, key, window);
    if (window.count <= limit) return;
    const seconds = Math.ceil((window.began + minute - now) / 1000);
    throw new HttpRefusal('rate-limited', 'Too many requests came for one user.', {
      advice: `Wait ${seconds} seconds, then try again.`,
      particulars: { retryAfterSeconds: seconds },
    });
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= remembered) break;
    map.delete(oldest);
  }
}
