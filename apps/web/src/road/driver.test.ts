import type {
  Device,
  Enrollment,
  EnrollmentStep,
  OrderDone,
  StartEnrollment,
  WorkstationError,
  WorkstationEvent,
} from '@keywarden/api';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../client/error.ts';
import { ChannelError, WorkstationRefusal } from '../workstation/error.ts';
import { type DriverSettings, RoadDriver } from './driver.ts';
import { receiptId } from './receipt.ts';
import { planSteps } from './steps.ts';

const at = '2026-01-02T03:04:05.000Z';
const device: Device = {
  deviceId: '018f0000-0000-7000-8000-000000000001',
  status: 'CONFIGURED',
  policy: null,
  serial: null,
  aaguid: '00000000-0000-0000-0000-000000000001',
  model: 'Key',
  firmware: null,
  virtual: false,
  tagged: false,
  owner: null,
  createdAt: at,
  updatedAt: at,
};
const enrollment = (status: Enrollment['status']): Enrollment => ({
  enrollmentId: '018f0000-0000-7000-8000-0000000000e1',
  status,
  device,
  user: { identityProviderId: device.deviceId, reference: 'r', username: 'alice', displayName: 'Alice' },
  workstationId: 'w',
  connectionId: 'c1',
  failure: null,
  createdAt: at,
  expiresAt: at,
});
const ordered: EnrollmentStep = {
  enrollment: enrollment('OPTIONS_ISSUED'),
  next: { order: 'order', answerAt: 'complete' },
};
const complete: EnrollmentStep = { enrollment: enrollment('COMPLETE'), next: null };
const failed: EnrollmentStep = { enrollment: enrollment('FAILED'), next: null };
const receipt = `h.${btoa(JSON.stringify({ jti: 'order-1' }))}.s`;
const start: StartEnrollment = {
  username: 'alice',
  workstationId: 'w',
  connectionId: 'c1',
  deviceId: null,
  policyId: null,
};
const plan = planSteps({ configures: false, rules: null, pinSet: true });

/** Fakes of both sides; a test answers what the driver waits for. */
function stage() {
  const calls: string[] = [];
  let tell: (event: WorkstationEvent) => void = () => {};
  let finish: (done: OrderDone) => void = () => {};
  let breakOff: (error: Error) => void = () => {};
  const starts: string[] = [];
  const answers: Record<'start' | 'answer' | 'cancel', () => Promise<EnrollmentStep>> = {
    start: async () => ordered,
    answer: async () => complete,
    cancel: async () => failed,
  };
  const settings: DriverSettings = {
    start,
    idempotencyKey: 'key-1',
    wait: async () => {},
    server: {
      startEnrollment: (_, key) => {
        starts.push(key);
        return answers.start();
      },
      enrollment: async () => enrollment('OPTIONS_ISSUED'),
      answerEnrollment: (_, answer) => {
        calls.push(`answer ${answer.at}`);
        return answers.answer();
      },
      continueEnrollment: async () => ordered,
      cancelEnrollment: (_, why) => {
        calls.push(`cancel ${why.code}`);
        return answers.cancel();
      },
    },
    workstation: {
      hold: () => {
        calls.push('hold');
        return () => calls.push('release');
      },
      onEvent: (listener) => {
        tell = listener;
        return () => {
          tell = () => {};
        };
      },
      runOrder: () => ({
        operation: '7',
        done: new Promise((resolve, reject) => {
          finish = resolve;
          breakOff = reject;
        }),
      }),
      providePin: async (operation, pin) => {
        calls.push(`pin for ${operation}: ${pin.length} characters`);
      },
      cancelOperation: async (operation) => {
        calls.push(`cancel operation ${operation}`);
      },
      pendingReceipts: async () => [],
      acknowledge: async (jti) => {
        calls.push(`acknowledge ${jti}`);
      },
    },
  };
  return {
    settings,
    calls,
    starts,
    answers,
    tell: (event: WorkstationEvent) => tell(event),
    finish: () => finish({ result: { action: 'remove-credential', removed: 0 }, receipt }),
    breakOff: (error: Error) => breakOff(error),
  };
}
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));
const refusal = (code: WorkstationError['code']) =>
  new WorkstationRefusal({ code, message: 'no', ctap: null, retriesLeft: null, field: null });
