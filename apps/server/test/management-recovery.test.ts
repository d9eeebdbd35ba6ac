import {
  cancelEnrollment,
  continueEnrollment,
  DomainError,
  type EnrollmentStep,
  expireEnrollments,
  forgetConnections,
} from '@keywarden/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Desk, orderIn, refusal, refused, unreachable } from './lifecycle/desk.ts';
import { type Rig, rpId } from './lifecycle/rig.ts';
import { softKey } from './lifecycle/soft-key.ts';
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

describe('two at once', () => {
  test('the same completion twice gives one credential, one call, and both callers the same answer', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    const receipt = await desk.room.workstation.run(orderIn(ordered));
    let release = () => {};
    desk.rig.outage.hold = new Promise((resolve) => {
      release = () => resolve();
    });
    const other = desk.another();
    const both = Promise.all([desk.answer(ordered, receipt), desk.answer(ordered, receipt, other)]);
    setTimeout(release, 300);
    const [one, two] = await both;
    expect(one.enrollment.state).toBe('COMPLETE');
    expect(two.enrollment.state).toBe('COMPLETE');
    expect(two.details.device.credentialId).toBe(one.details.device.credentialId);
    expect(desk.rig.calls.complete + other.calls.complete).toBe(1);
    expect(await desk.credentials('alice')).toHaveLength(1);
    expect(
      (await desk.eventTypes(one.details.device.deviceId)).filter((type) => type === 'device.enrolled'),
    ).toHaveLength(1);
  });

  test('ten starts with one Idempotency-Key are one enrollment', async () => {
    await desk.look();
    const steps = await Promise.all(
      Array.from({ length: 10 }, () => desk.start({ idempotencyKey: 'press-1' })),
    );
    expect(new Set(steps.map((step) => step.enrollment.enrollmentId)).size).toBe(1);
  });

  test('ten starts without one, for a key without a record, are one enrollment of one device', async () => {
    const nameless = softKey({ serial: null });
    const where = desk.plugIn(nameless);
    await desk.look();
    const steps = await Promise.all(Array.from({ length: 10 }, () => desk.start({ connectionId: where })));
    expect(new Set(steps.map((step) => step.enrollment.enrollmentId)).size).toBe(1);
    expect(new Set(steps.map((step) => step.details.device.deviceId)).size).toBe(1);
  });

  test('the same key for two people: one of them is told of the other', async () => {
    await desk.look();
    const results = await Promise.allSettled([desk.start(), desk.start({ username: 'bob' })]);
    const outcomes = results.map((result) => result.status).sort();
    expect(outcomes).toEqual(['fulfilled', 'rejected']);
    const lost = results.find((result) => result.status === 'rejected');
    // Whoever comes after the other one committed is told of her; at the same moment, that somebody is at it.
    expect(['device-busy', 'enrollment-in-progress']).toContain(lost?.reason.code);
  });

  test('an Idempotency-Key of another request is refused, of another operator it means nothing', async () => {
    await desk.look();
    await desk.start({ idempotencyKey: 'press-1' });
    expect((await refusal(desk.start({ idempotencyKey: 'press-1', username: 'bob' }))).code).toBe(
      'idempotency-key-reused',
    );
  });

  test('a repeat by Idempotency-Key after it was over tells how it ended', async () => {
    await desk.look();
    const done = await desk.toTheEnd(await desk.start({ idempotencyKey: 'press-1' }));
    const again = await desk.start({ idempotencyKey: 'press-1' });
    expect(again.enrollment).toMatchObject({ enrollmentId: done.enrollment.enrollmentId, state: 'COMPLETE' });
    expect(again.next).toBeNull();
  });
});

