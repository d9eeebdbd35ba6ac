import type { Device, Enrollment, EnrollmentStep, WorkstationError, WorkstationEvent } from '@keywarden/api';
import { describe, expect, test } from 'vitest';
import { advance, backOff, cancellable, ended, resumeRoad, startRoad } from './advance.ts';
import type { Advance, Effect, PendingReceipt, Refusal, Request, Road, RoadEvent } from './road.ts';
import { planSteps, type StepName, type StepState } from './steps.ts';

const at = '2026-01-02T03:04:05.000Z';
const device: Device = {
  deviceId: '018f0000-0000-7000-8000-000000000001',
  status: 'NOT_CONFIGURED',
  policy: null,
  serial: 'VK-0001',
  aaguid: '00000000-0000-0000-0000-000000000000',
  model: 'Virtual key',
  firmware: null,
  virtual: true,
  tagged: false,
  owner: null,
  createdAt: at,
  updatedAt: at,
};

function enrollment(status: Enrollment['status'], change: Partial<Enrollment> = {}): Enrollment {
  return {
    enrollmentId: '018f0000-0000-7000-8000-0000000000e1',
    status,
    device,
    user: {
      identityProviderId: '018f0000-0000-7000-8000-0000000000d1',
      reference: 'r',
      username: 'alice',
      displayName: 'Alice Liddell',
    },
    workstationId: 'w',
    connectionId: 'c1',
    failure: null,
    createdAt: at,
    expiresAt: at,
    ...change,
  };
}

type AnswerAt = NonNullable<EnrollmentStep['next']>['answerAt'];
const ordered = (status: Enrollment['status'], answerAt: AnswerAt): EnrollmentStep => ({
  enrollment: enrollment(status),
  next: { order: `order for ${answerAt}`, answerAt },
});
const rests = (status: Enrollment['status'], change: Partial<Enrollment> = {}): EnrollmentStep => ({
  enrollment: enrollment(status, change),
  next: null,
});

const error = (code: WorkstationError['code']): WorkstationError => ({
  code,
  message: `said of ${code}`,
  ctap: null,
  retriesLeft: null,
  field: null,
});
const refusal = (change: Partial<Refusal>): Refusal => ({
  passing: false,
  signedOut: false,
  code: 'x',
  said: null,
  field: null,
  reference: null,
  ...change,
});
const away = refusal({ passing: true, code: 'server-unreachable' });

const configuring = planSteps({ configures: true, rules: null, pinSet: false });
const assigning = planSteps({ configures: false, rules: null, pinSet: true });

/** Plays events one after the other and keeps all effects. */
function play(first: Advance, ...events: readonly RoadEvent[]): { road: Road; effects: readonly Effect[] } {
  let road = first.road;
  const effects = [...first.effects];
  for (const event of events) {
    const next = advance(road, event);
    road = next.road;
    effects.push(...next.effects);
  }
  return { road, effects };
}

const stepped = (step: EnrollmentStep): RoadEvent => ({ name: 'stepped', step });
const ran = (receipt: string): RoadEvent => ({ name: 'ran', receipt });
const told = (event: WorkstationEvent): RoadEvent => ({ name: 'told', event });
const progress = (
  step: Extract<WorkstationEvent, { event: 'progress' }>['step'],
  status: 'started' | 'done',
) => told({ event: 'progress', operation: '1', step, status });
const pinRequired = (wrong = false) =>
  told({
    event: 'pin.required',
    operation: '1',
    reason: 'verify',
    minimumLength: 4,
    maximumLength: 63,
    characters: 'any',
    retriesLeft: 8,
    wrong,
    hint: null,
  });

const stateOf = (road: Road, name: StepName): StepState | undefined =>
  road.steps.find((step) => step.name === name)?.state;
const asked = (effects: readonly Effect[]): readonly Request[] =>
  effects.flatMap((effect) => (effect.name === 'ask' ? [effect.request] : []));
const names = (effects: readonly Effect[]) => effects.map((effect) => effect.name);

