import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { deliverOutbox, type OneTimeCodeFactor, usualWorkflow } from '@keywarden/domain';
import { TOTP, URI } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, type HttpTenant, openHttpServer, openTenant } from './lifecycle/server.ts';
import { softKey } from './lifecycle/soft-key.ts';
import { type MailServer, openMailServer } from './mail-server.ts';

let mail: MailServer;
let server: HttpServer;
let tenant: HttpTenant;
let range: Server;
/** Passwords that the list of breached ones has; null: it does not answer. */
let breached: readonly string[] | null = [];

beforeAll(async () => {
  mail = await openMailServer();
  range = createServer((request, response) => {
    const prefix = request.url?.slice('/range/'.length) ?? '';
    if (breached === null) return response.writeHead(503).end();
    const hashes = breached.map((word) => createHash('sha1').update(word).digest('hex').toUpperCase());
    const lines = hashes.filter((hash) => hash.startsWith(prefix)).map((hash) => `${hash.slice(5)}:7`);
    response.end(lines.join('\r\n'));
  });
  await new Promise<void>((resolve) => range.listen(0, '127.0.0.1', resolve));
  const address = range.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  server = await openHttpServer({
    mail: mail.configuration,
    breachedPasswordsUrl: `http://127.0.0.1:${address.port}/range/`,
  });
  tenant = await openTenant(server, 'factors');
  await addAppFactor();
});
afterAll(async () => {
  await server.close();
  await new Promise((resolve) => range.close(resolve));
  await mail.close();
});

async function addAppFactor(): Promise<void> {
  const passwordFactor = usualWorkflow.firstFactors.find((factor) => factor.type === 'LOGIN');
  if (passwordFactor === undefined) throw new Error('the usual workflow has a password factor');
  const app: OneTimeCodeFactor = {
    ...passwordFactor,
    type: 'OTP',
    method: 'totp',
    factorId: 'factor.totp',
    code: 'AT_TOTP',
    acr: 'acr_totp',
    enrollActions: [],
  };
  const { body: stored } = await tenant.call('GET', '/workflow');
  const document = { ...usualWorkflow, firstFactors: [...usualWorkflow.firstFactors, app] };
  const answer = await tenant.call('PUT', '/workflow', { version: stored.version, document });
  if (answer.status !== 200) throw new Error(`the workflow was answered ${answer.status}: ${answer.text}`);
}

const users = () => `/users/${tenant.userId}`;
const deliver = () => deliverOutbox(server.ports, { tenantId: tenant.tenantId, limit: 50 });
const events = async (type: string) =>
  (await tenant.call('GET', `/events?type=${type}`)).body.items as {
    description: string;
    outcome: string;
    particulars: object;
  }[];

/** A sign-in with a password up to its proof; the status says whether it was right. */
/** What the authentication service says to a proof: `proven`, or its error. */
async function prove(authType: string, password: string): Promise<string> {
  const { tenantId, client, username } = tenant;
  const { clientId, secret, redirectUri } = client;
  const pushed = await server.call('POST', `/${tenantId}/authn/par`, {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
    },
    form: new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'openid',
    }),
  });
  const { request_uri } = pushed.body;
  const answer = await server.call('POST', `/${tenantId}/authn/code`, {
    body: { grant_type: 'password', request_uri, authType, username, password },
  });
  return answer.status === 200 ? 'proven' : answer.body.error;
}

