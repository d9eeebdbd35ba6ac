import { randomBytes } from 'node:crypto';
import { createTenant, ensureWorkflow, registerClient } from '@keywarden/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { system } from './authentication/rig.ts';
import { type HttpServer, openHttpServer } from './lifecycle/server.ts';

/**
 * A back-end client of such a service, written before this product: plain fetch, and of the server it knows the URLs and its
 * own credentials alone.
 */
let server: HttpServer;
let base: string;
let credentials: string;

beforeAll(async () => {
  server = await openHttpServer();
  const tenantId = `back-end-${randomBytes(3).toString('hex')}`;
  await createTenant(server.ports, { tenantId, name: 'Back end' });
  await ensureWorkflow(server.ports, system, { tenantId, bootstrap: false });
  const { clientId, secret } = await registerClient(server.ports, system, {
    tenantId,
    name: 'Back end',
    redirectUris: ['https://back-end.example/callback'],
    mayProvision: true,
  });
  credentials = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  base = `${server.publicUrl}/${tenantId}`;
});
afterAll(() => server.close());

// biome-ignore lint/suspicious/noExplicitAny: a client that trusts the documented shapes
type Any = any;

async function accessToken(authorization = credentials, scope?: string): Promise<string> {
  const response = await fetch(`${base}/authn/token`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
    }),
  });
  const body: Any = await response.json();
  if (!response.ok) throw new Error(`the token endpoint answered ${response.status} ${body.error}`);
  return body.access_token;
}

