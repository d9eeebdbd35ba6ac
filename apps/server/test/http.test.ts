import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTenant,
  DomainError,
  domainErrorCodes,
  issueSignInLink,
  type OperatorRole,
  operatorRoles,
  type Ports,
} from '@keywarden/domain';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compose, type ServerParts } from '../src/compose.ts';
import { createApplication } from '../src/http/application.ts';
import { healthRoutes, notReady } from '../src/http/health.ts';
import { createLog } from '../src/http/log.ts';
import { siteCookies } from '../src/http/operator-session.ts';
import { tell } from '../src/http/problem.ts';
import { type Route, route } from '../src/http/route.ts';
import { routeTable } from '../src/http/routes.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

const publicUrl = 'http://localhost:8080';
let fresh: FreshDatabase;
let pages: string;
let parts: ServerParts;
let app: FastifyInstance;
let ports: Ports;
const health = { error: null as Error | null };
const logged: string[] = [];
const log = createLog({ level: 'debug', destination: { write: (line) => logged.push(line) } });

beforeAll(async () => {
  fresh = await freshDatabase();
  pages = await mkdtemp(join(tmpdir(), 'keywarden-pages-'));
  await mkdir(join(pages, 'assets'));
  await writeFile(join(pages, 'console.html'), '<!doctype html><title>Console</title>');
  await writeFile(join(pages, 'portal.html'), '<!doctype html><title>Portal</title>');
  await writeFile(join(pages, 'assets', 'console-1234abcd.js'), 'export {};');
  await writeFile(join(pages, '.built-from'), 'a digest');
  parts = await compose({
    connection: fresh.connection,
    masterKey: randomBytes(32),
    surroundings: { publicUrl, workstationUrl: 'ws://127.0.0.1:9333' },
    trustedProxies: [],
    pageFolder: pages,
    log,
    checkHealth: async () => {
      if (health.error !== null) throw health.error;
    },
  });
  ({ app, ports } = parts);
  for (const tenantId of ['demo', 'other']) await createTenant(ports, { tenantId, name: tenantId });
});

afterAll(async () => {
  await app.close();
  await parts.database.close();
  await fresh.drop();
  await rm(pages, { recursive: true });
});

async function newOperator(tenantId: string, role: OperatorRole): Promise<string> {
  const operatorId = ports.random.uuid();
  await ports.store.transaction(tenantId, (tables) =>
    tables.operators.insert({ operatorId, name: `The ${role}`, email: null, role, createdAt: new Date() }),
  );
  return operatorId;
}

const newLink = async (tenantId: string, role: OperatorRole, until?: Date) =>
  issueSignInLink(ports, {
    tenantId,
    operatorId: await newOperator(tenantId, role),
    ...(until === undefined ? {} : { until }),
  });

/** The cookie header of a session made through the front door. */
async function signIn(tenantId = 'demo', role: OperatorRole = 'owner'): Promise<string> {
  const token = await newLink(tenantId, role);
  const answer = await app.inject({ url: `/sign-in?token=${token}` });
  expect(answer.statusCode).toBe(303);
  return cookieOf(answer);
}

function cookieOf(answer: { cookies: { name: string; value: string }[] }): string {
  return answer.cookies
    .filter((cookie) => cookie.value !== '')
    .map((cookie) => `${cookie.name}=${encodeURIComponent(cookie.value)}`)
    .join('; ');
}

/** The same part as main uses, with the test's own rows. */
async function withRoutes(
  rows: readonly Route[],
  work: (app: FastifyInstance) => Promise<void>,
): Promise<void> {
  const other = await createApplication({
    ports,
    log,
    routes: () => rows,
    mounts: [],
    trustedProxies: [],
  });
  try {
    await work(other);
  } finally {
    await other.close();
  }
}

const table = () =>
  routeTable({
    site: {
      guard: { admit: never, signedIn: never, tenantExists: never },
      cookies: siteCookies(publicUrl),
      files: { folder: pages },
    },
    health: { check: async () => {}, openApi: () => ({}) },
  });
