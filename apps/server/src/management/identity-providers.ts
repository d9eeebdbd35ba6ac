import { DefaultIdentityProvider, IdentityProviderList } from '@keywarden/api';
import { listIdentityProviders, permissions, setDefaultIdentityProvider } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { identityProviderView } from './views.ts';

export const identityProviderRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/identity-providers',
    door: 'management',
    access: permissions['identity-providers.read'],
    summary: 'The configured identity providers, and which is the default',
    schema: { response: { 200: IdentityProviderList } },
    handle: async ({ ports, actor, tenantId }) => {
      const providers = await listIdentityProviders(ports, actor, { tenantId });
      return { status: 200, body: { items: providers.map(identityProviderView) } };
    },
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/identity-providers/default',
    door: 'management',
    access: permissions['identity-providers.write'],
    summary: 'Chooses whom assignment links mean; null: nobody can be looked up',
    schema: { body: DefaultIdentityProvider, response: { 200: IdentityProviderList } },
    handle: async ({ ports, actor, tenantId, body }) => {
      const providers = await setDefaultIdentityProvider(ports, actor, {
        tenantId,
        identityProviderId: body.identityProviderId,
      });
      return { status: 200, body: { items: providers.map(identityProviderView) } };
    },
  }),
];
