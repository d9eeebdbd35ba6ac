import { usualWorkflow } from '@keywarden/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, type HttpTenant, openHttpServer, openTenant } from './lifecycle/server.ts';

let server: HttpServer;
let tenant: HttpTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openTenant(server, 'flow');
});
afterAll(async () => {
  await server.close();
});

// biome-ignore lint/suspicious/noExplicitAny: a document as an administrator writes it
type Document = any;
const changed = (change: (document: Document) => void): Document => {
  const document = JSON.parse(JSON.stringify(usualWorkflow));
  change(document);
  return document;
};

async function newest() {
  return (await tenant.call('GET', '/workflow')).body;
}

/** Stores it as the next version, whichever that is. */
async function store(document: Document, note?: string) {
  const { version } = await newest();
  const answer = await tenant.call('PUT', '/workflow', { version, document, note });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function eventsOf(type: string) {
  return (await tenant.call('GET', `/events?type=${type}&limit=50`)).body.items;
}

describe('the workflow over the management API', () => {
  test('is read as a whole: nothing of it is lost on the way', async () => {
    const { version, document, warnings } = await newest();
    expect(version).toBe(1);
    expect(document).toEqual(usualWorkflow);
    expect(warnings).toEqual([]);
  });

  test('is stored as the next version, with who stored it, and audited', async () => {
    const document = changed((d) => {
      d.firstFactors[1].retry = 5;
      d.secondFactors.push({
        factorId: 'factor.app',
        type: 'OTP',
        method: 'totp',
        code: 'AT_TOTP',
        acr: 'acr_app',
        accessCriteriaId: 'access_criteria.common_to_all',
      });
    });
    const stored = await store(document, '  Five tries. ');
    expect(stored).toMatchObject({
      version: 2,
      note: 'Five tries.',
      createdBy: expect.stringContaining('owner'),
    });
    // What was left out is there, with its default.
    expect(stored.document.secondFactors[0]).toMatchObject({
      retry: 3,
      disableThreshold: 10,
      stepUp: 'notRequired',
    });
    expect((await newest()).document).toEqual(stored.document);
    const [event] = await eventsOf('workflow.stored');
    expect(event).toMatchObject({
      target: { kind: 'workflow', id: '2' },
      description: 'The workflow was changed. Five tries.',
      particulars: { note: 'Five tries.' },
    });
  });

  test('every fault is told at once, each at its place, and nothing is stored', async () => {
    const before = await newest();
    const document = changed((d) => {
      d.firstFactors[0].retry = 99;
      d.enrollActions[0].upon.push('factor.nobody');
      d.theme_id = 'nowhere';
      delete d.enrollActions[0].code;
    });
    const refused = await tenant.call('PUT', '/workflow', { version: before.version, document });
    expect(refused).toMatchObject({ status: 422, body: { code: 'document-invalid' } });
    expect(refused.body.faults).toEqual(
      expect.arrayContaining([
        {
          at: '/firstFactors/0/retry',
          rule: 'out-of-range',
          values: { minimum: 1, maximum: 10 },
          what: 'is not between 1 and 10',
        },
        { at: '/enrollActions/0/code', rule: 'missing', values: {}, what: 'is missing' },
      ]),
    );
    expect((await newest()).version).toBe(before.version);
    const reviewed = await tenant.call('POST', '/workflow/validate', { document });
    expect(reviewed.body.faults).toEqual(refused.body.faults);
    const themed = await tenant.call('POST', '/workflow/validate', {
      document: changed((d) => (d.theme_id = 'nowhere')),
    });
    expect(themed.body.faults).toMatchObject([{ at: '/theme_id', rule: 'no-such-theme' }]);
    const earlier = await tenant.call('POST', '/workflow/validate', {
      document: changed((d) => {
        delete d.theme_id;
        d.themeId = 'nowhere';
      }),
    });
    expect(earlier.body.faults).toMatchObject([{ at: '/themeId', rule: 'no-such-theme' }]);
  });

  test('a body that is no document at all is told so too', async () => {
    for (const document of [null, 7, 'text', [], {}]) {
      const refused = await tenant.call('POST', '/workflow/validate', { document });
      expect(refused.status).toBe(200);
      expect(refused.body.faults.length).toBeGreaterThan(0);
    }
  });

  test('of two who changed the same version, the second is told', async () => {
    const { version, document } = await newest();
    const [one, other] = await Promise.all(
      [1, 2].map(() => tenant.call('PUT', '/workflow', { version, document })),
    );
    expect([one?.status, other?.status].sort()).toEqual([200, 409]);
    const late = await tenant.call('PUT', '/workflow', { version, document });
    expect(late).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', particulars: { version: version + 1 } },
    });
    const early = await tenant.call('PUT', '/workflow', { version: version + 5, document });
    expect(early.status).toBe(409);
  });

  test('its history is readable, page by page, and an older version can be stored again', async () => {
    const all = await tenant.call('GET', '/workflow/versions');
    const numbers = all.body.items.map((head: { version: number }) => head.version);
    expect(numbers).toEqual([...numbers].sort((a: number, b: number) => b - a));
    expect(all.body.total).toBe(numbers.length);
    const first = await tenant.call('GET', '/workflow/versions?limit=1');
    const second = await tenant.call('GET', `/workflow/versions?limit=1&after=${first.body.next}`);
    expect([first.body.items[0].version, second.body.items[0].version]).toEqual(numbers.slice(0, 2));
    const old = await tenant.call('GET', '/workflow/versions/1');
    expect(old.body).toMatchObject({ version: 1, document: usualWorkflow });
    const restored = await store(old.body.document, 'Version 1 again');
    expect(restored.version).toBe(numbers[0] + 1);
    expect(restored.document).toEqual(usualWorkflow);
    expect(await tenant.call('GET', '/workflow/versions/999')).toMatchObject({
      status: 404,
      body: { code: 'version-not-found' },
    });
  });

  test('opening the bootstrap is warned of, at once and in the audit log; closing it is written down', async () => {
    const stored = await store(changed((d) => (d.dangerousBootstrap = 'users-without-authenticator')));
    expect(stored.warnings).toMatchObject([{ at: '/dangerousBootstrap', rule: 'unproven-enrollment' }]);
    expect((await newest()).warnings).toHaveLength(1);
    const [warned] = await eventsOf('workflow.unproven-enrollment-open');
    expect(warned.description).toContain('Warning');
    await store(usualWorkflow);
    expect(await eventsOf('workflow.unproven-enrollment-closed')).toHaveLength(1);
  });

  test('whoever may not, does not: everybody reads, administrators write', async () => {
    const cookie = await server.signIn(tenant.tenantId, 'help-desk');
    const path = `/${tenant.tenantId}/api/v1/workflow`;
    expect((await server.call('GET', path, { cookie })).status).toBe(200);
    const body = { version: 1, document: usualWorkflow };
    expect(await server.call('PUT', path, { cookie, body })).toMatchObject({
      status: 403,
      body: { code: 'role-forbids' },
    });
  });

  test('the OpenAPI document tells of it', async () => {
    const { body } = await server.call('GET', '/openapi.json');
    const paths = Object.keys(body.paths).filter((path) => path.includes('/api/v1/workflow'));
    expect(paths.sort()).toEqual([
      '/{tenant}/api/v1/workflow',
      '/{tenant}/api/v1/workflow/preview',
      '/{tenant}/api/v1/workflow/validate',
      '/{tenant}/api/v1/workflow/versions',
      '/{tenant}/api/v1/workflow/versions/{version}',
    ]);
  });
});

