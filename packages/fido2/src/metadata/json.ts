import { MetadataError } from './errors.ts';
import type { Pace } from './pace.ts';

/** Bytes of one value; real entries have at most 100 KB, most of it an icon. */
const longestValue = 1_048_576;
const deepest = 64;

const mark = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  backslash: 0x5c,
  openArray: 0x5b,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

export interface JsonParts {
  /** The array whose elements are handed on one by one; any other member is collected. */
  readonly elementsOf: string;
  readonly onElement: (element: unknown) => void;
  readonly pace: Pace;
}

/**
 * Parses an object of many megabytes without holding the event loop: only where its members and the elements of one
 * of them begin and end is found here, each of them goes through `JSON.parse` by itself.
 *
 * @returns the members but for the named one
 * @throws MetadataError `metadata-malformed`
 */
export async function parseLargeObject(
  bytes: Uint8Array,
  parts: JsonParts,
): Promise<ReadonlyMap<string, unknown>> {
  const reader = new JsonReader(bytes);
  const members = new Map<string, unknown>();
  let streamed = false;
  reader.expect(mark.openObject);
  for (let first = true; !reader.takes(mark.closeObject); first = false) {
    if (!first) reader.expect(mark.comma);
    const name = reader.value();
    if (typeof name !== 'string') throw malformed('a member without a name');
    // RFC 8259 §4: what a repeated name means is up to the reader, so two readers may differ.
    if (members.has(name) || (streamed && name === parts.elementsOf))
      throw malformed(`member ${JSON.stringify(name.slice(0, 64))} twice`);
    reader.expect(mark.colon);
    if (name === parts.elementsOf) {
      streamed = true;
      await readElements(reader, parts);
    } else {
      members.set(name, reader.value());
      await parts.pace.after(reader.length);
    }
  }
  reader.end();
  if (!streamed) throw malformed(`no member ${parts.elementsOf}`);
  return members;
}

async function readElements(reader: JsonReader, { onElement, pace }: JsonParts): Promise<void> {
  reader.expect(mark.openArray);
  for (let first = true; !reader.takes(mark.closeArray); first = false) {
    if (!first) reader.expect(mark.comma);
    onElement(reader.value());
    await pace.after(reader.length);
  }
}

class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #offset = 0;
  #length = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Of the value that was read last, in bytes. */
  get length(): number {
    return this.#length;
  }

  takes(byte: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#offset] !== byte) return false;
    this.#offset += 1;
    return true;
  }

  expect(byte: number): void {
    if (!this.takes(byte)) throw malformed(`no “${String.fromCharCode(byte)}” at byte ${this.#offset}`);
  }

  end(): void {
    this.#skipSpace();
    if (this.#offset !== this.#bytes.length) throw malformed(`more after byte ${this.#offset}`);
  }

  value(): unknown {
    this.#skipSpace();
    const start = this.#offset;
    this.#offset = endOfValue(this.#bytes, start);
    this.#length = this.#offset - start;
    try {
      return JSON.parse(this.#text.decode(this.#bytes.subarray(start, this.#offset)));
    } catch (cause) {
      throw malformed(`no JSON from byte ${start} to ${this.#offset}`, cause);
    }
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#offset];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#offset += 1;
    }
  }
}

/** Where the value that begins here ends, if it is well-formed; whether it is, `JSON.parse` says. */
function endOfValue(bytes: Uint8Array, start: number): number {
  const limit = Math.min(bytes.length, start + longestValue);
  let depth = 0;
  for (let offset = start; offset < limit; offset += 1) {
    switch (bytes[offset]) {
      case mark.quote:
        offset = endOfString(bytes, offset, limit);
        if (depth === 0) return offset + 1;
        break;
      case mark.openObject:
      case mark.openArray:
        depth += 1;
        if (depth > deepest) throw malformed(`nested deeper than ${deepest}`);
        break;
      case mark.closeObject:
      case mark.closeArray:
        if (depth === 0) return offset;
        depth -= 1;
        if (depth === 0) return offset + 1;
        break;
      case mark.comma:
        if (depth === 0) return offset;
        break;
      default:
    }
  }
  throw malformed(`a value that does not end within ${limit - start} bytes`);
}

/** Where the closing quote is. */
function endOfString(bytes: Uint8Array, start: number, limit: number): number {
  for (let offset = start + 1; offset < limit; offset += 1) {
    const byte = bytes[offset];
    if (byte === mark.quote) return offset;
    if (byte === mark.backslash) offset += 1;
  }
  throw malformed(`a string that does not end within ${limit - start} bytes`);
}

function malformed(message: string, cause?: unknown): MetadataError {
  return new MetadataError('metadata-malformed', message, { cause });
}
