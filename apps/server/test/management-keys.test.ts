import { generateKeyPairSync } from 'node:crypto';
import {
  createPolicy,
  deliverOutbox,
  issueSessionOrder,
  orderReset,
  recogniseDevices,
  recordReset,
  revokeDevice,
  type Tables,
} from '@keywarden/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Desk, refusal, refused, unreachable } from './lifecycle/desk.ts';
import { rpId, standardRules } from './lifecycle/rig.ts';
import { softKey, type TestKey } from './lifecycle/soft-key.ts';
import { virtualKey } from './lifecycle/virtual-key.ts';
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

  test('of two keys that show one tag the one that can sign with it is the device, whatever their order', async () => {
    const done = await desk.enrolled();
    // Read off the key by whoever had it in the hand for a moment: the id is no secret, the key behind it is.
    const tag = desk.key.credentials.find((one) => one.rpId !== rpId);
    const imposter = softKey({ serial: 'SOFT-9' });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    if (tag === undefined) throw new Error('no tag on the key');
    imposter.credentials.push({ ...tag, privateKey });
    desk.room.workstation.pullOut(desk.connectionId);
    const forged = desk.plugIn(imposter);
    const real = desk.plugIn(desk.key);
    const both = await desk.look();
    expect(both.find((one) => one.connectionId === real)).toMatchObject({
      proven: true,
      details: { device: { deviceId: done.details.device.deviceId, state: 'ENROLLED' } },
    });
    expect(both.find((one) => one.connectionId === forged)?.details?.device.deviceId).not.toBe(
      done.details.device.deviceId,
    );
  });

  test('a key that was reset elsewhere comes back by a reset here, once nobody signs in with it', async () => {
    const { ports } = desk.rig;
    const done = await desk.enrolled();
    const { deviceId } = done.details.device;
    desk.room.workstation.pullOut(desk.connectionId);
    await desk.key.reset();
    const connectionId = desk.plugIn(desk.key);
    expect(await desk.seen(connectionId)).toMatchObject({ proven: false, details: { device: { deviceId } } });
    const where = desk.within({
      deviceId,
      connectionId,
      workstationId: desk.room.workstation.workstationId,
    });
    const reset = () => orderReset(ports, desk.room.actor, where);
    expect(await refusal(reset())).toMatchObject({
      code: 'device-unrecognised',
      message: expect.stringContaining('revoke it, then reset it here'),
    });
    expect((await desk.device(deviceId)).state).toBe('ENROLLED');
    await revokeDevice(ports, desk.room.actor, desk.within({ deviceId, reason: 'reset elsewhere' }));
    expect((await refusal(desk.start({ connectionId, policyId: null }))).message).toContain('reset it here');
    const receipt = await desk.room.workstation.run((await reset()).order);
    await recordReset(ports, desk.room.actor, desk.within({ deviceId, receipt }));
    expect((await desk.device(deviceId)).state).toBe('NOT_CONFIGURED');
    expect((await desk.toTheEnd(await desk.start({ connectionId }))).enrollment.state).toBe('COMPLETE');
  });

  test('a key that proved itself needs no other proof until it is pulled out', async () => {
    // With alwaysUv some keys give no silent assertion before a PIN.
    const done = await desk.enrolled();
    const { deviceId } = done.details.device;
    const { identify } = desk.key;
    Object.assign(desk.key, { identify: async () => null });
    expect(await desk.seen()).toMatchObject({ proven: true, details: { device: { deviceId } } });
    desk.room.workstation.pullOut(desk.connectionId);
    const again = desk.plugIn(desk.key);
    expect(await desk.seen(again)).toMatchObject({ proven: false, details: { device: { deviceId } } });
    Object.assign(desk.key, { identify });
    expect(await desk.seen(again)).toMatchObject({ proven: true });
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

  test('ends what it opened, and nothing that another proof or another person opened', async () => {
    const done = await desk.enrolled();
    const { alice, bob } = desk.room.users;
    const within = <T>(work: (tables: Tables) => Promise<T>) =>
      desk.rig.ports.store.transaction(desk.room.tenantId, work);
    const expiresAt = new Date(Date.now() + 60_000);
    const record = (grantId: string, accountId: string) => ({
      ...{ model: 'RefreshToken', id: `of ${grantId}`, payload: {}, uid: null, clientId: null },
      ...{ grantId, accountId, expiresAt },
    });
    const { deviceId, credentialId } = done.details.device;
    await within(async ({ openIdRecords }) => {
      await openIdRecords.upsert(record('by the key', alice));
      await openIdRecords.upsert(record('by her password', alice));
      await openIdRecords.upsert(record('by his password', bob));
      const credentialIds = [credentialId ?? ''];
      expect(await openIdRecords.bindGrant({ grantId: 'by the key', credentialIds, expiresAt })).toBe(true);
    });
    await revokeDevice(desk.rig.ports, desk.room.actor, desk.within({ deviceId, reason: 'stolen' }));
    const found = (grantId: string) =>
      within(({ openIdRecords }) => openIdRecords.find('RefreshToken', `of ${grantId}`));
    expect([
      await found('by the key'),
      await found('by her password'),
      await found('by his password'),
    ]).toEqual([null, {}, {}]);
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

describe('a virtual key, over CTAPHID and real CTAP2 messages', () => {
  test('proves its tag without PIN or touch, also with alwaysUv on and while a new PIN is demanded', async () => {
    const forced = await createPolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ name: 'Forced', rules: { ...standardRules, forcePINChange: true } }),
    );
    const key = await virtualKey();
    desk.connectionId = desk.plugIn(key);
    const done = await desk.enrolled({ policyId: forced.policyId });
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(await key.facts()).toMatchObject({ forcePINChange: true, options: { alwaysUv: true } });
    desk.room.workstation.pullOut(desk.connectionId);
    const found = await desk.seen(desk.plugIn(key));
    expect(found).toMatchObject({ proven: true, details: { device: { state: 'ENROLLED' } } });
    expect(found.details?.device.deviceId).toBe(done.details.device.deviceId);
  });

  test('gives back what the provider refused: the passkey is off, the asset tag and the policy stay', async () => {
    const key = await virtualKey();
    desk.connectionId = desk.plugIn(key);
    desk.rig.outage.complete = refused;
    const done = await desk.enrolled();
    expect(done.enrollment).toMatchObject({ state: 'COMPENSATED', failureCode: 'identity-provider-refused' });
    expect(await key.held(rpId)).toEqual([]);
    expect(await key.held(`${desk.room.tenantId}.asset-tag.localhost`)).toHaveLength(1);
    expect((await desk.seen()).proven).toBe(true);
    expect(done.details.device.state).toBe('CONFIGURED');
  });

  test('refuses to hold a second credential of the same person, and nothing is left of the attempt', async () => {
    const key = await virtualKey();
    desk.connectionId = desk.plugIn(key);
    const first = await desk.enrolled();
    const { deviceId } = first.details.device;
    await desk.rig.ports.store.transaction(desk.room.tenantId, async (tables) => {
      const device = await tables.devices.lock(deviceId);
      // As if the record were lost: the key still holds her credential, and the provider still knows it.
      if (device !== null)
        await tables.devices.update({ ...device, state: 'REVOKED', owner: null, remoteId: null });
    });
    await desk.look();
    const ordered = await desk.start({ policyId: null });
    await expect(desk.go(ordered)).rejects.toMatchObject({ code: 'credential-excluded' });
    const failed = await desk.cancel(ordered, 'CREDENTIAL_EXCLUDED');
    expect(failed).toMatchObject({ next: null, enrollment: { state: 'FAILED' } });
    expect(await key.held(rpId)).toEqual([first.details.device.credentialId]);
  });

  test('is reset, and starts over as a new key with the same record', async () => {
    const key = await virtualKey();
    desk.connectionId = desk.plugIn(key);
    const { device } = (await desk.enrolled()).details;
    const { order } = await orderReset(
      desk.rig.ports,
      desk.room.actor,
      desk.within({
        deviceId: device.deviceId,
        workstationId: desk.room.workstation.workstationId,
        connectionId: desk.connectionId,
      }),
    );
    const receipt = await desk.room.workstation.run(order);
    await recordReset(desk.rig.ports, desk.room.actor, desk.within({ deviceId: device.deviceId, receipt }));
    expect((await key.facts()).clientPinSet).toBe(false);
    const again = await desk.enrolled();
    expect(again.enrollment.state).toBe('COMPLETE');
    expect(again.details.device.deviceId).toBe(device.deviceId);
  });
});