describe('the steps a person sees', () => {
  test('a key to configure: capabilities, PIN, policy, touch, register, verify', () => {
    expect(configuring.map((step) => step.name)).toEqual([
      'capabilities',
      'pin',
      'policy',
      'touch',
      'register',
      'verify',
    ]);
  });
  test('a configured key: PIN, touch, register, verify', () => {
    expect(assigning.map((step) => step.name)).toEqual(['pin', 'touch', 'register', 'verify']);
  });
  test('no PIN step where the policy wants none and the key has none; one where the key has one', () => {
    const rules = {
      pinMode: 'none' as const,
      pinMinimumLength: 4,
      pinMaximumLength: 63,
      pinCharacters: 'any' as const,
      minPINLength: null,
      alwaysUv: null,
      forcePINChange: true,
      allowedAaguids: [],
      attestation: 'none' as const,
      assetTag: true,
    };
    const without = planSteps({ configures: true, rules, pinSet: false }).map((step) => step.name);
    expect(without).toEqual([
      'capabilities',
      'policy',
      'touch',
      'new-pin-at-first-use',
      'register',
      'verify',
    ]);
    expect(planSteps({ configures: true, rules, pinSet: true }).map((step) => step.name)).toContain('pin');
  });
});

describe('configure and assign', () => {
  test('goes order, run, receipt, answer twice and ends finished with every step ticked', () => {
    const { road, effects } = play(
      startRoad(configuring),
      stepped(ordered('CONFIGURING', 'configured')),
      progress('check-capabilities', 'started'),
      progress('check-capabilities', 'done'),
      pinRequired(),
      { name: 'pin-given', question: 1 },
      progress('write-policy', 'started'),
      ran('configure receipt'),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      progress('create-credential', 'started'),
      told({ event: 'touch.required', operation: '1' }),
      told({ event: 'touch.done', operation: '1' }),
      ran('enroll receipt'),
      stepped(rests('COMPLETE')),
    );
    expect(effects).toEqual([
      { name: 'ask', request: { name: 'start' } },
      { name: 'run', order: 'order for configured' },
      { name: 'ask', request: { name: 'answer', at: 'configured', receipt: 'configure receipt' } },
      { name: 'acknowledge', receipt: 'configure receipt' },
      { name: 'run', order: 'order for complete' },
      { name: 'ask', request: { name: 'answer', at: 'complete', receipt: 'enroll receipt' } },
      { name: 'acknowledge', receipt: 'enroll receipt' },
    ]);
    expect(road.phase.name).toBe('finished');
    expect(road.steps.every((step) => step.state === 'done')).toBe(true);
    expect(ended(road)).toBe(true);
  });

  test('one step at a time is active, from the first order on', () => {
    const begun = play(startRoad(configuring), stepped(ordered('CONFIGURING', 'configured')));
    expect(stateOf(begun.road, 'capabilities')).toBe('active');
    const asking = play(begun, pinRequired());
    expect(asking.road.steps.filter((step) => step.state === 'active').map((step) => step.name)).toEqual([
      'pin',
    ]);
    expect(stateOf(asking.road, 'capabilities')).toBe('done');
  });

  test('an answer to an earlier PIN question does not close the next one', () => {
    const { road } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      pinRequired(),
      pinRequired(true),
      { name: 'pin-given', question: 1 },
    );
    expect(road.prompt).toMatchObject({ name: 'pin', question: 2, required: { wrong: true } });
  });

  test('a PIN asked for while the credential is made is asked under its own step, before the touch', () => {
    const asking = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      progress('check-capabilities', 'started'),
      progress('check-capabilities', 'done'),
      progress('create-credential', 'started'),
      pinRequired(),
    );
    expect(asking.road.prompt).toMatchObject({ name: 'pin', step: 'pin' });
    expect(asking.road.steps.map((step) => step.state)).toEqual(['active', 'waiting', 'waiting', 'waiting']);
    const touching = play(
      asking,
      { name: 'pin-given', question: 1 },
      told({ event: 'touch.required', operation: '1' }),
    );
    expect(touching.road.steps.map((step) => step.state)).toEqual(['done', 'active', 'waiting', 'waiting']);
    const read = play(touching, progress('create-credential', 'done'), progress('read-back', 'started'));
    expect(read.road.steps.map((step) => step.state)).toEqual(['done', 'done', 'waiting', 'waiting']);
  });

  test('a PIN that the workstation still knows is not asked for, and its step ticks with the touch', () => {
    const { road } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      progress('create-credential', 'started'),
      told({ event: 'touch.required', operation: '1' }),
    );
    expect(road.prompt).toEqual({ name: 'touch' });
    expect(stateOf(road, 'pin')).toBe('done');
  });

  test('a PIN asked for again after its step is ticked is asked under the step that needs it', () => {
    const { road } = play(
      startRoad(configuring),
      stepped(ordered('CONFIGURING', 'configured')),
      ran('r'),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      progress('create-credential', 'started'),
      pinRequired(),
    );
    expect(road.prompt).toMatchObject({ name: 'pin', step: 'touch' });
    expect(stateOf(road, 'pin')).toBe('done');
  });
});