describe('the identity provider fails', () => {
  test('refuses after the key made a credential → taken off again, the key honestly Configured', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.rig.outage.complete = refused;
    const step = await desk.go(ordered);
    expect(step.enrollment).toMatchObject({
      state: 'COMPENSATING',
      failureCode: 'identity-provider-refused',
      failureMessage: refused.message,
    });
    const { options } = ordered.enrollment;
    expect(actionOf(orderIn(step))).toEqual({
      action: 'remove-credential',
      device: desk.connectionId,
      rpId,
      credentialId: step.enrollment.credential?.id,
      userHandle: null,
      keepCredentialIds: options?.excludeCredentials.map(({ id }) => id),
    });
    const cleaned = await desk.go(step);
    expect(cleaned.enrollment).toMatchObject({
      state: 'COMPENSATED',
      failureCode: 'identity-provider-refused',
    });
    expect(cleaned.details.device).toMatchObject({ state: 'CONFIGURED', owner: null, credentialId: null });
    expect(await desk.key.held(rpId)).toEqual([]);
    delete desk.rig.outage.complete;
    expect((await desk.toTheEnd(await desk.start({ policyId: null }))).enrollment.state).toBe('COMPLETE');
  });

  test('knows the credential for somebody else → the same', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.rig.outage.complete = new DomainError('credential-known', 'Registered already.');
    expect((await desk.go(ordered)).enrollment).toMatchObject({
      state: 'COMPENSATING',
      failureCode: 'credential-known',
    });
  });

  test('does not answer → says so, keeps the verified credential, and goes on when asked again', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.rig.outage.complete = unreachable;
    expect((await refusal(desk.go(ordered))).code).toBe('identity-provider-unreachable');
    const held = await desk.key.held(rpId);
    const { enrollmentId } = ordered.enrollment;
    // Cancelling can't undo what may have happened there: it is asked first.
    const cancelled = cancelEnrollment(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ enrollmentId, code: 'operator-cancelled', message: '' }),
    );
    expect((await refusal(cancelled)).code).toBe('identity-provider-unreachable');
    delete desk.rig.outage.complete;
    const done = await continueEnrollment(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ enrollmentId, connection: null }),
    );
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(done.details.device.credentialId).toBe(held[0]);
  });

  test('did it and the answer was lost → it is listed and compared, not asked again', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.rig.outage.completeAnswer = unreachable;
    await refusal(desk.go(ordered));
    delete desk.rig.outage.completeAnswer;
    const completions = desk.rig.calls.complete;
    const { enrollmentId } = ordered.enrollment;
    const done = await continueEnrollment(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ enrollmentId, connection: null }),
    );
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(desk.rig.calls.complete).toBe(completions);
    expect(await desk.credentials('alice')).toHaveLength(1);
  });

  test('is unreachable when options are asked for → the key stays configured and the enrollment open', async () => {
    await desk.look();
    const configuring = await desk.start();
    desk.rig.outage.begin = unreachable;
    const receipt = await desk.room.workstation.run(orderIn(configuring));
    expect((await refusal(desk.answer(configuring, receipt))).code).toBe('identity-provider-unreachable');
    const { details, openEnrollmentId } = await desk.seen();
    expect(details?.device.state).toBe('CONFIGURED');
    expect(openEnrollmentId).toBe(configuring.enrollment.enrollmentId);
    delete desk.rig.outage.begin;
    const ordered = await desk.answer(configuring, receipt);
    expect(ordered.enrollment.state).toBe('OPTIONS_ISSUED');
    expect((await desk.toTheEnd(ordered)).enrollment.state).toBe('COMPLETE');
  });

  test('refuses to begin → failed, nothing on the key', async () => {
    await desk.look();
    const configuring = await desk.start();
    desk.rig.outage.begin = refused;
    const step = await desk.go(configuring);
    expect(step).toMatchObject({
      next: null,
      enrollment: { state: 'FAILED', failureCode: 'identity-provider-refused' },
    });
    expect(step.details.device.state).toBe('CONFIGURED');
  });

  test('the person is disabled meanwhile → failed before the key is asked for a credential', async () => {
    await desk.look();
    const configuring = await desk.start();
    await desk.rig.ports.store.transaction(desk.room.tenantId, async (tables) => {
      const alice = await tables.users.get(desk.room.users.alice);
      if (alice !== null) await tables.users.update({ ...alice, status: 'disabled' });
    });
    expect((await desk.go(configuring)).enrollment).toMatchObject({
      state: 'FAILED',
      failureCode: 'user-disabled',
    });
  });
});

