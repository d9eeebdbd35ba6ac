import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, openHttpServer } from './lifecycle/server.ts';
import { openProvisionedTenant, type ProvisionedTenant } from './scim/provisioned.ts';

/**
 * What the provisioning service of Microsoft Entra ID sends, to the letter, as its documentation prints it:
 * - https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups (“Tutorial: Develop
 *   and plan provisioning for a SCIM endpoint”)
 * - https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility
 *   (with and without the flag aadOptscim062020)
 */
let server: HttpServer;
let tenant: ProvisionedTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openProvisionedTenant(server, 'entra');
});
afterAll(() => server.close());

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The flag stands in the tenant's URL and so in the query of every request. */
const send = (method: string, path: string, body?: unknown) =>
  tenant.call(method, `${path}${path.includes('?') ? '&' : '?'}aadOptscim062020`, body, {
    type: 'application/scim+json; charset=utf-8',
    headers: { accept: 'application/scim+json' },
  });
const patch = (path: string, ...operations: readonly object[]) =>
  send('PATCH', path, { schemas: [patchSchema], Operations: operations });
const find = (path: string, filter: string, more = '') =>
  send('GET', `${path}?filter=${encodeURIComponent(filter)}${more}`);

describe('test connection', () => {
  test('a user that can not be there, by userName: an empty list, so the credentials are good', async () => {
    const { status, body } = await find('/Users', 'userName eq "non-existent user"');
    expect(status).toBe(200);
    expect(body).toMatchObject({ schemas: [listSchema], totalResults: 0, Resources: [], startIndex: 1 });
  });

  test('wrong credentials are refused', async () => {
    const { status, body, headers } = await tenant.call('GET', '/Users', undefined, { token: 'wrong' });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    expect(body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401' });
  });

  test('schemas are discovered as a list, in camel case and without null', async () => {
    const { status, body, text } = await send('GET', '/Schemas');
    expect(status).toBe(200);
    expect(body.schemas).toEqual([listSchema]);
    const ids = body.Resources.map((schema: { id: string }) => schema.id);
    expect(ids).toEqual(expect.arrayContaining([userSchema, groupSchema, enterprise]));
    expect(body.totalResults).toBe(ids.length);
    expect(text).not.toContain(':null');
    expect(body.Resources[0].attributes[0]).toMatchObject({
      name: 'userName',
      type: 'string',
      multiValued: false,
      required: true,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'server',
    });
  });
});

describe('users', () => {
  const userName = 'Test_User_00aa00aa-bb11-cc22-dd33-44ee44ee44ee';
  const email = 'Test_User_11bb11bb-cc22-dd33-ee44-55ff55ff55ff@testuser.com';
  let id: string;

  test('create user', async () => {
    const { status, body } = await send('POST', '/Users', {
      schemas: [userSchema, enterprise],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName,
      active: true,
      emails: [{ primary: true, type: 'work', value: email }],
      meta: { resourceType: 'User' },
      name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
      roles: [],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      schemas: [userSchema],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName,
      name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
      active: true,
      emails: [{ value: email, type: 'work', primary: true }],
      meta: { resourceType: 'User' },
    });
    id = body.id;
  });

  test('get user; one that is not there: 404', async () => {
    expect((await send('GET', `/Users/${id}`)).body).toMatchObject({ id, userName });
    expect((await send('GET', '/Users/5171a35d82074e068ce2')).status).toBe(404);
  });

  test.each([
    ['by userName', `userName eq "${userName}"`],
    ['by externalId', 'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"'],
    ['by the work e-mail address', `emails[type eq "work"].value eq "${email}"`],
    ['by two attributes', `userName eq "${userName}" and active eq true`],
    ['in capitals, where case does not count', `userName eq "${userName.toUpperCase()}"`],
  ])('get user by query, %s', async (_how, filter) => {
    const { status, body } = await find('/Users', filter);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schemas: [listSchema],
      totalResults: 1,
      startIndex: 1,
      Resources: [{ id }],
    });
  });

  test('an externalId in another case is another one', async () => {
    const { body } = await find('/Users', 'externalId eq "0A21F0F2-8D2A-4F8E-BF98-7363C4AED4EF"');
    expect(body.totalResults).toBe(0);
  });

  test('update user, multi-valued properties', async () => {
    const { status, body } = await patch(
      `/Users/${id}`,
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'updatedEmail@microsoft.com' },
      { op: 'Replace', path: 'name.familyName', value: 'updatedFamilyName' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      name: { givenName: 'givenName', familyName: 'updatedFamilyName' },
      emails: [{ value: 'updatedEmail@microsoft.com', type: 'work', primary: true }],
    });
    expect(
      (await find('/Users', 'emails[type eq "work"].value eq "UPDATEDemail@microsoft.com"')).body,
    ).toMatchObject({
      totalResults: 1,
    });
    expect((await find('/Users', `emails[type eq "work"].value eq "${email}"`)).body.totalResults).toBe(0);
  });

  test('update user, single-valued properties', async () => {
    const { status, body } = await patch(`/Users/${id}`, {
      op: 'Replace',
      path: 'userName',
      value: '5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com',
    });
    expect(status).toBe(200);
    expect(body.userName).toBe('5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com');
  });

  test.each([
    ['without the flag: a text', { op: 'Replace', path: 'active', value: 'False' }, false],
    ['and enabled again', { op: 'Replace', path: 'active', value: 'True' }, true],
    ['with the flag: a boolean', { op: 'replace', path: 'active', value: false }, false],
    ['and enabled again', { op: 'replace', path: 'active', value: true }, true],
    ['as the tutorial prints it', { op: 'Replace', path: 'active', value: false }, false],
    ['and enabled again, the attribute in the value', { op: 'Replace', value: { active: 'True' } }, true],
  ])('disable user, %s', async (_how, operation, active) => {
    const { status, body } = await patch(`/Users/${id}`, operation);
    expect(status).toBe(200);
    expect(body.active).toBe(active);
    expect(
      (await find('/Users', `id eq "${id}" and active eq "${active ? 'True' : 'False'}"`)).body.totalResults,
    ).toBe(1);
  });

  test('add a single-value string attribute', async () => {
    expect((await patch(`/Users/${id}`, { op: 'Add', path: 'nickName', value: 'Babs' })).body.nickName).toBe(
      'Babs',
    );
    expect(
      (await patch(`/Users/${id}`, { op: 'add', path: 'nickName', value: 'Barbara' })).body.nickName,
    ).toBe('Barbara');
  });

  test('replace multiple attributes, without the flag', async () => {
    const { status, body } = await patch(
      `/Users/${id}`,
      { op: 'Replace', path: 'displayName', value: 'Pvlo' },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'TestBcwqnm@test.microsoft.com' },
      { op: 'Replace', path: 'name.givenName', value: 'Gtfd' },
      { op: 'Replace', path: 'name.familyName', value: 'Pkqf' },
      { op: 'Replace', path: 'externalId', value: 'Eqpj' },
      { op: 'Replace', path: `${enterprise}:employeeNumber`, value: 'Eqpj' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schemas: [userSchema, enterprise],
      displayName: 'Pvlo',
      emails: [{ value: 'TestBcwqnm@test.microsoft.com', type: 'work' }],
      name: { givenName: 'Gtfd', familyName: 'Pkqf' },
      externalId: 'Eqpj',
      [enterprise]: { employeeNumber: 'Eqpj' },
    });
  });

  test('replace multiple attributes, with the flag: one value with dotted names and URNs', async () => {
    const { status, body } = await patch(
      `/Users/${id}`,
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'TestMhvaes@test.microsoft.com' },
      {
        op: 'replace',
        value: {
          displayName: 'Bjfe',
          'name.givenName': 'Kkom',
          'name.familyName': 'Unua',
          [`${enterprise}:employeeNumber`]: 'Aklq',
        },
      },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      displayName: 'Bjfe',
      name: { givenName: 'Kkom', familyName: 'Unua', formatted: 'givenName familyName' },
      emails: [{ value: 'TestMhvaes@test.microsoft.com', type: 'work', primary: true }],
      [enterprise]: { employeeNumber: 'Aklq' },
    });
    expect(Object.keys(body).filter((name) => name.includes('.') && !name.startsWith('urn:'))).toEqual([]);
  });

  test('the first value of a type is made by Add and by Replace, as the default mappings send it', async () => {
    const { status, body } = await patch(
      `/Users/${id}`,
      { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '55555555555' },
      { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '+1 206 555 0100' },
      { op: 'Add', path: 'addresses[type eq "work"].streetAddress', value: '1 Microsoft Way' },
      { op: 'Add', path: 'addresses[type eq "work"].country', value: 'US' },
      { op: 'Add', path: 'emails[type eq "other"].value', value: 'other@microsoft.com' },
    );
    expect(status).toBe(200);
    // Stored as it was sent.
    expect(body.phoneNumbers).toEqual([
      { type: 'mobile', value: '55555555555' },
      { type: 'work', value: '+1 206 555 0100' },
    ]);
    expect(body.addresses).toEqual([{ type: 'work', streetAddress: '1 Microsoft Way', country: 'US' }]);
    expect(body.emails).toHaveLength(2);
  });

  test('the manager, as a text and as an object; taken away again', async () => {
    const manager = (await tenant.make('/Users', { userName: 'manager@testuser.com' })).id;
    const text = await patch(`/Users/${id}`, { op: 'Add', path: `${enterprise}:manager`, value: manager });
    expect(text.body[enterprise].manager).toEqual({ value: manager });
    const object = await patch(`/Users/${id}`, {
      op: 'Replace',
      path: `${enterprise}:manager`,
      value: { value: manager, displayName: 'Boss' },
    });
    expect(object.body[enterprise].manager).toEqual({ value: manager, displayName: 'Boss' });
    const removed = await patch(`/Users/${id}`, { op: 'Remove', path: `${enterprise}:manager` });
    expect(removed.body[enterprise]).toEqual({ employeeNumber: 'Aklq' });
  });

  test('remove an attribute', async () => {
    const { body } = await patch(
      `/Users/${id}`,
      { op: 'Remove', path: 'nickName' },
      { op: 'Remove', path: 'phoneNumbers[type eq "mobile"]' },
      { op: 'Remove', path: 'addresses[type eq "work"].country' },
    );
    expect(body).not.toHaveProperty('nickName');
    expect(body.phoneNumbers).toEqual([{ type: 'work', value: '+1 206 555 0100' }]);
    expect(body.addresses).toEqual([{ type: 'work', streetAddress: '1 Microsoft Way' }]);
  });

  test('delete user', async () => {
    const { status, text } = await send('DELETE', `/Users/${id}`);
    expect([status, text]).toEqual([204, '']);
    expect((await send('GET', `/Users/${id}`)).status).toBe(404);
    expect((await find('/Users', 'externalId eq "Eqpj"')).body.totalResults).toBe(0);
    expect((await send('DELETE', `/Users/${id}`)).status).toBe(404);
  });
});