describe('the server does not answer', () => {
  test('the same request again with growing pauses, then a person decides', () => {
    let now = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      ran('enroll receipt'),
    );
    const waits: number[] = [];
    for (const pause of backOff) {
      now = play(now, { name: 'refused', refusal: away });
      expect(now.road.phase).toMatchObject({ name: 'waiting', milliseconds: pause });
      waits.push(pause);
      now = play(now, { name: 'waited' });
    }
    expect(waits).toEqual([...backOff]);
    now = play(now, { name: 'refused', refusal: away });
    expect(now.road.phase).toMatchObject({ name: 'stalled', reason: 'server-unreachable' });
    expect(ended(now.road)).toBe(false);
    const again = advance(now.road, { name: 'try-again-pressed' });
    expect(asked(again.effects)).toEqual([{ name: 'answer', at: 'complete', receipt: 'enroll receipt' }]);
  });

  test('signed out: waits for a person at once, with the receipt in hand', () => {
    const { road } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      ran('receipt'),
      {
        name: 'refused',
        refusal: refusal({ signedOut: true }),
      },
    );
    expect(road.phase).toEqual({
      name: 'stalled',
      reason: 'signed-out',
      request: { name: 'answer', at: 'complete', receipt: 'receipt' },
    });
  });

  test('registered here, the identity provider still silent: looks in again, does not give up', () => {
    const { road, effects } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      ran('receipt'),
      stepped(rests('VERIFIED')),
      { name: 'waited' },
      stepped(rests('COMPLETE')),
    );
    expect(asked(effects).at(-1)).toEqual({ name: 'continue' });
    expect(road.phase.name).toBe('finished');
  });

  test('a refusal of the start ends it: nothing was ordered', () => {
    const { road, effects } = play(startRoad(configuring), {
      name: 'refused',
      refusal: refusal({ code: 'policy-unmet-by-device', field: 'minPINLength' }),
    });
    expect(road.phase.name).toBe('failed');
    expect(road.failure).toMatchObject({
      source: 'server',
      code: 'policy-unmet-by-device',
      field: 'minPINLength',
    });
    expect(names(effects)).toEqual(['ask']);
  });

  test('a refusal of what the key made takes it off the key again', () => {
    const { road, effects } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      ran('enroll receipt'),
      { name: 'refused', refusal: refusal({ code: 'credential-rejected' }) },
      stepped(ordered('COMPENSATING', 'cleaned')),
      ran('clean receipt'),
      stepped(rests('COMPENSATED')),
    );
    expect(asked(effects).map((request) => request.name)).toEqual(['start', 'answer', 'cancel', 'answer']);
    expect(road.phase.name).toBe('failed');
    expect(road.failure?.code).toBe('credential-rejected');
    expect(stateOf(road, 'register')).toBe('failed');
    expect(stateOf(road, 'verify')).toBe('waiting');
    expect(stateOf(road, 'clean')).toBe('done');
  });
});

