import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { forgetAuthentication, registerClient } from '@keywarden/domain';
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Throttle } from '../src/http/throttle.ts';
import { createProviders } from '../src/openid/index.ts';
import {
  type BackEndClient,
  basic,
  discover,
  form,
  formType,
  jsonType,
  post,
  pushRequest,
  type Reply,
  read,
  Transaction,
} from './authentication/back-end-client.ts';
import { openServer, type Room, type ServerRig, system } from './authentication/rig.ts';
import { consent, password } from './authentication/steps.ts';

let rig: ServerRig;
let room: Room;
// biome-ignore lint/suspicious/noExplicitAny: what discovery says
let metadata: any;

beforeAll(async () => {
  rig = await openServer();
  room = await rig.furnish();
  metadata = await discover(room.issuer);
});
afterAll(async () => {
  await rig.close();
});

interface Issued {
  readonly code: string;
  readonly codeVerifier: string;
}

/** A code for alice, after her password. */
async function codeFor(
  of: Room,
  extra: Record<string, string> = {},
  client: BackEndClient = of.client,
): Promise<Issued> {
  const pushed = await pushRequest(client, extra);
  const transaction = new Transaction(of.issuer, pushed.requestUri);
  const username = 'alice';
  await transaction.call('/code', { ...password, username, password: of.passwords[username] });
  if (extra['prompt'] === 'consent') await consent(transaction, username, extra['scope'] ?? 'openid');
  const reply = await transaction.call('/code', {
    grant_type: 'code_request',
    authType: 'AT_EMPPWD',
    username,
  });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return { code: reply.body.code, codeVerifier: pushed.codeVerifier };
}

function redeem(issued: Issued, changes: Record<string, string> = {}, headers: Record<string, string> = {}) {
  return post(metadata.token_endpoint, {
    headers: { ...formType, authorization: basic(room.client), ...headers },
    body: form({
      grant_type: 'authorization_code',
      code: issued.code,
      redirect_uri: room.client.redirectUri,
      code_verifier: issued.codeVerifier,
      ...changes,
    }),
  });
}

