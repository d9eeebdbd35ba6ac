import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, type default as Provider } from 'oidc-provider';
import { tell } from '../http/problem.ts';
import type { OpenIdPorts } from './adapter.ts';
import { authenticateByBearer, type ClientProof } from './bearer.ts';
import { onErrand } from './errand.ts';
import { openIdRoutes } from './provider.ts';
import type { Providers } from './providers.ts';

const paths: readonly (readonly [string, readonly string[]])[] = [
  ['/.well-known/openid-configuration', ['GET', 'OPTIONS']],
  ['/.well-known/oauth-authorization-server', ['GET', 'OPTIONS']],
  [openIdRoutes.authorization, ['GET']],
  [openIdRoutes.pushed_authorization_request, ['POST', 'OPTIONS']],
  [openIdRoutes.token, ['POST', 'OPTIONS']],
  [openIdRoutes.userinfo, ['GET', 'POST', 'OPTIONS']],
  [openIdRoutes.jwks, ['GET', 'OPTIONS']],
  [openIdRoutes.introspection, ['POST', 'OPTIONS']],
  [openIdRoutes.revocation, ['POST', 'OPTIONS']],
  [openIdRoutes.end_session, ['GET', 'POST']],
  [`${openIdRoutes.end_session}/confirm`, ['POST']],
  [`${openIdRoutes.end_session}/success`, ['GET']],
  [openIdRoutes.registration, ['POST']],
  [`${openIdRoutes.registration}/:clientId`, ['GET', 'PUT', 'DELETE']],
];

const provingPaths: ReadonlySet<string> = new Set([
  openIdRoutes.pushed_authorization_request,
  openIdRoutes.token,
]);

/** Where a client says who it is before anything else, in the header or in the body. */
const authenticatingPaths: ReadonlySet<string> = new Set([
  ...provingPaths,
  openIdRoutes.introspection,
  openIdRoutes.revocation,
]);

/**
 * The pages of the provider: the server's own policy would keep `response_mode=form_post` from posting to the client, whose
 * address is registered. The provider adds the hash of its one script.
 */
const pagePolicy = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Puts each tenant's provider below `/{tenant}`, at exactly the paths of the specification. */
export function mountOpenId(
  app: FastifyInstance,
  options: {
    readonly providers: Providers;
    readonly publicUrl: string;
    readonly ports: Pick<OpenIdPorts, 'store' | 'clock' | 'random'>;
  },
): void {
  const { protocol, host } = new URL(options.publicUrl);
  const callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();
  const callbackOf = (provider: Provider) => {
    const callback = callbacks.get(provider) ?? provider.callback();
    callbacks.set(provider, callback);
    return callback;
  };
  // Always the same: the provider keeps what it made of a client, and finds it again by all that is in it.
  const standInSecret = Buffer.from(options.ports.random.bytes(32)).toString('base64url');
  app.register(async (scope) => {
    // The provider reads the body itself, within its own limit.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));

    const serve = async (
      request: FastifyRequest<{ Params: { tenant: string } }>,
      reply: FastifyReply,
      [path, allowed]: (typeof paths)[number],
    ) => {
      const { tenant } = request.params;
      const provider = await options.providers.of(tenant);
      if (provider === null) return reply.callNotFound();
      const { raw } = request;
      // RFC 9110 §9.3.7: not every OPTIONS is a browser's preflight; the provider answers those alone.
      if (raw.method === 'OPTIONS' && raw.headers['access-control-request-method'] === undefined) {
        return reply.code(204).header('allow', allowed.join(', ')).send();
      }
      // Discovery must not repeat what a client wrote into its Host header.
      raw.headers.host = host;
      raw.headers['x-forwarded-proto'] = protocol.slice(0, -1);
      delete raw.headers['x-forwarded-host'];
      const url = raw.url ?? '/';
      const below = url.slice(`/${tenant}`.length);
      const proof: ClientProof =
        path === openIdRoutes.pushed_authorization_request
          ? await authenticateByBearer(provider, raw, { secret: standInSecret })
          : { kind: 'other' };
      if (proof.kind === 'bad') {
        return reply
          .code(401)
          .header('www-authenticate', `${proof.scheme} error="invalid_token"`)
          .header('cache-control', 'no-store')
          .send({
            error: 'invalid_token',
            error_description: 'The access token is unknown, has expired, or is not good for this client',
          });
      }
      Object.assign(raw, { originalUrl: url, url: below });
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.raw.setHeader('content-security-policy', pagePolicy);
      const meet = async (clientId: string) => {
        const refused = await scope.clientIsNamed(request, clientId);
        if (refused === null) return;
        request.refusal = refused;
        const told = tell(refused, { door: 'authn', requestId: request.id });
        for (const [name, value] of Object.entries(told.headers)) reply.raw.setHeader(name, value);
        throw Object.assign(new errors.OIDCProviderError(told.status, 'temporarily_unavailable'), {
          error_description: refused.message,
        });
      };
      reply.hijack();
      const authenticated = await onErrand(() => callbackOf(provider)(raw, reply.raw), {
        from: { requestId: request.id, clientIp: request.ip },
        standIn: proof.kind === 'good' ? proof.standIn : null,
        meet: authenticatingPaths.has(path) ? meet : null,
        // Something was wrong after it: it is used up all the same.
        async finish({ model, id }) {
          await options.ports.store.transaction(tenant, (tables) =>
            tables.openIdRecords.consume(model, id, options.ports.clock.now()),
          );
        },
      });
      if (authenticated && provingPaths.has(path)) scope.throttle.clientProven(request.ip);
    };

    for (const entry of paths) {
      const [path, methods] = entry;
      scope.route({
        method: [...methods],
        url: `/:tenant${path}`,
        config: { door: 'authn' },
        schema: { hide: true },
        handler: (request: FastifyRequest<{ Params: { tenant: string } }>, reply) =>
          serve(request, reply, entry),
      });
    }
  });
}