describe('cancelling', () => {
  test('while the policy is being written → failed, the key as it was', async () => {
    await desk.look();
    const step = await desk.cancel(await desk.start(), 'PIN_WRONG', 'Wrong PIN, 7 tries left.');
    expect(step).toMatchObject({
      next: null,
      enrollment: { state: 'FAILED', failureCode: 'PIN_WRONG', failureMessage: 'Wrong PIN, 7 tries left.' },
    });
    expect(step.details.device.state).toBe('NOT_CONFIGURED');
    expect((await desk.seen()).openEnrollmentId).toBeNull();
  });

  test.each(['OPERATION_CANCELLED', 'TOUCH_TIMEOUT', 'PIN_BLOCKED', 'CREDENTIAL_EXCLUDED', 'KEY_FULL'])(
    '%s before anything was made → failed, still configured',
    async (code) => {
      await desk.look();
      const step = await desk.cancel(await desk.go(await desk.start()), code);
      expect(step).toMatchObject({ next: null, enrollment: { state: 'FAILED', failureCode: code } });
      expect(step.details.device.state).toBe('CONFIGURED');
    },
  );

  test.each([
    'operator-cancelled',
    'DEVICE_REMOVED',
    'CTAP_ERROR',
    'INTERNAL',
    'ORDER_USED',
    'anything-else',
  ])(
    '%s, when the key may have made something → what this person has there is taken off again',
    async (code) => {
      await desk.look();
      const ordered = await desk.go(await desk.start());
      await desk.room.workstation.run(orderIn(ordered));
      expect(await desk.key.held(rpId)).toHaveLength(1);
      const step = await desk.cancel(ordered, code);
      expect(step.enrollment.state).toBe('COMPENSATING');
      expect(actionOf(orderIn(step))).toMatchObject({
        action: 'remove-credential',
        credentialId: null,
        userHandle: ordered.enrollment.options?.user.id,
      });
      expect((await desk.go(step)).enrollment.state).toBe('COMPENSATED');
      expect(await desk.key.held(rpId)).toEqual([]);
    },
  );

  test('taking off a leftover never takes what the person already has on that very key', async () => {
    const first = await desk.enrolled();
    const valid = first.details.device.credentialId ?? '';
    const userHandle = first.enrollment.options?.user.id ?? '';
    const other = softKey({ serial: 'SOFT-2' });
    const [owned] = desk.key.credentials.filter((one) => one.credentialId === valid);
    if (owned !== undefined) other.credentials.push({ ...owned, rpId, userHandle });
    desk.connectionId = desk.plugIn(other);
    await desk.look();
    const ordered = await desk.go(await desk.start());
    const step = await desk.cancel(ordered, 'operator-cancelled');
    expect((await desk.go(step)).enrollment.state).toBe('COMPENSATED');
    expect(await other.held(rpId)).toEqual([valid]);
  });

  test('cleaning that fails stays open for when the key is back; cleaning that can not be done ends it', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    await desk.room.workstation.run(orderIn(ordered));
    const cleaning = await desk.cancel(ordered, 'DEVICE_REMOVED');
    const interrupted = await desk.cancel(cleaning, 'DEVICE_NOT_FOUND');
    expect(interrupted).toMatchObject({
      next: null,
      enrollment: { state: 'COMPENSATING', failureCode: 'DEVICE_REMOVED' },
    });
    expect((await desk.seen()).openEnrollmentId).toBe(ordered.enrollment.enrollmentId);
    const impossible = await desk.cancel(cleaning, 'POLICY_UNMET');
    expect(impossible).toMatchObject({
      next: null,
      enrollment: { state: 'FAILED', failureCode: 'DEVICE_REMOVED' },
    });
    expect(impossible.enrollment.failureMessage).toContain('can not delete a single passkey');
  });

  test('a key without credential management is not asked to delete: it ends, and says what stays', async () => {
    const old = softKey({ serial: 'OLD', facts: { options: { credMgmt: false } } });
    desk.connectionId = desk.plugIn(old);
    await desk.look();
    const ordered = await desk.go(await desk.start());
    await desk.room.workstation.run(orderIn(ordered));
    const step = await desk.cancel(ordered, 'DEVICE_REMOVED');
    expect(step).toMatchObject({ next: null, enrollment: { state: 'FAILED' } });
    expect(step.enrollment.failureMessage).toContain('can not delete a single passkey');
  });

  test('the same person tries again after a leftover → her new credential replaces it', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    await desk.room.workstation.run(orderIn(ordered));
    await desk.cancel(ordered, 'DEVICE_REMOVED');
    await desk.seen();
    const again = await desk.start({ policyId: null });
    expect(again.enrollment).toMatchObject({
      enrollmentId: ordered.enrollment.enrollmentId,
      state: 'OPTIONS_ISSUED',
      failureCode: null,
    });
    const done = await desk.toTheEnd(again);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(await desk.key.held(rpId)).toEqual([done.details.device.credentialId]);
  });

  test('what an earlier order may have left is taken off, though the newest one made nothing', async () => {
    await desk.look();
    const first = await desk.go(await desk.start());
    // The page was reloaded while the key was still at it: a second order finds it busy, and the operator gives up.
    await desk.resume(first);
    await desk.room.workstation.run(orderIn(first));
    expect(await desk.key.held(rpId)).toHaveLength(1);
    const given = await desk.cancel(first, 'DEVICE_BUSY');
    expect(given.enrollment.state).toBe('COMPENSATING');
    expect((await desk.toTheEnd(given)).enrollment.state).toBe('COMPENSATED');
    expect(await desk.key.held(rpId)).toEqual([]);
  });

  test('a second try that is given up does not forget what the first one left', async () => {
    await desk.look();
    desk.key.faults.registration = 'signature';
    const failed = await desk.go(await desk.go(await desk.start()));
    expect(failed.enrollment.state).toBe('COMPENSATING');
    const again = await desk.start();
    expect(again.enrollment.state).toBe('OPTIONS_ISSUED');
    const given = await desk.cancel(again, 'OPERATION_CANCELLED');
    expect(given.enrollment.state).toBe('COMPENSATING');
    expect((await desk.toTheEnd(given)).enrollment.state).toBe('COMPENSATED');
    expect(await desk.key.held(rpId)).toEqual([]);
  });

  test('somebody else gets the key only after the leftover is off', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    await desk.room.workstation.run(orderIn(ordered));
    const cleaning = await desk.cancel(ordered, 'DEVICE_REMOVED');
    const error = await refusal(desk.start({ username: 'bob', policyId: null }));
    expect(error).toMatchObject({
      code: 'device-busy',
      particulars: { enrollmentId: ordered.enrollment.enrollmentId },
    });
    await desk.toTheEnd(cleaning);
    expect(
      (await desk.toTheEnd(await desk.start({ username: 'bob', policyId: null }))).enrollment.state,
    ).toBe('COMPLETE');
  });

  test('after the end it changes nothing', async () => {
    const done = await desk.enrolled();
    expect((await desk.cancel(done, 'operator-cancelled')).enrollment.state).toBe('COMPLETE');
  });
});

