/** Only our own files run; a page talks to this server and to the workstation service of its machine. */
export function contentSecurityPolicy(workstationUrl: string): Record<string, string[]> {
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    // Mantine writes style elements.
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    // Over http the page asks why its WebSocket failed: a browser tells it nothing else.
    'connect-src': ["'self'", workstationUrl, workstationUrl.replace(/^ws/, 'http')],
    'manifest-src': ["'self'"],
    // A theme is tried on in a frame.
    'frame-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  };
}

/**
 * Where people type their passwords nothing but our own files runs or styles, and nothing is sent anywhere else. Pictures come
 * from the tenant's theme and from the metadata of authenticators.
 */
export const personalPagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The same for a page of ours that the console shows in a frame; it has nothing to send. */
export const framedPagePolicy = personalPagePolicy
  .replace("frame-ancestors 'none'", "frame-ancestors 'self'")
  .replace("connect-src 'self'", "connect-src 'none'");