const never = () => Promise.reject(new Error('the table is only read'));

const guarded = () => table().filter((row) => typeof row.access !== 'string');
const uuid = '01900000-0000-7000-8000-000000000001';
const addressOf = (row: Route, tenantId: string) =>
  row.path.replace(':tenant', tenantId).replace(':username', 'alice').replace(/:\w+/g, uuid);

describe('the guard, on every route of the table that names roles', () => {
  test('there are such routes, and every route says who may call it', () => {
    expect(guarded().length).toBeGreaterThan(20);
    for (const row of table()) {
      if (typeof row.access === 'string') {
        expect(['anyone', 'transaction', 'account', 'provisioner']).toContain(row.access);
      } else expect(row.access.length).toBeGreaterThan(0);
    }
  });

  test('nobody is let in without a session', async () => {
    for (const row of guarded()) {
      const answer = await app.inject({ method: row.method, url: addressOf(row, 'demo') });
      expect([row.path, answer.statusCode, answer.json().code]).toEqual([row.path, 401, 'sign-in-required']);
    }
  });

  test('the session of one tenant is nobody in another', async () => {
    const cookie = await signIn('other', 'owner');
    for (const row of guarded().filter((candidate) => candidate.path.startsWith('/:tenant/'))) {
      const answer = await app.inject({
        method: row.method,
        url: addressOf(row, 'demo'),
        headers: { cookie },
      });
      expect([row.path, answer.statusCode]).toEqual([row.path, 401]);
    }
  });

  test('a tenant that does not exist is 404, whoever asks', async () => {
    const cookie = await signIn();
    for (const row of guarded().filter((candidate) => candidate.path.startsWith('/:tenant/'))) {
      for (const tenantId of ['nobody', 'DEMO', '..%2fdemo', 'demo%00', "x'--"]) {
        const answer = await app.inject({
          method: row.method,
          url: addressOf(row, tenantId),
          headers: { cookie },
        });
        expect([row.path, tenantId, answer.statusCode]).toEqual([row.path, tenantId, 404]);
      }
    }
  });

  test('each role gets exactly the routes that name it', async () => {
    for (const role of operatorRoles) {
      const cookie = await signIn('demo', role);
      for (const row of guarded()) {
        const answer = await app.inject({
          method: row.method,
          url: addressOf(row, 'demo'),
          headers: { cookie },
        });
        const refused = answer.statusCode === 403 && answer.json().code === 'role-forbids';
        expect([role, row.method, row.path, refused]).toEqual([
          role,
          row.method,
          row.path,
          typeof row.access !== 'string' && !row.access.includes(role),
        ]);
      }
    }
  });

  test('a session that has ended, was signed out or was made up is nobody', async () => {
    const cookie = await signIn();
    const [name = '', secret = ''] = cookie.split('=');
    const ask = (value: string) =>
      app.inject({ url: '/api/v1/session', headers: { cookie: `${name}=${value}` } });
    expect((await ask(secret)).statusCode).toBe(200);
    for (const wrong of [
      `${secret}x`,
      secret.replace('demo.', 'other.'),
      'demo.',
      '',
      `demo.${'A'.repeat(43)}`,
    ]) {
      expect((await ask(wrong)).statusCode).toBe(401);
    }
    await ports.store.transaction('demo', async (tables) => {
      await tables.operators.deleteExpired(new Date(Date.now() + 13 * 60 * 60_000));
    });
    expect((await ask(secret)).statusCode).toBe(401);
  });
});

