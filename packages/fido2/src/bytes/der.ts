import { FormatError } from './errors.ts';

/** One DER value (X.690 §10): definite and shortest lengths only. */
export interface DerValue {
  readonly class: 'universal' | 'application' | 'context' | 'private';
  readonly constructed: boolean;
  readonly number: number;
  readonly contents: Uint8Array;
  /** Identifier, length and contents. */
  readonly whole: Uint8Array;
}

/** Universal tag numbers (X.680 §8.4). */
export const derTag = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  objectIdentifier: 6,
  enumerated: 10,
  sequence: 16,
  set: 17,
  utcTime: 23,
  generalizedTime: 24,
} as const;

const classes = ['universal', 'application', 'context', 'private'] as const;

/**
 * Exactly one value, nothing after it.
 *
 * @throws FormatError `der-invalid`
 */
export function readDer(bytes: Uint8Array): DerValue {
  const value = readAt(bytes, 0);
  if (value.whole.length !== bytes.length) throw new FormatError('der-invalid', 'bytes after the value');
  return value;
}

/** The values within a constructed one, in order. At most 1,000. */
export function derChildren(value: DerValue): readonly DerValue[] {
  if (!value.constructed) throw new FormatError('der-invalid', 'a primitive value has no parts');
  const children: DerValue[] = [];
  for (let offset = 0; offset < value.contents.length; ) {
    if (children.length === 1000) throw new FormatError('der-invalid', 'more than 1,000 parts');
    const child = readAt(value.contents, offset);
    children.push(child);
    offset += child.whole.length;
  }
  return children;
}

/** `value` where it is of this universal type. @throws FormatError `der-invalid` */
export function requireDer(value: DerValue | undefined, type: keyof typeof derTag): DerValue {
  const constructed = type === 'sequence' || type === 'set';
  if (
    value === undefined ||
    value.class !== 'universal' ||
    value.number !== derTag[type] ||
    value.constructed !== constructed
  ) {
    throw new FormatError('der-invalid', `${type} expected`);
  }
  return value;
}

/** The parts of a SEQUENCE. */
export function derSequence(value: DerValue | undefined): readonly DerValue[] {
  return derChildren(requireDer(value, 'sequence'));
}

/** Dotted decimal. */
export function derObjectIdentifier(value: DerValue | undefined): string {
  const { contents } = requireDer(value, 'objectIdentifier');
  const arcs: number[] = [];
  let arc = 0;
  let begun = false;
  for (const byte of contents) {
    if (!begun && byte === 0x80) throw new FormatError('der-invalid', 'object identifier longer than needed');
    arc = arc * 128 + (byte & 0x7f);
    begun = (byte & 0x80) !== 0;
    if (!Number.isSafeInteger(arc)) throw new FormatError('der-invalid', 'object identifier too large');
    if (!begun) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first] = arcs;
  if (begun || first === undefined) throw new FormatError('der-invalid', 'object identifier incomplete');
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...arcs.slice(1)].join('.');
}

/** An INTEGER or ENUMERATED of at most 32 bits, not negative. */
export function derSmallInteger(
  value: DerValue | undefined,
  type: 'integer' | 'enumerated' = 'integer',
): number {
  const { contents } = requireDer(value, type);
  if (contents.length === 0 || contents.length > 5 || ((contents[0] ?? 0) & 0x80) !== 0) {
    throw new FormatError('der-invalid', 'integer out of range');
  }
  return contents.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The bytes of a BIT STRING without unused bits. */
export function derBitString(value: DerValue | undefined): Uint8Array {
  const { contents } = requireDer(value, 'bitString');
  if (contents[0] !== 0) throw new FormatError('der-invalid', 'bit string with unused bits');
  return contents.subarray(1);
}

function readAt(bytes: Uint8Array, start: number): DerValue {
  const identifier = byteAt(bytes, start);
  let offset = start + 1;
  let number = identifier & 31;
  if (number === 31) {
    number = 0;
    let byte: number;
    do {
      byte = byteAt(bytes, offset);
      if (number === 0 && byte === 0x80) throw new FormatError('der-invalid', 'tag longer than needed');
      number = number * 128 + (byte & 0x7f);
      if (number > 0xffffff) throw new FormatError('der-invalid', 'tag too large');
      offset += 1;
    } while ((byte & 0x80) !== 0);
    if (number < 31) throw new FormatError('der-invalid', 'tag longer than needed');
  }
  let length = byteAt(bytes, offset);
  offset += 1;
  if (length > 0x7f) {
    const size = length & 0x7f;
    if (size === 0 || size > 3) throw new FormatError('der-invalid', 'length indefinite or too large');
    length = 0;
    for (let index = 0; index < size; index += 1) length = length * 256 + byteAt(bytes, offset + index);
    if (length < (size === 1 ? 0x80 : 256 ** (size - 1)))
      throw new FormatError('der-invalid', 'length longer than needed');
    offset += size;
  }
  if (offset + length > bytes.length) throw new FormatError('der-invalid', 'contents go beyond the end');
  return {
    class: classes[identifier >>> 6] ?? 'private',
    constructed: (identifier & 0x20) !== 0,
    number,
    contents: bytes.subarray(offset, offset + length),
    whole: bytes.subarray(start, offset + length),
  };
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw new FormatError('der-invalid', `ends at ${offset}`);
  return byte;
}
