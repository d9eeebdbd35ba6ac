import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, equalBytes, FormatError, fromBase64Url, toBase64Url } from './index.ts';

describe('base64url, RFC 4648 §5 without padding', () => {
  test('every byte string goes there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        equalBytes(fromBase64Url(toBase64Url(bytes)), bytes),
      ),
    );
  });

  test('one value has one text: a text that decodes is the text that its bytes encode to', () => {
    const character = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n',
    );
    const text = fc.array(character, { maxLength: 9 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(text, (candidate) => {
        let bytes: Uint8Array;
        try {
          bytes = fromBase64Url(candidate);
        } catch (error) {
          return error instanceof FormatError && error.code === 'base64url-invalid';
        }
        return toBase64Url(bytes) === candidate;
      }),
      { numRuns: 5000 },
    );
  });

  test.each(['A', 'AB==', 'AB=', 'A+/A', 'AA A', 'AA\n', 'AR', 'AAB', 'é', 'AAAAA'])(
    '%j is refused',
    (text) => {
      expect(() => fromBase64Url(text)).toThrow(FormatError);
    },
  );

  test('a view into a larger buffer encodes only itself', () => {
    expect(toBase64Url(Uint8Array.of(9, 1, 2, 9).subarray(1, 3))).toBe(Buffer.of(1, 2).toString('base64url'));
  });
});

describe('bytes', () => {
  test('concatenation keeps order and length', () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(1, 2, 3),
    );
  });

  test('equality is of contents and length', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(0, 1, 2).subarray(1))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });
});
