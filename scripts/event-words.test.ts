import { eventTypes, particularNames } from '@keywarden/domain';
import { describe, expect, test } from 'vitest';
import { happenings as german } from '../apps/web/src/i18n/de/happenings.ts';
import { happenings as english } from '../apps/web/src/i18n/en/happenings.ts';
import { particulars } from '../apps/web/src/i18n/en/particulars.ts';

const typesOf = (words: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  Object.entries(words).flatMap(([noun, deeds]) => Object.keys(deeds).map((deed) => `${noun}.${deed}`));

describe('the audit log', () => {
  test('never tells the same type twice', () => {
    expect(new Set(eventTypes).size).toBe(eventTypes.length);
  });

  test.each([
    ['English', english],
    ['German', german],
  ] as const)(
    'the console has %s words for each type that the server writes, and for no other',
    (_language, words) => {
      expect(typesOf(words).sort()).toEqual([...eventTypes].sort());
    },
  );

  test('what the console says of particulars is of types and by names that the server writes', () => {
    const known = { types: new Set<string>(eventTypes), names: new Set<string>(particularNames) };
    for (const [noun, deeds] of Object.entries(particulars)) {
      for (const [deed, sentences] of Object.entries(deeds)) {
        expect(known.types, noun).toContain(`${noun}.${deed}`);
        for (const [key, sentence] of Object.entries<string>(sentences)) {
          const names = key === 'none' ? [] : key.split('-');
          expect(names, key).toEqual(names.toSorted());
          for (const name of names) expect(known.names, key).toContain(name);
          for (const [, open] of sentence.matchAll(/\{\{(\w+)/g)) expect(names, sentence).toContain(open);
        }
      }
    }
  });
});
