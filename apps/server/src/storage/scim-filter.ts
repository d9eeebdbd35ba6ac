import {
  type DirectoryFilter,
  DomainError,
  type FilterAttribute,
  type FilterOperator,
  type FilterValue,
} from '@keywarden/domain';

interface Column {
  readonly text: string;
  /** It stands in an index, and equality, beginnings (of texts) and order are found there. */
  readonly searched?: boolean;
  /** It is never null. */
  readonly required?: boolean;
}

/** What is compared with, and how: `value` makes its parameter, so it is called only where it is written. */
export interface Operand {
  readonly operator: 'eq' | 'sw';
  readonly text: string;
  readonly value: () => string;
}

/** SQL that finds by index the ids among which all are that are equal, or begin so; null where there is no index. */
export type Narrow = (operand: Operand) => string | null;

export type SimplePlace =
  /** `folded`: the same in lower case, where an index holds it. */
  | (Column & { readonly kind: 'text'; readonly folded?: string; readonly narrow?: Narrow })
  /** One of a few words, all in upper case; an index holds them in the order of code points. */
  | (Column & { readonly kind: 'word'; readonly words: readonly string[] })
  | (Column & { readonly kind: 'uuid' })
  /** `whether`: the condition that it is true, and that it is false, for an index; null where none serves it. */
  | (Column & { readonly kind: 'boolean'; readonly whether?: readonly [yes: string, no: string | null] })
  | (Column & { readonly kind: 'instant' });

/** Where an attribute stands in SQL. Only text of this folder is ever written here; values are parameters. */
export type Place =
  | SimplePlace
  /** A jsonb object; what is below it is found by name. */
  | { readonly kind: 'object'; readonly json: string }
  /** Rows, of a jsonb array or of a table: `of` says which of them are the resource's own, `below` what one has. */
  | {
      readonly kind: 'rows';
      readonly from: string;
      readonly of: string;
      readonly below: (names: readonly string[]) => Place | null;
      readonly narrow?: (names: readonly string[], operand: Operand) => string | null;
    };

export type Rows = Extract<Place, { readonly kind: 'rows' }>;

export interface Places {
  /** null: the default, a value in the resource's jsonb `attributes`. */
  place(attribute: FilterAttribute, parameters: Parameters): Place | null;
  /** The jsonb of everything that has no place of its own. */
  readonly json: string;
}

/** Collects parameters: `$1`, `$2`, … */
export class Parameters {
  readonly #values: unknown[] = [];

