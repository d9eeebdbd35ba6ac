import { DomainError, type RegistrationTokens } from '@keywarden/domain';
import { collecting } from './errand.ts';
import { openIdRoutes } from './provider.ts';
import type { Providers } from './providers.ts';

/** The provider's own initial access tokens, so that its registration endpoint takes them. */
export function createRegistrationTokens(providers: Providers): RegistrationTokens {
  return {
    async issue(tenantId) {
      const provider = await providers.of(tenantId);
      if (provider === null) throw new DomainError('tenant-not-found', 'There is no such tenant.');
      const initial = new provider.InitialAccessToken({});
      const { result: token, records } = await collecting(() => initial.save());
      const [record] = records;
      if (record === undefined) throw new Error('the provider kept nothing of an initial access token');
      return {
        token,
        endsAt: record.expiresAt,
        registrationEndpoint: `${provider.issuer}${openIdRoutes.registration}`,
        records,
      };
    },
  };
}
