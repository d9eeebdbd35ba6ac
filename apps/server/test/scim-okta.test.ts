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
