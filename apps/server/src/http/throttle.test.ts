import { expect, test } from 'vitest';
import { Throttle, usualLimits } from './throttle.ts';

test('the address of a client that proved itself may send more, for five minutes', () => {
  let now = 0;
  const throttle = new Throttle(usualLimits, () => now);
  expect(throttle.maximumOf('192.0.2.1')).toBe(usualLimits.address);
  throttle.clientProven('192.0.2.1');
  expect(throttle.maximumOf('192.0.2.1')).toBe(usualLimits.client);
  expect(throttle.maximumOf('192.0.2.2')).toBe(usualLimits.address);
  now += 5 * 60_000;
  expect(throttle.maximumOf('192.0.2.1')).toBe(usualLimits.address);
});

test('one user is counted by the minute, and apart from every other and from her namesakes', () => {
  let now = 0;
  const throttle = new Throttle({ ...usualLimits, user: 2 }, () => now);
  const ask = (tenant: string, user: string) => () => throttle.admitUser(tenant, user);
  ask('one', 'alice')();
  now += 45_000;
  ask('one', 'alice')();
  expect(ask('one', 'alice')).toThrow(
    expect.objectContaining({ code: 'rate-limited', particulars: { retryAfterSeconds: 15 } }),
  );
  expect(ask('one', 'bob')).not.toThrow();
  expect(ask('two', 'alice')).not.toThrow();
  now += 15_000;
  expect(ask('one', 'alice')).not.toThrow();
});

test('any number, where an administrator says so', () => {
  const throttle = new Throttle({ address: 0, client: 0, user: 0 }, () => 0);
  for (let asked = 0; asked < 1000; asked += 1) throttle.admitUser('one', 'alice');
  throttle.clientProven('192.0.2.1');
  expect(throttle.maximumOf('192.0.2.1')).toBe(Number.MAX_SAFE_INTEGER);
});
