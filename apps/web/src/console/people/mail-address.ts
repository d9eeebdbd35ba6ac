/** What the server takes for one, so that it is told before it is sent; whether it is anybody's only a mail finds out. */
export function isMailAddress(text: string): boolean {
  return text.length <= 320 && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/.test(text);
}
