import { isUtf8 } from 'node:buffer';
import { FormatError } from '../bytes/index.ts';

export interface StructureRules {
  readonly maximumDepth: number;
  readonly canonicalOrder: boolean;
  readonly validText: boolean;
}

const majorType = { bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;

/**
 * Walks one data item without building anything and returns the offset after it. Refuses what CTAP 2.2 §8 forbids
 * (indefinite lengths, tags, longer heads than needed, duplicate keys) before memory is spent on it: an array that
 * claims four thousand million items, or sixty thousand opened arrays, stop here.
 */
export function endOfItem(bytes: Uint8Array, start: number, rules: StructureRules): number {
  return walk(bytes, { offset: start, depth: 0 }, rules);
}

function walk(
  bytes: Uint8Array,
  { offset, depth }: { readonly offset: number; readonly depth: number },
  rules: StructureRules,
): number {
  const head = readHead(bytes, offset);
  switch (head.major) {
    case majorType.bytes:
      return within(bytes, head.end + head.argument);
    case majorType.text: {
      const end = within(bytes, head.end + head.argument);
      if (rules.validText && !isText(bytes, head.end, end)) {
        throw new FormatError('cbor-invalid', `text at ${offset} is not UTF-8`);
      }
      return end;
    }
    case majorType.array: {
      // Every item takes at least one byte.
      within(bytes, head.end + head.argument);
      let position = head.end;
      for (let index = 0; index < head.argument; index += 1) {
        position = walk(bytes, { offset: position, depth: deeper(depth, rules) }, rules);
      }
      return position;
    }
    case majorType.map:
      within(bytes, head.end + head.argument * 2);
      return walkMap(bytes, { head, depth: deeper(depth, rules) }, rules);
    case majorType.tag:
      // CTAP 2.2 §8: tags must not be present.
      throw new FormatError('cbor-invalid', `tag at ${offset}`);
    default:
      return head.end;
  }
}

interface Head {
  readonly major: number;
  /** The value or length; for floats and simple values without meaning here. */
  readonly argument: number;
  readonly end: number;
}

function readHead(bytes: Uint8Array, offset: number): Head {
  const first = byteAt(bytes, offset);
  const major = first >>> 5;
  const information = first & 31;
  if (information < 24) return { major, argument: information, end: offset + 1 };
  if (information === 31) throw new FormatError('cbor-indefinite-length', `indefinite length at ${offset}`);
  if (information > 27) throw new FormatError('cbor-invalid', `reserved head at ${offset}`);
  const size = 2 ** (information - 24);
  const end = within(bytes, offset + 1 + size);
  if (major === majorType.simple) {
    // One byte of simple value says nothing that the short form or the standard knows.
    if (size === 1) throw new FormatError('cbor-invalid', `simple value at ${offset}`);
    return { major, argument: 0, end };
  }
  let argument = 0;
  for (let index = 0; index < size; index += 1) argument = argument * 256 + byteAt(bytes, offset + 1 + index);
  if (argument < (size === 1 ? 24 : 256 ** (size / 2))) {
    throw new FormatError('cbor-not-canonical', `integer at ${offset} is longer than needed`);
  }
  return { major, argument, end };
}

function walkMap(
  bytes: Uint8Array,
  { head, depth }: { readonly head: Head; readonly depth: number },
  rules: StructureRules,
): number {
  const starts: number[] = [];
  const ends: number[] = [];
  let seen: Set<string> | undefined;
  let position = head.end;
  for (let index = 0; index < head.argument; index += 1) {
    const start = position;
    const end = walk(bytes, { offset: start, depth }, rules);
    const order =
      index === 0 ? 1 : compareKeys(bytes, [start, end], [starts[index - 1] ?? 0, ends[index - 1] ?? 0]);
    if (order === 0) throw new FormatError('cbor-duplicate-key', `repeated map key at ${start}`);
    if (order < 0) {
      if (rules.canonicalOrder)
        throw new FormatError('cbor-not-canonical', `map keys out of order at ${start}`);
      // Out of order, neighbours no longer tell about repetition: from here on remember all keys.
      seen ??= new Set(starts.map((from, at) => keyText(bytes, from, ends[at] ?? from)));
    }
    if (seen !== undefined) {
      const text = keyText(bytes, start, end);
      if (seen.has(text)) throw new FormatError('cbor-duplicate-key', `repeated map key at ${start}`);
      seen.add(text);
    }
    starts.push(start);
    ends.push(end);
    position = walk(bytes, { offset: end, depth }, rules);
  }
  return position;
}

/** CTAP 2.2 §8: lower major type first, then the shorter key, then byte order. Positive: the first is the later one. */
function compareKeys(
  bytes: Uint8Array,
  [start, end]: readonly [number, number],
  [otherStart, otherEnd]: readonly [number, number],
): number {
  const major = (byteAt(bytes, start) >>> 5) - (byteAt(bytes, otherStart) >>> 5);
  if (major !== 0) return major;
  const length = end - start - (otherEnd - otherStart);
  if (length !== 0) return length;
  for (let index = 0; start + index < end; index += 1) {
    const difference = byteAt(bytes, start + index) - byteAt(bytes, otherStart + index);
    if (difference !== 0) return difference;
  }
  return 0;
}

function keyText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let index = start; index < end; index += 1) text += String.fromCharCode(byteAt(bytes, index));
  return text;
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (byteAt(bytes, index) > 127) return isUtf8(bytes.subarray(start, end));
  }
  return true;
}

function deeper(depth: number, rules: StructureRules): number {
  if (depth >= rules.maximumDepth) {
    throw new FormatError('cbor-too-deep', `nested deeper than ${rules.maximumDepth}`);
  }
  return depth + 1;
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw new FormatError('cbor-truncated', `ends at ${offset}`);
  return byte;
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new FormatError('cbor-truncated', `needs ${end} bytes, has ${bytes.length}`);
  return end;
}
