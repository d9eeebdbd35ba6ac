import { concatBytes } from '../bytes/index.ts';

/** A writer for the few DER forms that a certificate needs (X.690 §8). */
const tagged = (tag: number, content: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(tag), length(content.length), content);

const length = (value: number): Uint8Array => {
  if (value < 0x80) return Uint8Array.of(value);
  if (value < 0x100) return Uint8Array.of(0x81, value);
  return Uint8Array.of(0x82, value >> 8, value & 0xff);
};

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => tagged(0x30, concatBytes(...items));
export const set = (...items: readonly Uint8Array[]): Uint8Array => tagged(0x31, concatBytes(...items));
export const octetString = (content: Uint8Array): Uint8Array => tagged(0x04, content);
export const bitString = (content: Uint8Array): Uint8Array =>
  tagged(0x03, concatBytes(Uint8Array.of(0), content));
/** Named bits, as keyUsage has them: the count of unused low bits goes first. */
export const namedBits = (byte: number, unused: number): Uint8Array =>
  tagged(0x03, Uint8Array.of(unused, byte));
export const boolean = (value: boolean): Uint8Array => tagged(0x01, Uint8Array.of(value ? 0xff : 0));
export const utf8String = (text: string): Uint8Array => tagged(0x0c, new TextEncoder().encode(text));
export const printableString = (text: string): Uint8Array => tagged(0x13, new TextEncoder().encode(text));
export const explicit = (number: number, content: Uint8Array): Uint8Array => tagged(0xa0 | number, content);
export const implicitBytes = (number: number, content: Uint8Array): Uint8Array =>
  tagged(0x80 | number, content);

/** @param value big-endian, taken as positive */
export const integer = (value: Uint8Array): Uint8Array => {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const digits = value.subarray(start);
  const negativeLooking = ((digits[0] ?? 0) & 0x80) !== 0;
  return tagged(0x02, negativeLooking ? concatBytes(Uint8Array.of(0), digits) : digits);
};

/** RFC 5280 §4.1.2.5: four-digit years from 2050 on, two-digit ones before. */
export const time = (at: Date): Uint8Array => {
  const digits = `${at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  const short = at.getUTCFullYear() < 2050;
  return tagged(short ? 0x17 : 0x18, new TextEncoder().encode(short ? digits.slice(2) : digits));
};

export const objectIdentifier = (dotted: string): Uint8Array => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left & 0x7f) | 0x80);
    }
    bytes.push(...groups);
  }
  return tagged(0x06, Uint8Array.from(bytes));
};
