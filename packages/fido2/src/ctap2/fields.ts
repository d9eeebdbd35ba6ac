export type CborMap = ReadonlyMap<unknown, unknown>;

export interface FieldTypes {
  bytes: Uint8Array;
  text: string;
  integer: number;
  boolean: boolean;
  map: CborMap;
  array: readonly unknown[];
}
export type FieldType = keyof FieldTypes;

const is: { readonly [T in FieldType]: (value: unknown) => value is FieldTypes[T] } = {
  bytes: (value) => value instanceof Uint8Array,
  text: (value) => typeof value === 'string',
  integer: (value): value is number => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
  map: (value): value is CborMap => value instanceof Map,
  array: (value): value is readonly unknown[] => Array.isArray(value),
};

export const isField = <T extends FieldType>(value: unknown, type: T): value is FieldTypes[T] =>
  is[type](value);

export type FieldProblem = 'missing' | 'wrong-type';

/** Typed reading of a decoded map. Each side of CTAP tells its own error for the same two problems. */
export class CborFields {
  readonly map: CborMap;
  readonly #fail: (problem: FieldProblem, where: string) => Error;

  constructor(map: CborMap, fail: (problem: FieldProblem, where: string) => Error) {
    this.map = map;
    this.#fail = fail;
  }

  required<T extends FieldType>(key: number | string, type: T): FieldTypes[T] {
    const value = this.optional(key, type);
    if (value === null) throw this.#fail('missing', String(key));
    return value;
  }

  optional<T extends FieldType>(key: number | string, type: T): FieldTypes[T] | null {
    const value = this.map.get(key);
    if (value === undefined) return null;
    if (!isField(value, type)) throw this.#fail('wrong-type', String(key));
    return value;
  }

  /** A map within this one, read by the same rules. */
  nested(key: number | string): CborFields {
    return new CborFields(this.required(key, 'map'), this.#fail);
  }
  optionalNested(key: number | string): CborFields | null {
    const map = this.optional(key, 'map');
    return map === null ? null : new CborFields(map, this.#fail);
  }

  /** An array whose items all have that type; empty where the member is absent. */
  list<T extends FieldType>(key: number | string, type: T): readonly FieldTypes[T][] {
    return (this.optional(key, 'array') ?? []).map((item) => {
      if (!isField(item, type)) throw this.#fail('wrong-type', String(key));
      return item;
    });
  }

  listOfMaps(key: number | string): readonly CborFields[] {
    return this.list(key, 'map').map((item) => new CborFields(item, this.#fail));
  }
}