const pinRequired: WorkstationEvent = {
  event: 'pin.required',
  operation: '7',
  reason: 'verify',
  minimumLength: 4,
  maximumLength: 63,
  characters: 'any',
  retriesLeft: 8,
  wrong: false,
  hint: null,
};

describe('the driver', () => {
  test('runs the order, answers with its receipt, forgets it at the workstation, and lets the list go', async () => {
    const scene = stage();
    const driver = new RoadDriver(scene.settings, { steps: plan, open: null });
    await settled();
    scene.tell(pinRequired);
    const { prompt } = driver.snapshot();
    if (prompt?.name !== 'pin') throw new Error('no PIN asked for');
    await driver.providePin({ operation: prompt.required.operation, number: prompt.question }, '123456');
    expect(driver.snapshot().prompt).toBeNull();
    scene.finish();
    await settled();
    expect(driver.snapshot().phase.name).toBe('finished');
    expect(scene.calls).toEqual([
      'hold',
      'pin for 7: 6 characters',
      'answer complete',
      'acknowledge order-1',
      'release',
    ]);
  });

  test('a start whose answer was lost is repeated with the same key', async () => {
    const scene = stage();
    let tries = 0;
    scene.answers.start = () => {
      tries += 1;
      if (tries < 3) return Promise.reject(new ApiError('server-unreachable', 'lost'));
      return Promise.resolve(ordered);
    };
    const driver = new RoadDriver(scene.settings, { steps: plan, open: null });
    await settled();
    expect(scene.starts).toEqual(['key-1', 'key-1', 'key-1']);
    expect(driver.snapshot().phase.name).toBe('running');
  });

  test('events of another operation are not ours', async () => {
    const scene = stage();
    const driver = new RoadDriver(scene.settings, { steps: plan, open: null });
    await settled();
    scene.tell({ ...pinRequired, operation: '8' });
    expect(driver.snapshot().prompt).toBeNull();
  });

  test('cancelled: the workstation is told, and the server what the workstation said', async () => {
    const scene = stage();
    const driver = new RoadDriver(scene.settings, { steps: plan, open: null });
    await settled();
    driver.cancel();
    scene.breakOff(refusal('OPERATION_CANCELLED'));
    await settled();
    expect(scene.calls).toContain('cancel operation 7');
    expect(scene.calls).toContain('cancel OPERATION_CANCELLED');
    expect(driver.snapshot().phase.name).toBe('failed');
  });

  test('the workstation goes away: interrupted, and nothing is sent to the server', async () => {
    const scene = stage();
    const driver = new RoadDriver(scene.settings, { steps: plan, open: null });
    await settled();
    scene.breakOff(new ChannelError('closed', 'gone'));
    await settled();
    expect(driver.snapshot().phase.name).toBe('interrupted');
    expect(scene.calls).toEqual(['hold', 'release']);
  });

  test('a key assigned for somebody else at this moment does not pass by waiting', async () => {
    const scene = stage();
    scene.answers.start = () =>
      Promise.reject(
        new ApiError('problem', 'busy', {
          status: 409,
          problem: {
            type: 'x',
            title: 'This key is being assigned to Bob.',
            status: 409,
            code: 'device-busy',
            particulars: { owner: 'Bob' },
          },
        }),
      );
    const driver = new RoadDriver(scene.settings, { steps: plan, open: null });
    await settled();
    expect(driver.snapshot()).toMatchObject({ phase: { name: 'failed' }, failure: { code: 'device-busy' } });
  });
});

describe('which order a receipt speaks of', () => {
  test('is read from its payload; from nonsense nothing', () => {
    expect(receiptId(receipt)).toBe('order-1');
    for (const nonsense of ['', 'a.b', 'a.!!.c', `a.${btoa('{}')}.c`]) expect(receiptId(nonsense)).toBe('');
  });
});
