import { accountClientId } from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, type HttpTenant, openHttpServer, openTenant } from './lifecycle/server.ts';

let server: HttpServer;
let tenant: HttpTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openTenant(server, 'apps');
});
afterAll(async () => {
  await server.close();
});

/** What the token endpoint says to this client's own credentials. */
async function ownToken(clientId: string, secret: string): Promise<number> {
  const { status } = await server.call('POST', `/${tenant.tenantId}/authn/token`, {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
    },
    form: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return status;
}
const redirectUris = ['https://app.example/callback'];

describe('OpenID clients over the management API', () => {
  test('are registered with a secret that is told once, and opens the token endpoint', async () => {
    const { status, body, headers } = await tenant.call('POST', '/clients', {
      name: '  Payroll ',
      redirectUris,
      consentRequired: true,
    });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.client).toMatchObject({
      name: 'Payroll',
      redirectUris,
      consentRequired: true,
      builtIn: false,
    });
    const list = await tenant.call('GET', '/clients');
    expect(list.body.items).toContainEqual(body.client);
    expect(list.text).not.toContain(body.secret);
    expect(await ownToken(body.client.clientId, body.secret)).toBe(200);
  });

  test('register themselves with a token that is told once and good for one of them', async () => {
    const { status, body, headers } = await tenant.call('POST', '/clients/registration-tokens');
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    const register = (name: string) =>
      server.call('POST', new URL(body.registrationEndpoint).pathname, {
        headers: { authorization: `Bearer ${body.token}` },
        body: { client_name: name, redirect_uris: redirectUris },
      });
    // What is wrong with a registration does not use the token up.
    expect(
      await server.call('POST', new URL(body.registrationEndpoint).pathname, {
        headers: { authorization: `Bearer ${body.token}` },
        body: { redirect_uris: ['not an address'] },
      }),
    ).toMatchObject({ status: 400 });
    const answers = await Promise.all(Array.from({ length: 5 }, (_, number) => register(`Own ${number}`)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 401, 401, 401, 401]);
    expect((await register('Late')).status).toBe(401);
    const made = answers.find((answer) => answer.status === 201);
    const list = await tenant.call('GET', '/clients');
    const own = list.body.items.filter((client: { name: string }) => client.name.startsWith('Own '));
    // Nobody vouched for it: its users are asked.
    expect(own).toMatchObject([{ clientId: made?.body.client_id, consentRequired: true }]);
    const managed = {
      headers: { authorization: `Bearer ${made?.body.registration_access_token}` },
    };
    const itself = new URL(made?.body.registration_client_uri).pathname;
    expect((await server.call('DELETE', itself, managed)).status).toBe(204);
    const told = await tenant.call('GET', '/events?limit=20');
    expect(told.body.items.map((event: { type: string }) => event.type)).toEqual(
      expect.arrayContaining(['client.registration-allowed', 'client.registered', 'client.deleted']),
    );
    expect(told.text).not.toContain(body.token);
  });

  test('get a new secret, and the old one opens nothing', async () => {
    const { body } = await tenant.call('POST', '/clients', { name: 'Rotates', redirectUris });
    const { clientId } = body.client;
    const rotated = await tenant.call('POST', `/clients/${clientId}/secret`);
    expect(rotated).toMatchObject({ status: 200, body: { client: { clientId } } });
    expect(await ownToken(clientId, body.secret)).toBe(401);
    expect(await ownToken(clientId, rotated.body.secret)).toBe(200);
    const events = await tenant.call('GET', '/events?type=client.secret-rotated');
    expect(events.body.items[0]).toMatchObject({ target: { id: clientId, name: 'Rotates' } });
  });

  test('are deleted, and neither their secrets nor what they were given opens anything', async () => {
    const { body } = await tenant.call('POST', '/clients', { name: 'Goes', redirectUris });
    const { body: other } = await tenant.call('POST', '/clients', { name: 'Stays', redirectUris });
    const { clientId } = body.client;
    expect(await ownToken(clientId, body.secret)).toBe(200);
    expect(await ownToken(other.client.clientId, other.secret)).toBe(200);
    const superuser = new pg.Client(server.fresh.superuser);
    await superuser.connect();
    const kept = async (id: string) => {
      const { rowCount } = await superuser.query(
        'SELECT FROM keywarden.openid_records WHERE tenant_id = $1 AND client_id = $2',
        [tenant.tenantId, id],
      );
      return rowCount ?? 0;
    };
    superuser.on('error', () => {});
    expect(await kept(clientId)).toBeGreaterThan(0);
    expect((await tenant.call('DELETE', `/clients/${clientId}`)).status).toBe(204);
    expect(await kept(clientId)).toBe(0);
    expect(await kept(other.client.clientId)).toBeGreaterThan(0);
    expect(await ownToken(clientId, body.secret)).toBe(401);
    expect(await kept(clientId)).toBe(0);
    await superuser.end();
    expect(await tenant.call('DELETE', `/clients/${clientId}`)).toMatchObject({
      status: 404,
      body: { code: 'client-not-found' },
    });
  });

  test('are changed: what is asked for at the endpoints is the change, id and secret stay', async () => {
    const { body } = await tenant.call('POST', '/clients', { name: 'Before', redirectUris });
    const { clientId } = body.client;
    const change = {
      name: ' After ',
      redirectUris: ['https://after.example/callback'],
      refreshTokens: false,
      clientCredentials: true,
      consentRequired: true,
      mayProvision: true,
    };
    const changed = await tenant.call('PUT', `/clients/${clientId}`, change);
    expect(changed).toMatchObject({
      status: 200,
      body: {
        clientId,
        name: 'After',
        redirectUris: change.redirectUris,
        grantTypes: ['authorization_code', 'client_credentials'],
        consentRequired: true,
        mayProvision: true,
        hasSecret: true,
      },
    });
    expect((await tenant.call('GET', '/clients')).body.items).toContainEqual(changed.body);
    expect(await ownToken(clientId, body.secret)).toBe(200);
    const [event] = (await tenant.call('GET', '/events?type=client.changed')).body.items;
    expect(event).toMatchObject({
      target: { id: clientId, name: 'After' },
      description: 'Changed: name, redirectUris, grantTypes, consentRequired, mayProvision.',
    });
    const back = { ...change, refreshTokens: true, clientCredentials: false, mayProvision: false };
    expect((await tenant.call('PUT', `/clients/${clientId}`, back)).body).toMatchObject({
      grantTypes: ['authorization_code', 'refresh_token'],
      mayProvision: false,
    });
    const evil = { ...back, redirectUris: ['javascript:alert(1)'] };
    expect(await tenant.call('PUT', `/clients/${clientId}`, evil)).toMatchObject({
      status: 400,
      body: { code: 'input-invalid', particulars: { field: 'redirectUris' } },
    });
    // Twice the same is no event.
    await tenant.call('PUT', `/clients/${clientId}`, back);
    expect((await tenant.call('GET', '/events?type=client.changed')).body.total).toBe(2);
    expect((await tenant.call('PUT', `/clients/${accountClientId}`, back)).status).toBe(404);
  });

  test('the product’s own is neither given a secret nor deleted', async () => {
    for (const [method, path] of [
      ['POST', `/clients/${accountClientId}/secret`],
      ['DELETE', `/clients/${accountClientId}`],
    ] as const) {
      expect((await tenant.call(method, path)).status).toBe(404);
    }
  });

  test.each([
    ['no address', []],
    ['an address over plain http', ['http://app.example/']],
    ['an address with a fragment', ['https://app.example/#x']],
    ['an address with a password', ['https://a:b@app.example/']],
    ['a script', ['javascript:alert(1)']],
    ['a scheme that is nobody’s', ['app:/callback']],
    ['no address at all', ['callback']],
  ])('%s is refused', async (_what, uris) => {
    const refused = await tenant.call('POST', '/clients', { name: 'Bad', redirectUris: uris });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'input-invalid', particulars: { field: 'redirectUris' } },
    });
  });

  test('this machine and an application’s own scheme are taken', async () => {
    const uris = ['http://localhost:3000/cb', 'http://127.0.0.1/cb', 'com.example.app:/cb'];
    expect((await tenant.call('POST', '/clients', { name: 'Native', redirectUris: uris })).status).toBe(201);
  });

  test('operators at the desk neither see nor change them', async () => {
    const cookie = await server.signIn(tenant.tenantId, 'operator');
    const path = `/${tenant.tenantId}/api/v1/clients`;
    expect((await server.call('GET', path, { cookie })).body.code).toBe('role-forbids');
    const body = { name: 'X', redirectUris };
    expect((await server.call('POST', path, { cookie, body })).body.code).toBe('role-forbids');
  });
});
