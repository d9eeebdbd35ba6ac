import { randomUUID } from 'node:crypto';
import type { DirectoryFilter, DirectorySort, FilterAttribute, FilterOperator } from '@keywarden/domain';
import { describe, expect, test } from 'vitest';
import { deviceDirectoryTable } from './scim-devices.ts';
import { groupTable } from './scim-groups.ts';
import { directoryTable } from './scim-users.ts';
import { TenantSession } from './session.ts';

const attribute = (name: string, options: Partial<FilterAttribute> = {}): FilterAttribute => ({
  path: name.split('.'),
  manyAt: /^(emails|phoneNumbers|groups|roles)/.test(name) ? 1 : 0,
  type: 'string',
  caseExact: false,
  ...options,
});
const active = attribute('active', { type: 'boolean' });
const created = attribute('meta.created', { type: 'instant' });
const compare = (
  operator: FilterOperator,
  of: string | FilterAttribute,
  value: string | boolean | Date | null = 'x',
): DirectoryFilter => ({
  kind: 'compare',
  attribute: typeof of === 'string' ? attribute(of) : of,
  operator,
  value,
});
const and = (...filters: readonly DirectoryFilter[]): DirectoryFilter => ({ kind: 'and', filters });
const or = (...filters: readonly DirectoryFilter[]): DirectoryFilter => ({ kind: 'or', filters });
const not = (filter: DirectoryFilter): DirectoryFilter => ({ kind: 'not', filter });
const present = (name: string): DirectoryFilter => ({ kind: 'present', attribute: attribute(name) });

/** A fake database that says of every question that one row fits: of a tenant's size, that it is over the bound. */
async function list(
  filter: DirectoryFilter | null,
  options: {
    sort?: DirectorySort | null;
    offset?: number;
    large?: boolean;
    of?: 'users' | 'groups' | 'passkey_devices';
  } = {},
) {
  const { sort = null, offset = 0, large = true, of = 'users' } = options;
  const asked: string[] = [];
  const session = new TenantSession('many', {
    speculative: false,
    send: async (dispatches) =>
      dispatches.map(({ text }) => {
        asked.push(text);
        return { tag: 'SELECT 1', rows: text.startsWith(`SELECT FROM ${of} `) && large ? [{}] : [] };
      }),
  });
  const query = { filter, sort, offset, after: null, limit: 10, knownTotal: null };
  const tables = { users: directoryTable, groups: groupTable, passkey_devices: deviceDirectoryTable };
  await tables[of](session).list(query);
  return asked.filter((text) => !text.includes('set_config'));
}

const served: Readonly<Record<string, DirectoryFilter>> = {
  'equality of an indexed column': compare('eq', 'userName'),
  'the beginning of one': compare('sw', 'displayName'),
  'equality of what has terms': compare('eq', 'name.familyName'),
  'an address': compare('eq', 'emails.value'),
  'a phone number': compare('sw', 'phoneNumbers.value'),
  'one of these and whatever else': and(compare('co', 'title'), compare('eq', 'name.givenName')),
  'all of these as alternatives': or(compare('eq', 'userName'), compare('eq', 'nickName')),
  'whether somebody is active': compare('eq', active, true),
  'what everybody has': present('userName'),
  'a point in time': compare('gt', created, new Date(0)),
};
const read: Readonly<Record<string, DirectoryFilter>> = {
  'a part of a text': compare('co', 'userName'),
  'its end': compare('ew', 'emails.value'),
  'another value': compare('ne', 'title'),
  'no value': compare('eq', 'externalId', null),
  'the contrary': not(compare('eq', 'userName')),
  'what some have': present('title'),
  'an attribute without an index': compare('eq', 'locale'),
  'an alternative without an index': or(compare('eq', 'userName'), compare('eq', 'locale')),
  'everybody who is active, and a part of a text': and(compare('eq', active, true), compare('co', 'title')),
};

