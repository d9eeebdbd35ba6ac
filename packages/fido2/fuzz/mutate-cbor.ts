import { FormatError } from '../src/bytes/index.ts';
import { decode, encode } from '../src/cbor/index.ts';
import { mutate, type Others } from './mutate.ts';
import type { SeededRandom } from './random.ts';

const otherNumbers = [
  0,
  1,
  -1,
  -7,
  -8,
  -257,
  -65535,
  24,
  255,
  65_536,
  2 ** 31,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  0.5,
];
const otherValues: readonly unknown[] = [
  null,
  true,
  '',
  'none',
  new Uint8Array(),
  [],
  new Map(),
  ...otherNumbers,
];

type Place = readonly [holder: Map<unknown, unknown> | unknown[], key: unknown];

/** Every value within, by who holds it. */
function placesIn(value: unknown, places: Place[]): Place[] {
  const entries = value instanceof Map || Array.isArray(value) ? [...value.entries()] : [];
  for (const [key, inner] of entries) {
    if (value instanceof Map || Array.isArray(value)) places.push([value, key]);
    placesIn(inner, places);
  }
  return places;
}

function changed(value: unknown, random: SeededRandom, others: Others): unknown {
  const kind = random.below(10);
  if (kind === 0) return random.pick(otherValues);
  // The certificates, keys and signatures within: well-formed outside, changed inside.
  if (value instanceof Uint8Array) return mutate(value, random, others);
  if (typeof value === 'number') return kind < 5 ? random.pick(otherNumbers) : value + random.below(5) - 2;
  if (typeof value === 'string') return value.slice(0, random.below(value.length + 1));
  if (Array.isArray(value)) return kind < 5 ? [...value, ...value] : [...value].reverse();
  if (value instanceof Map) return new Map([...value].filter(() => random.below(3) > 0));
  return random.pick(otherValues);
}

/** One or a few values of a CBOR item changed, the rest well-formed around them; as it is where it is no CBOR. */
export function mutateCbor(bytes: Uint8Array, random: SeededRandom, others: Others): Uint8Array {
  try {
    const root = [decode(bytes)];
    for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
      const [holder, key] = random.pick(placesIn(root, []));
      if (holder instanceof Map) {
        if (random.below(12) === 0) holder.delete(key);
        else holder.set(key, changed(holder.get(key), random, others));
      } else if (typeof key === 'number') holder[key] = changed(holder[key], random, others);
    }
    return encode(root[0]);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return bytes;
  }
}