describe('the key refuses or is pulled out', () => {
  test('pulled out while the policy is written: the server is told, the message says where', () => {
    const { road, effects } = play(
      startRoad(configuring),
      stepped(ordered('CONFIGURING', 'configured')),
      progress('write-policy', 'started'),
      { name: 'run-failed', error: error('DEVICE_REMOVED') },
      stepped(rests('FAILED', { failure: { code: 'DEVICE_REMOVED', message: 'm' } })),
    );
    expect(asked(effects).at(-1)).toEqual({
      name: 'cancel',
      code: 'DEVICE_REMOVED',
      message: 'said of DEVICE_REMOVED',
    });
    expect(road.phase.name).toBe('failed');
    expect(road.failure).toMatchObject({ source: 'workstation', code: 'DEVICE_REMOVED', step: 'policy' });
    expect(stateOf(road, 'policy')).toBe('failed');
    expect(stateOf(road, 'touch')).toBe('waiting');
  });

  test('not there any more to be cleaned: the first failure is the one told, the leftover stays known', () => {
    const { road, effects } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      { name: 'run-failed', error: error('DEVICE_REMOVED') },
      stepped(ordered('COMPENSATING', 'cleaned')),
      { name: 'run-failed', error: error('DEVICE_NOT_FOUND') },
      stepped(rests('COMPENSATING')),
    );
    expect(asked(effects).at(-1)).toMatchObject({ name: 'cancel', code: 'DEVICE_NOT_FOUND' });
    expect(road.phase.name).toBe('failed');
    expect(road.failure?.code).toBe('DEVICE_REMOVED');
    expect(road.enrollment?.status).toBe('COMPENSATING');
  });

  test.each(['ORDER_EXPIRED', 'ORDER_USED', 'DEVICE_BUSY'] as const)(
    '%s: another order, five times',
    (code) => {
      let now = play(startRoad(assigning), stepped(ordered('OPTIONS_ISSUED', 'complete')));
      for (let tries = 0; tries < 5; tries += 1) {
        now = play(
          now,
          { name: 'run-failed', error: error(code) },
          { name: 'waited' },
          stepped(ordered('OPTIONS_ISSUED', 'complete')),
        );
        expect(now.road.phase.name).toBe('running');
      }
      now = play(now, { name: 'run-failed', error: error(code) });
      expect(asked(now.effects).at(-1)).toMatchObject({ name: 'cancel', code });
    },
  );

  test('the workstation service goes away: interrupted, and nothing is claimed about the key', () => {
    const { road, effects } = play(startRoad(configuring), stepped(ordered('CONFIGURING', 'configured')), {
      name: 'workstation-lost',
    });
    expect(road.phase.name).toBe('interrupted');
    expect(road.failure?.code).toBe('workstation-lost');
    expect(names(effects)).toEqual(['ask', 'run']);
  });
});

describe('the operator cancels', () => {
  test('while an order runs: the key is told, then the server with the workstation code', () => {
    const { road, effects } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      { name: 'cancel-pressed' },
      { name: 'run-failed', error: error('OPERATION_CANCELLED') },
      stepped(rests('FAILED', { failure: { code: 'OPERATION_CANCELLED', message: 'm' } })),
    );
    expect(names(effects)).toEqual(['ask', 'run', 'cancel-operation', 'ask']);
    expect(asked(effects).at(-1)).toMatchObject({ name: 'cancel', code: 'OPERATION_CANCELLED' });
    expect(road.phase.name).toBe('failed');
  });

  test('while the first request is on its way: its order is never run, and the server knows that', () => {
    const { effects } = play(
      startRoad(configuring),
      { name: 'cancel-pressed' },
      stepped(ordered('CONFIGURING', 'configured')),
    );
    expect(names(effects)).not.toContain('run');
    expect(asked(effects).at(-1)).toMatchObject({ name: 'cancel', code: 'OPERATION_CANCELLED' });
  });

  test('the policy was already written: that is told first, so that the key is honestly configured', () => {
    const { effects } = play(
      startRoad(configuring),
      stepped(ordered('CONFIGURING', 'configured')),
      { name: 'cancel-pressed' },
      ran('configure receipt'),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
    );
    expect(asked(effects).map((request) => request.name)).toEqual(['start', 'answer', 'cancel']);
    expect(names(effects).filter((name) => name === 'run')).toHaveLength(1);
  });

  test('the key was faster: what it made is taken off, and no receipt completes anything', () => {
    const { effects } = play(
      startRoad(assigning),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
      { name: 'cancel-pressed' },
      ran('enroll receipt'),
      stepped(ordered('COMPENSATING', 'cleaned')),
    );
    expect(asked(effects).map((request) => request.name)).toEqual(['start', 'cancel']);
    expect(asked(effects).at(-1)).toMatchObject({ code: 'operator-cancelled' });
    expect(effects.at(-1)).toEqual({ name: 'run', order: 'order for cleaned' });
  });

  test('is not offered while the server registers, nor while the key is cleaned', () => {
    const running = play(startRoad(assigning), stepped(ordered('OPTIONS_ISSUED', 'complete')));
    expect(cancellable(running.road)).toBe(true);
    const registering = play(running, ran('receipt'));
    expect(cancellable(registering.road)).toBe(false);
    expect(advance(registering.road, { name: 'cancel-pressed' }).effects).toEqual([]);
    const cleaning = play(
      running,
      { name: 'run-failed', error: error('TOUCH_TIMEOUT') },
      stepped(ordered('COMPENSATING', 'cleaned')),
    );
    expect(cancellable(cleaning.road)).toBe(false);
  });
});

