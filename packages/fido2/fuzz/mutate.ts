import type { SeededRandom } from './random.ts';

/** Heads, lengths and limits that parsers of these formats stumble over. */
const interestingBytes = [
  0x00, 0x01, 0x10, 0x17, 0x18, 0x1b, 0x1f, 0x20, 0x30, 0x3b, 0x3f, 0x40, 0x5b, 0x5f, 0x61, 0x7b, 0x7f, 0x80,
  0x81, 0x82, 0x84, 0x90, 0x9b, 0x9f, 0xa0, 0xa1, 0xbb, 0xbf, 0xc0, 0xf4, 0xf6, 0xf7, 0xf9, 0xfb, 0xfe, 0xff,
];
const interestingNumbers = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1ff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];
const sizes = [1, 2, 4, 8] as const;

type Mutation = (bytes: Uint8Array, random: SeededRandom, others: Others) => Uint8Array;
/** Where parts of other seeds come from, and how long an input may become. */
export interface Others {
  readonly pick: () => Uint8Array;
  readonly longest: number;
}

const splice = (bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array => {
  const result = new Uint8Array(bytes.length - removed + added.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(bytes.subarray(at + removed), at + added.length);
  return result;
};
const randomBytes = (random: SeededRandom, length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) bytes[index] = random.next() >>> 24;
  return bytes;
};
/** Mostly short ones: a long slice rarely says more. */
const slice = (bytes: Uint8Array, random: SeededRandom): readonly [at: number, length: number] => {
  const at = random.below(bytes.length);
  const most = random.below(4) === 0 ? bytes.length - at : Math.min(16, bytes.length - at);
  return [at, 1 + random.below(most)];
};

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  function setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.pick(interestingBytes);
    return bytes;
  },
  function setRandomByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  function nudgeByte(bytes, random) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) + random.below(9) - 4;
    return bytes;
  },
  function setNumber(bytes, random) {
    const size = random.pick(sizes);
    if (bytes.length < size) return bytes;
    const at = random.below(bytes.length - size + 1);
    let rest = random.pick(interestingNumbers);
    for (let index = size - 1; index >= 0; index -= 1) {
      bytes[at + index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return bytes;
  },
  function remove(bytes, random) {
    const [at, length] = slice(bytes, random);
    return splice(bytes, at, length, new Uint8Array());
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function insertRandom(bytes, random) {
    return splice(bytes, random.below(bytes.length + 1), 0, randomBytes(random, 1 + random.below(8)));
  },
  function insertHead(bytes, random) {
    return splice(bytes, random.below(bytes.length + 1), 0, Uint8Array.of(random.pick(interestingBytes)));
  },
  function nest(bytes, random) {
    const opened = new Uint8Array(1 + random.below(40)).fill(random.pick([0x81, 0xa1, 0x30, 0x82]));
    return splice(bytes, random.below(bytes.length + 1), 0, opened);
  },
  function repeat(bytes, random) {
    const [at, length] = slice(bytes, random);
    return splice(bytes, at, 0, bytes.slice(at, at + length));
  },
  function swap(bytes, random) {
    const [at, length] = slice(bytes, random);
    const moved = bytes.slice(at, at + length);
    const rest = splice(bytes, at, length, new Uint8Array());
    return splice(rest, random.below(rest.length + 1), 0, moved);
  },
  function graft(bytes, random, others) {
    const other = others.pick();
    if (other.length === 0) return bytes;
    const [from, length] = slice(other, random);
    const at = random.below(bytes.length);
    const replaced = random.below(2) === 0 ? Math.min(length, bytes.length - at) : 0;
    return splice(bytes, at, replaced, other.subarray(from, from + length));
  },
];

/** The parts again and again until it is as long as allowed: what is slow shows. */
function inflate(bytes: Uint8Array, random: SeededRandom, longest: number): Uint8Array {
  const [at, length] = slice(bytes, random);
  const part = bytes.slice(at, at + length);
  const result = new Uint8Array(longest);
  for (let offset = 0; offset < longest; offset += part.length) {
    result.set(part.subarray(0, longest - offset), offset);
  }
  result.set(bytes.subarray(0, Math.min(at, longest)));
  return result;
}

/**
 * The next input: a seed with a few changes; now and then the seed as it is, noise, or something as long as `longest`.
 *
 * @param from the seed's bytes, left alone
 */
export function mutate(from: Uint8Array, random: SeededRandom, others: Others): Uint8Array {
  const kind = random.below(2000);
  if (kind < 40) return Uint8Array.from(from);
  if (kind < 120) return randomBytes(random, random.below(200));
  let bytes = Uint8Array.from(from);
  if (kind < 121 && bytes.length > 0) return inflate(bytes, random, others.longest);
  for (let changes = 1 + random.below(random.below(6) + 1); changes > 0; changes -= 1) {
    if (bytes.length === 0) return randomBytes(random, random.below(20));
    bytes = Uint8Array.from(random.pick(mutations)(bytes, random, others));
  }
  return bytes.length > others.longest ? bytes.slice(0, others.longest) : bytes;
}
