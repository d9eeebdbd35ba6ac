import { transactionLifetime } from '@keywarden/domain';
import { UnsecuredJWT } from 'jose';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** What the provider gives the requests that it makes into objects; the adapter lets them live longer. */
const providersLifetime = 60;

/**
 * A request that came with plain parameters, and was accepted, becomes a pushed one: from here on both are the same.
 *
 * @returns its id
 */
export async function openPlainRequest(ctx: KoaContextWithOIDC): Promise<string> {
  const { provider, params, client } = ctx.oidc;
  if (client === undefined || params === undefined) throw new Error('an accepted request has its client');
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null);
  const request = new UnsecuredJWT(Object.fromEntries(given))
    .setIssuer(client.clientId)
    .setAudience(provider.issuer)
    .setIssuedAt()
    .setExpirationTime(`${providersLifetime}s`)
    .encode();
  const pushed = new provider.PushedAuthorizationRequest({ request });
  return pushed.save(providersLifetime);
}

/** RFC 9126 §2.2: `expires_in` is what the transaction lives, not what the provider assumes. */
export async function tellLifetime(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const { body, status } = ctx;
  if (status === 201 && isPushed(body)) ctx.body = { ...body, expires_in: transactionLifetime };
  // Nothing comes back to the provider's interactions, so a browser has nothing to keep of them.
  if (ctx.oidc?.route === 'authorization') ctx.remove('Set-Cookie');
}

function isPushed(body: unknown): body is { request_uri: string } {
  return typeof body === 'object' && body !== null && 'request_uri' in body && 'expires_in' in body;
}
