import type { WorkflowDocument } from '@keywarden/api';
import { describe, expect, test } from 'vitest';
import { editor as de } from '../../i18n/de/editor.ts';
import { editor as en } from '../../i18n/en/editor.ts';
import {
  certificatesOf,
  linesOf,
  moved,
  newAction,
  newCriteria,
  newFactor,
  renamed,
} from '../workflow/drafts.ts';
import { differenceOf, withContext } from './difference.ts';
import { lineAt, placeOf, readJson } from './json-places.ts';

describe('where a value stands in a JSON text', () => {
  const text = '{\n  "a": [1, {"b/c": "x"}],\n  "d": null\n}';

  test('every value by its pointer', () => {
    const reading = readJson(text);
    expect(reading.value).toEqual({ a: [1, { 'b/c': 'x' }], d: null });
    const line = (pointer: string) => lineAt(text, placeOf(reading, pointer));
    expect(text.slice(placeOf(reading, '/a/1/b~1c'))).toMatch(/^"x"/);
    expect([line(''), line('/a/0'), line('/d')]).toEqual([1, 2, 3]);
  });

  test('what is missing, at what it is missing from', () => {
    const reading = readJson(text);
    expect(placeOf(reading, '/a/1/nothing')).toBe(placeOf(reading, '/a/1'));
    expect(placeOf(reading, '/nothing/at/all')).toBe(0);
  });

  test.each([
    ['', 0],
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['"\u0000"', 0],
    ['{} x', 3],
    ['[01]', 2],
    ['['.repeat(200), 101],
  ])('%j stops being JSON at %i', (broken, at) => {
    expect(readJson(broken)).toMatchObject({ value: undefined, brokenAt: at });
  });

  test('reads what JSON.parse reads', () => {
    for (const sound of ['null', '-0.5e+3', ' [ ] ', '{"a":{"b":[true,false,"\\u00e9\\n"]}}']) {
      expect(readJson(sound).value).toEqual(JSON.parse(sound));
    }
  });
});

describe('the difference of two versions', () => {
  test('is the fewest lines', () => {
    const lines = differenceOf('a\nb\nc\nd', 'a\nc\nx\nd');
    expect(lines.map(({ kind, text }) => `${kind[0]} ${text}`)).toEqual(['s a', 'r b', 's c', 'a x', 's d']);
    expect(differenceOf('same', 'same')).toEqual([{ kind: 'same', text: 'same' }]);
  });

  test('is shown with what is around it, the rest counted', () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const after = before.map((line, index) => (index === 10 ? 'changed' : line));
    const shown = withContext(differenceOf(before.join('\n'), after.join('\n')), 2);
    expect(shown.map((line) => (line.kind === 'skipped' ? line.count : line.text))).toEqual([
      8,
      'line 8',
      'line 9',
      'line 10',
      'changed',
      'line 11',
      'line 12',
      7,
    ]);
  });
});

describe('a draft of a workflow', () => {
  const empty: WorkflowDocument = {
    theme_id: 'default',
    accessCriteria: [],
    firstFactors: [],
    secondFactors: [],
    enrollActions: [],
    dangerousBootstrap: 'off',
  };
  const started = { ...empty, accessCriteria: [newCriteria(empty)] };

  test('new parts have ids of their own', () => {
    const one = { ...started, firstFactors: [newFactor(started, 'LOGIN')] };
    expect(newFactor(one, 'LOGIN')).toMatchObject({ factorId: 'factor.password-2', code: 'AT_EMPPWD-2' });
    expect(newAction(one)).toMatchObject({
      upon: ['factor.password'],
      protectionFactor: { authType: 'AT_EMPPWD' },
    });
  });

  test('who named the old id names the new one', () => {
    const password = newFactor(started, 'LOGIN');
    const one = { ...started, firstFactors: [password] };
    const two = { ...one, enrollActions: [newAction(one)] };
    const after = renamed(two, 'code', { from: 'AT_EMPPWD', to: 'AT_PASSWORD' });
    expect(after.enrollActions[0]?.protectionFactor?.authType).toBe('AT_PASSWORD');
    const factor = renamed(two, 'factor', { from: 'factor.password', to: 'factor.x' });
    expect(factor.enrollActions[0]?.upon).toEqual(['factor.x']);
  });

  test('order is changed one place at a time, and not past the ends', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 2, 3)).toEqual(['a', 'b', 'c']);
    expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
  });

  test('lists are read as people paste them', () => {
    expect(linesOf(' a\n\nb; c ,d')).toEqual(['a', 'b', 'c', 'd']);
    const pem = '-----BEGIN CERTIFICATE-----\nMI+/\nAA==\n-----END CERTIFICATE-----\n';
    expect(certificatesOf(pem + pem)).toEqual(['MI-_AA', 'MI-_AA']);
  });
});

describe('the editors’ texts', () => {
  const textsOf = (tree: object, prefix = ''): readonly (readonly [string, string])[] =>
    Object.entries(tree).flatMap(([key, value]: [string, unknown]) => {
      if (typeof value === 'string') return [[`${prefix}${key}`, value] as const];
      return typeof value === 'object' && value !== null ? textsOf(value, `${prefix}${key}.`) : [];
    });
  const english = textsOf(en);
  const german = new Map(textsOf(de));
  const places = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

  test('are the same in both languages, with the same places left open, and say nothing with an exclamation mark', () => {
    expect([...german.keys()]).toEqual(english.map(([name]) => name));
    for (const [name, text] of english) {
      expect([name, ...places(german.get(name) ?? '')]).toEqual([name, ...places(text)]);
      for (const said of [text, german.get(name) ?? '']) {
        expect(said.trim(), name).not.toBe('');
        expect(said, name).not.toContain('!');
      }
    }
  });

  test('speak of keys and passkeys, not of dongles or authenticators', () => {
    for (const [name, text] of english) expect(text, name).not.toMatch(/\b(dongle|authenticator)s?\b/i);
  });
});
