/** The token of a pasted sign-in link, or what was pasted where it is no link. */
export function tokenIn(pasted: string): string {
  const text = pasted.trim();
  if (!text.includes('token=')) return text;
  try {
    return new URL(text, 'http://localhost').searchParams.get('token') ?? '';
  } catch {
    return '';
  }
}
