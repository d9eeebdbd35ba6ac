import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { der } from '../../test/certificate.fake.ts';
import {
  ContentCache,
  derBitString,
  derChildren,
  derObjectIdentifier,
  derSequence,
  derSmallInteger,
  FormatError,
  readDer,
  requireDer,
} from './index.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const malformed = expect.objectContaining({ name: 'FormatError', code: 'der-invalid' });

describe('DER, X.690 §10', () => {
  test('tags of every class, low and high', () => {
    expect(readDer(hex('30 00'))).toMatchObject({ class: 'universal', constructed: true, number: 16 });
    expect(readDer(hex('a3 00'))).toMatchObject({ class: 'context', constructed: true, number: 3 });
    expect(readDer(hex('82 01 61'))).toMatchObject({ class: 'context', constructed: false, number: 2 });
    expect(readDer(hex('bf 84 58 00'))).toMatchObject({ class: 'context', constructed: true, number: 600 });
    expect(readDer(hex('41 00'))).toMatchObject({ class: 'application', number: 1 });
  });

  test('lengths are definite and the shortest; tags too', () => {
    const bytes = new Uint8Array(0x80);
    expect(readDer(Buffer.concat([hex('04 81 80'), bytes])).contents.length).toBe(0x80);
    for (const wrong of [
      '30 80 00 00',
      '04 81 7f',
      '04 82 00 80',
      '04 84 00 00 00 01',
      '04 85 00 00 00 00 00',
      '1f 1e 00',
      '1f 80 1f 00',
      '1f ff ff ff ff 7f 00',
    ]) {
      const padded = Buffer.concat([hex(wrong), new Uint8Array(0x100)]);
      expect(() => readDer(padded)).toThrow(malformed);
    }
  });

  test('contents end within the bytes and nothing follows', () => {
    for (const wrong of ['', '30', '04 02 00', '30 00 00', '1f', '04 82 01'])
      expect(() => readDer(hex(wrong))).toThrow(malformed);
    expect(() => derChildren(readDer(hex('30 02 04 05')))).toThrow(malformed);
  });

  test('parts are of the type that is asked for', () => {
    expect(() => derSequence(readDer(hex('31 00')))).toThrow(malformed);
    expect(() => requireDer(readDer(hex('24 00')), 'octetString')).toThrow(malformed);
    expect(() => requireDer(undefined, 'integer')).toThrow(malformed);
    expect(() => derChildren(readDer(hex('04 00')))).toThrow(malformed);
    expect(() => derBitString(readDer(hex('03 02 01 80')))).toThrow(malformed);
    expect(derBitString(readDer(hex('03 02 00 80')))).toEqual(hex('80'));
  });

  test('a constructed value has at most 1,000 parts', () => {
    const parts = Array.from({ length: 1001 }, () => hex('05 00'));
    expect(() => derChildren(readDer(der.sequence(...parts)))).toThrow(malformed);
    expect(derChildren(readDer(der.sequence(...parts.slice(1)))).length).toBe(1000);
  });

  test('object identifiers', () => {
    for (const dotted of [
      '1.2.840.113549.1.1.11',
      '2.5.29.19',
      '0.9.2342.19200300.100.1.1',
      '2.999.3',
      '1.3.6.1.4.1.45724.1.1.4',
    ]) {
      if (dotted !== '2.999.3')
        expect(derObjectIdentifier(readDer(der.objectIdentifier(dotted)))).toBe(dotted);
    }
    expect(derObjectIdentifier(readDer(hex('06 03 88 37 03')))).toBe('2.999.3');
    for (const wrong of [
      '06 00',
      '06 01 80',
      '06 02 2a 80',
      '06 03 2a 80 01',
      '06 0a 2a ff ff ff ff ff ff ff ff 7f',
    ]) {
      expect(() => derObjectIdentifier(readDer(hex(wrong)))).toThrow(malformed);
    }
  });

  test('small integers are not negative and of at most 32 bits', () => {
    expect(derSmallInteger(readDer(hex('02 05 00 ff ff ff ff')))).toBe(0xffffffff);
    expect(derSmallInteger(readDer(hex('0a 01 02')), 'enumerated')).toBe(2);
    for (const wrong of ['02 00', '02 01 80', '02 06 01 00 00 00 00 00']) {
      expect(() => derSmallInteger(readDer(hex(wrong)))).toThrow(malformed);
    }
  });

  test('whatever the bytes are, a value or a FormatError comes of them', () => {
    const walk = (value: ReturnType<typeof readDer>, depth: number): void => {
      if (value.constructed && depth < 20) for (const child of derChildren(value)) walk(child, depth + 1);
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          walk(readDer(bytes), 0);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a content cache', () => {
  test('finds by equal bytes, not by the same array', () => {
    const cache = new ContentCache<string>({ maximumEntries: 2 });
    cache.set(Uint8Array.of(1, 2), 'a');
    expect(cache.get(Uint8Array.of(0, 1, 2).subarray(1))).toBe('a');
    expect(cache.get(Uint8Array.of(1))).toBeUndefined();
  });
  test('the least recently used entry goes first', () => {
    const cache = new ContentCache<string>({ maximumEntries: 2 });
    cache.set(Uint8Array.of(1), 'a');
    cache.set(Uint8Array.of(2), 'b');
    cache.get(Uint8Array.of(1));
    cache.set(Uint8Array.of(3), 'c');
    expect([1, 2, 3].map((byte) => cache.get(Uint8Array.of(byte)))).toEqual(['a', undefined, 'c']);
    cache.delete(Uint8Array.of(1));
    expect(cache.size).toBe(1);
  });
  test('the same bytes cut differently are not the same', () => {
    const cache = new ContentCache<string>({ maximumEntries: 9 });
    cache.set([Uint8Array.of(1), Uint8Array.of(2, 3)], 'a');
    expect(cache.get([Uint8Array.of(1, 2), Uint8Array.of(3)])).toBeUndefined();
    expect(cache.get(Uint8Array.of(1, 2, 3))).toBeUndefined();
    expect(cache.get([Uint8Array.of(1), Uint8Array.of(2, 3)])).toBe('a');
  });
});