describe('coming back', () => {
  test('a reload in each step gets a new order for where it stands', async () => {
    await desk.look();
    const configuring = await desk.start();
    expect((await desk.seen()).openEnrollmentId).toBe(configuring.enrollment.enrollmentId);
    const again = await desk.resume(configuring);
    expect(again.next?.answerAt).toBe('configured');
    const ordered = await desk.go(again);
    const oldChallenge = ordered.enrollment.options?.challenge;
    const reordered = await desk.resume(ordered);
    expect(reordered.next?.answerAt).toBe('complete');
    expect(reordered.enrollment.options?.challenge).not.toBe(oldChallenge);
    expect(desk.rig.calls.abandon).toBe(1);
    expect((await desk.go(reordered)).enrollment.state).toBe('COMPLETE');
  });

  test('a key that was pulled out and put back is followed by its tag', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.room.workstation.pullOut(desk.connectionId);
    const back = desk.plugIn(desk.key);
    const found = await desk.seen(back);
    expect(found).toMatchObject({ proven: true, openEnrollmentId: ordered.enrollment.enrollmentId });
    const resumed = await desk.resume(ordered, back);
    expect(actionOf(orderIn(resumed))).toMatchObject({ device: back });
    expect((await desk.go(resumed)).enrollment.state).toBe('COMPLETE');
  });

  test('a key without serial and tag, pulled out while it was being configured, is taken at the operator’s word', async () => {
    const nameless = softKey({ serial: null });
    const where = desk.plugIn(nameless);
    await desk.look();
    const configuring = await desk.start({ connectionId: where });
    desk.room.workstation.pullOut(where);
    const back = desk.plugIn(nameless);
    expect((await desk.seen(back)).details).toBeNull();
    const resumed = await desk.resume(configuring, back);
    const done = await desk.toTheEnd(resumed);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(done.details.device.deviceId).toBe(configuring.details.device.deviceId);
  });

  test('another key is not taken for it', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    const elsewhere = desk.plugIn(softKey({ serial: 'SOFT-2' }));
    await desk.look();
    expect((await refusal(desk.resume(ordered, elsewhere))).code).toBe('device-unrecognised');
    expect((await refusal(desk.resume(ordered, 'never-seen'))).code).toBe('device-unrecognised');
    expect((await desk.go(ordered)).enrollment.state).toBe('COMPLETE');
  });

  test('the server died between options and completion → another process takes the same receipt', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    const receipt = await desk.room.workstation.run(orderIn(ordered));
    await desk.restart();
    const done = await desk.answer(ordered, receipt);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(await desk.credentials('alice')).toHaveLength(1);
  });

  test('the server died while the provider was being asked → its lease runs out and the next one finishes', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    const receipt = await desk.room.workstation.run(orderIn(ordered));
    desk.rig.outage.hold = new Promise(() => {});
    void desk.answer(ordered, receipt).catch(() => {});
    const other = desk.another();
    await expect
      .poll(async () => (await desk.device(ordered.details.device.deviceId)).state, { timeout: 5000 })
      .toBe('CONFIGURED');
    await expect.poll(() => desk.rig.calls.complete, { timeout: 5000 }).toBe(1);
    desk.rig.advance(31_000);
    const done = await desk.answer(ordered, receipt, other);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(other.calls.list).toBe(1);
    expect(await desk.credentials('alice')).toHaveLength(1);
  });

  test('what was registered before the crash is found, not registered again', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.rig.outage.completeAnswer = unreachable;
    await refusal(desk.go(ordered));
    const other = desk.another();
    const done = await desk.resume(ordered, null, other);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(other.calls.complete).toBe(0);
  });
});

