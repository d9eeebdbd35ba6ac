import {
  cancelEnrollment,
  completeEnrollment,
  continueEnrollment,
  createPolicy,
  type EnrollmentStep,
  issueSessionOrder,
  linkPolicy,
  type PolicyRules,
  recogniseDevices,
  recordCleaned,
  recordConfigured,
  revokeDevice,
} from '@keywarden/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Desk, orderIn, refusal, unreachable } from './lifecycle/desk.ts';
import { furnish, rpId, standardRules } from './lifecycle/rig.ts';
import { softAaguid, softKey } from './lifecycle/soft-key.ts';
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

describe('the road of an enrollment', () => {
  test('Not Configured → configured, enrolled, and a credential that the directory knows', async () => {
    const { details, proven } = await desk.seen();
    expect(details?.device.state).toBe('NOT_CONFIGURED');
    expect(proven).toBe(false);

    const configuring = await desk.start();
    expect(configuring.enrollment.state).toBe('CONFIGURING');
    expect(actionOf(orderIn(configuring))).toMatchObject({
      action: 'configure',
      device: desk.connectionId,
      pin: { mode: 'typed', minimumLength: 6 },
      minPINLength: 6,
      alwaysUv: true,
      assetTag: { rpId: `${desk.room.tenantId}.asset-tag.localhost` },
    });

    const ordered = await desk.go(configuring);
    expect(ordered.enrollment.state).toBe('OPTIONS_ISSUED');
    expect(ordered.details.device.state).toBe('CONFIGURED');
    expect(actionOf(orderIn(ordered))).toMatchObject({
      action: 'enroll',
      origin: 'http://localhost:8080',
      forcePINChange: false,
      options: {
        rp: { id: rpId },
        user: { name: 'alice', displayName: 'Alice Liddell' },
        attestation: 'direct',
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      },
    });

    const complete = await desk.go(ordered);
    expect(complete.next).toBeNull();
    expect(complete.enrollment.state).toBe('COMPLETE');
    const { device: owned, policy } = complete.details;
    expect(owned).toMatchObject({ state: 'ENROLLED', owner: { username: 'alice' }, serial: 'SOFT-1' });
    expect(policy?.name).toBe('Standard employee');
    expect(await desk.key.held(rpId)).toEqual([owned.credentialId]);
    const [credential] = await desk.credentials('alice');
    expect(credential).toMatchObject({
      credentialId: owned.credentialId,
      status: 'ACTIVE',
      deviceId: owned.deviceId,
      rpId,
      aaguid: softAaguid,
      attestationFormat: 'packed',
      attestationTrusted: false,
      userVerified: true,
      transports: ['usb'],
    });
    expect(credential?.userHandle).toHaveLength(43);
    expect(await desk.eventTypes(owned.deviceId)).toEqual([
      'device.discovered',
      'device.configured',
      'device.enrolled',
    ]);
    expect(await desk.eventTypes(complete.enrollment.enrollmentId)).toEqual([
      'enrollment.started',
      'enrollment.completed',
    ]);
  });

  test('Ready → the linked policy rules, whatever the page asks for', async () => {
    const { details } = await desk.seen();
    const deviceId = details?.device.deviceId ?? '';
    const contractors = await createPolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ name: 'Contractors', rules: { ...standardRules, pinMinimumLength: 8, minPINLength: 8 } }),
    );
    await linkPolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ deviceId, policyId: contractors.policyId }),
    );
    const step = await desk.start({ policyId: desk.room.policyId, deviceId });
    expect(actionOf(orderIn(step))).toMatchObject({ minPINLength: 8, pin: { minimumLength: 8 } });
    const done = await desk.toTheEnd(step);
    expect(done.details.policy?.name).toBe('Contractors');
  });

  test('Configured and Revoked → enrolled without being configured again', async () => {
    desk.rig.outage.begin = unreachable;
    await desk.look();
    const half = await desk.start();
    await refusal(desk.go(half));
    delete desk.rig.outage.begin;
    const { details, openEnrollmentId } = await desk.seen();
    expect(details?.device.state).toBe('CONFIGURED');
    await cancelEnrollment(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ enrollmentId: openEnrollmentId ?? '', code: 'operator-cancelled', message: '' }),
    );

    const first = await desk.start({ policyId: null });
    expect(actionOf(orderIn(first)).action).toBe('enroll');
    const { device: owned } = (await desk.toTheEnd(first)).details;
    await revokeDevice(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ deviceId: owned.deviceId, reason: 'lost' }),
    );
    expect((await desk.seen()).details?.device).toMatchObject({ state: 'REVOKED', owner: null });

    const second = await desk.start({ policyId: null, username: 'bob' });
    expect(actionOf(orderIn(second)).action).toBe('enroll');
    const done = await desk.toTheEnd(second);
    expect(done.details.device).toMatchObject({ state: 'ENROLLED', owner: { username: 'bob' } });
    expect((await desk.credentials('alice')).map((one) => one.status)).toEqual(['REVOKED']);
    expect((await desk.credentials('bob')).map((one) => one.status)).toEqual(['ACTIVE']);
  });

  test('Enrolled → refused, and says whose it is; also for its own owner', async () => {
    await desk.enrolled();
    for (const username of ['alice', 'bob']) {
      const error = await refusal(desk.start({ username, policyId: null }));
      expect(error.code).toBe('device-owned-by-another');
      expect(error.message).toContain('Alice Liddell');
    }
  });

  test('a second key of the same person names the first in excludeCredentials and shares her user handle', async () => {
    const first = await desk.enrolled();
    const other = softKey({ serial: 'SOFT-2' });
    desk.connectionId = desk.plugIn(other);
    await desk.look();
    const step = await desk.go(await desk.start());
    const action = actionOf(orderIn(step));
    expect(action).toMatchObject({
      options: {
        user: { id: first.enrollment.options?.user.id },
        excludeCredentials: [{ id: first.details.device.credentialId }],
      },
    });
    await desk.toTheEnd(step);
    expect(await desk.credentials('alice')).toHaveLength(2);
  });

  test('forcePINChange is written last and read back', async () => {
    const forced = await createPolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ name: 'Forced', rules: { ...standardRules, forcePINChange: true } }),
    );
    await desk.look();
    const ordered = await desk.go(await desk.start({ policyId: forced.policyId }));
    expect((await desk.key.facts()).forcePINChange).toBe(false);
    expect(actionOf(orderIn(ordered))).toMatchObject({ action: 'enroll', forcePINChange: true });
    const done = await desk.go(ordered);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect((await desk.key.facts()).forcePINChange).toBe(true);
  });

  test('every order is for this workstation and this connection, lives 120 s, and has its own id', async () => {
    await desk.look();
    const first = orderIn(await desk.start());
    const second = orderIn(await desk.start());
    const claims = [first, second].map((order) =>
      JSON.parse(Buffer.from(order.split('.')[1] ?? '', 'base64url').toString()),
    );
    for (const claim of claims) {
      expect(claim).toMatchObject({
        iss: `http://localhost:8080/${desk.room.tenantId}`,
        aud: desk.room.workstation.workstationId,
        order: { device: desk.connectionId },
      });
      expect(claim.exp - claim.iat).toBe(120);
    }
    expect(claims[0].jti).not.toBe(claims[1].jti);
  });
});

