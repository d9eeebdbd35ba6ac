import { DomainError, type DomainErrorCode } from '@keywarden/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { networkOf } from './networks.ts';
import { HttpRefusal } from './refusal.ts';
import type { RequestLimits } from './throttle.ts';

/** The client that somebody means to be, or whose transaction it is. */
export type ClientClue = { readonly clientId: string } | { readonly requestUri: string };

/** Counts over all server processes; storage has them. */
export interface FailedProofCounts {
  /** @returns how many there were in that minute, with this one */
  add(
    tenantId: string,
    proof: { readonly address: string; readonly client: ClientClue | null; readonly minute: Date },
  ): Promise<{
    readonly address: number;
    readonly client: { readonly clientId: string; readonly failures: number } | null;
  }>;
  clientOf(tenantId: string, clue: ClientClue): Promise<string | null>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What is being proven, while it is. */
    proof: Proof | null;
  }
  interface FastifyInstance {
    /**
     * Of a request whose body nobody here reads: a client means to prove who it is with it.
     *
     * @returns what it is told where nothing more is judged that comes for this client
     */
    clientIsNamed(request: FastifyRequest, clientId: string): Promise<HttpRefusal | null>;
  }
}

interface Proof {
  readonly tenantId: string;
  readonly network: string;
  /** A client has proven itself at this address. */
  readonly trusted: boolean;
  client: ClientClue | null;
}

interface Window {
  /** When the minute is over, in milliseconds. */
  until: number;
  /** As far as it was heard here. */
  failures: number;
  /** Proofs that are being looked at: each may yet be a wrong one. */
  pending: number;
}

const minute = 60_000;
/** Addresses and clients that are remembered: the least recently seen go first. */
const remembered = 20_000;

/** What is proven in the body; whatever an Authorization header proves is a proof everywhere. */
const provingPaths: ReadonlySet<string> = new Set([
  '/:tenant/authn/code',
  '/:tenant/authn/enroll',
  '/:tenant/authn/enroll/code',
  '/:tenant/authn/token',
  '/:tenant/authn/par',
  '/:tenant/authn/introspect',
  '/:tenant/authn/revoke',
  '/:tenant/authn/account/password',
  '/:tenant/authn/account/session',
  '/:tenant/authn/account/apps/:appId/confirmation',
  '/:tenant/api/v1/workstations',
]);
const tokenPath = '/:tenant/authn/token';

const wrong: ReadonlySet<DomainErrorCode> = new Set([
  'pairing-code-invalid',
  'account-sign-in-invalid',
  'one-time-code-wrong',
  'current-password-wrong',
]);

/**
 * Bounds how many wrong proofs (passwords, codes, assertions, secrets, tokens) come from one address, and for one client
 * from addresses at which no client has proven itself. They are counted in the database, over all server processes, and only
 * they: what proves something costs no look. A process hears of the others with the first wrong proof that it sees itself.
 */
export function limitFailedProofs(
  app: FastifyInstance,
  options: { readonly counts: FailedProofCounts; readonly now: () => number },
): void {
  const { throttle } = app;
  const bounds = new Bounds({ ...options, limits: throttle.limits });
  app.decorateRequest('proof', null);
  app.decorate('clientIsNamed', async ({ proof }: FastifyRequest, clientId: string) => {
    // Named in the header: it was asked about already.
    if (proof === null || proof.client !== null) return null;
    proof.client = { clientId };
    return bounds.everyClientIsServed(proof) ? null : bounds.refuseClient(proof);
  });
  // After the address was counted, before the guard looks for what is to be proven.
  app.addHook('preParsing', (request, reply, payload, done) => {
    const tenantId = tenantOf(request);
    if (tenantId === null || !isProof(request)) {
      done(null, payload);
      return;
    }
    const trusted = throttle.isProven(request.ip);
    const network = networkOf(request.ip);
    const refused = bounds.refuseAddress({ tenantId, network, trusted });
    if (refused !== null) {
      done(refused);
      return;
    }
    const proof: Proof = { tenantId, network, trusted, client: clientOfHeader(request) };
    request.proof = proof;
    const over = bounds.begin(proof);
    const { raw } = reply;
    // Also where nobody waited for the answer; then what it was does not matter: nobody who means well leaves so often.
    raw.once('close', () => {
      over();
      if (raw.writableFinished && !hasFailed(request, raw.statusCode)) return;
      void bounds.count(proof, (err) => request.log.warn({ err }, 'a wrong proof was counted here alone'));
    });
    done(null, payload);
  });
  app.addHook('preHandler', (request, _reply, done) => {
    const { proof } = request;
    if (proof === null) {
      done();
      return;
    }
    proof.client ??= clientOfTransaction(request.body);
    if (bounds.everyClientIsServed(proof)) done();
    else bounds.refuseClient(proof).then((refused) => done(refused ?? undefined), done);
  });
}

/** What this process knows of wrong proofs, and how it hears of more. */
class Bounds {
  readonly #counts: FailedProofCounts;
  readonly #now: () => number;
  readonly #perAddress: number;
  readonly #perClient: number;
  /** Insertion order is order of use. */
  readonly #addresses = new Map<string, Window>();
  readonly #clients = new Map<string, Window>();
  /** Until when some client is not served. */
  #exhaustedUntil = 0;

