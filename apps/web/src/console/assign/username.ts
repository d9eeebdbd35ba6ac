/**
 * Who the address asks for: `/assign-user/<username>`, also below a tenant. Read from the raw path and percent-decoded
 * once: a router that decodes again would turn one person's login into another's. null where it is malformed.
 */
export function usernameInPath(pathname: string): string | null {
  const marker = '/assign-user/';
  const at = pathname.indexOf(marker);
  if (at === -1) return null;
  const segment = pathname.slice(at + marker.length).replace(/\/$/, '');
  if (segment === '' || segment.includes('/')) return null;
  try {
    const username = decodeURIComponent(segment).normalize('NFC');
    return username.length <= 256 && !/\p{Cc}/u.test(username) ? username : null;
  } catch {
    return null;
  }
}