describe('the person of the link', () => {
  test.each([
    ['nobody', 'user-not-found'],
    ['alic', 'user-not-found'],
    ['%61lice', 'user-not-found'],
    ['alice%', 'user-not-found'],
    ['dora', 'user-disabled'],
    ['ali\u0000ce', 'username-malformed'],
    ['a'.repeat(257), 'username-malformed'],
    ['', 'username-malformed'],
  ])('%j → %s', async (username, code) => {
    await desk.look();
    expect((await refusal(desk.start({ username }))).code).toBe(code);
    expect((await desk.seen()).openEnrollmentId).toBeNull();
  });

  test('a username is one person’s in whatever case it is written', async () => {
    await desk.look();
    expect((await desk.start({ username: 'ALICE' })).enrollment.user.username).toBe('alice');
  });

  test('composed and decomposed spellings are one person', async () => {
    await desk.rig.ports.store.transaction(desk.room.tenantId, (tables) =>
      tables.users.insert({
        userId: '018f0000-0000-7000-8000-000000000001',
        username: 'zo\u00eb',
        displayName: 'Zoë',
        email: null,
        status: 'active',
        createdAt: new Date(),
      }),
    );
    await desk.look();
    expect((await desk.start({ username: 'zoe\u0308' })).enrollment.user.displayName).toBe('Zoë');
  });

  test('no default provider, an inactive one, one that is gone: each says so', async () => {
    const set = (work: Parameters<typeof desk.rig.ports.store.transaction<void>>[1]) =>
      desk.rig.ports.store.transaction(desk.room.tenantId, work);
    await desk.look();
    await set((tables) => tables.identityProviders.setStatus(desk.room.identityProviderId, 'inactive'));
    expect((await refusal(desk.start())).code).toBe('identity-provider-inactive');
    await set((tables) => tables.tenants.setDefaultIdentityProvider(null));
    expect((await refusal(desk.start())).code).toBe('no-default-identity-provider');
  });
});

