import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  accountSessionHash,
  type OperatorRole,
  operatorRoles,
  usualTheme,
  usualWorkflow,
} from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../src/http/route.ts';
import { routeTable } from '../src/http/routes.ts';
import { standardRules } from './lifecycle/rig.ts';
import { type HttpServer, type HttpTenant, openHttpServer, openTenant } from './lifecycle/server.ts';
import { softKey } from './lifecycle/soft-key.ts';
import { virtualKey } from './lifecycle/virtual-key.ts';

/** What a test knows of one tenant: enough to fill every path and body of the table. */
interface Known extends HttpTenant {
  readonly deviceId: string;
  readonly passkeyId: string;
  readonly enrollmentId: string;
  readonly connectionId: string;
  readonly groupId: string;
  readonly operatorId: string;
  /** A live transaction of its authentication service. */
  readonly requestUri: string;
  /** A token by which a directory provisions it. */
  readonly provisioning: { readonly tokenId: string; readonly token: string };
  /** A receipt of its workstation. */
  readonly receipt: string;
  /** Its user at her own account page. */
  readonly account: { readonly sessionId: string; readonly secret: string };
}

let server: HttpServer;
let ours: Known;
let theirs: Known;

// The table itself: what these two need to serve is not needed to be listed.
const table = routeTable({ site: {} as never, health: {} as never });
const managed = table.filter((route) => route.door === 'management');
const tenantRoutes = table.filter((route) => route.path.startsWith('/:tenant/'));
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const isUnsafe = ({ method }: Route) => method !== 'GET' && method !== 'OPTIONS';

async function pushRequest({ tenantId, client }: HttpTenant): Promise<string> {
  const { clientId, secret, redirectUri } = client;
  const { body } = await server.call('POST', `/${tenantId}/authn/par`, {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
    },
    form: new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: 'A'.repeat(43),
      code_challenge_method: 'S256',
    }),
  });
  if (typeof body?.request_uri !== 'string') throw new Error(`PAR answered ${JSON.stringify(body)}`);
  return body.request_uri;
}

async function openKnown(mark: string): Promise<Known> {
  const tenant = await openTenant(server, mark);
  const { step, connectionId } = await tenant.assign(softKey({ serial: `SERIAL-${mark}` }));
  const { body: session } = await tenant.call('POST', '/orders/session', {
    workstationId: tenant.workstation.workstationId,
  });
  const { body: passkeys } = await tenant.call('GET', `/users/${tenant.userId}/passkeys`);
  return {
    ...tenant,
    connectionId,
    passkeyId: passkeys.items[0].deviceId,
    deviceId: step.body.enrollment.device.deviceId,
    enrollmentId: step.body.enrollment.enrollmentId,
    receipt: await tenant.workstation.run(session.order),
    groupId: (await tenant.call('POST', '/groups', { displayName: `Group of ${mark}` })).body.groupId,
    operatorId: (
      await tenant.call('POST', '/operators', { name: `Aide ${mark}`, email: null, role: 'auditor' })
    ).body.operator.operatorId,
    account: await openAccount(tenant),
    requestUri: await pushRequest(tenant),
    provisioning: (await tenant.call('POST', '/provisioning-tokens', { name: `Directory ${mark}` })).body,
  };
}

async function openAccount({ tenantId, userId }: HttpTenant): Promise<Known['account']> {
  const secret = randomBytes(32).toString('base64url');
  const sessionId = randomUUID();
  const now = new Date();
  await server.ports.store.transaction(tenantId, (tables) =>
    tables.accountSessions.insert({
      sessionId,
      sessionHash: accountSessionHash(secret),
      userId,
      provenFactors: [],
      authenticatedAt: now,
      userAgent: null,
      clientIp: null,
      createdAt: now,
      expiresAt: new Date(now.getTime() + 60 * 60_000),
    }),
  );
  return { sessionId, secret };
}

beforeAll(async () => {
  server = await openHttpServer();
  superuser = new pg.Client(server.fresh.superuser);
  await superuser.connect();
  await prepareFingerprint();
  ours = await openKnown('ours');
  theirs = await openKnown('theirs');
});
afterAll(async () => {
  await superuser.end();
  await server.close();
});

/** Parameters of the table's paths. A parameter that is not here fails the test: give it a value. */
const parameters: Readonly<Record<string, (of: Known) => string>> = {
  tenant: (of) => of.tenantId,
  deviceId: (of) => of.deviceId,
  passkeyId: (of) => of.passkeyId,
  policyId: (of) => of.policyId,
  enrollmentId: (of) => of.enrollmentId,
  userId: (of) => of.userId,
  username: (of) => of.username,
  workstationId: (of) => of.workstation.workstationId,
  groupId: (of) => of.groupId,
  operatorId: (of) => of.operatorId,
  clientId: (of) => of.client.clientId,
  themeId: (of) => `theme-of-${of.tenantId}`,
  // No app is enrolled in this test.
  appId: (of) => of.userId,
  // Nobody in this test stores so many.
  version: () => '77',
  digest: () => 'A'.repeat(43),
  id: (of) => of.userId,
  name: () => 'Nothing',
  schema: () => 'urn:of:nobody',
  tokenId: (of) => of.provisioning.tokenId,
  kind: () => 'account',
  sessionId: (of) => of.account.sessionId,
  '*': () => 'anything',
};

