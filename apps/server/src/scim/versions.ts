import type { ExpectedVersions } from '@keywarden/domain';

/** RFC 7644 §3.14: the same resource may be written in more than one way, so its tag is a weak one. */
export function entityTag(version: number): string {
  return `W/"${version}"`;
}

/** If-Match, RFC 9110 §13.1.1; what is no tag of ours names no version. */
export function readIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined || header.trim() === '' || header.trim() === '*') return null;
  return [...header.matchAll(/(?:W\/)?"(\d{1,15})"/g)].map(([, digits]) => Number(digits));
}

/** If-None-Match, RFC 9110 §13.1.2: whether the client has it already. */
export function isKnown(header: string | undefined, version: number): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || (readIfMatch(header) ?? []).includes(version);
}
