import { deliverOutbox, issueSessionOrder, recogniseDevices, revokeDevice } from '@keywarden/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Desk, refusal, unreachable } from './lifecycle/desk.ts';
import { softKey, type TestKey } from './lifecycle/soft-key.ts';
import { actionOf } from './lifecycle/workstation.ts';
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

describe('which key is this (lifecycle manager §7)', () => {
  test('the tag proves it; a new connection needs no serial', async () => {
    const done = await desk.enrolled();
    desk.room.workstation.pullOut(desk.connectionId);
    const found = await desk.seen(desk.plugIn(desk.key));
    expect(found).toMatchObject({ proven: true });
    expect(found.details?.device.deviceId).toBe(done.details.device.deviceId);
  });

  test('a copied serial number proves nothing: shown, not proven, not assignable', async () => {
    const done = await desk.enrolled();
    await revokeDevice(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ deviceId: done.details.device.deviceId, reason: 'lost' }),
    );
    desk.room.workstation.pullOut(desk.connectionId);
    const imposter = desk.plugIn(softKey({ serial: 'SOFT-1' }));
    const found = await desk.seen(imposter);
    expect(found).toMatchObject({
      proven: false,
      details: { device: { deviceId: done.details.device.deviceId } },
    });
    const error = await refusal(desk.start({ connectionId: imposter, policyId: null }));
    expect(error.code).toBe('device-unrecognised');
  });

  test('of two keys with one serial the one with the tag is the device', async () => {
    const done = await desk.enrolled();
    const imposter = desk.plugIn(softKey({ serial: 'SOFT-1' }));
    const both = await desk.look();
    expect(both.find((one) => one.connectionId === desk.connectionId)).toMatchObject({
      proven: true,
      details: { device: { deviceId: done.details.device.deviceId } },
    });
    expect(both.find((one) => one.connectionId === imposter)).toMatchObject({ proven: false, details: null });
  });

  test('a clone whose counter does not grow is not proven, and the log says so', async () => {
    const done = await desk.enrolled();
    const clone = softKey({ serial: 'SOFT-1' });
    clone.cloneFrom(desk.key);
    await desk.seen();
    await desk.seen();
    desk.room.workstation.pullOut(desk.connectionId);
    const found = await desk.seen(desk.plugIn(clone));
    expect(found).toMatchObject({
      proven: false,
      details: { device: { deviceId: done.details.device.deviceId } },
    });
    expect(await desk.eventTypes(done.details.device.deviceId)).toContain('device.tag-rejected');
  });

  test('a tag’s signature over another order’s challenge proves nothing', async () => {
    await desk.enrolled();
    const { order: first } = await issueSessionOrder(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ workstationId: desk.room.workstation.workstationId }),
    );
    const { order: second } = await issueSessionOrder(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ workstationId: desk.room.workstation.workstationId }),
    );
    const action = actionOf(first);
    const identify = action.action === 'session' ? action.identify : null;
    const receipt = await desk.room.workstation.forge(second, {
      action: 'session',
      devices: [
        {
          connectionId: desk.connectionId,
          transport: 'virtual',
          model: desk.key.model,
          serial: null,
          virtual: true,
          facts: await desk.key.facts(),
          tag: identify === null ? null : await desk.key.identify(identify),
        },
      ],
    });
    const [found] = await recogniseDevices(desk.rig.ports, desk.room.actor, desk.within({ receipt }));
    expect(found).toMatchObject({ proven: false });
  });

  test('the same serial of another model is another key', async () => {
    await desk.enrolled();
    const other: TestKey = softKey({
      serial: 'SOFT-1',
      facts: { aaguid: '00112233-4455-6677-8899-aabbccddeeff' },
    });
    const where = desk.plugIn(other);
    expect((await desk.seen(where)).details).toBeNull();
  });

  test('a page that names another device than the one at the connection is refused', async () => {
    const done = await desk.enrolled();
    const where = desk.plugIn(softKey({ serial: 'SOFT-2' }));
    await desk.look();
    const error = await refusal(desk.start({ connectionId: where, deviceId: done.details.device.deviceId }));
    expect(error.code).toBe('device-unrecognised');
  });

  test('a key that nobody looked at can not be assigned', async () => {
    expect((await refusal(desk.start())).code).toBe('device-unrecognised');
  });
});

