import { describe, expect, test } from 'vitest';
import { tokenIn } from '../console/sign-in-token.ts';
import { initialsOf, shortName } from './initials.tsx';
import { shapeOf } from './key-drawing.tsx';
import { clockTime, relativeTime } from './time.tsx';

describe('small words', () => {
  test.each([
    ['Alice Liddell', 'AL', 'Alice'],
    ['alice', 'A', 'alice'],
    ['Ana Maria de la Cruz', 'AC', 'Ana'],
    ['Liddell, Alice', 'LA', 'Liddell, Alice'],
    ['', '', ''],
  ])('%s: initials %s, in a sentence %s', (name, initials, short) => {
    expect(initialsOf(name)).toBe(initials);
    expect(shortName(name)).toBe(short);
  });

  test('time that passed, in the language of the reader', () => {
    const now = new Date('2026-01-02T12:00:00Z');
    expect(relativeTime(new Date('2026-01-02T11:59:50Z'), now, 'en')).toBe('now');
    expect(relativeTime(new Date('2026-01-02T11:57:00Z'), now, 'en')).toBe('3 minutes ago');
    expect(relativeTime(new Date('2026-01-01T11:00:00Z'), now, 'de')).toBe('gestern');
    expect(clockTime(72_900)).toBe('1:12');
  });

  test.each([
    ['YubiKey 5 NFC', 'hid', 'usb-a'],
    ['YubiKey 5C NFC', 'hid', 'usb-c'],
    ['YubiKey 5Ci', 'hid', 'usb-c'],
    ['YubiKey 5C Nano', 'hid', 'nano'],
    ['eToken Fusion', 'hid', 'card'],
    ['Any', 'pcsc', 'card'],
    ['Keywarden virtual key', 'virtual', 'usb-a'],
  ] as const)('%s over %s is drawn as %s', (model, transport, shape) => {
    expect(shapeOf(model, transport)).toBe(shape);
  });

  test.each([
    ['http://localhost:8080/sign-in?token=demo.abc', 'demo.abc'],
    ['  demo.abc ', 'demo.abc'],
    ['token=demo.abc', 'demo.abc'],
    ['http://localhost:8080/assign-user/alice', ''],
    ['/sign-in?token=demo.abc', 'demo.abc'],
  ])('the sign-in token in %s is %s', (pasted, token) => {
    expect(tokenIn(pasted)).toBe(token);
  });
});
