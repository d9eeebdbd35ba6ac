import {
  ChangeClient,
  Client,
  ClientList,
  ClientWithSecret,
  NewClient,
  RegistrationToken,
} from '@keywarden/api';
import {
  addClient,
  changeClient,
  deleteClient,
  getClient,
  issueRegistrationToken,
  type ListedClient,
  listClients,
  permissions,
  rotateClientSecret,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Call, type Route, route } from '../http/route.ts';
import { entityTag, readIfMatch } from '../http/versions.ts';

const ClientParams = Type.Object({ clientId: Type.String({ minLength: 1, maxLength: 255 }) });

/** The applications that people sign in to. */
export const clientRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/clients',
    door: 'management',
    access: permissions['clients.read'],
    summary: 'The OpenID clients by name, without their secrets',
    schema: { response: { 200: ClientList } },
    handle: async ({ ports, actor, tenantId }) => ({
      status: 200,
      body: { items: await listClients(ports, actor, { tenantId }) },
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/clients',
    door: 'management',
    access: permissions['clients.write'],
    summary: 'Registers a confidential client; its secret is shown once',
    schema: { body: NewClient, response: { 201: ClientWithSecret } },
    handle: async ({ ports, actor, tenantId, body, reply }) => {
      reply.header('cache-control', 'no-store');
      return { status: 201, body: await addClient(ports, actor, { tenantId, ...body }) };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/clients/registration-tokens',
    door: 'management',
    access: permissions['clients.write'],
    summary: 'A token with which one application registers itself (RFC 7591); shown once',
    schema: { response: { 201: RegistrationToken } },
    handle: async ({ ports, actor, tenantId, reply }) => {
      reply.header('cache-control', 'no-store');
      return { status: 201, body: await issueRegistrationToken(ports, actor, { tenantId }) };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/clients/:clientId',
    door: 'management',
    access: permissions['clients.read'],
    summary: 'One client, without its secret',
    schema: { params: ClientParams, versioned: true, response: { 200: Client } },
    handle: async ({ ports, actor, tenantId, params, reply }) =>
      told(reply, await getClient(ports, actor, { tenantId, ...params })),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/clients/:clientId',
    door: 'management',
    access: permissions['clients.write'],
    summary: 'Changes a client; its id and its secret stay, and who is signing in to it goes on',
    schema: { params: ClientParams, body: ChangeClient, versioned: true, response: { 200: Client } },
    handle: async ({ ports, actor, tenantId, params, body, request, reply }) => {
      const expected = readIfMatch(request.headers['if-match']);
      return told(reply, await changeClient(ports, actor, { tenantId, ...params, expected, change: body }));
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/clients/:clientId/secret',
    door: 'management',
    access: permissions['clients.write'],
    summary: 'A new secret, shown once; the old one opens nothing from now on',
    schema: { params: ClientParams, response: { 200: ClientWithSecret } },
    handle: async ({ ports, actor, tenantId, params, reply }) => {
      reply.header('cache-control', 'no-store');
      return { status: 200, body: await rotateClientSecret(ports, actor, { tenantId, ...params }) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/api/v1/clients/:clientId',
    door: 'management',
    access: permissions['clients.write'],
    summary: 'Deletes a client, with what its users decided about it',
    schema: { params: ClientParams, response: {} },
    handle: async ({ ports, actor, tenantId, params }) => {
      await deleteClient(ports, actor, { tenantId, ...params });
      return { status: 204 };
    },
  }),
];

function told(reply: Call['reply'], client: ListedClient) {
  reply.header('etag', entityTag(client.version));
  return { status: 200, body: client };
}
