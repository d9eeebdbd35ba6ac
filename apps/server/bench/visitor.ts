import { createHash, randomBytes } from 'node:crypto';
import { expectStatus, type WireAnswer, WireConnection } from './connection.ts';
import { assertion, type RegistrationMaker } from './passkeys.ts';
import {
  credentialIdOf,
  fidoTenant,
  password,
  passwordTenant,
  redirectUri,
  type Town,
  userHandleOf,
  usernameOf,
} from './town.ts';

export type CallName =
  | 'par'
  | 'flow'
  | 'challenge'
  | 'assertion'
  | 'code'
  | 'token'
  | 'protection'
  | 'options'
  | 'register';

/** Is told every call with the milliseconds that it took. */
export type CallObserver = (call: CallName, milliseconds: number) => void;

interface Transaction {
  readonly requestUri: string;
  readonly verifier: string;
  readonly number: number;
  token: string | null;
}

const formType = 'Content-Type: application/x-www-form-urlencoded';
const jsonType = 'Content-Type: application/json';

/** A back-end client on one connection, that knows the specification alone; it speaks for whatever user is asked. */
export class Visitor {
  readonly #town: Town;
  readonly #tenant: string;
  readonly #connection: WireConnection;
  readonly #registrations: RegistrationMaker;
  readonly #observe: CallObserver;
  readonly #basic: string;
  readonly #clientId: string;

  constructor(options: {
    readonly town: Town;
    readonly tenant: string;
    readonly address: string;
    readonly registrations: RegistrationMaker;
    readonly observe: CallObserver;
  }) {
    this.#town = options.town;
    this.#tenant = options.tenant;
    this.#registrations = options.registrations;
    this.#observe = options.observe;
    this.#connection = new WireConnection(options.address);
    const client = options.town.clients[options.tenant];
    if (client === undefined) throw new Error(`the tenant ${options.tenant} has no client`);
    this.#clientId = client.clientId;
    this.#basic = `Authorization: Basic ${Buffer.from(`${client.clientId}:${client.secret}`).toString('base64')}`;
  }

  close(): void {
    this.#connection.close();
  }

  /** PAR, flow, challenge, assertion, code, token. */
  async signIn(number: number, signCount: number): Promise<void> {
    const transaction = await this.push(number);
    await this.flow(transaction);
    await this.prove(transaction, signCount);
    const username = usernameOf(number);
    const issued = await this.#call(transaction, 'code', '/code', {
      grant_type: 'code_request',
      authType: 'AT_FIDO',
      username,
    });
    expectStatus(issued, 200, 'code_request');
    const { code } = JSON.parse(issued.body) as { code: string };
    const tokens = await this.#send('token', {
      method: 'POST',
      path: `/${this.#tenant}/authn/token`,
      headers: [formType, this.#basic],
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: transaction.verifier,
      }).toString(),
    });
    expectStatus(tokens, 200, 'token');
  }

  /** A new transaction. */
  async push(number: number): Promise<Transaction> {
    const verifier = randomBytes(32).toString('base64url');
    const pushed = await this.#send('par', {
      method: 'POST',
      path: `/${this.#tenant}/authn/par`,
      headers: [formType, this.#basic],
      body: new URLSearchParams({
        response_type: 'code',
        client_id: this.#clientId,
        redirect_uri: redirectUri,
        scope: 'openid',
        state: randomBytes(16).toString('base64url'),
        nonce: randomBytes(16).toString('base64url'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString(),
    });
    expectStatus(pushed, 201, 'PAR');
    const { request_uri: requestUri } = JSON.parse(pushed.body) as { request_uri: string };
    return { requestUri, verifier, number, token: null };
  }

  async flow(transaction: Transaction): Promise<void> {
    const flow = await this.#call(transaction, 'flow', '/flow', { username: usernameOf(transaction.number) });
    expectStatus(flow, 200, 'flow');
  }

  /** Challenge and assertion. */
  async prove(transaction: Transaction, signCount: number): Promise<void> {
    const { number } = transaction;
    const member = { authType: 'AT_FIDO', username: usernameOf(number) };
    const asked = await this.#call(transaction, 'challenge', '/code', {
      grant_type: 'fido_challenge',
      ...member,
    });
    expectStatus(asked, 200, 'fido_challenge');
    const { challenge } = JSON.parse(asked.body) as { challenge: string };
    const { key, origin, rpId } = this.#town;
    const proven = await this.#call(transaction, 'assertion', '/code', {
      grant_type: 'password',
      ...member,
      password: assertion(key, {
        credentialId: credentialIdOf(number),
        userHandle: userHandleOf(number),
        challenge,
        rpId,
        origin,
        signCount,
      }),
    });
    expectStatus(proven, 200, 'the assertion');
  }

  async provePassword(transaction: Transaction): Promise<void> {
    const proven = await this.#call(transaction, 'protection', '/enroll/code', {
      grant_type: 'password',
      authType: 'AT_EMPPWD',
      username: usernameOf(transaction.number),
      password,
    });
    expectStatus(proven, 200, 'the password');
  }

  /** Options and register. */
  async enroll(transaction: Transaction): Promise<void> {
    const member = { authType: 'AT_FIDO', username: usernameOf(transaction.number) };
    const offered = await this.#call(transaction, 'options', '/enroll/fido', {
      enroll_step: 'getcredentialoptions',
      ...member,
    });
    expectStatus(offered, 200, 'getcredentialoptions');
    const { publicKeyCredentialOptions: options } = JSON.parse(offered.body) as {
      publicKeyCredentialOptions: { challenge: string; rp: { id: string } };
    };
    const registered = await this.#call(transaction, 'register', '/enroll/fido', {
      enroll_step: 'registercredential',
      ...member,
      credential: this.#registrations.make({
        challenge: options.challenge,
        rpId: options.rp.id,
        origin: this.#town.origin,
      }),
    });
    expectStatus(registered, 201, 'registercredential');
  }

  async #call(
    transaction: Transaction,
    name: CallName,
    path: string,
    members: Readonly<Record<string, unknown>>,
  ): Promise<WireAnswer> {
    const answer = await this.#send(name, {
      method: 'POST',
      path: `/${this.#tenant}/authn${path}`,
      headers: [jsonType, ...(transaction.token === null ? [] : [`server-csrf-token: ${transaction.token}`])],
      body: JSON.stringify({ request_uri: transaction.requestUri, ...members }),
    });
    transaction.token = answer.headers.get('server-csrf-token') ?? transaction.token;
    return answer;
  }

  async #send(name: CallName, request: Parameters<WireConnection['send']>[0]): Promise<WireAnswer> {
    const began = performance.now();
    const answer = await this.#connection.send(request);
    this.#observe(name, performance.now() - began);
    return answer;
  }
}

export type { Transaction };
export { fidoTenant, passwordTenant };
