import type { ScimAttribute, ScimPatchOperation, ScimResourceType } from '@keywarden/api';
import { type DirectoryFilter, DomainError, fitsFilter } from '@keywarden/domain';
import { manyOf, type PatchPath, readPatchPath, targetOf } from './patch-path.ts';
import { isRecord, type Json, resolvePath } from './schema.ts';
import { readValue, wrong } from './values.ts';

const ops = ['add', 'replace', 'remove'] as const;

export interface Change {
  readonly op: (typeof ops)[number];
  readonly path: PatchPath;
  /** undefined: none was sent. */
  readonly value: unknown;
}

/**
 * The operations of a PATCH, one for each attribute: without a path, every member of the value is one (RFC 7644 §3.5.2.1),
 * and its name may have dots and URNs, as Entra ID sends it.
 *
 * @throws DomainError `input-invalid`, `path-invalid`, `no-target`
 */
export function readChanges(
  type: ScimResourceType,
  operations: readonly ScimPatchOperation[],
): readonly Change[] {
  return operations.flatMap((operation) => {
    const op = ops.find((one) => one === operation.op.toLowerCase());
    if (op === undefined) throw wrong('op', 'is add, replace or remove');
    const { path, value } = operation;
    if (typeof path === 'string' && path !== '')
      return spread(type, { op, path: readPatchPath(type, path), value });
    if (op === 'remove') throw noTarget('A remove operation names in its path what is removed.');
    if (!isRecord(value)) throw wrong('value', 'is an object where there is no path');
    return members(type, { op, value, prefix: '' });
  });
}

function members(
  type: ScimResourceType,
  { op, value, prefix }: { op: Change['op']; value: Json; prefix: string },
): readonly Change[] {
  return Object.entries(value).flatMap(([name, member]) => {
    if (prefix === '' && name.toLowerCase() === 'schemas') return [];
    return spread(type, { op, path: readPatchPath(type, `${prefix}${name}`), value: member });
  });
}

/** RFC 7644 §3.5.2.3: of a complex attribute, those parts change that are named. */
function spread(type: ScimResourceType, change: Change): readonly Change[] {
  const { op, path, value } = change;
  if (op === 'remove' || path.filter !== null || path.manyAt > 0 || !isRecord(value)) return [change];
  const target = targetOf(path);
  const isWhole = path.names.length === 1 && /^urn:/i.test(path.names[0] ?? '');
  if (target?.type !== 'complex' && !isWhole) return [change];
  if (target === null) return [change];
  return members(type, {
    op,
    value,
    prefix: `${path.names.join(isWhole ? ':' : '.')}${isWhole ? ':' : '.'}`,
  });
}

/**
 * The resource after a change. `resource` is in the schema's own spelling and stays as it is.
 *
 * @throws DomainError `attribute-read-only`, `no-target`, `input-invalid`
 */
export function applyChange(resource: Json, change: Change): Json {
  const { path } = change;
  const [first] = path.names;
  if (first === 'id' && change.op !== 'remove' && change.value === resource['id']) return resource;
  // RFC 7643 §3.1: `schemas` follows from what is there.
  if (first === 'schemas') return resource;
  const locked = path.chain.find((attribute) => attribute?.mutability === 'readOnly');
  if (locked !== undefined && locked !== null) throw readOnly(path.names.join('.'));
  if (path.chain.some((attribute) => attribute?.mutability === 'writeOnly')) return resource;
  const many = manyOf(path);
  const next = structuredClone(resource);
  if (many === null) changeOne(next, change);
  else changeMany(next, { ...change, many });
  return next;
}

function changeOne(resource: Json, { op, path, value }: Change): void {
  const name = path.names.at(-1) ?? '';
  const target = targetOf(path);
  const holder = holderOf(resource, path.names.slice(0, -1), { make: op !== 'remove' });
  if (holder === null) return;
  const kept = op === 'remove' || target === null ? value : readValue(target, value, path.names.join('.'));
  if (op === 'remove' || kept === null || kept === undefined) delete holder[name];
  else holder[name] = kept;
  dropEmpty(resource, path.names.slice(0, -1));
}

/** The object in which the last name of a path stands. */
function holderOf(resource: Json, names: readonly string[], { make }: { make: boolean }): Json | null {
  let holder = resource;
  for (const name of names) {
    const found = Object.hasOwn(holder, name) ? holder[name] : undefined;
    if (isRecord(found)) {
      holder = found;
    } else {
      if (!make) return null;
      const made: Json = {};
      holder[name] = made;
      holder = made;
    }
  }
  return holder;
}

function dropEmpty(resource: Json, names: readonly string[]): void {
  for (let length = names.length; length > 0; length -= 1) {
    const holder = holderOf(resource, names.slice(0, length - 1), { make: false });
    const name = names[length - 1] ?? '';
    const found = holder?.[name];
    if (holder !== null && isRecord(found) && Object.keys(found).length === 0) delete holder[name];
  }
}