async function scim(
  method: string,
  path: string,
  body?: unknown,
  options: { type?: string; token?: string } = {},
): Promise<{ status: number; body: Any; type: string }> {
  const response = await fetch(`${base}/scim/v2${path}`, {
    method,
    headers: {
      authorization: `Bearer ${options.token ?? (await accessToken())}`,
      ...(body === undefined ? {} : { 'content-type': options.type ?? 'application/scim+json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? null : JSON.parse(text),
    type: response.headers.get('content-type') ?? '',
  };
}

describe('a back-end client provisions users', () => {
  let alice: string;

  test('POST /Users with a name, an external id and a group by name, and no schemas', async () => {
    const { status, body, type } = await scim('POST', '/Users', {
      userName: 'alice',
      externalId: 'employee-1',
      groups: [{ value: 'UG_ROOT' }],
    });
    expect(status).toBe(201);
    expect(type).toContain('application/scim+json');
    expect(body).toMatchObject({
      userName: 'alice',
      externalId: 'employee-1',
      active: true,
      groups: [{ display: 'UG_ROOT' }],
    });
    alice = body.id;
  });

  test('the same user again: 409', async () => {
    const { status, body } = await scim('POST', '/Users', {
      userName: 'alice',
      externalId: 'employee-1',
      groups: [{ value: 'UG_ROOT' }],
    });
    expect(status).toBe(409);
    expect(body.scimType).toBe('uniqueness');
  });

  test('as application/json as well, into the group that is there already', async () => {
    const { status, body } = await scim(
      'POST',
      '/Users',
      { userName: 'bob', groups: [{ value: 'UG_ROOT' }] },
      { type: 'application/json' },
    );
    expect(status).toBe(201);
    const groups = await scim('GET', '/Groups');
    expect(groups.body.Resources).toMatchObject([{ displayName: 'UG_ROOT', externalId: 'UG_ROOT' }]);
    expect(groups.body.Resources[0].members.map((member: Any) => member.value).sort()).toEqual(
      [alice, body.id].sort(),
    );
  });

  test('POST /Users/.search with a value without quotes; the list is there under both names', async () => {
    const { status, body } = await scim('POST', '/Users/.search', { filter: 'userName eq alice' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ totalResults: 1, Resources: [{ id: alice, userName: 'alice' }] });
    expect(body.resources).toEqual(body.Resources);
  });

  test('nobody of that name: an empty list under both names', async () => {
    const { body } = await scim('POST', '/Users/.search', { filter: 'userName eq nobody' });
    expect(body).toMatchObject({ totalResults: 0, Resources: [], resources: [] });
  });
});

describe('a back-end client looks after devices', () => {
  let alice: string;
  let device: string;
  const list = async () =>
    (await scim('GET', `/Device?filter=${encodeURIComponent(`owner.value eq ${alice}`)}`)).body;

  beforeAll(async () => {
    alice = (await scim('POST', '/Users', { userName: 'carol' })).body.id;
    device = (
      await scim('POST', '/Device', { friendlyName: 'Blue key', type: 'DT_FIDO', owner: { value: alice } })
    ).body.id;
  });

  test('GET /Device?filter=owner.value eq {userId}, a space and no quotes', async () => {
    const body = await list();
    expect(body).toMatchObject({
      totalResults: 1,
      Resources: [
        {
          id: device,
          friendlyName: 'Blue key',
          type: 'DT_FIDO',
          owner: { value: alice, display: 'carol' },
          status: { status: 'PENDING', active: false },
        },
      ],
    });
    expect(body.resources).toEqual(body.Resources);
  });

  test('PUT /Device/{id} with the name alone changes the name alone', async () => {
    const { status, body } = await scim('PUT', `/Device/${device}`, { friendlyName: 'Green key' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      friendlyName: 'Green key',
      owner: { value: alice },
      status: { status: 'PENDING' },
    });
  });

  test('PUT /Device/{id} with an owner of no value takes it away', async () => {
    const { status, body } = await scim('PUT', `/Device/${device}`, { owner: { value: '' } });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('owner');
    expect(body.friendlyName).toBe('Green key');
    expect((await list()).totalResults).toBe(0);
    const again = await scim('PUT', `/Device/${device}`, { owner: { value: alice } });
    expect(again.body.owner).toMatchObject({ value: alice });
  });

  test('PUT /Device/{id} with a status alone; what its state forbids is refused', async () => {
    const suspended = await scim('PUT', `/Device/${device}`, { status: { status: 'SUSPENDED' } });
    expect([suspended.status, suspended.body.scimType]).toEqual([400, 'mutability']);
    const unknown = await scim('PUT', `/Device/${device}`, { status: { status: 'LOST' } });
    expect([unknown.status, unknown.body.scimType]).toEqual([400, 'invalidValue']);
    const revoked = await scim('PUT', `/Device/${device}`, { status: { status: 'REVOKED' } });
    expect([revoked.status, revoked.body.status.status]).toEqual([200, 'REVOKED']);
  });

  test('DELETE /Device/{id}', async () => {
    expect((await scim('DELETE', `/Device/${device}`)).status).toBe(204);
    expect((await scim('GET', `/Device/${device}`)).status).toBe(404);
    expect((await list()).totalResults).toBe(0);
    expect((await scim('DELETE', `/Device/${device}`)).status).toBe(404);
  });
});

describe('which client may', () => {
  test('one that asks for the scope by its name', async () => {
    const token = await accessToken(credentials, 'scim');
    expect((await scim('GET', '/Users', undefined, { token })).status).toBe(200);
  });

  test('not with a token for something else', async () => {
    const token = await accessToken(credentials, 'openid');
    const { status, body } = await scim('GET', '/Users', undefined, { token });
    expect([status, body.status]).toEqual([403, '403']);
  });

  test('not a client whom nobody allowed it, whatever it asks for', async () => {
    const tenantId = new URL(base).pathname.slice(1);
    const { clientId, secret } = await registerClient(server.ports, system, {
      tenantId,
      name: 'Curious',
      redirectUris: ['https://curious.example/callback'],
    });
    const curious = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
    for (const scope of [undefined, 'scim', 'openid scim']) {
      const token = await accessToken(curious, scope);
      expect((await scim('GET', '/Users', undefined, { token })).status).toBe(403);
    }
  });

  test('not with a token of another tenant, nor with one that ended', async () => {
    const tenantId = `other-${randomBytes(3).toString('hex')}`;
    await createTenant(server.ports, { tenantId, name: 'Other' });
    await ensureWorkflow(server.ports, system, { tenantId, bootstrap: false });
    const token = await accessToken();
    const next = await fetch(`${server.publicUrl}/${tenantId}/scim/v2/Users`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(next.status).toBe(401);
    await fetch(`${base}/authn/revoke`, {
      method: 'POST',
      headers: { authorization: credentials, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }),
    });
    expect((await scim('GET', '/Users', undefined, { token })).status).toBe(401);
  });
});
