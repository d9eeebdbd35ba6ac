import { describe, expect, test } from 'vitest';
import type { PortalFailure } from './failure.ts';
import { type Ceremony, told } from './passkey-failure.ts';

/** What the person is told where the browser rejects so, after so many milliseconds. */
async function faultOf(kind: Ceremony['kind'], name: string, after = 1000): Promise<string> {
  let time = 0;
  const ceremony = { kind, timeout: 300_000, now: () => time };
  const failure = await told(ceremony, () => {
    time = after;
    return Promise.reject(new DOMException('of the browser', name));
  }).catch((error: PortalFailure) => error);
  return failure.fault;
}

describe('what a browser rejects with, in the terms of the person', () => {
  test.each([
    ['NotAllowedError', 'passkey-cancelled', 'passkey-none-used'],
    ['AbortError', 'passkey-aborted', 'passkey-aborted'],
    ['OperationError', 'passkey-aborted', 'passkey-aborted'],
    ['TimeoutError', 'passkey-timed-out', 'passkey-timed-out'],
    ['InvalidStateError', 'passkey-on-this-device', 'passkey-none-used'],
    ['SecurityError', 'passkey-wrong-address', 'passkey-wrong-address'],
    ['NotSupportedError', 'passkey-unsupported', 'passkey-unsupported'],
    ['ConstraintError', 'passkey-unsupported', 'passkey-unsupported'],
    ['UnknownError', 'passkey-failed', 'passkey-failed'],
    ['SomethingNewError', 'passkey-failed', 'passkey-failed'],
  ])('%s', async (name, making, asking) => {
    expect(await faultOf('make', name)).toBe(making);
    expect(await faultOf('ask', name)).toBe(asking);
  });

  test('NotAllowedError when the time is up, or nearly so', async () => {
    for (const kind of ['make', 'ask'] as const) {
      expect(await faultOf(kind, 'NotAllowedError', 300_000)).toBe('passkey-timed-out');
      expect(await faultOf(kind, 'NotAllowedError', 298_000)).toBe('passkey-timed-out');
      expect(await faultOf(kind, 'NotAllowedError', 280_000)).not.toBe('passkey-timed-out');
    }
  });
});
