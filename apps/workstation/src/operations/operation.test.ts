import type { ConnectedKey, WorkstationEvent } from '@keywarden/api';
import type { Clock } from '@keywarden/fido2/ctap2';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectedDevice } from '../devices/connected-device.ts';
import { WorkstationFailure } from '../failure.ts';
import { Operation } from './operation.ts';
import { RememberedPins } from './remembered-pins.ts';

/** A fake clock: time passes when the test says so. */
class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Map<number, () => void>();
  #next = 0;

  now(): number {
    return this.#now;
  }
  after(milliseconds: number, callback: () => void): () => void {
    const at = this.#now + milliseconds + this.#next++ / 1e6;
    this.#timers.set(at, callback);
    return () => this.#timers.delete(at);
  }
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const [at, callback] of [...this.#timers].sort(([a], [b]) => a - b)) {
      if (at <= this.#now && this.#timers.delete(at)) callback();
    }
  }
  get pending(): number {
    return this.#timers.size;
  }
}

const key: ConnectedKey = {
  connectionId: 'k1',
  transport: 'hid',
  model: 'Fake',
  serial: null,
  virtual: false,
  tag: null,
  facts: {
    ...{ aaguid: '00000000-0000-0000-0000-000000000000', versions: [], extensions: [], options: {} },
    ...{ transports: [], firmware: null, minPINLength: 4, forcePINChange: false, algorithms: [] },
    ...{ remainingDiscoverableCredentials: null, clientPinSet: true, pinRetries: 8 },
  },
};
const verify = { reason: 'verify', retriesLeft: 8, wrong: false, minimumLength: 4 } as const;

let clock: FakeClock;
let pins: RememberedPins;
let device: ConnectedDevice;
let events: WorkstationEvent[];

beforeEach(() => {
  clock = new FakeClock();
  pins = new RememberedPins(clock);
  events = [];
  const open = (): never => {
    throw new Error('a fake key is not opened');
  };
  device = new ConnectedDevice(
    { handle: '1', transport: 'hid', model: 'Fake', virtual: false, vendorId: null, slip: null, open },
    { connectionId: 'k1', mark: { serial: null, firmware: null }, key },
  );
});

function operate(): Operation {
  const page = {
    id: 'p',
    origin: 'o',
    present: true,
    send: (event: WorkstationEvent) => void events.push(event),
  };
  return new Operation({ id: 'op', page, device, clock, pins });
}

const reasonOf = (operation: Operation): string =>
  operation.signal.reason instanceof WorkstationFailure ? operation.signal.reason.code : 'running';
const last = (): string | undefined => events.at(-1)?.event;

describe('an operation', () => {
  it('asks for a PIN for three minutes', async () => {
    const operation = operate();
    const answer = operation.pin(verify).catch((error: WorkstationFailure) => error.code);
    clock.pass(179_000);
    expect(reasonOf(operation)).toBe('running');
    clock.pass(2_000);
    expect(await answer).toBe('OPERATION_CANCELLED');
    expect(() => operation.providePin('123456')).toThrow(WorkstationFailure);
  });

  it('waits one minute for a touch, and not after it', () => {
    const operation = operate();
    operation.touch('needed');
    clock.pass(59_000);
    operation.touch('done');
    clock.pass(59_000);
    expect(reasonOf(operation)).toBe('running');
    operation.touch('needed');
    clock.pass(61_000);
    expect(reasonOf(operation)).toBe('TOUCH_TIMEOUT');
  });

  it('takes ten minutes at most, also past return', () => {
    const operation = operate();
    operation.pastReturn();
    clock.pass(601_000);
    expect(reasonOf(operation)).toBe('OPERATION_CANCELLED');
  });

  it('cannot be cancelled past return, but ends when its key is pulled', () => {
    const operation = operate();
    operation.pastReturn();
    operation.cancel();
    operation.abandon();
    expect(reasonOf(operation)).toBe('running');
    device.removed();
    expect(reasonOf(operation)).toBe('DEVICE_REMOVED');
  });

  it('called off too late for the key is past return all the same', () => {
    const operation = operate();
    operation.cancel();
    expect(reasonOf(operation)).toBe('OPERATION_CANCELLED');
    operation.pastReturn();
    expect(reasonOf(operation)).toBe('running');
  });

  it('abandoned by its page goes on until it needs a person', async () => {
    const touched = operate();
    touched.abandon();
    touched.progress('write-policy', 'started');
    expect(reasonOf(touched)).toBe('running');
    touched.touch('needed');
    expect(reasonOf(touched)).toBe('OPERATION_CANCELLED');
    const asked = operate();
    asked.abandon();
    await expect(asked.pin(verify)).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(events).toEqual([]);
  });

  it('abandoned while it asks or waits is cancelled at once', async () => {
    const asking = operate();
    const answer = asking.pin(verify).catch((error: WorkstationFailure) => error.code);
    await Promise.resolve();
    expect(last()).toBe('pin.required');
    asking.abandon();
    expect(await answer).toBe('OPERATION_CANCELLED');
    const waiting = operate();
    waiting.touch('needed');
    waiting.abandon();
    expect(reasonOf(waiting)).toBe('OPERATION_CANCELLED');
  });

  it('abandoned past return while it asks ends at once: nobody will answer', async () => {
    const operation = operate();
    operation.pastReturn();
    const answer = operation.pin(verify).catch((error: WorkstationFailure) => error.code);
    await Promise.resolve();
    operation.abandon();
    expect(await answer).toBe('OPERATION_CANCELLED');
  });

  it('on a key that is gone already does not begin', () => {
    device.removed();
    expect(reasonOf(operate())).toBe('DEVICE_REMOVED');
  });

  it('leaves no timer behind', async () => {
    const operation = operate();
    operation.touch('needed');
    const answer = operation.pin(verify).catch(() => undefined);
    operation.close('failed');
    operation.cancel();
    await answer;
    expect(clock.pending).toBe(0);
  });
});

describe('a PIN that was typed', () => {
  it('is asked for once in an operation, and again when it was wrong', async () => {
    const operation = operate();
    const first = operation.pin(verify);
    await Promise.resolve();
    operation.providePin('123456');
    expect(await first).toBe('123456');
    expect(await operation.pin(verify)).toBe('123456');
    const second = operation.pin({ ...verify, wrong: true, retriesLeft: 7 });
    await Promise.resolve();
    operation.providePin('654321');
    expect(await second).toBe('654321');
    expect(events).toHaveLength(2);
  });

  it('is remembered for the next order only if the operation shows that the key took it', async () => {
    for (const outcome of ['failed', 'done'] as const) {
      const operation = operate();
      const answer = operation.pin(verify);
      await Promise.resolve();
      operation.providePin('123456');
      await answer;
      operation.close(outcome);
      expect(pins.get('k1')).toBe(outcome === 'done' ? '123456' : null);
    }
    clock.pass(181_000);
    expect(pins.get('k1')).toBeNull();
  });

  it('is normalised as CTAP 2.1 §6.5.1 asks', async () => {
    const operation = operate();
    const answer = operation.pin(verify);
    await Promise.resolve();
    operation.providePin('A\u0308pfel');
    expect(await answer).toBe('\u00c4pfel');
  });
});
