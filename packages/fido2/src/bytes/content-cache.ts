import { Buffer } from 'node:buffer';

type Content = Uint8Array | readonly Uint8Array[];

/**
 * Remembers what was computed from bytes, by those bytes themselves: a hit can't be a mistake. Where it is full, an entry
 * goes that was not used since it was last passed over (second chance), so that a hit costs no reordering. Belongs to
 * whoever made it, so tenants need share nothing.
 */
export class ContentCache<Value> {
  readonly #entries = new Map<string, { readonly value: Value; used: boolean }>();
  readonly #maximumEntries: number;

  constructor(options: { readonly maximumEntries: number }) {
    this.#maximumEntries = options.maximumEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(content: Content): Value | undefined {
    const entry = this.#entries.get(textOf(content));
    if (entry === undefined) return undefined;
    entry.used = true;
    return entry.value;
  }

  set(content: Content, value: Value): void {
    this.#entries.set(textOf(content), { value, used: false });
    if (this.#entries.size > this.#maximumEntries) this.#evict();
  }

  delete(content: Content): void {
    this.#entries.delete(textOf(content));
  }

  #evict(): void {
    // Ends: an entry that is passed over goes to the end without its mark.
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (!entry.used) return;
      entry.used = false;
      this.#entries.set(key, entry);
    }
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