describe('the page was reloaded in the middle', () => {
  const open = { enrollmentId: enrollment('CONFIGURING').enrollmentId, choice: 'continue' as const };
  const receipt = (change: Partial<PendingReceipt>): PendingReceipt => ({
    jti: 'j',
    action: 'configure',
    device: 'c1',
    receipt: 'left receipt',
    ...change,
  });
  const looked = (status: Enrollment['status'], receipts: readonly PendingReceipt[]): RoadEvent => ({
    name: 'looked',
    enrollment: enrollment(status),
    receipts,
  });

  test('a left receipt goes where its action belongs, and the road goes on from there', () => {
    const { road, effects } = play(
      resumeRoad(configuring, open),
      looked('CONFIGURING', [receipt({})]),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
    );
    expect(asked(effects)).toEqual([
      { name: 'look' },
      { name: 'answer', at: 'configured', receipt: 'left receipt' },
    ]);
    expect(road.phase).toMatchObject({ name: 'running', answerAt: 'complete' });
    expect(stateOf(road, 'policy')).toBe('done');
  });

  test("another key's receipt, or one for another step, is not brought to this enrollment", () => {
    const { effects } = play(
      resumeRoad(configuring, open),
      looked('CONFIGURING', [receipt({ device: 'c2' }), receipt({ action: 'enroll' })]),
    );
    expect(asked(effects).at(-1)).toEqual({ name: 'continue' });
  });

  test('no receipt: a fresh order for where it stands', () => {
    const { effects } = play(
      resumeRoad(assigning, open),
      looked('OPTIONS_ISSUED', []),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
    );
    expect(effects.at(-1)).toEqual({ name: 'run', order: 'order for complete' });
  });

  test('rolled back: an enroll receipt completes nothing, a configure receipt still tells the truth', () => {
    const rollBack = { ...open, choice: 'roll-back' as const };
    const created = play(
      resumeRoad(assigning, rollBack),
      looked('OPTIONS_ISSUED', [receipt({ action: 'enroll' })]),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
    );
    expect(asked(created.effects).map((request) => request.name)).toEqual(['look', 'continue', 'cancel']);
    expect(asked(created.effects).at(-1)).toMatchObject({ code: 'operator-cancelled' });
    // The key was pulled out and put back after the roll back had begun: the server orders the removal anew.
    const cleaning = play(
      resumeRoad(assigning, rollBack),
      looked('COMPENSATING', []),
      stepped(ordered('COMPENSATING', 'cleaned')),
    );
    expect(asked(cleaning.effects).map((request) => request.name)).toEqual(['look', 'continue']);
    expect(cleaning.effects.at(-1)).toEqual({ name: 'run', order: 'order for cleaned' });
    const written = play(
      resumeRoad(configuring, rollBack),
      looked('CONFIGURING', [receipt({})]),
      stepped(ordered('OPTIONS_ISSUED', 'complete')),
    );
    expect(asked(written.effects).map((request) => request.name)).toEqual(['look', 'answer', 'cancel']);
  });

  test('it was completed meanwhile: finished, nothing is run', () => {
    const { road, effects } = play(resumeRoad(assigning, open), looked('COMPLETE', []));
    expect(road.phase.name).toBe('finished');
    expect(names(effects)).toEqual(['ask']);
  });
});
