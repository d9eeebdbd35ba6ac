import { describe, expect, test } from 'vitest';
import { managementRoutes } from '../apps/server/src/management/index.ts';
import { createDirectory } from '../apps/web/src/client/directory.ts';
import { createPeople } from '../apps/web/src/client/people.ts';
import type { Http } from '../apps/web/src/client/request.ts';
import { createSettings } from '../apps/web/src/client/settings.ts';

const tenant = 'demo';
const id = 'of-one';
const version = 7;

/** What the console sends to change something that counts its changes; a fake network refuses it all. */
async function sentByConsole(): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const sent = new Map<string, Readonly<Record<string, string>>>();
  const fake: Http = {
    timeoutMilliseconds: 1000,
    fetch: async (address, init = {}) => {
      const call = `${init.method} ${String(address)}`.replaceAll(`/${id}`, '/:');
      sent.set(call, Object.fromEntries(new Headers(init.headers)));
      return new Response(null, { status: 500 });
    },
  };
  const people = createPeople(fake, tenant);
  const directory = createDirectory(fake, tenant);
  const none = {} as never;
  await Promise.allSettled([
    people.changeUser({ userId: id, version }, none),
    people.changeClient({ clientId: id, version }, none),
    people.renamePasskey({ deviceId: id, version }, 'Key'),
    people.limitPasskey({ deviceId: id, version }, { validFrom: null, validUntil: null }),
    directory.renameGroup({ groupId: id, version }, 'Group'),
    directory.deleteGroup({ groupId: id, version }),
    directory.changeOperator({ operatorId: id, version }, none),
    createSettings(fake, tenant).storePasswordPolicy(none, version),
  ]);
  return sent;
}

/** Called by programs alone: no page gives a waiting passkey to somebody else. */
const withoutPage = ['PUT /demo/api/v1/passkeys/:/owner'];

describe('what counts its changes', () => {
  test('is never changed by the console without the version that was read', async () => {
    const versioned = managementRoutes({ scimPath: '/scim/v2' })
      .filter(({ method, schema }) => schema.versioned === true && method !== 'GET')
      .map(({ method, path }) => `${method} ${path.replace(':tenant', tenant).replaceAll(/:\w+/g, ':')}`);
    const sent = await sentByConsole();
    expect([...sent.keys(), ...withoutPage].sort()).toEqual(versioned.sort());
    for (const [call, headers] of sent) expect(headers['if-match'], call).toBe(`"${version}"`);
  });
});
