import { AuthnError, FlowAnswer, FlowRequest } from '@keywarden/api';
import { evaluateFlow } from '@keywarden/domain';
import { Type } from 'typebox';
import { type Call, type Route, route } from '../http/route.ts';
import { exchange } from './conversation.ts';
import { flowView } from './views.ts';

const response = { 200: FlowAnswer, 400: AuthnError };

function flow(call: Call, source: unknown) {
  return exchange(call, source, {
    ask: (conversation, parameters) =>
      evaluateFlow(conversation, { username: parameters.optionalText('username') }),
    show: (body) => ({ status: 200, body: flowView(body) }),
  });
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

export const flowRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/authn/flow',
    door: 'authn',
    access: 'transaction',
    summary: 'The factors available to this request, and to this user',
    schema: { documented: { query: FlowRequest }, response },
    handle: (call) => flow(call, call.request.query),
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/flow',
    door: 'authn',
    access: 'transaction',
    summary: 'The same; in the body the username is out of the address',
    schema: { documented: { query: Type.Partial(FlowRequest), body: Type.Partial(FlowRequest) }, response },
    handle: (call) => flow(call, { ...objectOf(call.request.query), ...objectOf(call.request.body) }),
  }),
];
