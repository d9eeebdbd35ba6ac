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
  const throttle = new Throttle({ address: 0, client: 0, user: 0, failures: 0, clientFailures: 0 }, () => 0);
  for (let asked = 0; asked < 1000; asked += 1) throttle.admitUser('one', 'alice');
  throttle.clientProven('192.0.2.1');
  expect(throttle.maximumOf('192.0.2.1')).toBe(Number.MAX_SAFE_INTEGER);
});

test('an address that goes on although it was refused is not heard until its minute is over', () => {
  let now = 0;
  const floods: string[] = [];
  const throttle = new Throttle(
    usualLimits,
    () => now,
    (address) => floods.push(address),
  );
  const refuse = (address: string, connectedFrom: string | undefined) =>
    throttle.refuseAddress({ address, connectedFrom, milliseconds: 60_000 - now });
  for (let times = 0; times < 99; times += 1) refuse('192.0.2.1', '192.0.2.1');
  expect(throttle.floodOf('192.0.2.1')).toBe(0);
  now = 20_000;
  expect(refuse('192.0.2.1', '192.0.2.1')).toMatchObject({
    code: 'rate-limited',
    particulars: { retryAfterSeconds: 40 },
  });
  expect(throttle.floodOf('192.0.2.1')).toBe(40_000);
  expect(throttle.floodOf('192.0.2.2')).toBe(0);
  expect(throttle.floodOf(undefined)).toBe(0);
  refuse('192.0.2.1', '192.0.2.1');
  expect(floods).toEqual(['192.0.2.1']);
  now = 60_000;
  expect(throttle.floodOf('192.0.2.1')).toBe(0);
});

test('a proxy is heard, whatever one of those does for whom it speaks, and that one is not', () => {
  const throttle = new Throttle(usualLimits, () => 0);
  expect(throttle.calm).toBe(true);
  for (let times = 0; times < 1000; times += 1) {
    throttle.refuseAddress({ address: '192.0.2.1', connectedFrom: '203.0.113.1', milliseconds: 60_000 });
    // Who asked too often for one thing is heard elsewhere.
    throttle.refuseAddress({ address: '192.0.2.2', connectedFrom: undefined, milliseconds: 60_000 });
  }
  expect(throttle.calm).toBe(false);
  expect(throttle.floodOf('203.0.113.1')).toBe(0);
  expect(throttle.floodOf('192.0.2.1')).toBe(60_000);
  expect(throttle.floodOf('192.0.2.2')).toBe(0);
});

test('whoever has a network of IPv6 floods from one address, however many of them are used', () => {
  const throttle = new Throttle(usualLimits, () => 0);
  for (let times = 0; times < 100; times += 1) {
    const address = `2001:db8:1:2::${times.toString(16)}`;
    throttle.refuseAddress({ address, connectedFrom: address, milliseconds: 60_000 });
  }
  expect(throttle.floodOf('2001:db8:1:2:ffff::1')).toBe(60_000);
  expect(throttle.floodOf('2001:db8:1:3::1')).toBe(0);
});
