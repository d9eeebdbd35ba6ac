import {
  builtInRelyingParty,
  DomainError,
  type IdentityProviders,
  type Surroundings,
} from '@keywarden/domain';
import { type BuiltInOptions, builtInIdentityProvider } from './built-in.ts';

export { type BuiltInOptions, builtInIdentityProvider } from './built-in.ts';

/** Opens a tenant's configured provider by its kind. Nothing is kept between calls: a changed record counts at once. */
export function createIdentityProviders(
  ports: BuiltInOptions['ports'] & { readonly surroundings: Surroundings },
): IdentityProviders {
  const { store, surroundings } = ports;
  return {
    async open(tenantId, identityProviderId) {
      const record = await store.transaction(tenantId, (tables) =>
        tables.identityProviders.get(identityProviderId),
      );
      if (record === null) {
        throw new DomainError('identity-provider-not-found', 'There is no such identity provider.');
      }
      if (record.status !== 'active') {
        throw new DomainError('identity-provider-inactive', `${record.name} is inactive.`);
      }
      switch (record.kind) {
        case 'built-in':
          return builtInIdentityProvider({
            tenantId,
            ports,
            ...builtInRelyingParty(surroundings),
          });
      }
    },
  };
}
