import {
  createPolicy,
  createUser,
  deletePolicy,
  duplicatePolicy,
  issueAuthenticateOrder,
  issuePairingCode,
  linkPolicy,
  listDevices,
  listEvents,
  listIdentityProviders,
  listWorkstations,
  orderReset,
  pairWorkstation,
  recordReset,
  resolveAssignment,
  retireDevice,
  revokeDevice,
  searchUsers,
  setDefaultIdentityProvider,
  systemActor,
  updatePolicy,
} from '@keywarden/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Desk, orderIn, refusal } from './lifecycle/desk.ts';
import { furnish, rpId, standardRules } from './lifecycle/rig.ts';
import { softKey } from './lifecycle/soft-key.ts';
import { actionOf, testWorkstation } from './lifecycle/workstation.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

let fresh: FreshDatabase;
let desk: Desk;

beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(async () => {
  await fresh.drop();
});
beforeEach(async () => {
  desk = await Desk.open(fresh);
});
afterEach(async () => {
  await desk.close();
});

async function discovered(): Promise<string> {
  return (await desk.seen()).details?.device.deviceId ?? '';
}

describe('policies', () => {
  const update = (policyId: string, version: number, name = 'Renamed') =>
    updatePolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ policyId, version, name, rules: standardRules }),
    );
  const remove = (policyId: string) =>
    deletePolicy(desk.rig.ports, desk.room.actor, desk.within({ policyId }));
  const link = (deviceId: string, policyId: string | null) =>
    linkPolicy(desk.rig.ports, desk.room.actor, desk.within({ deviceId, policyId }));

  test('are edited by version: the slower of two is told', async () => {
    const { policyId } = desk.room;
    const results = await Promise.allSettled([update(policyId, 1, 'One'), update(policyId, 1, 'Two')]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = results.find((result) => result.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'version-conflict' });
  });

  test('carried by a device are ACTIVE: neither edited nor deleted, but duplicated', async () => {
    const { policyId } = desk.room;
    await link(await discovered(), policyId);
    expect(await refusal(update(policyId, 1))).toMatchObject({
      code: 'policy-active',
      particulars: { deviceCount: 1 },
    });
    expect((await refusal(remove(policyId))).code).toBe('policy-active');
    const copy = await duplicatePolicy(desk.rig.ports, desk.room.actor, desk.within({ policyId }));
    expect(copy).toMatchObject({ name: 'Standard employee (copy)', deviceCount: 0, rules: standardRules });
    const second = await duplicatePolicy(desk.rig.ports, desk.room.actor, desk.within({ policyId }));
    expect(second.name).toBe('Standard employee (copy 2)');
    await update(copy.policyId, 1);
    await remove(second.policyId);
  });

  test('being written to a key are not edited either, and may be again when that failed', async () => {
    await desk.look();
    const step = await desk.start();
    expect((await refusal(update(desk.room.policyId, 1))).code).toBe('policy-active');
    expect((await refusal(remove(desk.room.policyId))).code).toBe('policy-active');
    await desk.cancel(step, 'PIN_WRONG');
    expect((await update(desk.room.policyId, 1)).version).toBe(2);
  });

  test('linked and deleted at once: one of the two is refused, nothing dangles', async () => {
    const deviceId = await discovered();
    const results = await Promise.allSettled([
      link(deviceId, desk.room.policyId),
      remove(desk.room.policyId),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const device = await desk.device(deviceId);
    expect(device.state === 'READY').toBe(device.policyId !== null);
  });

  test.each([
    ['pinMaximumLength', { pinMinimumLength: 8, pinMaximumLength: 6, minPINLength: null }],
    ['minPINLength', { minPINLength: 20, pinMaximumLength: 10 }],
    ['forcePINChange', { pinMode: 'none', forcePINChange: true }],
  ] as const)('that contradict themselves are refused, naming %s', async (field, rules) => {
    const error = await refusal(
      createPolicy(
        desk.rig.ports,
        desk.room.actor,
        desk.within({ name: 'Contradiction', rules: { ...standardRules, ...rules } }),
      ),
    );
    expect(error).toMatchObject({ code: 'input-invalid', particulars: { field } });
  });

  test.each(['', '   ', 'a\u0007b', 'x'.repeat(101)])('named %j are refused', async (name) => {
    const attempt = createPolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ name, rules: standardRules }),
    );
    expect((await refusal(attempt)).code).toBe('input-invalid');
  });

  test('have names of their own, whatever the keyboard composed', async () => {
    const make = (name: string) =>
      createPolicy(desk.rig.ports, desk.room.actor, desk.within({ name, rules: standardRules }));
    await make('Caf\u00e9');
    expect((await refusal(make(' Cafe\u0301 '))).code).toBe('policy-name-taken');
  });

  test('are linked, exchanged and unlinked before anybody has the key in the hand', async () => {
    const deviceId = await discovered();
    const other = await duplicatePolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ policyId: desk.room.policyId }),
    );
    expect((await link(deviceId, desk.room.policyId)).device.state).toBe('READY');
    expect((await link(deviceId, desk.room.policyId)).device.state).toBe('READY');
    expect(await link(deviceId, other.policyId)).toMatchObject({
      device: { state: 'READY' },
      policy: { name: other.name },
    });
    expect(await link(deviceId, null)).toMatchObject({ device: { state: 'NOT_CONFIGURED' }, policy: null });
    expect((await link(deviceId, null)).device.state).toBe('NOT_CONFIGURED');
    expect((await refusal(link(deviceId, '018f0000-0000-7000-8000-00000000dead'))).code).toBe(
      'policy-not-found',
    );
  });

  test('are not changed under a key that is being assigned, or that is configured', async () => {
    await desk.look();
    const step = await desk.start();
    const { deviceId } = step.details.device;
    expect((await refusal(link(deviceId, desk.room.policyId))).code).toBe('device-busy');
    await desk.go(step);
    expect((await refusal(link(deviceId, null))).code).toBe('device-state-forbids');
  });
});