function changeMany(resource: Json, change: Change & { readonly many: ScimAttribute }): void {
  const { path, many } = change;
  const place = path.names.slice(0, path.manyAt - 1);
  const holder = holderOf(resource, place, { make: change.op !== 'remove' });
  if (holder === null) return;
  const before: readonly unknown[] = Array.isArray(holder[many.name]) ? (holder[many.name] as unknown[]) : [];
  const after = elementsAfter(before, change);
  if (after.length === 0) delete holder[many.name];
  else holder[many.name] = onePrimary(before, after);
  dropEmpty(resource, place);
}

function elementsAfter(
  before: readonly unknown[],
  change: Change & { readonly many: ScimAttribute },
): readonly unknown[] {
  const { op, path, many } = change;
  const sub = path.names[path.manyAt];
  const fits = (element: unknown) => path.filter === null || fitsFilter(path.filter, element);
  const value = valueAt(change);
  if (op === 'remove') {
    if (sub !== undefined)
      return before.map((element) => (fits(element) ? withPart(element, sub, undefined) : element));
    // Entra ID names in the value which of them go.
    const named = path.filter === null && value !== undefined ? elementsOf(many, value) : null;
    return before.filter((element) =>
      named === null ? !fits(element) : !named.some((one) => sameElement(one, element)),
    );
  }
  if (sub === undefined && path.filter === null) {
    const added = elementsOf(many, value);
    if (op === 'replace') return added;
    return [...before, ...added.filter((one) => !before.some((known) => sameElement(one, known)))];
  }
  const changed = (element: unknown) => {
    if (sub !== undefined) return withPart(element, sub, value);
    const [one] = elementsOf(many, value);
    return op === 'replace' ? one : isRecord(element) && isRecord(one) ? { ...element, ...one } : one;
  };
  if (before.some(fits)) {
    return before
      .map((element) => (fits(element) ? changed(element) : element))
      .filter((one) => one !== undefined);
  }
  const made = path.filter === null ? {} : elementOf(path.filter);
  if (made === null) throw noTarget('No value fits the filter of the path.');
  // RFC 7644 §3.5.2.3 would have noTarget; Entra ID sends the first address of a user so.
  const element =
    sub === undefined ? { ...made, ...asRecord(elementsOf(many, value)[0]) } : withPart(made, sub, value);
  return value === undefined || value === null ? before : [...before, element];
}

function valueAt({ path, value, many }: Change & { readonly many: ScimAttribute }): unknown {
  const target = targetOf(path);
  if (target === null || target === many) return value;
  return readValue(target, value, path.names.join('.')) ?? null;
}

function elementsOf(many: ScimAttribute, value: unknown): readonly unknown[] {
  const read = readValue(many, value, many.name);
  return Array.isArray(read) ? read : [];
}

function withPart(element: unknown, name: string, value: unknown): unknown {
  const { [name]: _, ...rest } = asRecord(element);
  return value === undefined || value === null ? rest : { ...rest, [name]: value };
}

function asRecord(value: unknown): Json {
  return isRecord(value) ? value : {};
}

/** The same value of the same type; what is said beside it does not make it another one. */
function sameElement(one: unknown, other: unknown): boolean {
  const [left, right] = [asRecord(one), asRecord(other)];
  if (left['value'] === undefined || right['value'] === undefined) {
    return JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort());
  }
  return left['value'] === right['value'] && (left['type'] === undefined || left['type'] === right['type']);
}

/** What an element has to have to fit; null where the filter leaves that open. */
export function elementOf(filter: DirectoryFilter): Json | null {
  if (filter.kind === 'compare' && filter.operator === 'eq' && filter.value !== null) {
    const { value } = filter;
    return { [filter.attribute.path[0] ?? '']: value instanceof Date ? value.toISOString() : value };
  }
  if (filter.kind !== 'and') return null;
  const parts = filter.filters.map(elementOf);
  return parts.some((part) => part === null) ? null : Object.assign({}, ...parts);
}

/** RFC 7644 §3.5.2: a new primary value takes the place of the one before. */
function onePrimary(before: readonly unknown[], after: readonly unknown[]): unknown[] {
  const isPrimary = (element: unknown) => asRecord(element)['primary'] === true;
  if (after.filter(isPrimary).length < 2) return [...after];
  const old = new Set(before.filter(isPrimary).map((element) => JSON.stringify(element)));
  const fresh = after.filter((element) => isPrimary(element) && !old.has(JSON.stringify(element)));
  if (fresh.length !== 1) return [...after];
  return after.map((element) =>
    isPrimary(element) && element !== fresh[0] ? { ...asRecord(element), primary: false } : element,
  );
}

export function readOnly(name: string): DomainError {
  return new DomainError(
    'attribute-read-only',
    `${name} is written by the server alone. Nothing was changed.`,
  );
}

function noTarget(what: string): DomainError {
  return new DomainError('no-target', `${what} Nothing was changed.`);
}

/** Whether a change is said of this attribute of the first level. */
export function isOf(type: ScimResourceType, change: Change, name: string): boolean {
  return change.path.names[0] === resolvePath(type, name)?.names[0];
}