/** The path with `tenant` from one and every other parameter from another. */
function fill(path: string, tenant: Known, rest: Known): string {
  return path.replace(/:(\w+)|\*/g, (_whole, name: string | undefined) => {
    const value = parameters[name ?? '*'];
    if (value === undefined) throw new Error(`no value for :${name} of ${path}: add one to this test`);
    return encodeURIComponent(value(name === 'tenant' ? tenant : rest));
  });
}

type Body = (of: Known) => unknown;
const receipt: Body = (of) => ({ receipt: of.receipt });
const policy: Body = (of) => ({ name: `Made in ${of.tenantId}`, rules: standardRules });
const reason: Body = () => ({ reason: 'lost' });
const scimUser: Body = (of) => ({ userName: `scim-${of.tenantId}`, externalId: of.userId });
const scimGroup: Body = (of) => ({ displayName: `Group ${of.tenantId}`, members: [{ value: of.userId }] });
const scimDevice: Body = (of) => ({ friendlyName: 'Passkey', owner: { value: of.userId } });
const scimPatch: Body = () => ({ Operations: [{ op: 'replace', path: 'externalId', value: 'x' }] });
const scimSearch: Body = (of) => ({ filter: `id eq "${of.userId}"` });
const transaction: Body = (of) => ({
  request_uri: of.requestUri,
  username: of.username,
  authType: 'AT_FIDO',
  enroll_step: 'getcredentialoptions',
  grant_type: 'fido_challenge',
});
const start: Body = (of) => ({
  username: of.username,
  workstationId: of.workstation.workstationId,
  connectionId: of.connectionId,
  deviceId: of.deviceId,
  policyId: of.policyId,
});

