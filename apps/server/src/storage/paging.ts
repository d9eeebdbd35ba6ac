import { DomainError, type Page, type PageRequest } from '@keywarden/domain';

/** The place in a list after which the next page begins: the sort columns of the last row. */
export function readCursor(page: PageRequest, length: number): readonly string[] | null {
  if (page.after === null) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(page.after, 'base64url').toString('utf8'));
    if (
      Array.isArray(parts) &&
      parts.length === length &&
      parts.every((part): part is string => typeof part === 'string')
    ) {
      return parts;
    }
  } catch {
    // Told below, like any other text that we did not write.
  }
  throw new DomainError('input-invalid', '`after` is not the `next` of an earlier page.', {
    particulars: { field: 'after' },
  });
}

/** `rows` holds one more than was asked for where there is a next page. */
export function toPage<Row, T>(options: {
  rows: readonly Row[];
  total: number;
  limit: number;
  cursor: (row: Row) => readonly string[];
  read: (row: Row) => T;
}): Page<T> {
  const shown = options.rows.slice(0, options.limit);
  const last = shown.at(-1);
  const more = options.rows.length > options.limit && last !== undefined;
  return {
    items: shown.map(options.read),
    next: more ? Buffer.from(JSON.stringify(options.cursor(last))).toString('base64url') : null,
    total: options.total,
  };
}

/** For LIKE: the person's text stands for itself. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** Conditions of a list; the statement's name says which of them it has, so that each mix has a plan of its own. */
export class Filter {
  readonly #names: string[] = [];
  readonly #conditions: string[] = [];
  readonly #values: unknown[] = [];

  /** `condition` writes `?` where its value goes. */
  add(name: string, condition: string, value: unknown): void {
    this.#names.push(name);
    this.#values.push(value);
    this.#conditions.push(condition.replaceAll('?', `$${this.#values.length}`));
  }

  get name(): string {
    return this.#names.join('+');
  }

  get where(): string {
    return this.#conditions.length === 0 ? 'true' : this.#conditions.join(' AND ');
  }

  get values(): readonly unknown[] {
    return this.#values;
  }
}