describe('requests that another site makes the browser send', () => {
  const change = { method: 'POST', url: '/demo/api/v1/workstations/pairing-codes' } as const;

  test.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of an opaque origin', { origin: 'null' }],
    ['of another port of this host', { origin: 'http://localhost:8081' }],
    ['of this host over https', { origin: 'https://localhost:8080' }],
    ['cross-site without an origin', { 'sec-fetch-site': 'cross-site' }],
    ['same-site: another subdomain', { 'sec-fetch-site': 'same-site' }],
    ['from our origin, as it says, but cross-site', { origin: publicUrl, 'sec-fetch-site': 'cross-site' }],
  ])('%s are refused and change nothing', async (_case, headers) => {
    const cookie = await signIn();
    const answer = await app.inject({ ...change, headers: { cookie, ...headers } });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'cross-site-request', status: 403 });
  });

  test.each([
    ['our own pages', { origin: publicUrl, 'sec-fetch-site': 'same-origin' }],
    ['programs, which send neither', {}],
  ])('%s are let through', async (_case, headers) => {
    const cookie = await signIn();
    expect((await app.inject({ ...change, headers: { cookie, ...headers } })).statusCode).toBe(201);
  });

  test('a form of another site does not reach a handler, whatever it says of itself', async () => {
    const cookie = await signIn();
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await app.inject({
        method: 'POST',
        url: '/demo/api/v1/users',
        headers: { cookie, 'content-type': type },
        payload: '{"username":"mallory","displayName":"M","email":null}',
      });
      expect(answer.statusCode).toBe(415);
    }
    expect((await app.inject({ url: '/demo/api/v1/users', headers: { cookie } })).json().total).toBe(0);
  });
});