describe('retiring', () => {
  const retire = (deviceId: string) =>
    retireDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'stolen' }));

  test('ends a key for good; a key that can still sign in is revoked first', async () => {
    const done = await desk.enrolled();
    const { deviceId } = done.details.device;
    const error = await refusal(retire(deviceId));
    expect(error).toMatchObject({ code: 'device-state-forbids' });
    expect(error.message).toContain('Revoke it first');
    await revokeDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'stolen' }));
    expect((await retire(deviceId)).device).toMatchObject({ state: 'RETIRED', policyId: null });
    expect((await retire(deviceId)).device.state).toBe('RETIRED');
    expect((await refusal(desk.start({ policyId: null }))).code).toBe('device-state-forbids');
    const found = await desk.seen();
    expect(found).toMatchObject({ proven: true, details: { device: { state: 'RETIRED' } } });
  });

  test('is refused while the key is being assigned, and closes what only waited to be cleaned', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    const { deviceId } = ordered.details.device;
    expect((await refusal(retire(deviceId))).code).toBe('device-busy');
    await desk.room.workstation.run(orderIn(ordered));
    const cleaning = await desk.cancel(ordered, 'DEVICE_REMOVED');
    await retire(deviceId);
    const told = await desk.cancel(cleaning, 'operator-cancelled');
    expect(told.enrollment).toMatchObject({ state: 'FAILED', failureCode: 'device-retired' });
  });
});

describe('resetting', () => {
  const reset = (deviceId: string) =>
    orderReset(
      desk.rig.ports,
      desk.room.actor,
      desk.within({
        deviceId,
        workstationId: desk.room.workstation.workstationId,
        connectionId: desk.connectionId,
      }),
    );
  const done = (deviceId: string, receipt: string) =>
    recordReset(desk.rig.ports, desk.room.actor, desk.within({ deviceId, receipt }));

  test('takes the owner’s credential away first, then empties the key, then calls it Not Configured', async () => {
    const { device } = (await desk.enrolled()).details;
    const { order } = await reset(device.deviceId);
    expect((await desk.credentials('alice'))[0]?.status).toBe('REVOKED');
    expect((await desk.device(device.deviceId)).state).toBe('REVOKED');
    const receipt = await desk.room.workstation.run(order);
    const after = await done(device.deviceId, receipt);
    expect(after.device).toMatchObject({
      state: 'NOT_CONFIGURED',
      policyId: null,
      assetTag: null,
      owner: null,
    });
    expect((await done(device.deviceId, receipt)).device.state).toBe('NOT_CONFIGURED');
    expect(desk.key.credentials).toEqual([]);
    expect((await desk.toTheEnd(await desk.start())).enrollment.state).toBe('COMPLETE');
  });

  test('cleans what waited to be cleaned', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    await desk.room.workstation.run(orderIn(ordered));
    const cleaning = await desk.cancel(ordered, 'DEVICE_REMOVED');
    const { deviceId } = ordered.details.device;
    const { order } = await reset(deviceId);
    await done(deviceId, await desk.room.workstation.run(order));
    expect((await desk.resume(cleaning)).enrollment.state).toBe('COMPENSATED');
  });

  test('is refused for another key, for one that did not prove itself, and by another device’s receipt', async () => {
    const { device } = (await desk.enrolled()).details;
    const otherKey = softKey({ serial: 'SOFT-2' });
    const elsewhere = desk.plugIn(otherKey);
    const other = await desk.seen(elsewhere);
    const otherId = other.details?.device.deviceId ?? '';
    expect((await refusal(reset(otherId))).code).toBe('device-unrecognised');
    const { order } = await reset(device.deviceId);
    const receipt = await desk.room.workstation.run(order);
    expect((await refusal(done(otherId, receipt))).code).toBe('receipt-rejected');
    expect((await refusal(done(device.deviceId, 'not.a.receipt'))).code).toBe('receipt-rejected');
  });
});

