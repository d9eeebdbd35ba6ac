import { Buffer } from 'node:buffer';
import process from 'node:process';
import { concatBytes } from '../src/bytes/index.ts';
import { mutate } from './mutate.ts';
import { mutateCbor } from './mutate-cbor.ts';
import { SeededRandom } from './random.ts';

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One parser, or one side of a conversation, fed with bytes. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Seed[];
  /** Bytes. */
  readonly longestInput: number;
  /** How many bytes come before the CBOR item that the seeds hold; then every other input is changed within that item. */
  readonly cborAt?: number | undefined;
  /**
   * @param from the seed that the input was made of
   * @returns `accepted`, or the code of the refusal
   * @throws what is not a refusal: a finding
   */
  readonly run: (input: Uint8Array, from: Seed) => string | Promise<string>;
}

export interface Finding {
  readonly problem: string;
  readonly seedName: string;
  /** Hexadecimal. */
  readonly input: string;
}

export interface Report {
  readonly target: string;
  readonly inputs: number;
  /** How often each outcome came, `accepted` among them. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** The longest that one input took. */
  readonly slowestMilliseconds: number;
  readonly findings: readonly Finding[];
}

/** No input may keep the processor for longer. */
const defaultLimit = 250;
const mostFindings = 5;

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: string;
  /** Milliseconds of processor time that one input may take. Default 250. */
  readonly limit?: number | undefined;
  /** Told before each input, for a watchdog. */
  readonly onInput?: ((input: Uint8Array, from: Seed, index: number) => void) | undefined;
}

/** The same inputs for the same seed and target, on every machine. */
export async function fuzz(
  target: Target,
  { runs, seed, limit = defaultLimit, onInput }: FuzzOptions,
): Promise<Report> {
  const random = new SeededRandom(`${seed} ${target.name}`);
  const outcomes = new Map<string, number>();
  const findings: Finding[] = [];
  let slowestMilliseconds = 0;
  const started = performance.now();
  let inputs = 0;
  while (inputs < runs && findings.length < mostFindings) {
    const from = random.pick(target.seeds);
    const input = nextInput(target, from, random);
    onInput?.(input, from, inputs);
    inputs += 1;
    const note = (problem: string): void => {
      findings.push({ problem, seedName: from.name, input: Buffer.from(input).toString('hex') });
    };
    try {
      const before = performance.now();
      const running = target.run(input, from);
      const outcome = typeof running === 'string' ? running : await running;
      let took = performance.now() - before;
      // Other programs and the garbage collector take time too; an input that is slow is slow again.
      if (took > limit / 10) took = Math.min(took, await processorTime(target, input, from));
      if (took > limit) note(`took ${Math.round(took)} ms`);
      slowestMilliseconds = Math.max(slowestMilliseconds, took);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  const seconds = (performance.now() - started) / 1000;
  return { target: target.name, inputs, outcomes, seconds, slowestMilliseconds, findings };
}

function nextInput(target: Target, from: Seed, random: SeededRandom): Uint8Array {
  const others = { pick: () => random.pick(target.seeds).bytes, longest: target.longestInput };
  const { cborAt } = target;
  if (cborAt === undefined || random.below(2) === 0) return mutate(from.bytes, random, others);
  const item = mutateCbor(from.bytes.subarray(cborAt), random, others);
  const input = concatBytes(from.bytes.subarray(0, cborAt), item);
  return input.length > target.longestInput ? input.slice(0, target.longestInput) : input;
}

async function processorTime(target: Target, input: Uint8Array, from: Seed): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const before = process.cpuUsage();
    await target.run(input, from);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
