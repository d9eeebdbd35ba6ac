import { expect, test } from 'vitest';
import { minuteCounts } from './minute-counts.ts';

const minute = 60_000;

function countsAt(clock: { now: number }) {
  const Counts = minuteCounts(() => clock.now);
  const counts = new Counts();
  const count = (key: string, of = counts) => {
    let told = { current: 0, ttl: 0 };
    of.incr(
      key,
      (_error, result) => {
        if (result !== undefined) told = result;
      },
      minute,
      500,
    );
    return told;
  };
  return { counts, count };
}

test('each request keeps the number that it was told', () => {
  const { count } = countsAt({ now: 0 });
  const told = Array.from({ length: 1000 }, () => count('192.0.2.1'));
  expect(told.filter(({ current }) => current <= 500)).toHaveLength(500);
  expect(count('192.0.2.2').current).toBe(1);
});

test('a minute begins with the first request, and says how long it is still', () => {
  const clock = { now: 1000 };
  const { count } = countsAt(clock);
  expect(count('192.0.2.1')).toEqual({ current: 1, ttl: minute });
  clock.now += 45_000;
  expect(count('192.0.2.1')).toEqual({ current: 2, ttl: 15_000 });
  clock.now += 15_000;
  expect(count('192.0.2.1')).toEqual({ current: 1, ttl: minute });
});

test('a route with a limit of its own counts for itself', () => {
  const { counts, count } = countsAt({ now: 0 });
  const own = counts.child({ method: 'GET', url: '/', path: '/', prefix: '', handler: () => {} });
  count('192.0.2.1');
  expect(count('192.0.2.1', own).current).toBe(1);
});

test('an address that goes on is remembered, however many others come', () => {
  const { count } = countsAt({ now: 0 });
  for (let other = 0; other < 25_000; other += 1) {
    if (other % 10_000 === 0) count('192.0.2.1');
    count(`2001:db8::${other}`);
  }
  expect(count('192.0.2.1').current).toBe(4);
  expect(count('2001:db8::0').current).toBe(1);
});