describe('a policy that the key can not obey', () => {
  async function policy(rules: Partial<PolicyRules>): Promise<string> {
    const made = await createPolicy(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ name: `Policy ${Math.random()}`, rules: { ...standardRules, ...rules } }),
    );
    return made.policyId;
  }

  test('is refused before the key is touched, naming the field, and leaves no enrollment', async () => {
    const plain = softKey({ serial: 'PLAIN', facts: { options: { setMinPINLength: false } } });
    desk.connectionId = desk.plugIn(plain);
    await desk.look();
    const error = await refusal(desk.start());
    expect(error.code).toBe('policy-unmet-by-device');
    expect(error.particulars).toMatchObject({ field: 'minPINLength' });
    expect((await plain.facts()).clientPinSet).toBe(false);
    expect((await desk.seen()).openEnrollmentId).toBeNull();
  });

  test('a model that is not on the list is refused likewise', async () => {
    await desk.look();
    const error = await refusal(
      desk.start({ policyId: await policy({ allowedAaguids: ['00112233-4455-6677-8899-aabbccddeeff'] }) }),
    );
    expect(error.particulars).toMatchObject({ field: 'allowedAaguids' });
  });

  test('without a policy, with one that is gone: refused', async () => {
    await desk.look();
    expect((await refusal(desk.start({ policyId: null }))).code).toBe('policy-required');
    expect((await refusal(desk.start({ policyId: '018f0000-0000-7000-8000-00000000dead' }))).code).toBe(
      'policy-not-found',
    );
  });

  test.each([
    ['pin', 'pinMode'],
    ['minPINLength', 'minPINLength'],
    ['alwaysUv', 'alwaysUv'],
    ['assetTag', 'assetTag'],
  ] as const)(
    'a key that does not keep its %s ends the enrollment, names %s and stays not configured',
    async (fault, field) => {
      desk.key.faults.forgets = fault;
      await desk.look();
      const failed = await desk.go(await desk.start());
      expect(failed.next).toBeNull();
      expect(failed.enrollment).toMatchObject({ state: 'FAILED', failureCode: 'policy-not-written' });
      expect(failed.details.device).toMatchObject({
        state: 'NOT_CONFIGURED',
        policyId: null,
        assetTag: null,
      });
      const told = await desk.events(failed.enrollment.enrollmentId);
      expect(told.at(-1)?.description).toContain(`policy-not-written (${field})`);
      expect(failed.enrollment.failureMessage).toContain('The key');
    },
  );

  test('a key that does not keep forcePINChange is rolled back', async () => {
    desk.key.faults.forgets = 'forcePINChange';
    await desk.look();
    const step = await desk.go(
      await desk.go(await desk.start({ policyId: await policy({ forcePINChange: true }) })),
    );
    expect(step.enrollment).toMatchObject({ state: 'COMPENSATING', failureCode: 'policy-not-written' });
    expect(desk.rig.calls.complete).toBe(0);
    const cleaned = await desk.go(step);
    expect(cleaned.enrollment.state).toBe('COMPENSATED');
    expect(await desk.key.held(rpId)).toEqual([]);
  });

  test('choosing another policy before the first was written starts over with that one', async () => {
    await desk.look();
    const first = await desk.start();
    const second = await desk.start({ policyId: await policy({ pinMinimumLength: 10 }) });
    expect(second.enrollment.enrollmentId).not.toBe(first.enrollment.enrollmentId);
    expect(actionOf(orderIn(second))).toMatchObject({ pin: { minimumLength: 10 } });
    const late = await desk.go(first);
    expect(late.enrollment.state).toBe('FAILED');
    expect((await desk.toTheEnd(second)).enrollment.state).toBe('COMPLETE');
  });
});