describe('an operator, for a person with an authenticator app', () => {
  test('begins it, confirms it by its first code, sees it without its secret, and removes it', async () => {
    const begun = await tenant.call('POST', `${users()}/one-time-code-apps`, { friendlyName: 'Work phone' });
    expect(begun.status, begun.text).toBe(201);
    expect(begun.headers.get('cache-control')).toBe('no-store');
    const { app, uri, secret } = begun.body;
    expect(app).toMatchObject({ friendlyName: 'Work phone', authType: 'AT_TOTP', status: 'PENDING' });
    const totp = URI.parse(uri);
    if (!(totp instanceof TOTP)) throw new Error('not a TOTP');
    expect(totp.secret.base32).toBe(secret);
    const path = `${users()}/one-time-code-apps/${app.appId}`;
    const wrong = await tenant.call('POST', `${path}/confirm`, { code: '000000' });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'one-time-code-wrong' } });
    const code = totp.generate();
    const confirmed = await tenant.call('POST', `${path}/confirm`, { code });
    expect(confirmed).toMatchObject({ status: 200, body: { status: 'ACTIVE', expiresAt: null } });
    expect(await tenant.call('POST', `${path}/confirm`, { code })).toMatchObject({ status: 200 });
    const listed = await tenant.call('GET', `${users()}/one-time-code-apps`);
    expect(listed.body.items).toEqual([confirmed.body]);
    expect(listed.text).not.toContain(secret);
    // The code that confirmed it is used up; the next one signs her in.
    expect(await prove('AT_TOTP', code)).toBe('invalid_grant');
    expect(await prove('AT_TOTP', totp.generate({ timestamp: Date.now() + 30_000 }))).toBe('proven');

    expect((await tenant.call('DELETE', path)).status).toBe(204);
    expect((await tenant.call('DELETE', path)).status).toBe(204);
    expect((await tenant.call('GET', `${users()}/one-time-code-apps`)).body.items).toEqual([]);
    expect(await prove('AT_TOTP', totp.generate({ timestamp: Date.now() + 60_000 }))).toBe('invalid_grant');
    await deliver();
    expect(mail.received.map(({ headers }) => headers.get('subject'))).toEqual([
      'An authenticator app was added to your account at Tenant factors',
      'An authenticator app was removed from your account at Tenant factors',
    ]);
    expect(mail.received[0]?.text).toContain('“Work phone”');
  });

  test('may do so with a role that hands keys out; the help desk removes alone', async () => {
    const helpDesk = await server.signIn(tenant.tenantId, 'help-desk');
    const path = `/${tenant.tenantId}/api/v1${users()}`;
    const call = (method: string, end: string, body?: unknown) =>
      server.call(method, `${path}${end}`, { cookie: helpDesk, ...(body !== undefined && { body }) });
    expect((await call('POST', '/one-time-code-apps', {})).status).toBe(403);
    expect((await call('POST', '/password', {})).status).toBe(403);
    expect((await call('GET', '/one-time-code-apps')).status).toBe(200);
    expect((await call('DELETE', `/one-time-code-apps/${tenant.userId}`)).status).toBe(204);
  });

  test('is told who is not there, what is not, and where the workflow has no factor for it', async () => {
    const nobody = '/users/00000000-0000-7000-8000-000000000000/one-time-code-apps';
    expect(await tenant.call('POST', nobody, {})).toMatchObject({ status: 404 });
    const unknown = `${users()}/one-time-code-apps/${tenant.userId}/confirm`;
    expect(await tenant.call('POST', unknown, { code: '123456' })).toMatchObject({
      status: 404,
      body: { code: 'one-time-code-app-not-found' },
    });
    const other = await openTenant(server, 'plain');
    expect(await other.call('POST', `/users/${other.userId}/one-time-code-apps`, {})).toMatchObject({
      status: 409,
      body: { code: 'one-time-codes-not-offered' },
    });
  });
});

describe('a password', () => {
  test('that an operator hands over is random, told once, and ends what was open', async () => {
    const given = await tenant.call('POST', `${users()}/password`, {});
    expect(given.status, given.text).toBe(200);
    expect(given.headers.get('cache-control')).toBe('no-store');
    const { password, expiresAt } = given.body;
    expect(password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(71 * 3_600_000);
    expect(await prove('AT_EMPPWD', password)).toBe('step_up_required');
    expect(await prove('AT_EMPPWD', `${password}x`)).toBe('invalid_grant');
    const [event] = await events('authenticator.changed');
    expect(event?.description).toContain('got a temporary password');
    expect(JSON.stringify(event)).not.toContain(password);
  });

  test.each([
    ['too-short', 'a7#kQ9z'],
    ['repetitive', 'ababababababab'],
    ['about-the-user', 'person factors'],
    ['common', 'PASSWORD123'],
    ['breached', 'a breach knows this one'],
  ])('that is %s is refused, and nothing is changed', async (reason, password) => {
    breached = ['a breach knows this one'];
    const answer = await tenant.call('POST', `${users()}/password`, { password });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'password-rejected', particulars: { reason, minimumLength: 8 } },
    });
    expect(answer.text).not.toContain(password);
    expect(await prove('AT_EMPPWD', password)).toBe('invalid_grant');
  });

  test('is taken where nobody can be asked about breaches, and the audit log says so', async () => {
    breached = null;
    const password = 'nobody could be asked about this';
    expect((await tenant.call('POST', `${users()}/password`, { password })).status).toBe(200);
    breached = [];
    const [event] = await events('authenticator.changed');
    expect(event?.description).toContain('could not be found out');
  });

  test('is as long as the tenant says from then on, within what NIST allows', async () => {
    expect((await tenant.call('GET', '/password-policy')).body).toEqual({
      minimumLength: 8,
      refuseBreached: true,
      version: 0,
    });
    expect(
      (await tenant.call('PUT', '/password-policy', { minimumLength: 7, refuseBreached: true })).status,
    ).toBe(400);
    const policy = { minimumLength: 15, refuseBreached: false };
    expect(await tenant.call('PUT', '/password-policy', policy)).toMatchObject({ status: 200, body: policy });
    expect((await tenant.call('GET', '/password-policy')).body).toEqual({ ...policy, version: 1 });
    const short = await tenant.call('POST', `${users()}/password`, { password: 'fourteen chars' });
    expect(short.body.particulars).toEqual({ reason: 'too-short', minimumLength: 15 });
    breached = ['this one was in a breach'];
    const known = await tenant.call('POST', `${users()}/password`, { password: 'this one was in a breach' });
    expect(known.status).toBe(200);
    const stored = await events('password-policy.stored');
    expect(stored.map(({ particulars }) => particulars)).toEqual([policy]);
  });
});

