import process from 'node:process';
import { parseArgs } from 'node:util';
import { benchCases, type Case, type Input } from './webauthn-cases.ts';

/**
 * Ours, the floor and @simplewebauthn/server in turns of milliseconds, in one process, on the same responses. Only
 * ratios within one run count. Speeds are per second of processor time and medians over the turns, so that what else
 * the machine does decides little.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Seconds for each case. */
    seconds: { type: 'string', default: '6' },
    /** Only cases whose name contains this. */
    only: { type: 'string', default: '' },
    /** Count time on the wall instead of processor time. */
    wall: { type: 'boolean', default: false },
    /** Instead: so many verifications, and how memory did. */
    memory: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Result {
  /** Operations per second of processor time, all threads counted: what one core does. */
  readonly ours: number;
  readonly peer: number;
  /** Null where nothing is signed. */
  readonly floor: number | null;
  /** Ours over theirs. */
  readonly ratio: number;
  readonly ofFloor: number | null;
  readonly p50ms: number;
  readonly p99ms: number;
}

const least = { rounds: 5, batches: 6 };
/** Milliseconds. Short, so that what else the machine does spoils few of them and the median none. */
const batch = { ours: 10, floor: 10, theirs: 20 };

async function measure({ inputs, prepare }: Case): Promise<Result> {
  prepare();
  const run = { ours: turn(inputs, 'ours'), theirs: turn(inputs, 'theirs'), floor: turn(inputs, 'floor') };
  await run.ours(300, []);
  await run.theirs(300, []);
  await run.floor(100, []);
  const durations: number[] = [];
  const speeds = { ours: [] as number[], theirs: [] as number[], floor: [] as number[] };
  const started = performance.now();
  for (let round = 0; round < least.rounds || performance.now() - started < seconds * 1000; round += 1) {
    for (let count = 0; count < least.batches; count += 1) {
      speeds.ours.push(...(await run.ours(batch.ours, durations)));
      speeds.floor.push(...(await run.floor(batch.floor, [])));
    }
    speeds.theirs.push(...(await run.theirs(batch.theirs, [])));
    // Theirs leaves much behind; ours must not clear it up in its own time. Sweeping goes on in other threads.
    globalThis.gc?.();
    await run.ours(batch.ours, []);
  }
  durations.sort((one, other) => one - other);
  const at = (share: number): number => durations[Math.floor((durations.length - 1) * share)] ?? 0;
  const [ours, theirs] = [median(speeds.ours), median(speeds.theirs)];
  const floor = speeds.floor.length === 0 ? null : median(speeds.floor);
  return {
    ours: rounded(ours),
    peer: rounded(theirs),
    floor: floor === null ? null : rounded(floor),
    ratio: rounded(ours / theirs),
    ofFloor: floor === null ? null : rounded(ours / floor),
    p50ms: rounded(at(0.5)),
    p99ms: rounded(at(0.99)),
  };
}

/**
 * Runs for that many milliseconds and at least once, going on through the inputs where it stopped.
 *
 * @returns operations per second, or nothing where there is nothing to run
 */
function turn(inputs: readonly Input[], what: keyof Input) {
  let next = 0;
  return async (milliseconds: number, durations: number[]): Promise<readonly number[]> => {
    const processor = process.cpuUsage();
    const started = performance.now();
    let count = 0;
    let last = started;
    do {
      const run = inputs[next]?.[what];
      if (run === null || run === undefined) return [];
      next = (next + 1) % inputs.length;
      const answer = run();
      if (answer instanceof Promise) await answer;
      else if (answer === false) throw new Error('the floor refused');
      const ended = performance.now();
      durations.push(ended - last);
      last = ended;
      count += 1;
    } while (last - started < milliseconds);
    const { user, system } = process.cpuUsage(processor);
    return [count / (values.wall ? (last - started) / 1000 : (user + system) / 1e6)];
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Ours alone, all cases in turn; after each tenth the memory that is left when garbage is collected. */
function measureMemory(cases: readonly Case[], total: number): void {
  const inputs = cases.flatMap(({ inputs: all }) => all);
  print('verifications   heap used MB   resident MB');
  for (let done = 0; done <= total; done += 1) {
    if (done % Math.ceil(total / 10) === 0) {
      globalThis.gc?.();
      const { heapUsed, rss } = process.memoryUsage();
      print(
        `${String(done).padStart(13)}   ${(heapUsed / 1e6).toFixed(1).padStart(12)}   ${(rss / 1e6).toFixed(1).padStart(11)}`,
      );
    }
    inputs[done % inputs.length]?.ours();
  }
}

async function measureSpeed(cases: readonly Case[]): Promise<void> {
  const cell = (value: string | number | null, width: number): string => String(value ?? '–').padStart(width);
  print(`operations per second${' '.repeat(10)}ours   peer  floor  ratio of floor  p50 ms  p99 ms`);
  const results: Record<string, Result> = {};
  for (const one of cases) {
    const result = await measure(one);
    results[one.name] = result;
    const { ours, peer, floor, ratio, ofFloor, p50ms, p99ms } = result;
    print(
      one.name.padEnd(28) +
        cell(ours, 7) +
        cell(peer, 7) +
        cell(floor, 7) +
        cell(ratio, 7) +
        cell(ofFloor === null ? null : `${Math.round(ofFloor * 100)} %`, 9) +
        cell(p50ms.toFixed(3), 8) +
        cell(p99ms.toFixed(3), 8),
    );
  }
  if (values.json) print(JSON.stringify(results));
}

const cases = benchCases().filter(({ name }) => name.includes(values.only));
if (values.memory === undefined) await measureSpeed(cases);
else measureMemory(cases, Number(values.memory));