describe('the server verifies the whole registration before the provider hears of it', () => {
  test.each([
    ['challenge', 'challenge-mismatch'],
    ['origin', 'origin-not-allowed'],
    ['rp-id', 'rp-id-mismatch'],
    ['no-uv', 'user-not-verified'],
    ['signature', 'attestation-signature-invalid'],
    ['algorithm', 'algorithm-not-'],
    ['aaguid', 'Another model'],
    ['no-attestation', 'attestation'],
  ] as const)('%s → %s', async (fault, reason) => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.key.faults.registration = fault;
    const step = await desk.go(ordered);
    expect(step.enrollment).toMatchObject({ state: 'COMPENSATING', failureCode: 'credential-rejected' });
    expect(desk.rig.calls.complete).toBe(0);
    expect(await desk.credentials('alice')).toEqual([]);
    expect(actionOf(orderIn(step))).toMatchObject({ action: 'remove-credential', rpId });
    const cleaned = await desk.go(step);
    expect(cleaned.enrollment.state).toBe('COMPENSATED');
    expect(cleaned.details.device.state).toBe('CONFIGURED');
    expect(await desk.key.held(rpId)).toEqual([]);
    expect(JSON.stringify(await desk.events(step.enrollment.enrollmentId))).toContain(reason);
  });

  test('a credential that the person already has is refused', async () => {
    await desk.enrolled();
    const copy = softKey({ serial: 'SOFT-2' });
    desk.connectionId = desk.plugIn(copy);
    await desk.look();
    const ordered = await desk.go(await desk.start());
    const [known] = await desk.credentials('alice');
    const forged = await copy.enroll(Object.assign(actionOf(orderIn(ordered)) as never));
    const receipt = await desk.room.workstation.forge(orderIn(ordered), {
      action: 'enroll',
      credential: { ...forged, id: known?.credentialId ?? '', rawId: known?.credentialId ?? '' },
      facts: await copy.facts(),
    });
    const step = await desk.answer(ordered, receipt);
    expect(step.enrollment).toMatchObject({ state: 'COMPENSATING', failureCode: 'credential-rejected' });
    // Only what this enrollment may have left is taken off: what she owns is kept.
    expect(await desk.credentials('alice')).toHaveLength(1);
  });
});

