import { addOperator, type OperatorRole, permissions } from '@keywarden/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type HttpAnswer,
  type HttpServer,
  type HttpTenant,
  openHttpServer,
  openTenant,
} from './lifecycle/server.ts';
import { softKey } from './lifecycle/soft-key.ts';

let server: HttpServer;
let tenant: HttpTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openTenant(server, 'people');
});
afterAll(async () => {
  await server.close();
});

const call: HttpTenant['call'] = (...request) => tenant.call(...request);
const ifMatch = (answer: HttpAnswer) => ({ 'if-match': answer.headers.get('etag') ?? '' });
const refused = (status: number, code: string) => ({ status, body: { code } });

/** The path below `/{tenant}/api/v1`, in the name of whoever has this cookie. */
const as = (cookie: string) => (method: string, path: string, body?: unknown) =>
  server.call(method, `/${tenant.tenantId}/api/v1${path}`, {
    cookie,
    ...(body === undefined ? {} : { body }),
  });

async function lastEvent(type: string) {
  return (await call('GET', `/events?type=${type}&limit=1`)).body.items[0];
}

let people = 0;
async function person(): Promise<{ userId: string; username: string }> {
  people += 1;
  const username = `person-${String(people).padStart(3, '0')}`;
  const { body } = await call('POST', '/users', { username, displayName: `Person ${people}`, email: null });
  return { userId: body.userId, username };
}

async function group(displayName: string): Promise<HttpAnswer> {
  const made = await call('POST', '/groups', { displayName });
  expect(made.status, made.text).toBe(201);
  return made;
}

describe('groups', () => {
  test('are made, found by how their names begin in whatever case, and paged by name', async () => {
    for (const name of ['Zeta', 'alpha', 'Beta', 'Alpine', 'ALSO']) await group(`List ${name}`);
    const first = await call('GET', '/groups?query=list%20AL&limit=2');
    expect(first.body).toMatchObject({
      total: 3,
      items: [
        { displayName: 'List alpha', memberCount: 0, externalId: null },
        { displayName: 'List Alpine' },
      ],
    });
    const next = await call('GET', `/groups?query=list%20AL&limit=2&after=${first.body.next}`);
    expect(next.body).toMatchObject({ items: [{ displayName: 'List ALSO' }], next: null });
    expect((await call('GET', '/groups?query=100%25')).body).toMatchObject({ total: 0, items: [] });
    expect(await lastEvent('group.created')).toMatchObject({ target: { name: 'List ALSO' } });
  });

  test.each([
    ['List BETA', 409, 'group-name-taken'],
    [' ', 400, 'input-invalid'],
    ['a\u0007b', 400, 'input-invalid'],
  ])('are not called %j where that is taken or no name', async (displayName, status, code) => {
    expect(await call('POST', '/groups', { displayName })).toMatchObject(refused(status, code));
  });

  test('of one name are made once by whoever asks at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => call('POST', '/groups', { displayName: 'At once' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  test('get members and lose them; again is harmless, and each change is an event', async () => {
    const { body } = await group('Members');
    const [ada, ben, cleo] = [await person(), await person(), await person()];
    const path = `/groups/${body.groupId}/members`;
    const added = await call('POST', path, { userIds: [ada.userId, ben.userId, cleo.userId, ada.userId] });
    expect(added.body).toMatchObject({ memberCount: 3, version: 2 });
    expect((await call('POST', path, { userIds: [ben.userId] })).body.version).toBe(2);
    expect(await lastEvent('group.changed')).toMatchObject({
      description: `3 members were added, 0 taken out: ${ada.username}, ${ben.username}, ${cleo.username}.`,
      particulars: { added: 3, removed: 0 },
    });
    const page = await call('GET', `${path}?limit=2`);
    expect(page.body).toMatchObject({
      total: 3,
      items: [{ username: ada.username }, { username: ben.username }],
    });
    expect((await call('GET', `${path}?limit=2&after=${page.body.next}`)).body).toMatchObject({
      items: [{ username: cleo.username }],
      next: null,
    });
    expect((await call('GET', `${path}?query=${ben.username.toUpperCase()}`)).body.total).toBe(1);
    expect((await call('GET', `/users/${ada.userId}`)).body.groups).toMatchObject([
      { displayName: 'Members' },
    ]);
    const gone = await call('DELETE', `${path}/${ben.userId}`);
    expect(gone.body).toMatchObject({ memberCount: 2, version: 3 });
    expect((await call('DELETE', `${path}/${ben.userId}`)).body.version).toBe(3);
    const nobody = server.ports.random.uuid();
    expect(await call('POST', path, { userIds: [nobody] })).toMatchObject(refused(400, 'input-invalid'));
    expect(await call('POST', `/groups/${nobody}/members`, { userIds: [ada.userId] })).toMatchObject(
      refused(404, 'group-not-found'),
    );
  });

  test('are renamed by whoever has read them last', async () => {
    const made = await group('Before');
    const path = `/groups/${made.body.groupId}`;
    const read = await call('GET', path);
    expect((await call('PUT', path, { displayName: 'After' }, ifMatch(read))).body).toMatchObject({
      displayName: 'After',
      version: 2,
    });
    expect(await lastEvent('group.changed')).toMatchObject({
      description: 'It was called “Before”.',
      particulars: { before: 'Before' },
    });
    expect(await call('PUT', path, { displayName: 'Mine' }, ifMatch(read))).toMatchObject(
      refused(412, 'precondition-failed'),
    );
    expect((await call('GET', path)).body.displayName).toBe('After');
    // The same in another case is no other group.
    expect((await call('PUT', path, { displayName: 'AFTER' })).status).toBe(200);
  });

  test('tell which access criteria name them, and are deleted with every membership', async () => {
    const made = await group('Contractors');
    const { userId } = await person();
    const path = `/groups/${made.body.groupId}`;
    await call('POST', `${path}/members`, { userIds: [userId] });
    const { body: workflow } = await call('GET', '/workflow');
    const [criteria] = workflow.document.accessCriteria;
    const document = {
      ...workflow.document,
      accessCriteria: [{ ...criteria, groups: ['Contractors'] }],
    };
    expect((await call('PUT', '/workflow', { version: workflow.version, document })).status).toBe(200);
    const read = await call('GET', path);
    expect(read.body.accessCriteria).toEqual([criteria.accessCriteriaId]);
    expect(read.headers.get('etag')).not.toBe(made.headers.get('etag'));
    expect(await call('DELETE', path, undefined, { 'if-match': '"1"' })).toMatchObject(
      refused(412, 'precondition-failed'),
    );
    expect((await call('DELETE', path, undefined, ifMatch(read))).status).toBe(204);
    expect((await call('GET', `/users/${userId}`)).body.groups).toEqual([]);
    expect(await call('GET', path)).toMatchObject(refused(404, 'group-not-found'));
    expect(await lastEvent('group.deleted')).toMatchObject({ target: { name: 'Contractors' } });
  });
});

