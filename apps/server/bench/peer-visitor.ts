import { createHmac } from 'node:crypto';
import pg from 'pg';
import { expectStatus, type WireAnswer, WireConnection } from './connection.ts';
import { assertion, type BenchKey, type RegistrationMaker } from './passkeys.ts';
import type { DatabasePlace } from './subject.ts';
import { credentialIdOf, userHandleOf } from './town.ts';

/** Users with a session each, and a passkey each of the same key, as in our own town. */
export async function settlePeer(
  place: DatabasePlace,
  { users, key }: { users: number; key: BenchKey },
): Promise<void> {
  const client = new pg.Client(place);
  await client.connect();
  try {
    await client.query('SET synchronous_commit = off');
    const numbers = `generate_series(0, ${users - 1}) AS n`;
    await client.query(
      `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
       SELECT 'user' || n, 'User ' || n, 'user' || n || '@bench.example', true, now(), now() FROM ${numbers}`,
    );
    await client.query(
      `INSERT INTO "session" (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
       SELECT 'session' || n, 'session-token-' || n, 'user' || n, now() + interval '1 day', now(), now() FROM ${numbers}`,
    );
    await client.query(
      `INSERT INTO "passkey" (id, "userId", "credentialID", "publicKey", counter, "deviceType", "backedUp", transports, "createdAt")
       SELECT 'passkey' || n, 'user' || n, rtrim(translate(encode(sha256(convert_to('credential ' || n, 'UTF8')), 'base64'), '+/', '-_'), '='),
              $1, 0, 'singleDevice', false, 'usb', now() FROM ${numbers}`,
      [Buffer.from(key.publicKey).toString('base64')],
    );
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

/** A browser's page at the peer: the same two jobs, as far as the peer has them. */
export class PeerVisitor {
  readonly #connection: WireConnection;
  readonly #origin: string;
  readonly #secret: string;
  readonly #key: BenchKey;
  readonly #registrations: RegistrationMaker;

  constructor(options: {
    readonly baseUrl: string;
    readonly secret: string;
    readonly key: BenchKey;
    readonly registrations: RegistrationMaker;
  }) {
    this.#connection = new WireConnection(options.baseUrl);
    this.#origin = options.baseUrl;
    this.#secret = options.secret;
    this.#key = options.key;
    this.#registrations = options.registrations;
  }

  close(): void {
    this.#connection.close();
  }

  /** Options and verification, for somebody whose session is there. */
  async enroll(number: number): Promise<void> {
    const token = `session-token-${number}`;
    const signature = createHmac('sha256', this.#secret).update(token).digest('base64');
    const session = `better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
    const offered = await this.#get('/generate-register-options', session);
    expectStatus(offered, 200, 'the options of the peer');
    const options = JSON.parse(offered.body) as { challenge: string; rp: { id: string } };
    const response = this.#registrations.make({
      challenge: options.challenge,
      rpId: options.rp.id,
      origin: this.#origin,
    });
    const verified = await this.#post('/verify-registration', `${session}; ${cookiesOf(offered)}`, {
      response,
    });
    expectStatus(verified, 200, 'the registration at the peer');
  }

  /** Challenge and assertion; ends with a session. */
  async signIn(number: number, signCount: number): Promise<void> {
    const asked = await this.#get('/generate-authenticate-options', null);
    expectStatus(asked, 200, 'the challenge of the peer');
    const { challenge, rpId = 'localhost' } = JSON.parse(asked.body) as { challenge: string; rpId?: string };
    const response = assertion(this.#key, {
      credentialId: credentialIdOf(number),
      userHandle: userHandleOf(number),
      challenge,
      rpId,
      origin: this.#origin,
      signCount,
    });
    const verified = await this.#post('/verify-authentication', cookiesOf(asked), { response });
    expectStatus(verified, 200, 'the assertion at the peer');
  }

  #get(path: string, cookie: string | null): Promise<WireAnswer> {
    const headers = cookie === null ? [] : [`Cookie: ${cookie}`];
    return this.#connection.send({ method: 'GET', path: `/api/auth/passkey${path}`, headers, body: '' });
  }

  #post(path: string, cookie: string, body: unknown): Promise<WireAnswer> {
    return this.#connection.send({
      method: 'POST',
      path: `/api/auth/passkey${path}`,
      headers: ['Content-Type: application/json', `Origin: ${this.#origin}`, `Cookie: ${cookie}`],
      body: JSON.stringify(body),
    });
  }
}

function cookiesOf({ headers }: WireAnswer): string {
  return (headers.get('set-cookie') ?? '')
    .split('\n')
    .map((line) => line.split(';', 1)[0])
    .join('; ');
}