describe('receipts and orders', () => {
  test('a receipt sent again gets the same answer and does nothing again', async () => {
    await desk.look();
    const configuring = await desk.start();
    const configured = await desk.room.workstation.run(orderIn(configuring));
    const ordered = await desk.answer(configuring, configured);
    const again = await desk.answer(configuring, configured);
    expect(again.enrollment.state).toBe('OPTIONS_ISSUED');
    // The challenge of the lost answer died; its order is overtaken.
    const late = await desk.go(ordered);
    expect(late.enrollment.state).toBe('OPTIONS_ISSUED');
    const enroll = await desk.room.workstation.run(orderIn(late));
    const complete = await desk.answer(late, enroll);
    expect(complete.enrollment.state).toBe('COMPLETE');
    const repeated = await desk.answer(late, enroll);
    expect(repeated.enrollment.state).toBe('COMPLETE');
    expect(repeated.details.device.credentialId).toBe(complete.details.device.credentialId);
    expect(desk.rig.calls.complete).toBe(1);
    expect(await desk.key.held(rpId)).toEqual([complete.details.device.credentialId]);
  });

  test('an overtaken order is never acted upon: the key’s newest credential is the one that is registered', async () => {
    await desk.look();
    const first = await desk.go(await desk.start());
    const early = await desk.room.workstation.run(orderIn(first));
    const { enrollmentId } = first.enrollment;
    const second = await continueEnrollment(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ enrollmentId, connection: null }),
    );
    const newest = await desk.room.workstation.run(orderIn(second));
    const told = await desk.answer(first, early);
    expect(told.enrollment.state).toBe('OPTIONS_ISSUED');
    const stale = await desk.answer(second, newest);
    expect(stale.enrollment.state).toBe('OPTIONS_ISSUED');
    const done = await desk.toTheEnd(stale);
    expect(await desk.key.held(rpId)).toEqual([done.details.device.credentialId]);
  });

  test('a receipt for another enrollment, another step, another workstation, or of no order is refused', async () => {
    await desk.look();
    const mine = await desk.start();
    const receipt = await desk.room.workstation.run(orderIn(mine));
    const other = softKey({ serial: 'SOFT-2' });
    const elsewhere = desk.plugIn(other);
    await desk.look();
    const theirs = await desk.start({ connectionId: elsewhere, username: 'bob' });
    const to = (step: EnrollmentStep, command: typeof recordConfigured, text: string) =>
      refusal(
        command(
          desk.rig.ports,
          desk.room.actor,
          desk.within({ enrollmentId: step.enrollment.enrollmentId, receipt: text }),
        ),
      );
    expect((await to(theirs, recordConfigured, receipt)).code).toBe('receipt-rejected');
    expect((await to(mine, completeEnrollment, receipt)).code).toBe('receipt-rejected');
    expect((await to(mine, recordCleaned, receipt)).code).toBe('receipt-rejected');

    const stranger = await furnish(desk.rig);
    const forged = await stranger.workstation.forge(orderIn(mine), {
      action: 'configure',
      facts: await desk.key.facts(),
      assetTag: null,
    });
    expect((await to(mine, recordConfigured, forged)).code).toBe('receipt-rejected');

    const [header, , signature] = receipt.split('.');
    const payload = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...payload, jti: crypto.randomUUID() })).toString(
      'base64url',
    );
    expect((await to(mine, recordConfigured, `${header}.${changed}.${signature}`)).code).toBe(
      'receipt-rejected',
    );

    expect((await desk.go(mine)).enrollment.state).toBe('OPTIONS_ISSUED');
  });

  test('a session receipt is taken once', async () => {
    const { order } = await issueSessionOrder(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ workstationId: desk.room.workstation.workstationId }),
    );
    const receipt = await desk.room.workstation.run(order);
    await recogniseDevices(desk.rig.ports, desk.room.actor, desk.within({ receipt }));
    expect(
      (await refusal(recogniseDevices(desk.rig.ports, desk.room.actor, desk.within({ receipt })))).code,
    ).toBe('receipt-rejected');
  });

  test('no order for a workstation that is not paired', async () => {
    const error = await refusal(
      issueSessionOrder(desk.rig.ports, desk.room.actor, desk.within({ workstationId: 'nobody' })),
    );
    expect(error.code).toBe('workstation-not-found');
  });
});
