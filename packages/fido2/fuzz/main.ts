import { Buffer } from 'node:buffer';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { fromHex } from './corpus.ts';
import { type Finding, fuzz, type Report } from './fuzz.ts';
import { targets } from './targets.ts';

/** An input that is still being read after that long is one that hangs. */
const hangMilliseconds = 20_000;
/** Of JavaScript objects; what lies beyond (buffers, OpenSSL) shows in the resident size of the process. */
const heapMegabytes = 64;
/** The whole process, Node.js, corpus and both threads included. */
const residentMegabytes = 256;

/** What the watchdog sees of the worker: how many inputs were begun, which seed, which bytes. */
const layout = { index: 0, seed: 1, length: 2, words: 4 } as const;
const longestInput = 70_000;

interface Work {
  readonly target: string;
  readonly runs: number;
  readonly seed: string;
  readonly window: SharedArrayBuffer;
}

function targetNamed(name: string) {
  const target = targets.find((one) => one.name === name);
  if (target === undefined)
    throw new Error(`no target ${name}; there are ${targets.map((one) => one.name).join(', ')}`);
  return target;
}

async function work({ target: name, runs, seed, window }: Work): Promise<void> {
  const target = targetNamed(name);
  const words = new Int32Array(window, 0, layout.words);
  const bytes = new Uint8Array(window, layout.words * 4);
  const report = await fuzz(target, {
    runs,
    seed,
    onInput: (input, from, index) => {
      bytes.set(input);
      words[layout.length] = input.length;
      words[layout.seed] = target.seeds.indexOf(from);
      Atomics.store(words, layout.index, index + 1);
    },
  });
  parentPort?.postMessage(report);
}

/** Runs the target in a thread that can be watched, and ended where it hangs or wants too much memory. */
function watch(name: string, runs: number, seed: string): Promise<Report> {
  const window = new SharedArrayBuffer(layout.words * 4 + longestInput);
  const words = new Int32Array(window, 0, layout.words);
  const started = performance.now();
  const work: Work = { target: name, runs, seed, window };
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 16 },
  });
  const died = (problem: string): Report => {
    const length = words[layout.length] ?? 0;
    const finding: Finding = {
      problem,
      seedName: targetNamed(name).seeds[words[layout.seed] ?? 0]?.name ?? '',
      input: Buffer.from(new Uint8Array(window, layout.words * 4, length)).toString('hex'),
    };
    const seconds = (performance.now() - started) / 1000;
    const inputs = Atomics.load(words, layout.index);
    return {
      target: name,
      inputs,
      outcomes: new Map(),
      seconds,
      slowestMilliseconds: 0,
      findings: [finding],
    };
  };
  return new Promise((resolve) => {
    let last = -1;
    const watchdog = setInterval(() => {
      const index = Atomics.load(words, layout.index);
      if (index === last) {
        void worker.terminate();
        resolve(died(`hung for ${hangMilliseconds / 1000} s`));
      }
      last = index;
    }, hangMilliseconds);
    worker.once('message', (report: Report) => resolve(report));
    worker.once('error', (error) => resolve(died(String(error))));
    worker.once('exit', () => clearInterval(watchdog));
  });
}

async function runOne(name: string, seedName: string, input: Uint8Array): Promise<void> {
  const target = targetNamed(name);
  const from = target.seeds.find((seed) => seed.name === seedName) ?? target.seeds[0];
  if (from === undefined) throw new Error('the target has no seeds');
  process.stdout.write(`${await target.run(input, from)}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      list: { type: 'boolean', default: false },
      target: { type: 'string', default: '' },
      runs: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '' },
      input: { type: 'string' },
    },
  });
  if (values.list) {
    process.send?.({ targets: targets.map(({ name }) => name) });
    return;
  }
  if (values.input !== undefined) return runOne(values.target, values.from, fromHex(values.input));
  const report = await watch(values.target, Number(values.runs), values.seed);
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const findings = [...report.findings];
  if (peakMegabytes > residentMegabytes) {
    findings.push({
      problem: `${peakMegabytes} MB resident, ${residentMegabytes} allowed`,
      seedName: '',
      input: '',
    });
  }
  process.send?.({ ...report, outcomes: Object.fromEntries(report.outcomes), findings, peakMegabytes });
}

if (isMainThread) await main();
else await work(workerData);
