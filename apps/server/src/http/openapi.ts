import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { csrfHeader, Problem, ScimError } from '@keywarden/api';
import type { FastifySchema } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { Route } from './route.ts';

export function openApiOptions(publicUrl: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Keywarden',
        description: 'Configure FIDO keys, assign them to people, and keep track of them.',
        version: '1',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: {
          operator: {
            type: 'apiKey',
            in: 'cookie',
            name: 'keywarden-session',
            description: 'An operator’s session',
          },
          account: {
            type: 'apiKey',
            in: 'cookie',
            name: 'keywarden-account',
            description: 'A person’s session at her own account page',
          },
          provisioner: {
            type: 'http',
            scheme: 'bearer',
            description: 'A provisioning token, or an access token of a client that may provision',
          },
        },
      },
    },
  };
}

const tenant = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description: 'The tenant' });
const refusals: Readonly<Record<string, string>> = {
  '4xx': 'Refused, in the words of RFC 9457',
  '5xx': 'Not possible at the moment, or our mistake',
};

/** What the OpenAPI document says of a route; pages are not in it. */
export function describeRoute(route: Route): FastifySchema {
  const { schema } = route;
  const params = pathParams(route);
  const query = schema.query ?? schema.documented?.query;
  const body = schema.body ?? schema.documented?.body;
  return {
    summary: route.summary,
    hide: route.door === 'site',
    tags: [route.door],
    security: securityOf(route),
    ...(params === null ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    ...(route.access === 'transaction' ? transactionParts : {}),
    ...(schema.versioned === true && route.method !== 'GET' ? expectedVersion : {}),
    response: responsesOf(route),
  };
}

function securityOf({ access }: Route): Record<string, string[]>[] {
  if (access === 'account') return [{ account: [] }];
  if (access === 'provisioner') return [{ provisioner: [] }];
  return typeof access === 'string' ? [] : [{ operator: [] }];
}

function responsesOf(route: Route): Record<string, unknown> {
  const { response } = route.schema;
  if (route.schema.versioned === true) return { ...withVersion(response), ...problems };
  if (route.door === 'management' || route.door === 'account') return { ...response, ...problems };
  if (route.door === 'scim') return { ...response, ...scimErrors };
  if (route.access !== 'transaction') return { ...response };
  const refusal = response[400] ?? Type.Unknown();
  const all = { ...response, 429: refusal, 500: refusal, 503: refusal };
  return Object.fromEntries(
    Object.entries(all).map(([status, schema]) => [
      status,
      {
        description: described[status] ?? 'Refused',
        ...schema,
        headers: {
          [csrfHeader]: newestToken,
          ...((status === '429' || status === '503') && { 'retry-after': waitFirst }),
        },
      },
    ]),
  );
}

function withVersion(response: Route['schema']['response']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(response).map(([status, schema]) => [
      status,
      { description: described[status] ?? 'Done', ...schema, headers: { etag: itsVersion } },
    ]),
  );
}

const itsVersion = { type: 'string', description: 'Its version: what If-Match says of the next change' };
const expectedVersion = {
  headers: Type.Object({
    'if-match': Type.Optional(
      Type.String({
        description:
          'The ETag that was read. 412 `precondition-failed` where somebody has changed it since; without it, the change is written over whatever is there',
      }),
    ),
  }),
};

const described: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Registered',
  400: 'Refused: `error` says what, `hid_failure.reason` why',
  403: 'Not earned in this transaction',
  429: 'Too many requests, of this address or for this user: `temporarily_unavailable`',
  500: 'Our mistake: `server_error`',
  503: 'Not possible at the moment: `temporarily_unavailable`',
};
const waitFirst = { type: 'string', description: 'Seconds after which the same request may succeed' };
const newestToken = { type: 'string', description: 'To be sent with the next call of this request_uri' };
/** What every call of a transaction takes: two forms of the same body, and the newest token. */
const transactionParts = {
  consumes: ['application/json', 'application/x-www-form-urlencoded'],
  headers: Type.Object({
    [csrfHeader]: Type.Optional(
      Type.String({ description: 'From the newest answer; the first call of a request_uri brings none' }),
    ),
  }),
};

const problems = Object.fromEntries(
  Object.entries(refusals).map(([range, description]) => [
    range,
    { description, content: { 'application/problem+json': { schema: Problem } } },
  ]),
);

const scimErrors = Object.fromEntries(
  ['4xx', '5xx'].map((range) => [
    range,
    {
      description: 'Refused or not possible, in the words of RFC 7644 §3.12',
      content: { 'application/scim+json': { schema: ScimError } },
    },
  ]),
);

function pathParams(route: Route): TSchema | null {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  if (names.length === 0) return null;
  const own: unknown = route.schema.params;
  const properties =
    typeof own === 'object' && own !== null && 'properties' in own && typeof own.properties === 'object'
      ? own.properties
      : {};
  return Type.Object({
    ...Object.fromEntries(names.map((name) => [name, name === 'tenant' ? tenant : Type.String()])),
    ...properties,
  });
}