describe('revoking', () => {
  test('the provider is asked first; only then is the device Revoked; the key may be absent', async () => {
    const done = await desk.enrolled();
    const { deviceId } = done.details.device;
    desk.room.workstation.pullOut(desk.connectionId);
    desk.rig.outage.removal = unreachable;
    const error = await refusal(
      revokeDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'lost' })),
    );
    expect(error.code).toBe('identity-provider-unreachable');
    expect(error.message).toContain('goes on trying');
    expect((await desk.device(deviceId)).state).toBe('ENROLLED');
    expect((await desk.credentials('alice'))[0]?.status).toBe('ACTIVE');

    // The job carries the intent out.
    expect(await deliverOutbox(desk.rig.ports, { tenantId: desk.room.tenantId, limit: 10 })).toEqual({
      delivered: 0,
      failures: [],
    });
    desk.rig.advance(31_000);
    expect(
      (await deliverOutbox(desk.rig.ports, { tenantId: desk.room.tenantId, limit: 10 })).failures,
    ).toHaveLength(1);
    delete desk.rig.outage.removal;
    expect((await deliverOutbox(desk.rig.ports, { tenantId: desk.room.tenantId, limit: 10 })).delivered).toBe(
      0,
    );
    desk.rig.advance(60_000);
    expect((await deliverOutbox(desk.rig.ports, { tenantId: desk.room.tenantId, limit: 10 })).delivered).toBe(
      1,
    );
    expect(await desk.device(deviceId)).toMatchObject({ state: 'REVOKED', owner: null, credentialId: null });
    expect((await desk.credentials('alice'))[0]?.status).toBe('REVOKED');
    expect(await desk.eventTypes(deviceId)).toEqual([
      'device.discovered',
      'device.configured',
      'device.enrolled',
      'device.revocation-requested',
      'device.revoked',
    ]);
  });

  test('again and twice at once is one revocation; the outbox is left empty', async () => {
    const done = await desk.enrolled();
    const { deviceId } = done.details.device;
    const revoke = () =>
      revokeDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'lost' }));
    const both = await Promise.all([revoke(), revoke()]);
    expect(both.map((one) => one.device.state)).toEqual(['REVOKED', 'REVOKED']);
    expect((await revoke()).device.state).toBe('REVOKED');
    expect((await desk.eventTypes(deviceId)).filter((type) => type === 'device.revoked')).toHaveLength(1);
    desk.rig.advance(3_600_000);
    expect(await deliverOutbox(desk.rig.ports, { tenantId: desk.room.tenantId, limit: 10 })).toEqual({
      delivered: 0,
      failures: [],
    });
  });

  test('a late intent does not revoke what was enrolled again since', async () => {
    const done = await desk.enrolled();
    const { deviceId } = done.details.device;
    desk.rig.outage.removal = unreachable;
    await refusal(revokeDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'first' })));
    delete desk.rig.outage.removal;
    await revokeDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'second' }));
    await desk.seen();
    await desk.toTheEnd(await desk.start({ policyId: null, username: 'bob' }));
    desk.rig.advance(3_600_000);
    await deliverOutbox(desk.rig.ports, { tenantId: desk.room.tenantId, limit: 10 });
    expect(await desk.device(deviceId)).toMatchObject({ state: 'ENROLLED', owner: { username: 'bob' } });
    expect((await desk.credentials('bob'))[0]?.status).toBe('ACTIVE');
  });

  test.each(['NOT_CONFIGURED', 'CONFIGURED'])('a key that is %s has nothing to revoke', async (wanted) => {
    await desk.look();
    const step = await desk.start();
    if (wanted === 'CONFIGURED') await desk.go(step);
    const { deviceId } = step.details.device;
    const error = await refusal(
      revokeDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'lost' })),
    );
    expect(error.code).toBe('device-state-forbids');
  });
});