describe('what would she see?', () => {
  const preview = async (username: string, document?: Document) => {
    const answer = await tenant.call('POST', '/workflow/preview', { username, document });
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const factor = (shown: Document, id: string) =>
    shown.factors.find((one: { factorId: string }) => one.factorId === id);

  /** A user with a password, in these groups and roles. */
  async function person(username: string, groups: readonly string[] = [], roles: readonly string[] = []) {
    const { body } = await tenant.call('POST', '/users', { username, displayName: username, email: null });
    const hash = await server.ports.passwords.hash('a long enough password');
    await server.ports.store.transaction(tenant.tenantId, async (tables) => {
      await tables.passwords.set(body.userId, hash);
    });
    const pool = new (await import('pg')).default.Client(server.fresh.superuser);
    await pool.connect();
    for (const name of groups) {
      const { rows } = await pool.query(
        `INSERT INTO keywarden.groups (tenant_id, group_id, display_name, created_at, updated_at)
         VALUES ($1, gen_random_uuid(), $2, now(), now())
         ON CONFLICT (tenant_id, display_name_folded) DO UPDATE SET updated_at = now() RETURNING group_id`,
        [tenant.tenantId, name],
      );
      await pool.query(
        'INSERT INTO keywarden.group_members (tenant_id, group_id, user_id) VALUES ($1, $2, $3)',
        [tenant.tenantId, rows[0].group_id, body.userId],
      );
    }
    await pool.query('UPDATE keywarden.users SET attributes = $3 WHERE tenant_id = $1 AND user_id = $2', [
      tenant.tenantId,
      body.userId,
      JSON.stringify({ roles: roles.map((value) => ({ value })) }),
    ]);
    await pool.end();
    return body.userId as string;
  }

  test('the flow’s own answer, and why each part is in it or not', async () => {
    await person('wanda');
    const shown = await preview('wanda');
    expect(shown).toMatchObject({
      username: 'wanda',
      user: { displayName: 'wanda', status: 'active' },
      bootstrap: false,
      flow: { firstFactors: [{ factorId: 'factor.fido' }, { factorId: 'factor.password' }] },
      enrollActions: [
        {
          enrollId: 'enroll_action.fido',
          offered: true,
          reason: 'upon-held',
          upon: ['factor.password'],
          hindrances: [],
        },
      ],
    });
    expect(factor(shown, 'factor.fido')).toMatchObject({
      offered: true,
      held: false,
      reason: 'shown-to-everybody',
    });
    expect(factor(shown, 'factor.password')).toMatchObject({ offered: true, held: true, reason: 'held' });
  });

  test('a document that nobody stored: what filtering, lists and protection change', async () => {
    const filtering = changed((d) => (d.accessCriteria[0].authenticators.firstFactorsFiltering = true));
    expect(factor(await preview('wanda', filtering), 'factor.fido')).toMatchObject({
      offered: false,
      reason: 'not-held',
    });
    const [unlisted] = (
      await preview(
        'wanda',
        changed((d) => {
          for (const entry of d.firstFactors) entry.enrollActions = [];
        }),
      )
    ).enrollActions;
    expect(unlisted).toMatchObject({ offered: false, reason: 'listed-nowhere' });
    const [needy] = (
      await preview(
        'wanda',
        changed((d) => {
          d.enrollActions[0].protectionFactor = { authType: 'AT_FIDO', pendingDevice: true };
        }),
      )
    ).enrollActions;
    expect(needy).toMatchObject({ offered: true, hindrances: ['protection-not-held', 'no-pending-device'] });
    const refused = await tenant.call('POST', '/workflow/preview', { username: 'wanda', document: {} });
    expect(refused).toMatchObject({ status: 422, body: { code: 'document-invalid' } });
  });

  test('somebody who does not exist is said not to, and shown what an attacker is shown', async () => {
    const shown = await preview('nobody-of-this-name');
    expect(shown.user).toBeNull();
    expect(shown.flow.enrollActions).toHaveLength(1);
  });

  test('groups and roles: who is in none of them is not offered it and can’t use it', async () => {
    const document = changed((d) => {
      d.accessCriteria.push({ accessCriteriaId: 'access_criteria.field', groups: ['Field staff'] });
      d.accessCriteria.push({ accessCriteriaId: 'access_criteria.chiefs', roles: ['chief'] });
      d.firstFactors[1].accessCriteriaId = 'access_criteria.field';
      d.enrollActions[0].accessCriteriaId = 'access_criteria.chiefs';
    });
    await person('fiona', ['Field staff', 'Others']);
    await person('carl', ['Field staff'], ['chief']);
    await person('oscar', ['Office']);
    const fiona = await preview('fiona', document);
    expect(factor(fiona, 'factor.password')).toMatchObject({ offered: true, reason: 'held' });
    expect(fiona.enrollActions[0]).toMatchObject({ offered: false, reason: 'not-admitted' });
    expect((await preview('carl', document)).enrollActions[0]).toMatchObject({
      offered: true,
      reason: 'upon-held',
    });
    for (const outsider of ['oscar', 'nobody-at-all']) {
      const shown = await preview(outsider, document);
      expect(factor(shown, 'factor.password')).toMatchObject({ offered: false, reason: 'not-admitted' });
      expect(shown.flow.firstFactors.map((one: { factorId: string }) => one.factorId)).toEqual([
        'factor.fido',
      ]);
    }
    // And not only shown: the right password of an outsider proves nothing.
    await store(document);
    // A stranger who asks is told the same of members, of others and of nobody; the member is told once it is her.
    const [member, ...others] = await Promise.all(
      ['fiona', 'carl', 'oscar', 'nobody-at-all'].map(async (username) => {
        const requestUri = await push();
        return authn('/flow', { request_uri: requestUri, username });
      }),
    );
    expect(member?.body.firstFactors).toHaveLength(2);
    expect(member?.body.enrollActions).toHaveLength(1);
    for (const other of others) expect({ ...other?.body }).toEqual(member?.body);
    for (const [username, actions] of [
      ['fiona', 0],
      ['carl', 1],
    ] as const) {
      const requestUri = await push();
      const proof = { authType: 'AT_EMPPWD', username, password: 'a long enough password' };
      const proven = await authn('/code', { grant_type: 'password', request_uri: requestUri, ...proof });
      const headers = { 'server-csrf-token': proven.headers.get('server-csrf-token') ?? '' };
      const { body } = await authn('/flow', { request_uri: requestUri, username }, headers);
      expect(body.enrollActions, username).toHaveLength(actions);
    }
    expect(await signIn('fiona')).toMatchObject({ status: 200 });
    expect(await signIn('oscar')).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', hid_failure: { reason: 17 } },
    });
    await store(usualWorkflow);
    expect(await signIn('oscar')).toMatchObject({ status: 200 });
  });

  const authn = (path: string, body: object, headers: Record<string, string> = {}) =>
    server.call('POST', `/${tenant.tenantId}/authn${path}`, { body, headers });

  async function push(): Promise<string> {
    const { clientId, secret, redirectUri } = tenant.client;
    const pushed = await server.call('POST', `/${tenant.tenantId}/authn/par`, {
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
    return pushed.body.request_uri;
  }

  async function signIn(username: string) {
    return authn('/code', {
      grant_type: 'password',
      request_uri: await push(),
      authType: 'AT_EMPPWD',
      username,
      password: 'a long enough password',
    });
  }
});
