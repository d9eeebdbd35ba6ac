import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, openHttpServer } from './lifecycle/server.ts';
import { openProvisionedTenant, type ProvisionedTenant } from './scim/provisioned.ts';

/**
 * What Okta sends, in its order and to the letter, as its documentation prints it:
 * - https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20 (“Okta and SCIM Version 2.0”)
 * - https://developer.okta.com/docs/guides/scim-provisioning-integration-prepare/main/#test-your-scim-api (the suite of
 *   requests that it has a SCIM server pass before it is connected)
 */
let server: HttpServer;
let tenant: ProvisionedTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openProvisionedTenant(server, 'okta');
});
afterAll(() => server.close());

const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';
const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const type = 'application/scim+json; charset=utf-8';
const headers = {
  'user-agent': 'Okta SCIM Client 1.0.0',
  accept: 'application/scim+json',
  'accept-charset': 'utf-8',
};
const send = (method: string, path: string, body?: unknown) =>
  tenant.call(method, path, body, { headers, type });

describe('the suite that Okta has a SCIM server pass', () => {
  const email = 'Runscope300Hfluaklab151@example.com';
  const user = {
    schemas: [userSchema],
    userName: email,
    name: { givenName: 'Runscope300', familyName: 'Hfluaklab151' },
    emails: [{ primary: true, value: email, type: 'work' }],
    displayName: 'Runscope300 Hfluaklab151',
    active: true,
  };
  let existing: string;
  let made: string;

  beforeAll(async () => {
    const { id } = await tenant.make('/Users', {
      schemas: [userSchema],
      userName: 'bjensen@example.com',
      name: { givenName: 'Barbara', familyName: 'Jensen' },
      emails: [{ primary: true, value: 'bjensen@example.com', type: 'work' }],
      displayName: 'Barbara Jensen',
      active: true,
    });
    existing = id;
  });

  test('Users endpoint: one user of a page, all numbers integers', async () => {
    const { status, body, headers: answered } = await send('GET', '/Users?count=1&startIndex=1');
    expect(status).toBe(200);
    expect(answered.get('content-type')).toBe('application/scim+json; charset=utf-8');
    expect(body.schemas).toContain(listSchema);
    expect([body.itemsPerPage, body.startIndex, body.totalResults].every(Number.isInteger)).toBe(true);
    expect(body.Resources[0]).toMatchObject({
      id: existing,
      userName: 'bjensen@example.com',
      name: { familyName: 'Jensen', givenName: 'Barbara' },
      active: true,
      emails: [{ value: 'bjensen@example.com' }],
    });
  });

  test('Users/{id}: the same user', async () => {
    const { status, body } = await send('GET', `/Users/${existing}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: existing, userName: 'bjensen@example.com', active: true });
  });

  test('a username that nobody has: an empty list', async () => {
    const filter = encodeURIComponent('userName eq "abcdefgh@example.com"');
    const { status, body } = await send('GET', `/Users?filter=${filter}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ schemas: [listSchema], totalResults: 0, Resources: [] });
  });

  test('an id that nobody has: 404 in the form of RFC 7644', async () => {
    const { status, body } = await send('GET', '/Users/010101001010101011001010101011');
    expect(status).toBe(404);
    expect(body).toMatchObject({ schemas: [errorSchema], status: '404' });
    expect(body.detail).not.toBe('');
  });

  test('a user is made, and is there', async () => {
    const created = await send('POST', '/Users', user);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ ...user, schemas: [userSchema] });
    made = created.body.id;
    expect((await send('GET', `/Users/${made}`)).body).toMatchObject(user);
  });

  test('the same user again: 409', async () => {
    const { status, body } = await send('POST', '/Users', user);
    expect(status).toBe(409);
    expect(body).toMatchObject({ schemas: [errorSchema], scimType: 'uniqueness', status: '409' });
  });

  test('a username in capitals is the same username', async () => {
    const filter = encodeURIComponent(`userName eq "${email.toUpperCase()}"`);
    const { body } = await send('GET', `/Users?filter=${filter}`);
    expect(body.totalResults).toBe(1);
    expect(body.Resources[0].id).toBe(made);
  });

  test('Groups endpoint: a list', async () => {
    const { status, body } = await send('GET', '/Groups');
    expect(status).toBe(200);
    expect(body.totalResults).toBe(0);
    expect(body.Resources).toEqual([]);
  });
});

