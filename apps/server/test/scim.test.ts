import { randomBytes } from 'node:crypto';
import { registerClient } from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scimRoutes } from '../src/scim/index.ts';
import { system } from './authentication/rig.ts';
import { type HttpServer, openHttpServer } from './lifecycle/server.ts';
import { openProvisionedTenant, type ProvisionedTenant } from './scim/provisioned.ts';

let server: HttpServer;
let tenant: ProvisionedTenant;
let superuser: pg.Client;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openProvisionedTenant(server, 'scim');
  superuser = new pg.Client(server.fresh.superuser);
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await server.close();
});

const user = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const group = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const fresh = () => `u${randomBytes(6).toString('hex')}`;
const patch = (path: string, ...operations: readonly object[]) =>
  tenant.call('PATCH', path, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: operations,
  });
const filtered = (path: string, filter: string) =>
  tenant.call('GET', `${path}?filter=${encodeURIComponent(filter)}`);
/** Status and scimType of a refusal, whose form is checked on the way. */
function refusal({
  status,
  body,
}: {
  status: number;
  body: { schemas: string[]; status: string; scimType?: string };
}) {
  expect(body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
  expect(body.status).toBe(String(status));
  return body.scimType === undefined ? [status] : [status, body.scimType];
}

/** Tables in which a row is the user's own, by the name of their column: whoever adds one sees it here. */
async function tablesThatName(userId: string): Promise<readonly string[]> {
  const { rows } = await superuser.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'keywarden' AND column_name = 'user_id' ORDER BY 1`,
  );
  expect(rows.length).toBeGreaterThan(8);
  const found: string[] = [];
  for (const { name } of rows) {
    const one = await superuser.query(`SELECT FROM keywarden.${name} WHERE user_id::text = $1 LIMIT 1`, [
      userId,
    ]);
    if (one.rowCount !== 0) found.push(name);
  }
  return found;
}

/** What proves a user and who is signed in, as the other rooms of the server write it. */
async function leaveTraces(userId: string): Promise<void> {
  await server.ports.store.transaction(tenant.tenantId, async (tables) => {
    await tables.passwords.set(userId, 'a hash');
    await tables.users.userHandle(userId, 'localhost', randomBytes(32).toString('base64url'));
  });
  await superuser.query(
    `INSERT INTO keywarden.one_time_code_apps
       (tenant_id, app_id, user_id, auth_type, friendly_name, sealed_secret, status, created_at)
     VALUES ($1, gen_random_uuid(), $2, 'AT_TOTP', 'App', $3, 'ACTIVE', now())`,
    [tenant.tenantId, userId, randomBytes(32)],
  );
  await superuser.query(
    `INSERT INTO keywarden.account_sessions
       (tenant_id, session_hash, session_id, user_id, proven_factors, credential_ids, authenticated_at, created_at, expires_at)
     VALUES ($1, $3, gen_random_uuid(), $2, '[]', '{}', now(), now(), now() + interval '1 hour')`,
    [tenant.tenantId, userId, randomBytes(32)],
  );
}

describe('what the server says of itself', () => {
  test('ServiceProviderConfig names what it can do', async () => {
    const { status, body, headers } = await tenant.call('GET', '/ServiceProviderConfig');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/scim+json; charset=utf-8');
    expect(body).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 524_288 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      pagination: { cursor: true, index: true },
      authenticationSchemes: [{ type: 'oauthbearertoken' }],
    });
  });

  test('ResourceTypes, all and one, lead to their schemas', async () => {
    const { body } = await tenant.call('GET', '/ResourceTypes');
    expect(body).toMatchObject({ totalResults: 3 });
    for (const type of body.Resources) {
      const { body: alone } = await tenant.call('GET', `/ResourceTypes/${type.id}`);
      expect(alone).toEqual(type);
      expect(type.meta.location).toBe(`${tenant.base}/ResourceTypes/${type.id}`);
      const schema = await tenant.call('GET', `/Schemas/${type.schema}`);
      expect(schema.body).toMatchObject({ id: type.schema, name: type.name });
      expect((await tenant.call('GET', type.endpoint)).status).toBe(200);
    }
    expect(body.Resources.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([
      '/Users',
      '/Groups',
      '/Device',
    ]);
  });

  test('what is not there is told in the form of RFC 7644, below every path', async () => {
    for (const path of ['/ResourceTypes/Nothing', '/Schemas/urn:nothing', '/Nothing', '/Users/a/b', '/Me']) {
      expect(refusal(await tenant.call('GET', path))).toEqual([404]);
    }
    expect(refusal(await tenant.call('POST', '/Nothing', {}))).toEqual([404]);
    const { status, headers, body } = await tenant.call('POST', '/Schemas', {});
    expect([status, headers.get('allow'), body.status]).toEqual([405, 'GET, HEAD', '405']);
  });

  test('the OpenAPI document has its routes, its bearer, and its errors', async () => {
    const { body } = await server.call('GET', '/openapi.json');
    for (const route of scimRoutes({ path: 'scim/v2' })) {
      const operation = body.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
      expect(operation, `${route.method} ${route.path}`).toMatchObject({
        tags: ['scim'],
        security: [{ provisioner: [] }],
      });
      expect(Object.keys(operation.responses['4XX']?.content ?? operation.responses['4xx'].content)).toEqual([
        'application/scim+json',
      ]);
    }
  });
});

describe('at another path', () => {
  test('its routes, locations and base are there', async () => {
    const paths = scimRoutes({ path: 'provisioning/v2' }).map((route) => route.path);
    expect(paths.every((path) => path.startsWith('/:tenant/provisioning/v2/'))).toBe(true);
    expect(new Set(paths).size).toBe(16);
  });
});

describe('who may provision', () => {
  const tokens = (method: string, path = '', body?: unknown, cookie: string | null = tenant.cookie) =>
    server.call(method, `/${tenant.tenantId}/api/v1/provisioning-tokens${path}`, {
      cookie,
      ...(body === undefined ? {} : { body }),
    });

  test('nobody without a bearer, or with one that is none', async () => {
    for (const options of [
      { token: null },
      { token: '' },
      { token: 'kwp_' },
      { token: `kwp_${'A'.repeat(43)}` },
      { token: 'x'.repeat(2000) },
      { token: null, headers: { authorization: 'Basic YTpi' } },
      { token: null, headers: { cookie: tenant.cookie } },
    ]) {
      const answer = await tenant.call('GET', '/Users', undefined, options);
      expect(refusal(answer)).toEqual([401]);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  test('nothing is read of a body before the bearer is known', async () => {
    const { status } = await tenant.call(
      'POST',
      '/Users',
      { userName: 'x'.repeat(600_000) },
      { token: 'no' },
    );
    expect(status).toBe(401);
  });

  test('a token is shown once and kept as its hash', async () => {
    const { body, status } = await tokens('POST', '', { name: 'Entra ID', expiresInDays: 30 });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'Entra ID', lastUsedAt: null, revokedAt: null });
    expect(body.token).toMatch(/^kwp_[\w-]{43}$/);
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(30 * 24 * 60 * 60_000);
    const { text } = await tokens('GET');
    expect(text).toContain(body.tokenId);
    expect(text).not.toContain(body.token);
    const { rows } = await superuser.query(
      "SELECT coalesce(string_agg(t::text, ''), '') AS all FROM keywarden.provisioning_tokens t",
    );
    expect(rows[0].all).not.toContain(body.token.slice(4));
  });

  test('its use is noted; once revoked it opens nothing, from the next request on', async () => {
    const { body } = await tokens('POST', '', { name: 'Short' });
    expect((await tenant.call('GET', '/Users', undefined, { token: body.token })).status).toBe(200);
    const used = (await tokens('GET')).body.items.find(
      (one: { tokenId: string }) => one.tokenId === body.tokenId,
    );
    expect(Date.now() - Date.parse(used.lastUsedAt)).toBeLessThan(60_000);
    expect((await tokens('DELETE', `/${body.tokenId}`)).status).toBe(204);
    expect((await tokens('DELETE', `/${body.tokenId}`)).status).toBe(204);
    expect((await tenant.call('GET', '/Users', undefined, { token: body.token })).status).toBe(401);
    expect((await tenant.events(body.tokenId)).map(({ type }) => type)).toEqual([
      'provisioning-token.issued',
      'provisioning-token.revoked',
    ]);
  });

  test('one that has expired opens nothing', async () => {
    const { body } = await tokens('POST', '', { name: 'Old' });
    await superuser.query(
      "UPDATE keywarden.provisioning_tokens SET expires_at = now() - interval '1 second' WHERE token_id = $1",
      [body.tokenId],
    );
    expect((await tenant.call('GET', '/Users', undefined, { token: body.token })).status).toBe(401);
  });

  test('operators see and issue tokens by their role', async () => {
    const statuses = async (role: 'administrator' | 'operator' | 'help-desk' | 'auditor') => {
      const cookie = await server.signIn(tenant.tenantId, role);
      const list = await tokens('GET', '', undefined, cookie);
      const issue = await tokens('POST', '', { name: 'Mine' }, cookie);
      return [list.status, issue.status];
    };
    expect(await statuses('administrator')).toEqual([200, 201]);
    expect(await statuses('auditor')).toEqual([200, 403]);
    expect(await statuses('operator')).toEqual([403, 403]);
    expect(await statuses('help-desk')).toEqual([403, 403]);
  });

  test('the token of one tenant opens nothing in another, and nobody sees the other’s users', async () => {
    const other = await openProvisionedTenant(server, 'next');
    const theirs = await other.make('/Users', { userName: 'theirs', externalId: 'shared' });
    expect((await tenant.call('GET', '/Users', undefined, { token: other.token })).status).toBe(401);
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { userName: 'stolen' }],
      ['PATCH', { Operations: [{ op: 'replace', path: 'userName', value: 'stolen' }] }],
      ['DELETE', undefined],
    ] as const) {
      expect((await tenant.call(method, `/Users/${theirs.id}`, body)).status).toBe(404);
    }
    expect((await filtered('/Users', 'externalId eq "shared"')).body.totalResults).toBe(0);
    expect(
      refusal(
        await tenant.call('POST', '/Groups', { displayName: 'Mixed', members: [{ value: theirs.id }] }),
      ),
    ).toEqual([400, 'invalidValue']);
    expect((await other.call('GET', `/Users/${theirs.id}`)).body).toEqual(theirs);
  });

  test('a client that registers itself can not give itself the right', async () => {
    const { clientId } = await registerClient(server.ports, system, {
      tenantId: tenant.tenantId,
      name: 'Ambitious',
      redirectUris: ['https://ambitious.example/callback'],
    });
    await server.ports.store.transaction(tenant.tenantId, async (tables) => {
      const client = await tables.clients.get(clientId);
      if (client === null) throw new Error('no client');
      await tables.clients.upsert({
        ...client,
        metadata: { ...client.metadata, scope: 'openid scim', mayProvision: true },
      });
      expect(await tables.clients.provisioning(clientId)).toBeNull();
    });
  });
});

describe('bodies', () => {
  test('are JSON under either name, and nothing else', async () => {
    for (const type of [
      'application/scim+json',
      'application/json; charset=utf-8',
      'Application/SCIM+JSON',
    ]) {
      expect((await tenant.call('POST', '/Users', { userName: fresh() }, { type })).status).toBe(201);
    }
    const form = await server.call('POST', `/${tenant.tenantId}/scim/v2/Users`, {
      form: new URLSearchParams({ userName: 'form' }),
      headers: {
        authorization: `Bearer ${tenant.token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
    expect(refusal(form)).toEqual([415]);
  });

  test.each([
    ['not an object', [], 'invalidValue'],
    ['a user without a name', { displayName: 'Nobody' }, 'invalidValue'],
    ['a name that is no text', { userName: 7 }, 'invalidValue'],
    ['a name with control characters', { userName: 'a\u0007' }, 'invalidValue'],
    ['a NUL character', { userName: fresh(), title: 'a\u0000' }, 'invalidValue'],
    ['a text for a truth', { userName: fresh(), active: 'perhaps' }, 'invalidValue'],
    ['an object for a text', { userName: fresh(), title: {} }, 'invalidValue'],
    [
      'two primary values',
      {
        userName: fresh(),
        emails: [
          { value: 'a@b.example', primary: true },
          { value: 'c@d.example', primary: true },
        ],
      },
      'invalidValue',
    ],
    ['too deep', { userName: fresh(), own: { a: { b: { c: { d: { e: { f: 1 } } } } } } }, 'invalidValue'],
    ['too long a text', { userName: fresh(), title: 'x'.repeat(10_000) }, 'invalidValue'],
    [
      'too large',
      { userName: fresh(), own: Array.from({ length: 20 }, () => 'x'.repeat(8000)) },
      'invalidValue',
    ],
    [
      'too many values',
      { userName: fresh(), roles: Array.from({ length: 501 }, (_, n) => ({ value: `${n}` })) },
      'invalidValue',
    ],
  ])('%s is refused', async (_what, body, scimType) => {
    const answer = await tenant.call('POST', '/Users', body);
    expect(answer.status, answer.text).toBe(400);
    if (!Array.isArray(body)) expect(refusal(answer)).toEqual([400, scimType]);
  });

  test('JSON that is none, and bodies without a bound, are refused', async () => {
    const send = (text: string) =>
      fetch(`${tenant.base}/Users`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tenant.token}`, 'content-type': 'application/scim+json' },
        body: text,
      });
    expect((await send('{"userName":')).status).toBe(400);
    expect((await send('{"__proto__":{"active":true},"userName":"x"}')).status).toBe(400);
    expect((await send(`{"userName":"${'x'.repeat(600_000)}"}`)).status).toBe(413);
  });
});

describe('a user', () => {
  test('is given back as it was sent: extensions, unknown attributes, the case of values; not of names', async () => {
    const userName = fresh();
    const sent = {
      schemas: [user, enterprise, 'urn:acme:2.0:User'],
      USERNAME: userName.toUpperCase(),
      externalId: 'E-1',
      Name: { GivenName: 'Ada', familyName: 'Lovelace', honorificPrefix: 'Countess' },
      emails: [
        { value: 'Ada@Work.example', type: 'work', primary: true },
        { value: 'ada@home.example', type: 'home', display: 'Home' },
      ],
      phoneNumbers: [{ value: '555 5555', type: 'mobile' }],
      addresses: [{ type: 'work', locality: 'London', country: 'GB' }],
      roles: [{ value: 'admin' }, { value: 'reader' }],
      timezone: 'Europe/London',
      [enterprise.toUpperCase()]: { department: 'Engines', manager: { value: '1', displayName: 'Charles' } },
      'urn:acme:2.0:User': { badge: 'gold', nested: { list: [1, true, null] } },
      favouriteEngine: 'analytical',
      nothing: null,
      ims: [],
      id: 'mine',
      meta: { created: 'never', version: 'W/"9"' },
      groups: [],
    };
    const made = await tenant.make('/Users', sent);
    expect(made).toMatchObject({
      schemas: [user, enterprise, 'urn:acme:2.0:User'],
      userName: userName.toUpperCase(),
      externalId: 'E-1',
      name: { givenName: 'Ada', familyName: 'Lovelace', honorificPrefix: 'Countess' },
      displayName: 'Ada Lovelace',
      emails: sent.emails,
      phoneNumbers: sent.phoneNumbers,
      addresses: sent.addresses,
      roles: sent.roles,
      timezone: 'Europe/London',
      active: true,
      [enterprise]: { department: 'Engines', manager: { value: '1', displayName: 'Charles' } },
      'urn:acme:2.0:User': { badge: 'gold', nested: { list: [1, true, null] } },
      favouriteEngine: 'analytical',
      groups: [],
      meta: { resourceType: 'User', location: `${tenant.base}/Users/${made.id}`, version: 'W/"1"' },
    });
    expect(made.id).toMatch(/^[0-9a-f-]{36}$/);
    for (const gone of ['nothing', 'ims', 'password']) expect(made).not.toHaveProperty(gone);
    expect((await tenant.call('GET', `/Users/${made.id}`)).body).toEqual(made);
  });

  test('is the same user in the console and in the authentication service', async () => {
    const userName = fresh();
    const { id } = await tenant.make('/Users', {
      userName,
      emails: [{ value: 'first@x.example' }, { value: 'main@x.example', primary: true }],
    });
    const { body } = await server.call('GET', `/${tenant.tenantId}/api/v1/users/${id}`, {
      cookie: tenant.cookie,
    });
    expect(body).toMatchObject({
      username: userName,
      displayName: userName,
      email: 'main@x.example',
      status: 'active',
    });
    const made = await server.call('POST', `/${tenant.tenantId}/api/v1/users`, {
      cookie: tenant.cookie,
      body: { username: `${userName}-2`, displayName: 'By Hand', email: 'hand@x.example' },
    });
    const { body: seen } = await tenant.call('GET', `/Users/${made.body.userId}`);
    expect(seen).toMatchObject({
      userName: `${userName}-2`,
      displayName: 'By Hand',
      emails: [{ value: 'hand@x.example', type: 'work', primary: true }],
    });
    expect(
      (await filtered('/Users', 'emails[type eq "work"].value eq "HAND@x.example"')).body.totalResults,
    ).toBe(1);
  });

  test('of a name that is taken, in whatever case, is refused; of two at once, one', async () => {
    const userName = fresh();
    await tenant.make('/Users', { userName });
    expect(refusal(await tenant.call('POST', '/Users', { userName: userName.toUpperCase() }))).toEqual([
      409,
      'uniqueness',
    ]);
    const name = fresh();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, number) =>
        tenant.call('POST', '/Users', { userName: number % 2 === 0 ? name : name.toUpperCase() }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    const { id } = await tenant.make('/Users', { userName: fresh() });
    expect(refusal(await patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: name }))).toEqual([
      409,
      'uniqueness',
    ]);
    // Her own name in another case is hers.
    expect((await patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: fresh() })).status).toBe(
      200,
    );
  });

  test('replaced by PUT loses what was not said, but neither externalId nor being disabled', async () => {
    const userName = fresh();
    const { id } = await tenant.make('/Users', { userName, externalId: 'kept', title: 'Dr.', active: false });
    const { body } = await tenant.call('PUT', `/Users/${id}`, { userName, nickName: 'Nick' });
    expect(body).toMatchObject({ userName, nickName: 'Nick', externalId: 'kept', active: false });
    expect(body).not.toHaveProperty('title');
    expect(refusal(await tenant.call('PUT', `/Users/${id}`, { nickName: 'Nick' }))).toEqual([
      400,
      'invalidValue',
    ]);
    expect(refusal(await tenant.call('PUT', '/Users/nobody', { userName }))).toEqual([404]);
  });

  test('has a display name that follows the name it was made of, and none that was given', async () => {
    const derived = await tenant.make('/Users', {
      userName: fresh(),
      name: { givenName: 'Ada', familyName: 'Byron' },
    });
    expect(derived.displayName).toBe('Ada Byron');
    const renamed = await patch(`/Users/${derived.id}`, {
      op: 'replace',
      path: 'name.familyName',
      value: 'Lovelace',
    });
    expect(renamed.body.displayName).toBe('Ada Lovelace');
    const given = await tenant.make('/Users', { userName: fresh(), displayName: 'The Countess' });
    const kept = await patch(`/Users/${given.id}`, { op: 'add', path: 'name.givenName', value: 'Ada' });
    expect(kept.body.displayName).toBe('The Countess');
  });

  test('deleted is gone with what proved her, her name is free, and events still name her id', async () => {
    const userName = fresh();
    const { id } = await tenant.make('/Users', {
      userName,
      externalId: 'gone-1',
      emails: [{ value: 'gone@x.example' }],
      groups: [{ value: 'Gone' }],
    });
    await leaveTraces(id);
    expect(await tablesThatName(id)).toEqual([
      'account_sessions',
      'group_members',
      'one_time_code_apps',
      'passwords',
      'user_emails',
      'user_handles',
      'users',
    ]);
    expect((await tenant.call('DELETE', `/Users/${id}`)).status).toBe(204);
    expect((await tenant.call('GET', `/Users/${id}`)).status).toBe(404);
    for (const filter of [
      `userName eq "${userName}"`,
      'externalId eq "gone-1"',
      'emails.value eq "gone@x.example"',
    ]) {
      expect((await filtered('/Users', filter)).body.totalResults).toBe(0);
    }
    const { rows } = await superuser.query(
      `SELECT (SELECT to_jsonb(u)::text FROM keywarden.users u WHERE user_id = $1) AS left_over,
              (SELECT count(*)::int FROM keywarden.passwords WHERE user_id = $1) AS passwords,
              (SELECT count(*)::int FROM keywarden.group_members WHERE user_id = $1) AS memberships`,
      [id],
    );
    expect(rows[0]).toMatchObject({ passwords: 0, memberships: 0 });
    for (const trace of [userName, 'gone-1', 'gone@x.example'])
      expect(rows[0].left_over).not.toContain(trace);
    expect(await tablesThatName(id)).toEqual(['users']);
    const console = await server.call('GET', `/${tenant.tenantId}/api/v1/users/${id}`, {
      cookie: tenant.cookie,
    });
    expect(console.status).toBe(404);
    expect((await tenant.events(id)).map(({ type }) => type)).toEqual(['user.created', 'user.deleted']);
    const again = await tenant.make('/Users', { userName });
    expect(again.id).not.toBe(id);
  });

  test('that changed is told in the audit log: what, by whom, and nothing where nothing changed', async () => {
    const { id } = await tenant.make('/Users', { userName: fresh() });
    await patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr.' });
    await patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr.' });
    await patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    await patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true });
    const events = await tenant.events(id);
    expect(events.map(({ type }) => type)).toEqual([
      'user.created',
      'user.changed',
      'user.disabled',
      'user.enabled',
    ]);
    expect(events[1]?.description).toBe('Changed: attributes.');
    expect(new Set(events.map(({ actor }) => actor))).toEqual(
      new Set(['Provisioning token “Directory scim”']),
    );
  });
});

describe('PATCH', () => {
  let id: string;
  const path = () => `/Users/${id}`;

  beforeAll(async () => {
    ({ id } = await tenant.make('/Users', {
      userName: fresh(),
      title: 'Dr.',
      emails: [
        { value: 'work@x.example', type: 'work', primary: true },
        { value: 'home@x.example', type: 'home' },
      ],
    }));
  });

  test('adds to a list what is not there, and takes what is primary from the one before', async () => {
    const { body } = await patch(
      path(),
      {
        op: 'add',
        path: 'emails',
        value: [
          { value: 'work@x.example', type: 'work' },
          { value: 'new@x.example', type: 'other', primary: true },
        ],
      },
      { op: 'add', path: 'roles', value: { value: 'one' } },
      { op: 'add', path: 'roles', value: 'two' },
    );
    expect(body.emails).toEqual([
      { value: 'work@x.example', type: 'work', primary: false },
      { value: 'home@x.example', type: 'home' },
      { value: 'new@x.example', type: 'other', primary: true },
    ]);
    expect(body.roles).toEqual([{ value: 'one' }, { value: 'two' }]);
  });

  test('chooses elements by filters, with and, or, not and brackets in values', async () => {
    const { body } = await patch(
      path(),
      { op: 'replace', path: 'emails[type eq "home" and value co "@x"].display', value: 'At [home]' },
      { op: 'remove', path: 'emails[not (type eq "home") and display eq "]"]' },
      { op: 'replace', path: 'emails[display eq "At [home]"].type', value: 'private' },
      { op: 'remove', path: 'emails[type eq "other" or value eq "work@x.example"]' },
    );
    expect(body.emails).toEqual([{ value: 'home@x.example', type: 'private', display: 'At [home]' }]);
  });

  test('changes all elements where no filter chooses, and takes all away where nothing is named', async () => {
    const typed = await patch(path(), { op: 'replace', path: 'emails.type', value: 'work' });
    expect(typed.body.emails).toMatchObject([{ type: 'work' }]);
    const none = await patch(
      path(),
      { op: 'remove', path: 'emails' },
      { op: 'replace', path: 'roles', value: [] },
    );
    expect(none.body).not.toHaveProperty('emails');
    expect(none.body).not.toHaveProperty('roles');
  });

  test('changes parts of what has parts, and leaves the others', async () => {
    await patch(path(), { op: 'add', value: { name: { givenName: 'A', familyName: 'B' }, nickName: 'N' } });
    const { body } = await patch(path(), { op: 'replace', path: 'name', value: { familyName: 'C' } });
    expect(body.name).toEqual({ givenName: 'A', familyName: 'C' });
    const cleared = await patch(
      path(),
      { op: 'replace', path: 'name.givenName', value: null },
      { op: 'remove', path: 'name.familyName' },
    );
    expect(cleared.body).not.toHaveProperty('name');
  });

  test('takes extensions by their URN: whole, in part, and those that no schema knows', async () => {
    const { body } = await patch(
      path(),
      { op: 'add', path: enterprise, value: { department: 'One', costCenter: '7' } },
      { op: 'replace', path: `${enterprise}:department`, value: 'Two' },
      { op: 'add', value: { [enterprise]: { division: 'Three' } } },
      { op: 'add', path: 'urn:acme:2.0:User:badge', value: { colour: 'gold' } },
      { op: 'add', path: 'unknownThing', value: [1, 2] },
    );
    expect(body[enterprise]).toEqual({ department: 'Two', costCenter: '7', division: 'Three' });
    expect(body['urn:acme:2.0:User']).toEqual({ badge: { colour: 'gold' } });
    expect(body.unknownThing).toEqual([1, 2]);
    const gone = await patch(
      path(),
      { op: 'remove', path: enterprise },
      { op: 'remove', path: 'unknownThing' },
    );
    expect(gone.body).not.toHaveProperty([enterprise]);
    expect(gone.body).not.toHaveProperty('unknownThing');
  });

  test.each([
    ['an operation that is none', { op: 'move', path: 'title' }, 'invalidValue'],
    ['a remove without a path', { op: 'remove' }, 'noTarget'],
    ['an add without path and object', { op: 'add', value: 'x' }, 'invalidValue'],
    ['a path that can not be read', { op: 'add', path: 'emails[type eq "work"', value: 'x' }, 'invalidPath'],
    ['a path with a hole', { op: 'add', path: 'name..familyName', value: 'x' }, 'invalidPath'],
    ['a part that is none', { op: 'add', path: 'name.shoeSize', value: 'x' }, 'invalidPath'],
    [
      'brackets where there is one value',
      { op: 'add', path: 'title[value eq "x"]', value: 'x' },
      'invalidPath',
    ],
    [
      'a filter in the path that can not be read',
      { op: 'add', path: 'emails[type like "x"]', value: 'x' },
      'invalidFilter',
    ],
    [
      'a filter that fits nothing and makes nothing',
      { op: 'replace', path: 'emails[type ne "x" and value gt "y"].value', value: 'x' },
      'noTarget',
    ],
    ['the id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['meta', { op: 'replace', path: 'meta.version', value: 'x' }, 'mutability'],
    ['groups', { op: 'add', path: 'groups', value: [{ value: 'x' }] }, 'mutability'],
    ['the name away', { op: 'remove', path: 'userName' }, 'invalidValue'],
    ['a text for a truth', { op: 'replace', path: 'active', value: 'perhaps' }, 'invalidValue'],
    ['an object for a text', { op: 'replace', path: 'title', value: { a: 1 } }, 'invalidValue'],
  ])('refuses %s, and does nothing of the request', async (_what, operation, scimType) => {
    const before = (await tenant.call('GET', path())).body;
    const answer = await patch(path(), { op: 'replace', path: 'nickName', value: fresh() }, operation);
    expect(refusal(answer)).toEqual([400, scimType]);
    expect((await tenant.call('GET', path())).body).toEqual(before);
  });

  test('refuses a body without operations, with too many, or for nobody', async () => {
    expect(refusal(await tenant.call('PATCH', path(), { schemas: [] }))).toEqual([400, 'invalidSyntax']);
    const many = Array.from({ length: 1001 }, () => ({ op: 'remove', path: 'nickName' }));
    expect((await patch(path(), ...many)).status).toBe(400);
    expect((await patch('/Users/nobody', { op: 'remove', path: 'title' })).status).toBe(404);
  });
});

describe('what is shown', () => {
  let id: string;

  beforeAll(async () => {
    ({ id } = await tenant.make('/Users', {
      userName: fresh(),
      name: { givenName: 'G', familyName: 'F' },
      emails: [{ value: 'a@x.example', type: 'work' }],
      [enterprise]: { department: 'D', division: 'V' },
    }));
  });

  test.each([
    ['attributes=userName', ['schemas', 'id', 'userName']],
    ['attributes=USERNAME,name.givenName', ['schemas', 'id', 'userName', 'name']],
    [`attributes=${enterprise}:department`, ['schemas', 'id', enterprise]],
    ['attributes=nothing', ['schemas', 'id']],
  ])('%s', async (query, names) => {
    const { body } = await tenant.call('GET', `/Users/${id}?${query}`);
    expect(Object.keys(body).sort()).toEqual([...names].sort());
    if ('name' in body) expect(body.name).toEqual({ givenName: 'G' });
    if (enterprise in body) expect(body[enterprise]).toEqual({ department: 'D' });
  });

  test('excludedAttributes takes away, but neither id nor schemas', async () => {
    const { body } = await tenant.call(
      'GET',
      `/Users/${id}?excludedAttributes=id,schemas,groups,name.familyName,emails.type,meta`,
    );
    expect(body).toMatchObject({ id, name: { givenName: 'G' }, emails: [{ value: 'a@x.example' }] });
    expect(body.name).not.toHaveProperty('familyName');
    expect(body.emails[0]).not.toHaveProperty('type');
    expect(body).not.toHaveProperty('groups');
    expect(body).not.toHaveProperty('meta');
    expect(body.schemas).toContain(user);
  });

  test('of what is made, replaced, patched and searched as well', async () => {
    const made = await tenant.call('POST', '/Users?attributes=userName', { userName: fresh(), title: 'x' });
    expect(Object.keys(made.body).sort()).toEqual(['id', 'schemas', 'userName']);
    const patched = await tenant.call('PATCH', `/Users/${made.body.id}?excludedAttributes=meta`, {
      Operations: [{ op: 'add', path: 'title', value: 'y' }],
    });
    expect(patched.body.title).toBe('y');
    expect(patched.body).not.toHaveProperty('meta');
    const found = await tenant.call('POST', '/Users/.search', {
      filter: `id eq "${id}"`,
      attributes: ['name.familyName'],
    });
    expect(found.body.Resources).toEqual([{ schemas: [user, enterprise], id, name: { familyName: 'F' } }]);
  });
});

describe('versions', () => {
  test('a resource that the client has is not sent again', async () => {
    const { id, meta } = await tenant.make('/Users', { userName: fresh() });
    const get = (tag: string) =>
      tenant.call('GET', `/Users/${id}`, undefined, { headers: { 'if-none-match': tag } });
    const same = await get(meta.version);
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', meta.version]);
    expect((await get('W/"99"')).status).toBe(200);
    expect((await get('*')).status).toBe(304);
    expect((await tenant.call('GET', `/Users/${id}`)).headers.get('etag')).toBe(meta.version);
  });

  test('who joins or leaves a group, or whose group has another name, has another version, and may be written as before', async () => {
    const { id, meta } = await tenant.make('/Users', { userName: fresh() });
    const version = async () => (await tenant.call('GET', `/Users/${id}`)).body.meta.version;
    const group = await tenant.make('/Groups', { displayName: fresh(), members: [{ value: id }] });
    const joined = await version();
    expect(joined).not.toBe(meta.version);
    const known = await tenant.call('GET', `/Users/${id}`, undefined, {
      headers: { 'if-none-match': joined },
    });
    expect([known.status, known.headers.get('etag')]).toEqual([304, joined]);
    const stale = { headers: { 'if-none-match': meta.version } };
    expect((await tenant.call('GET', `/Users/${id}`, undefined, stale)).status).toBe(200);
    await patch(`/Groups/${group.id}`, { op: 'replace', path: 'displayName', value: fresh() });
    const renamed = await version();
    expect([joined, meta.version]).not.toContain(renamed);
    await patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${id}"]` });
    expect(await version()).toBe(meta.version);

    const written = await tenant.call(
      'PATCH',
      `/Users/${id}`,
      { Operations: [{ op: 'add', path: 'title', value: 'y' }] },
      { headers: { 'if-match': renamed } },
    );
    expect(written.status).toBe(200);
  });

  test('a group whose member has another name, or is gone, has another version, and may be written as before', async () => {
    const [one, other] = [fresh(), fresh()];
    const first = await tenant.make('/Users', { userName: one, displayName: one });
    const second = await tenant.make('/Users', { userName: other, displayName: other });
    const members = [{ value: first.id }, { value: second.id }];
    const { id, meta } = await tenant.make('/Groups', { displayName: fresh(), members });
    const get = async (query = '', headers: Record<string, string> = {}) =>
      tenant.call('GET', `/Groups/${id}${query}`, undefined, { headers });
    const known = { 'if-none-match': meta.version };
    expect((await get('', known)).status).toBe(304);
    const names = async () => {
      const { body } = await get();
      return [body.meta.version, body.members.map((member: { display: string }) => member.display).sort()];
    };
    const without = (await get('?excludedAttributes=members')).body.meta.version;

    const renamed = fresh();
    await patch(`/Users/${first.id}`, { op: 'replace', path: 'displayName', value: renamed });
    expect((await get('', known)).status).toBe(200);
    const [afterName, displayed] = await names();
    expect(displayed).toEqual([renamed, other].sort());
    expect(afterName).not.toBe(meta.version);
    await tenant.call('DELETE', `/Users/${second.id}`);
    const [afterErasure, left] = await names();
    expect(left).toEqual([renamed]);
    expect([meta.version, afterName]).not.toContain(afterErasure);
    // Where nobody is told of members, nothing has changed.
    expect((await get('?excludedAttributes=members')).body.meta.version).toBe(without);

    const written = await tenant.call(
      'PATCH',
      `/Groups/${id}`,
      { Operations: [{ op: 'replace', path: 'displayName', value: fresh() }] },
      { headers: { 'if-match': meta.version } },
    );
    expect(written.status).toBe(204);
  });

  test('what was changed meanwhile is not changed, replaced or deleted', async () => {
    const { id, meta } = await tenant.make('/Users', { userName: fresh() });
    await patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'x' });
    const old = { headers: { 'if-match': meta.version } };
    const operations = { Operations: [{ op: 'add', path: 'title', value: 'y' }] };
    expect(refusal(await tenant.call('PATCH', `/Users/${id}`, operations, old))).toEqual([412]);
    expect(refusal(await tenant.call('PUT', `/Users/${id}`, { userName: fresh() }, old))).toEqual([412]);
    expect(refusal(await tenant.call('DELETE', `/Users/${id}`, undefined, old))).toEqual([412]);
    const now = { headers: { 'if-match': 'W/"1", W/"2"' } };
    expect((await tenant.call('PATCH', `/Users/${id}`, operations, now)).body.meta.version).toBe('W/"3"');
    expect(
      (await tenant.call('DELETE', `/Users/${id}`, undefined, { headers: { 'if-match': '*' } })).status,
    ).toBe(204);
  });

  test('of twenty changes at once none is lost', async () => {
    const { id } = await tenant.make('/Users', { userName: fresh() });
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        patch(`/Users/${id}`, { op: 'add', path: 'roles', value: [{ value: `r${number}` }] }),
      ),
    );
    const { body } = await tenant.call('GET', `/Users/${id}`);
    expect(body.roles).toHaveLength(20);
    expect(body.meta.version).toBe('W/"21"');
  });
});

