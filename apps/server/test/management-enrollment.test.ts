import {
  cancelEnrollment,
  completeEnrollment,
  continueEnrollment,
  createPolicy,
  type Device,
  DomainError,
  deliverOutbox,
  type EnrollmentStep,
  expireEnrollments,
  forgetConnections,
  getDevice,
  issueSessionOrder,
  linkPolicy,
  type PolicyRules,
  type RecognisedKey,
  recogniseDevices,
  recordCleaned,
  recordConfigured,
  revokeDevice,
  startEnrollment,
} from '@keywarden/domain';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { furnish, openRig, type Rig, type Room, rpId, standardRules } from './lifecycle/rig.ts';
import { type SoftKey, softAaguid, softKey, type TestKey } from './lifecycle/soft-key.ts';
import { actionOf } from './lifecycle/workstation.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

let fresh: FreshDatabase;
let rig: Rig;
let room: Room;
let key: SoftKey;
let connectionId: string;
const closing: Rig[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(async () => {
  await fresh.drop();
});
beforeEach(async () => {
  rig = await openRig(fresh);
  closing.push(rig);
  room = await furnish(rig);
  key = softKey();
  connectionId = room.workstation.plugIn(key);
});
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

const in_ = <T extends object>(rest: T) => ({ tenantId: room.tenantId, ...rest });

async function look(using: Rig = rig): Promise<readonly RecognisedKey[]> {
  const { order } = await issueSessionOrder(
    using.ports,
    room.actor,
    in_({ workstationId: room.workstation.workstationId }),
  );
  const receipt = await room.workstation.run(order);
  return recogniseDevices(using.ports, room.actor, in_({ receipt }));
}

async function seen(connection = connectionId): Promise<RecognisedKey> {
  const found = (await look()).find((one) => one.connectionId === connection);
  if (found === undefined) throw new Error('the key is not plugged in');
  return found;
}

interface Start {
  username?: string;
  policyId?: string | null;
  idempotencyKey?: string | null;
  connectionId?: string;
  deviceId?: string | null;
  using?: Rig;
}

async function start(options: Start = {}): Promise<EnrollmentStep> {
  return startEnrollment(
    (options.using ?? rig).ports,
    room.actor,
    in_({
      username: options.username ?? 'alice',
      workstationId: room.workstation.workstationId,
      connectionId: options.connectionId ?? connectionId,
      deviceId: options.deviceId ?? null,
      policyId: options.policyId === undefined ? room.policyId : options.policyId,
      idempotencyKey: options.idempotencyKey ?? null,
    }),
  );
}

const answers = { configured: recordConfigured, complete: completeEnrollment, cleaned: recordCleaned };

function orderIn(step: EnrollmentStep): string {
  if (step.next === null) throw new Error(`no order: ${step.enrollment.state}`);
  return step.next.order;
}

async function answer(step: EnrollmentStep, receipt: string, using: Rig = rig): Promise<EnrollmentStep> {
  if (step.next === null) throw new Error(`no order: ${step.enrollment.state}`);
  const { enrollmentId } = step.enrollment;
  return answers[step.next.answerAt](using.ports, room.actor, in_({ enrollmentId, receipt }));
}

/** Runs the order of this step on the key and brings the receipt back. */
async function go(step: EnrollmentStep, using: Rig = rig): Promise<EnrollmentStep> {
  return answer(step, await room.workstation.run(orderIn(step)), using);
}

/** The road from here to where nothing is left to do. */
async function toTheEnd(step: EnrollmentStep, using: Rig = rig): Promise<EnrollmentStep> {
  let current = step;
  for (let orders = 0; current.next !== null; orders += 1) {
    if (orders === 8) throw new Error('it never ends');
    current = await go(current, using);
  }
  return current;
}

async function enrolled(options: Start = {}): Promise<EnrollmentStep> {
  await look();
  return toTheEnd(await start(options));
}

async function device(deviceId: string): Promise<Device> {
  return (await getDevice(rig.ports, room.actor, in_({ deviceId }))).device;
}

async function credentials(of: 'alice' | 'bob') {
  return rig.ports.store.transaction(room.tenantId, (tables) =>
    tables.credentials.listByUser(room.users[of]),
  );
}

async function events(targetId: string): Promise<readonly string[]> {
  const page = await rig.ports.store.transaction(room.tenantId, (tables) =>
    tables.events.list({ targetId }, { limit: 50, after: null }),
  );
  return page.items.map((event) => event.type).reverse();
}

async function descriptions(targetId: string): Promise<readonly string[]> {
  const page = await rig.ports.store.transaction(room.tenantId, (tables) =>
    tables.events.list({ targetId }, { limit: 50, after: null }),
  );
  return page.items.map((event) => event.description).reverse();
}

async function refusal(attempt: Promise<unknown>): Promise<DomainError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const unreachable = new DomainError('identity-provider-unreachable', 'It did not answer in time.');
const refused = new DomainError('identity-provider-refused', 'The directory does not take this key.');

describe('the road of an enrollment', () => {
  test('Not Configured → configured, enrolled, and a credential that the directory knows', async () => {
    const { details, proven } = await seen();
    expect(details?.device.state).toBe('NOT_CONFIGURED');
    expect(proven).toBe(false);

    const configuring = await start();
    expect(configuring.enrollment.state).toBe('CONFIGURING');
    expect(actionOf(orderIn(configuring))).toMatchObject({
      action: 'configure',
      device: connectionId,
      pin: { mode: 'typed', minimumLength: 6 },
      minPINLength: 6,
      alwaysUv: true,
      assetTag: { rpId: `${room.tenantId}.asset-tag.localhost` },
    });

    const ordered = await go(configuring);
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

    const complete = await go(ordered);
    expect(complete.next).toBeNull();
    expect(complete.enrollment.state).toBe('COMPLETE');
    const { device: owned, policy } = complete.details;
    expect(owned).toMatchObject({ state: 'ENROLLED', owner: { username: 'alice' }, serial: 'SOFT-1' });
    expect(policy?.name).toBe('Standard employee');
    expect(await key.held(rpId)).toEqual([owned.credentialId]);
    const [credential] = await credentials('alice');
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
    expect(await events(owned.deviceId)).toEqual([
      'device.discovered',
      'device.configured',
      'device.enrolled',
    ]);
    expect(await events(complete.enrollment.enrollmentId)).toEqual([
      'enrollment.started',
      'enrollment.completed',
    ]);
  });

  test('Ready → the linked policy rules, whatever the page asks for', async () => {
    const { details } = await seen();
    const deviceId = details?.device.deviceId ?? '';
    const contractors = await createPolicy(
      rig.ports,
      room.actor,
      in_({ name: 'Contractors', rules: { ...standardRules, pinMinimumLength: 8, minPINLength: 8 } }),
    );
    await linkPolicy(rig.ports, room.actor, in_({ deviceId, policyId: contractors.policyId }));
    const step = await start({ policyId: room.policyId, deviceId });
    expect(actionOf(orderIn(step))).toMatchObject({ minPINLength: 8, pin: { minimumLength: 8 } });
    const done = await toTheEnd(step);
    expect(done.details.policy?.name).toBe('Contractors');
  });

  test('Configured and Revoked → enrolled without being configured again', async () => {
    rig.outage.begin = unreachable;
    await look();
    const half = await start();
    await refusal(go(half));
    delete rig.outage.begin;
    const { details, openEnrollmentId } = await seen();
    expect(details?.device.state).toBe('CONFIGURED');
    await cancelEnrollment(
      rig.ports,
      room.actor,
      in_({ enrollmentId: openEnrollmentId ?? '', code: 'operator-cancelled', message: '' }),
    );

    const first = await start({ policyId: null });
    expect(actionOf(orderIn(first)).action).toBe('enroll');
    const { device: owned } = (await toTheEnd(first)).details;
    await revokeDevice(rig.ports, room.actor, in_({ deviceId: owned.deviceId, reason: 'lost' }));
    expect((await seen()).details?.device).toMatchObject({ state: 'REVOKED', owner: null });

    const second = await start({ policyId: null, username: 'bob' });
    expect(actionOf(orderIn(second)).action).toBe('enroll');
    const done = await toTheEnd(second);
    expect(done.details.device).toMatchObject({ state: 'ENROLLED', owner: { username: 'bob' } });
    expect((await credentials('alice')).map((one) => one.status)).toEqual(['REVOKED']);
    expect((await credentials('bob')).map((one) => one.status)).toEqual(['ACTIVE']);
  });

  test('Enrolled → refused, and says whose it is; also for its own owner', async () => {
    await enrolled();
    for (const username of ['alice', 'bob']) {
      const error = await refusal(start({ username, policyId: null }));
      expect(error.code).toBe('device-owned-by-another');
      expect(error.message).toContain('Alice Liddell');
    }
  });

  test('a second key of the same person names the first in excludeCredentials and shares her user handle', async () => {
    const first = await enrolled();
    const other = softKey({ serial: 'SOFT-2' });
    connectionId = room.workstation.plugIn(other);
    await look();
    const step = await go(await start());
    const action = actionOf(orderIn(step));
    expect(action).toMatchObject({
      options: {
        user: { id: first.enrollment.options?.user.id },
        excludeCredentials: [{ id: first.details.device.credentialId }],
      },
    });
    await toTheEnd(step);
    expect(await credentials('alice')).toHaveLength(2);
  });

  test('forcePINChange is written last and read back', async () => {
    const forced = await createPolicy(
      rig.ports,
      room.actor,
      in_({ name: 'Forced', rules: { ...standardRules, forcePINChange: true } }),
    );
    await look();
    const ordered = await go(await start({ policyId: forced.policyId }));
    expect((await key.facts()).forcePINChange).toBe(false);
    expect(actionOf(orderIn(ordered))).toMatchObject({ action: 'enroll', forcePINChange: true });
    const done = await go(ordered);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect((await key.facts()).forcePINChange).toBe(true);
  });

  test('every order is for this workstation and this connection, lives 120 s, and has its own id', async () => {
    await look();
    const first = orderIn(await start());
    const second = orderIn(await start());
    const claims = [first, second].map((order) =>
      JSON.parse(Buffer.from(order.split('.')[1] ?? '', 'base64url').toString()),
    );
    for (const claim of claims) {
      expect(claim).toMatchObject({
        iss: `http://localhost:8080/${room.tenantId}`,
        aud: room.workstation.workstationId,
        order: { device: connectionId },
      });
      expect(claim.exp - claim.iat).toBe(120);
    }
    expect(claims[0].jti).not.toBe(claims[1].jti);
  });
});

describe('the person of the link', () => {
  test.each([
    ['nobody', 'user-not-found'],
    ['ALICE', 'user-not-found'],
    ['alic', 'user-not-found'],
    ['%61lice', 'user-not-found'],
    ['alice%', 'user-not-found'],
    ['dora', 'user-disabled'],
    ['ali\u0000ce', 'username-malformed'],
    ['a'.repeat(257), 'username-malformed'],
    ['', 'username-malformed'],
  ])('%j → %s', async (username, code) => {
    await look();
    expect((await refusal(start({ username }))).code).toBe(code);
    expect((await seen()).openEnrollmentId).toBeNull();
  });

  test('composed and decomposed spellings are one person', async () => {
    await rig.ports.store.transaction(room.tenantId, (tables) =>
      tables.users.insert({
        userId: '018f0000-0000-7000-8000-000000000001',
        username: 'zo\u00eb',
        displayName: 'Zoë',
        email: null,
        status: 'active',
        createdAt: new Date(),
      }),
    );
    await look();
    expect((await start({ username: 'zoe\u0308' })).enrollment.user.displayName).toBe('Zoë');
  });

  test('no default provider, an inactive one, one that is gone: each says so', async () => {
    const set = (work: Parameters<typeof rig.ports.store.transaction<void>>[1]) =>
      rig.ports.store.transaction(room.tenantId, work);
    await look();
    await set((tables) => tables.identityProviders.setStatus(room.identityProviderId, 'inactive'));
    expect((await refusal(start())).code).toBe('identity-provider-inactive');
    await set((tables) => tables.tenants.setDefaultIdentityProvider(null));
    expect((await refusal(start())).code).toBe('no-default-identity-provider');
  });
});

describe('a policy that the key can not obey', () => {
  async function policy(rules: Partial<PolicyRules>): Promise<string> {
    const made = await createPolicy(
      rig.ports,
      room.actor,
      in_({ name: `Policy ${Math.random()}`, rules: { ...standardRules, ...rules } }),
    );
    return made.policyId;
  }

  test('is refused before the key is touched, naming the field, and leaves no enrollment', async () => {
    const plain = softKey({ serial: 'PLAIN', facts: { options: { setMinPINLength: false } } });
    connectionId = room.workstation.plugIn(plain);
    await look();
    const error = await refusal(start());
    expect(error.code).toBe('policy-unmet-by-device');
    expect(error.particulars).toMatchObject({ field: 'minPINLength' });
    expect((await plain.facts()).clientPinSet).toBe(false);
    expect((await seen()).openEnrollmentId).toBeNull();
  });

  test('a model that is not on the list is refused likewise', async () => {
    await look();
    const error = await refusal(
      start({ policyId: await policy({ allowedAaguids: ['00112233-4455-6677-8899-aabbccddeeff'] }) }),
    );
    expect(error.particulars).toMatchObject({ field: 'allowedAaguids' });
  });

  test('without a policy, with one that is gone: refused', async () => {
    await look();
    expect((await refusal(start({ policyId: null }))).code).toBe('policy-required');
    expect((await refusal(start({ policyId: '018f0000-0000-7000-8000-00000000dead' }))).code).toBe(
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
      key.faults.forgets = fault;
      await look();
      const failed = await go(await start());
      expect(failed.next).toBeNull();
      expect(failed.enrollment).toMatchObject({ state: 'FAILED', failureCode: 'policy-not-written' });
      expect(failed.details.device).toMatchObject({
        state: 'NOT_CONFIGURED',
        policyId: null,
        assetTag: null,
      });
      const told = await descriptions(failed.enrollment.enrollmentId);
      expect(told.at(-1)).toContain(`policy-not-written (${field})`);
      expect(failed.enrollment.failureMessage).toContain('The key');
    },
  );

  test('a key that does not keep forcePINChange is rolled back', async () => {
    key.faults.forgets = 'forcePINChange';
    await look();
    const step = await go(await go(await start({ policyId: await policy({ forcePINChange: true }) })));
    expect(step.enrollment).toMatchObject({ state: 'COMPENSATING', failureCode: 'policy-not-written' });
    expect(rig.calls.complete).toBe(0);
    const cleaned = await go(step);
    expect(cleaned.enrollment.state).toBe('COMPENSATED');
    expect(await key.held(rpId)).toEqual([]);
  });

  test('choosing another policy before the first was written starts over with that one', async () => {
    await look();
    const first = await start();
    const second = await start({ policyId: await policy({ pinMinimumLength: 10 }) });
    expect(second.enrollment.enrollmentId).not.toBe(first.enrollment.enrollmentId);
    expect(actionOf(orderIn(second))).toMatchObject({ pin: { minimumLength: 10 } });
    const late = await go(first);
    expect(late.enrollment.state).toBe('FAILED');
    expect((await toTheEnd(second)).enrollment.state).toBe('COMPLETE');
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
    await look();
    const ordered = await go(await start());
    key.faults.registration = fault;
    const step = await go(ordered);
    expect(step.enrollment).toMatchObject({ state: 'COMPENSATING', failureCode: 'credential-rejected' });
    expect(rig.calls.complete).toBe(0);
    expect(await credentials('alice')).toEqual([]);
    expect(actionOf(orderIn(step))).toMatchObject({ action: 'remove-credential', rpId });
    const cleaned = await go(step);
    expect(cleaned.enrollment.state).toBe('COMPENSATED');
    expect(cleaned.details.device.state).toBe('CONFIGURED');
    expect(await key.held(rpId)).toEqual([]);
    expect((await descriptions(step.enrollment.enrollmentId)).join()).toContain(reason);
  });

  test('a credential that the person already has is refused', async () => {
    await enrolled();
    const copy = softKey({ serial: 'SOFT-2' });
    connectionId = room.workstation.plugIn(copy);
    await look();
    const ordered = await go(await start());
    const [known] = await credentials('alice');
    const forged = await copy.enroll(Object.assign(actionOf(orderIn(ordered)) as never));
    const receipt = await room.workstation.forge(orderIn(ordered), {
      action: 'enroll',
      credential: { ...forged, id: known?.credentialId ?? '', rawId: known?.credentialId ?? '' },
      facts: await copy.facts(),
    });
    const step = await answer(ordered, receipt);
    expect(step.enrollment).toMatchObject({ state: 'COMPENSATING', failureCode: 'credential-rejected' });
    // Only what this enrollment may have left is taken off: what she owns is kept.
    expect(await credentials('alice')).toHaveLength(1);
  });
});

describe('receipts and orders', () => {
  test('a receipt sent again gets the same answer and does nothing again', async () => {
    await look();
    const configuring = await start();
    const configured = await room.workstation.run(orderIn(configuring));
    const ordered = await answer(configuring, configured);
    const again = await answer(configuring, configured);
    expect(again.enrollment.state).toBe('OPTIONS_ISSUED');
    // The challenge of the lost answer died; its order is overtaken.
    const late = await go(ordered);
    expect(late.enrollment.state).toBe('OPTIONS_ISSUED');
    const enroll = await room.workstation.run(orderIn(late));
    const complete = await answer(late, enroll);
    expect(complete.enrollment.state).toBe('COMPLETE');
    const repeated = await answer(late, enroll);
    expect(repeated.enrollment.state).toBe('COMPLETE');
    expect(repeated.details.device.credentialId).toBe(complete.details.device.credentialId);
    expect(rig.calls.complete).toBe(1);
    expect(await key.held(rpId)).toEqual([complete.details.device.credentialId]);
  });

  test('an overtaken order is never acted upon: the key’s newest credential is the one that is registered', async () => {
    await look();
    const first = await go(await start());
    const early = await room.workstation.run(orderIn(first));
    const { enrollmentId } = first.enrollment;
    const second = await continueEnrollment(rig.ports, room.actor, in_({ enrollmentId, connection: null }));
    const newest = await room.workstation.run(orderIn(second));
    const told = await answer(first, early);
    expect(told.enrollment.state).toBe('OPTIONS_ISSUED');
    const stale = await answer(second, newest);
    expect(stale.enrollment.state).toBe('OPTIONS_ISSUED');
    const done = await toTheEnd(stale);
    expect(await key.held(rpId)).toEqual([done.details.device.credentialId]);
  });

  test('a receipt for another enrollment, another step, another workstation, or of no order is refused', async () => {
    await look();
    const mine = await start();
    const receipt = await room.workstation.run(orderIn(mine));
    const other = softKey({ serial: 'SOFT-2' });
    const elsewhere = room.workstation.plugIn(other);
    await look();
    const theirs = await start({ connectionId: elsewhere, username: 'bob' });
    const to = (step: EnrollmentStep, command: typeof recordConfigured, text: string) =>
      refusal(
        command(rig.ports, room.actor, in_({ enrollmentId: step.enrollment.enrollmentId, receipt: text })),
      );
    expect((await to(theirs, recordConfigured, receipt)).code).toBe('receipt-rejected');
    expect((await to(mine, completeEnrollment, receipt)).code).toBe('receipt-rejected');
    expect((await to(mine, recordCleaned, receipt)).code).toBe('receipt-rejected');

    const stranger = await furnish(rig);
    const forged = await stranger.workstation.forge(orderIn(mine), {
      action: 'configure',
      facts: await key.facts(),
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

    expect((await go(mine)).enrollment.state).toBe('OPTIONS_ISSUED');
  });

  test('a session receipt is taken once', async () => {
    const { order } = await issueSessionOrder(
      rig.ports,
      room.actor,
      in_({ workstationId: room.workstation.workstationId }),
    );
    const receipt = await room.workstation.run(order);
    await recogniseDevices(rig.ports, room.actor, in_({ receipt }));
    expect((await refusal(recogniseDevices(rig.ports, room.actor, in_({ receipt })))).code).toBe(
      'receipt-rejected',
    );
  });

  test('no order for a workstation that is not paired', async () => {
    const error = await refusal(issueSessionOrder(rig.ports, room.actor, in_({ workstationId: 'nobody' })));
    expect(error.code).toBe('workstation-not-found');
  });
});

describe('two at once', () => {
  test('the same completion twice gives one credential, one call, and both callers the same answer', async () => {
    await look();
    const ordered = await go(await start());
    const receipt = await room.workstation.run(orderIn(ordered));
    let release = () => {};
    rig.outage.hold = new Promise((resolve) => {
      release = () => resolve();
    });
    const other = await rig.again();
    closing.push(other);
    const both = Promise.all([answer(ordered, receipt), answer(ordered, receipt, other)]);
    setTimeout(release, 300);
    const [one, two] = await both;
    expect(one.enrollment.state).toBe('COMPLETE');
    expect(two.enrollment.state).toBe('COMPLETE');
    expect(two.details.device.credentialId).toBe(one.details.device.credentialId);
    expect(rig.calls.complete + other.calls.complete).toBe(1);
    expect(await credentials('alice')).toHaveLength(1);
    expect(
      (await events(one.details.device.deviceId)).filter((type) => type === 'device.enrolled'),
    ).toHaveLength(1);
  });

  test('ten starts with one Idempotency-Key are one enrollment', async () => {
    await look();
    const steps = await Promise.all(Array.from({ length: 10 }, () => start({ idempotencyKey: 'press-1' })));
    expect(new Set(steps.map((step) => step.enrollment.enrollmentId)).size).toBe(1);
  });

  test('ten starts without one, for a key without a record, are one enrollment of one device', async () => {
    const nameless = softKey({ serial: null });
    const where = room.workstation.plugIn(nameless);
    await look();
    const steps = await Promise.all(Array.from({ length: 10 }, () => start({ connectionId: where })));
    expect(new Set(steps.map((step) => step.enrollment.enrollmentId)).size).toBe(1);
    expect(new Set(steps.map((step) => step.details.device.deviceId)).size).toBe(1);
  });

  test('the same key for two people: one of them is told of the other', async () => {
    await look();
    const results = await Promise.allSettled([start(), start({ username: 'bob' })]);
    const outcomes = results.map((result) => result.status).sort();
    expect(outcomes).toEqual(['fulfilled', 'rejected']);
    const lost = results.find((result) => result.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'enrollment-in-progress' });
  });

  test('an Idempotency-Key of another request is refused, of another operator it means nothing', async () => {
    await look();
    await start({ idempotencyKey: 'press-1' });
    expect((await refusal(start({ idempotencyKey: 'press-1', username: 'bob' }))).code).toBe(
      'idempotency-key-reused',
    );
  });

  test('a repeat by Idempotency-Key after it was over tells how it ended', async () => {
    await look();
    const done = await toTheEnd(await start({ idempotencyKey: 'press-1' }));
    const again = await start({ idempotencyKey: 'press-1' });
    expect(again.enrollment).toMatchObject({ enrollmentId: done.enrollment.enrollmentId, state: 'COMPLETE' });
    expect(again.next).toBeNull();
  });
});

describe('the identity provider fails', () => {
  test('refuses after the key made a credential → taken off again, the key honestly Configured', async () => {
    await look();
    const ordered = await go(await start());
    rig.outage.complete = refused;
    const step = await go(ordered);
    expect(step.enrollment).toMatchObject({
      state: 'COMPENSATING',
      failureCode: 'identity-provider-refused',
      failureMessage: refused.message,
    });
    const { options } = ordered.enrollment;
    expect(actionOf(orderIn(step))).toEqual({
      action: 'remove-credential',
      device: connectionId,
      rpId,
      credentialId: step.enrollment.credential?.id,
      userHandle: null,
      keepCredentialIds: options?.excludeCredentials.map(({ id }) => id),
    });
    const cleaned = await go(step);
    expect(cleaned.enrollment).toMatchObject({
      state: 'COMPENSATED',
      failureCode: 'identity-provider-refused',
    });
    expect(cleaned.details.device).toMatchObject({ state: 'CONFIGURED', owner: null, credentialId: null });
    expect(await key.held(rpId)).toEqual([]);
    delete rig.outage.complete;
    expect((await toTheEnd(await start({ policyId: null }))).enrollment.state).toBe('COMPLETE');
  });

  test('knows the credential for somebody else → the same', async () => {
    await look();
    const ordered = await go(await start());
    rig.outage.complete = new DomainError('credential-known', 'Registered already.');
    expect((await go(ordered)).enrollment).toMatchObject({
      state: 'COMPENSATING',
      failureCode: 'credential-known',
    });
  });

  test('does not answer → says so, keeps the verified credential, and goes on when asked again', async () => {
    await look();
    const ordered = await go(await start());
    rig.outage.complete = unreachable;
    expect((await refusal(go(ordered))).code).toBe('identity-provider-unreachable');
    const held = await key.held(rpId);
    const { enrollmentId } = ordered.enrollment;
    // Cancelling can't undo what may have happened there: it is asked first.
    const cancelled = cancelEnrollment(
      rig.ports,
      room.actor,
      in_({ enrollmentId, code: 'operator-cancelled', message: '' }),
    );
    expect((await refusal(cancelled)).code).toBe('identity-provider-unreachable');
    delete rig.outage.complete;
    const done = await continueEnrollment(rig.ports, room.actor, in_({ enrollmentId, connection: null }));
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(done.details.device.credentialId).toBe(held[0]);
  });

  test('did it and the answer was lost → it is listed and compared, not asked again', async () => {
    await look();
    const ordered = await go(await start());
    rig.outage.completeAnswer = unreachable;
    await refusal(go(ordered));
    delete rig.outage.completeAnswer;
    const completions = rig.calls.complete;
    const { enrollmentId } = ordered.enrollment;
    const done = await continueEnrollment(rig.ports, room.actor, in_({ enrollmentId, connection: null }));
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(rig.calls.complete).toBe(completions);
    expect(await credentials('alice')).toHaveLength(1);
  });

  test('is unreachable when options are asked for → the key stays configured and the enrollment open', async () => {
    await look();
    const configuring = await start();
    rig.outage.begin = unreachable;
    const receipt = await room.workstation.run(orderIn(configuring));
    expect((await refusal(answer(configuring, receipt))).code).toBe('identity-provider-unreachable');
    const { details, openEnrollmentId } = await seen();
    expect(details?.device.state).toBe('CONFIGURED');
    expect(openEnrollmentId).toBe(configuring.enrollment.enrollmentId);
    delete rig.outage.begin;
    const ordered = await answer(configuring, receipt);
    expect(ordered.enrollment.state).toBe('OPTIONS_ISSUED');
    expect((await toTheEnd(ordered)).enrollment.state).toBe('COMPLETE');
  });

  test('refuses to begin → failed, nothing on the key', async () => {
    await look();
    const configuring = await start();
    rig.outage.begin = refused;
    const step = await go(configuring);
    expect(step).toMatchObject({
      next: null,
      enrollment: { state: 'FAILED', failureCode: 'identity-provider-refused' },
    });
    expect(step.details.device.state).toBe('CONFIGURED');
  });

  test('the person is disabled meanwhile → failed before the key is asked for a credential', async () => {
    await look();
    const configuring = await start();
    await rig.ports.store.transaction(room.tenantId, async (tables) => {
      const alice = await tables.users.get(room.users.alice);
      if (alice !== null) await tables.users.update({ ...alice, status: 'disabled' });
    });
    expect((await go(configuring)).enrollment).toMatchObject({
      state: 'FAILED',
      failureCode: 'user-disabled',
    });
  });
});

describe('cancelling', () => {
  const cancel = (step: EnrollmentStep, code: string, message = 'as told') =>
    cancelEnrollment(
      rig.ports,
      room.actor,
      in_({ enrollmentId: step.enrollment.enrollmentId, code, message }),
    );

  test('while the policy is being written → failed, the key as it was', async () => {
    await look();
    const step = await cancel(await start(), 'PIN_WRONG', 'Wrong PIN, 7 tries left.');
    expect(step).toMatchObject({
      next: null,
      enrollment: { state: 'FAILED', failureCode: 'PIN_WRONG', failureMessage: 'Wrong PIN, 7 tries left.' },
    });
    expect(step.details.device.state).toBe('NOT_CONFIGURED');
    expect((await seen()).openEnrollmentId).toBeNull();
  });

  test.each(['OPERATION_CANCELLED', 'TOUCH_TIMEOUT', 'PIN_BLOCKED', 'CREDENTIAL_EXCLUDED', 'KEY_FULL'])(
    '%s before anything was made → failed, still configured',
    async (code) => {
      await look();
      const step = await cancel(await go(await start()), code);
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
      await look();
      const ordered = await go(await start());
      await room.workstation.run(orderIn(ordered));
      expect(await key.held(rpId)).toHaveLength(1);
      const step = await cancel(ordered, code);
      expect(step.enrollment.state).toBe('COMPENSATING');
      expect(actionOf(orderIn(step))).toMatchObject({
        action: 'remove-credential',
        credentialId: null,
        userHandle: ordered.enrollment.options?.user.id,
      });
      expect((await go(step)).enrollment.state).toBe('COMPENSATED');
      expect(await key.held(rpId)).toEqual([]);
    },
  );

  test('taking off a leftover never takes what the person already has on that very key', async () => {
    const first = await enrolled();
    const valid = first.details.device.credentialId ?? '';
    const userHandle = first.enrollment.options?.user.id ?? '';
    const other = softKey({ serial: 'SOFT-2' });
    const [owned] = key.credentials.filter((one) => one.credentialId === valid);
    if (owned !== undefined) other.credentials.push({ ...owned, rpId, userHandle });
    connectionId = room.workstation.plugIn(other);
    await look();
    const ordered = await go(await start());
    const step = await cancel(ordered, 'operator-cancelled');
    expect((await go(step)).enrollment.state).toBe('COMPENSATED');
    expect(await other.held(rpId)).toEqual([valid]);
  });

  test('cleaning that fails stays open for when the key is back; cleaning that can not be done ends it', async () => {
    await look();
    const ordered = await go(await start());
    await room.workstation.run(orderIn(ordered));
    const cleaning = await cancel(ordered, 'DEVICE_REMOVED');
    const interrupted = await cancel(cleaning, 'DEVICE_NOT_FOUND');
    expect(interrupted).toMatchObject({
      next: null,
      enrollment: { state: 'COMPENSATING', failureCode: 'DEVICE_REMOVED' },
    });
    expect((await seen()).openEnrollmentId).toBe(ordered.enrollment.enrollmentId);
    const impossible = await cancel(cleaning, 'POLICY_UNMET');
    expect(impossible).toMatchObject({
      next: null,
      enrollment: { state: 'FAILED', failureCode: 'DEVICE_REMOVED' },
    });
    expect(impossible.enrollment.failureMessage).toContain('can not delete a single passkey');
  });

  test('a key without credential management is not asked to delete: it ends, and says what stays', async () => {
    const old = softKey({ serial: 'OLD', facts: { options: { credMgmt: false } } });
    connectionId = room.workstation.plugIn(old);
    await look();
    const ordered = await go(await start());
    await room.workstation.run(orderIn(ordered));
    const step = await cancel(ordered, 'DEVICE_REMOVED');
    expect(step).toMatchObject({ next: null, enrollment: { state: 'FAILED' } });
    expect(step.enrollment.failureMessage).toContain('can not delete a single passkey');
  });

  test('the same person tries again after a leftover → her new credential replaces it', async () => {
    await look();
    const ordered = await go(await start());
    await room.workstation.run(orderIn(ordered));
    await cancel(ordered, 'DEVICE_REMOVED');
    await seen();
    const again = await start({ policyId: null });
    expect(again.enrollment).toMatchObject({
      enrollmentId: ordered.enrollment.enrollmentId,
      state: 'OPTIONS_ISSUED',
      failureCode: null,
    });
    const done = await toTheEnd(again);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(await key.held(rpId)).toEqual([done.details.device.credentialId]);
  });

  test('somebody else gets the key only after the leftover is off', async () => {
    await look();
    const ordered = await go(await start());
    await room.workstation.run(orderIn(ordered));
    const cleaning = await cancel(ordered, 'DEVICE_REMOVED');
    const error = await refusal(start({ username: 'bob', policyId: null }));
    expect(error).toMatchObject({
      code: 'enrollment-in-progress',
      particulars: { enrollmentId: ordered.enrollment.enrollmentId },
    });
    await toTheEnd(cleaning);
    expect((await toTheEnd(await start({ username: 'bob', policyId: null }))).enrollment.state).toBe(
      'COMPLETE',
    );
  });

  test('after the end it changes nothing', async () => {
    const done = await enrolled();
    expect((await cancel(done, 'operator-cancelled')).enrollment.state).toBe('COMPLETE');
  });
});

describe('coming back', () => {
  const resume = (step: EnrollmentStep, connection: string | null = null, using: Rig = rig) =>
    continueEnrollment(
      using.ports,
      room.actor,
      in_({
        enrollmentId: step.enrollment.enrollmentId,
        connection:
          connection === null
            ? null
            : { workstationId: room.workstation.workstationId, connectionId: connection },
      }),
    );

  test('a reload in each step gets a new order for where it stands', async () => {
    await look();
    const configuring = await start();
    expect((await seen()).openEnrollmentId).toBe(configuring.enrollment.enrollmentId);
    const again = await resume(configuring);
    expect(again.next?.answerAt).toBe('configured');
    const ordered = await go(again);
    const oldChallenge = ordered.enrollment.options?.challenge;
    const reordered = await resume(ordered);
    expect(reordered.next?.answerAt).toBe('complete');
    expect(reordered.enrollment.options?.challenge).not.toBe(oldChallenge);
    expect(rig.calls.abandon).toBe(1);
    expect((await go(reordered)).enrollment.state).toBe('COMPLETE');
  });

  test('a key that was pulled out and put back is followed by its tag', async () => {
    await look();
    const ordered = await go(await start());
    room.workstation.pullOut(connectionId);
    const back = room.workstation.plugIn(key);
    const found = await seen(back);
    expect(found).toMatchObject({ proven: true, openEnrollmentId: ordered.enrollment.enrollmentId });
    const resumed = await resume(ordered, back);
    expect(actionOf(orderIn(resumed))).toMatchObject({ device: back });
    expect((await go(resumed)).enrollment.state).toBe('COMPLETE');
  });

  test('a key without serial and tag, pulled out while it was being configured, is taken at the operator’s word', async () => {
    const nameless = softKey({ serial: null });
    const where = room.workstation.plugIn(nameless);
    await look();
    const configuring = await start({ connectionId: where });
    room.workstation.pullOut(where);
    const back = room.workstation.plugIn(nameless);
    expect((await seen(back)).details).toBeNull();
    const resumed = await resume(configuring, back);
    const done = await toTheEnd(resumed);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(done.details.device.deviceId).toBe(configuring.details.device.deviceId);
  });

  test('another key is not taken for it', async () => {
    await look();
    const ordered = await go(await start());
    const elsewhere = room.workstation.plugIn(softKey({ serial: 'SOFT-2' }));
    await look();
    expect((await refusal(resume(ordered, elsewhere))).code).toBe('device-unrecognised');
    expect((await refusal(resume(ordered, 'never-seen'))).code).toBe('device-unrecognised');
    expect((await go(ordered)).enrollment.state).toBe('COMPLETE');
  });

  test('the server died between options and completion → another process takes the same receipt', async () => {
    await look();
    const ordered = await go(await start());
    const receipt = await room.workstation.run(orderIn(ordered));
    await rig.close();
    closing.splice(closing.indexOf(rig), 1);
    rig = await rig.again();
    closing.push(rig);
    const done = await answer(ordered, receipt);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(await credentials('alice')).toHaveLength(1);
  });

  test('the server died while the provider was being asked → its lease runs out and the next one finishes', async () => {
    await look();
    const ordered = await go(await start());
    const receipt = await room.workstation.run(orderIn(ordered));
    rig.outage.hold = new Promise(() => {});
    void answer(ordered, receipt).catch(() => {});
    const other = await rig.again();
    closing.push(other);
    await expect
      .poll(async () => (await device(ordered.details.device.deviceId)).state, { timeout: 5000 })
      .toBe('CONFIGURED');
    await expect.poll(() => rig.calls.complete, { timeout: 5000 }).toBe(1);
    rig.advance(31_000);
    const done = await answer(ordered, receipt, other);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(other.calls.list).toBe(1);
    expect(await credentials('alice')).toHaveLength(1);
  });

  test('what was registered before the crash is found, not registered again', async () => {
    await look();
    const ordered = await go(await start());
    rig.outage.completeAnswer = unreachable;
    await refusal(go(ordered));
    const other = await rig.again();
    closing.push(other);
    const done = await resume(ordered, null, other);
    expect(done.enrollment.state).toBe('COMPLETE');
    expect(other.calls.complete).toBe(0);
  });
});

describe('what nobody came back for', () => {
  const expire = (using: Rig = rig) => expireEnrollments(using.ports, { tenantId: room.tenantId, limit: 10 });
  const state = async (step: EnrollmentStep) =>
    rig.ports.store.transaction(
      room.tenantId,
      async (tables) => (await tables.enrollments.get(step.enrollment.enrollmentId))?.state,
    );

  test('is left alone while it is open, and ends when it is not', async () => {
    await look();
    const configuring = await start();
    expect(await expire()).toEqual({ settled: 0, failures: [] });
    rig.advance(16 * 60_000);
    expect(await expire()).toEqual({ settled: 1, failures: [] });
    expect(await state(configuring)).toBe('FAILED');
    expect(await expire()).toEqual({ settled: 0, failures: [] });
  });

  test('waits for its key where the key may hold something, and is cleaned when the key is back', async () => {
    await look();
    const ordered = await go(await start());
    await room.workstation.run(orderIn(ordered));
    rig.advance(16 * 60_000);
    await expire();
    expect(await state(ordered)).toBe('COMPENSATING');
    const { openEnrollmentId } = await seen();
    const cleaning = await continueEnrollment(
      rig.ports,
      room.actor,
      in_({ enrollmentId: openEnrollmentId ?? '', connection: null }),
    );
    expect((await go(cleaning)).enrollment.state).toBe('COMPENSATED');
    expect(await key.held(rpId)).toEqual([]);
  });

  test('is finished where only a crash kept it from being finished', async () => {
    await look();
    const ordered = await go(await start());
    rig.outage.complete = unreachable;
    await refusal(go(ordered));
    rig.advance(16 * 60_000);
    const round = await expire();
    expect(round.failures).toHaveLength(1);
    expect(await state(ordered)).toBe('VERIFIED');
    delete rig.outage.complete;
    rig.advance(16 * 60_000);
    expect((await expire()).failures).toEqual([]);
    expect(await state(ordered)).toBe('COMPLETE');
  });

  test('two processes expire it once', async () => {
    await look();
    const ordered = await start();
    rig.advance(16 * 60_000);
    const other = await rig.again();
    closing.push(other);
    await Promise.all([expire(), expire(other)]);
    expect(await events(ordered.enrollment.enrollmentId)).toEqual([
      'enrollment.started',
      'enrollment.failed',
    ]);
  });

  test('keys that no page looked at for a week are forgotten, not their devices', async () => {
    await look();
    rig.advance(8 * 24 * 3_600_000);
    expect(await forgetConnections(rig.ports, { tenantId: room.tenantId })).toBe(1);
    expect((await refusal(start())).code).toBe('device-unrecognised');
    expect((await seen()).details?.device.serial).toBe('SOFT-1');
  });
});

describe('which key is this (lifecycle manager §7)', () => {
  test('the tag proves it; a new connection needs no serial', async () => {
    const done = await enrolled();
    room.workstation.pullOut(connectionId);
    const found = await seen(room.workstation.plugIn(key));
    expect(found).toMatchObject({ proven: true });
    expect(found.details?.device.deviceId).toBe(done.details.device.deviceId);
  });

  test('a copied serial number proves nothing: shown, not proven, not assignable', async () => {
    const done = await enrolled();
    await revokeDevice(
      rig.ports,
      room.actor,
      in_({ deviceId: done.details.device.deviceId, reason: 'lost' }),
    );
    room.workstation.pullOut(connectionId);
    const imposter = room.workstation.plugIn(softKey({ serial: 'SOFT-1' }));
    const found = await seen(imposter);
    expect(found).toMatchObject({
      proven: false,
      details: { device: { deviceId: done.details.device.deviceId } },
    });
    const error = await refusal(start({ connectionId: imposter, policyId: null }));
    expect(error.code).toBe('device-unrecognised');
  });

  test('of two keys with one serial the one with the tag is the device', async () => {
    const done = await enrolled();
    const imposter = room.workstation.plugIn(softKey({ serial: 'SOFT-1' }));
    const both = await look();
    expect(both.find((one) => one.connectionId === connectionId)).toMatchObject({
      proven: true,
      details: { device: { deviceId: done.details.device.deviceId } },
    });
    expect(both.find((one) => one.connectionId === imposter)).toMatchObject({ proven: false, details: null });
  });

  test('a clone whose counter does not grow is not proven, and the log says so', async () => {
    const done = await enrolled();
    const clone = softKey({ serial: 'SOFT-1' });
    clone.cloneFrom(key);
    await seen();
    await seen();
    room.workstation.pullOut(connectionId);
    const found = await seen(room.workstation.plugIn(clone));
    expect(found).toMatchObject({
      proven: false,
      details: { device: { deviceId: done.details.device.deviceId } },
    });
    expect(await events(done.details.device.deviceId)).toContain('device.tag-rejected');
  });

  test('a tag’s signature over another order’s challenge proves nothing', async () => {
    await enrolled();
    const { order: first } = await issueSessionOrder(
      rig.ports,
      room.actor,
      in_({ workstationId: room.workstation.workstationId }),
    );
    const { order: second } = await issueSessionOrder(
      rig.ports,
      room.actor,
      in_({ workstationId: room.workstation.workstationId }),
    );
    const action = actionOf(first);
    const identify = action.action === 'session' ? action.identify : null;
    const receipt = await room.workstation.forge(second, {
      action: 'session',
      devices: [
        {
          connectionId,
          transport: 'virtual',
          model: key.model,
          serial: null,
          virtual: true,
          facts: await key.facts(),
          tag: identify === null ? null : await key.identify(identify),
        },
      ],
    });
    const [found] = await recogniseDevices(rig.ports, room.actor, in_({ receipt }));
    expect(found).toMatchObject({ proven: false });
  });

  test('the same serial of another model is another key', async () => {
    await enrolled();
    const other: TestKey = softKey({
      serial: 'SOFT-1',
      facts: { aaguid: '00112233-4455-6677-8899-aabbccddeeff' },
    });
    const where = room.workstation.plugIn(other);
    expect((await seen(where)).details).toBeNull();
  });

  test('a page that names another device than the one at the connection is refused', async () => {
    const done = await enrolled();
    const where = room.workstation.plugIn(softKey({ serial: 'SOFT-2' }));
    await look();
    const error = await refusal(start({ connectionId: where, deviceId: done.details.device.deviceId }));
    expect(error.code).toBe('device-unrecognised');
  });

  test('a key that nobody looked at can not be assigned', async () => {
    expect((await refusal(start())).code).toBe('device-unrecognised');
  });
});

describe('revoking', () => {
  test('the provider is asked first; only then is the device Revoked; the key may be absent', async () => {
    const done = await enrolled();
    const { deviceId } = done.details.device;
    room.workstation.pullOut(connectionId);
    rig.outage.removal = unreachable;
    const error = await refusal(revokeDevice(rig.ports, room.actor, in_({ deviceId, reason: 'lost' })));
    expect(error.code).toBe('identity-provider-unreachable');
    expect(error.message).toContain('goes on trying');
    expect((await device(deviceId)).state).toBe('ENROLLED');
    expect((await credentials('alice'))[0]?.status).toBe('ACTIVE');

    // The job carries the intent out.
    expect(await deliverOutbox(rig.ports, { tenantId: room.tenantId, limit: 10 })).toEqual({
      delivered: 0,
      failures: [],
    });
    rig.advance(31_000);
    expect((await deliverOutbox(rig.ports, { tenantId: room.tenantId, limit: 10 })).failures).toHaveLength(1);
    delete rig.outage.removal;
    expect((await deliverOutbox(rig.ports, { tenantId: room.tenantId, limit: 10 })).delivered).toBe(0);
    rig.advance(60_000);
    expect((await deliverOutbox(rig.ports, { tenantId: room.tenantId, limit: 10 })).delivered).toBe(1);
    expect(await device(deviceId)).toMatchObject({ state: 'REVOKED', owner: null, credentialId: null });
    expect((await credentials('alice'))[0]?.status).toBe('REVOKED');
    expect(await events(deviceId)).toEqual([
      'device.discovered',
      'device.configured',
      'device.enrolled',
      'device.revocation-requested',
      'device.revoked',
    ]);
  });

  test('again and twice at once is one revocation; the outbox is left empty', async () => {
    const done = await enrolled();
    const { deviceId } = done.details.device;
    const revoke = () => revokeDevice(rig.ports, room.actor, in_({ deviceId, reason: 'lost' }));
    const both = await Promise.all([revoke(), revoke()]);
    expect(both.map((one) => one.device.state)).toEqual(['REVOKED', 'REVOKED']);
    expect((await revoke()).device.state).toBe('REVOKED');
    expect((await events(deviceId)).filter((type) => type === 'device.revoked')).toHaveLength(1);
    rig.advance(3_600_000);
    expect(await deliverOutbox(rig.ports, { tenantId: room.tenantId, limit: 10 })).toEqual({
      delivered: 0,
      failures: [],
    });
  });

  test('a late intent does not revoke what was enrolled again since', async () => {
    const done = await enrolled();
    const { deviceId } = done.details.device;
    rig.outage.removal = unreachable;
    await refusal(revokeDevice(rig.ports, room.actor, in_({ deviceId, reason: 'first' })));
    delete rig.outage.removal;
    await revokeDevice(rig.ports, room.actor, in_({ deviceId, reason: 'second' }));
    await seen();
    await toTheEnd(await start({ policyId: null, username: 'bob' }));
    rig.advance(3_600_000);
    await deliverOutbox(rig.ports, { tenantId: room.tenantId, limit: 10 });
    expect(await device(deviceId)).toMatchObject({ state: 'ENROLLED', owner: { username: 'bob' } });
    expect((await credentials('bob'))[0]?.status).toBe('ACTIVE');
  });

  test.each(['NOT_CONFIGURED', 'CONFIGURED'])('a key that is %s has nothing to revoke', async (wanted) => {
    await look();
    const step = await start();
    if (wanted === 'CONFIGURED') await go(step);
    const { deviceId } = step.details.device;
    const error = await refusal(revokeDevice(rig.ports, room.actor, in_({ deviceId, reason: 'lost' })));
    expect(error.code).toBe('device-state-forbids');
  });
});
