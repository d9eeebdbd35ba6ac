export interface DifferenceLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** What makes one text the other, line by line: the fewest changes (longest common subsequence). */
export function differenceOf(before: string, after: string): readonly DifferenceLine[] {
  const old = before.split('\n');
  const fresh = after.split('\n');
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]
  ) {
    tail += 1;
  }
  const same = (text: string): DifferenceLine => ({ kind: 'same', text });
  return [
    ...old.slice(0, head).map(same),
    ...between(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ];
}

/** Cells of the table; beyond it a document counts as rewritten. */
const largest = 4_000_000;

function between(old: readonly string[], fresh: readonly string[]): readonly DifferenceLine[] {
  const removed = (text: string): DifferenceLine => ({ kind: 'removed', text });
  const added = (text: string): DifferenceLine => ({ kind: 'added', text });
  if (old.length * fresh.length > largest) return [...old.map(removed), ...fresh.map(added)];
  const width = fresh.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        old[i] === fresh[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  const lines: DifferenceLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    const [one = '', other = ''] = [old[i], fresh[j]];
    if (i < old.length && j < fresh.length && one === other) {
      lines.push({ kind: 'same', text: one });
      i += 1;
      j += 1;
    } else if (
      i < old.length &&
      (j === fresh.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      lines.push(removed(one));
      i += 1;
    } else {
      lines.push(added(other));
      j += 1;
    }
  }
  return lines;
}

export type Shown = DifferenceLine | { readonly kind: 'skipped'; readonly count: number };

/** With so many unchanged lines around each change; the rest is counted. */
export function withContext(lines: readonly DifferenceLine[], around: number): readonly Shown[] {
  const near = (index: number) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some((line) => line.kind !== 'same');
  const shown: Shown[] = [];
  let skipped = 0;
  for (const [index, line] of lines.entries()) {
    if (!near(index)) {
      skipped += 1;
      continue;
    }
    if (skipped > 0) shown.push({ kind: 'skipped', count: skipped });
    skipped = 0;
    shown.push(line);
  }
  if (skipped > 0) shown.push({ kind: 'skipped', count: skipped });
  return shown;
}
