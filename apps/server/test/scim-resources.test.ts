import { randomBytes, randomUUID } from 'node:crypto';
import type { Credential } from '@keywarden/domain';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, openHttpServer, openTenant } from './lifecycle/server.ts';
import { openProvisionedTenant, type ProvisionedTenant } from './scim/provisioned.ts';

let server: HttpServer;
let tenant: ProvisionedTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openProvisionedTenant(server, 'resources');
});
afterAll(() => server.close());

const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';
const fresh = () => `x${randomBytes(6).toString('hex')}`;
const patch = (path: string, ...operations: readonly object[]) =>
  tenant.call('PATCH', path, { Operations: operations });
const filtered = async (path: string, filter: string) => {
  const { status, body } = await tenant.call('GET', `${path}?filter=${encodeURIComponent(filter)}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.Resources.map(({ id }: { id: string }) => id);
};
const refused = ({ status, body }: { status: number; body: { scimType?: string } }) => [
  status,
  body.scimType,
];

describe('what is not there, below the base of SCIM', () => {
  test('is told as RFC 7644 §3.12 says, wherever the base is', async () => {
    const other = await openHttpServer({ scimPath: 'directory/provisioning' });
    try {
      const theirs = await openTenant(other, 'based');
      for (const [where, path] of [
        [server, `/${tenant.tenantId}/scim/v2/Nothing`],
        [server, `/${tenant.tenantId}/scim/v2/Users/x/y`],
        [server, `/${tenant.tenantId}/scim/v2`],
        [other, `/${theirs.tenantId}/directory/provisioning/Nothing?filter=x`],
        [other, `/${theirs.tenantId}/directory/provisioning/`],
        [other, '/nobody/directory/provisioning/Nothing'],
      ] as const) {
        const { status, body, headers } = await where.call('GET', path);
        expect(status, path).toBe(404);
        expect(headers.get('content-type'), path).toMatch(/^application\/scim\+json/);
        expect(body, path).toMatchObject({ schemas: [errorSchema], status: '404' });
      }
      const beside = await other.call('GET', `/${theirs.tenantId}/directory/provisioningly/Nothing`);
      expect(beside.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    } finally {
      await other.close();
    }
  });
});

describe('a group', () => {
  let people: readonly string[];
  const person = (index: number) => people[index] ?? '';
  const membersOf = async (id: string) => {
    const { body } = await tenant.call('GET', `/Groups/${id}`);
    return body.members.map(({ value }: { value: string }) => value).sort();
  };
  const value = (...ids: readonly string[]) => ids.map((id) => ({ value: id }));

  beforeAll(async () => {
    const made = [];
    for (let number = 0; number < 4; number += 1) {
      made.push((await tenant.make('/Users', { userName: fresh(), displayName: `Person ${number}` })).id);
    }
    people = made;
  });

  test('has its members, its own and unknown attributes; its users have it', async () => {
    const displayName = fresh();
    const made = await tenant.make('/Groups', {
      displayName,
      externalId: 'g-1',
      colour: 'blue',
      members: [
        { value: person(0), display: 'whatever', type: 'User' },
        { value: person(1).toUpperCase() },
        { value: person(0) },
      ],
    });
    expect(made).toMatchObject({
      displayName,
      externalId: 'g-1',
      colour: 'blue',
      meta: {
        resourceType: 'Group',
        // The version, and who was in it under which names.
        version: expect.stringMatching(/^W\/"1\.[\w-]{12}"$/),
        location: `${tenant.base}/Groups/${made.id}`,
      },
    });
    expect(made.members.find((member: { value: string }) => member.value === person(0))).toEqual({
      value: person(0),
      display: 'Person 0',
      type: 'User',
      $ref: `${tenant.base}/Users/${person(0)}`,
    });
    expect(made.members).toHaveLength(2);
    expect((await tenant.call('GET', `/Users/${person(0)}`)).body.groups).toEqual([
      { value: made.id, display: displayName, type: 'direct', $ref: `${tenant.base}/Groups/${made.id}` },
    ]);
    const groups = await server.ports.store.transaction(tenant.tenantId, (tables) =>
      tables.groups.ofUser(person(0)),
    );
    expect(groups).toEqual([{ groupId: made.id, displayName }]);
    expect((await tenant.call('DELETE', `/Groups/${made.id}`)).status).toBe(204);
  });

  test('of no name, of a name that is taken, or with members that are none is refused', async () => {
    const displayName = fresh();
    await tenant.make('/Groups', { displayName });
    expect(refused(await tenant.call('POST', '/Groups', {}))).toEqual([400, 'invalidValue']);
    expect(refused(await tenant.call('POST', '/Groups', { displayName: displayName.toUpperCase() }))).toEqual(
      [409, 'uniqueness'],
    );
    for (const members of [
      value(randomUUID()),
      value('nobody'),
      [{ display: 'no id' }],
      [{ value: person(0), type: 'Group' }],
      'x',
      7,
    ]) {
      const answer = await tenant.call('POST', '/Groups', { displayName: fresh(), members });
      expect(refused(answer), JSON.stringify(members)).toEqual([400, 'invalidValue']);
    }
    const other = await tenant.make('/Groups', { displayName: fresh() });
    expect(
      refused(await patch(`/Groups/${other.id}`, { op: 'replace', path: 'displayName', value: displayName })),
    ).toEqual([409, 'uniqueness']);
    const twins = await Promise.all(
      [1, 2, 3].map(() => tenant.call('POST', '/Groups', { displayName: `${displayName}-twin` })),
    );
    expect(twins.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  test('changes its members by every form of PATCH, in the order of the operations', async () => {
    const { id } = await tenant.make('/Groups', { displayName: fresh(), members: value(person(0)) });
    const after = async (...operations: readonly object[]) => {
      const answer = await patch(`/Groups/${id}`, ...operations);
      expect(answer.status, answer.text).toBe(204);
      return membersOf(id);
    };
    const sorted = (...indexes: readonly number[]) => indexes.map(person).sort();
    expect(await after({ op: 'add', path: 'members', value: value(person(1), person(2)) })).toEqual(
      sorted(0, 1, 2),
    );
    expect(await after({ op: 'add', value: { members: value(person(3)) } })).toEqual(sorted(0, 1, 2, 3));
    expect(
      await after({ op: 'remove', path: `members[value eq "${person(0)}" or value eq "${person(1)}"]` }),
    ).toEqual(sorted(2, 3));
    expect(await after({ op: 'remove', path: 'members[display sw "person 2"]' })).toEqual(sorted(3));
    expect(
      await after(
        { op: 'replace', path: 'members', value: value(person(0)) },
        { op: 'add', path: 'members', value: value(person(1)) },
        { op: 'remove', path: 'members', value: value(person(0)) },
      ),
    ).toEqual(sorted(1));
    expect(
      await after({ op: 'replace', path: `members[value eq "${person(1)}"]`, value: value(person(2)) }),
    ).toEqual(sorted(2));
    expect(
      await after({ op: 'remove', path: 'members' }, { op: 'add', path: 'members', value: value(person(3)) }),
    ).toEqual(sorted(3));
    expect(await after({ op: 'replace', value: { members: [] } })).toEqual([]);
    for (const [operation, scimType] of [
      [{ op: 'replace', path: 'members.value', value: 'x' }, 'mutability'],
      [{ op: 'add', path: `members[value eq "${person(0)}"]`, value: value(person(1)) }, 'invalidPath'],
      [{ op: 'add', path: 'members', value: value(randomUUID()) }, 'invalidValue'],
    ] as const) {
      expect(refused(await patch(`/Groups/${id}`, operation))).toEqual([400, scimType]);
    }
    const events = await tenant.events(id);
    expect(events[1]).toMatchObject({
      type: 'group.changed',
      description: '2 members were added, 0 taken out.',
      particulars: { added: 2, removed: 0, before: null },
    });
  });

  test('answers a PATCH whose client names what it wants to see', async () => {
    const { id } = await tenant.make('/Groups', { displayName: fresh() });
    const { status, body } = await tenant.call('PATCH', `/Groups/${id}?attributes=members,displayName`, {
      Operations: [{ op: 'add', path: 'members', value: value(person(0)) }],
    });
    expect(status).toBe(200);
    expect(body.members).toMatchObject([{ value: person(0) }]);
    expect(body).not.toHaveProperty('meta');
  });

  test('loses no member when many are added at once', async () => {
    const { id } = await tenant.make('/Groups', { displayName: fresh() });
    await Promise.all(
      people.map((member) => patch(`/Groups/${id}`, { op: 'add', path: 'members', value: value(member) })),
    );
    expect(await membersOf(id)).toEqual([...people].sort());
    const before = (await tenant.call('GET', `/Groups/${id}`)).body.meta.version;
    await patch(`/Groups/${id}`, { op: 'add', path: 'members', value: value(person(0)) });
    expect((await tenant.call('GET', `/Groups/${id}`)).body.meta.version).toBe(before);
    const old = await tenant.call(
      'PATCH',
      `/Groups/${id}`,
      { Operations: [{ op: 'remove', path: 'members' }] },
      { headers: { 'if-match': 'W/"1"' } },
    );
    expect(old.status).toBe(412);
  });

  test('is found by name, members and ids; its users by their groups', async () => {
    const displayName = fresh();
    const { id } = await tenant.make('/Groups', { displayName, members: value(person(3)) });
    expect(await filtered('/Groups', `displayName eq "${displayName.toUpperCase()}"`)).toEqual([id]);
    expect(await filtered('/Groups', `id eq "${id}" and members eq "${person(3)}"`)).toEqual([id]);
    expect(await filtered('/Groups', `id eq "${id}" and members[value eq "${person(0)}"]`)).toEqual([]);
    expect(await filtered('/Groups', `id eq "${id}" and not (members.display co "3")`)).toEqual([]);
    expect(await filtered('/Users', `groups.value eq "${id}"`)).toEqual([person(3)]);
    expect(await filtered('/Users', `groups[display eq "${displayName}" and type eq "direct"]`)).toEqual([
      person(3),
    ]);
    const { body } = await tenant.call(
      'GET',
      `/Groups?sortBy=displayName&attributes=displayName&filter=${encodeURIComponent('members pr')}`,
    );
    expect(body.Resources.length).toBeGreaterThan(0);
  });

  test('named for a new user is found by id, name or external id, and made where it is none', async () => {
    const displayName = fresh();
    const { id } = await tenant.make('/Groups', { displayName, externalId: `${displayName}-external` });
    const made = await tenant.make('/Users', {
      userName: fresh(),
      groups: [
        { value: id },
        { value: displayName.toUpperCase() },
        { value: `${displayName}-external` },
        { value: `${displayName}-new` },
      ],
    });
    expect(made.groups.map(({ display }: { display: string }) => display)).toEqual([
      displayName,
      `${displayName}-new`,
    ]);
    for (const groups of [
      [{ value: randomUUID() }],
      [{ display: 'no value' }],
      [{ value: 7 }],
      'UG_ROOT',
      [{ value: '' }],
    ]) {
      const userName = fresh();
      expect(
        refused(await tenant.call('POST', '/Users', { userName, groups })),
        JSON.stringify(groups),
      ).toEqual([400, 'invalidValue']);
      expect(await filtered('/Users', `userName eq "${userName}"`)).toEqual([]);
    }
  });
});

describe('a device', () => {
  let owner: string;

  beforeAll(async () => {
    owner = (await tenant.make('/Users', { userName: fresh() })).id;
  });

  /** What an enrollment leaves behind: an ACTIVE passkey, and what its owner opened with it. */
  async function enrolled(userId = owner): Promise<{ id: string; credentialId: string; session: string }> {
    const { store, clock, random } = server.ports;
    const credentialId = randomBytes(32).toString('base64url');
    const session = randomBytes(16).toString('hex');
    const now = clock.now();
    const credential: Credential = {
      credentialId,
      userId,
      rpId: 'localhost',
      userHandle: randomBytes(32).toString('base64url'),
      publicKey: new Uint8Array(randomBytes(77)),
      algorithm: -7,
      signCount: 0,
      aaguid: '00000000-0000-0000-0000-000000000000',
      attestationFormat: 'none',
      attestationTrusted: false,
      transports: ['usb'],
      backupEligible: false,
      backedUp: false,
      userVerified: true,
      discoverable: true,
      deviceId: null,
      friendlyName: 'Passkey',
      authType: 'AT_FIDO',
      status: 'ACTIVE',
      validFrom: null,
      validUntil: null,
      failures: 0,
      createdAt: now,
      lastUsedAt: null,
    };
    const deviceId = random.uuid();
    const kept = await store.transaction(tenant.tenantId, async (tables) => {
      const registered = await tables.passkeyDevices.register({
        credential,
        device: {
          deviceId,
          userId,
          status: 'ACTIVE',
          deviceType: 'DT_FIDO',
          friendlyName: 'Passkey',
          validFrom: null,
          validUntil: null,
          credentialId,
          externalId: null,
          version: 1,
          createdAt: now,
          updatedAt: now,
        },
        pending: null,
      });
      const expiresAt = new Date(now.getTime() + 3_600_000);
      await tables.openIdRecords.upsert({
        model: 'AccessToken',
        id: session,
        payload: {},
        grantId: session,
        uid: null,
        accountId: userId,
        clientId: null,
        expiresAt,
      });
      await tables.openIdRecords.bindGrant({ grantId: session, credentialIds: [credentialId], expiresAt });
      return registered;
    });
    if (!kept) throw new Error('it was not registered');
    return { id: deviceId, credentialId, session };
  }
  const isOpen = (session: string) =>
    server.ports.store.transaction(
      tenant.tenantId,
      async (tables) => (await tables.openIdRecords.find('AccessToken', session)) !== null,
    );
  const statusOf = (credentialId: string) =>
    server.ports.store.transaction(
      tenant.tenantId,
      async (tables) => (await tables.credentials.get(credentialId))?.status,
    );

  test('is a passkey of its owner', async () => {
    const { id } = await enrolled();
    const { status, body } = await tenant.call('GET', `/Device/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schemas: ['urn:keywarden:params:scim:schemas:core:2.0:Device'],
      id,
      friendlyName: 'Passkey',
      type: 'DT_FIDO',
      status: { status: 'ACTIVE', active: true },
      owner: { value: owner, $ref: `${tenant.base}/Users/${owner}` },
      meta: { resourceType: 'Device', location: `${tenant.base}/Device/${id}`, version: 'W/"1"' },
    });
    expect(body).not.toHaveProperty('credentialId');
  });

  test('suspended opens nothing and has ended what it opened; only then it comes back', async () => {
    const { id, credentialId, session } = await enrolled();
    expect(await isOpen(session)).toBe(true);
    const suspended = await tenant.call('PUT', `/Device/${id}`, { status: { status: 'suspended' } });
    expect(suspended.body.status).toEqual({ status: 'SUSPENDED', active: false });
    expect([await statusOf(credentialId), await isOpen(session)]).toEqual(['SUSPENDED', false]);
    const active = await patch(`/Device/${id}`, { op: 'Replace', path: 'status.status', value: 'ACTIVE' });
    expect(active.body.status).toEqual({ status: 'ACTIVE', active: true });
    const revoked = await tenant.call('PUT', `/Device/${id}`, { status: { status: 'REVOKED' } });
    expect(revoked.status).toBe(200);
    expect(refused(await tenant.call('PUT', `/Device/${id}`, { status: { status: 'ACTIVE' } }))).toEqual([
      400,
      'mutability',
    ]);
    expect(refused(await tenant.call('PUT', `/Device/${id}`, { status: { status: 'PENDING' } }))).toEqual([
      400,
      'mutability',
    ]);
    expect((await tenant.events(id)).map(({ type }) => type)).toEqual([
      'passkey.suspended',
      'passkey.activated',
      'passkey.revoked',
    ]);
    expect(await statusOf(credentialId)).toBe('REVOKED');
  });

  test('does in one request what its states allow, or nothing', async () => {
    const { id } = await enrolled();
    const before = (await tenant.call('GET', `/Device/${id}`)).body;
    const answer = await tenant.call('PUT', `/Device/${id}`, {
      friendlyName: 'New name',
      status: { status: 'TERMINATED' },
    });
    expect(refused(answer)).toEqual([400, 'mutability']);
    expect((await tenant.call('GET', `/Device/${id}`)).body).toEqual(before);
  });

  test('that holds a passkey never becomes somebody else’s; taken from its owner it is revoked', async () => {
    const { id, credentialId, session } = await enrolled();
    const other = (await tenant.make('/Users', { userName: fresh() })).id;
    expect(refused(await tenant.call('PUT', `/Device/${id}`, { owner: { value: other } }))).toEqual([
      400,
      'mutability',
    ]);
    const taken = await tenant.call('PUT', `/Device/${id}`, { owner: { value: '' } });
    expect(taken.body.status).toEqual({ status: 'REVOKED', active: false });
    expect(taken.body).not.toHaveProperty('owner');
    expect([await statusOf(credentialId), await isOpen(session)]).toEqual(['REVOKED', false]);
  });

  test('is valid as long as a directory says', async () => {
    const { id } = await enrolled();
    const validity = { startDate: '2026-01-01T00:00:00.000Z', expiryDate: '2026-02-01T00:00:00.000Z' };
    const { body } = await tenant.call('PUT', `/Device/${id}`, { validity });
    expect(body).toMatchObject({ validity, status: { status: 'ACTIVE', active: false } });
    expect(
      await filtered('/Device', `id eq "${id}" and validity.expiryDate lt "2026-02-02T00:00:00Z"`),
    ).toEqual([id]);
    expect(await filtered('/Device', `id eq "${id}" and status.active eq true`)).toEqual([]);
    expect(
      refused(
        await tenant.call('PUT', `/Device/${id}`, {
          validity: { startDate: validity.expiryDate, expiryDate: validity.startDate },
        }),
      ),
    ).toEqual([400, 'invalidValue']);
    expect(refused(await tenant.call('PUT', `/Device/${id}`, { validity: { startDate: 'soon' } }))).toEqual([
      400,
      'invalidValue',
    ]);
    const cleared = await patch(`/Device/${id}`, { op: 'remove', path: 'validity' });
    expect(cleared.body).not.toHaveProperty('validity');
    expect(cleared.body.status.active).toBe(true);
  });

  test('is made before its passkey, waits for it, and is found by what it is', async () => {
    const made = await tenant.make('/Device', {
      friendlyName: 'Blue',
      type: 'DT_FIDO',
      externalId: 'asset-7',
      owner: { value: owner },
      validity: { expiryDate: '2100-01-01T00:00:00Z' },
    });
    expect(made).toMatchObject({ externalId: 'asset-7', status: { status: 'PENDING', active: false } });
    expect(await filtered('/Device', 'externalId eq asset-7')).toEqual([made.id]);
    expect(
      await filtered(
        '/Device',
        `owner.value eq ${owner} and status.status eq PENDING and friendlyName sw blu`,
      ),
    ).toEqual([made.id]);
    expect(
      await filtered('/Device', `owner eq "${owner}" and type eq "DT_FIDO" and id eq "${made.id}"`),
    ).toEqual([made.id]);
    for (const [body, scimType] of [
      [{ owner: { value: randomUUID() } }, 'invalidValue'],
      [{ owner: { value: 'nobody' } }, 'invalidValue'],
      [{ status: { status: 'ACTIVE' } }, 'invalidValue'],
      [{ type: 'no such;' }, 'invalidValue'],
      [{ friendlyName: 'x'.repeat(300) }, 'invalidValue'],
    ] as const) {
      expect(refused(await tenant.call('POST', '/Device', body)), JSON.stringify(body)).toEqual([
        400,
        scimType,
      ]);
    }
    expect(refused(await tenant.call('PUT', `/Device/${made.id}`, { type: 'DT_OTHER' }))).toEqual([
      400,
      'mutability',
    ]);
    const renamed = await patch(
      `/Device/${made.id}`,
      { op: 'replace', value: { friendlyName: 'Green' } },
      { op: 'remove', path: 'externalId' },
    );
    expect(renamed.body).toMatchObject({
      friendlyName: 'Green',
      owner: { value: owner },
      validity: { expiryDate: '2100-01-01T00:00:00.000Z' },
    });
    expect(renamed.body).not.toHaveProperty('externalId');
    const old = await tenant.call(
      'PUT',
      `/Device/${made.id}`,
      { friendlyName: 'x' },
      { headers: { 'if-match': 'W/"1"' } },
    );
    expect(old.status).toBe(412);
  });

  test('deleted is terminated; of a user who is deleted, too', async () => {
    const first = await enrolled();
    expect((await tenant.call('DELETE', `/Device/${first.id}`)).status).toBe(204);
    expect([await statusOf(first.credentialId), await isOpen(first.session)]).toEqual(['TERMINATED', false]);
    expect((await tenant.call('GET', `/Device/${first.id}`)).status).toBe(404);
    const leaver = (await tenant.make('/Users', { userName: fresh() })).id;
    const second = await enrolled(leaver);
    expect((await tenant.call('DELETE', `/Users/${leaver}`)).status).toBe(204);
    expect([await statusOf(second.credentialId), await isOpen(second.session)]).toEqual([
      'TERMINATED',
      false,
    ]);
  });
});

