import process from 'node:process';
import { parseArgs } from 'node:util';
import { benchCases, type Case, type Input } from './webauthn-cases.ts';

/**
 * Ours and @simplewebauthn/server in turn, in one process, on the same responses; the floor between them. Only ratios
 * within one run count: each is the median over the rounds, so that another program's burst does not decide.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Seconds for each case. */
    seconds: { type: 'string', default: '6' },
    /** Only cases whose name contains this. */
    only: { type: 'string', default: '' },
    /** Count processor time, all threads, instead of time on the wall: for machines that do other things. */
    processor: { type: 'boolean', default: false },
    /** Instead: so many verifications, and how memory did. */
    memory: { type: 'string' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Result {
  /** Operations per second. */
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

const rounds = 12;

async function measure({ inputs, prepare }: Case): Promise<Result> {
  prepare();
  const slice = (Number(values.seconds) * 1000) / rounds / 3;
  const turns = { ours: turn(inputs, 'ours'), theirs: turn(inputs, 'theirs'), floor: turn(inputs, 'floor') };
  const durations: number[] = [];
  for (const run of Object.values(turns)) await run(Math.min(slice, 200), []);
  const speeds: { ours: number; peer: number; floor: number | null }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const ours = await turns.ours(slice, durations);
    const floor = await turns.floor(slice, []);
    const peer = await turns.theirs(slice, []);
    speeds.push({ ours: ours ?? 0, peer: peer ?? 0, floor });
  }
  durations.sort((a, b) => a - b);
  const at = (share: number): number => durations[Math.floor((durations.length - 1) * share)] ?? 0;
  const floors = speeds.flatMap(({ floor }) => (floor === null ? [] : [floor]));
  return {
    ours: Math.round(median(speeds.map(({ ours }) => ours))),
    peer: Math.round(median(speeds.map(({ peer }) => peer))),
    floor: floors.length === 0 ? null : Math.round(median(floors)),
    ratio: rounded(median(speeds.map(({ ours, peer }) => ours / peer))),
    ofFloor:
      floors.length === 0
        ? null
        : rounded(median(speeds.map(({ ours, floor }) => (floor === null ? 0 : ours / floor)))),
    p50ms: rounded(at(0.5)),
    p99ms: rounded(at(0.99)),
  };
}

/** Runs for that many milliseconds, going on through the inputs where it stopped; answers operations per second. */
function turn(inputs: readonly Input[], what: keyof Input) {
  let next = 0;
  return async (milliseconds: number, durations: number[]): Promise<number | null> => {
    // Each turn clears up after itself alone.
    globalThis.gc?.();
    const started = performance.now();
    const startedProcessor = process.cpuUsage();
    let count = 0;
    for (let last = started; last - started < milliseconds; count += 1) {
      const run = inputs[next]?.[what];
      next = (next + 1) % inputs.length;
      if (run === null || run === undefined) return null;
      const answer = run();
      if (answer instanceof Promise) await answer;
      else if (answer === false) throw new Error('the floor refused');
      const ended = performance.now();
      durations.push(ended - last);
      last = ended;
    }
    const { user, system } = process.cpuUsage(startedProcessor);
    return values.processor
      ? count / ((user + system) / 1e6)
      : count / ((performance.now() - started) / 1000);
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
  const cell = (value: number | null, width: number): string =>
    (value === null ? '–' : String(value)).padStart(width);
  print('operations per second            ours     peer    floor    ratio  of floor   p50 ms   p99 ms');
  const results: Record<string, Result> = {};
  for (const one of cases) {
    const result = await measure(one);
    results[one.name] = result;
    const { ours, peer, floor, ratio, ofFloor, p50ms, p99ms } = result;
    print(
      one.name.padEnd(28) +
        cell(ours, 9) +
        cell(peer, 9) +
        cell(floor, 9) +
        cell(ratio, 9) +
        cell(ofFloor, 10) +
        cell(p50ms, 9) +
        cell(p99ms, 9),
    );
  }
  if (values.json) print(JSON.stringify(results));
}

const cases = benchCases().filter(({ name }) => name.includes(values.only));
if (values.memory === undefined) await measureSpeed(cases);
else measureMemory(cases, Number(values.memory));