describe('people and their keys', () => {
  test('an assignment names the person, her provider, and the keys she has there', async () => {
    const find = () => resolveAssignment(desk.rig.ports, desk.room.actor, desk.within({ username: 'alice' }));
    expect(await find()).toMatchObject({
      user: { displayName: 'Alice Liddell', email: 'alice@demo.example' },
      identityProvider: { name: 'Built-in directory' },
      keys: [],
    });
    const { device } = (await desk.enrolled()).details;
    expect((await find()).keys).toEqual([{ label: 'Software test key SOFT-1', deviceId: device.deviceId }]);
  });

  test('users are added once, found by the beginning of a name, and never by another tenant', async () => {
    const add = () =>
      createUser(
        desk.rig.ports,
        desk.room.actor,
        desk.within({ username: 'erin', displayName: ' Erin Example ', email: null }),
      );
    expect(await add()).toMatchObject({ username: 'erin', displayName: 'Erin Example', status: 'active' });
    expect((await refusal(add())).code).toBe('username-taken');
    const search = (query: string, tenantId = desk.room.tenantId) =>
      searchUsers(desk.rig.ports, desk.room.actor, { tenantId, query, page: { limit: 10, after: null } });
    expect((await search('ERI')).items.map((user) => user.username)).toEqual(['erin']);
    expect((await search('')).total).toBe(4);
    const elsewhere = await furnish(desk.rig);
    expect((await search('eri', elsewhere.tenantId)).items).toEqual([]);
  });

  test('the default provider is chosen among the active ones, or none', async () => {
    const choose = (identityProviderId: string | null) =>
      setDefaultIdentityProvider(desk.rig.ports, desk.room.actor, desk.within({ identityProviderId }));
    expect((await choose(null)).map((one) => one.isDefault)).toEqual([false]);
    await desk.rig.ports.store.transaction(desk.room.tenantId, (tables) =>
      tables.identityProviders.setStatus(desk.room.identityProviderId, 'inactive'),
    );
    expect((await refusal(choose(desk.room.identityProviderId))).code).toBe('identity-provider-inactive');
    expect((await refusal(choose('018f0000-0000-7000-8000-00000000dead'))).code).toBe(
      'identity-provider-not-found',
    );
    const listed = await listIdentityProviders(desk.rig.ports, desk.room.actor, desk.within({}));
    expect(listed).toMatchObject([{ name: 'Built-in directory', status: 'inactive', isDefault: false }]);
  });
});