  constructor(options: {
    readonly counts: FailedProofCounts;
    readonly now: () => number;
    readonly limits: Pick<RequestLimits, 'failures' | 'clientFailures'>;
  }) {
    const { failures, clientFailures } = options.limits;
    this.#counts = options.counts;
    this.#now = options.now;
    this.#perAddress = failures === 0 ? Number.MAX_SAFE_INTEGER : failures;
    this.#perClient = clientFailures === 0 ? Number.MAX_SAFE_INTEGER : clientFailures;
  }

  refuseAddress(proof: Pick<Proof, 'tenantId' | 'network' | 'trusted'>): HttpRefusal | null {
    const { failures, pending, until } = this.#address(proof);
    const limit = proof.trusted ? this.#perClient : this.#perAddress;
    if (failures >= limit) return refusal('came from your address', until - this.#now());
    // Many at once must not get past the limit; a client's own back end asks for many people at once.
    if (proof.trusted || failures + pending < limit) return null;
    return refusal('came from your address', 1000);
  }

  /** @returns to be called when it is known how the proof came out */
  begin(proof: Proof): () => void {
    const window = this.#address(proof);
    window.pending += 1;
    return () => {
      window.pending -= 1;
    };
  }

  everyClientIsServed({ trusted, client }: Proof): boolean {
    return trusted || client === null || this.#now() >= this.#exhaustedUntil;
  }

  async refuseClient({ tenantId, client }: Proof): Promise<HttpRefusal | null> {
    const clientId = client === null ? null : await this.#counts.clientOf(tenantId, client);
    if (clientId === null) return null;
    const { failures, until } = this.#window(this.#clients, `${tenantId} ${clientId}`);
    return failures < this.#perClient ? null : refusal('were for this application', until - this.#now());
  }

  /** @param onFault is told why the other processes do not hear of it */
  async count(proof: Proof, onFault: (fault: unknown) => void): Promise<void> {
    const { tenantId, network, trusted, client } = proof;
    const address = this.#address(proof);
    address.failures += 1;
    try {
      const heard = await this.#counts.add(tenantId, {
        address: network,
        // Whoever would like to keep a client's users out can not do so where its own back end is.
        client: trusted ? null : client,
        minute: new Date(address.until - minute),
      });
      address.failures = Math.max(address.failures, heard.address);
      if (heard.client === null) return;
      const window = this.#window(this.#clients, `${tenantId} ${heard.client.clientId}`);
      window.failures = Math.max(window.failures, heard.client.failures);
      if (window.failures >= this.#perClient) {
        this.#exhaustedUntil = Math.max(this.#exhaustedUntil, window.until);
      }
    } catch (fault) {
      onFault(fault);
    }
  }

  #address({ tenantId, network }: Pick<Proof, 'tenantId' | 'network'>): Window {
    return this.#window(this.#addresses, `${tenantId} ${network}`);
  }

  /** The one of the minute of now. */
  #window(windows: Map<string, Window>, key: string): Window {
    const now = this.#now();
    const window = windows.get(key) ?? { until: 0, failures: 0, pending: 0 };
    if (window.until <= now) {
      window.until = Math.floor(now / minute) * minute + minute;
      window.failures = 0;
    }
    windows.delete(key);
    windows.set(key, window);
    for (const oldest of windows.keys()) {
      if (windows.size <= remembered) break;
      windows.delete(oldest);
    }
    return window;
  }
}

function refusal(of: string, milliseconds: number): HttpRefusal {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  return new HttpRefusal('rate-limited', `Too many wrong answers ${of}.`, {
    advice: `Wait ${seconds} seconds, then try again.`,
    particulars: { retryAfterSeconds: seconds },
  });
}

function tenantOf({ params }: FastifyRequest): string | null {
  if (typeof params !== 'object' || params === null || !('tenant' in params)) return null;
  return typeof params.tenant === 'string' ? params.tenant : null;
}

function isProof({ method, headers, routeOptions: { url } }: FastifyRequest): boolean {
  if (headers.authorization !== undefined) return true;
  return method !== 'GET' && method !== 'OPTIONS' && url !== undefined && provingPaths.has(url);
}

function hasFailed(
  { refusal: thrown, remark, routeOptions: { url } }: FastifyRequest,
  status: number,
): boolean {
  if (status === 401 || remark?.['refused'] === 'invalid_grant') return true;
  // RFC 6749 §5.2: invalid_grant; the provider has told it already.
  if (status === 400 && url === tokenPath) return true;
  return thrown instanceof DomainError && wrong.has(thrown.code);
}

/** RFC 6749 §2.3.1. */
function clientOfHeader({ headers: { authorization } }: FastifyRequest): ClientClue | null {
  const [, pair] = /^basic +([A-Za-z0-9+/]{1,1024}={0,2})$/i.exec(authorization ?? '') ?? [];
  if (pair === undefined) return null;
  const [name = ''] = Buffer.from(pair, 'base64').toString('utf8').split(':', 1);
  try {
    return { clientId: decodeURIComponent(name.replaceAll('+', ' ')).slice(0, 256) };
  } catch {
    return null;
  }
}

function clientOfTransaction(body: unknown): ClientClue | null {
  if (typeof body !== 'object' || body === null || !('request_uri' in body)) return null;
  const { request_uri: requestUri } = body;
  return typeof requestUri === 'string' && requestUri.length <= 512 ? { requestUri } : null;
}
