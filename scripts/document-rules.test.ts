import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const keysOf = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, key]) => key).sort();

/** What can be wrong with a workflow or theme: one closed list in the domain, said by the console in its languages. */
const rules = keysOf(
  read('packages/domain/src/authentication/document-fault.ts').split('export type DocumentRule')[0] ?? '',
  /^ {2}'?([a-z-]+)'?: \(/gm,
);

describe('the rules of documents', () => {
  test.each(['en', 'de'])('are all said by the console in %s, and no others', (language) => {
    const text = read(`apps/web/src/i18n/${language}/editor.ts`);
    const block = text.slice(text.indexOf('  rules: {'), text.indexOf('  common: {'));
    expect(rules.length).toBeGreaterThan(30);
    expect(keysOf(block, /^ {4}'?([a-z-]+)'?:/gm)).toEqual(rules);
  });

  test('are all explained in docs/errors.md, and no others', () => {
    const section = read('docs/errors.md').split('## Faults of documents')[1]?.split(/^## /m)[0] ?? '';
    expect(keysOf(section, /^\| `([a-z-]+)` \|/gm)).toEqual(rules);
  });
});
