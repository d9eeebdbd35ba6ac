import type { ScimAttribute, ScimResourceType } from '@keywarden/api';
import {
  type DirectoryFilter,
  DomainError,
  type FilterAttribute,
  type FilterOperator,
  type FilterValue,
  filterOperators,
} from '@keywarden/domain';
import { type Filter, parse } from 'scim2-parse-filter';
import { type AttributePath, filterAttribute, resolveBelow, resolvePath, withValue } from './schema.ts';

const longest = 8192;
const mostComparisons = 100;
const deepest = 24;

/** A comparison's right side: `"alice"`, or `alice` as older clients write it, or `true`, `null`, `42`. */
interface Literal {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * The filter of RFC 7644 §3.4.2.2, its names looked up in the schema of the resource.
 *
 * @throws DomainError `filter-invalid`
 */
export function readFilter(type: ScimResourceType, text: string): DirectoryFilter {
  return readWith(text, (name) => resolvePath(type, name));
}

/** What stands in the brackets of `emails[…]`. */
export function readElementFilter(attribute: ScimAttribute, text: string): DirectoryFilter {
  return readWith(text, (name) => resolveBelow(attribute, name));
}

type Resolve = (name: string) => AttributePath | null;

function readWith(text: string, resolve: Resolve): DirectoryFilter {
  if (text.length > longest) throw invalid(`it is longer than ${longest} characters`);
  const { skeleton, literals } = takeLiterals(text);
  let filter: Filter;
  try {
    filter = parse(skeleton);
  } catch (cause) {
    throw invalid('it is not complete, or a word is not where it belongs', cause);
  }
  return build(filter, { literals, resolve });
}

const comparisons = new Set<string>(filterOperators);
/** Marks what the parser would tell as a condition of its own, though it is said of the element in the brackets. */
const sameElement = '--same';

/**
 * Takes the values out before the grammar is read: what a client compares with is then never part of what is parsed, and
 * values without quotes are values all the same.
 */
function takeLiterals(text: string): { skeleton: string; literals: readonly Literal[] } {
  const token = /\s+|"(?:[^"\\]|\\.)*"|[()[\]]|[^\s()[\]"]+/gy;
  const literals: Literal[] = [];
  const parts: string[] = [];
  let depth = 0;
  let words = 0;
  // A value is what follows a comparison, and a comparison is what follows a name.
  let valueNext = false;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const [part] = token.exec(text) ?? [];
    if (part === undefined) throw invalid(`what stands at character ${at + 1} can not be read`);
    if (/^\s/.test(part)) {
      parts.push(' ');
    } else if (/^[([]$/.test(part)) {
      depth += 1;
      if (depth > deepest || valueNext) throw invalid('its brackets can not be read');
      words = 0;
      parts.push(part);
    } else if (/^[)\]]$/.test(part)) {
      depth -= 1;
      if (valueNext) throw invalid('a comparison has no value');
      parts.push(part);
      words = 0;
    } else if (valueNext) {
      if (literals.push(readLiteral(part)) > mostComparisons) throw invalid('it compares too often');
      parts.push(`"${literals.length - 1}"`);
      valueNext = false;
      words = 0;
    } else {
      if (part.startsWith('"')) throw invalid('a value stands where a name belongs');
      words += 1;
      if (words === 2 && comparisons.has(part.toLowerCase())) valueNext = true;
      if (/^(and|or|not)$/i.test(part) || (words === 2 && part.toLowerCase() === 'pr')) words = 0;
      // `]` and a part of the element after it: `emails[type eq "work"].value eq "x"`.
      const ofElement = part.startsWith('.') && parts.at(-1) === ']';
      if (ofElement) words = 1;
      parts.push(ofElement ? `${part}${sameElement}` : part);
    }
  }
  if (valueNext) throw invalid('a comparison has no value');
  return { skeleton: parts.join(''), literals };
}

function readLiteral(part: string): Literal {
  if (!part.startsWith('"')) return { text: part, quoted: false };
  try {
    const value: unknown = JSON.parse(part);
    if (typeof value === 'string') return { text: value, quoted: true };
  } catch (cause) {
    throw invalid('a text has an escape that JSON does not know', cause);
  }
  throw invalid('a value is no text');
}

interface Reading {
  readonly literals: readonly Literal[];
  readonly resolve: Resolve;
}