describe('problems', () => {
  test('are told as RFC 9457 with a code, a sentence and the number of the request', async () => {
    const answer = await app.inject({ url: '/nobody/api/v1/devices' });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json()).toEqual({
      type: 'urn:keywarden:error:tenant-not-found',
      title: 'There is no such tenant.',
      status: 404,
      code: 'tenant-not-found',
      instance: answer.headers['x-request-id'],
    });
  });

  test('of a malformed request point at the place', async () => {
    const cookie = await signIn();
    const ask = (payload: object) =>
      app.inject({ method: 'POST', url: '/demo/api/v1/policies', headers: { cookie }, payload });
    const missing = await ask({ name: 'x' });
    expect(missing.statusCode).toBe(400);
    expect(missing.json()).toMatchObject({
      code: 'request-malformed',
      particulars: { in: 'body', field: '/rules', missing: 'rules' },
    });
    const wrong = await ask({ name: 'x', rules: { pinMinimumLength: 3 } });
    expect(wrong.json().particulars.field).toMatch(/^\/rules\//);
    const query = await app.inject({ url: '/demo/api/v1/devices?limit=1000', headers: { cookie } });
    expect(query.json()).toMatchObject({ status: 400, particulars: { in: 'query', field: '/limit' } });
    const params = await app.inject({ url: '/demo/api/v1/devices/1', headers: { cookie } });
    expect(params.json()).toMatchObject({ status: 400, particulars: { in: 'params', field: '/deviceId' } });
  });

  test('of a body: not JSON, too large, of another type, with a prototype in it', async () => {
    const cookie = await signIn();
    const ask = (payload: string, type = 'application/json') =>
      app.inject({
        method: 'POST',
        url: '/demo/api/v1/policies',
        headers: { cookie, 'content-type': type },
        payload,
      });
    expect((await ask('{')).json()).toMatchObject({ status: 400, code: 'request-malformed' });
    expect((await ask('')).json()).toMatchObject({ status: 400, code: 'request-malformed' });
    expect((await ask('{"__proto__":{"admin":true}}')).json()).toMatchObject({ status: 400 });
    expect((await ask(`"${'x'.repeat(600_000)}"`)).json()).toMatchObject({
      status: 413,
      code: 'body-too-large',
    });
    expect((await ask('<xml/>', 'application/xml')).json()).toMatchObject({
      status: 415,
      code: 'media-type-unsupported',
    });
  });

  test('of an address: 404, and 405 with the methods that it knows', async () => {
    expect((await app.inject({ url: '/demo/api/v1/nothing' })).json()).toMatchObject({
      status: 404,
      code: 'not-found',
    });
    const answer = await app.inject({ method: 'DELETE', url: '/demo/api/v1/events' });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
    expect(answer.json().code).toBe('method-not-allowed');
    expect((await app.inject({ url: '/%' })).statusCode).toBe(400);
  });

  test('are told in the shape of OAuth below /authn', async () => {
    const missing = await app.inject({ method: 'POST', url: '/demo/authn/nothing' });
    expect(missing.statusCode).toBe(404);
    expect(missing.json()).toEqual({
      error: 'invalid_request',
      error_description: 'There is nothing at this address.',
    });
  });

  test('are told as a page to a person whose browser went there', async () => {
    const answer = await app.inject({ url: '/nobody/console/', headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).toContain('There is no such tenant.');
    expect(answer.body).toContain(answer.headers['x-request-id']);
  });

  test('every code of the domain has a status of its own kind, in every shape', () => {
    for (const code of domainErrorCodes) {
      for (const door of ['management', 'authn', 'scim', 'site'] as const) {
        const told = tell(new DomainError(code, 'A sentence.'), { door, requestId: 'r' });
        expect(told.status).toBeGreaterThanOrEqual(400);
        expect(JSON.stringify(told.body)).toContain('A sentence.');
      }
    }
    const unavailable = tell(new DomainError('unavailable', 'Later.'), { door: 'authn', requestId: 'r' });
    expect(unavailable).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
      body: { error: 'temporarily_unavailable' },
    });
  });

  test('that nobody expected tell nothing of the inside, and the log everything', async () => {
    const row = route({
      method: 'GET',
      path: '/broken',
      door: 'management',
      access: 'anyone',
      summary: 'Breaks',
      schema: { response: { 200: Type.Unknown() } },
      handle: () => Promise.reject(new Error('the inside', { cause: new Error('deep inside') })),
    });
    await withRoutes([row], async (other) => {
      logged.length = 0;
      const answer = await other.inject({ url: '/broken' });
      expect(answer.statusCode).toBe(500);
      expect(answer.json()).toMatchObject({ code: 'internal' });
      expect(answer.body).not.toContain('inside');
      const lines = logged.map((line) => JSON.parse(line));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({
        level: 50,
        requestId: answer.headers['x-request-id'],
        status: 500,
        err: { message: 'the inside', cause: { message: 'deep inside' } },
      });
    });
  });

  test('503 with Retry-After while the database is away, and the server is there again with it', async () => {
    const cookie = await signIn();
    const nowhere = await compose({
      connection: { ...fresh.connection, host: join(tmpdir(), 'nobody-listens-here') },
      masterKey: randomBytes(32),
      surroundings: { publicUrl, workstationUrl: 'ws://127.0.0.1:9333' },
      trustedProxies: [],
      pageFolder: pages,
      log,
      checkHealth: async () => {},
    });
    const answer = await nowhere.app.inject({ url: '/demo/api/v1/devices', headers: { cookie } });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.json().code).toBe('unavailable');
    await nowhere.app.close();
    await nowhere.database.close();
  });
});