/** Bodies for every route that changes something. A route that is not here fails the test: give it a body. */
const bodies: Readonly<Record<string, readonly Body[]>> = {
  'POST /:tenant/api/v1/orders/session': [(of) => ({ workstationId: of.workstation.workstationId })],
  'POST /:tenant/api/v1/orders/authenticate': [
    (of) => ({
      workstationId: of.workstation.workstationId,
      connectionId: of.connectionId,
      options: { challenge: 'AAAA', rpId: 'localhost', allowCredentials: [], userVerification: 'required' },
    }),
  ],
  'POST /:tenant/api/v1/devices/recognise': [receipt],
  'PUT /:tenant/api/v1/devices/:deviceId/policy': [(of) => ({ policyId: of.policyId })],
  'POST /:tenant/api/v1/devices/:deviceId/revoke': [reason],
  'POST /:tenant/api/v1/devices/:deviceId/retire': [reason],
  'POST /:tenant/api/v1/devices/:deviceId/reset': [
    (of) => ({ workstationId: of.workstation.workstationId, connectionId: of.connectionId }),
  ],
  'POST /:tenant/api/v1/devices/:deviceId/reset/done': [receipt],
  'POST /:tenant/api/v1/policies': [policy],
  'PUT /:tenant/api/v1/policies/:policyId': [(of) => ({ ...Object(policy(of)), version: 1 })],
  'DELETE /:tenant/api/v1/policies/:policyId': [() => undefined],
  'POST /:tenant/api/v1/policies/:policyId/duplicate': [() => undefined],
  'POST /:tenant/api/v1/enrollments': [start],
  'POST /:tenant/api/v1/enrollments/:enrollmentId/configured': [receipt],
  'POST /:tenant/api/v1/enrollments/:enrollmentId/complete': [receipt],
  'POST /:tenant/api/v1/enrollments/:enrollmentId/cleaned': [receipt],
  'POST /:tenant/api/v1/enrollments/:enrollmentId/continue': [
    () => ({}),
    (of) => ({ workstationId: of.workstation.workstationId, connectionId: of.connectionId }),
  ],
  'POST /:tenant/api/v1/enrollments/:enrollmentId/cancel': [
    () => ({ code: 'operator-cancelled', message: 'no' }),
  ],
  'POST /:tenant/api/v1/provisioning-tokens': [() => ({ name: 'Thief' })],
  'DELETE /:tenant/api/v1/provisioning-tokens/:tokenId': [() => undefined],
  'POST /:tenant/scim/v2/.search': [scimSearch],
  'POST /:tenant/scim/v2/Bulk': [
    (of) => ({ Operations: [{ method: 'DELETE', path: `/Users/${of.userId}` }] }),
  ],
  'POST /:tenant/scim/v2/Users': [scimUser],
  'POST /:tenant/scim/v2/Users/.search': [scimSearch],
  'PUT /:tenant/scim/v2/Users/:id': [scimUser],
  'PATCH /:tenant/scim/v2/Users/:id': [scimPatch],
  'DELETE /:tenant/scim/v2/Users/:id': [() => undefined],
  'POST /:tenant/scim/v2/Groups': [scimGroup],
  'POST /:tenant/scim/v2/Groups/.search': [scimSearch],
  'PUT /:tenant/scim/v2/Groups/:id': [scimGroup],
  'PATCH /:tenant/scim/v2/Groups/:id': [scimPatch],
  'DELETE /:tenant/scim/v2/Groups/:id': [() => undefined],
  'POST /:tenant/scim/v2/Device': [scimDevice],
  'POST /:tenant/scim/v2/Device/.search': [scimSearch],
  'PUT /:tenant/scim/v2/Device/:id': [scimDevice],
  'PATCH /:tenant/scim/v2/Device/:id': [scimPatch],
  'DELETE /:tenant/scim/v2/Device/:id': [() => undefined],
  'POST /:tenant/api/v1/users': [
    (of) => ({ username: `new-${of.tenantId}`, displayName: 'New', email: null }),
  ],
  'PUT /:tenant/api/v1/users/:userId': [
    () => ({ displayName: 'Stolen', email: 'thief@example.com', status: 'active' }),
  ],
  'POST /:tenant/api/v1/groups': [(of) => ({ displayName: `New in ${of.tenantId}` })],
  'PUT /:tenant/api/v1/groups/:groupId': [() => ({ displayName: 'Stolen' })],
  'DELETE /:tenant/api/v1/groups/:groupId': [() => undefined],
  'POST /:tenant/api/v1/groups/:groupId/members': [(of) => ({ userIds: [of.userId] })],
  'DELETE /:tenant/api/v1/groups/:groupId/members/:userId': [() => undefined],
  'POST /:tenant/api/v1/operators': [() => ({ name: 'Thief', email: null, role: 'owner' })],
  'PUT /:tenant/api/v1/operators/:operatorId': [
    () => ({ name: 'Thief', email: null, role: 'owner', status: 'active' }),
  ],
  'POST /:tenant/api/v1/operators/:operatorId/sign-in-link': [() => undefined],
  'POST /:tenant/api/v1/signing-keys/rotate': [() => ({})],
  'POST /:tenant/api/v1/users/:userId/passkeys': [() => ({ friendlyName: 'New' })],
  'POST /:tenant/api/v1/users/:userId/enrollment-codes': [() => ({}), (of) => ({ deviceId: of.passkeyId })],
  'POST /:tenant/api/v1/passkeys/:passkeyId/suspend': [reason],
  'POST /:tenant/api/v1/passkeys/:passkeyId/activate': [reason],
  'POST /:tenant/api/v1/passkeys/:passkeyId/revoke': [reason],
  'POST /:tenant/api/v1/passkeys/:passkeyId/terminate': [reason],
  'POST /:tenant/api/v1/passkeys/:passkeyId/rename': [() => ({ friendlyName: 'Stolen' })],
  'PUT /:tenant/api/v1/passkeys/:passkeyId/validity': [() => ({ validFrom: null, validUntil: null })],
  'PUT /:tenant/api/v1/passkeys/:passkeyId/owner': [
    () => ({ userId: null }),
    (of) => ({ userId: of.userId }),
  ],
  'POST /:tenant/api/v1/users/:userId/one-time-code-apps': [() => ({})],
  'POST /:tenant/api/v1/users/:userId/one-time-code-apps/:appId/confirm': [() => ({ code: '000000' })],
  'DELETE /:tenant/api/v1/users/:userId/one-time-code-apps/:appId': [() => undefined],
  'POST /:tenant/api/v1/users/:userId/password': [() => ({})],
  'PUT /:tenant/api/v1/password-policy': [() => ({ minimumLength: 64, refuseBreached: false })],
  'PUT /:tenant/api/v1/identity-providers/default': [(of) => ({ identityProviderId: of.identityProviderId })],
  'POST /:tenant/api/v1/workstations/pairing-codes': [() => undefined],
  'POST /:tenant/api/v1/workstations': [
    (of) => ({ code: 'A'.repeat(27), name: 'Thief', publicKey: of.workstation.publicKey }),
  ],
  'DELETE /:tenant/api/v1/workstations/:workstationId': [() => undefined],
  'POST /:tenant/api/v1/clients': [() => ({ name: 'New', redirectUris: ['https://new.example/'] })],
  'POST /:tenant/api/v1/clients/registration-tokens': [() => undefined],
  'PUT /:tenant/api/v1/clients/:clientId': [
    () => ({
      name: 'Stolen',
      redirectUris: ['https://new.example/'],
      refreshTokens: true,
      clientCredentials: true,
      consentRequired: false,
      mayProvision: true,
    }),
  ],
  'POST /:tenant/api/v1/clients/:clientId/secret': [() => undefined],
  'DELETE /:tenant/api/v1/clients/:clientId': [() => undefined],
  'PUT /:tenant/api/v1/workflow': [() => ({ version: 77, document: usualWorkflow })],
  'POST /:tenant/api/v1/workflow/validate': [() => ({ document: usualWorkflow })],
  'POST /:tenant/api/v1/workflow/preview': [(of) => ({ username: of.username })],
  'POST /:tenant/api/v1/themes/validate': [() => ({ document: {} })],
  'POST /:tenant/api/v1/themes/images': [() => ({ mediaType: 'image/png', data: 'AAAA' })],
  'PUT /:tenant/api/v1/themes/:themeId': [() => ({ version: 77, document: usualTheme })],
  'DELETE /:tenant/api/v1/themes/:themeId': [() => undefined],
  // Of no theme: a draft is sent whole and nothing is read.
  'POST /:tenant/api/v1/themes/:themeId/preview': [() => ({ document: {}, lang: 'en' })],
  'POST /:tenant/authn/account/sign-in': [(of) => ({ login_hint: of.username })],
  'POST /:tenant/authn/account/session': [() => ({ code: 'A'.repeat(43), state: 'A'.repeat(43) })],
  'DELETE /:tenant/authn/account/session': [() => undefined],
  'POST /:tenant/authn/account/passkeys': [() => undefined],
  'PUT /:tenant/authn/account/passkeys/:deviceId': [() => ({ name: 'Stolen' })],
  'DELETE /:tenant/authn/account/passkeys/:deviceId': [() => undefined],
  'POST /:tenant/authn/account/password': [() => ({ new_password: 'a stolen account, a new lock' })],
  'POST /:tenant/authn/account/apps': [() => undefined],
  'POST /:tenant/authn/account/apps/:appId/confirmation': [() => ({ code: '000000' })],
  'DELETE /:tenant/authn/account/apps/:appId': [() => undefined],
  'DELETE /:tenant/authn/account/sessions/:kind/:sessionId': [() => undefined],
  'DELETE /:tenant/authn/account/sessions': [() => undefined],
  'POST /:tenant/authn/code': [transaction],
  'PUT /:tenant/authn/consent': [transaction],
  'POST /:tenant/authn/enroll': [transaction],
  'POST /:tenant/authn/enroll/code': [transaction],
  'POST /:tenant/authn/enroll/fido': [transaction],
  'POST /:tenant/authn/flow': [transaction],
  'POST /:tenant/authn/request': [transaction],
};

