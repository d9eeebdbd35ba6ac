import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose';
import type Provider from 'oidc-provider';

/** RFC 6750 §2.1, RFC 9449 §7.1. */
const presented = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i;

/** A client that has no secret to be told to the provider by: for this one request it has this one. */
export interface StandIn {
  readonly clientId: string;
  readonly secret: string;
}

export type ClientProof =
  | { readonly kind: 'other' }
  | { readonly kind: 'good'; readonly standIn: StandIn | null }
  | { readonly kind: 'bad'; readonly scheme: 'Bearer' | 'DPoP' };

/**
 * At the PAR endpoint a client may authenticate with an access token of its own, from `client_credentials`: it counts as
 * the client authentication that it was given for, and the provider sees that one.
 *
 * @param options.secret nobody else knows it
 */
export async function authenticateByBearer(
  provider: Provider,
  request: IncomingMessage,
  options: { readonly secret: string },
): Promise<ClientProof> {
  const [, name, value] = presented.exec(request.headers.authorization ?? '') ?? [];
  if (name === undefined || value === undefined) return { kind: 'other' };
  const scheme = name.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
  const bad = { kind: 'bad', scheme } as const;
  const token = await provider.ClientCredentials.find(value);
  if (token === undefined || !token.isValid || token['x5t#S256'] !== undefined) return bad;
  // A token that is bound to a key is worth nothing without it.
  if ((token.jkt !== undefined) !== (scheme === 'DPoP')) return bad;
  if (token.jkt !== undefined && !(await isProvenBy(request, { token: value, jkt: token.jkt }))) return bad;
  const { clientId } = token;
  const client = clientId === undefined ? undefined : await provider.Client.find(clientId);
  if (clientId === undefined || client === undefined) return bad;
  const { clientSecret, clientAuthMethod } = client;
  const good = (secret: string, standIn: StandIn | null) => {
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
    request.headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    return { kind: 'good', standIn } as const;
  };
  switch (clientAuthMethod) {
    case 'client_secret_basic':
    case 'client_secret_post':
      return clientSecret === undefined ? bad : good(clientSecret, null);
    case 'private_key_jwt':
      return good(options.secret, { clientId, secret: options.secret });
    default:
      return bad;
  }
}

/**
 * RFC 9449 §4.3 steps 11 and 12: the proof is for this token and by its key. That it is a proof at all, signed, fresh, for
 * this endpoint and not one that was used before, the provider looks at itself: the same header binds the code (§10.1).
 */
async function isProvenBy(
  { headers }: IncomingMessage,
  { token, jkt }: { readonly token: string; readonly jkt: string },
): Promise<boolean> {
  const proof = headers['dpop'];
  if (typeof proof !== 'string') return false;
  try {
    const { jwk } = decodeProtectedHeader(proof);
    const { ath } = decodeJwt(proof);
    if (jwk === undefined || typeof ath !== 'string') return false;
    const hash = createHash('sha256').update(token).digest('base64url');
    return ath === hash && (await calculateJwkThumbprint(jwk)) === jkt;
  } catch {
    return false;
  }
}
