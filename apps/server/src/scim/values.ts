import type { ScimAttribute, ScimResourceType } from '@keywarden/api';
import { DomainError } from '@keywarden/domain';
import { attributesOf, findAttribute, isRecord, type Json } from './schema.ts';

const longestText = 8192;
const mostElements = 500;
/** Of what no schema knows. */
const deepest = 6;
const mostNodes = 2000;
/** Bytes of a resource as JSON, its members apart. */
export const largestResource = 64 * 1024;

/**
 * A resource as a client sent it, in the schema's own spelling: what the client may not write is left out, null and empty
 * lists are nothing (RFC 7643 §2.5), and what no schema knows is kept as it is.
 *
 * @throws DomainError `input-invalid`
 */
export function readResource(type: ScimResourceType, sent: unknown): Json {
  if (!isRecord(sent)) throw wrong('', 'a resource is a JSON object');
  const read = readMembers(attributesOf(type), sent, '');
  // RFC 7643 §3.3: core attributes may stand under the URN of their schema, too.
  const underUrn = Object.entries(sent).find(([name]) => name.toLowerCase() === type.schema.id.toLowerCase());
  const merged =
    underUrn !== undefined && isRecord(underUrn[1])
      ? { ...without(read, underUrn[0]), ...readMembers(attributesOf(type), underUrn[1], '') }
      : read;
  if (JSON.stringify(merged).length > largestResource && !('members' in merged)) {
    throw wrong('', `a resource has at most ${largestResource} bytes`);
  }
  return merged;
}

export function without(value: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function readMembers(attributes: readonly ScimAttribute[], sent: Json, place: string): Json {
  const read: Json = {};
  for (const [name, value] of Object.entries(sent)) {
    const attribute = findAttribute(attributes, name);
    if (attribute === null) {
      if (place === '' && value !== null && name.length <= 256) read[name] = readUnknown(value, name);
      continue;
    }
    if (attribute.name === 'schemas' || attribute.mutability === 'readOnly') continue;
    if (attribute.mutability === 'writeOnly') continue;
    const kept = readValue(attribute, value, place === '' ? attribute.name : `${place}.${attribute.name}`);
    if (kept !== undefined) read[attribute.name] = kept;
  }
  return read;
}

/** undefined: nothing is left of it. */
export function readValue(attribute: ScimAttribute, value: unknown, place: string): unknown {
  if (value === null || value === undefined) return undefined;
  if (!attribute.multiValued) return readOne(attribute, value, place);
  // One element without its list is what some clients send.
  const elements = Array.isArray(value) ? value : [value];
  if (elements.length > (attribute.name === 'members' ? 50_000 : mostElements)) {
    throw wrong(place, `has more than ${mostElements} values`);
  }
  const kept = elements.flatMap((element) => {
    const one = element === null ? undefined : readOne(attribute, element, place);
    // What says something, but nothing that can be kept, was meant as something else.
    if (one === undefined && isRecord(element) && Object.values(element).some((part) => part !== null)) {
      throw wrong(place, 'has a value without anything that may be written');
    }
    return one === undefined ? [] : [one];
  });
  // RFC 7643 §2.4.
  if (kept.filter((element) => isRecord(element) && element['primary'] === true).length > 1) {
    throw wrong(place, 'has more than one primary value');
  }
  return kept.length === 0 ? undefined : kept;
}

function readOne(attribute: ScimAttribute, value: unknown, place: string): unknown {
  switch (attribute.type) {
    case 'complex': {
      const subs = attribute.subAttributes ?? [];
      // Entra ID sends the manager's id where the manager belongs.
      const object = typeof value === 'string' && findAttribute(subs, 'value') ? { value } : value;
      if (!isRecord(object)) throw wrong(place, 'is an object');
      const read = readMembers(subs, object, place);
      return Object.keys(read).length === 0 ? undefined : read;
    }
    case 'boolean':
      if (typeof value === 'boolean') return value;
      // Entra ID sends "True" and "False".
      if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
      throw wrong(place, 'is true or false');
    case 'dateTime':
      if (typeof value === 'string' && value.length <= 64 && !Number.isNaN(Date.parse(value))) return value;
      throw wrong(place, 'is a point in time such as 2026-01-31T00:00:00Z');
    default:
      if (typeof value !== 'string') throw wrong(place, 'is a text');
      return readText(value, place);
  }
}

function readText(value: string, place: string): string {
  if (value.length > longestText) throw wrong(place, `has more than ${longestText} characters`);
  if (value.includes('\u0000')) throw wrong(place, 'has a NUL character');
  return value;
}

function readUnknown(value: unknown, place: string): unknown {
  let nodes = 0;
  const check = (one: unknown, depth: number): void => {
    nodes += 1;
    if (depth > deepest || nodes > mostNodes) throw wrong(place, 'is too large');
    if (typeof one === 'string') readText(one, place);
    else if (Array.isArray(one)) for (const element of one) check(element, depth + 1);
    else if (isRecord(one)) {
      for (const [name, element] of Object.entries(one)) {
        readText(name, place);
        check(element, depth + 1);
      }
    }
  };
  check(value, 1);
  return value;
}

/** The text of a required attribute. */
export function requireText(resource: Json, name: string): string {
  const value = resource[name];
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(name, 'is missing');
}

export function textOr(resource: Json, name: string): string | null {
  const value = resource[name];
  return typeof value === 'string' ? value : null;
}

export function wrong(place: string, what: string): DomainError {
  const subject = place === '' ? '' : `${place} `;
  return new DomainError('input-invalid', `A value is not what it must be: ${subject}${what}.`, {
    ...(place === '' ? {} : { particulars: { field: place } }),
  });
}
