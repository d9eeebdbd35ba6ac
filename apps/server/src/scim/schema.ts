import {
  type ScimAttribute,
  type ScimResourceType,
  type ScimSchema,
  scimCommonAttributes,
} from '@keywarden/api';
import type { FilterAttribute } from '@keywarden/domain';

export type Json = Record<string, unknown>;

/** An attribute as a client named it, found in the schema: RFC 7644 §3.10. */
export interface AttributePath {
  /** In the schema's own spelling; an extension's URN is the first name. */
  readonly names: readonly string[];
  /** One for each name; null where no schema knows it. */
  readonly chain: readonly (ScimAttribute | null)[];
  /** How many names lead to a multi-valued attribute; 0 where none is on the way. */
  readonly manyAt: number;
}

const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An extension as an attribute of the resource: a complex one under its URN. */
function extensionAttribute(schema: ScimSchema): ScimAttribute {
  return {
    name: schema.id,
    type: 'complex',
    multiValued: false,
    description: schema.description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    subAttributes: schema.attributes,
  };
}

const known = new WeakMap<ScimResourceType, readonly ScimAttribute[]>();

/** The attributes of a resource's first level: common ones, the schema's own, its extensions. */
export function attributesOf(type: ScimResourceType): readonly ScimAttribute[] {
  const found = known.get(type);
  if (found !== undefined) return found;
  const attributes = [
    ...scimCommonAttributes,
    ...type.schema.attributes,
    ...type.extensions.map(extensionAttribute),
  ];
  known.set(type, attributes);
  return attributes;
}

export function findAttribute(attributes: readonly ScimAttribute[], name: string): ScimAttribute | null {
  return attributes.find((attribute) => same(attribute.name, name)) ?? null;
}

/** What every object of JavaScript has: written by a path, it would be written to all of them. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));
const namePattern = /^[$\p{L}_][\p{L}\p{N}_$-]{0,127}$/u;

/**
 * `userName`, `name.familyName`, `urn:…:User:userName`, `urn:…:enterprise:2.0:User:manager.value`, and what no schema knows,
 * in its own spelling; null for what can't be the name of anything.
 */
export function resolvePath(type: ScimResourceType, text: string): AttributePath | null {
  if (text.length > 512) return null;
  const { urn, rest } = splitUrn(type, text);
  if (rest === '') {
    if (urn === null) return null;
    return walk(attributesOf(type), [urn]);
  }
  const names = rest.split('.');
  if (names.length > 3 || !names.every((name) => namePattern.test(name) && !inherited.has(name))) return null;
  if (urn === null || same(urn, type.schema.id)) return walk(attributesOf(type), names);
  return walk(attributesOf(type), [urn, ...names]);
}

function splitUrn(type: ScimResourceType, text: string): { urn: string | null; rest: string } {
  if (!/^urn:/i.test(text)) return { urn: null, rest: text };
  for (const { id } of [type.schema, ...type.extensions]) {
    if (same(text, id)) return { urn: id, rest: '' };
    // Older clients write a dot where the colon belongs.
    if (text.length > id.length && same(text.slice(0, id.length), id) && /[:.]/.test(text[id.length] ?? '')) {
      return { urn: id, rest: text.slice(id.length + 1) };
    }
  }
  const colon = text.lastIndexOf(':');
  return { urn: text.slice(0, colon), rest: text.slice(colon + 1) };
}

function walk(attributes: readonly ScimAttribute[], names: readonly string[]): AttributePath | null {
  const found: string[] = [];
  const chain: (ScimAttribute | null)[] = [];
  let level: readonly ScimAttribute[] | null = attributes;
  let manyAt = 0;
  for (const name of names) {
    const attribute: ScimAttribute | null = level === null ? null : findAttribute(level, name);
    // A known attribute has the parts that its schema says and no others.
    if (attribute === null && level !== null && found.length > 0) return null;
    found.push(attribute?.name ?? name);
    chain.push(attribute);
    if (attribute?.multiValued === true) manyAt = found.length;
    level = attribute === null ? null : (attribute.subAttributes ?? []);
  }
  return { names: found, chain, manyAt };
}

/** The same below an element of a multi-valued attribute: what stands in brackets. */
export function resolveBelow(attribute: ScimAttribute, text: string): AttributePath | null {
  const names = text.split('.');
  if (names.length !== 1) return null;
  const sub = findAttribute(attribute.subAttributes ?? [], text);
  return sub === null ? null : { names: [sub.name], chain: [sub], manyAt: 0 };
}

/** For a filter; null for what no schema knows, where nothing can be said of its type. */
export function filterAttribute(path: AttributePath): FilterAttribute | null {
  const last = path.chain.at(-1);
  if (last === null || last === undefined) return null;
  return { path: path.names, manyAt: path.manyAt, type: typeOf(last), caseExact: last.caseExact };
}

function typeOf({ type }: ScimAttribute): FilterAttribute['type'] {
  if (type === 'boolean' || type === 'complex') return type;
  return type === 'dateTime' ? 'instant' : 'string';
}

/** `emails` where a value is asked for means `emails.value` (RFC 7643 §2.4). */
export function withValue(path: AttributePath): AttributePath {
  const last = path.chain.at(-1);
  const value = findAttribute(last?.subAttributes ?? [], 'value');
  if (last?.type !== 'complex' || value === null) return path;
  return { names: [...path.names, value.name], chain: [...path.chain, value], manyAt: path.manyAt };
}
