import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError, type FormatErrorCode } from '../bytes/index.ts';
import { type DecodeOptions, decode, decodeFirst, encode } from './index.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

function refusal(bytes: Uint8Array, options?: DecodeOptions): FormatErrorCode | 'accepted' {
  try {
    decode(bytes, options);
    return 'accepted';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

describe('CTAP 2.2 §8 Message Encoding: canonical CBOR', () => {
  test('integers and lengths are as short as possible', () => {
    expect(encode([0, 23, 24, 255, 256, 65535, 65536, -1, -24, -25, 2 ** 32])).toEqual(
      hex('8b 00 17 1818 18ff 190100 19ffff 1a00010000 20 37 3818 1b0000000100000000'),
    );
    for (const longer of [
      '1817',
      '190017',
      '1900ff',
      '1a0000ffff',
      '1b00000000ffffffff',
      '5800',
      '780161',
      '9800',
      'b800',
      '3817',
    ]) {
      expect([longer, refusal(hex(longer))]).toEqual([longer, 'cbor-not-canonical']);
    }
  });

  test('keys: lower major type first, then shorter, then lower bytes', () => {
    const map = new Map<unknown, unknown>([
      ['b', 1],
      ['aa', 2],
      [-1, 3],
      [100, 4],
      [3, 5],
      [-100, 6],
      [Uint8Array.of(1), 7],
    ]);
    expect(encode(map)).toEqual(hex('a7 03 05 1864 04 20 03 3863 06 4101 07 6162 01 626161 02'));
    expect(encode({ type: 'public-key', id: Uint8Array.of(1), skipped: undefined })).toEqual(
      encode(
        new Map<string, unknown>([
          ['id', Uint8Array.of(1)],
          ['type', 'public-key'],
        ]),
      ),
    );
  });

  test('key order is enforced where asked for', () => {
    expect(refusal(hex('a2 02 00 01 00'))).toBe('accepted');
    expect(refusal(hex('a2 02 00 01 00'), { canonicalOrder: true })).toBe('cbor-not-canonical');
    expect(refusal(hex('a3 01 00 20 00 6161 00'), { canonicalOrder: true })).toBe('accepted');
    expect(refusal(hex('a2 626161 00 6162 00'), { canonicalOrder: true })).toBe('cbor-not-canonical');
  });

  test('indefinite lengths are refused for every type', () => {
    for (const bytes of ['5f4100ff', '7f6161ff', '9f00ff', 'bf0000ff', 'ff', '81ff']) {
      expect([bytes, refusal(hex(bytes))]).toEqual([bytes, 'cbor-indefinite-length']);
    }
  });

  test('tags are refused', () => {
    expect(refusal(hex('c000'))).toBe('cbor-invalid');
    expect(refusal(hex('d9d9f700'))).toBe('cbor-invalid');
  });

  test('duplicate keys are refused, next to each other or far apart, in order or not', () => {
    for (const bytes of [
      'a2 01 00 01 01',
      'a3 01 00 02 00 01 00',
      'a3 05 00 01 00 05 00',
      'a2 4101 00 4101 00',
      'a2 f93c00 00 01 00',
      '81a2 6161 00 6161 00',
    ]) {
      expect([bytes, refusal(hex(bytes))]).toEqual([
        bytes,
        bytes.includes('f93c00') ? 'cbor-invalid' : 'cbor-duplicate-key',
      ]);
    }
  });

  test('bytes after the item are refused, and counted by decodeFirst', () => {
    expect(refusal(hex('0000'))).toBe('cbor-trailing-bytes');
    expect(decodeFirst(hex('820102ffff'))).toEqual({ value: [1, 2], length: 3 });
  });

  test('every way to be too short is told as such', () => {
    for (const bytes of [
      '',
      '18',
      '19ff',
      '1b00',
      '4201',
      '62',
      '8100'.slice(0, 2),
      'a100',
      'a1',
      'f9',
      'fb00',
      '9affffffff',
      'bbffffffffffffffff',
      '5bffffffffffffffff',
      '7affffffff61',
    ]) {
      expect([bytes, refusal(hex(bytes))]).toEqual([bytes, 'cbor-truncated']);
    }
  });

  test('nesting and size are bounded', () => {
    expect(refusal(new Uint8Array(60_000).fill(0x81))).toBe('cbor-too-deep');
    expect(refusal(hex('8181818100'), { maximumDepth: 4 })).toBe('accepted');
    expect(refusal(hex('818181818100'), { maximumDepth: 4 })).toBe('cbor-too-deep');
    expect(refusal(hex('a1a1000000'), { maximumDepth: 1 })).toBe('cbor-too-deep');
    expect(refusal(new Uint8Array(65_537))).toBe('cbor-too-large');
    expect(refusal(new Uint8Array(11), { maximumLength: 10 })).toBe('cbor-too-large');
  });

  test('text is UTF-8; WebAuthn L3 §6.4.1: authenticators may cut a character, which `replace` forgives', () => {
    expect(refusal(hex('61e2'))).toBe('cbor-invalid');
    expect(refusal(hex('63e282ac'))).toBe('accepted');
    expect(decode(hex('6261e2'), { invalidText: 'replace' })).toBe('a\ufffd');
  });

  test('reserved heads, unknown simple values and undefined are refused', () => {
    for (const bytes of ['1c', '1d', '1e', '5c', 'fc', 'e0', 'f8ff', 'f818', 'f7', 'f0']) {
      expect([bytes, refusal(hex(bytes))]).toEqual([bytes, 'cbor-invalid']);
    }
  });

  test('maps become Maps, byte strings copies, large integers bigints', () => {
    const source = hex('a2 01 4301 02 03 02 1bffffffffffffffff');
    const map = decode(source);
    source.fill(0);
    expect(map).toEqual(
      new Map<number, unknown>([
        [1, Uint8Array.of(1, 2, 3)],
        [2, 2n ** 64n - 1n],
      ]),
    );
  });

  test('what cannot be encoded is told as such', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [Symbol('x'), () => 0, circle, 2n ** 64n]) {
      expect(() => encode(value)).toThrow(expect.objectContaining({ code: 'cbor-not-encodable' }));
    }
  });

  const key = fc.oneof(fc.integer(), fc.string(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n - 1n }));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.maxSafeInteger(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 40 }),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noInteger: true }),
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 5, selector: ([k]) => k })
        .map((entries) => new Map(entries)),
    ),
  }));

  test('what we encode we decode, canonical order enforced', () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(decode(encode(item), { canonicalOrder: true })).toEqual(item);
      }),
      { numRuns: 2000 },
    );
  });

  test('whatever is accepted with canonical order encodes back to the same bytes, whatever not is refused by a FormatError', () => {
    const mutated = fc
      .tuple(value, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }))
      .map(([item, changes]) => {
        const bytes = Uint8Array.from(encode(item));
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        let decoded: unknown;
        try {
          decoded = decode(bytes, { canonicalOrder: true });
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        // Floats and NaN have several encodings, which CTAP leaves alone.
        if (!bytes.some((byte) => byte >= 0xf9 && byte <= 0xfb)) expect(encode(decoded)).toEqual(bytes);
      }),
      { numRuns: 5000 },
    );
  });
});
