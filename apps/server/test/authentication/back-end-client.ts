import { createHash, randomBytes } from 'node:crypto';

/**
 * A back-end client as a third party would write it from the specification: plain fetch, nothing of ours. It knows its own
 * id and secret and the issuer, and of a transaction it holds `request_uri` and the newest `server-csrf-token`.
 */
export interface BackEndClient {
  readonly clientId: string;
  readonly secret: string;
  readonly redirectUri: string;
  readonly issuer: string;
}

export interface Reply {
  readonly status: number;
  readonly token: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: a client written from the specification trusts its shapes
  readonly body: any;
  readonly headers: Headers;
}

export interface Pushed {
  readonly requestUri: string;
  readonly codeVerifier: string;
  readonly nonce: string;
  readonly state: string;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
export async function discover(issuer: string): Promise<any> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  if (!response.ok) throw new Error(`discovery answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export function basic({ clientId, secret }: BackEndClient): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`;
}

export async function post(url: string, init: { headers?: Record<string, string>; body: string }) {
  return read(await fetch(url, { method: 'POST', headers: init.headers ?? {}, body: init.body }));
}

export function form(members: Record<string, string>): string {
  return new URLSearchParams(members).toString();
}

export const formType = { 'content-type': 'application/x-www-form-urlencoded' };
export const jsonType = { 'content-type': 'application/json' };

export async function pushRequest(
  client: BackEndClient,
  extra: Record<string, string> = {},
): Promise<Pushed> {
  const codeVerifier = randomBytes(32).toString('base64url');
  const nonce = randomBytes(16).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const metadata = await discover(client.issuer);
  const reply = await post(metadata.pushed_authorization_request_endpoint, {
    headers: { ...formType, authorization: basic(client) },
    body: form({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      scope: 'openid',
      nonce,
      state,
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...extra,
    }),
  });
  if (reply.status !== 201) throw new Error(`PAR answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return { requestUri: reply.body.request_uri, codeVerifier, nonce, state };
}

/** One run through the service: every call names the request_uri and brings the newest token. */
export class Transaction {
  readonly base: string;
  readonly requestUri: string;
  token: string | null = null;

  constructor(issuer: string, requestUri: string) {
    this.base = `${issuer}/authn`;
    this.requestUri = requestUri;
  }

  async call(
    path: string,
    members: Record<string, unknown>,
    options: {
      as?: 'json' | 'form' | 'json labelled form' | 'query';
      method?: string;
      token?: string | null;
      acceptLanguage?: string;
    } = {},
  ): Promise<Reply> {
    const { as = 'json', token = this.token } = options;
    const method = options.method ?? (as === 'query' ? 'GET' : 'POST');
    const all = { request_uri: this.requestUri, ...members };
    const texts = Object.fromEntries(
      Object.entries(all).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
    const url = `${this.base}${path}${as === 'query' ? `?${form(texts)}` : ''}`;
    const body = as === 'query' ? null : as === 'form' ? form(texts) : JSON.stringify(all);
    const response = await fetch(url, {
      method,
      headers: {
        ...(token !== null && { 'server-csrf-token': token }),
        ...(options.acceptLanguage !== undefined && { 'accept-language': options.acceptLanguage }),
        ...(body !== null && (as === 'json' ? jsonType : formType)),
      },
      ...(body !== null && { body }),
    });
    const reply = await read(response);
    this.token = reply.token ?? this.token;
    return reply;
  }
}

export async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  let body: unknown = text;
  try {
    body = text === '' ? null : JSON.parse(text);
  } catch {
    // A page.
  }
  return {
    status: response.status,
    token: response.headers.get('server-csrf-token'),
    body,
    headers: response.headers,
  };
}