describe('lists', () => {
  let paged: ProvisionedTenant;

  beforeAll(async () => {
    paged = await openProvisionedTenant(server, 'paged');
    for (let number = 0; number < 7; number += 1) await paged.make('/Users', { userName: `user-${number}` });
    await paged.make('/Groups', { displayName: 'user-group' });
  });
  const names = async (query: string) => {
    const { body } = await paged.call('GET', `/Users?${query}`);
    return [
      body.totalResults,
      body.startIndex,
      body.Resources.map((one: { userName: string }) => one.userName),
    ];
  };

  test('begin where the client says, and numbers that are too small count as the least', async () => {
    expect(await names('startIndex=1&count=3')).toEqual([7, 1, ['user-0', 'user-1', 'user-2']]);
    expect(await names('startIndex=4&count=3')).toEqual([7, 4, ['user-3', 'user-4', 'user-5']]);
    expect(await names('startIndex=7&count=3')).toEqual([7, 7, ['user-6']]);
    expect(await names('startIndex=6&count=1')).toEqual([7, 6, ['user-5']]);
    expect(await names('startIndex=8')).toEqual([7, 8, []]);
    expect(await names('startIndex=0&count=1')).toEqual([7, 1, ['user-0']]);
    expect(await names('startIndex=-5&count=1')).toEqual([7, 1, ['user-0']]);
    expect(await names('count=0')).toEqual([7, 1, []]);
    expect(await names('count=-1')).toEqual([7, 1, []]);
    expect((await names('count=100000'))[0]).toBe(7);
    expect((await names('startIndex=9007199254740993'))[2]).toEqual([]);
  });

  test('numbers that are none are refused', async () => {
    for (const query of ['count=ten', 'startIndex=first']) {
      expect((await paged.call('GET', `/Users?${query}`)).status, query).toBe(400);
    }
  });

  test('a page after somebody was deleted misses nobody', async () => {
    const { body: first } = await paged.call('GET', '/Users?startIndex=1&count=3');
    await paged.call('DELETE', `/Users/${first.Resources[0].id}`);
    const { body: second } = await paged.call('GET', '/Users?startIndex=4&count=3');
    expect(second.Resources.map((one: { userName: string }) => one.userName)).toEqual([
      'user-3',
      'user-4',
      'user-5',
    ]);
  });

  test('sort, and say what can not be sorted by', async () => {
    const [, , sorted] = await names('sortBy=userName&sortOrder=descending&count=2');
    expect(sorted).toEqual(['user-6', 'user-5']);
    for (const sortBy of ['name', 'nothing', 'password', '$1']) {
      expect(refusal(await paged.call('GET', `/Users?sortBy=${sortBy}`))).toEqual([400, 'invalidValue']);
    }
  });

  test('the search of everything goes through users, groups and devices, each by what it knows', async () => {
    const root = (body: object) => paged.call('POST', '/.search', body);
    const all = await root({ count: 100 });
    expect(all.body.totalResults).toBe(7);
    expect(all.body.Resources.map((one: { schemas: string[] }) => one.schemas[0])).toEqual([
      ...Array(6).fill(user),
      group,
    ]);
    const named = await root({
      filter: 'displayName sw "user-"',
      startIndex: 6,
      count: 2,
      attributes: ['displayName'],
    });
    expect(named.body).toMatchObject({ totalResults: 7, startIndex: 6, itemsPerPage: 2 });
    expect(named.body.Resources.map((one: { displayName: string }) => one.displayName)).toEqual([
      'user-6',
      'user-group',
    ]);
    expect((await root({ filter: 'members pr or displayName eq "user-group"' })).body.totalResults).toBe(1);
    expect(refusal(await root({ filter: 'nobody eq "knows"' }))).toEqual([400, 'invalidFilter']);
  });
});