describe('answers', () => {
  const row = (body: unknown, status = 200): Route =>
    route({
      method: 'GET',
      path: '/answer',
      door: 'management',
      access: 'anyone',
      summary: 'Answers',
      schema: {
        response: { 200: Type.Object({ name: Type.String(), at: Type.String({ format: 'date-time' }) }) },
      },
      handle: async () => ({ status, body }),
    });

  test('leave without the members that their schema does not know', async () => {
    const body = { name: 'alice', at: new Date(0), passwordHash: 'secret' };
    await withRoutes([row(body)], async (other) => {
      expect((await other.inject({ url: '/answer' })).json()).toEqual({
        name: 'alice',
        at: '1970-01-01T00:00:00.000Z',
      });
    });
  });

  test.each([
    ['of another shape', { name: 7, at: new Date(0) }, 200],
    ['of a status without a schema', { name: 'alice', at: new Date(0) }, 202],
  ])('%s never leave', async (_case, body, status) => {
    await withRoutes([row(body, status)], async (other) => {
      const answer = await other.inject({ url: '/answer' });
      expect(answer.statusCode).toBe(500);
      expect(answer.body).not.toContain('alice');
    });
  });

  test('carry strict headers, and are never cached', async () => {
    const { headers } = await app.inject({ url: '/healthz' });
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['strict-transport-security']).toBeUndefined();
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:9333");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('sign-in', () => {
  test('a link opens one session, once', async () => {
    const token = await newLink('demo', 'operator');
    const answers = await Promise.all([1, 2, 3].map(() => app.inject({ url: `/sign-in?token=${token}` })));
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([303, 400, 400]);
    const good = answers.find((answer) => answer.statusCode === 303);
    expect(good?.headers.location).toBe('/demo/console/');
    const [cookie] = good?.cookies ?? [];
    expect(cookie).toMatchObject({ path: '/', httpOnly: true, sameSite: 'Lax' });
    expect(cookie).not.toHaveProperty('domain');
    const session = await app.inject({
      url: '/demo/api/v1/session',
      headers: { cookie: cookieOf(good ?? answers[0] ?? { cookies: [] }) },
    });
    expect(session.json()).toMatchObject({
      operator: { name: 'The operator', role: 'operator' },
      tenant: { tenantId: 'demo' },
      issuer: `${publicUrl}/demo`,
      workstationUrl: 'ws://127.0.0.1:9333',
    });
  });

  test('a link without a limit of uses works until its time is over', async () => {
    const token = await newLink('demo', 'owner', new Date(Date.now() + 60_000));
    for (const _again of [1, 2]) {
      expect((await app.inject({ url: `/sign-in?token=${token}` })).statusCode).toBe(303);
    }
    const over = await newLink('demo', 'owner', new Date(Date.now() - 1));
    const answer = await app.inject({ url: `/sign-in?token=${over}` });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'sign-in-link-invalid']);
  });

  test.each(['', 'demo.', 'nobody', `demo.${'A'.repeat(43)}`, `nobody.${'A'.repeat(43)}`, 'x'.repeat(256)])(
    'a made-up token opens nothing: %s',
    async (token) => {
      const answer = await app.inject({ url: `/sign-in?token=${encodeURIComponent(token)}` });
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'sign-in-link-invalid']);
      expect(answer.cookies).toEqual([]);
    },
  );

  test('whoever opens a page of the console signs in first and comes back to it', async () => {
    for (const path of [
      '/assign-user/j%C3%B6rg%2Fx?from=hr',
      '/demo/assign-user/alice',
      '/demo/console/keys?query=a',
    ]) {
      const sent = await app.inject({ url: path });
      expect(sent.statusCode).toBe(303);
      expect(sent.headers.location).toBe(`/sign-in?return_to=${encodeURIComponent(path)}`);
      const shown = await app.inject({ url: String(sent.headers.location) });
      expect(shown.statusCode).toBe(200);
      expect(shown.body).toContain('Console');
      const token = await newLink('demo', 'operator');
      const back = await app.inject({ url: `/sign-in?token=${token}`, headers: { cookie: cookieOf(shown) } });
      expect(back.headers.location).toBe(path);
      const page = await app.inject({ url: path, headers: { cookie: cookieOf(back) } });
      expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    }
  });

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example',
    'javascript:alert(1)',
    '',
    `/${'x'.repeat(2048)}`,
    // A link of ours, written by somebody else: it would sign her in as him.
    '/sign-in?token=demo.of-an-attacker',
    '/demo/console/../../sign-in?token=demo.of-an-attacker',
    '/assign-user/%2e%2e/sign-in?token=demo.of-an-attacker',
    '/demo/authn/logout',
  ])('never leads elsewhere than to a page of the console: %s', async (path) => {
    const shown = await app.inject({ url: `/sign-in?return_to=${encodeURIComponent(path)}` });
    const token = await newLink('demo', 'operator');
    const back = await app.inject({ url: `/sign-in?token=${token}`, headers: { cookie: cookieOf(shown) } });
    expect(back.headers.location).toBe('/demo/console/');
    const [name] = (await app.inject({ url: '/sign-in?return_to=/demo/console/' })).cookies.map(
      (cookie) => cookie.name,
    );
    const planted = await app.inject({
      url: `/sign-in?token=${await newLink('demo', 'operator')}`,
      headers: { cookie: `${name}=${encodeURIComponent(path)}` },
    });
    expect(planted.headers.location).toBe('/demo/console/');
  });

  test('HEAD of a link uses nothing up and signs nobody in', async () => {
    const token = await newLink('demo', 'operator');
    const looked = await app.inject({ method: 'HEAD', url: `/sign-in?token=${token}` });
    expect([looked.statusCode, looked.cookies]).toEqual([200, []]);
    expect((await app.inject({ url: `/sign-in?token=${token}` })).statusCode).toBe(303);
  });

  test('the page that takes a copied link lets its form say where it comes from', async () => {
    // Under `no-referrer`, as everywhere else, browsers send `Origin: null`, and the form would be refused.
    const shown = await app.inject({ url: '/sign-in' });
    expect(shown.headers['referrer-policy']).toBe('same-origin');
  });

  test('whoever signs in anew leaves no session behind in that browser', async () => {
    const first = await signIn();
    const again = await app.inject({
      url: `/sign-in?token=${await newLink('demo', 'operator')}`,
      headers: { cookie: first },
    });
    const status = async (cookie: string) =>
      (await app.inject({ url: '/api/v1/session', headers: { cookie } })).statusCode;
    expect([await status(first), await status(cookieOf(again))]).toEqual([401, 200]);
  });

  test.each(['cross-site', 'same-site'])(
    'a link that another site opened asks first, and only our own page’s answer counts: %s',
    async (site) => {
      const token = await newLink('demo', 'operator');
      const asked = await app.inject({
        url: `/sign-in?token=${token}`,
        headers: { 'sec-fetch-site': site },
      });
      expect(asked.statusCode).toBe(200);
      expect(asked.cookies).toEqual([]);
      expect(asked.body).toContain('<form method="post" action="/sign-in">');
      const post = (headers: Record<string, string>) =>
        app.inject({
          method: 'POST',
          url: '/sign-in',
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
          payload: `token=${token}`,
        });
      expect((await post({ origin: 'https://evil.example' })).statusCode).toBe(403);
      expect((await post({ origin: 'null', 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
      const answer = await post({ origin: publicUrl, 'sec-fetch-site': 'same-origin' });
      expect([answer.statusCode, answer.headers.location]).toEqual([303, '/demo/console/']);
    },
  );

  test('a page that calls is answered without a redirect', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { origin: publicUrl },
      payload: { token: await newLink('demo', 'operator') },
    });
    expect(answer.statusCode).toBe(204);
    expect(cookieOf(answer)).toContain('keywarden-session-');
  });

  test('sign-out ends the session on the server, not in the browser alone', async () => {
    const cookie = await signIn();
    const refused = await app.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { cookie, origin: 'https://evil.example' },
    });
    expect(refused.statusCode).toBe(403);
    expect((await app.inject({ url: '/api/v1/session', headers: { cookie } })).statusCode).toBe(200);
    const answer = await app.inject({ method: 'POST', url: '/sign-out', headers: { cookie }, payload: {} });
    expect(answer.statusCode).toBe(204);
    expect(answer.cookies[0]).toMatchObject({ value: '' });
    expect((await app.inject({ url: '/api/v1/session', headers: { cookie } })).statusCode).toBe(401);
  });

  test('is audited', async () => {
    await signIn('demo', 'auditor');
    const events = await ports.store.transaction('demo', (tables) =>
      tables.events.list({ type: 'operator.signed-in' }, { limit: 1, after: null }),
    );
    expect(events.items[0]).toMatchObject({ actor: { name: 'The auditor' }, clientIp: '127.0.0.1' });
  });

  test('no other GET of the table has an effect', async () => {
    const before = await ports.store.transaction('demo', (tables) =>
      tables.events.list({}, { limit: 1, after: null }),
    );
    const cookie = await signIn();
    for (const row of table().filter((candidate) => candidate.method === 'GET')) {
      await app.inject({ url: addressOf(row, 'demo').replace('*', 'alice'), headers: { cookie } });
    }
    const after = await ports.store.transaction('demo', (tables) =>
      tables.events.list({}, { limit: 1, after: null }),
    );
    expect(after.total).toBe(before.total + 1);
    expect(after.items[0]?.type).toBe('operator.signed-in');
  });

  test('the cookies of two servers on one host do not clash, and are __Host- on https', () => {
    const names = ['http://localhost:8080', 'http://localhost:8081', 'https://keys.example'].map((url) => {
      const set: string[] = [];
      const reply = { setCookie: (name: string) => set.push(name) };
      siteCookies(url).setSession(reply as never, { secret: 's', expiresAt: new Date() });
      return set[0] ?? '';
    });
    expect(new Set(names).size).toBe(3);
    expect(names[2]).toMatch(/^__Host-/);
  });
});

