import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const document = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    if (['node_modules', 'dist', 'test', '.cache'].includes(entry.name)) continue;
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(name);
    else if (/\.tsx?$/.test(entry.name) && !entry.name.endsWith('.test.ts')) yield name;
  }
}

/** Every closed list of codes in the product is an exported `…Codes` array; the place names the list in the document. */
const lists = [...sources('packages'), ...sources('apps')].flatMap((file) =>
  [
    ...readFileSync(path.join(root, file), 'utf8').matchAll(
      /^export const (\w+Codes) = \[([\s\S]*?)\] as const/gm,
    ),
  ].map(([, name = '', body = '']) => ({
    name,
    file,
    codes: [...body.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').matchAll(/'([^']+)'/g)].map(
      ([, code]) => code ?? '',
    ),
  })),
);

/** A section of docs/errors.md: `## … (listName)`, then a table whose first cell is the code. */
function documented(name: string): string[] {
  const section = document.split(/^## /m).find((text) => text.split('\n', 1)[0]?.includes(`\`${name}\``));
  if (section === undefined) return [];
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code ?? '');
}

const codesOf = (name: string) => lists.find((list) => list.name === name)?.codes ?? [];

/** Pages may not import the server's lists, so they keep the codes of a problem once more for their texts. */
const mirrored = 'problemCodes';
const own = lists.filter((list) => list.name !== mirrored);

describe('docs/errors.md', () => {
  test('pages have a text for exactly the codes that a problem can carry', () => {
    const told = [...codesOf('domainErrorCodes'), ...codesOf('httpErrorCodes')];
    expect([...codesOf(mirrored)].sort()).toEqual([...new Set(told)].sort());
  });

  test('there are lists of codes to document', () => {
    expect(lists.map((list) => list.name)).toContain('domainErrorCodes');
    expect(lists.length).toBeGreaterThan(4);
  });

  test.each(own)('explains every code of $name, and no code that is gone', ({ name, codes }) => {
    expect(documented(name).sort()).toEqual([...codes].sort());
  });

  test('has no section for a list that is gone', () => {
    const named = [...document.matchAll(/^## .*`(\w+Codes)`/gm)].map(([, name]) => name);
    const known = lists.map((list) => list.name);
    expect(named.filter((name) => name === undefined || !known.includes(name))).toEqual([]);
  });

  test('says for each code what it means and what to do', () => {
    const rows = [...document.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)];
    const thin = rows.filter(([, , rest = '']) => rest.split('|').some((cell) => cell.trim().length < 5));
    expect(thin.map(([, code]) => code)).toEqual([]);
  });
});