describe('a person', () => {
  const person = { displayName: 'Ada Lovelace', email: 'ada@example.com', status: 'active' };

  test('is renamed, given another address and told with her groups', async () => {
    const { body: ada } = await tenant.call('POST', '/users', { ...person, username: 'ada' });
    const path = `/users/${ada.userId}`;
    expect((await tenant.call('GET', path)).body).toEqual({
      ...ada,
      groups: [],
      externalId: null,
      language: null,
      version: 1,
    });
    const token = (await tenant.call('POST', '/provisioning-tokens', { name: 'Directory' })).body.token;
    const made = await server.call('POST', `/${tenant.tenantId}/scim/v2/Groups`, {
      body: { displayName: 'Field staff', members: [{ value: ada.userId }] },
      headers: { authorization: `Bearer ${token}` },
    });
    expect(made.status).toBe(201);
    const change = { displayName: '  Ada King ', email: 'countess@example.com', status: 'active' };
    const changed = await tenant.call('PUT', path, change);
    expect(changed).toMatchObject({
      status: 200,
      body: {
        username: 'ada',
        displayName: 'Ada King',
        email: 'countess@example.com',
        groups: [{ groupId: made.body.id, displayName: 'Field staff' }],
      },
    });
    expect((await tenant.call('GET', path)).body).toEqual(changed.body);
    const [event] = await events('user.changed');
    expect(event).toMatchObject({ description: 'Changed: displayName, email.' });
    const found = await server.call(
      'GET',
      `/${tenant.tenantId}/scim/v2/Users?filter=${encodeURIComponent('emails.value eq "countess@example.com"')}`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    expect(found.body.totalResults).toBe(1);
    expect(await tenant.call('PUT', path, { ...change, displayName: ' \u0007 ' })).toMatchObject({
      status: 400,
      body: { code: 'input-invalid', particulars: { field: 'displayName' } },
    });
  });

  test('who is disabled can not sign in, and can again once enabled', async () => {
    const { body: eve } = await tenant.call('POST', '/users', { ...person, username: 'eve' });
    const path = `/users/${eve.userId}`;
    const change = { displayName: eve.displayName, email: eve.email };
    const disabled = await tenant.call('PUT', path, { ...change, status: 'disabled' });
    expect(disabled).toMatchObject({ status: 200, body: { status: 'disabled' } });
    expect((await events('user.disabled'))[0]?.description).toMatch(/can not sign in any more/);
    expect((await tenant.call('GET', '/assignments/eve')).body.code).toBe('user-disabled');
    expect((await tenant.call('PUT', path, { ...change, status: 'active' })).body.status).toBe('active');
    expect(await events('user.enabled')).toHaveLength(1);
    expect((await tenant.call('GET', '/assignments/eve')).status).toBe(200);
  });

  test('is changed by administrators alone', async () => {
    const cookie = await server.signIn(tenant.tenantId, 'operator');
    const path = `/${tenant.tenantId}/api/v1/users/${tenant.userId}`;
    expect((await server.call('PUT', path, { cookie, body: person })).body.code).toBe('role-forbids');
  });
});

test('a person is told by mail of the key that an operator enrolls for her, and of its revocation', async () => {
  await deliver();
  const before = mail.received.length;
  const { step } = await tenant.assign(softKey({ serial: 'SERIAL-MAIL' }));
  expect(step.body.enrollment.status, step.text).toBe('COMPLETE');
  const { deviceId } = step.body.enrollment.device;
  const revoked = await tenant.call('POST', `/devices/${deviceId}/revoke`, { reason: 'lost' });
  expect(revoked.status, revoked.text).toBe(200);
  expect(await deliver()).toMatchObject({ failures: [] });
  const told = mail.received.slice(before);
  expect(told.map(({ headers }) => headers.get('subject'))).toEqual([
    'A passkey was added to your account at Tenant factors',
    'A passkey was removed from your account at Tenant factors',
  ]);
  expect(told[0]?.to).toEqual(['factors@secret-factors.example']);
  const [added] = await events('authenticator.added');
  expect(added?.description).toContain('A mail tells her.');
});

test('a mail leaves as soon as it is intended: nobody waits for the next round of a clock', async () => {
  await deliver();
  const before = mail.received.length;
  const jobs = server.startJobs();
  try {
    expect((await tenant.call('POST', `${users()}/password`, {})).status).toBe(200);
    // The clock's first round comes after five seconds.
    await expect.poll(() => mail.received.length, { timeout: 4_000, interval: 20 }).toBe(before + 1);
  } finally {
    await jobs.stop();
  }
});
