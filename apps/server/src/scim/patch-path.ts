import type { ScimAttribute, ScimResourceType } from '@keywarden/api';
import { type DirectoryFilter, DomainError } from '@keywarden/domain';
import { readElementFilter } from './filter.ts';
import { type AttributePath, resolvePath } from './schema.ts';

/** RFC 7644 §3.5.2, figure 7: an attribute, an element of it, a part of that. */
export interface PatchPath extends AttributePath {
  /** Of the elements of the multi-valued attribute on the way; null: all of them. */
  readonly filter: DirectoryFilter | null;
}

/** @throws DomainError `path-invalid`, `filter-invalid` */
export function readPatchPath(type: ScimResourceType, text: string): PatchPath {
  const open = text.indexOf('[');
  if (open === -1) {
    const path = resolvePath(type, text);
    if (path === null) throw invalid(text);
    return { ...path, filter: null };
  }
  const close = closingBracket(text, open);
  const rest = text.slice(close + 1);
  if (close === -1 || (rest !== '' && !rest.startsWith('.'))) throw invalid(text);
  const many = resolvePath(type, text.slice(0, open));
  const attribute = many?.chain.at(-1);
  if (many === null || attribute === null || attribute === undefined || !attribute.multiValued)
    throw invalid(text);
  const path = resolvePath(type, `${text.slice(0, open)}${rest}`);
  if (path === null) throw invalid(text);
  return { ...path, filter: readElementFilter(attribute, text.slice(open + 1, close)) };
}

/** Brackets inside of a quoted value are part of the value. */
function closingBracket(text: string, open: number): number {
  let quoted = false;
  for (let index = open + 1; index < text.length; index += 1) {
    const character = text[index];
    if (quoted && character === '\\') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ']') return index;
  }
  return -1;
}

/** The attribute at the end of the path; null where no schema knows it. */
export function targetOf({ chain }: AttributePath): ScimAttribute | null {
  return chain.at(-1) ?? null;
}

/** The multi-valued attribute on the way; null where there is none. */
export function manyOf({ chain, manyAt }: AttributePath): ScimAttribute | null {
  return manyAt === 0 ? null : (chain[manyAt - 1] ?? null);
}

function invalid(text: string): DomainError {
  return new DomainError('path-invalid', `The path ${JSON.stringify(text.slice(0, 200))} can not be read.`);
}