describe('pages', () => {
  test('the portal is for anybody, the console for who is signed in to that tenant', async () => {
    const portal = await app.inject({ url: '/demo/authn/portal?request_uri=x' });
    expect([portal.statusCode, portal.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await app.inject({ url: '/nobody/authn/portal' })).statusCode).toBe(404);
    const policy = String(portal.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|ws:|https?:/);
    const cookie = await signIn('other');
    expect((await app.inject({ url: '/demo/console/', headers: { cookie } })).statusCode).toBe(303);
    expect((await app.inject({ url: '/other/console/', headers: { cookie } })).statusCode).toBe(200);
    const home = await app.inject({ url: '/', headers: { cookie } });
    expect([home.statusCode, home.headers.location]).toEqual([303, '/other/console/']);
    expect((await app.inject({ url: '/' })).headers.location).toBe('/sign-in');
  });

  test('assets are kept for ever, and nothing beside them can be read', async () => {
    const asset = await app.inject({ url: '/assets/console-1234abcd.js' });
    expect(asset.statusCode).toBe(200);
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['content-type']).toMatch(/^(text|application)\/javascript/);
    for (const path of [
      '/assets/',
      '/assets/nothing.js',
      '/assets/..%2f.built-from',
      '/assets/..%2fconsole.html',
      '/assets/%2e%2e/.built-from',
      '/assets/../../../../etc/passwd',
      '/assets/..%5c..%5cpackage.json',
      '/assets/%00',
    ]) {
      const answer = await app.inject({ url: path });
      expect([path, answer.statusCode >= 400]).toEqual([path, true]);
      expect(answer.body).not.toContain('digest');
    }
  });

  test('that are not built are a clear 503; the API works without them', async () => {
    await rm(join(pages, 'portal.html'));
    const answer = await app.inject({ url: '/demo/authn/portal' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      code: 'pages-missing',
      detail: expect.stringContaining('npm run build'),
    });
  });
});

