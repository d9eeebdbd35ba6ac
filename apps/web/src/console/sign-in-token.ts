/** The token of a pasted sign-in link, or what was pasted where it is no link. */
export function tokenIn(pasted: string): string {
  const text = pasted.trim();
  const found = /(?:^|[?&])token=([^&#\s]*)/.exec(text)?.[1];
  if (found === undefined) return text.includes('/') ? '' : text;
  try {
    return decodeURIComponent(found);
  } catch {
    return '';
  }
}
