import { describe, expect, test } from 'vitest';
import { dayOf, endOfDay, startOfDay } from './days.ts';

describe('a day of validity', () => {
  test.each(['2026-01-01', '2026-03-29', '2026-10-25', '2026-12-31', '2028-02-29'])(
    '%s is the same day after it was stored as instants',
    (day) => {
      expect(dayOf(startOfDay(day))).toBe(day);
      expect(dayOf(endOfDay(day))).toBe(day);
      expect(Date.parse(endOfDay(day) ?? '')).toBeGreaterThan(Date.parse(startOfDay(day) ?? ''));
    },
  );

  test('that is not given is no limit', () => {
    expect([dayOf(null), startOfDay(''), endOfDay('')]).toEqual(['', null, null]);
  });
});