/** Somebody new with that role, signed in by the link that the answer told. */
async function operator(role: OperatorRole, name = `The ${role}`) {
  const made = await call('POST', '/operators', { name, email: null, role });
  expect(made.status, made.text).toBe(201);
  const { operatorId, version } = made.body.operator;
  return { operatorId, version, cookie: await open(made.body.signInUrl) };
}

async function open(signInUrl: string): Promise<string> {
  const token = new URL(signInUrl).searchParams.get('token');
  const answer = await server.call('POST', '/sign-in', { body: { token } });
  expect(answer.status, answer.text).toBe(204);
  return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
}

describe('operators', () => {
  test('are appointed with a sign-in link that is told once and opens once', async () => {
    const made = await call('POST', '/operators', {
      name: ' Petra Pult ',
      email: 'petra@example.com',
      role: 'help-desk',
    });
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.body.operator).toMatchObject({
      name: 'Petra Pult',
      role: 'help-desk',
      status: 'active',
      version: 1,
      lastSignedInAt: null,
    });
    const cookie = await open(made.body.signInUrl);
    expect((await as(cookie)('GET', '/session')).body.operator.name).toBe('Petra Pult');
    const token = new URL(made.body.signInUrl).searchParams.get('token');
    expect(await server.call('POST', '/sign-in', { body: { token } })).toMatchObject(
      refused(400, 'sign-in-link-invalid'),
    );
    const list = await call('GET', '/operators?query=PULT');
    expect(list.body.items).toMatchObject([{ name: 'Petra Pult', lastSignedInAt: expect.any(String) }]);
    expect((await call('GET', '/operators?query=petra@')).body.total).toBe(1);
    expect((await call('GET', '/operators?query=_etra')).body.total).toBe(0);
    expect(list.text).not.toContain(token);
    const told = await call('GET', '/events?limit=5');
    expect(told.body.items.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['operator.created', 'operator.link-issued', 'operator.signed-in']),
    );
    expect(told.text).not.toContain(token);
  });

  test('are paged by name, two of one name too', async () => {
    for (const _twin of [1, 2, 3])
      await call('POST', '/operators', { name: 'Twin', email: null, role: 'auditor' });
    const first = await call('GET', '/operators?query=twin&limit=2');
    const rest = await call('GET', `/operators?query=twin&limit=2&after=${first.body.next}`);
    const ids = [...first.body.items, ...rest.body.items].map(
      (one: { operatorId: string }) => one.operatorId,
    );
    expect([first.body.total, new Set(ids).size, rest.body.next]).toEqual([3, 3, null]);
  });

  test('get another link, and the one before opens nothing any more', async () => {
    const made = await call('POST', '/operators', { name: 'Relinked', email: null, role: 'operator' });
    const path = `/operators/${made.body.operator.operatorId}/sign-in-link`;
    const again = await call('POST', path);
    expect(again).toMatchObject({ status: 201, body: { operator: { name: 'Relinked' } } });
    const token = new URL(made.body.signInUrl).searchParams.get('token');
    expect((await server.call('POST', '/sign-in', { body: { token } })).status).toBe(400);
    await open(again.body.signInUrl);
  });

  test('are told what each role may do, as the table has it', async () => {
    const { body } = await call('GET', '/operators/roles');
    for (const { role, permissions: held } of body.roles) {
      const listed = Object.entries(permissions).filter(([, roles]) =>
        (roles as readonly string[]).includes(role),
      );
      expect(held).toEqual(listed.map(([permission]) => permission));
    }
    expect(body.roles).toHaveLength(5);
  });

  test('are changed by whoever has read them last; the new role counts for the next request', async () => {
    const desk = await operator('help-desk', 'Rises');
    const path = `/operators/${desk.operatorId}`;
    const read = await call('GET', path);
    const change = { name: 'Rises', email: null, role: 'auditor', status: 'active' };
    expect((await as(desk.cookie)('GET', '/events')).status).toBe(403);
    expect((await call('PUT', path, change, ifMatch(read))).body).toMatchObject({
      role: 'auditor',
      version: 2,
    });
    expect((await as(desk.cookie)('GET', '/events')).status).toBe(200);
    expect(await lastEvent('operator.changed')).toMatchObject({
      target: { name: 'Rises' },
      description: 'Changed: role (help-desk → auditor).',
    });
    expect(await call('PUT', path, { ...change, role: 'operator' }, ifMatch(read))).toMatchObject(
      refused(412, 'precondition-failed'),
    );
    // The same again is no change, and no event.
    expect((await call('PUT', path, change)).body.version).toBe(2);
  });

  test('are signed out everywhere when they are deactivated, and no link lets them in', async () => {
    const gone = await operator('operator', 'Leaves');
    const path = `/operators/${gone.operatorId}`;
    const { body: waiting } = await call('POST', `${path}/sign-in-link`);
    const change = { name: 'Leaves', email: null, role: 'operator', status: 'deactivated' };
    expect((await call('PUT', path, change)).body.status).toBe('deactivated');
    expect(await as(gone.cookie)('GET', '/session')).toMatchObject(refused(401, 'sign-in-required'));
    const token = new URL(waiting.signInUrl).searchParams.get('token');
    expect((await server.call('POST', '/sign-in', { body: { token } })).status).toBe(400);
    expect(await call('POST', `${path}/sign-in-link`)).toMatchObject(refused(409, 'operator-deactivated'));
    expect(await lastEvent('operator.deactivated')).toMatchObject({
      description: 'Leaves can not sign in any more; 1 sessions ended.',
    });
    await call('PUT', path, { ...change, status: 'active' });
    await open((await call('POST', `${path}/sign-in-link`)).body.signInUrl);
    expect(await lastEvent('operator.activated')).toMatchObject({ target: { name: 'Leaves' } });
  });

  test('do not raise themselves: an administrator makes, changes and invites no owner', async () => {
    const admin = await operator('administrator', 'Climber');
    const owner = await operator('owner', 'Second owner');
    const climb = as(admin.cookie);
    const own = `/operators/${admin.operatorId}`;
    const other = `/operators/${owner.operatorId}`;
    const change = { name: 'Climber', email: null, role: 'owner', status: 'active' };
    for (const attempt of [
      climb('PUT', own, change),
      climb('POST', '/operators', { name: 'Puppet', email: null, role: 'owner' }),
      climb('POST', `${other}/sign-in-link`),
      climb('PUT', other, { ...change, role: 'auditor' }),
      climb('PUT', other, { ...change, status: 'deactivated' }),
    ]) {
      expect(await attempt).toMatchObject(refused(403, 'owner-required'));
    }
    // An owner may.
    expect((await call('PUT', other, { ...change, name: 'Second owner', role: 'auditor' })).status).toBe(200);
  });

  test('neither change their own role nor deactivate themselves; their names are theirs', async () => {
    const admin = await operator('administrator', 'Self');
    const change = { name: 'Self', email: null, role: 'administrator', status: 'active' };
    const put = (body: object) =>
      as(admin.cookie)('PUT', `/operators/${admin.operatorId}`, { ...change, ...body });
    expect(await put({ role: 'auditor' })).toMatchObject(refused(409, 'own-access'));
    expect(await put({ status: 'deactivated' })).toMatchObject(refused(409, 'own-access'));
    expect((await put({ name: 'Myself', email: 'me@example.com' })).body).toMatchObject({ name: 'Myself' });
  });

  test('who deactivate each other at once leave one who may', async () => {
    const alone = await openTenant(server, 'alone');
    const at = (cookie: string) => (method: string, path: string, body?: unknown) =>
      server.call(method, `/${alone.tenantId}/api/v1${path}`, {
        cookie,
        ...(body === undefined ? {} : { body }),
      });
    const change = { name: 'Owner', email: null, role: 'owner', status: 'deactivated' };
    const enter = async (cookie: string) => {
      const { body } = await at(cookie)('GET', '/session');
      return { cookie, id: body.operator.operatorId as string };
    };
    let first = await enter(await server.signIn(alone.tenantId));
    let second = await enter(await server.signIn(alone.tenantId));
    const others = (await at(first.cookie)('GET', '/operators')).body.items as { operatorId: string }[];
    for (const { operatorId } of others) {
      if (operatorId === first.id || operatorId === second.id) continue;
      expect((await at(first.cookie)('PUT', `/operators/${operatorId}`, change)).status).toBe(200);
    }
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all([
        at(first.cookie)('PUT', `/operators/${second.id}`, change),
        at(second.cookie)('PUT', `/operators/${first.id}`, change),
      ]);
      // Whoever was later may no more: her session has ended, or in the transaction she is found deactivated.
      const [won, lost] = answers.map(({ status }) => status).sort();
      expect(won).toBe(200);
      expect([401, 403]).toContain(lost);
      if (answers[0].status !== 200) [first, second] = [second, first];
      const call = at(first.cookie);
      expect((await call('GET', '/operators')).body.items).toContainEqual(
        expect.objectContaining({ operatorId: first.id, status: 'active' }),
      );
      await call('PUT', `/operators/${second.id}`, { ...change, status: 'active' });
      const { body } = await call('POST', `/operators/${second.id}/sign-in-link`);
      second = await enter(await open(body.signInUrl));
    }
  });

  test('are not appointed by whoever lost the right since she was let in', async () => {
    const admin = await operator('administrator', 'Was one');
    const actor = {
      kind: 'operator',
      id: admin.operatorId,
      name: 'Was one',
      role: 'administrator',
      requestId: null,
      clientIp: null,
    } as const;
    const change = { name: 'Was one', email: null, role: 'auditor', status: 'active' };
    await call('PUT', `/operators/${admin.operatorId}`, change);
    await expect(
      addOperator(server.ports, actor, {
        tenantId: tenant.tenantId,
        name: 'Late',
        email: null,
        role: 'operator',
      }),
    ).rejects.toMatchObject({ code: 'role-forbids' });
  });
});

