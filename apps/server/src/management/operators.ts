import {
  ChangeOperator,
  NewOperator,
  Operator,
  OperatorInvitation,
  OperatorPage,
  OperatorQuery,
  OperatorRoleTable,
  Uuid,
} from '@keywarden/api';
import * as domain from '@keywarden/domain';
import { Type } from 'typebox';
import { type Call, type Route, route } from '../http/route.ts';
import { entityTag, readIfMatch } from '../http/versions.ts';
import { pageRequest, pageView } from './views.ts';

const { permissions } = domain;
const OperatorParams = Type.Object({ operatorId: Uuid });

/** Who works with the console, and who may do what there. */
export const operatorRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/operators',
    door: 'management',
    access: permissions['operators.read'],
    summary: 'Operators by name, those who were deactivated too',
    schema: { query: OperatorQuery, response: { 200: OperatorPage } },
    handle: async ({ ports, actor, tenantId, query }) => {
      const page = await domain.searchOperators(ports, actor, {
        tenantId,
        query: query.query ?? '',
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, operatorView) };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/operators',
    door: 'management',
    access: permissions['operators.write'],
    summary: 'Makes somebody an operator; the first sign-in link is in this answer and nowhere else',
    schema: { body: NewOperator, response: { 201: OperatorInvitation } },
    handle: async ({ ports, actor, tenantId, body, reply }) =>
      invitation({ ports, reply }, await domain.addOperator(ports, actor, { tenantId, ...body })),
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/operators/roles',
    door: 'management',
    access: permissions['operators.read'],
    summary: 'What each role may do',
    schema: { response: { 200: OperatorRoleTable } },
    handle: async ({ actor }) => ({ status: 200, body: { roles: domain.operatorRoleTable(actor) } }),
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/operators/:operatorId',
    door: 'management',
    access: permissions['operators.read'],
    summary: 'One operator',
    schema: { params: OperatorParams, versioned: true, response: { 200: Operator } },
    handle: async ({ ports, actor, tenantId, params, reply }) =>
      told(reply, await domain.getOperator(ports, actor, { tenantId, ...params })),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/operators/:operatorId',
    door: 'management',
    access: permissions['operators.write'],
    summary:
      'Name, address, role, and whether she may sign in: nobody does so to herself, only owners to owners, and one is left',
    schema: { params: OperatorParams, body: ChangeOperator, versioned: true, response: { 200: Operator } },
    handle: async ({ ports, actor, tenantId, params, body, request, reply }) => {
      const expected = readIfMatch(request.headers['if-match']);
      return told(
        reply,
        await domain.changeOperator(ports, actor, { tenantId, ...params, expected, change: body }),
      );
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/operators/:operatorId/sign-in-link',
    door: 'management',
    access: permissions['operators.write'],
    summary: 'Another sign-in link, shown once and good once; the one before opens nothing any more',
    schema: { params: OperatorParams, response: { 201: OperatorInvitation } },
    handle: async ({ ports, actor, tenantId, params, reply }) =>
      invitation({ ports, reply }, await domain.inviteOperator(ports, actor, { tenantId, ...params })),
  }),
];

function told(reply: Call['reply'], operator: domain.Operator) {
  reply.header('etag', entityTag(operator.version));
  return { status: 200, body: operatorView(operator) };
}

function invitation(
  { ports, reply }: Pick<Call, 'ports' | 'reply'>,
  { operator, token, expiresAt }: domain.Invitation,
) {
  reply.header('cache-control', 'no-store');
  return {
    status: 201,
    body: {
      operator: operatorView(operator),
      signInUrl: `${ports.surroundings.publicUrl}/sign-in?token=${token}`,
      expiresAt: expiresAt.toISOString(),
    },
  };
}

function operatorView(operator: domain.Operator) {
  return {
    ...operator,
    createdAt: operator.createdAt.toISOString(),
    lastSignedInAt: operator.lastSignedInAt?.toISOString() ?? null,
  };
}