function parameters(changes: Record<string, string | undefined> = {}): Record<string, string> {
  const all = {
    response_type: 'code',
    client_id: room.client.clientId,
    redirect_uri: room.client.redirectUri,
    scope: 'openid',
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

async function ownToken(): Promise<string> {
  const reply = await post(metadata.token_endpoint, {
    headers: { ...formType, authorization: basic(room.client) },
    body: form({ grant_type: 'client_credentials' }),
  });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return reply.body.access_token;
}

describe('pushed authorization requests', () => {
  const push = (body: Record<string, string>, authorization?: string) =>
    post(metadata.pushed_authorization_request_endpoint, {
      headers: { ...formType, ...(authorization && { authorization }) },
      body: form(body),
    });

  test('live as long as the transaction that they open', async () => {
    const reply = await push(parameters(), basic(room.client));
    expect(reply).toMatchObject({
      status: 201,
      body: {
        expires_in: 300,
        request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[\w-]{20,}$/),
      },
    });
    expect(reply.headers.get('cache-control')).toContain('no-store');
  });

  test('a client may authenticate by an access token of its own, as existing clients do', async () => {
    const reply = await push(parameters(), `Bearer ${await ownToken()}`);
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    const transaction = new Transaction(room.issuer, reply.body.request_uri);
    expect((await transaction.call('/flow', { username: 'alice' })).status).toBe(200);
  });

  test('that token is good for its own client alone, and only while it lives', async () => {
    const token = await ownToken();
    const other = await rig.furnish();
    const { clientId } = other.client;
    expect(await push(parameters({ client_id: clientId }), `Bearer ${token}`)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    const elsewhere = await post(`${other.issuer}/authn/par`, {
      headers: { ...formType, authorization: `Bearer ${token}` },
      body: form(parameters()),
    });
    expect(elsewhere).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(elsewhere.headers.get('www-authenticate')).toContain('Bearer');
    for (const wrong of ['x', `${token}x`, (await codeFor(room)).code]) {
      expect(await push(parameters(), `Bearer ${wrong}`)).toMatchObject({ status: 401 });
    }
    // An access token of a user is no client's own.
    const users = await redeem(await codeFor(room));
    expect(await push(parameters(), `Bearer ${users.body.access_token}`)).toMatchObject({ status: 401 });
    await post(metadata.revocation_endpoint, {
      headers: { ...formType, authorization: basic(room.client) },
      body: form({ token }),
    });
    expect(await push(parameters(), `Bearer ${token}`)).toMatchObject({ status: 401 });
  });

  test.each<[string, Record<string, string | undefined>, number, string]>([
    ['an unregistered redirect_uri', { redirect_uri: 'https://evil.example/' }, 400, 'invalid_request'],
    [
      'no redirect_uri that could be meant',
      { redirect_uri: '', response_type: 'token' },
      400,
      'unsupported_response_type',
    ],
    [
      'the plain PKCE method',
      { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' },
      400,
      'invalid_request',
    ],
    [
      'a challenge that is too short',
      { code_challenge: 'a', code_challenge_method: 'S256' },
      400,
      'invalid_request',
    ],
    ['an implicit response type', { response_type: 'id_token' }, 400, 'unsupported_response_type'],
    ['another client_id', { client_id: 'somebody' }, 400, 'invalid_request'],
  ])('are refused with %s', async (_what, changes, status, error) => {
    expect(await push(parameters(changes), basic(room.client))).toMatchObject({ status, body: { error } });
  });

  test('are refused without, with a wrong, and with a foreign secret', async () => {
    const wrong = basic({ ...room.client, secret: 'x' });
    for (const authorization of [undefined, wrong, 'Basic x', 'Nonsense']) {
      const reply = await push(parameters(), authorization);
      expect(reply.status, authorization).toBeGreaterThanOrEqual(400);
      expect(reply.body.error).toMatch(/^invalid_(client|request)$/);
    }
  });
});

describe('GET /authn/login', () => {
  const login = (query: Record<string, string>) =>
    fetch(`${metadata.authorization_endpoint}?${form(query)}`, { redirect: 'manual' });

  test('leads to the portal with the request_uri that it was given, and leaves no cookie', async () => {
    const { requestUri } = await pushRequest(room.client);
    const query = { client_id: room.client.clientId, request_uri: requestUri };
    const response = await login(query);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(
      `${room.issuer}/authn/portal?request_uri=${encodeURIComponent(requestUri)}`,
    );
    expect(response.headers.getSetCookie()).toEqual([]);
    // A reload of the page, and one a while later.
    rig.advance(200_000);
    try {
      expect((await login(query)).status).toBe(303);
    } finally {
      rig.advance(-200_000);
    }
  });

  test('with plain parameters opens a transaction, too', async () => {
    const codeVerifier = randomBytes(32).toString('base64url');
    const response = await login(
      parameters({
        state: 'of the client',
        code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
        code_challenge_method: 'S256',
      }),
    );
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    expect(`${location.origin}${location.pathname}`).toBe(`${room.issuer}/authn/portal`);
    const transaction = new Transaction(room.issuer, location.searchParams.get('request_uri') ?? '');
    const member = { username: 'alice' };
    await transaction.call('/code', { ...password, ...member, password: room.passwords['alice'] });
    const granted = await transaction.call('/code', {
      grant_type: 'code_request',
      authType: 'AT_EMPPWD',
      ...member,
    });
    expect(granted.body).toMatchObject({ state: 'of the client', iss: room.issuer });
    expect((await redeem({ code: granted.body.code, codeVerifier })).status).toBe(200);
  });

  test('tells an error to the client where it may, and to the person where it may not', async () => {
    const prompt = await login(parameters({ prompt: 'none', state: 's' }));
    const back = new URL(prompt.headers.get('location') ?? '');
    expect(back.origin + back.pathname).toBe(room.client.redirectUri);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'login_required',
      state: 's',
      iss: room.issuer,
    });
    const posted = await login(parameters({ prompt: 'none', response_mode: 'form_post' }));
    expect(await posted.text()).toContain(`action="${room.client.redirectUri}"`);
    const policy = posted.headers.get('content-security-policy');
    expect(policy).toMatch(/script-src 'self' 'sha256-/);
    expect(policy).not.toContain('form-action');
    for (const changes of [
      { redirect_uri: 'https://evil.example/' },
      { client_id: 'nobody' },
      { client_id: '<script>alert(1)</script>' },
    ]) {
      const response = await login(parameters(changes));
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
      const page = await fetch(`${metadata.authorization_endpoint}?${form(parameters(changes))}`, {
        headers: { accept: 'text/html' },
      });
      const text = await page.text();
      expect(text).toContain('This sign-in cannot go on');
      expect(text).toContain('<html lang="en">');
      expect(text).not.toContain('<script>');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    const used = await login({
      client_id: room.client.clientId,
      request_uri: 'urn:ietf:params:oauth:request_uri:x',
    });
    expect(new URL(used.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request_uri');
  });

  test.each([
    ['de', {}, 'fr;q=0.3, de-AT', 'Diese Anmeldung kann nicht weitergehen'],
    ['es', { ui_locales: 'nl es-MX' }, 'de', 'Este inicio de sesión no puede continuar'],
    ['fr', { ui_locales: 'nl' }, 'fr', 'Cette connexion ne peut pas continuer'],
    ['en', {}, 'nl, pt', 'This sign-in cannot go on'],
  ])('tells the person so in her language: %s', async (language, asked, accepted, title) => {
    const query = form(parameters({ redirect_uri: 'https://evil.example/', ...asked }));
    const page = await fetch(`${metadata.authorization_endpoint}?${query}`, {
      headers: { accept: 'text/html', 'accept-language': accepted },
    });
    const text = await page.text();
    expect(text).toContain(`<html lang="${language}">`);
    expect(text).toContain(`<h1>${title}</h1>`);
    expect(metadata.ui_locales_supported).toContain(language);
  });

  test('does not begin again with a request whose code was issued', async () => {
    const pushed = await pushRequest(room.client);
    const transaction = new Transaction(room.issuer, pushed.requestUri);
    const member = { username: 'alice' };
    await transaction.call('/code', { ...password, ...member, password: room.passwords['alice'] });
    await transaction.call('/code', { grant_type: 'code_request', authType: 'AT_EMPPWD', ...member });
    const response = await login({ client_id: room.client.clientId, request_uri: pushed.requestUri });
    const back = new URL(response.headers.get('location') ?? '');
    expect(back.searchParams.get('error')).toBe('invalid_request_uri');
  });
});

describe('the token endpoint', () => {
  test('gives a signed ID token whose claims are true, once', async () => {
    const issued = await codeFor(room, { scope: 'openid profile email' });
    const reply = await redeem(issued);
    expect(reply.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
    const { payload, protectedHeader } = await jwtVerify(reply.body.id_token, keys, {
      issuer: room.issuer,
      audience: room.client.clientId,
    });
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({ sub: room.userIds['alice'], acr: 'acr_password', amr: ['pwd'] });

    const userinfo = await read(
      await fetch(metadata.userinfo_endpoint, {
        headers: { authorization: `Bearer ${reply.body.access_token}` },
      }),
    );
    expect(userinfo.body).toMatchObject({
      sub: room.userIds['alice'],
      name: 'alice of the test',
      preferred_username: 'alice',
      email: 'alice@test.example',
    });
    // RFC 6749 §4.1.2: a code that comes twice takes back what it gave.
    expect(await redeem(issued)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const after = await fetch(metadata.userinfo_endpoint, {
      headers: { authorization: `Bearer ${reply.body.access_token}` },
    });
    expect(after.status).toBe(401);
  });

  test('of twenty exchanges of one code at once exactly one wins', async () => {
    const issued = await codeFor(room);
    const replies = await Promise.all(Array.from({ length: 20 }, () => redeem(issued)));
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
    expect(replies.filter((reply) => reply.body.error === 'invalid_grant')).toHaveLength(19);
  });

  test('is carried through where the client hangs up before it is answered', async () => {
    const issued = await codeFor(room);
    const tokens = async () => {
      const { rows } = await superuser.query<{ count: string }>(
        `SELECT count(*) FROM keywarden.openid_records WHERE model = 'AccessToken' AND tenant_id = $1`,
        [room.tenantId],
      );
      return Number(rows[0]?.count);
    };
    const waiting = async () => {
      const { rows } = await superuser.query<{ count: string }>(
        `SELECT count(*) FROM pg_locks WHERE NOT granted`,
      );
      return Number(rows[0]?.count);
    };
    const superuser = new pg.Client(rig.fresh.superuser);
    await superuser.connect();
    try {
      const before = await tokens();
      // So long it can't be consumed.
      await superuser.query(
        `BEGIN; SELECT FROM keywarden.openid_records WHERE model = 'AuthorizationCode' FOR UPDATE`,
      );
      const { hostname, port, host, pathname } = new URL(metadata.token_endpoint);
      const body = form({
        grant_type: 'authorization_code',
        code: issued.code,
        redirect_uri: room.client.redirectUri,
        code_verifier: issued.codeVerifier,
      }).toString();
      const socket = connect(Number(port), hostname);
      const lines = [
        `POST ${pathname} HTTP/1.1`,
        `Host: ${host}`,
        `Authorization: ${basic(room.client)}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${Buffer.byteLength(body)}`,
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
      await expect.poll(waiting).toBeGreaterThan(0);
      socket.destroy();
      await pause(200);
      await superuser.query('ROLLBACK');
      await expect.poll(tokens).toBe(before + 1);
    } finally {
      await superuser.end();
    }
    expect(await redeem(issued)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each<[string, Record<string, string>]>([
    ['another verifier', { code_verifier: 'a'.repeat(43) }],
    ['another redirect_uri', { redirect_uri: 'https://client.example/other' }],
    ['another code', { code: 'a'.repeat(43) }],
  ])('refuses %s', async (_what, changes) => {
    expect(await redeem(await codeFor(room), changes)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('refuses a code without its verifier, or of another tenant', async () => {
    const issued = await codeFor(room);
    const bare = await post(metadata.token_endpoint, {
      headers: { ...formType, authorization: basic(room.client) },
      body: form({
        grant_type: 'authorization_code',
        code: issued.code,
        redirect_uri: room.client.redirectUri,
      }),
    });
    expect(bare).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });

    const other = await rig.furnish();
    const elsewhere = await post(`${other.issuer}/authn/token`, {
      headers: { ...formType, authorization: basic(other.client) },
      body: form({
        grant_type: 'authorization_code',
        code: issued.code,
        redirect_uri: other.client.redirectUri,
        code_verifier: issued.codeVerifier,
      }),
    });
    expect(elsewhere).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await redeem(issued)).status).toBe(200);
  });

  test('refuses a user who was disabled in between', async () => {
    const fresh = await rig.furnish();
    const issued = await codeFor(fresh);
    await rig.within(fresh.tenantId, async (tables) => {
      const alice = await tables.users.findByUsername('alice');
      if (alice !== null) await tables.users.update({ ...alice, status: 'disabled' });
    });
    const reply = await post(`${fresh.issuer}/authn/token`, {
      headers: { ...formType, authorization: basic(fresh.client) },
      body: form({
        grant_type: 'authorization_code',
        code: issued.code,
        redirect_uri: fresh.client.redirectUri,
        code_verifier: issued.codeVerifier,
      }),
    });
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age', { max_age: '60' }],
    ['max_age=0', { max_age: '0' }],
    ['neither', {}],
  ])('say when she signed in, which is always in this transaction: %s', async (_, asked) => {
    const began = Math.floor(Date.now() / 1000);
    const { body } = await redeem(await codeFor(room, asked));
    const { auth_time: at, iat } = decodeJwt<{ auth_time: number }>(body.id_token);
    expect(at).toBeGreaterThanOrEqual(began);
    expect(at).toBeLessThanOrEqual(iat ?? 0);
  });

  test('refreshes where offline access was asked for', async () => {
    const issued = await codeFor(room, { scope: 'openid offline_access', prompt: 'consent' });
    const first = await redeem(issued);
    expect(first.body.refresh_token).toMatch(/./);
    const refresh = (token: string) =>
      post(metadata.token_endpoint, {
        headers: { ...formType, authorization: basic(room.client) },
        body: form({ grant_type: 'refresh_token', refresh_token: token }),
      });
    const second = await refresh(first.body.refresh_token);
    expect(second.status, JSON.stringify(second.body)).toBe(200);
    expect(decodeJwt(second.body.id_token)).toMatchObject({ sub: room.userIds['alice'], amr: ['pwd'] });
  });

  test('answers OPTIONS of whoever is no browser, too', async () => {
    const response = await fetch(`${room.issuer}/authn/token`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
  });

  test('answers OPTIONS', async () => {
    const response = await fetch(metadata.token_endpoint, {
      method: 'OPTIONS',
      headers: { origin: 'https://client.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBeLessThan(300);
  });
});

describe('rotated keys', () => {
  test('are in the JWKS before they sign and after, on every server; what the old ones signed stays good', async () => {
    const of = await rig.furnish();
    const other = await rig.another();
    const kids = async (address: string) => {
      const { body } = await read(await fetch(`${address}/${of.tenantId}/authn/jwks`));
      return body.keys
        .filter(({ alg }: { alg: string }) => alg === 'ES256')
        .map(({ kid }: { kid: string }) => kid);
    };
    const token = async () => {
      const issued = await codeFor(of);
      const reply = await post(`${of.issuer}/authn/token`, {
        headers: { ...formType, authorization: basic(of.client) },
        body: form({
          grant_type: 'authorization_code',
          code: issued.code,
          redirect_uri: of.client.redirectUri,
          code_verifier: issued.codeVerifier,
        }),
      });
      return String(reply.body.id_token);
    };
    try {
      const before = await token();
      const [first] = await kids(other.address);
      expect(decodeProtectedHeader(before).kid).toBe(first);
      expect(await rig.ports.openIdKeys.rotate(of.tenantId, 'soon')).toBe(true);
      const [signing, next] = await kids(rig.publicUrl);
      expect(signing).toBe(first);
      expect(decodeProtectedHeader(await token()).kid).toBe(first);
      rig.advance(61_000);
      expect(await kids(other.address)).toEqual([first, next]);
      rig.advance(60_000);
      expect(decodeProtectedHeader(await token()).kid).toBe(next);
      expect(await kids(other.address)).toEqual([next, first]);
      const keySet = createRemoteJWKSet(new URL(`${of.issuer}/authn/jwks`));
      expect((await jwtVerify(before, keySet, { issuer: of.issuer })).payload.sub).toBe(of.userIds['alice']);

      await rig.ports.openIdKeys.rotate(of.tenantId, 'withdraw');
      expect(await kids(rig.publicUrl)).toHaveLength(1);
      const fresh = createRemoteJWKSet(new URL(`${of.issuer}/authn/jwks`));
      await expect(jwtVerify(before, fresh, { issuer: of.issuer })).rejects.toThrow();
      expect((await jwtVerify(await token(), fresh, { issuer: of.issuer })).payload.iss).toBe(of.issuer);
    } finally {
      await other.close();
    }
  });
});

describe('the RSA key of a tenant', () => {
  const algorithmsOf = async (address: string, { tenantId }: Room) => {
    const { body } = await read(await fetch(`${address}/${tenantId}/authn/jwks`));
    return body.keys.map(({ alg }: { alg: string }) => alg);
  };
  const push = (address: string, { tenantId, client }: Room) =>
    post(`${address}/${tenantId}/authn/par`, {
      headers: { ...formType, authorization: basic(client) },
      body: form({
        response_type: 'code',
        client_id: client.clientId,
        redirect_uri: client.redirectUri,
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
      }),
    });
  const made = async ({ tenantId }: Room) => (await rig.ports.openIdKeys.privateKeys(tenantId)).length;

  test('is not needed by requests, and is in every JWKS and discovery that anybody is served', async () => {
    const [of, other] = [await rig.furnish(), await rig.another()];
    try {
      for (const address of [rig.publicUrl, other.address]) {
        expect((await push(address, of)).status).toBe(201);
      }
      expect(await made(of)).toBe(1);
      const [one, two] = await Promise.all([
        algorithmsOf(rig.publicUrl, of),
        algorithmsOf(other.address, of),
      ]);
      expect(one).toEqual(['ES256', 'RS256']);
      expect(two).toEqual(one);
      expect((await push(other.address, of)).status).toBe(201);
    } finally {
      await other.close();
    }
    const first = await rig.furnish();
    const { id_token_signing_alg_values_supported: supported } = await discover(first.issuer);
    expect(supported).toEqual(['ES256', 'RS256']);
    expect(await made(first)).toBe(2);
  });

  test('signs for a client that registers for it, in a tenant that has shown none yet', async () => {
    const of = await rig.furnish();
    const provider = await createProviders(rig.ports, { log: { error: () => {} } }).of(of.tenantId);
    if (provider === null) throw new Error('no provider');
    const token = await new provider.InitialAccessToken({}).save();
    expect(await made(of)).toBe(1);
    const registered = await post(`${of.issuer}/authn/register`, {
      headers: { ...jsonType, authorization: `Bearer ${token}` },
      body: JSON.stringify({
        redirect_uris: ['https://client.example/callback'],
        id_token_signed_response_alg: 'RS256',
      }),
    });
    expect({ status: registered.status, body: registered.body }).toMatchObject({
      status: 201,
      body: { id_token_signed_response_alg: 'RS256' },
    });
    expect(await made(of)).toBe(2);
  });
});

describe('client secrets at rest', () => {
  const own = (of: Room, client: BackEndClient) =>
    post(`${of.issuer}/authn/token`, {
      headers: { ...formType, authorization: basic(client) },
      body: form({ grant_type: 'client_credentials' }),
    });

  test('are sealed for their client: one that was not is bound when it is read, a copied one opens nothing', async () => {
    const of = await rig.furnish();
    const { tenantId, client } = of;
    const other = await registerClient(rig.ports, system, { tenantId, name: 'Other', redirectUris: [] });
    const sealed = (clientId: string) =>
      rig.within(tenantId, async (tables) => (await tables.clients.get(clientId))?.sealedSecret ?? null);
    const write = (clientId: string, sealedSecret: Uint8Array | null) =>
      rig.within(tenantId, async (tables) => {
        const known = await tables.clients.get(clientId);
        if (known !== null) await tables.clients.upsert({ ...known, sealedSecret });
      });
    const bytes = new TextEncoder().encode(client.secret);
    const before = await rig.ports.secrets.seal(tenantId, 'client-secret', bytes);
    await write(client.clientId, before);
    expect((await own(of, client)).status).toBe(200);
    const after = await sealed(client.clientId);
    expect(after).not.toEqual(before);
    expect(
      await rig.ports.secrets
        .open(tenantId, `client-secret ${client.clientId}`, after ?? new Uint8Array())
        .then((opened) => new TextDecoder().decode(opened)),
    ).toBe(client.secret);

    await write(other.clientId, after);
    expect((await own(of, { ...client, clientId: other.clientId })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('introspection, revocation, end of session', () => {
  test('a token is told active, then revoked, then not', async () => {
    const { body } = await redeem(await codeFor(room));
    const ask = (endpoint: string) =>
      post(endpoint, {
        headers: { ...formType, authorization: basic(room.client) },
        body: form({ token: body.access_token }),
      });
    expect((await ask(metadata.introspection_endpoint)).body).toMatchObject({
      active: true,
      sub: room.userIds['alice'],
      client_id: room.client.clientId,
    });
    expect((await ask(metadata.revocation_endpoint)).status).toBe(200);
    expect((await ask(metadata.introspection_endpoint)).body).toEqual({ active: false });
  });

  test('what has expired is deleted, and nothing else', async () => {
    const fresh = await rig.furnish();
    await codeFor(fresh);
    const count = async (table: string) => {
      const { rows } = await superuser.query(
        `SELECT count(*)::integer AS count FROM keywarden.${table} WHERE tenant_id = $1`,
        [fresh.tenantId],
      );
      return rows[0].count;
    };
    const superuser = new pg.Client(rig.fresh.superuser);
    await superuser.connect();
    try {
      await forgetAuthentication(rig.ports, { tenantId: fresh.tenantId });
      expect(await count('openid_records')).toBe(2);
      expect(await count('authentication_transactions')).toBe(1);
      rig.advance(40 * 86_400_000);
      await forgetAuthentication(rig.ports, { tenantId: fresh.tenantId });
      rig.advance(-40 * 86_400_000);
      expect(await count('openid_records')).toBe(0);
      expect(await count('authentication_transactions')).toBe(0);
      expect(await count('clients')).toBe(1);
    } finally {
      await superuser.end();
    }
  });

  test('the end of a session goes back to a registered address alone', async () => {
    const { body } = await redeem(await codeFor(room));
    const url = `${metadata.end_session_endpoint}?${form({
      id_token_hint: body.id_token,
      post_logout_redirect_uri: 'https://evil.example/',
    })}`;
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(400);
    const plain = await fetch(`${metadata.end_session_endpoint}?${form({ id_token_hint: body.id_token })}`, {
      redirect: 'manual',
    });
    expect(plain.status).toBe(200);
  });
});

describe('clients', () => {
  async function register(of: Room, client: Record<string, unknown>): Promise<Reply> {
    const provider = await createProviders(rig.ports, { log: { error: () => {} } }).of(of.tenantId);
    if (provider === null) throw new Error('no provider');
    const token = await new provider.InitialAccessToken({}).save();
    return post(metadata.registration_endpoint.replace(room.issuer, of.issuer), {
      headers: { ...jsonType, authorization: `Bearer ${token}` },
      body: JSON.stringify(client),
    });
  }

  test('register themselves with an initial token alone', async () => {
    const body = JSON.stringify({ redirect_uris: ['https://new.example/callback'] });
    const open = await post(metadata.registration_endpoint, { headers: jsonType, body });
    expect(open.status).toBeGreaterThanOrEqual(400);
    const made = await register(room, {
      client_name: 'New client',
      redirect_uris: ['https://new.example/callback'],
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const kept = await rig.within(room.tenantId, (tables) => tables.clients.get(made.body.client_id));
    // Nobody vouched for it, so its users are asked; and its secret is kept sealed.
    expect(kept).toMatchObject({ name: 'New client', consentRequired: true });
    expect(JSON.stringify(kept?.metadata)).not.toContain(made.body.client_secret);
    const managed = await fetch(made.body.registration_client_uri, {
      headers: { authorization: `Bearer ${made.body.registration_access_token}` },
    });
    expect(await managed.json()).toMatchObject({ client_id: made.body.client_id });
  });

  test('without a secret need PKCE; with one they may do without', async () => {
    const made = await register(room, {
      redirect_uris: ['https://public.example/callback'],
      token_endpoint_auth_method: 'none',
    });
    const query = {
      response_type: 'code',
      client_id: made.body.client_id,
      redirect_uri: 'https://public.example/callback',
      scope: 'openid',
    };
    const push = (body: Record<string, string>) =>
      post(metadata.pushed_authorization_request_endpoint, { headers: formType, body: form(body) });
    expect(await push(query)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const proven = vi.spyOn(Throttle.prototype, 'clientProven');
    const pushed = await push({ ...query, code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' });
    expect(pushed).toMatchObject({ status: 201 });
    // Whoever says that it is a public client has proved nothing.
    expect(proven).not.toHaveBeenCalled();
    proven.mockRestore();
  });

  /** One that registered itself with a key, and a maker of its assertions. */
  async function keyClient() {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'own', alg: 'ES256', use: 'sig' };
    const made = await register(room, {
      redirect_uris: ['https://jwt.example/callback'],
      grant_types: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [jwk] },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const clientId: string = made.body.client_id;
    const query = parameters({ client_id: clientId, redirect_uri: 'https://jwt.example/callback' });
    const assertion = async () => ({
      client_assertion: await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid: 'own' })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(room.issuer)
        .setJti(randomBytes(16).toString('base64url'))
        .setIssuedAt()
        .setExpirationTime('60s')
        .sign(privateKey),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    return { clientId, query, assertion };
  }

  /** Proofs of one key (RFC 9449 §4.2). */
  async function dpopKey() {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const proof = (url: string, method: string, token?: string) =>
      new SignJWT({
        htm: method,
        htu: url,
        jti: randomBytes(16).toString('base64url'),
        ...(token !== undefined && { ath: createHash('sha256').update(token).digest('base64url') }),
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey);
    return { jwk, proof };
  }

  test('authenticate by private_key_jwt, whose assertion is used once', async () => {
    const { query, assertion } = await keyClient();
    const pushed = await post(metadata.pushed_authorization_request_endpoint, {
      headers: formType,
      body: form({ ...query, ...(await assertion()) }),
    });
    expect(pushed.status, JSON.stringify(pushed.body)).toBe(201);
    const body = form({ grant_type: 'client_credentials', ...(await assertion()) });
    const ask = () => post(metadata.token_endpoint, { headers: formType, body });
    const proven = vi.spyOn(Throttle.prototype, 'clientProven');
    try {
      const first = await ask();
      expect(first.status, JSON.stringify(first.body)).toBe(200);
      // A back end speaks for all of its users, however it proves who it is.
      await vi.waitFor(() => expect(proven).toHaveBeenCalledOnce(), 15_000);
      expect(await ask()).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
      expect(proven).toHaveBeenCalledOnce();
    } finally {
      proven.mockRestore();
    }
  });

  test('push with a token of their own, too, where they have a key and no secret', async () => {
    const { clientId, query, assertion } = await keyClient();
    const granted = await post(metadata.token_endpoint, {
      headers: formType,
      body: form({ grant_type: 'client_credentials', ...(await assertion()) }),
    });
    const authorization = `Bearer ${granted.body.access_token}`;
    const push = (members: Record<string, string>) =>
      post(metadata.pushed_authorization_request_endpoint, {
        headers: { ...formType, authorization },
        body: form(members),
      });
    // A confidential client: it may do without PKCE, as with its assertion.
    const pushed = await push(query);
    expect(pushed.status, JSON.stringify(pushed.body)).toBe(201);
    const transaction = new Transaction(room.issuer, pushed.body.request_uri);
    expect((await transaction.call('/flow', { username: 'alice' })).status).toBe(200);
    expect(await push(parameters())).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await push({ ...query, redirect_uri: 'https://evil.example/' })).toMatchObject({ status: 400 });
    // It has no secret for that, neither before nor after.
    for (const secret of ['', 'x']) {
      const reply = await post(metadata.pushed_authorization_request_endpoint, {
        headers: { ...formType, authorization: basic({ ...room.client, clientId, secret }) },
        body: form(query),
      });
      expect(reply.body.error).toMatch(/^invalid_(client|request)$/);
    }
  });

  test('push with a token that is bound to a key by proving that they have it', async () => {
    const own = await dpopKey();
    const other = await dpopKey();
    const par: string = metadata.pushed_authorization_request_endpoint;
    const granted = await post(metadata.token_endpoint, {
      headers: {
        ...formType,
        authorization: basic(room.client),
        dpop: await own.proof(metadata.token_endpoint, 'POST'),
      },
      body: form({ grant_type: 'client_credentials' }),
    });
    expect(granted.body).toMatchObject({ token_type: 'DPoP' });
    const token: string = granted.body.access_token;
    const push = (scheme: string, dpop?: string) =>
      post(par, {
        headers: { ...formType, authorization: `${scheme} ${token}`, ...(dpop !== undefined && { dpop }) },
        body: form(parameters()),
      });
    const proof = await own.proof(par, 'POST', token);
    expect(await push('DPoP', proof)).toMatchObject({ status: 201 });
    const refusals = {
      'the same proof again': await push('DPoP', proof),
      'a proof for another endpoint': await push(
        'DPoP',
        await own.proof(metadata.token_endpoint, 'POST', token),
      ),
      'a signature of nobody': await push(
        'DPoP',
        `${(await own.proof(par, 'POST', token)).slice(0, -8)}AAAAAAAA`,
      ),
    };
    for (const [what, reply] of Object.entries(refusals)) {
      expect(reply.status, `${what}: ${JSON.stringify(reply.body)}`).toBe(400);
    }
    const strangers = {
      'no proof': await push('DPoP'),
      'a proof that names no token': await push('DPoP', await own.proof(par, 'POST')),
      'a proof for another token': await push('DPoP', await own.proof(par, 'POST', `${token}x`)),
      'a proof of another key': await push('DPoP', await other.proof(par, 'POST', token)),
      'another scheme': await push('Bearer', await own.proof(par, 'POST', token)),
    };
    for (const [what, reply] of Object.entries(strangers)) {
      expect(reply, what).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    }
    expect(strangers['no proof'].headers.get('www-authenticate')).toBe('DPoP error="invalid_token"');
  });

  test('that are deleted get nothing more, although the server knew them a moment ago', async () => {
    const fresh = await rig.furnish();
    const headers = { ...formType, authorization: basic(fresh.client) };
    const push = () =>
      post(`${fresh.issuer}/authn/par`, {
        headers,
        body: form(parameters({ client_id: fresh.client.clientId, redirect_uri: fresh.client.redirectUri })),
      });
    const ownToken = () =>
      post(`${fresh.issuer}/authn/token`, { headers, body: form({ grant_type: 'client_credentials' }) });
    expect([(await push()).status, (await ownToken()).status]).toEqual([201, 200]);
    // As long as a moment takes on the slowest machine.
    rig.advance(-60_000);
    try {
      await rig.within(fresh.tenantId, (tables) => tables.clients.delete(fresh.client.clientId));
      const gone = { status: 401, body: { error: 'invalid_client' } };
      expect(await push()).toMatchObject(gone);
      expect(await ownToken()).toMatchObject(gone);
    } finally {
      rig.advance(60_000);
    }
    const superuser = new pg.Client(rig.fresh.superuser);
    await superuser.connect();
    for (const table of ['authentication_transactions', 'openid_records']) {
      const { rows } = await superuser.query(`SELECT FROM keywarden.${table} WHERE tenant_id = $1`, [
        fresh.tenantId,
      ]);
      expect(rows, table).toEqual([]);
    }
    await superuser.end();
  });

  test('bind their tokens to a key by DPoP', async () => {
    const { jwk, proof } = await dpopKey();
    const issued = await codeFor(room, { dpop_jkt: await calculateJwkThumbprint(jwk) });
    expect(await redeem(issued)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const again = await codeFor(room, { dpop_jkt: await calculateJwkThumbprint(jwk) });
    const bound = await redeem(again, {}, { dpop: await proof(metadata.token_endpoint, 'POST') });
    expect(bound, JSON.stringify(bound.body)).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
    const asBearer = await fetch(metadata.userinfo_endpoint, {
      headers: { authorization: `Bearer ${bound.body.access_token}` },
    });
    expect(asBearer.status).toBe(401);
    const asBound = await fetch(metadata.userinfo_endpoint, {
      headers: {
        authorization: `DPoP ${bound.body.access_token}`,
        dpop: await proof(metadata.userinfo_endpoint, 'GET', bound.body.access_token),
      },
    });
    expect(asBound.status).toBe(200);
  });
});

describe('one provider per tenant', () => {
  test('is made when needed, kept within bounds, and gone for who does not exist', async () => {
    const providers = createProviders(rig.ports, { log: { error: () => {} }, most: 2 });
    const rooms = [room, await rig.furnish(), await rig.furnish()];
    for (const { tenantId } of rooms) expect((await providers.of(tenantId))?.issuer).toContain(tenantId);
    expect(providers.size).toBe(2);
    expect(await providers.of('nobody')).toBeNull();
    expect(providers.size).toBeLessThanOrEqual(2);
    const one = await providers.of(room.tenantId);
    expect(await providers.of(room.tenantId)).toBe(one);
    rig.advance(6 * 60_000);
    try {
      expect(await providers.of(room.tenantId)).not.toBe(one);
      rig.advance(20 * 60_000);
      await providers.of(room.tenantId);
      expect(providers.size).toBe(1);
      rig.advance(-20 * 60_000);
    } finally {
      rig.advance(-6 * 60_000);
    }
  });

  test('what it says of itself does not depend on what a client writes into its headers', async () => {
    const response = await fetch(`${room.issuer}/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    expect(await response.json()).toEqual(metadata);
    expect(metadata.token_endpoint).toBe(`${room.issuer}/authn/token`);
  });

  test('a tenant that does not exist has no endpoints', async () => {
    for (const path of ['.well-known/openid-configuration', 'authn/jwks', 'authn/login']) {
      const response = await fetch(`${rig.publicUrl}/nobody/${path}`);
      expect(response.status, path).toBe(404);
    }
  });

  test('nothing that a bearer presents is in the database', async () => {
    const issued = await codeFor(room);
    const { body } = await redeem(issued);
    const pushed = await pushRequest(room.client);
    const superuser = new pg.Client(rig.fresh.superuser);
    await superuser.connect();
    try {
      for (const table of ['openid_records', 'authentication_transactions', 'clients']) {
        const { rows } = await superuser.query(`SELECT t::text AS row FROM keywarden.${table} t`);
        expect(rows.length).toBeGreaterThan(0);
        const all = JSON.stringify(rows);
        for (const secret of [
          issued.code,
          body.access_token,
          pushed.requestUri.slice(-21),
          room.client.secret,
          room.passwords['alice'] ?? '',
        ]) {
          expect(all.includes(secret), table).toBe(false);
        }
      }
    } finally {
      await superuser.end();
    }
  });
});
