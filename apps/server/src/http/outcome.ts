import { randomBytes } from 'node:crypto';
import { csrfHeader } from '@keywarden/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tell } from './problem.ts';
import { problemPage } from './problem-page.ts';
import type { Door } from './route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What was thrown, for the one line of the log. */
    refusal: unknown;
    /** What a door has to say in that line of an answer that is no error here. */
    remark: Readonly<Record<string, unknown>> | null;
    /** Who asked, where the guard found out: operator id. */
    operatorId: string | null;
  }
  interface FastifyInstance {
    /** Below `/{tenant}/`. */
    scimPath: string;
  }
  interface FastifyContextConfig {
    door?: Door;
  }
}

/** Below a tenant. */
export const usualScimPath = 'scim/v2';

/** Errors become answers, and every request becomes one line of the log. */
export function registerOutcome(
  app: FastifyInstance,
  options: { readonly scimPath?: string | undefined },
): void {
  app.decorate('scimPath', options.scimPath ?? usualScimPath);
  app.decorateRequest('refusal', undefined);
  app.decorateRequest('remark', null);
  app.decorateRequest('operatorId', null);

  app.setErrorHandler(answerError);

  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const door = request.routeOptions?.config?.door ?? doorOf(request);
    if (reply.statusCode >= 400 && door === 'authn') keepToken(request, reply);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });

  app.addHook('onResponse', async (request, reply) => {
    const { refusal } = request;
    const line = {
      method: request.method,
      // Without the query: sign-in tokens and request_uris stand there.
      path: request.originalUrl.split('?', 1)[0],
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      clientIp: request.ip,
      ...(request.operatorId === null ? {} : { operatorId: request.operatorId }),
      ...request.remark,
      ...(refusal === undefined ? {} : { err: refusal }),
    };
    request.log[levelOf(request, reply)](line, 'request');
  });
}

function levelOf(request: FastifyRequest, reply: FastifyReply): 'debug' | 'info' | 'error' {
  // Asked every few seconds, and 503 is an answer there.
  if (request.originalUrl === '/healthz') return 'debug';
  return reply.statusCode >= 500 ? 'error' : 'info';
}

/** Tells any error in the shape of its door, or as a page to a person's browser. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  request.refusal = error;
  const { status, headers, contentType, body, code } = tell(error, {
    door: request.routeOptions?.config?.door ?? doorOf(request),
    requestId: request.id,
  });
  reply.status(status).headers(headers);
  if (wantsPage(request)) {
    reply.type('text/html; charset=utf-8').send(problemPage(body, { code, requestId: request.id }));
  } else {
    reply.type(contentType).send(JSON.stringify(body));
  }
}

/**
 * Every answer of the authentication service has a token, also one that was refused before anybody looked for its
 * transaction: the one that the caller has, so that she keeps it, else one that opens nothing.
 */
function keepToken(request: FastifyRequest, reply: FastifyReply): void {
  if (reply.hasHeader(csrfHeader)) return;
  const presented = request.headers[csrfHeader];
  const kept = typeof presented === 'string' && /^[\w-]{43}$/.test(presented) ? presented : null;
  reply.header(csrfHeader, kept ?? randomBytes(32).toString('base64url'));
}

/** A navigation of a person's browser, not a call of a page or a program. */
function wantsPage(request: FastifyRequest): boolean {
  const { accept } = request.headers;
  return (
    (request.method === 'GET' || request.method === 'POST') &&
    accept !== undefined &&
    accept.includes('text/html') &&
    !accept.startsWith('application/')
  );
}

/** For what no route answers: the shape that its neighbours speak. */
function doorOf(request: FastifyRequest): Door {
  const [, , ...segments] = request.url.split('?', 1)[0]?.split('/') ?? [];
  if (`${segments.join('/')}/`.startsWith(`${request.server.scimPath}/`)) return 'scim';
  const [segment] = segments;
  if (segment === 'authn') return 'authn';
  if (segment === 'scim') return 'scim';
  return segment === 'api' ? 'management' : 'site';
}