describe('workstations', () => {
  const issue = () => issuePairingCode(desk.rig.ports, desk.room.actor, desk.within({}));
  const pair = (code: string, publicKey: Readonly<Record<string, unknown>>, name = 'Back office') =>
    pairWorkstation(desk.rig.ports, systemActor, desk.within({ code, name, publicKey }));

  test('are paired by a code that works once and for ten minutes, and are named by their key', async () => {
    const { code, expiresAt } = await issue();
    expect(code).toHaveLength(27);
    expect(expiresAt.getTime() - desk.rig.ports.clock.now().getTime()).toBeGreaterThan(590_000);
    const { workstationId, publicKey } = await testWorkstation();
    const pairing = await pair(code, { ...publicKey, use: 'sig' });
    expect(pairing).toMatchObject({
      workstationId,
      issuer: `http://localhost:8080/${desk.room.tenantId}`,
      origins: ['http://localhost:8080'],
      rpIds: ['localhost', `${desk.room.tenantId}.asset-tag.localhost`],
    });
    expect(pairing.orderKeys).toHaveLength(1);
    const stranger = await testWorkstation();
    expect((await refusal(pair(code, stranger.publicKey))).code).toBe('pairing-code-invalid');
    const late = await issue();
    desk.rig.advance(601_000);
    expect((await refusal(pair(late.code, stranger.publicKey))).code).toBe('pairing-code-invalid');
    expect((await refusal(pair('A'.repeat(27), stranger.publicKey))).code).toBe('pairing-code-invalid');
  });

  test('paired again with the same key are renamed, not doubled', async () => {
    const { publicKey, workstationId } = desk.room.workstation;
    await desk.look();
    await pair((await issue()).code, publicKey, 'Reception');
    const all = await listWorkstations(desk.rig.ports, desk.room.actor, desk.within({}));
    expect(all).toMatchObject([{ workstationId, name: 'Reception' }]);
    expect(all[0]?.lastSeenAt).not.toBeNull();
  });

  test('a code of one tenant pairs nothing in another', async () => {
    const { code } = await issue();
    const elsewhere = await furnish(desk.rig);
    const { publicKey } = await testWorkstation();
    const attempt = pairWorkstation(desk.rig.ports, systemActor, {
      tenantId: elsewhere.tenantId,
      code,
      name: 'Thief',
      publicKey,
    });
    expect((await refusal(attempt)).code).toBe('pairing-code-invalid');
    await pair(code, publicKey);
  });

  test('test a key for the tenant’s own RP ID and for no other', async () => {
    const order = (rp: string) =>
      issueAuthenticateOrder(
        desk.rig.ports,
        desk.room.actor,
        desk.within({
          workstationId: desk.room.workstation.workstationId,
          connectionId: desk.connectionId,
          options: { challenge: 'AAAA', rpId: rp, allowCredentials: [], userVerification: 'required' },
        }),
      );
    expect(actionOf((await order(rpId)).order)).toMatchObject({
      action: 'authenticate',
      device: desk.connectionId,
      origin: 'http://localhost:8080',
    });
    const foreign = ['bank.example', `${desk.room.tenantId}.asset-tag.localhost`, 'LOCALHOST', ''];
    for (const rp of foreign) expect((await refusal(order(rp))).code).toBe('rp-id-forbidden');
  });
});

describe('lists', () => {
  test('page by an opaque cursor, filter, and count what there is', async () => {
    for (const serial of ['A-1', 'A-2', 'A-3', 'B-1']) desk.plugIn(softKey({ serial }));
    await desk.look();
    const list = (query: string | undefined, after: string | null) =>
      listDevices(desk.rig.ports, desk.room.actor, desk.within({ query, page: { limit: 2, after } }));
    const first = await list(undefined, null);
    expect(first.items).toHaveLength(2);
    expect(first.total).toBe(5);
    const second = await list(undefined, first.next);
    const third = await list(undefined, second.next);
    expect(third.next).toBeNull();
    const ids = [...first.items, ...second.items, ...third.items].map(({ device }) => device.deviceId);
    expect(new Set(ids).size).toBe(5);
    expect((await list('a-', null)).total).toBe(3);
    const none = await listDevices(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ state: 'ENROLLED' as const, page: { limit: 2, after: null } }),
    );
    expect(none).toEqual({ items: [], next: null, total: 0 });
  });

  test('the audit log tells who, from where, in which request, and only to who may read it', async () => {
    await desk.enrolled();
    const read = (role: 'auditor' | 'operator') =>
      listEvents(
        desk.rig.ports,
        { ...desk.room.actor, role },
        desk.within({ page: { limit: 50, after: null } }),
      );
    const { items } = await read('auditor');
    expect(items[0]).toMatchObject({
      actor: { kind: 'operator', name: 'Olivia Operator' },
      requestId: 'request-1',
      clientIp: '127.0.0.1',
      outcome: 'success',
    });
    expect((await refusal(read('operator'))).code).toBe('role-forbids');
  });
});
