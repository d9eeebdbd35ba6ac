import type { Ports } from '@keywarden/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, Guard } from './guard.ts';
import { describeRoute } from './openapi.ts';
import { HttpRefusal } from './refusal.ts';
import type { Answer, Route } from './route.ts';
import { requestValidator, responseSerializer } from './validation.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Puts the table on the wire: guard, validation, handler, and an answer that fits its schema. */
export function registerRoutes(
  app: FastifyInstance,
  options: { routes: readonly Route[]; guard: Guard; ports: Ports },
): void {
  const { routes, guard, ports } = options;
  const countAddress = addressCounter(app);
  for (const route of routes) registerRoute(app, { route, guard, ports, countAddress });
  for (const path of new Set(routes.map((route) => route.path))) {
    refuseOtherMethods(
      app,
      routes.filter((route) => route.path === path),
    );
  }
}

type CountAddress = (request: FastifyRequest) => Promise<void>;

/** Counts the request of its address, as @fastify/rate-limit does where a route has no limit of its own. */
function addressCounter(app: FastifyInstance): CountAddress | undefined {
  if (app.throttle.limits.address === 0) return undefined;
  const count = app.createRateLimit();
  return async (request) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    const { ip: address, raw } = request;
    const connectedFrom = raw.socket.remoteAddress;
    throw app.throttle.refuseAddress({ address, connectedFrom, milliseconds: counted.ttl });
  };
}

function registerRoute(
  app: FastifyInstance,
  {
    route,
    guard,
    ports,
    countAddress,
  }: { route: Route; guard: Guard; ports: Ports; countAddress: CountAddress | undefined },
): void {
  const { schema } = route;
  const readParams = schema.params && requestValidator('params', schema.params);
  const readQuery = schema.query && requestValidator('query', schema.query);
  const readBody = schema.body && requestValidator('body', schema.body);
  const serializers = new Map(
    Object.entries(schema.response).map(([status, body]) => [Number(status), responseSerializer(body)]),
  );
  const admissions = new WeakMap<FastifyRequest, Admission>();

  app.route({
    method: route.method,
    url: route.path,
    schema: describeRoute(route),
    // HEAD is answered by GET routes alone, and those change nothing.
    exposeHeadRoute: route.method === 'GET',
    config: {
      door: route.door,
      // Of those who may call: nobody else can use it up.
      ...(route.perMinute !== undefined && {
        rateLimit: { max: route.perMinute, timeWindow: 60_000, hook: 'preParsing' },
      }),
    },
    ...(route.perMinute !== undefined && countAddress !== undefined && { onRequest: countAddress }),
    // Before the body is read: nobody who may not call costs more than this. After the address was counted: whoever guesses
    // tokens, sessions or tenants is counted, too.
    preParsing: async (request) => {
      const admission = await guard.admit(route, request);
      if (admission.actor.kind === 'operator') request.operatorId = admission.actor.id;
      admissions.set(request, admission);
    },
    preValidation: async (request) => {
      requireExpectedBody(route, request);
    },
    handler: async (request, reply) => {
      const admission = admissions.get(request);
      if (admission === undefined) throw new Error(`${route.path} was reached past its guard`);
      const answer = await route.handle({
        ports,
        ...admission,
        params: readParams === undefined ? request.params : readParams(request.params),
        query: readQuery === undefined ? request.query : readQuery(request.query),
        body: readBody === undefined ? request.body : readBody(request.body),
        request,
        reply,
      });
      return answer === null ? reply : sendAnswer(reply, answer, serializers);
    },
  });
}

function sendAnswer(
  reply: FastifyReply,
  answer: Answer,
  serializers: ReadonlyMap<number, (body: unknown) => string>,
): FastifyReply {
  const { status, body } = answer;
  if (body === undefined) return reply.code(status).send();
  const serialize = serializers.get(status);
  if (serialize === undefined) {
    throw new HttpRefusal('internal', 'Keywarden made a mistake and can not show you the answer.', {
      detail: `the route has no schema for an answer of status ${status}`,
    });
  }
  const text = serialize(body);
  if (!reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8');
  return reply.code(status).send(text);
}

/** The management API speaks JSON alone: a form that another site's page posts never gets as far as a handler. */
function requireExpectedBody(route: Route, request: FastifyRequest): void {
  if (route.door === 'scim') requireScimBody(request);
  if (
    (route.door !== 'management' && route.door !== 'account') ||
    request.body === undefined ||
    request.body === null
  )
    return;
  const type = request.headers['content-type'] ?? '';
  if (/^application\/(json|scim\+json)\s*(;|$)/i.test(type)) return;
  throw new HttpRefusal('media-type-unsupported', 'This address does not take a body of this type.', {
    advice: 'Send application/json.',
  });
}

/** RFC 7644 §3.1: JSON under either name; a form of a browser never gets as far as a handler. */
function requireScimBody(request: FastifyRequest): void {
  if (request.body === undefined || request.body === null) return;
  if (/^application\/(scim\+)?json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return;
  throw new HttpRefusal('media-type-unsupported', 'This address does not take a body of this type.', {
    advice: 'Send application/scim+json or application/json.',
  });
}

/** RFC 9110 §15.5.6. */
function refuseOtherMethods(app: FastifyInstance, routes: readonly Route[]): void {
  const [first] = routes;
  if (first === undefined) return;
  const allowed: readonly string[] = routes.map((route) => route.method);
  const others = methods.filter((method) => !allowed.includes(method));
  if (others.length === 0) return;
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', ');
  app.route({
    method: others,
    url: first.path,
    schema: { hide: true },
    config: { door: first.door },
    onRequest: async (_request, reply) => {
      reply.header('allow', allow);
      throw new HttpRefusal('method-not-allowed', 'This address does not do that.', {
        advice: `It answers ${allow}.`,
      });
    },
    handler: async () => {},
  });
}
