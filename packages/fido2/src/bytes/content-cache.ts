import { Buffer } from 'node:buffer';

type Content = Uint8Array | readonly Uint8Array[];

/**
 * Remembers what was computed from bytes, by those bytes themselves: a hit can't be a mistake. The entry that was not
 * used for the longest time goes first. Belongs to whoever made it, so tenants need share nothing.
 */
export class ContentCache<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #maximumEntries: number;

  constructor(options: { readonly maximumEntries: number }) {
    this.#maximumEntries = options.maximumEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(content: Content): Value | undefined {
    const key = textOf(content);
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(content: Content, value: Value): void {
    const key = textOf(content);
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#maximumEntries) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        return;
      }
    }
  }

  delete(content: Content): void {
    this.#entries.delete(textOf(content));
  }
}

function textOf(content: Content): string {
  if (content instanceof Uint8Array) return latin1(content);
  // The lengths keep apart what the same bytes cut differently would say.
  return `${content.map(({ length }) => length).join()}:${content.map(latin1).join('')}`;
}

function latin1(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
}