function build(filter: Filter, reading: Reading): DirectoryFilter {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const element = afterElement(filter, reading);
      if (element !== null) return element;
      return { kind: filter.op, filters: filter.filters.map((part) => build(part, reading)) };
    }
    case 'not':
      return { kind: 'not', filter: build(filter.filter, reading) };
    case 'pr':
      return { kind: 'present', attribute: attributeOf(filter.attrPath, reading) };
    case '[]':
      return {
        kind: 'any',
        attribute: manyOf(filter.attrPath, reading).attribute,
        filter: inside(filter, reading),
      };
    default: {
      const attribute = attributeOf(filter.attrPath, reading, { value: true });
      return compare(attribute, filter, reading);
    }
  }
}

/**
 * `emails[type eq "work"].value eq "x"`: the parser tells it as two conditions side by side, but it is one element that has
 * to fit both.
 */
function afterElement(
  filter: Extract<Filter, { filters: Filter[] }>,
  reading: Reading,
): DirectoryFilter | null {
  const [element, part, ...more] = filter.filters;
  if (filter.op !== 'and' || more.length > 0 || element?.op !== '[]' || part === undefined) return null;
  if (!('attrPath' in part) || part.op === '[]' || !part.attrPath.endsWith(sameElement)) return null;
  const name = part.attrPath.slice(element.attrPath.length + 1, -sameElement.length);
  const filters = [
    inside(element, reading),
    inside({ ...element, valFilter: { ...part, attrPath: name } }, reading),
  ];
  return {
    kind: 'any',
    attribute: manyOf(element.attrPath, reading).attribute,
    filter: { kind: 'and', filters },
  };
}

function inside(filter: Extract<Filter, { op: '[]' }>, reading: Reading): DirectoryFilter {
  const { many } = manyOf(filter.attrPath, reading);
  return build(filter.valFilter, { ...reading, resolve: (name) => resolveBelow(many, name) });
}

function manyOf(name: string, reading: Reading): { many: ScimAttribute; attribute: FilterAttribute } {
  const path = reading.resolve(name);
  const many = path?.chain.at(-1);
  const attribute = path === null ? null : filterAttribute(path);
  if (path === null || many === null || many === undefined || attribute === null) throw unknown(name);
  if (!many.multiValued || path.manyAt !== path.names.length) throw invalid(`${name} has one value alone`);
  return { many, attribute };
}

function attributeOf(name: string, { resolve }: Reading, options: { value?: boolean } = {}): FilterAttribute {
  const path = resolve(name);
  const attribute = path === null ? null : filterAttribute(options.value === true ? withValue(path) : path);
  if (path === null || attribute === null) throw unknown(name);
  // RFC 7643 §7: what is never returned can not be guessed by filters either.
  if (path.chain.at(-1)?.returned === 'never') throw unknown(name);
  return attribute;
}

function compare(
  attribute: FilterAttribute,
  filter: { readonly op: string; readonly compValue: unknown },
  { literals }: Reading,
): DirectoryFilter {
  const operator = filterOperators.find((one) => one === filter.op);
  const literal = typeof filter.compValue === 'string' ? literals[Number(filter.compValue)] : undefined;
  if (operator === undefined || literal === undefined) throw invalid('a comparison has no value');
  return { kind: 'compare', attribute, operator, value: valueFor(attribute, { operator, literal }) };
}

function valueFor(
  { type, path }: FilterAttribute,
  { operator, literal }: { operator: FilterOperator; literal: Literal },
): FilterValue {
  const { text, quoted } = literal;
  const name = path.join('.');
  if (!quoted && text === 'null') {
    if (operator === 'eq' || operator === 'ne') return null;
    throw invalid(`${name} can be compared with null by eq and ne alone`);
  }
  switch (type) {
    case 'complex':
      throw invalid(`${name} has parts and no value of its own`);
    case 'boolean':
      // Entra ID writes "True".
      if (!/^(true|false)$/i.test(text)) throw invalid(`${name} is true or false`);
      if (operator !== 'eq' && operator !== 'ne')
        throw invalid(`${name} is true or false, so ${operator} has no meaning`);
      return text.toLowerCase() === 'true';
    case 'instant': {
      const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
      if (Number.isNaN(time)) throw invalid(`${name} is a point in time such as 2026-01-31T00:00:00Z`);
      if (/^(co|sw|ew)$/.test(operator)) throw invalid(`${name} is a point in time, not a text`);
      return new Date(time);
    }
    case 'string':
      // PostgreSQL has no such character in any text.
      if (text.includes('\u0000')) throw invalid(`no ${name} has a NUL character`);
      return text;
  }
}

function unknown(name: string): DomainError {
  return invalid(`there is no attribute ${JSON.stringify(name.slice(0, 200))} to ask for`);
}

function invalid(what: string, cause?: unknown): DomainError {
  return new DomainError('filter-invalid', `The filter can not be read: ${what}.`, { cause });
}