describe('of a tenant with more users than a list looks at', () => {
  test.each(Object.entries(served))('an index serves %s', async (_, filter) => {
    await expect(list(filter)).resolves.not.toHaveLength(0);
  });

  test.each(Object.entries(read))(
    'no index serves %s: it is refused before it is begun',
    async (_, filter) => {
      await expect(list(filter)).rejects.toMatchObject({ code: 'too-many-results' });
      await expect(list(filter, { large: false })).resolves.not.toHaveLength(0);
    },
  );

  test.each([
    ['the name', compare('eq', 'displayName')],
    ['the beginning of the name', compare('sw', 'displayName')],
    ['what the directory calls it', compare('eq', 'externalId')],
    ['who is in it', compare('eq', attribute('members.value', { manyAt: 1 }), randomUUID())],
    [
      'whether somebody is in a certain one',
      and(compare('eq', 'id', randomUUID()), compare('eq', attribute('members.value', { manyAt: 1 }))),
    ],
    ['when it was made', compare('gt', created, new Date(0))],
    ['when it was changed', compare('ge', attribute('meta.lastModified', { type: 'instant' }), new Date(0))],
  ])('an index of groups serves %s', async (_, filter) => {
    await expect(list(filter, { of: 'groups' })).resolves.not.toHaveLength(0);
    await expect(list(or(filter, compare('co', 'displayName')), { of: 'groups' })).rejects.toMatchObject({
      code: 'too-many-results',
    });
  });

  const modified = attribute('meta.lastModified', { type: 'instant' });
  const usable = attribute('status.active', { type: 'boolean' });
  test.each<[string, DirectoryFilter]>([
    ['when it was made', compare('gt', created, new Date(0))],
    ['when it was changed', compare('le', modified, new Date(0))],
    ['the very moment', compare('eq', created, new Date(0))],
    ['its state', compare('eq', 'status.status', 'suspended')],
    ['the other states', compare('ne', 'status.status', 'ACTIVE')],
    ['that it has one', present('status.status')],
    ['that it may be used', compare('eq', usable, true)],
  ])('an index of devices serves %s', async (_, filter) => {
    const of = 'passkey_devices';
    await expect(list(filter, { of })).resolves.not.toHaveLength(0);
    await expect(list(or(filter, compare('co', 'friendlyName')), { of })).rejects.toMatchObject({
      code: 'too-many-results',
    });
  });

  test.each<[string, DirectoryFilter]>([
    ['that it may not be used', compare('eq', usable, false)],
    ['that it is not so that it may be used', compare('ne', usable, true)],
    ['a part of a state', compare('co', 'status.status', 'E')],
    ['what comes after a state', compare('gt', 'status.status', 'ACTIVE')],
    ['when it ends', compare('lt', attribute('validity.expiryDate', { type: 'instant' }), new Date(0))],
  ])('no index of devices serves %s', async (_, filter) => {
    await expect(list(filter, { of: 'passkey_devices' })).rejects.toMatchObject({
      code: 'too-many-results',
    });
  });

  test.each(['meta.created', 'meta.lastModified', 'status.status', 'id'])(
    'devices are sorted by %s in the order of an index, whichever way round',
    async (name) => {
      for (const descending of [false, true]) {
        const sort = { attribute: attribute(name), descending };
        await expect(list(null, { sort, of: 'passkey_devices' })).resolves.not.toHaveLength(0);
      }
      const sort = { attribute: attribute('friendlyName'), descending: false };
      await expect(list(null, { sort, of: 'passkey_devices' })).rejects.toMatchObject({
        code: 'too-many-results',
      });
    },
  );

  test('everybody is sorted in the order of an index, and few are passed over', async () => {
    const by = (name: string) => ({ attribute: attribute(name), descending: false });
    await expect(list(null, { sort: by('userName') })).resolves.not.toHaveLength(0);
    await expect(list(null, { sort: by('userName'), offset: 200_000 })).rejects.toMatchObject({
      code: 'too-many-results',
    });
    await expect(list(null, { sort: by('title') })).rejects.toMatchObject({ code: 'too-many-results' });
    await expect(list(compare('eq', 'userName'), { sort: by('title') })).resolves.not.toHaveLength(0);
  });
});

test('an index is asked for ids where the filter hides it, and every parameter has its place', async () => {
  const [text = ''] = await list(or(compare('eq', 'userName'), compare('eq', 'name.familyName')));
  expect(text).toContain('u.user_id IN (SELECT u.user_id FROM users u WHERE');
  expect(text).toContain("t.attribute = 'name.familyName'");
  const numbers = new Set([...text.matchAll(/\$(\d+)/g)].map(([, digits]) => Number(digits)));
  expect([...numbers].sort((one, other) => one - other)).toEqual(
    [...numbers.keys()].map((_, index) => index + 1),
  );
});
