import { readFileSync } from 'node:fs';

/** Of the line that counts all cores, man 5 proc_stat: user, nice, system, idle, iowait, irq, softirq, steal. */
const counted = 8;

/** Since the machine started, in the kernel's ticks; null where it does not count. */
function readTicks(): { readonly all: number; readonly stolen: number } | null {
  let text: string;
  try {
    text = readFileSync('/proc/stat', 'utf8');
  } catch {
    return null;
  }
  const ticks =
    text
      .split('\n', 1)[0]
      ?.trim()
      .split(/\s+/)
      .slice(1, counted + 1)
      .map(Number) ?? [];
  const stolen = ticks[counted - 1];
  return stolen === undefined ? null : { all: ticks.reduce((sum, one) => sum + one, 0), stolen };
}

/**
 * A virtual machine shares its cores with others: what they take is missing in every rate, and nothing here can get it back.
 *
 * @returns says, when asked, which part of the time of all cores was taken since, from 0 to 1; NaN where nobody counts it
 */
export function watchTheft(): () => number {
  const before = readTicks();
  return () => {
    const now = readTicks();
    return before === null || now === null
      ? Number.NaN
      : (now.stolen - before.stolen) / (now.all - before.all);
  };
}
