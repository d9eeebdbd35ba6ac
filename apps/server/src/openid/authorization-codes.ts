import { type AuthorizationCodes, type Clock, DomainError } from '@keywarden/domain';
import { collecting } from './errand.ts';
import { claimsOfScopes } from './provider.ts';
import type { Providers } from './providers.ts';

/** Mints the provider's own Grant and AuthorizationCode, so that its token endpoint takes them like any other. */
export function createAuthorizationCodes(
  providers: Providers,
  { clock }: { readonly clock: Clock },
): AuthorizationCodes {
  return {
    async issue(tenantId, { request, userId, scopes, acr, amr, authenticatedAt }) {
      const provider = await providers.of(tenantId);
      if (provider === null) throw new DomainError('tenant-not-found', 'There is no such tenant.');
      const client = await provider.Client.find(request.clientId);
      if (client === undefined) {
        throw new DomainError('input-invalid', 'The client of this request does not exist any more.');
      }
      const scope = scopes.join(' ');
      const grant = new provider.Grant({ accountId: userId, clientId: client.clientId });
      if (scope !== '') grant.addOIDCScope(scope);
      const claims = request.claims ?? {};
      const named = grantedClaims(claims, scopes);
      if (named.length > 0) grant.addOIDCClaims(named);
      const { result, records } = await collecting(async () => {
        const grantId = await grant.save();
        const code = new provider.AuthorizationCode({
          accountId: userId,
          acr,
          amr: [...amr],
          authTime: Math.floor(authenticatedAt.getTime() / 1000),
          client,
          grantId,
          gty: 'authorization_code',
          redirectUri: request.redirectUri,
          scope,
          ...(named.length > 0 && { claims }),
          ...(request.nonce !== null && { nonce: request.nonce }),
          ...(request.codeChallenge !== null && { codeChallenge: request.codeChallenge }),
          ...(request.codeChallengeMethod !== null && { codeChallengeMethod: request.codeChallengeMethod }),
          ...(request.dpopJkt !== null && { dpopJkt: request.dpopJkt }),
        });
        return { grantId, code: await code.save() };
      });
      return { ...result, records, endsAt: new Date(clock.now().getTime() + grant.remainingTTL * 1000) };
    },
  };
}

/**
 * The names in OpenID Connect Core §5.5's two lists, as far as a granted scope has them: people are asked about scopes, so
 * naming a claim must not be a way around their answer.
 */
function grantedClaims(claims: Readonly<Record<string, unknown>>, scopes: readonly string[]): string[] {
  const lists = [claims['id_token'], claims['userinfo']];
  const named = lists.flatMap((list) => (typeof list === 'object' && list !== null ? Object.keys(list) : []));
  const granted = new Set(
    Object.entries(claimsOfScopes).flatMap(([scope, names]) => (scopes.includes(scope) ? names : [])),
  );
  return [...new Set(named)].filter((name) => granted.has(name));
}
