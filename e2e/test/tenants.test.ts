import { relyingClient } from '@keywarden/cli/road';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoStack } from '../src/demo-stack.ts';
import { callManagement } from '../src/management-calls.ts';
import { startTwoTenants, type TwoTenants } from '../src/two-tenants.ts';

const OpenApi = Type.Object({
  paths: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
});
type OpenApi = Static<typeof OpenApi>;

let tenants: TwoTenants;
let stack: DemoStack;
let secrets: readonly string[] = [];
/** What the stranger knows of the demo's things: every id and token that a route may take. */
let known: Readonly<Record<string, string>> = {};
let document: OpenApi;

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

beforeAll(async () => {
  tenants = await startTwoTenants();
  stack = tenants.stack;
  const { management } = stack;
  const session = await stack.openSession();
  const [key] = session.keys;
  const { order } = await management.orderSession(session.hello.workstationId);
  const { receipt } = await session.workstation.openSession(order, { takeOver: true });
  await session.workstation.close();
  const { code } = await management.pairingCode();
  const client = await relyingClient(stack.issuer, stack.file.client);
  const { requestUri } = await client.push();
  const made = async (path: string, body: object) =>
    JSON.stringify((await callManagement(management, { method: 'POST', path, body })).body);
  const group = await made('/groups', { displayName: 'Field staff of the demo' });
  const lists = await Promise.all(
    [
      ...['devices', 'enrollments', 'events', 'identity-providers', 'policies', 'users', 'workstations'],
      ...['groups', 'operators'],
    ].map((name) => readText(`/demo/api/v1/${name}`, management.cookie)),
  );
  const idIn = (list: number, member: string): string =>
    new RegExp(`"${member}":"([^"]+)"`).exec(lists[list] ?? '')?.[1] ?? '';
  const userId = /"userId":"([^"]+)"[^}]*"username":"alice"/.exec(lists[5] ?? '')?.[1] ?? '';
  const groupId = /"groupId":"([^"]+)"/.exec(group)?.[1] ?? '';
  await made(`/groups/${groupId}/members`, { userIds: [userId] });
  const passkey = await made(`/users/${userId}/passkeys`, {});
  const token = await made('/provisioning-tokens', { name: 'Known to the stranger' });
  known = {
    passkeyId: /"deviceId":"([^"]+)"/.exec(passkey)?.[1] ?? '',
    tokenId: /"tokenId":"([^"]+)"/.exec(token)?.[1] ?? '',
    clientId: stack.file.client.id,
    username: 'alice',
    deviceId: idIn(0, 'deviceId'),
    enrollmentId: idIn(1, 'enrollmentId'),
    identityProviderId: idIn(3, 'identityProviderId'),
    policyId: idIn(4, 'policyId'),
    userId,
    groupId,
    operatorId: idIn(8, 'operatorId'),
    workstationId: session.hello.workstationId,
    connectionId: key?.key.connectionId ?? '',
    receipt,
    code,
    request_uri: requestUri,
    client_id: stack.file.client.id,
    client_secret: stack.file.client.secret,
    password: stack.file.users['alice']?.password ?? '',
  };
  expect(Object.entries(known).filter(([, value]) => value === '')).toEqual([]);
  // Every id of the demo's, and the names that only it has: none may ever reach the stranger.
  secrets = [
    ...new Set(lists.flatMap((text) => [...text.matchAll(uuid)].map(([id]) => id))),
    session.hello.workstationId,
    ...['Alice Liddell', 'Bob Baker', 'Olivia Operator', 'Standard employee', 'VK-0001', 'Demo application'],
    'Field staff of the demo',
  ];
  expect(secrets.length).toBeGreaterThan(20);
  const answer: unknown = JSON.parse(await readText('/openapi.json', ''));
  if (!Value.Check(OpenApi, answer)) throw new Error('/openapi.json is no OpenAPI document');
  document = answer;
});
afterAll(() => stack?.stop());

async function readText(path: string, cookie: string): Promise<string> {
  const response = await fetch(`${stack.baseUrl}${path}`, { headers: { cookie } });
  return response.text();
}

interface Operation {
  readonly method: string;
  readonly template: string;
}