describe('a bulk request', () => {
  const bulk = (operations: readonly object[], more: object = {}) =>
    tenant.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: operations,
      ...more,
    });
  const statuses = ({ body }: { body: { Operations: { status: string }[] } }) =>
    body.Operations.map(({ status }) => status);

  test('makes, changes and deletes, and what is made later may be named before', async () => {
    const [group, one, two] = [fresh(), fresh(), fresh()];
    const answer = await bulk([
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: group, members: [{ value: 'bulkId:one' }, { value: 'bulkId:two' }] },
      },
      {
        method: 'post',
        path: '/Users',
        bulkId: 'one',
        data: {
          userName: one,
          [`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`]: {
            manager: { value: 'bulkId:two' },
          },
        },
      },
      { method: 'POST', path: '/Users', bulkId: 'two', data: { userName: two } },
      {
        method: 'PATCH',
        path: '/Users/bulkId:two',
        data: { Operations: [{ op: 'add', path: 'title', value: 'Boss' }] },
      },
      {
        method: 'PATCH',
        path: '/Groups/bulkId:g',
        data: { Operations: [{ op: 'remove', path: 'members[value eq "bulkId:two"]' }] },
      },
      { method: 'DELETE', path: '/Groups/nobody' },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
    expect(statuses(answer)).toEqual(['201', '201', '201', '200', '204', '404']);
    const [made, first] = answer.body.Operations;
    expect(made).toMatchObject({ method: 'POST', bulkId: 'g', version: expect.stringMatching(/^W\/"1\./) });
    expect(made.location).toMatch(new RegExp(`^${tenant.base}/Groups/[0-9a-f-]{36}$`));
    expect(answer.body.Operations[5].response).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '404',
    });
    const { body } = await server.call('GET', new URL(first.location).pathname, {
      headers: { authorization: `Bearer ${tenant.token}` },
    });
    const boss = (await filtered('/Users', `userName eq "${two}"`))[0];
    expect(body['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].manager).toEqual({
      value: boss,
    });
    expect(body.groups).toMatchObject([{ display: group }]);
    expect((await tenant.call('GET', `/Users/${boss}`)).body.title).toBe('Boss');
  });

  test('stops after as many errors as it says, and tells those it tried', async () => {
    const name = fresh();
    const wrong = { method: 'DELETE', path: '/Users/nobody' };
    const right = { method: 'POST', path: '/Users', bulkId: 'r', data: { userName: name } };
    expect(statuses(await bulk([wrong, wrong, right], { failOnErrors: 2 }))).toEqual(['404', '404']);
    expect(await filtered('/Users', `userName eq "${name}"`)).toEqual([]);
    expect(statuses(await bulk([wrong, wrong, right], { failOnErrors: 3 }))).toEqual(['404', '404', '201']);
  });

  test('refuses operations that wait for each other, or for what failed, and does the others', async () => {
    const answer = await bulk([
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'a',
        data: { displayName: fresh(), members: [{ value: 'bulkId:b' }] },
      },
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'b',
        data: { userName: fresh(), groups: [{ value: 'bulkId:a' }] },
      },
      { method: 'POST', path: '/Users', bulkId: 'c', data: { userName: '' } },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'd',
        data: { displayName: fresh(), members: [{ value: 'bulkId:c' }] },
      },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'e',
        data: { displayName: fresh(), members: [{ value: 'bulkId:nowhere' }] },
      },
      { method: 'POST', path: '/Users', bulkId: 'f', data: { userName: fresh() } },
    ]);
    expect(statuses(answer)).toEqual(['400', '400', '400', '400', '400', '201']);
  });

  test('tells of each operation what a request of its own would be told', async () => {
    const { id, userName, meta } = await tenant.make('/Users', { userName: fresh() });
    const operations = [
      { method: 'POST', path: '/Users', data: { userName } },
      { method: 'PUT', path: `/Users/${id}`, version: 'W/"7"', data: { userName } },
      {
        method: 'PATCH',
        path: `/Users/${id}`,
        version: meta.version,
        data: { Operations: [{ op: 'add', path: 'title', value: 'x' }] },
      },
      { method: 'PATCH', path: `/Users/${id}`, data: { nothing: true } },
      { method: 'GET', path: `/Users/${id}` },
      { method: 'POST', path: '/Nothing', data: {} },
      { method: 'POST', path: `/Users/${id}`, data: {} },
      { method: 'DELETE', path: '/Users' },
      { method: 'DELETE', path: `/Users/${id}` },
    ];
    const answer = await bulk(operations);
    expect(statuses(answer)).toEqual(['409', '412', '200', '400', '400', '404', '404', '404', '204']);
    expect(answer.body.Operations[0].response.scimType).toBe('uniqueness');
  });

  test('stops where the server itself fails, and tells what was done before', async () => {
    const superuser = new pg.Client(server.fresh.superuser);
    await superuser.connect();
    const [before, after] = [fresh(), fresh()];
    try {
      await superuser.query('REVOKE INSERT ON keywarden.groups FROM keywarden_app');
      const answer = await bulk([
        { method: 'POST', path: '/Users', bulkId: 'b', data: { userName: before } },
        { method: 'POST', path: '/Groups', bulkId: 'g', data: { displayName: fresh() } },
        { method: 'POST', path: '/Users', data: { userName: after } },
      ]);
      expect(answer.status).toBe(200);
      expect(statuses(answer)).toEqual(['201', '500']);
      expect(answer.text).not.toContain('permission');
    } finally {
      await superuser.query('GRANT INSERT ON keywarden.groups TO keywarden_app');
      await superuser.end();
    }
    expect(await filtered('/Users', `userName eq "${before}"`)).toHaveLength(1);
    expect(await filtered('/Users', `userName eq "${after}"`)).toEqual([]);
  });

  test('has a bound', async () => {
    const many = Array.from({ length: 1001 }, () => ({ method: 'DELETE', path: '/Users/x' }));
    expect((await bulk(many)).status).toBe(413);
    expect(
      (await bulk([{ method: 'POST', path: '/Users', data: { userName: 'x'.repeat(600_000) } }])).status,
    ).toBe(413);
    expect((await tenant.call('POST', '/Bulk', { Operations: 'all' })).status).toBe(400);
  });

  // The last one: from here on this address has sent enough.
  test('is refused where an address sends too many, with the time to wait', async () => {
    const answers = await Promise.all(
      Array.from({ length: 130 }, () => tenant.call('POST', '/Bulk', { Operations: [] })),
    );
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '429',
    });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await tenant.call('GET', '/Users?count=1')).status).toBe(200);
  });
});
