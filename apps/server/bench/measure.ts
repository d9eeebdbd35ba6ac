import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { watchTheft } from './hypervisor.ts';

/** What one virtual client does again and again; `number` counts over all of them. */
export type Job = (client: number, number: number) => Promise<void>;

export interface Measured {
  readonly perSecond: number;
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** The part of the cores' time that the machine's other tenants had meanwhile; NaN where nobody counts it. */
  readonly stolen: number;
}

/** Everybody begins again as soon as she is done: how much goes through. Times begin when the work begins. */
export async function atFullLoad(
  job: Job,
  options: { readonly clients: number; readonly warmUpSeconds: number; readonly seconds: number },
): Promise<Measured> {
  const times: number[] = [];
  const stolen = watchTheft();
  const begin = performance.now() + options.warmUpSeconds * 1000;
  const end = begin + options.seconds * 1000;
  let number = 0;
  const run = async (client: number) => {
    while (performance.now() < end) {
      number += 1;
      const started = performance.now();
      await job(client, number);
      const ended = performance.now();
      if (ended >= begin && ended < end) times.push(ended - started);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, (_, client) => run(client)));
  return summary(times, { seconds: options.seconds, stolen: stolen() });
}

/** As `atFullLoad`, for a number of jobs that were prepared. */
export async function allOf(
  job: Job,
  options: { readonly clients: number; readonly jobs: number },
): Promise<Measured> {
  const times: number[] = [];
  const stolen = watchTheft();
  let number = 0;
  const begin = performance.now();
  const run = async (client: number) => {
    while (number < options.jobs) {
      number += 1;
      const started = performance.now();
      await job(client, number);
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, (_, client) => run(client)));
  return summary(times, { seconds: (performance.now() - begin) / 1000, stolen: stolen() });
}

/**
 * People come at a given rate, whether the server keeps up or not. Times begin when somebody came, not when her turn came:
 * a server that stops for a second makes everybody wait who comes in that second.
 */
export async function atRate(
  job: Job,
  options: { readonly clients: number; readonly perSecond: number; readonly seconds: number },
): Promise<Measured> {
  const times: number[] = [];
  const stolen = watchTheft();
  const total = Math.floor(options.perSecond * options.seconds);
  const begin = performance.now();
  const free = Array.from({ length: options.clients }, (_, client) => client);
  const waiting: ((client: number) => void)[] = [];
  const running: Promise<void>[] = [];
  const one = async (number: number, came: number) => {
    const client = free.pop() ?? (await new Promise<number>((resolve) => waiting.push(resolve)));
    try {
      await job(client, number);
      times.push(performance.now() - came);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(client);
      else next(client);
    }
  };
  for (let number = 1; number <= total; number += 1) {
    const due = begin + (number / options.perSecond) * 1000;
    const early = due - performance.now();
    if (early > 0.5) await pause(early);
    running.push(one(number, due));
  }
  await Promise.all(running);
  return summary(times, { seconds: (performance.now() - begin) / 1000, stolen: stolen() });
}

function summary(
  times: readonly number[],
  { seconds, stolen }: { readonly seconds: number; readonly stolen: number },
): Measured {
  const sorted = [...times].sort((one, other) => one - other);
  const percentile = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return {
    perSecond: times.length / seconds,
    count: times.length,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    stolen,
  };
}
