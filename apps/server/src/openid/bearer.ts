import type { IncomingMessage } from 'node:http';
import type Provider from 'oidc-provider';

/** RFC 6750 §2.1. */
const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * At the PAR endpoint a client may authenticate with an access token of its own, from `client_credentials`: it counts as
 * the client authentication that it was given for, and the provider sees that one.
 *
 * @returns false where there is a bearer token and it is not good for that
 */
export async function authenticateByBearer(provider: Provider, request: IncomingMessage): Promise<boolean> {
  const [, value] = bearer.exec(request.headers.authorization ?? '') ?? [];
  if (value === undefined) return true;
  const token = await provider.ClientCredentials.find(value);
  // A token that is bound to a key (RFC 9449, RFC 8705) is worth nothing without it.
  if (token === undefined || !token.isValid || token.jkt !== undefined || token['x5t#S256'] !== undefined) {
    return false;
  }
  const { clientId } = token;
  const client = clientId === undefined ? undefined : await provider.Client.find(clientId);
  const { clientSecret, clientAuthMethod } = client ?? {};
  if (clientId === undefined || clientSecret === undefined) return false;
  if (clientAuthMethod !== 'client_secret_basic' && clientAuthMethod !== 'client_secret_post') return false;
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  request.headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return true;
}