describe('users, as Okta provisions them', () => {
  let id: string;

  test('it looks whether the user is there, a hundred to a page', async () => {
    const { status, body } = await send(
      'GET',
      '/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] });
  });

  test('it creates the user, with a password that is not told again', async () => {
    const { status, body, text } = await send('POST', '/Users', {
      schemas: [userSchema],
      userName: 'test.user@okta.local',
      name: { givenName: 'Test', familyName: 'User' },
      emails: [{ primary: true, value: 'test.user@okta.local', type: 'work' }],
      displayName: 'Test User',
      locale: 'en-US',
      externalId: '00ujl29u0le5T6Aj10h7',
      groups: [],
      password: '1mz050nq',
      active: true,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      schemas: [userSchema],
      userName: 'test.user@okta.local',
      name: { givenName: 'Test', familyName: 'User' },
      emails: [{ primary: true, value: 'test.user@okta.local', type: 'work' }],
      displayName: 'Test User',
      locale: 'en-US',
      externalId: '00ujl29u0le5T6Aj10h7',
      active: true,
      groups: [],
      meta: { resourceType: 'User' },
    });
    expect(text).not.toContain('1mz050nq');
    id = body.id;
  });

  test('it creates the same user again: 409', async () => {
    const { status, body } = await send('POST', '/Users', {
      schemas: [userSchema],
      userName: 'test.user@okta.local',
      active: true,
    });
    expect(status).toBe(409);
    expect(body.schemas).toEqual([errorSchema]);
  });

  test('it reads users page by page', async () => {
    const { body } = await send('GET', '/Users?startIndex=1&count=100');
    expect(body.Resources).toHaveLength(body.totalResults);
    expect(body.Resources.map((user: { id: string }) => user.id)).toContain(id);
  });

  test('it replaces the whole user by PUT; an id that it repeats is no mistake', async () => {
    const { body: before } = await send('GET', `/Users/${id}`);
    const { status, body } = await send('PUT', `/Users/${id}`, {
      schemas: [userSchema],
      id,
      userName: 'test.user@okta.local',
      name: { givenName: 'Another', middleName: 'Excited', familyName: 'User' },
      emails: [
        { primary: true, value: 'test.user@okta.local', type: 'work', display: 'test.user@okta.local' },
      ],
      active: true,
      groups: [],
      meta: { resourceType: 'User' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      name: { givenName: 'Another', middleName: 'Excited', familyName: 'User' },
      emails: [
        { primary: true, value: 'test.user@okta.local', type: 'work', display: 'test.user@okta.local' },
      ],
      active: true,
      displayName: 'Another User',
      // Okta does not repeat it; it stays.
      externalId: '00ujl29u0le5T6Aj10h7',
    });
    expect(body).not.toHaveProperty('locale');
    expect(body.meta.version).not.toBe(before.meta.version);
  });

  test('it deactivates by PATCH without a path: sessions and tokens end', async () => {
    await server.ports.store.transaction(tenant.tenantId, (tables) =>
      tables.openIdRecords.upsert({
        model: 'AccessToken',
        id: 'an access token of the user',
        payload: { kind: 'AccessToken' },
        grantId: 'g',
        uid: null,
        accountId: id,
        clientId: null,
        expiresAt: new Date(Date.now() + 60_000),
      }),
    );
    const { status, body } = await send('PATCH', `/Users/${id}`, {
      schemas: [patchSchema],
      Operations: [{ op: 'replace', value: { active: false } }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, active: false });
    const left = await server.ports.store.transaction(tenant.tenantId, (tables) =>
      tables.openIdRecords.find('AccessToken', 'an access token of the user'),
    );
    expect(left).toBeNull();
    expect((await tenant.events(id)).at(-1)).toMatchObject({
      type: 'user.disabled',
      actor: 'Provisioning token “Directory okta”',
    });
  });

  test('a user who is not active is found all the same', async () => {
    const { body } = await send(
      'GET',
      '/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100',
    );
    expect(body.Resources).toMatchObject([{ id, active: false }]);
  });

  test('it activates again, by PUT where the integration was made by the wizard', async () => {
    const put = await send('PUT', `/Users/${id}`, {
      schemas: [userSchema],
      id,
      userName: 'test.user@okta.local',
      name: { givenName: 'Test', familyName: 'User' },
      emails: [{ primary: true, value: 'test.user@okta.local', type: 'work' }],
      active: true,
      groups: [],
    });
    expect(put.body.active).toBe(true);
    const patched = await send('PATCH', `/Users/${id}`, {
      schemas: [patchSchema],
      Operations: [{ op: 'replace', value: { active: true } }],
    });
    expect(patched.body.active).toBe(true);
    // Nothing changed, so nothing was written.
    expect(patched.body.meta.version).toBe(put.body.meta.version);
  });

  test('it sends a new password by PATCH, and nothing comes of it', async () => {
    const { status, text } = await send('PATCH', `/Users/${id}`, {
      schemas: [patchSchema],
      Operations: [{ op: 'replace', value: { password: 'correct horse battery' } }],
    });
    expect(status).toBe(200);
    expect(text).not.toContain('horse');
  });
});

describe('groups, as Okta pushes them', () => {
  let group: string;
  let one: string;
  let other: string;
  const members = async () => {
    const { body } = await send('GET', `/Groups/${group}`);
    return (body.members ?? []).map((member: { value: string }) => member.value).sort();
  };

  beforeAll(async () => {
    one = (await tenant.make('/Users', { userName: 'one@okta.local' })).id;
    other = (await tenant.make('/Users', { userName: 'other@okta.local' })).id;
  });

  test('it pushes a group without members', async () => {
    const { status, body } = await send('POST', '/Groups', {
      schemas: [groupSchema],
      displayName: 'Test SCIMv2',
      members: [],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      schemas: [groupSchema],
      displayName: 'Test SCIMv2',
      members: [],
      meta: { resourceType: 'Group' },
    });
    group = body.id;
  });

  test('it reads groups page by page, and one group', async () => {
    const { body } = await send('GET', '/Groups?startIndex=1&count=100');
    expect(body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1 });
    expect((await send('GET', `/Groups/${group}`)).body).toMatchObject({ id: group, members: [] });
  });

  test('it renames a group by PATCH with the id in the value', async () => {
    const { status } = await send('PATCH', `/Groups/${group}`, {
      schemas: [patchSchema],
      Operations: [{ op: 'replace', value: { id: group, displayName: 'Test SCIMv20' } }],
    });
    expect([200, 204]).toContain(status);
    expect((await send('GET', `/Groups/${group}`)).body.displayName).toBe('Test SCIMv20');
  });

  test('another id in the value is refused', async () => {
    const { status, body } = await send('PATCH', `/Groups/${group}`, {
      schemas: [patchSchema],
      Operations: [{ op: 'replace', value: { id: one, displayName: 'Stolen' } }],
    });
    expect(status).toBe(400);
    expect(body.scimType).toBe('mutability');
  });

  test('it takes one member out and puts another one in, in one request', async () => {
    await send('PATCH', `/Groups/${group}`, {
      schemas: [patchSchema],
      Operations: [{ op: 'add', path: 'members', value: [{ value: one, display: 'one@okta.local' }] }],
    });
    expect(await members()).toEqual([one]);
    const { status } = await send('PATCH', `/Groups/${group}`, {
      schemas: [patchSchema],
      Operations: [
        { op: 'remove', path: `members[value eq "${one}"]` },
        { op: 'add', path: 'members', value: [{ value: other, display: 'test.user@okta.local' }] },
      ],
    });
    expect(status).toBe(204);
    expect(await members()).toEqual([other]);
  });

  test('it replaces all members', async () => {
    const { status } = await send('PATCH', `/Groups/${group}`, {
      schemas: [patchSchema],
      Operations: [
        {
          op: 'replace',
          path: 'members',
          value: [
            { value: one, display: 'test.user@okta.local' },
            { value: other, display: 'test.user@okta.local' },
          ],
        },
      ],
    });
    expect(status).toBe(204);
    expect(await members()).toEqual([one, other].sort());
    expect((await send('GET', `/Users/${one}`)).body.groups).toMatchObject([
      { value: group, display: 'Test SCIMv20', type: 'direct' },
    ]);
  });

  test('it replaces the whole group by PUT where the integration was made by the wizard', async () => {
    const { status, body } = await send('PUT', `/Groups/${group}`, {
      schemas: [groupSchema],
      id: group,
      displayName: 'Test SCIMv2',
      members: [{ value: one, display: 'one@okta.local' }],
      meta: { resourceType: 'Group' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ displayName: 'Test SCIMv2', members: [{ value: one }] });
  });

  test('it unlinks a group and deletes it', async () => {
    const { status, text } = await send('DELETE', `/Groups/${group}`);
    expect([status, text]).toEqual([204, '']);
    expect((await send('GET', `/Groups/${group}`)).status).toBe(404);
    expect((await send('GET', `/Users/${one}`)).body.groups).toEqual([]);
  });
});
