import { expect, test } from 'vitest';
import { Line, Lines } from './line.ts';

const long = 60_000;

test('a line lets in as many as there are places, the others in the order in which they came', async () => {
  const line = new Line(2);
  const order: string[] = [];
  const enter = async (name: string) => {
    expect(await line.enter(long)).toBe(true);
    order.push(name);
  };
  const all = ['a', 'b', 'c', 'd'].map(enter);
  await Promise.all(all.slice(0, 2));
  expect(order).toEqual(['a', 'b']);
  line.leave();
  await all[2];
  expect(order).toEqual(['a', 'b', 'c']);
  line.leave();
  await all[3];
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

test('who gives up takes no place from those behind', async () => {
  const line = new Line(1);
  await line.enter(long);
  const impatient = line.enter(5);
  const patient = line.enter(long);
  expect(await impatient).toBe(false);
  line.leave();
  expect(await patient).toBe(true);
  line.leave();
  expect(line.isEmpty(1)).toBe(true);
});

test('a line that is long enough takes nobody else', async () => {
  const line = new Line(1, 2);
  await line.enter(long);
  const waiting = [line.enter(long), line.enter(long)];
  expect(await line.enter(long)).toBe(false);
  line.leave();
  expect(await waiting[0]).toBe(true);
  const another = line.enter(long);
  expect(await line.enter(long)).toBe(false);
  line.leave();
  line.leave();
  expect(await Promise.all([waiting[1], another])).toEqual([true, true]);
});

test('a place that became free while the process had no time to run is taken, however late it is by then', async () => {
  const line = new Line(1);
  await line.enter(long);
  const waits = line.enter(5);
  setImmediate(() => line.leave());
  const until = performance.now() + 50;
  while (performance.now() < until);
  expect(await waits).toBe(true);
});

test('of one name they work in turn, of another beside them; who waits too long does not wait for ever', async () => {
  const lines = new Lines();
  const order: string[] = [];
  let release = () => {};
  const held = lines.inTurn('one', long, async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    order.push('first');
  });
  const next = lines.inTurn('one', long, async () => order.push('second'));
  await lines.inTurn('another', long, async () => order.push('beside'));
  await lines.inTurn('one', 5, async () => order.push('impatient'));
  release();
  await Promise.all([held, next]);
  expect(order).toEqual(['beside', 'impatient', 'first', 'second']);
  await expect(lines.inTurn('one', long, () => Promise.reject(new Error('failed')))).rejects.toThrow(
    'failed',
  );
  expect(await lines.inTurn('one', long, async () => 'after a failure')).toBe('after a failure');
});