  add(value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length}`;
  }

  get values(): readonly unknown[] {
    return this.#values;
  }
}

interface Scope {
  readonly parameters: Parameters;
  resolve(attribute: FilterAttribute): Place;
}

/** A condition in SQL that is true or false and never null. */
export function filterCondition(filter: DirectoryFilter, places: Places, parameters: Parameters): string {
  return condition(filter, { parameters, resolve: (attribute) => resolve(attribute, places, parameters) });
}

/** What to sort by: the value, or of a multi-valued attribute the primary or the first one. */
export function sortExpression(attribute: FilterAttribute, places: Places, parameters: Parameters): string {
  const place = resolve(attribute, places, parameters);
  if (place.kind === 'rows') {
    const below = place.below(attribute.path.slice(attribute.manyAt));
    if (below === null || below.kind === 'rows' || below.kind === 'object') throw unsortable(attribute);
    const primary = place.below(['primary']);
    const order = primary?.kind === 'text' ? ` ORDER BY (${primary.text}) IS DISTINCT FROM 'true'` : '';
    return `(SELECT ${ordered(below, attribute)} FROM ${place.from} WHERE ${place.of}${order} LIMIT 1)`;
  }
  if (place.kind === 'object') throw unsortable(attribute);
  return ordered(place, attribute);
}

function unsortable(attribute: FilterAttribute): DomainError {
  return new DomainError('input-invalid', `Nothing can be sorted by ${attribute.path.join('.')}.`);
}

function ordered(place: SimplePlace, attribute: FilterAttribute): string {
  if (place.kind === 'word') return `(${place.text}) COLLATE "C"`;
  if (place.kind !== 'text') return place.text;
  if (attribute.caseExact) return `(${place.text}) COLLATE "C"`;
  return place.folded ?? `lower(${place.text}) COLLATE "C"`;
}

export function resolve(attribute: FilterAttribute, places: Places, parameters: Parameters): Place {
  const place = places.place(attribute, parameters);
  if (place !== null) return place;
  // What the server says of a resource stands nowhere: it is made when it is shown.
  if (attribute.path[0] === 'meta' || attribute.path[0] === 'schemas') {
    throw unfit(attribute.path.join('.'), 'can not be asked for');
  }
  return inJson(places.json, attribute, parameters);
}

export function inJson(json: string, attribute: FilterAttribute, parameters: Parameters): Place {
  const { path, manyAt, type } = attribute;
  if (manyAt > 0)
    return jsonRows(`(${json} #> ${parameters.add(path.slice(0, manyAt))}::text[])`, parameters);
  const at = `${parameters.add(path)}::text[]`;
  if (type === 'complex') return { kind: 'object', json: `(${json} #> ${at})` };
  return { kind: 'text', text: `(${json} #>> ${at})` };
}

/** The elements of a jsonb array. */
export function jsonRows(array: string, parameters: Parameters): Rows {
  return {
    kind: 'rows',
    of: 'true',
    from: `jsonb_array_elements(CASE jsonb_typeof(${array}) WHEN 'array' THEN ${array} ELSE '[]' END) AS element`,
    below: (names) => ({ kind: 'text', text: `(element #>> ${parameters.add(names)}::text[])` }),
  };
}

function condition(filter: DirectoryFilter, scope: Scope): string {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const parts = filter.filters.map((part) => condition(part, scope));
      return `(${parts.join(filter.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return `(NOT ${condition(filter.filter, scope)})`;
    case 'present':
      return present(filter.attribute, scope);
    case 'compare':
      return compareAttribute(filter, scope);
    case 'any':
      return any(filter, scope);
  }
}

/** RFC 7643 §2.5: null and an empty list are the same as nothing. */
function present(attribute: FilterAttribute, scope: Scope): string {
  const place = scope.resolve(attribute);
  if (place.kind === 'rows') {
    const names = attribute.path.slice(attribute.manyAt);
    if (names.length === 0) return some(place, 'true');
    return some(place, presentAt(below(place, names)));
  }
  return presentAt(place);
}

function presentAt(place: Place): string {
  if (place.kind === 'rows') return 'false';
  if (place.kind === 'object') return `(coalesce(jsonb_typeof(${place.json}), 'null') <> 'null')`;
  return place.required === true ? 'true' : `(${place.text} IS NOT NULL)`;
}

function below(place: Rows, names: readonly string[]): Place {
  const found = place.below(names);
  if (found === null) throw unfit(names.join('.'), 'can not be asked for');
  return found;
}

/** In a form that PostgreSQL can turn around: from the rows that fit to the resources that have them. */
function some({ from, of }: Rows, fits: string): string {
  return `EXISTS (SELECT FROM ${from} WHERE ${of} AND ${fits})`;
}

type Compare = Extract<DirectoryFilter, { kind: 'compare' }>;

function compareAttribute(filter: Compare, scope: Scope): string {
  const { attribute } = filter;
  const place = scope.resolve(attribute);
  if (place.kind !== 'rows') return compare(place, filter, scope.parameters);
  const names = attribute.path.slice(attribute.manyAt);
  const fits = compare(below(place, names), filter, scope.parameters);
  const found = some(place, fits);
  if (filter.operator === 'ne' ? filter.value !== null : filter.operator === 'eq' && filter.value === null) {
    // Nothing at all is not that value either.
    return `(${found} OR NOT ${some(place, 'true')})`;
  }
  return found;
}

function any(filter: Extract<DirectoryFilter, { kind: 'any' }>, scope: Scope): string {
  const { attribute } = filter;
  const place = scope.resolve(attribute);
  if (place.kind !== 'rows') throw unfit(attribute.path.join('.'), 'has one value alone');
  const fits = condition(filter.filter, {
    parameters: scope.parameters,
    resolve: (inside) => below(place, inside.path),
  });
  return some(place, fits);
}

/** Comparisons without which the filter can't hold. */
export function necessary(filter: DirectoryFilter): readonly Compare[] {
  if (filter.kind === 'compare') return [filter];
  return filter.kind === 'and' ? filter.filters.flatMap(necessary) : [];
}

export function compare(
  place: Place,
  { attribute, operator, value }: Compare,
  parameters: Parameters,
): string {
  const name = attribute.path.join('.');
  switch (place.kind) {
    case 'rows':
    case 'object':
      throw unfit(name, 'has no value to compare with');
    case 'uuid':
      return compareUuid(place.text, { operator, value, name }, parameters);
    case 'boolean':
      if (value === null)
        return operator === 'ne' ? `(${place.text} IS NOT NULL)` : `(${place.text} IS NULL)`;
      if (typeof value !== 'boolean' || (operator !== 'eq' && operator !== 'ne'))
        throw unfit(name, 'is true or false');
      if (place.whether !== undefined) {
        const [yes, no] = place.whether;
        return value === (operator === 'eq') ? yes : (no ?? `(NOT ${yes})`);
      }
      return `(${place.text} IS ${operator === 'eq' ? 'NOT ' : ''}DISTINCT FROM ${parameters.add(value)}::boolean)`;
    case 'instant':
      return compareInstant(place.text, { operator, value, name }, parameters);
    case 'word':
      return compareWord(place, { attribute, operator, value }, parameters);
    case 'text':
      return compareText(place, { attribute, operator, value }, parameters);
  }
}

interface Term {
  readonly operator: FilterOperator;
  readonly value: FilterValue;
  readonly name: string;
}

export const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function compareUuid(text: string, { operator, value, name }: Term, parameters: Parameters): string {
  if (value === null || (operator !== 'eq' && operator !== 'ne')) {
    return compareString(`(${text})::text`, { operator, value, name }, parameters);
  }
  // The text of an id is in lower case; anything else is nobody's.
  const known = typeof value === 'string' && uuidPattern.test(value);
  if (operator === 'eq')
    return known ? `(${text} IS NOT NULL AND ${text} = ${parameters.add(value)}::uuid)` : 'false';
  return known ? `(${text} IS DISTINCT FROM ${parameters.add(value)}::uuid)` : 'true';
}

const orders: Partial<Record<FilterOperator, string>> = { gt: '>', ge: '>=', lt: '<', le: '<=' };

function compareInstant(text: string, { operator, value, name }: Term, parameters: Parameters): string {
  if (value === null) return operator === 'ne' ? `(${text} IS NOT NULL)` : `(${text} IS NULL)`;
  if (!(value instanceof Date)) throw unfit(name, 'is a point in time');
  const at = `${parameters.add(value.toISOString())}::timestamptz`;
  if (operator === 'eq') return `(${text} IS NOT NULL AND ${text} = ${at})`;
  if (operator === 'ne') return `(${text} IS DISTINCT FROM ${at})`;
  const order = orders[operator];
  if (order === undefined) throw unfit(name, 'is a point in time, not a text');
  return `(${text} IS NOT NULL AND ${text} ${order} ${at})`;
}

function compareText(
  place: Extract<Place, { kind: 'text' }>,
  { attribute, operator, value }: Omit<Compare, 'kind'>,
  parameters: Parameters,
): string {
  const name = attribute.path.join('.');
  if (attribute.type === 'boolean') {
    // In jsonb: `true` and `false`, or nothing.
    if (value !== null && (typeof value !== 'boolean' || (operator !== 'eq' && operator !== 'ne')))
      throw unfit(name, 'is true or false');
    return compareString(
      place.text,
      { operator, value: value === null ? null : String(value), name },
      parameters,
    );
  }
  const term = { operator, value, name };
  if (attribute.caseExact) return compareString(place.text, term, parameters);
  const folded = place.folded ?? `lower(${place.text})`;
  return compareString(folded, term, parameters, (parameter) => `lower(${parameter})`);
}

/** Row-level security lets an index serve the column itself, and not what a function makes of it. */
function compareWord(
  place: Extract<Place, { kind: 'word' }>,
  compared: Omit<Compare, 'kind'>,
  parameters: Parameters,
): string {
  const { attribute, operator, value } = compared;
  if (typeof value !== 'string' || (operator !== 'eq' && operator !== 'ne')) {
    return compareText({ kind: 'text', text: place.text }, compared, parameters);
  }
  const wanted = attribute.caseExact ? value : value.toUpperCase();
  const found = place.words.filter((word) => (word === wanted) === (operator === 'eq'));
  if (found.length === 0) return 'false';
  return `((${place.text}) COLLATE "C" IN (${found.map((word) => parameters.add(word)).join(', ')}))`;
}

function compareString(
  text: string,
  { operator, value, name }: Term,
  parameters: Parameters,
  fold: (parameter: string) => string = (parameter) => parameter,
): string {
  if (value === null) {
    if (operator === 'eq') return `(${text} IS NULL)`;
    if (operator === 'ne') return `(${text} IS NOT NULL)`;
    throw unfit(name, `can be compared with null by eq and ne alone`);
  }
  if (typeof value !== 'string') throw unfit(name, 'is a text');
  const wanted = fold(`${parameters.add(value)}::text`);
  switch (operator) {
    case 'eq':
      return `(${text} IS NOT NULL AND ${text} = ${wanted})`;
    case 'ne':
      return `(${text} IS DISTINCT FROM ${wanted})`;
    case 'co':
      return `(${text} IS NOT NULL AND strpos(${text}, ${wanted}) > 0)`;
    case 'sw':
      // The range is for the index: U+10FFFF sorts after every character.
      return `(${text} IS NOT NULL AND (${text}) COLLATE "C" >= ${wanted} AND (${text}) COLLATE "C" <= ${wanted} || chr(1114111) AND starts_with(${text}, ${wanted}))`;
    case 'ew':
      return `(${text} IS NOT NULL AND right(${text}, length(${wanted})) = ${wanted})`;
    default:
      return `(${text} IS NOT NULL AND (${text}) COLLATE "C" ${orders[operator] ?? '='} ${wanted})`;
  }
}

function unfit(name: string, what: string): DomainError {
  return new DomainError('filter-invalid', `The filter does not fit: ${name} ${what}.`);
}
