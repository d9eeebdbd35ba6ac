import { eventTypes } from '@keywarden/domain';
import { describe, expect, test } from 'vitest';
import { happenings as german } from '../apps/web/src/i18n/de/happenings.ts';
import { happenings as english } from '../apps/web/src/i18n/en/happenings.ts';

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
});
