import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { read, Transaction } from './back-end-client.ts';
import type { Room } from './rig.ts';
import { password as passwordGrant } from './steps.ts';

/** A browser at somebody's account page: it keeps cookies and does what the page's script does. */
export class AccountBrowser {
  readonly cookies = new Map<string, string>();
  readonly #room: Room;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(room: Room, headers: Readonly<Record<string, string>> = {}) {
    this.#room = room;
    this.#headers = { 'user-agent': `Browser ${randomBytes(4).toString('hex')}`, ...headers };
  }

  async call(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}) {
    const response = await fetch(`${this.#room.issuer}/authn/account${path}`, {
      method,
      headers: {
        ...this.#headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return read(response);
  }

  /** Up to the portal. */
  async begin(loginHint?: string): Promise<Transaction> {
    const begun = await this.call(
      'POST',
      '/sign-in',
      loginHint === undefined ? {} : { login_hint: loginHint },
    );
    expect(begun.status, JSON.stringify(begun.body)).toBe(200);
    const requestUri = new URL(begun.body.location, this.#room.issuer).searchParams.get('request_uri') ?? '';
    return new Transaction(this.#room.issuer, requestUri);
  }

  /** What the portal does with a password; what it goes back to the page with. */
  async throughPortal(transaction: Transaction, username: string) {
    const proof = { ...passwordGrant, username, password: this.#room.passwords[username] };
    const proven = await transaction.call('/code', proof);
    expect(proven.status, JSON.stringify(proven.body)).toBe(200);
    const granted = await transaction.call('/code', {
      grant_type: 'code_request',
      authType: 'AT_EMPPWD',
      username,
    });
    expect(granted.status, JSON.stringify(granted.body)).toBe(200);
    const { code, state } = granted.body;
    return { code, state };
  }

  async signIn(username: string): Promise<void> {
    const answer = await this.throughPortal(await this.begin(username), username);
    expect(await this.call('POST', '/session', answer)).toMatchObject({ status: 200 });
  }

  async details() {
    const { status, body } = await this.call('GET', '/details');
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  }

  /** Within a transaction of its own, as the page does. */
  async enrollment(): Promise<Transaction> {
    const begun = await this.call('POST', '/passkeys', {});
    expect(begun.status, JSON.stringify(begun.body)).toBe(201);
    return new Transaction(this.#room.issuer, begun.body.request_uri);
  }
}