function operations(): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.keys(methods)
      .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .map((method) => ({ method: method.toUpperCase(), template })),
  );
}

/** The path with every parameter filled in; a parameter that this test does not know would go untested. */
function fill(template: string, tenant: string): string {
  return template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = name === 'tenant' ? tenant : (known[name] ?? everywhere(template)[name]);
    if (value === undefined)
      throw new Error(`${template} has a parameter {${name}} that this test does not fill`);
    return encodeURIComponent(value);
  });
}

/** Parameters that name nothing of one tenant alone, or things that the demo has none of. */
function everywhere(template: string): Readonly<Record<string, string | undefined>> {
  const nobodys = '01900000-0000-7000-8000-000000000000';
  return {
    themeId: 'default',
    version: '1',
    kind: 'application',
    digest: 'A'.repeat(43),
    appId: nobodys,
    sessionId: nobodys,
    name: 'User',
    schema: 'urn:ietf:params:scim:schemas:core:2.0:User',
    id: template.includes('/Device/') ? known['passkeyId'] : known['userId'],
  };
}

/** Right enough for every route: each takes what it knows and leaves the rest. */
function bodyFor(template: string): unknown {
  const { policyId, deviceId } = known;
  if (template.endsWith('/policy')) return { policyId };
  if (template.endsWith('/identity-providers/default'))
    return { identityProviderId: known['identityProviderId'] };
  if (template.endsWith('/workstations')) {
    const publicKey = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
    return { code: known['code'], name: 'Stolen', publicKey };
  }
  return {
    ...known,
    deviceId,
    policyId,
    reason: 'lost',
    message: 'x',
    name: 'Stolen',
    displayName: 'Stolen',
    email: null,
    role: 'owner',
    status: 'active',
    userIds: [known['userId']],
    version: 1,
    options: { challenge: 'AAAA', rpId: 'localhost', allowCredentials: [], userVerification: 'required' },
    grant_type: 'password',
    authType: 'AT_EMPPWD',
    enroll_step: 'getcredentialoptions',
  };
}

async function call({ method, template }: Operation, tenant: string, cookie = tenants.stranger.cookie) {
  const query = template.includes('/authn/') ? `?request_uri=${known['request_uri']}&username=alice` : '';
  const response = await fetch(`${stack.baseUrl}${fill(template, tenant)}${method === 'GET' ? query : ''}`, {
    method,
    redirect: 'manual',
    headers: {
      cookie,
      origin: stack.baseUrl,
      ...(method !== 'GET' && { 'content-type': 'application/json' }),
    },
    ...(method !== 'GET' && { body: JSON.stringify(bodyFor(template)) }),
  });
  return { status: response.status, text: await response.text() };
}

/** Of these the demo has what every tenant has, or nothing. */
const plain = [
  'signing-keys',
  'password-policy',
  'operators/roles',
  'users/{userId}/one-time-code-apps',
  'themes',
  'themes/{themeId}',
  'themes/{themeId}/versions',
  'themes/{themeId}/versions/{version}',
].map((path) => `/{tenant}/api/v1/${path}`);

/** The usual theme has no version until somebody stores one. */
const unstored = '/{tenant}/api/v1/themes/{themeId}/versions/{version}';

const leaks = (text: string): readonly string[] => secrets.filter((secret) => text.includes(secret));

