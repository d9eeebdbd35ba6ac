import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import { DomainError, type Ports } from '@keywarden/domain';
import {
  type FastifyBaseLogger,
  type FastifyBodyParser,
  type FastifyInstance,
  fastify,
  LogController,
} from 'fastify';
import helmet from 'helmet';
import { keepFloodsOut } from './floods.ts';
import { parseForm } from './form.ts';
import { createGuard, type Guard } from './guard.ts';
import { minuteCounts } from './minute-counts.ts';
import { openApiOptions } from './openapi.ts';
import { siteCookies } from './operator-session.ts';
import { answerError, registerOutcome } from './outcome.ts';
import { HttpRefusal } from './refusal.ts';
import { registerRoutes } from './register.ts';
import type { Route } from './route.ts';
import { contentSecurityPolicy } from './security-headers.ts';
import { type RequestLimits, Throttle, usualLimits } from './throttle.ts';

/** Bytes. The largest body is a receipt with 64 keys, or an attestation with its chain. */
const bodyLimit = 512 * 1024;
const requestTimeout = 30_000;
/** A head of a request that takes longer comes from nobody who means well. */
const headersTimeout = 15_000;
/** Node.js looks every half a minute unless told otherwise. */
const connectionsCheckingInterval = 5_000;
/** Longer than a load balancer keeps an idle connection, so that it never sends into one that we are closing. */
const keepAliveTimeout = 72_000;
/** Requests per minute and client address for paths at which there is nothing: each look for a tenant of that name is a look into the database. */
const nothingPerMinute = 300;

export interface ApplicationOptions {
  readonly ports: Ports;
  readonly log: FastifyBaseLogger;
  readonly routes: (own: { readonly guard: Guard; readonly openApi: () => object }) => readonly Route[];
  /** Whole doors that bring their own framework: the OpenID provider. */
  readonly mounts: readonly ((app: FastifyInstance) => void)[];
  /** Below `/{tenant}/`; what is asked for there is answered as RFC 7644 says, whether it exists or not. */
  readonly scimPath?: string | undefined;
  /** The usual ones where they are left out. */
  readonly limits?: Partial<RequestLimits> | undefined;
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Absolute: the built pages, where there are any. */
  readonly pageFolder?: string;
}

/** The HTTP side of the server: everything that is the same for all doors. */
export async function createApplication(options: ApplicationOptions): Promise<FastifyInstance> {
  const { ports, log } = options;
  const { publicUrl, workstationUrl } = ports.surroundings;
  const throttle = new Throttle(
    { ...usualLimits, ...options.limits },
    () => ports.clock.now().getTime(),
    (address) =>
      log.warn({ clientIp: address }, 'an address floods: until its minute is over it is not heard'),
  );
  const app: FastifyInstance = fastify({
    loggerInstance: log,
    // One line per request, from outcome.ts.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => ports.random.uuid(),
    requestIdHeader: false,
    bodyLimit,
    requestTimeout,
    http: { headersTimeout, connectionsCheckingInterval },
    keepAliveTimeout,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: false },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
  });
  app.decorate('throttle', throttle);
  keepFloodsOut(app.server, throttle, options.trustedProxies);
  registerOutcome(app, options);
  // The validators are ours (validation.ts); the schemas are there for the OpenAPI document.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));

  // Made once: Fastify's plugin of it writes the whole policy anew for every request.
  const securityHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy(workstationUrl) },
    strictTransportSecurity: publicUrl.startsWith('https:') ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
    frameguard: { action: 'deny' },
  });
  app.addHook('onRequest', (request, reply, done) => {
    securityHeaders(request.raw, reply.raw, (fault) => (fault instanceof Error ? done(fault) : done()));
  });
  await app.register(cookie);
  app.addContentTypeParser('application/scim+json', { parseAs: 'string', bodyLimit }, readScimBody(app));
  await app.register(formbody, { bodyLimit, parser: parseForm });
  await app.register(rateLimit, {
    global: throttle.limits.address > 0,
    store: minuteCounts(() => ports.clock.now().getTime()),
    max: (request) => throttle.maximumOf(request.ip),
    timeWindow: 60_000,
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': true,
    },
    errorResponseBuilder: (request, { max, ttl }) => {
      const { ip: address, raw } = request;
      // Who exceeded the limit of a single route is listened to elsewhere.
      const connectedFrom = max === throttle.maximumOf(address) ? raw.socket.remoteAddress : undefined;
      return throttle.refuseAddress({ address, connectedFrom, milliseconds: ttl });
    },
  });
  await app.register(swagger, openApiOptions(publicUrl));

  if (options.pageFolder !== undefined) {
    // The table decides what is sent; a missing folder is told when a page is asked for.
    await app.register(fastifyStatic, { root: options.pageFolder, serve: false });
  }

  const guard = createGuard(ports, siteCookies(publicUrl));
  for (const mount of options.mounts) mount(app);
  app.register(async (scope) => {
    registerRoutes(scope, { routes: options.routes({ guard, openApi: () => app.swagger() }), guard, ports });
  });
  const counted = { preHandler: app.rateLimit({ max: nothingPerMinute, timeWindow: 60_000 }) };
  app.setNotFoundHandler(counted, async (request) => {
    const tenantId = /^\/([^/?]+)\//.exec(request.url)?.[1] ?? '';
    const code = (await guard.tenantExists(tenantId)) ? 'not-found' : null;
    if (code === null && tenantId !== '')
      throw new DomainError('tenant-not-found', 'There is nothing at this address.');
    throw new HttpRefusal('not-found', 'There is nothing at this address.');
  });
  await app.ready();
  return app;
}

/** RFC 7644 §8.1: JSON by another name. Some clients name the type of the body that their DELETE does not have. */
function readScimBody(app: FastifyInstance): FastifyBodyParser<string> {
  const json = app.getDefaultJsonParser('error', 'error');
  return (request, body, done) => (body === '' ? done(null, undefined) : json(request, body, done));
}
