import type { IssuedCode, RequestDescription } from '@keywarden/api';

type Target = Pick<RequestDescription, 'redirect_uri' | 'response_mode' | 'state' | 'iss'>;

/** RFC 6749 §4.1.2, RFC 9207: where the browser goes with the code. */
export function returnWithCode(target: Target, issued: IssuedCode): string {
  const { code, state, iss } = issued;
  return returnUrl(target, { code, ...(state !== undefined && { state }), iss });
}

/** RFC 6749 §4.1.2.1: the person said no; or she has no way that is good enough for the application (OpenID EAP, §3). */
export function returnWithError(
  target: Target,
  error: 'access_denied' | 'unmet_authentication_requirements',
): string {
  const { state, iss } = target;
  return returnUrl(target, { error, ...(state !== undefined && { state }), iss });
}

/** Schemes that would run as a script of this page. */
const forbidden = ['javascript:', 'data:', 'blob:', 'vbscript:'];

function returnUrl(target: Target, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(target.redirect_uri);
  if (forbidden.includes(url.protocol)) throw new Error('The redirect URI is no address.');
  if (target.response_mode === 'fragment') {
    url.hash = new URLSearchParams(parameters).toString();
  } else {
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  }
  return url.href;
}