function bodiesOf(route: Route): readonly Body[] {
  if (!isUnsafe(route)) return [() => undefined];
  const given = bodies[nameOf(route)];
  if (given === undefined) throw new Error(`no body for ${nameOf(route)}: add one to this test`);
  return given;
}

let superuser: pg.Client;
/** One hash a table, over every row of a tenant, past row-level security. */
let fingerprint: string;

async function rowsOf(tenantId: string): Promise<unknown> {
  const { rows } = await superuser.query(fingerprint, [tenantId]);
  return rows;
}

async function prepareFingerprint(): Promise<void> {
  const { rows } = await superuser.query<{ table_name: string }>(
    `SELECT table_name FROM information_schema.columns
      WHERE table_schema = 'keywarden' AND column_name = 'tenant_id' ORDER BY table_name`,
  );
  expect(rows.length).toBeGreaterThan(15);
  fingerprint = rows
    .map(
      ({ table_name: name }) =>
        `SELECT '${name}' AS name, md5(string_agg(t::text, '|' ORDER BY t::text)) AS rows
           FROM keywarden.${name} t WHERE tenant_id = $1`,
    )
    .join(' UNION ALL ');
}

/** Ours, as the route asks for them. */
function credentials(route: Route, body: unknown): Parameters<HttpServer['call']>[2] {
  return {
    body,
    // Under the names of both tenants: a name is nobody's secret.
    cookie:
      route.access === 'account'
        ? [ours, theirs].map((of) => `${accountCookieName(of)}=${ours.account.secret}`).join('; ')
        : ours.cookie,
    headers: route.access === 'provisioner' ? { authorization: `Bearer ${ours.provisioning.token}` } : {},
  };
}

function accountCookieName({ tenantId }: Known): string {
  const { publicUrl } = server.ports.surroundings;
  const mark = createHash('sha256').update(`${publicUrl}/${tenantId}`).digest('hex').slice(0, 8);
  return `keywarden-account-${mark}`;
}

/** What of a tenant must never be read by another, without what the request itself said. */
function secretsOf(of: Known, said: string): readonly string[] {
  const secrets = [
    'Person theirs',
    'secret-theirs',
    'SERIAL-theirs',
    'Policy theirs',
    'Client theirs',
    'client-theirs',
    'Workstation theirs',
    'Owner theirs',
    of.username,
    of.userId,
    of.deviceId,
    of.policyId,
    of.enrollmentId,
    of.identityProviderId,
    of.workstation.workstationId,
  ];
  return secrets.filter((secret) => !said.includes(encodeURIComponent(secret)) && !said.includes(secret));
}