describe('operation', () => {
  test('/healthz is 503 until the server can serve', async () => {
    health.error = notReady();
    const answer = await app.inject({ url: '/healthz' });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    health.error = null;
    expect((await app.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' });
  });

  test('/openapi.json has every route of the management API, and no page', async () => {
    const answer = await app.inject({ url: '/openapi.json' });
    expect(answer.statusCode).toBe(200);
    const document = answer.json();
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries<object>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const expected = table()
      .filter(({ door }) => ['management', 'authn', 'account'].includes(door))
      .map((row) => `${row.method} ${row.path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(expect.arrayContaining(expected.sort()));
    expect(described.some((line) => /console|portal| \/sign-in/.test(line))).toBe(false);
    expect(document.paths['/{tenant}/authn/account/details'].get.security).toEqual([{ account: [] }]);

    const { parameters, requestBody, responses } = document.paths['/{tenant}/authn/enroll/fido'].post;
    expect(parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'server-csrf-token', required: false }),
    );
    expect(Object.keys(requestBody.content)).toEqual([
      'application/json',
      'application/x-www-form-urlencoded',
    ]);
    expect(Object.keys(responses)).toEqual(['200', '201', '400', '403', '429', '500', '503']);
    expect(responses[429].headers).toHaveProperty('retry-after');
    for (const response of Object.values<object>(responses)) {
      expect(response).toMatchObject({ headers: { 'server-csrf-token': { schema: { type: 'string' } } } });
    }
    expect(responses[403].content['application/json'].schema.properties.error.enum).toContain(
      'access_denied',
    );
  });

  test('one client that asks too much is told when to come back; others are not bothered', async () => {
    const row = healthRoutes({ check: async () => {}, openApi: () => ({}) })[0];
    if (row === undefined) throw new Error('no health route');
    await withRoutes([{ ...row, perMinute: 3 }], async (other) => {
      const ask = (remoteAddress: string) => other.inject({ url: '/healthz', remoteAddress });
      for (const _time of [1, 2, 3]) expect((await ask('192.0.2.1')).statusCode).toBe(200);
      const refused = await ask('192.0.2.1');
      expect(refused.statusCode).toBe(429);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused.json()).toMatchObject({ code: 'rate-limited', status: 429 });
      expect((await ask('192.0.2.2')).statusCode).toBe(200);
    });
  });

  test('addresses at which there is nothing are counted like any other', async () => {
    const ask = () => app.inject({ url: '/nothing/here', remoteAddress: '192.0.2.3' });
    const statuses = new Set<number>();
    for (let asked = 0; asked <= 300; asked += 1) statuses.add((await ask()).statusCode);
    expect([...statuses]).toEqual([404, 429]);
  });

  test('a forwarded address is believed of nobody unless configured', async () => {
    logged.length = 0;
    await app.inject({ url: '/demo/api/v1/devices', headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(logged.join('')).not.toContain('203.0.113.7');
  });

  test('one line per request, and no secret in any of them', async () => {
    const token = await newLink('demo', 'owner');
    const secrets = [
      'hunter2-password',
      'bearer-secret',
      'csrf-secret',
      'urn:hid:request-secret',
      '12345678',
    ];
    logged.length = 0;
    const signedIn = await app.inject({ url: `/sign-in?token=${token}` });
    const cookie = cookieOf(signedIn);
    await app.inject({
      url: '/demo/api/v1/session',
      headers: { cookie, authorization: 'Bearer bearer-secret' },
    });
    await app.inject({
      method: 'POST',
      url: '/demo/authn/code?request_uri=urn:hid:request-secret',
      headers: { 'server-csrf-token': 'csrf-secret', 'content-type': 'application/x-www-form-urlencoded' },
      payload:
        'grant_type=password&request_uri=urn:hid:request-secret&username=alice&password=hunter2-password&authType=AT_EMPPWD',
    });
    await app.inject({ method: 'POST', url: '/sign-in', payload: { token, pin: '12345678' } });
    expect(logged.map((line) => JSON.parse(line).msg)).toEqual(['request', 'request', 'request', 'request']);
    const text = logged.join('\n');
    for (const secret of [...secrets, token, token.split('.')[1] ?? '', cookie.split('=')[1] ?? '']) {
      expect(text).not.toContain(secret);
    }
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ path: '/sign-in', method: 'GET', status: 303 });
  });

  test('what is logged by mistake is redacted by name, at any depth that happens', () => {
    const written: string[] = [];
    const careless = createLog({ level: 'info', destination: { write: (line) => written.push(line) } });
    careless.info({ password: 'p-secret', body: { pin: 'p-secret', user: { token: 'p-secret' } } });
    careless.info({
      req: { headers: { authorization: 'p-secret', cookie: 'p-secret', 'server-csrf-token': 'p-secret' } },
    });
    careless.error({
      err: Object.assign(new Error('failed'), { detail: 'Key (name)=(p-secret)', row: 'p-secret' }),
    });
    expect(written).toHaveLength(3);
    expect(written.join('')).not.toContain('p-secret');
  });
});
