import type { ScimResourceType } from '@keywarden/api';
import { type AttributePath, isRecord, type Json, resolvePath } from './schema.ts';

/** Which attributes a client wants to see: RFC 7644 §3.4.2.5. */
export interface Wanted {
  /** null: the usual ones. */
  readonly only: readonly string[] | null;
  readonly without: readonly string[];
}

export const everything: Wanted = { only: null, without: [] };

/** From a query, where names are separated by commas, or from the body of a search. */
export function readWanted(asked: {
  readonly attributes?: string | readonly string[] | undefined;
  readonly excludedAttributes?: string | readonly string[] | undefined;
}): Wanted {
  const only = names(asked.attributes);
  return { only: only.length === 0 ? null : only, without: names(asked.excludedAttributes) };
}

function names(asked: string | readonly string[] | undefined): readonly string[] {
  const list = typeof asked === 'string' ? asked.split(',') : (asked ?? []);
  return list.map((name) => name.trim()).filter((name) => name !== '');
}

/** Whether an attribute of the first level is to be shown, for what costs something to find out. */
export function wants(type: ScimResourceType, wanted: Wanted, name: string): boolean {
  const paths = wanted.only?.map((one) => resolvePath(type, one)?.names ?? []);
  if (paths !== undefined) return paths.some(([first]) => first === name);
  return !wanted.without.some((one) => {
    const path = resolvePath(type, one)?.names ?? [];
    return path.length === 1 && path[0] === name;
  });
}

/** Whatever is asked for, a resource says these. */
const always = ['schemas', 'id'];

export function project(type: ScimResourceType, resource: Json, wanted: Wanted): Json {
  if (wanted.only !== null) {
    const shown: Json = {};
    for (const name of always) if (Object.hasOwn(resource, name)) shown[name] = resource[name];
    for (const name of wanted.only) {
      const path = resolvePath(type, name);
      if (path !== null) copy(resource, shown, path);
    }
    return shown;
  }
  if (wanted.without.length === 0) return resource;
  const shown = structuredClone(resource);
  for (const name of wanted.without) {
    const path = resolvePath(type, name);
    if (path !== null && !always.includes(path.names[0] ?? '')) cut(shown, path.names);
  }
  return shown;
}

function copy(from: Json, to: Json, { names }: AttributePath): void {
  const [first, ...rest] = names;
  if (first === undefined || !Object.hasOwn(from, first)) return;
  const value = from[first];
  if (rest.length === 0) {
    to[first] = value;
    return;
  }
  to[first] = part(value, to[first], rest);
}

/** Of each element, the parts that were asked for, beside those that are there already. */
function part(value: unknown, shown: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) {
    const before = Array.isArray(shown) ? shown : [];
    return value.map((element, index) => part(element, before[index], names));
  }
  if (!isRecord(value)) return shown;
  const next: Json = isRecord(shown) ? { ...shown } : {};
  copy(value, next, { names, chain: [], manyAt: 0 });
  return next;
}

function cut(value: unknown, names: readonly string[]): void {
  const [first, ...rest] = names;
  if (first === undefined) return;
  if (Array.isArray(value)) {
    for (const element of value) cut(element, names);
  } else if (isRecord(value)) {
    if (rest.length === 0) delete value[first];
    else cut(value[first], rest);
  }
}
