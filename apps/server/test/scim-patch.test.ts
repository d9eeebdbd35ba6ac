import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, openHttpServer } from './lifecycle/server.ts';
import { openProvisionedTenant, type ProvisionedTenant } from './scim/provisioned.ts';

let server: HttpServer;
let tenant: ProvisionedTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openProvisionedTenant(server, 'patch');
});
afterAll(() => server.close());

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Mulberry32: the same run every time. */
function chance(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  // `undefined` is among the values.
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  return { pick };
}

const paths = [
  undefined,
  '',
  'userName',
  'displayName',
  'active',
  'name',
  'name.givenName',
  'NAME.FAMILYNAME',
  'emails',
  'emails.value',
  'emails[type eq "work"]',
  'emails[type eq "work"].value',
  'emails[type eq "home" and primary eq true].display',
  'emails[value co "x"].type',
  'emails[primary eq true]',
  'roles',
  'roles[value eq "admin"]',
  'addresses[type eq "work"].country',
  enterprise,
  `${enterprise}:department`,
  `${enterprise}:manager`,
  `${enterprise}:manager.value`,
  'urn:acme:2.0:User',
  'urn:acme:2.0:User:badge',
  'urn:ietf:params:scim:schemas:core:2.0:User:nickName',
  'unknown',
  'unknown.part',
  'unknown.part.of',
  'id',
  'meta',
  'groups',
  'schemas',
  'password',
  'externalId',
  'emails[',
  'emails]',
  '[type eq "x"]',
  'emails[type eq "work"]value',
  'a.b.c.d',
  '..',
  'constructor',
  '__proto__',
  '__proto__.polluted',
  'constructor.prototype',
  'urn:acme:2.0:User:__proto__.polluted',
  'name.__proto__',
  'toString.call',
] as const;
const values = [
  undefined,
  null,
  '',
  'text',
  'True',
  true,
  false,
  7,
  [],
  {},
  [null],
  ['a', 'b'],
  { value: 'v' },
  [{ value: 'v', type: 'work' }],
  [{ value: 'w', type: 'home', primary: true }],
  [
    { value: 'x', primary: true },
    { value: 'y', primary: true },
  ],
  { givenName: 'G', familyName: null },
  { 'name.givenName': 'D', active: 'False' },
  { emails: [{ value: 'e@x.example', type: 'work' }], nickName: 'N' },
  { [`${enterprise}:department`]: 'Dep', [enterprise]: { costCenter: 'C' } },
  { department: 'Dep', manager: 'boss' },
  { userName: null },
  { deep: { deeper: { deepest: [1, [2, [3]]] } } },
  [[['nested']]],
] as const;

describe('a user after anything that a client may send', () => {
  test('of 300 random requests each is done wholly or not at all, and what is told is what is there', async () => {
    const random = chance(20_261_122);
    const { id } = await tenant.make('/Users', {
      userName: 'patched',
      emails: [{ value: 'first@x.example', type: 'work', primary: true }],
    });
    let before = (await tenant.call('GET', `/Users/${id}`)).body;
    let done = 0;
    for (let round = 0; round < 300; round += 1) {
      const operations = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => ({
        op: random.pick(['add', 'Replace', 'REMOVE', 'replace', 'Add']),
        path: random.pick(paths),
        value: random.pick(values),
      }));
      const told = JSON.stringify(operations);
      const answer = await tenant.call('PATCH', `/Users/${id}`, { Operations: operations });
      expect([200, 400], `${told}\n${answer.text}`).toContain(answer.status);
      const { body: after } = await tenant.call('GET', `/Users/${id}`);
      if (answer.status === 200) {
        done += 1;
        expect(answer.body, told).toEqual(after);
      } else {
        expect(answer.body.scimType, told).toMatch(
          /^(invalidValue|invalidPath|invalidFilter|noTarget|mutability|invalidSyntax)$/,
        );
        expect(after, told).toEqual(before);
      }
      for (const held of ['schemas', 'id', 'userName', 'displayName', 'active', 'meta', 'groups']) {
        expect(after, told).toHaveProperty(held);
      }
      expect(after.id, told).toBe(id);
      for (const list of ['emails', 'roles', 'addresses']) {
        const primary = (after[list] ?? []).filter((one: { primary?: boolean }) => one.primary === true);
        expect(primary.length, told).toBeLessThan(2);
      }
      expect(
        Object.keys(after).filter((name) => /^(name|emails|addresses)\./i.test(name)),
        told,
      ).toEqual([]);
      before = after;
    }
    // Random requests are worth something only where some are done and some are not.
    expect(done).toBeGreaterThan(40);
    expect(done).toBeLessThan(250);
  }, 120_000);

  test('no path leads out of the resource into what all objects inherit', async () => {
    const { id } = await tenant.make('/Users', { userName: 'inherited' });
    for (const path of [
      '__proto__',
      '__proto__.polluted',
      '__proto__.polluted.deeper',
      'constructor.prototype',
      'constructor.prototype.polluted',
      'urn:acme:2.0:User:__proto__',
      'urn:acme:2.0:User:__proto__.polluted',
      'urn:acme:2.0:User:constructor.prototype',
    ]) {
      for (const op of ['add', 'replace', 'remove']) {
        const operations = { Operations: [{ op, path, value: 'polluted' }] };
        const { status, body } = await tenant.call('PATCH', `/Users/${id}`, operations);
        expect([status, body.scimType], `${op} ${path}`).toEqual([400, 'invalidPath']);
      }
      const value = { [path]: 'polluted' };
      const inValue = await tenant.call('PATCH', `/Users/${id}`, { Operations: [{ op: 'add', value }] });
      expect(inValue.status, path).toBe(400);
      expect((await tenant.call('GET', `/Users/${id}?attributes=${path}`)).status).toBe(200);
      expect((await tenant.call('GET', `/Users/${id}?excludedAttributes=${path}`)).body.id).toBe(id);
    }
    const bare: Record<string, unknown> = {};
    expect(bare['polluted']).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  test('sent back as it was read, nothing changes', async () => {
    const { id } = await tenant.make('/Users', {
      userName: 'round-trip',
      name: { givenName: 'Ada' },
      emails: [{ value: 'Ada@x.example', type: 'work', primary: true }, { value: 'b@x.example' }],
      [enterprise]: { manager: { value: '1' } },
      'urn:acme:2.0:User': { badge: [1, { a: null }] },
      unknown: { part: true },
      groups: [{ value: 'Round' }],
    });
    const { body } = await tenant.call('GET', `/Users/${id}`);
    expect((await tenant.call('PUT', `/Users/${id}`, body)).body).toEqual(body);
    const { id: group } = body.groups.map(({ value }: { value: string }) => ({ id: value }))[0];
    const read = (await tenant.call('GET', `/Groups/${group}`)).body;
    expect((await tenant.call('PUT', `/Groups/${group}`, read)).body).toEqual(read);
    const device = (await tenant.make('/Device', { owner: { value: id }, friendlyName: 'Key' })).id;
    const seen = (await tenant.call('GET', `/Device/${device}`)).body;
    expect((await tenant.call('PUT', `/Device/${device}`, seen)).body).toEqual(seen);
  });
});
