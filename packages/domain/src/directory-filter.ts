/**
 * What a provisioning client asks for, of RFC 7644 §3.4.2.2: the names are those of the schema, checked and in their own
 * spelling, before a filter comes here.
 */
export type DirectoryFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly DirectoryFilter[] }
  | { readonly kind: 'not'; readonly filter: DirectoryFilter }
  | {
      readonly kind: 'compare';
      readonly attribute: FilterAttribute;
      readonly operator: FilterOperator;
      readonly value: FilterValue;
    }
  | { readonly kind: 'present'; readonly attribute: FilterAttribute }
  /** One element of a multi-valued attribute fits: `emails[…]`; the attributes inside are the element's own. */
  | { readonly kind: 'any'; readonly attribute: FilterAttribute; readonly filter: DirectoryFilter };

export const filterOperators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type FilterOperator = (typeof filterOperators)[number];
export type FilterValue = string | boolean | Date | null;

export interface FilterAttribute {
  /** From the resource, or from the element inside `any`: `['name', 'familyName']`. */
  readonly path: readonly string[];
  /** How many names of `path` lead to a multi-valued attribute; 0 where none is on the way. */
  readonly manyAt: number;
  readonly type: 'string' | 'boolean' | 'instant' | 'complex';
  /** Of strings: false compares without regard to case. */
  readonly caseExact: boolean;
}

export interface DirectorySort {
  readonly attribute: FilterAttribute;
  readonly descending: boolean;
}

/** One page of a list: by how many to pass over, or after the place where an earlier page ended. */
export interface DirectoryQuery {
  readonly filter: DirectoryFilter | null;
  readonly sort: DirectorySort | null;
  readonly offset: number;
  /** `next` of the page before; then `offset` does not count. */
  readonly after: string | null;
  /** 0 asks for the total alone. */
  readonly limit: number;
  /** null: count them. */
  readonly knownTotal: number | null;
}

export interface DirectoryPage<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** null on the last page, and where the order is not one that can be continued. */
  readonly next: string | null;
}

/** Whether a value of JSON fits: the same as the database says of what it stores. */
export function fitsFilter(filter: DirectoryFilter, value: unknown): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((part) => fitsFilter(part, value));
    case 'or':
      return filter.filters.some((part) => fitsFilter(part, value));
    case 'not':
      return !fitsFilter(filter.filter, value);
    case 'present':
      return candidates(filter.attribute, value).some(isPresent);
    case 'compare': {
      const { attribute, operator } = filter;
      const found = candidates(attribute, value);
      // No element at all is as good as one without the value.
      return (found.length === 0 ? [undefined] : found).some((one) =>
        compare(one, { attribute, operator, value: filter.value }),
      );
    }
    case 'any':
      return candidates(filter.attribute, value).some((element) => fitsFilter(filter.filter, element));
  }
}

/** The values that a path leads to: one, or one for each element of the multi-valued attribute on its way. */
function candidates({ path, manyAt }: FilterAttribute, value: unknown): readonly unknown[] {
  if (manyAt === 0) return [at(path, value)];
  const many = at(path.slice(0, manyAt), value);
  return Array.isArray(many) ? many.map((element) => at(path.slice(manyAt), element)) : [];
}

function at(path: readonly string[], value: unknown): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null ? new Map(Object.entries(found)).get(name) : undefined,
    value,
  );
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function compare(
  found: unknown,
  {
    attribute,
    operator,
    value,
  }: { attribute: FilterAttribute; operator: FilterOperator; value: FilterValue },
): boolean {
  if (operator === 'ne') return !equals(found, value, attribute);
  if (operator === 'eq') return equals(found, value, attribute);
  const [one, other] = [comparable(found, attribute), comparable(value, attribute)];
  if (one === null || other === null) return false;
  switch (operator) {
    case 'co':
      return one.includes(other);
    case 'sw':
      return one.startsWith(other);
    case 'ew':
      return one.endsWith(other);
    default: {
      const order = orderOf(one, other);
      if (order === 0) return operator === 'ge' || operator === 'le';
      return order > 0 ? operator === 'gt' || operator === 'ge' : operator === 'lt' || operator === 'le';
    }
  }
}

function equals(found: unknown, value: FilterValue, attribute: FilterAttribute): boolean {
  if (!isPresent(found) || value === null) return !isPresent(found) && value === null;
  return comparable(found, attribute) === comparable(value, attribute);
}

function comparable(value: unknown, { type, caseExact }: FilterAttribute): string | null {
  if (value instanceof Date) return value.toISOString();
  if (type === 'instant' && typeof value === 'string') {
    const time = Date.parse(value);
    return Number.isNaN(time) ? null : new Date(time).toISOString();
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return null;
  return caseExact ? value : value.toLowerCase();
}

/** By code points, as UTF-8 sorts; JavaScript's own order is by UTF-16. */
function orderOf(one: string, other: string): number {
  const [left, right] = [[...one], [...other]];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