describe('what nobody came back for', () => {
  const expire = (using: Rig = desk.rig) =>
    expireEnrollments(using.ports, { tenantId: desk.room.tenantId, limit: 10 });
  const state = async (step: EnrollmentStep) =>
    desk.rig.ports.store.transaction(
      desk.room.tenantId,
      async (tables) => (await tables.enrollments.get(step.enrollment.enrollmentId))?.state,
    );

  test('is left alone while it is open, and ends when it is not', async () => {
    await desk.look();
    const configuring = await desk.start();
    expect(await expire()).toEqual({ settled: 0, failures: [] });
    desk.rig.advance(16 * 60_000);
    expect(await expire()).toEqual({ settled: 1, failures: [] });
    expect(await state(configuring)).toBe('FAILED');
    expect(await expire()).toEqual({ settled: 0, failures: [] });
  });

  test('waits for its key where the key may hold something, and is cleaned when the key is back', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    await desk.room.workstation.run(orderIn(ordered));
    desk.rig.advance(16 * 60_000);
    await expire();
    expect(await state(ordered)).toBe('COMPENSATING');
    const { openEnrollmentId } = await desk.seen();
    const cleaning = await continueEnrollment(
      desk.rig.ports,
      desk.room.actor,
      desk.within({ enrollmentId: openEnrollmentId ?? '', connection: null }),
    );
    expect((await desk.go(cleaning)).enrollment.state).toBe('COMPENSATED');
    expect(await desk.key.held(rpId)).toEqual([]);
  });

  test('is finished where only a crash kept it from being finished', async () => {
    await desk.look();
    const ordered = await desk.go(await desk.start());
    desk.rig.outage.complete = unreachable;
    await refusal(desk.go(ordered));
    desk.rig.advance(16 * 60_000);
    const round = await expire();
    expect(round.failures).toHaveLength(1);
    expect(await state(ordered)).toBe('VERIFIED');
    delete desk.rig.outage.complete;
    desk.rig.advance(16 * 60_000);
    expect((await expire()).failures).toEqual([]);
    expect(await state(ordered)).toBe('COMPLETE');
  });

  test('two processes expire it once', async () => {
    await desk.look();
    const ordered = await desk.start();
    desk.rig.advance(16 * 60_000);
    const other = desk.another();
    await Promise.all([expire(), expire(other)]);
    expect(await desk.eventTypes(ordered.enrollment.enrollmentId)).toEqual([
      'enrollment.started',
      'enrollment.failed',
    ]);
  });

  test('keys that no page looked at for a week are forgotten, not their devices', async () => {
    await desk.look();
    desk.rig.advance(8 * 24 * 3_600_000);
    expect(await forgetConnections(desk.rig.ports, { tenantId: desk.room.tenantId })).toBe(1);
    expect((await refusal(desk.start())).code).toBe('device-unrecognised');
    expect((await desk.seen()).details?.device.serial).toBe('SOFT-1');
  });
});
