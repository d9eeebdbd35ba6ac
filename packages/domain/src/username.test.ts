import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from './errors.ts';
import { foldUsername, normaliseUsername } from './username.ts';

function codeOf(text: string): string {
  try {
    normaliseUsername(text);
    return 'accepted';
  } catch (error) {
    return error instanceof DomainError ? error.code : 'another error';
  }
}

describe('usernames (lifecycle manager §2)', () => {
  it.each([
    ['alice', 'alice'],
    ['Alice', 'Alice'],
    ['alice@demo.example', 'alice@demo.example'],
    ['CORP\\alice', 'CORP\\alice'],
    ['o’neil/contractor', 'o’neil/contractor'],
    ['张伟', '张伟'],
    ['👩‍🔬', '👩‍🔬'],
    // Decoded once by HTTP, never again.
    ['%2541', '%2541'],
    ['a%2Fb', 'a%2Fb'],
  ])('takes %j as it is', (text, expected) => {
    expect(normaliseUsername(text)).toBe(expected);
  });

  it('composes to NFC, so that two keyboards spell one person', () => {
    expect(normaliseUsername('Zoe\u0308')).toBe('Zo\u00eb');
    expect(normaliseUsername('\u212b')).toBe('\u00c5');
  });

  it('counts at most 256 characters, after composing', () => {
    expect(normaliseUsername('a'.repeat(256))).toHaveLength(256);
    expect(codeOf('a'.repeat(257))).toBe('username-malformed');
    // U+0958 is excluded from composition: NFC makes two of it.
    expect(codeOf('\u0958'.repeat(256))).toBe('username-malformed');
  });

  it.each([
    ['nothing', ''],
    ['a space', ' '],
    ['a leading space', ' alice'],
    ['a trailing no-break space', 'alice\u00a0'],
    ['NUL', 'alice\u0000'],
    ['a line feed', 'ali\nce'],
    ['a carriage return', 'ali\rce'],
    ['DEL', 'alice\u007f'],
    ['a C1 control', 'ali\u0085ce'],
    ['a line separator', 'ali\u2028ce'],
    ['a right-to-left override', 'alice\u202egpj'],
    ['a byte order mark', 'ali\ufeffce'],
    ['half a surrogate pair', 'alice\ud83d'],
  ])('refuses %s', (_what, text) => {
    expect(codeOf(text)).toBe('username-malformed');
  });

  it.each([
    ['Alice', 'ALICE'],
    ['Zo\u00eb', 'ZO\u00cb'],
    ['\u039d\u0399\u039a\u039f\u03a3', '\u03bd\u03b9\u03ba\u03bf\u03c3'],
    ['\u0130z', 'iz'],
    ['\u{10400}', '\u{10428}'],
  ])('%j and %j are one name in two spellings', (one, other) => {
    expect(foldUsername(one)).toBe(foldUsername(other));
  });

  it('folds what is folded to itself, and one character to one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const folded = foldUsername(text);
        return foldUsername(folded) === folded && [...folded].length === [...text].length;
      }),
    );
  });

  it('is settled after once: what it gives, it takes unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        let once: string;
        try {
          once = normaliseUsername(text);
        } catch (error) {
          return error instanceof DomainError;
        }
        return normaliseUsername(once) === once && !/\p{Cc}/u.test(once) && once.length <= 256;
      }),
    );
  });
});