describe('a tenant can read nothing of another, tried on every route of the table', () => {
  test.each(tenantRoutes.map((route) => [nameOf(route), route] as const))(
    '%s: in the other tenant, with our session',
    async (_name, route) => {
      for (const body of bodiesOf(route)) {
        const path = fill(route.path, theirs, theirs);
        // Whoever holds their request_uri is in their transaction: ours is what we hold.
        const sent = body(route.access === 'transaction' ? ours : theirs);
        const answer = await server.call(route.method, path, credentials(route, sent));
        for (const secret of secretsOf(theirs, `${path} ${JSON.stringify(sent)}`)) {
          expect(answer.text).not.toContain(secret);
        }
        if (route.access === 'provisioner') expect(answer.status, answer.text).toBe(401);
        if (typeof route.access !== 'string' || route.access === 'account') {
          expect(answer.status, answer.text).toBe(401);
          expect(answer.body.code).toBe('sign-in-required');
        }
      }
    },
  );

  test.each(tenantRoutes.map((route) => [nameOf(route), route] as const))(
    '%s: in our tenant, with the other’s ids',
    async (_name, route) => {
      // One of them signs out.
      if (route.access === 'account') ours = { ...ours, account: await openAccount(ours) };
      const foreign = /:(?!tenant)\w+/.test(route.path);
      for (const body of bodiesOf(route)) {
        const path = fill(route.path, ours, theirs);
        const sent = body(theirs);
        const before = await rowsOf(theirs.tenantId);
        const answer = await server.call(route.method, path, credentials(route, sent));
        for (const secret of secretsOf(theirs, `${path} ${JSON.stringify(sent)}`)) {
          expect(answer.text).not.toContain(secret);
        }
        if (foreign) expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
        expect(answer.status, answer.text).toBeLessThan(500);
        expect(await rowsOf(theirs.tenantId)).toEqual(before);
      }
    },
  );

  const transactional = tenantRoutes.filter((route) => route.access === 'transaction');

  test.each(transactional.map((route) => [nameOf(route), route] as const))(
    '%s: a transaction of one tenant is nothing in the other',
    async (_name, route) => {
      const attempts = [
        [theirs, ours.requestUri],
        [ours, theirs.requestUri],
      ] as const;
      for (const [tenant, requestUri] of attempts) {
        const members = { ...Object(transaction(tenant)), request_uri: requestUri };
        const path = fill(route.path, tenant, tenant);
        const before = await rowsOf(theirs.tenantId);
        const answer = isUnsafe(route)
          ? await server.call(route.method, path, { body: members })
          : await server.call(route.method, `${path}?${new URLSearchParams(members)}`);
        expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
        expect(answer.status, answer.text).toBeLessThan(500);
        expect(await rowsOf(theirs.tenantId)).toEqual(before);
      }
    },
  );

  test('a start that mixes our key with their policy, workstation or device is refused, one by one', async () => {
    const key = softKey({ serial: 'MIX' });
    const connectionId = ours.workstation.plugIn(key);
    const { body: session } = await ours.call('POST', '/orders/session', {
      workstationId: ours.workstation.workstationId,
    });
    await ours.call('POST', '/devices/recognise', { receipt: await ours.workstation.run(session.order) });
    const mine = {
      username: ours.username,
      workstationId: ours.workstation.workstationId,
      connectionId,
      deviceId: null,
      policyId: ours.policyId,
    };
    const mixed = [
      { policyId: theirs.policyId },
      { workstationId: theirs.workstation.workstationId },
      { connectionId: theirs.connectionId },
      { deviceId: theirs.deviceId },
      { username: theirs.username },
    ];
    for (const one of mixed) {
      const answer = await ours.call('POST', '/enrollments', { ...mine, ...one });
      expect(answer.status, JSON.stringify(one)).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    expect((await ours.call('POST', '/enrollments', mine)).status).toBe(201);
  });

  test('an unknown tenant is 404, whoever asks', async () => {
    for (const cookie of [null, ours.cookie]) {
      const answer = await server.call('GET', '/nobody-here/api/v1/devices', { cookie });
      expect(answer).toMatchObject({ status: 404, body: { code: 'tenant-not-found' } });
    }
  });
});

describe('who may call, tried on every route of the table', () => {
  const guarded = managed.filter((route) => typeof route.access !== 'string');
  let cookies: Readonly<Record<OperatorRole, string>>;

  beforeAll(async () => {
    const entries: [OperatorRole, string][] = [];
    for (const role of operatorRoles) entries.push([role, await server.signIn(ours.tenantId, role)]);
    cookies = Object.fromEntries(entries) as typeof cookies;
  });

  test.each(guarded.map((route) => [nameOf(route), route] as const))(
    '%s: nobody without a session, and only the roles it names',
    async (_name, route) => {
      const path = fill(route.path, ours, ours);
      const body = bodiesOf(route)[0]?.(ours);
      const anonymous = await server.call(route.method, path, { body });
      expect(anonymous).toMatchObject({ status: 401, body: { code: 'sign-in-required' } });
      const forged = await server.call(route.method, path, {
        body,
        cookie: `${ours.cookie.slice(0, -4)}AAAA`,
      });
      expect(forged.status).toBe(401);
      for (const role of operatorRoles) {
        if (typeof route.access !== 'string' && route.access.includes(role)) continue;
        const answer = await server.call(route.method, path, { body, cookie: cookies[role] });
        expect(answer, role).toMatchObject({ status: 403, body: { code: 'role-forbids' } });
      }
    },
  );

  test.each(guarded.filter(isUnsafe).map((route) => [nameOf(route), route] as const))(
    '%s: not from another site’s page',
    async (_name, route) => {
      const path = fill(route.path, ours, ours);
      const body = bodiesOf(route)[0]?.(ours);
      const foreign = [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ];
      for (const headers of foreign) {
        const answer = await server.call(route.method, path, { body, cookie: ours.cookie, headers });
        expect(answer.status, JSON.stringify(headers)).toBe(403);
      }
    },
  );

  test('the only management routes without a session are those the table calls open', () => {
    const open = managed.filter((route) => typeof route.access === 'string').map(nameOf);
    expect(open).toEqual(['POST /:tenant/api/v1/workstations']);
  });

  test('GET changes nothing', async () => {
    const before = await rowsOf(ours.tenantId);
    for (const route of managed.filter((one) => !isUnsafe(one))) {
      await server.call(route.method, fill(route.path, ours, ours), { cookie: ours.cookie });
    }
    expect(await rowsOf(ours.tenantId)).toEqual(before);
  });
});

describe('the OpenAPI document', () => {
  test('has every management route with its summary', async () => {
    const { body } = await server.call('GET', '/openapi.json');
    for (const route of managed) {
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      const operation = body.paths[path]?.[route.method.toLowerCase()];
      expect(operation?.summary, nameOf(route)).toBe(route.summary);
    }
  });
});

describe('the management API', () => {
  test('assigns a virtual key from Not Configured to Enrolled: real CTAP messages, real signatures, real HTTP', async () => {
    const key = await virtualKey({ serial: 'VK-HTTP', pin: '246810' });
    const { step } = await ours.assign(key);
    expect(step.status).toBe(200);
    expect(step.body.enrollment).toMatchObject({
      status: 'COMPLETE',
      failure: null,
      user: { username: ours.username },
      device: { status: 'ENROLLED', serial: 'VK-HTTP', tagged: true, policy: { name: 'Policy ours' } },
    });
    expect(await key.held('localhost')).toHaveLength(1);
    const assignment = await ours.call('GET', `/assignments/${ours.username}`);
    expect(assignment.body.keys.map((one: { deviceId: string }) => one.deviceId)).toContain(
      step.body.enrollment.device.deviceId,
    );
  });

  test.each(['ctap2.1-preview', 'no-config', 'ctap2.0-old'] as const)(
    'tells at once that a key of the profile %s can not obey the policy, and gives it one that it can',
    async (profile) => {
      const key = await virtualKey({ serial: `VK-${profile}`, pin: '135791', profile });
      const { step: refused, connectionId } = await ours.assign(key);
      expect(refused).toMatchObject({
        status: 422,
        body: { code: 'policy-unmet-by-device', particulars: { field: 'minPINLength' } },
      });
      expect((await key.facts()).clientPinSet).toBe(false);
      ours.workstation.pullOut(connectionId);
      const plain = await ours.call('POST', '/policies', {
        name: `Plain for ${profile}`,
        rules: { ...standardRules, minPINLength: null, alwaysUv: null },
      });
      expect(plain.status).toBe(201);
      const tenant = { ...ours };
      const where = ours.workstation.plugIn(key);
      const { body: session } = await tenant.call('POST', '/orders/session', {
        workstationId: ours.workstation.workstationId,
      });
      await tenant.call('POST', '/devices/recognise', { receipt: await ours.workstation.run(session.order) });
      let step = await tenant.call('POST', '/enrollments', {
        username: ours.username,
        workstationId: ours.workstation.workstationId,
        connectionId: where,
        deviceId: null,
        policyId: plain.body.policyId,
      });
      while (step.body.next) {
        step = await tenant.call(
          'POST',
          `/enrollments/${step.body.enrollment.enrollmentId}/${step.body.next.answerAt}`,
          { receipt: await ours.workstation.run(step.body.next.order) },
        );
      }
      expect(step.body.enrollment.status).toBe('COMPLETE');
      ours.workstation.pullOut(where);
    },
  );

  test('creates with 201, deletes with 204, says 404, 409 and 422 where they belong', async () => {
    const made = await ours.call('POST', '/policies', { name: 'Short-lived', rules: standardRules });
    expect(made).toMatchObject({ status: 201, body: { status: 'INACTIVE', version: 1, deviceCount: 0 } });
    const { policyId } = made.body;
    expect((await ours.call('POST', '/policies', { name: 'Short-lived', rules: standardRules })).status).toBe(
      409,
    );
    const contradiction = { ...standardRules, pinMinimumLength: 20, pinMaximumLength: 10 };
    const refused = await ours.call('POST', '/policies', { name: 'Never', rules: contradiction });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body).toMatchObject({ code: 'input-invalid', particulars: { field: 'pinMaximumLength' } });
    expect((await ours.call('POST', `/policies/${policyId}/duplicate`)).body.name).toBe('Short-lived (copy)');
    const gone = await ours.call('DELETE', `/policies/${policyId}`);
    expect(gone).toMatchObject({ status: 204, text: '' });
    expect((await ours.call('GET', `/policies/${policyId}`)).status).toBe(404);
    expect((await ours.call('DELETE', `/policies/${policyId}`)).status).toBe(404);
    const active = await ours.call('DELETE', `/policies/${ours.policyId}`);
    expect(active).toMatchObject({ status: 409, body: { code: 'policy-active' } });
    expect((await ours.call('GET', '/devices/not-a-uuid')).status).toBe(400);
  });

  test('decodes a username once', async () => {
    for (const username of ['a/b', 'a%2Fb', 'zo\u00eb', 'a b', '100%', 'x?y#z', 'CORP\\al']) {
      const made = await ours.call('POST', '/users', { username, displayName: username, email: null });
      expect(made.status, username).toBe(201);
      const found = await ours.call('GET', `/assignments/${encodeURIComponent(username)}`);
      expect(found, username).toMatchObject({ status: 200, body: { user: { username } } });
    }
    const decomposed = await ours.call('GET', `/assignments/${encodeURIComponent('zoe\u0308')}`);
    expect(decomposed.body.user.username).toBe('zo\u00eb');
    const capitals = await ours.call('GET', `/assignments/${encodeURIComponent('ZO\u00cb')}`);
    expect(capitals.body.user.username).toBe('zo\u00eb');
    const again = { username: 'Zo\u00eb', displayName: 'x', email: null };
    expect((await ours.call('POST', '/users', again)).body).toMatchObject({ code: 'username-taken' });
    const twice = await ours.call('GET', `/assignments/${encodeURIComponent(encodeURIComponent('a/b'))}`);
    expect(twice.body.user.username).toBe('a%2Fb');
    for (const malformed of ['%00', '%0A', 'a'.repeat(257), '%E2%80%AEabc']) {
      const answer = await ours.call('GET', `/assignments/${malformed}`);
      expect(answer, malformed).toMatchObject({ status: 400, body: { code: 'username-malformed' } });
    }
    expect((await ours.call('GET', '/assignments/%FF')).status).toBe(400);
  });

  test('takes an Idempotency-Key, and refuses a malformed one', async () => {
    const key = softKey({ serial: 'IDEMPOTENT' });
    const connectionId = ours.workstation.plugIn(key);
    const { body: session } = await ours.call('POST', '/orders/session', {
      workstationId: ours.workstation.workstationId,
    });
    await ours.call('POST', '/devices/recognise', { receipt: await ours.workstation.run(session.order) });
    const body = {
      username: ours.username,
      workstationId: ours.workstation.workstationId,
      connectionId,
      deviceId: null,
      policyId: ours.policyId,
    };
    const post = (idempotencyKey: string, more: object = {}) =>
      ours.call('POST', '/enrollments', { ...body, ...more }, { 'idempotency-key': idempotencyKey });
    const first = await post('press-1');
    const again = await post('press-1');
    expect(again.body.enrollment.enrollmentId).toBe(first.body.enrollment.enrollmentId);
    expect(await post('press-1', { username: 'zo\u00eb' })).toMatchObject({
      body: { code: 'idempotency-key-reused' },
    });
    expect(await post('x'.repeat(129))).toMatchObject({ body: { code: 'input-invalid' } });
    ours.workstation.pullOut(connectionId);
  });

  test('pages its lists', async () => {
    const first = await ours.call('GET', '/devices?limit=2');
    expect(first.body.items).toHaveLength(2);
    expect(first.body.total).toBeGreaterThan(2);
    const second = await ours.call('GET', `/devices?limit=2&after=${encodeURIComponent(first.body.next)}`);
    const ids = [...first.body.items, ...second.body.items].map((one) => one.deviceId);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await ours.call('GET', '/devices?limit=0')).status).toBe(400);
    expect((await ours.call('GET', '/devices?limit=201')).status).toBe(400);
    expect((await ours.call('GET', '/devices?after=nonsense')).status).toBe(400);
    expect((await ours.call('GET', '/devices?status=ENROLLED')).body.items.length).toBeGreaterThan(0);
    const events = await ours.call('GET', '/events?limit=5');
    expect(events.body.items).toHaveLength(5);
    const history = await ours.call('GET', `/events?targetId=${ours.deviceId}`);
    expect(history.body.items.map((one: { type: string }) => one.type)).toContain('device.enrolled');
  });

  test('revokes, links and retires', async () => {
    const { step } = await ours.assign(softKey({ serial: 'REVOKE' }));
    const { deviceId } = step.body.enrollment.device;
    expect((await ours.call('POST', `/devices/${deviceId}/retire`, { reason: 'stolen' })).status).toBe(409);
    const revoked = await ours.call('POST', `/devices/${deviceId}/revoke`, { reason: 'lost' });
    expect(revoked).toMatchObject({ status: 200, body: { status: 'REVOKED', owner: null } });
    expect((await ours.call('PUT', `/devices/${deviceId}/policy`, { policyId: null })).status).toBe(409);
    const retired = await ours.call('POST', `/devices/${deviceId}/retire`, { reason: 'stolen' });
    expect(retired).toMatchObject({ status: 200, body: { status: 'RETIRED' } });
  });
});

