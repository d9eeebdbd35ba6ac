/** Where each value of a JSON text begins, by its RFC 6901 pointer; and where the text stops being JSON. */
export interface JsonReading {
  /** undefined where the text is not JSON. */
  readonly value: unknown;
  readonly places: ReadonlyMap<string, number>;
  /** Offset of what is not JSON; null: it is. */
  readonly brokenAt: number | null;
}

class Broken extends Error {
  readonly at: number;
  constructor(at: number) {
    super('not JSON');
    this.at = at;
  }
}

/** Deeper than any document of ours; a hostile one must not exhaust the stack of the page. */
const deepest = 100;
/** RFC 8259, with the place of every value. */
export function readJson(text: string): JsonReading {
  const places = new Map<string, number>();
  let at = 0;
  const space = /[\t\n\r ]*/y;
  const literal = /true|false|null/y;
  const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 forbids just these.
  const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

  const skip = () => {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
  };
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found === undefined) return null;
    at += found.length;
    return found;
  };
  const expect = (character: string) => {
    skip();
    if (text[at] !== character) throw new Broken(at);
    at += 1;
  };
  const next = (close: string): boolean => {
    skip();
    if (text[at] === close) {
      at += 1;
      return false;
    }
    expect(',');
    return true;
  };

  const readName = (): string => {
    skip();
    const start = at;
    const quoted = take(string);
    if (quoted === null) throw new Broken(start);
    return String(JSON.parse(quoted));
  };
  const readValue = (pointer: string, depth: number): void => {
    skip();
    places.set(pointer, at);
    if (depth > deepest) throw new Broken(at);
    const opening = text[at];
    if (opening === '{' || opening === '[') {
      at += 1;
      const close = opening === '{' ? '}' : ']';
      skip();
      if (text[at] === close) {
        at += 1;
        return;
      }
      let index = 0;
      do {
        const name = opening === '{' ? readName() : String(index);
        if (opening === '{') expect(':');
        readValue(`${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
        index += 1;
      } while (next(close));
      return;
    }
    if (take(string) === null && take(number) === null && take(literal) === null) throw new Broken(at);
  };

  try {
    readValue('', 0);
    skip();
    if (at < text.length) throw new Broken(at);
    return { value: JSON.parse(text), places, brokenAt: null };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { value: undefined, places, brokenAt: error.at };
  }
}

/** The place of a value, or of the nearest thing around it: what is missing has none of its own. */
export function placeOf({ places }: JsonReading, pointer: string): number {
  for (let near = pointer; ; near = near.slice(0, near.lastIndexOf('/'))) {
    const place = places.get(near);
    if (place !== undefined) return place;
    if (near === '') return 0;
  }
}

/** Counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
