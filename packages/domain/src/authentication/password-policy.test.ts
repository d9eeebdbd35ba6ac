import { describe, expect, it } from 'vitest';
import { passwordFault, usualPasswordPolicy } from './password-policy.ts';

const user = { username: 'alice.liddell', displayName: 'Alice Liddell', email: 'a.liddell@wonder.example' };
const fault = (password: string, minimumLength = 8) =>
  passwordFault(password, { policy: { ...usualPasswordPolicy, minimumLength }, user });

describe('a password that is to be set', () => {
  it.each([
    ['seven77', 'too-short'],
    ['🔑🔑🔑🔑', 'too-short'],
    ['x'.repeat(257), 'too-long'],
    ['abababababab', 'repetitive'],
    ['aaaaaaaaaaaaaaaa', 'repetitive'],
    ['alice.liddell', 'about-the-user'],
    ['Alice.Liddell2026', 'about-the-user'],
    ['a.liddell@wonder.example', 'about-the-user'],
    ['LIDDELL-alice!', 'about-the-user'],
    ['ＡＬＩＣＥ.liddell1', 'about-the-user'],
  ])('“%s” is refused: %s', (password, reason) => {
    expect(fault(password)).toBe(reason);
  });

  it.each([
    'correct horse battery staple',
    'пароль из слов',
    '一二三四五六七八',
    'zzxyzzya',
    'alice in a looking glass',
    `${'y'.repeat(61)}abc`,
    ' spaces count ',
    '1 2 3 4 5 6 7 8',
  ])('“%s” is taken: there are no rules of composition', (password) => {
    expect(fault(password)).toBeNull();
  });

  it('counts characters, not bytes or code units, and as long as the tenant says', () => {
    expect(fault('🐇🕳️🫖🐈🃏👑🎩🐛')).toBeNull();
    expect(fault('eleven char', 12)).toBe('too-short');
    // One character, however it is composed.
    expect(fault('e\u0301a\u0301i\u0301o\u0301u\u0301y\u0301n\u0303')).toBe('too-short');
  });
});
