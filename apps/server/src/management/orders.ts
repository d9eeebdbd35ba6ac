import {
  AuthenticateOrderIssued,
  AuthenticateOrderRequest,
  type RequestOptionsJson,
  SessionOrderRequest,
  SignedOrder,
} from '@keywarden/api';
import { issueAuthenticateOrder, issueSessionOrder, permissions } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';

export const orderRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/api/v1/orders/session',
    door: 'management',
    access: permissions['keys.see'],
    summary: 'A signed order that lets this page see the keys of one paired workstation',
    schema: { body: SessionOrderRequest, response: { 201: SignedOrder } },
    handle: async ({ ports, actor, tenantId, body }) => ({
      status: 201,
      body: await issueSessionOrder(ports, actor, { tenantId, ...body }),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/orders/authenticate',
    door: 'management',
    access: permissions['keys.test'],
    summary: "A signed order to test a key against the tenant's own authentication service",
    schema: { body: AuthenticateOrderRequest, response: { 201: AuthenticateOrderIssued } },
    handle: async ({ ports, actor, tenantId, body }) => ({
      status: 201,
      body: await issueAuthenticateOrder(ports, actor, {
        tenantId,
        workstationId: body.workstationId,
        connectionId: body.connectionId,
        options: requestOptions(body.options),
      }),
    }),
  }),
];

/** Only the members we know go into an order: it is signed. */
function requestOptions({ challenge, rpId, allowCredentials, userVerification }: RequestOptionsJson) {
  return {
    challenge,
    rpId,
    userVerification,
    allowCredentials: allowCredentials.map(({ type, id, transports }) => ({
      type,
      id,
      ...(transports === undefined ? {} : { transports }),
    })),
  };
}
