import process from 'node:process';
import type { Measured } from './measure.ts';
import type { CallName } from './visitor.ts';

export const write = (line = '') => process.stdout.write(`${line}\n`);
export const columns = (cells: readonly string[], widths: readonly number[]) =>
  write(
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join(' '),
  );
export const widths = [40, 8, 7, 7, 7, 6];
/** Above the rows. */
export const headings = ['', 'a second', 'p50 ms', 'p95 ms', 'p99 ms', 'stolen'];
const part = (value: number) => (Number.isNaN(value) ? '–' : `${(value * 100).toFixed(0)} %`);
export const row = (what: string, { perSecond, p50, p95, p99, stolen }: Measured) =>
  columns(
    [what, perSecond.toFixed(0), ...[p50, p95, p99].map((value) => value.toFixed(1)), part(stolen)],
    widths,
  );

/** Percentiles of single calls in one measurement. */
export class CallTimes {
  readonly #times = new Map<CallName, number[]>();
  readonly observe = (call: CallName, milliseconds: number) => {
    const list = this.#times.get(call) ?? [];
    list.push(milliseconds);
    this.#times.set(call, list);
  };
  write(): void {
    for (const [call, times] of this.#times) {
      times.sort((one, other) => one - other);
      const at = (part: number) => (times[Math.floor(times.length * part)] ?? Number.NaN).toFixed(1);
      columns([`    ${call}`, '', at(0.5), at(0.95), at(0.99)], widths);
    }
  }
}

/** What was left out was not measured. */
const times = (ratio: number) => (Number.isFinite(ratio) ? `× ${ratio.toFixed(2)}` : 'not measured');

export function writePeer(numbers: {
  readonly ratio: { readonly enrollment: number; readonly signIn: number };
  readonly signIn: { readonly full: Measured } | null;
  readonly enrollment: { readonly full: Measured } | null;
  readonly other: { readonly enrollment: Measured; readonly signIn: Measured };
}): void {
  const { ratio, signIn, enrollment, other } = numbers;
  const whole = (ours: { readonly full: Measured } | null, theirs: Measured) =>
    times((ours?.full.perSecond ?? Number.NaN) / theirs.perSecond);
  write();
  write(
    `where both do the same work   enrollment ${times(ratio.enrollment)}, sign-in ${times(ratio.signIn)}`,
  );
  write(
    `our whole job to their part   enrollment ${whole(enrollment, other.enrollment)}, sign-in ${whole(signIn, other.signIn)}`,
  );
  write('  The peer has no PAR, flow, code or token, no tenants, no audit events, no');
  write('  counters of wrong answers and no idempotent repeats: of our jobs it does');
  write('  options and registration, challenge and assertion. It makes a session at');
  write('  the end of a sign-in, where ours leaves off in the middle of one.');
}