describe('passkeys of a person', () => {
  test('are listed, named, suspended and limited; a code is told once', async () => {
    const { userId } = ours;
    const create = { friendlyName: 'Blue key', validUntil: '2999-01-01T00:00:00.000Z' };
    const waiting = await ours.call('POST', `/users/${userId}/passkeys`, create);
    expect(waiting).toMatchObject({
      status: 201,
      body: {
        ...create,
        status: 'PENDING',
        usable: false,
        userId,
        credential: null,
        validFrom: null,
        icon: null,
      },
    });
    const { deviceId } = waiting.body;
    const issued = await ours.call('POST', `/users/${userId}/enrollment-codes`, { deviceId, expiresIn: 60 });
    expect(issued).toMatchObject({ status: 201, body: { passkey: { deviceId } } });
    expect(issued.headers.get('cache-control')).toBe('no-store');
    const remaining = Date.parse(issued.body.expiresAt) - Date.now();
    expect(Math.abs(remaining - 60_000)).toBeLessThan(10_000);
    const list = await ours.call('GET', `/users/${userId}/passkeys`);
    expect(list.text).not.toContain(issued.body.code);
    const statusOf = (id: string) =>
      list.body.items.find((one: { deviceId: string }) => one.deviceId === id).status;
    expect([statusOf(ours.passkeyId), statusOf(deviceId)]).toEqual(['ACTIVE', 'PENDING']);

    const act = (what: string, body?: unknown) =>
      ours.call('POST', `/passkeys/${ours.passkeyId}/${what}`, body);
    expect((await act('rename', { friendlyName: ' Desk drawer ' })).body.friendlyName).toBe('Desk drawer');
    expect((await act('rename', { friendlyName: '\u0007' })).body).toMatchObject({ code: 'input-invalid' });
    expect((await act('suspend', { reason: 'on leave' })).body).toMatchObject({
      status: 'SUSPENDED',
      usable: false,
      friendlyName: 'Desk drawer',
    });
    expect((await act('activate')).body).toMatchObject({ status: 'ACTIVE', usable: true });
    const over = { validFrom: null, validUntil: '2020-01-01T00:00:00.000Z' };
    expect((await ours.call('PUT', `/passkeys/${ours.passkeyId}/validity`, over)).body).toMatchObject({
      ...over,
      usable: false,
    });
    expect(await ours.call('POST', `/passkeys/${deviceId}/suspend`)).toMatchObject({
      status: 409,
      body: { code: 'passkey-state-forbids' },
    });
    expect((await ours.call('POST', `/passkeys/${deviceId}/terminate`)).body.status).toBe('TERMINATED');
    expect((await ours.call('GET', `/passkeys/${deviceId}`)).body.status).toBe('TERMINATED');
  });
});

