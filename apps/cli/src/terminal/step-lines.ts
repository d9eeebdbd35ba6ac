import type { StepRecord } from '../road/steps.ts';

/** `  ✓  0.42 s  Find alice in the default identity provider: Alice Liddell, Built-in directory` */
export function stepLine(record: StepRecord): string {
  const mark = record.outcome === 'done' ? '✓' : '✗';
  const seconds = record.seconds.toFixed(2).padStart(6);
  const detail = record.detail === '' ? '' : `: ${record.detail}`;
  return `  ${mark} ${seconds} s  ${record.title}${detail}`;
}

const isInstant = (name: string) =>
  name === 'iat' || name === 'exp' || name === 'auth_time' || name === 'nbf';

/** One claim a line; instants are explained, since nobody reads seconds since 1970. */
export function claimLines(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const width = Math.max(0, ...Object.keys(claims).map((name) => name.length));
  return Object.entries(claims).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const instant =
      isInstant(name) && typeof value === 'number' ? `  (${new Date(value * 1000).toISOString()})` : '';
    return `  ${name.padEnd(width)}  ${text}${instant}`;
  });
}