describe('groups', () => {
  let group: string;
  let member: string;
  const members = async () => {
    const { body } = await send('GET', `/Groups/${group}`);
    return body.members.map((one: { value: string }) => one.value);
  };

  test('create group; a schema of Microsoft’s own is no mistake', async () => {
    const { status, body } = await send('POST', '/Groups', {
      schemas: [groupSchema, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'displayName',
      meta: { resourceType: 'Group' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      schemas: [groupSchema],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'displayName',
      members: [],
    });
    group = body.id;
    member = (await tenant.make('/Users', { userName: 'member@testuser.com' })).id;
  });

  test('a second group of that name, in whatever case: 409', async () => {
    const { status, body } = await send('POST', '/Groups', { displayName: 'DisplayName' });
    expect([status, body.scimType]).toEqual([409, 'uniqueness']);
  });

  test('get group, without members', async () => {
    const { status, body } = await send('GET', `/Groups/${group}?excludedAttributes=members`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: group, displayName: 'displayName' });
    expect(body).not.toHaveProperty('members');
  });

  test('get group by displayName, without members', async () => {
    const { status, body } = await send(
      'GET',
      `/Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "displayName"')}`,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ schemas: [listSchema], totalResults: 1, startIndex: 1 });
    expect(body.Resources[0]).toMatchObject({ id: group });
    expect(body.Resources[0]).not.toHaveProperty('members');
  });

  test('update group, non-member attributes: 204', async () => {
    const { status, text } = await patch(`/Groups/${group}`, {
      op: 'Replace',
      path: 'displayName',
      value: '1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName',
    });
    expect([status, text]).toEqual([204, '']);
  });

  test('update group, add members: 204; again is harmless', async () => {
    const operation = { op: 'Add', path: 'members', value: [{ $ref: null, value: member }] };
    expect((await patch(`/Groups/${group}`, operation)).status).toBe(204);
    expect((await patch(`/Groups/${group}`, operation)).status).toBe(204);
    expect(await members()).toEqual([member]);
  });

  test('whether a user is a member is asked by a filter of id and members', async () => {
    const asked = (user: string) =>
      find('/Groups', `id eq "${group}" and members eq "${user}"`, '&attributes=id');
    expect((await asked(member)).body).toMatchObject({ totalResults: 1, Resources: [{ id: group }] });
    expect((await asked(group)).body.totalResults).toBe(0);
  });

  test('update group, remove members: without the flag the value names them', async () => {
    expect(
      (
        await patch(`/Groups/${group}`, {
          op: 'Remove',
          path: 'members',
          value: [{ $ref: null, value: member }],
        })
      ).status,
    ).toBe(204);
    expect(await members()).toEqual([]);
  });

  test('update group, remove members: a member that is not there takes nobody else out', async () => {
    await patch(`/Groups/${group}`, { op: 'Add', path: 'members', value: [{ value: member }] });
    expect(
      (await patch(`/Groups/${group}`, { op: 'Remove', path: 'members', value: [{ value: 'u1091' }] }))
        .status,
    ).toBe(204);
    const nobody = '7f4bc1a3-285e-48ae-8202-5accb43efb0e';
    expect(
      (await patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${nobody}"]` })).status,
    ).toBe(204);
    expect(await members()).toEqual([member]);
  });

  test('update group, remove members: with the flag the path names them', async () => {
    expect(
      (await patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${member}"]` })).status,
    ).toBe(204);
    expect(await members()).toEqual([]);
  });

  test('delete group', async () => {
    expect((await send('DELETE', `/Groups/${group}`)).status).toBe(204);
    expect((await send('GET', `/Groups/${group}?excludedAttributes=members`)).status).toBe(404);
  });
});