describe('the owner of one tenant, at every route of the running server', () => {
  it('the document lists the routes of both doors', () => {
    const paths = operations().map(({ template }) => template);
    expect(paths).toEqual(
      expect.arrayContaining(['/{tenant}/api/v1/devices', '/{tenant}/authn/enroll/fido']),
    );
    expect(paths.length).toBeGreaterThan(30);
  });

  it('the test can see: its own operator reads every one of these things', async () => {
    const routes = operations().filter(
      ({ method, template }) => method === 'GET' && template.startsWith('/{tenant}/api/'),
    );
    const statuses = await Promise.all(
      routes.map(async (operation) => {
        const { status, text } = await call(operation, 'demo', stack.management.cookie);
        return { ...operation, status, tells: leaks(text).length > 0 };
      }),
    );
    expect(statuses.filter(({ template, tells }) => !tells && !plain.includes(template))).toEqual([]);
    expect(statuses.filter(({ status, template }) => status !== (template === unstored ? 404 : 200))).toEqual(
      [],
    );
  });

  it("is refused at the other tenant's management API, with nothing said about what is there", async () => {
    const wrong: unknown[] = [];
    const routes = operations().filter(({ template }) => template.startsWith('/{tenant}/api/'));
    for (const operation of routes) {
      const { status, text } = await call(operation, 'demo');
      // Pairing asks for the single-use code alone, whoever brings it.
      const pairing = operation.method === 'POST' && operation.template.endsWith('/workstations');
      if (pairing) continue;
      if (![401, 403, 404].includes(status) || leaks(text).length > 0)
        wrong.push({ ...operation, status, text });
    }
    expect(wrong).toEqual([]);
  });

  it("reaches nothing of the other tenant by its ids, receipts, codes and transactions under the own tenant's name", async () => {
    const wrong: unknown[] = [];
    for (const operation of operations()) {
      const { status, text } = await call(operation, 'main');
      const named = Object.keys(known).some((name) => operation.template.includes(`{${name}}`));
      if (leaks(text).length > 0 || status >= 500 || (named && status < 400)) {
        wrong.push({ ...operation, status, text, leaks: leaks(text) });
      }
    }
    expect(wrong).toEqual([]);
  });

  it("can not use the other tenant's client, transaction or pairing code", async () => {
    const { client } = stack.file;
    await expect(
      relyingClient(`${stack.baseUrl}/main`, client).then((foreign) => foreign.push()),
    ).rejects.toThrow();
    const code = await call({ method: 'POST', template: '/{tenant}/authn/code' }, 'main');
    expect(code).toMatchObject({ status: 400, text: expect.stringContaining('invalid_request') });
    const pairing = await call({ method: 'POST', template: '/{tenant}/api/v1/workstations' }, 'main');
    expect(pairing.status).toBeGreaterThanOrEqual(400);
    expect(pairing.status).toBeLessThan(500);
  });

  it("can not use the other tenant's access token at any endpoint of the own", async () => {
    const { client, tenant } = stack.file;
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
    const post = async (path: string, authorization: string, form: Record<string, string>) => {
      const response = await fetch(`${stack.baseUrl}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      });
      return { status: response.status, text: await response.text() };
    };
    const granted = await post(`/${tenant}/authn/token`, basic, { grant_type: 'client_credentials' });
    expect(granted.status).toBe(200);
    const token = /"access_token":"([^"]+)"/.exec(granted.text)?.[1] ?? '';
    const request = {
      response_type: 'code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope: 'openid',
    };
    // At home it stands for its client; next door it is a stranger's.
    expect((await post(`/${tenant}/authn/par`, `Bearer ${token}`, request)).status).toBe(201);
    const abroad = await Promise.all([
      post('/main/authn/par', `Bearer ${token}`, request),
      post('/main/authn/userinfo', `Bearer ${token}`, {}),
      post('/main/authn/introspect', basic, { token }),
      post('/main/authn/revoke', basic, { token }),
      post('/main/authn/token', basic, { grant_type: 'client_credentials' }),
    ]);
    expect(abroad.filter(({ status }) => status < 400 || status >= 500)).toEqual([]);
    // Nothing that was tried next door took it away at home.
    expect((await post(`/${tenant}/authn/par`, `Bearer ${token}`, request)).status).toBe(201);
  });

  it('the other tenant lost nothing of it: its operator still sees what was there', async () => {
    const { management } = stack;
    expect((await management.devices()).items.map(({ serial, status }) => [serial, status]).sort()).toEqual([
      ['VK-0001', 'NOT_CONFIGURED'],
      ['VK-0002', 'READY'],
      ['VK-0003', 'CONFIGURED'],
      ['VK-0004', 'REVOKED'],
    ]);
    expect((await management.policies()).items.map(({ name }) => name).sort()).toEqual([
      'Contractors',
      'Standard employee',
    ]);
    expect(await management.assignment('alice')).toMatchObject({ user: { displayName: 'Alice Liddell' } });
  });
});