describe('the passkey of a key of the inventory', () => {
  test('is revoked with its key, whichever of the two is revoked', async () => {
    const tenant = await openTenant(server, 'both');
    const { step } = await tenant.assign(softKey({ serial: 'SERIAL-both' }));
    const { deviceId } = step.body.enrollment.device;
    const passkeys = async () => {
      const { body } = await tenant.call('GET', `/users/${tenant.userId}/passkeys`);
      return body.items.map((one: { deviceId: string; status: string }) => [one.deviceId, one.status]);
    };
    const keyStatus = async () => (await tenant.call('GET', `/devices/${deviceId}`)).body.status;
    const [[passkeyId]] = await passkeys();
    await tenant.call('POST', `/passkeys/${passkeyId}/suspend`);
    expect(await keyStatus()).toBe('ENROLLED');
    await tenant.call('POST', `/passkeys/${passkeyId}/revoke`, { reason: 'lost' });
    expect(await keyStatus()).toBe('REVOKED');
    const other = await tenant.assign(softKey({ serial: 'SERIAL-other' }));
    const otherId = other.step.body.enrollment.device.deviceId;
    expect((await tenant.call('POST', `/devices/${otherId}/revoke`, { reason: 'lost' })).status).toBe(200);
    expect((await passkeys()).map(([, status]: [string, string]) => status)).toEqual(['REVOKED', 'REVOKED']);
  });
});

