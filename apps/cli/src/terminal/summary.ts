import type { DemoFile } from '../launch/demo-file.ts';

export interface Summary {
  readonly file: DemoFile;
  readonly operator: string;
  /** By username. */
  readonly displayNames: Readonly<Record<string, string>>;
  readonly dataFile: string;
  readonly logFolder: string;
}

/** Columns padded to their widest cell, two blanks between, none behind the last. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

function pinOf(key: DemoFile['virtualKeys'][number]): string {
  if (key.pin !== null) return key.pin;
  return key.state === 'Not Configured' || key.state === 'Ready'
    ? 'none yet, you choose it'
    : 'the one you chose';
}

/** What a newcomer needs, in at most 80 columns as long as the addresses allow it. Links stand alone to be copied. */
export function demoSummary(summary: Summary): string {
  const { file } = summary;
  const assignment = `${file.baseUrl}/assign-user/alice`;
  return [
    'Keywarden demo is running.',
    '',
    `Sign in as ${summary.operator} (works until the demo stops):`,
    file.operator.signInUrl,
    '',
    'Then assign a key to Alice Liddell:',
    assignment,
    '',
    ...indent(
      table([
        ['Server', file.baseUrl],
        ['Service', file.workstationUrl],
      ]),
    ),
    '',
    ...indent(
      table([
        ['Virtual key', 'State', 'PIN'],
        ...file.virtualKeys.map((key) => [key.serial, key.state, pinOf(key)]),
      ]),
    ),
    '',
    ...indent(
      table([
        ['User', 'Name', 'Password'],
        ...Object.entries(file.users).map(([name, user]) => [
          name,
          summary.displayNames[name] ?? '',
          user.password,
        ]),
      ]),
    ),
    '',
    'All of this for scripts, and the logs:',
    summary.dataFile,
    summary.logFolder,
    '',
    'Ctrl-C stops everything. Started again, it finds its data.',
    '',
  ].join('\n');
}
