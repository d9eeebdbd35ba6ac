import { createHash } from 'node:crypto';
import type { ExpectedVersions } from '@keywarden/domain';

/**
 * RFC 9110 §8.8.3: the tag of a representation that is the same JSON for the same version and the same `beside`.
 *
 * @param beside what is shown with the resource and belongs to others: who joins a group writes the group, and yet what is
 * told of the user is no longer the same
 */
export function entityTag(version: number, beside: readonly string[] = []): string {
  if (beside.length === 0) return `"${version}"`;
  const digest = createHash('sha256').update(JSON.stringify(beside)).digest('base64url').slice(0, 12);
  return `"${version}.${digest}"`;
}

/** RFC 7644 §3.14: a resource of SCIM may be written in more than one way, so its tag is a weak one. */
export function weakEntityTag(version: number, beside: readonly string[] = []): string {
  return `W/${entityTag(version, beside)}`;
}

/**
 * If-Match, RFC 9110 §13.1.1; what is no tag of ours names no version. What others own of a resource does not keep a caller
 * from writing its own part, and a tag that a compressing proxy made weak on its way still names its version.
 */
export function readIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined || header.trim() === '' || header.trim() === '*') return null;
  return [...header.matchAll(/(?:W\/)?"(\d{1,15})(?:\.[\w-]{12})?"/g)].map(([, digits]) => Number(digits));
}

/** If-None-Match, RFC 9110 §13.1.2: whether the client has it already. */
export function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const opaque = tag.replace(/^W\//, '');
  return header.trim() === '*' || [...header.matchAll(/"[^"]*"/g)].some(([found]) => found === opaque);
}