describe('who changes what somebody else changed meanwhile is told, and nothing is written', () => {
  test('a person', async () => {
    const { userId } = await person();
    const path = `/users/${userId}`;
    const read = await call('GET', path);
    expect(read.headers.get('etag')).toBe('"1"');
    const { displayName, status } = read.body;
    const mine = { displayName, email: 'mine@example.com', status };
    const theirs = await call('PUT', path, { ...mine, email: 'theirs@example.com' }, ifMatch(read));
    expect(theirs.headers.get('etag')).toBe('"2"');
    expect(await call('PUT', path, mine, ifMatch(read))).toMatchObject({
      status: 412,
      body: { code: 'precondition-failed', particulars: { version: 2 } },
    });
    expect((await call('GET', path)).body).toMatchObject({ email: 'theirs@example.com', version: 2 });
    expect((await call('PUT', path, mine, ifMatch(theirs))).body.version).toBe(3);
    // RFC 9110 §13.1.1: any; and who names none takes what is there.
    expect((await call('PUT', path, theirs.body, { 'if-match': '*' })).status).toBe(200);
    expect((await call('PUT', path, mine)).status).toBe(200);
    // A tag that is none of ours is no version of it.
    expect((await call('PUT', path, mine, { 'if-match': '"x"' })).status).toBe(412);
  });

  test('a person, whom a directory changed', async () => {
    const { userId } = await person();
    const read = await call('GET', `/users/${userId}`);
    const { body: token } = await call('POST', '/provisioning-tokens', { name: 'Directory' });
    const patched = await server.call('PATCH', `/${tenant.tenantId}/scim/v2/Users/${userId}`, {
      headers: { authorization: `Bearer ${token.token}` },
      body: { Operations: [{ op: 'replace', path: 'title', value: 'Dr.' }] },
    });
    expect(patched.headers.get('etag')).toMatch(/^W\/"2/);
    const change = { displayName: 'Mine', email: null, status: 'active' };
    expect((await call('PUT', `/users/${userId}`, change, ifMatch(read))).status).toBe(412);
  });

  test('an application', async () => {
    const redirectUris = ['https://app.example/callback'];
    const { body } = await call('POST', '/clients', { name: 'Twice', redirectUris });
    const path = `/clients/${body.client.clientId}`;
    const read = await call('GET', path);
    expect(read.body).toEqual(body.client);
    const change = {
      name: 'Twice',
      redirectUris,
      refreshTokens: true,
      clientCredentials: false,
      consentRequired: false,
      mayProvision: false,
    };
    const changed = await call('PUT', path, { ...change, name: 'Theirs' }, ifMatch(read));
    expect(changed.body).toMatchObject({ name: 'Theirs', version: 2 });
    expect(await call('PUT', path, { ...change, name: 'Mine' }, ifMatch(read))).toMatchObject(
      refused(412, 'precondition-failed'),
    );
    // A new secret is a change, too.
    expect((await call('POST', `${path}/secret`)).body.client.version).toBe(3);
    expect((await call('GET', '/clients')).body.items).toContainEqual(
      expect.objectContaining({ name: 'Theirs', version: 3 }),
    );
  });

  test('the rules for passwords, also where nobody had decided anything', async () => {
    const read = await call('GET', '/password-policy');
    expect(read.body).toMatchObject({ version: 0 });
    const policy = { minimumLength: 12, refuseBreached: true };
    const answers = await Promise.all(
      [12, 13, 14, 15].map((minimumLength) =>
        call('PUT', '/password-policy', { ...policy, minimumLength }, ifMatch(read)),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    expect(statuses.slice(1).every((status) => status === 412 || status === 409)).toBe(true);
    expect((await call('GET', '/password-policy')).body.version).toBe(1);
  });

  test('a passkey', async () => {
    const { userId } = await person();
    const { body } = await call('POST', `/users/${userId}/passkeys`, { friendlyName: 'First' });
    const path = `/passkeys/${body.deviceId}`;
    const read = await call('GET', path);
    expect(read.body).toEqual(body);
    const renamed = await call('POST', `${path}/rename`, { friendlyName: 'Theirs' }, ifMatch(read));
    expect(renamed.body).toMatchObject({ friendlyName: 'Theirs', version: 2 });
    const limits = { validFrom: null, validUntil: '2099-01-01T00:00:00.000Z' };
    for (const attempt of [
      call('POST', `${path}/rename`, { friendlyName: 'Mine' }, ifMatch(read)),
      call('PUT', `${path}/validity`, limits, ifMatch(read)),
      call('PUT', `${path}/owner`, { userId: null }, ifMatch(read)),
    ]) {
      expect(await attempt).toMatchObject(refused(412, 'precondition-failed'));
    }
    expect((await call('PUT', `${path}/validity`, limits, ifMatch(renamed))).body).toMatchObject({
      ...limits,
      friendlyName: 'Theirs',
      version: 3,
    });
  });

  test('the OpenAPI document says so', async () => {
    const { body } = await server.call('GET', '/openapi.json');
    const operation = body.paths['/{tenant}/api/v1/users/{userId}'];
    expect(operation.put.parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'if-match' }),
    );
    expect(operation.get.responses['200'].headers.etag).toBeDefined();
    expect(operation.get.parameters).not.toContainEqual(expect.objectContaining({ in: 'header' }));
  });
});

describe('a person’s username and language', () => {
  const base = { displayName: 'Person', email: null, status: 'active' };

  test('are set; the old name is free and the new one signs in, in whatever case', async () => {
    const { userId, username } = await person();
    const path = `/users/${userId}`;
    const password = 'a long one for the change';
    await call('POST', `${path}/password`, { password });
    const changed = await call('PUT', path, { ...base, username: 'Renamed.Person', language: 'de-ch' });
    expect(changed.body).toMatchObject({ username: 'Renamed.Person', language: 'de-CH', userId });
    expect(await lastEvent('user.changed')).toMatchObject({
      target: { id: userId, name: 'Renamed.Person' },
      description: `Changed: username (${username} → Renamed.Person), displayName, language.`,
    });
    expect((await call('GET', '/assignments/renamed.person')).status).toBe(200);
    expect((await call('GET', `/assignments/${username}`)).status).toBe(404);
    expect((await call('POST', '/users', { username, displayName: 'Next', email: null })).status).toBe(201);
    // Left out, both stay; null takes the language away.
    expect((await call('PUT', path, { ...base, displayName: 'Other' })).body).toMatchObject({
      username: 'Renamed.Person',
      language: 'de-CH',
    });
    expect((await call('PUT', path, { ...base, language: null })).body.language).toBeNull();
    expect(
      await server.ports.store.transaction(tenant.tenantId, (tables) => tables.users.languages(userId)),
    ).toEqual([]);
  });

  test('are those by which her keys are listed, whoever changed them', async () => {
    const { userId, username } = await person();
    const key = softKey({ serial: 'RENAMED-OWNER' });
    await tenant.assign(key, username);
    const owner = async () => (await call('GET', '/devices?query=RENAMED-OWNER')).body.items[0].owner;
    expect(await owner()).toMatchObject({ username, reference: userId });
    await call('PUT', `/users/${userId}`, { ...base, displayName: 'Owns a key', username: 'owns.a.key' });
    expect(await owner()).toMatchObject({ username: 'owns.a.key', displayName: 'Owns a key' });
    const { body: token } = await call('POST', '/provisioning-tokens', { name: 'Renames' });
    await server.call('PATCH', `/${tenant.tenantId}/scim/v2/Users/${userId}`, {
      headers: { authorization: `Bearer ${token.token}` },
      body: { Operations: [{ op: 'replace', path: 'userName', value: 'owns.by.scim' }] },
    });
    expect(await owner()).toMatchObject({ username: 'owns.by.scim' });
  });

  test('are what a directory reads back', async () => {
    const { userId } = await person();
    await call('PUT', `/users/${userId}`, { ...base, username: 'seen.by.scim', language: 'fr' });
    const { body: token } = await call('POST', '/provisioning-tokens', { name: 'Reads' });
    const { body } = await server.call('GET', `/${tenant.tenantId}/scim/v2/Users/${userId}`, {
      headers: { authorization: `Bearer ${token.token}` },
    });
    expect(body).toMatchObject({ userName: 'seen.by.scim', preferredLanguage: 'fr' });
  });

  test('are refused where the name is somebody’s in another case, or no name, or no language', async () => {
    const [one, other] = [await person(), await person()];
    const put = (change: object) => call('PUT', `/users/${one.userId}`, { ...base, ...change });
    expect(await put({ username: other.username.toUpperCase() })).toMatchObject(
      refused(409, 'username-taken'),
    );
    expect(await put({ username: ' spaced' })).toMatchObject(refused(400, 'username-malformed'));
    expect(await put({ language: 'no language' })).toMatchObject({
      status: 400,
      body: { code: 'input-invalid', particulars: { field: 'language' } },
    });
    // Her own in another case is hers.
    expect((await put({ username: one.username.toUpperCase() })).status).toBe(200);
  });

  test('one name is taken by one of many who ask at once, the console and a directory', async () => {
    const some = await Promise.all([person(), person(), person(), person()]);
    const answers = await Promise.all(
      some.map(({ userId }, index) =>
        call('PUT', `/users/${userId}`, { ...base, username: index % 2 === 0 ? 'wanted' : 'WANTED' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });
});
