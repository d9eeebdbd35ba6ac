import type { ClientTokens } from '@keywarden/domain';
import type { Providers } from './providers.ts';

/** Looks an access token up where the provider keeps it, in this process: what introspection would say, without a request. */
export function createClientTokens(providers: Providers): ClientTokens {
  return {
    async find(tenantId, value) {
      // RFC 6750 §2.1, bounded: it is looked up by its hash.
      if (!/^[A-Za-z0-9\-._~+/]{1,512}=*$/.test(value)) return null;
      const provider = await providers.of(tenantId);
      const token = await provider?.ClientCredentials.find(value);
      // A token that is bound to a key (RFC 9449, RFC 8705) is worth nothing without it.
      if (token === undefined || !token.isValid || token.clientId === undefined) return null;
      if (token.jkt !== undefined || token['x5t#S256'] !== undefined) return null;
      return {
        clientId: token.clientId,
        scopes: (token.scope ?? '').split(' ').filter((scope) => scope !== ''),
      };
    },
  };
}
