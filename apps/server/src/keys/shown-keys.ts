import type { Ports } from '@keywarden/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Below a tenant: what shows its keys or its algorithms, or lets a client choose among them. */
const showing: ReadonlySet<string> = new Set(
  [
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/authn/jwks',
    '/authn/register',
    '/authn/register/:clientId',
  ].map((path) => `/:tenant${path}`),
);

/**
 * An RSA key is made when somebody may first rely on it, not when a tenant is: sign-ins alone do not need it. No JWKS was
 * ever served without it, so nobody can have kept one. To be called before those routes are registered.
 */
export function completeKeysWhereShown(
  app: FastifyInstance,
  { openIdKeys, store }: Pick<Ports, 'openIdKeys' | 'store'>,
): void {
  const complete = async (request: FastifyRequest) => {
    const { params } = request;
    if (typeof params !== 'object' || params === null || !('tenant' in params)) return;
    const tenantId = String(params.tenant);
    await openIdKeys.complete(
      tenantId,
      async () => (await store.transaction(tenantId, (tables) => tables.tenants.get())) !== null,
    );
  };
  app.addHook('onRoute', (route) => {
    if (showing.has(route.url)) route.preHandler = complete;
  });
}