describe('signing keys', () => {
  test('are listed, rotated and withdrawn', async () => {
    const states = (body: { items: { algorithm: string; state: string }[] }) =>
      body.items.map(({ algorithm, state }) => `${algorithm} ${state}`);
    const listed = await theirs.call('GET', '/signing-keys');
    expect(states(listed.body)).toEqual(['ES256 signing', 'RS256 signing']);
    // Without its line in the audit log there is no rotation.
    const unwritten = server.ports.openIdKeys.rotate(theirs.tenantId, 'soon', () =>
      Promise.reject(new Error('the line was not written')),
    );
    await expect(unwritten).rejects.toThrow('the line was not written');
    expect(states((await theirs.call('GET', '/signing-keys')).body)).toEqual([
      'ES256 signing',
      'RS256 signing',
    ]);
    const rotated = await theirs.call('POST', '/signing-keys/rotate', {});
    expect(states(rotated.body)).toEqual(['ES256 signing', 'ES256 next', 'RS256 signing', 'RS256 next']);
    const soon = Date.parse(rotated.body.items[1].signsFrom) - Date.now();
    expect(Math.abs(soon - 120_000)).toBeLessThan(20_000);
    const withdrawn = await theirs.call('POST', '/signing-keys/rotate', { withdraw: true });
    expect(states(withdrawn.body)).toEqual(['ES256 signing', 'RS256 signing']);
    expect(withdrawn.body.items[0].keyId).not.toBe(listed.body.items[0].keyId);
    const events = await theirs.call('GET', `/events?targetId=${theirs.tenantId}`);
    expect(events.body.items.map((event: { type: string }) => event.type)).toEqual(
      expect.arrayContaining(['signing-keys.withdrawn', 'signing-keys.rotated']),
    );
  });
});

describe('a workstation that is unpaired', () => {
  test('is obeyed no more, and may be paired again', async () => {
    const tenant = await openTenant(server, 'unpaired');
    const { workstationId } = tenant.workstation;
    const order = () => tenant.call('POST', '/orders/session', { workstationId });
    const given = await order();
    expect(given.status).toBe(201);
    const late = await tenant.workstation.run(given.body.order);
    expect((await tenant.call('DELETE', `/workstations/${workstationId}`)).status).toBe(204);
    expect((await tenant.call('DELETE', `/workstations/${workstationId}`)).body).toMatchObject({
      code: 'workstation-not-found',
    });
    expect((await tenant.call('GET', '/workstations')).body.items).toEqual([]);
    expect((await order()).body).toMatchObject({ code: 'workstation-not-found' });
    expect((await tenant.call('POST', '/devices/recognise', { receipt: late })).body).toMatchObject({
      code: 'receipt-rejected',
    });
    const { body: code } = await tenant.call('POST', '/workstations/pairing-codes');
    await tenant.call('POST', '/workstations', {
      code: code.code,
      name: 'Again',
      publicKey: tenant.workstation.publicKey,
    });
    expect((await order()).status).toBe(201);
  });
});
