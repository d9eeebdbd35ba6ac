import { AuthnError, ConsentAnswer, ConsentRequest, SignConsent } from '@keywarden/api';
import { readConsent, signConsent } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { exchange } from './conversation.ts';
import { consentView } from './views.ts';

const response = { 200: ConsentAnswer, 400: AuthnError, 403: AuthnError };

export const consentRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/authn/consent',
    door: 'authn',
    access: 'transaction',
    summary: 'What the client asks the user to share, and what she said so far',
    schema: { documented: { query: ConsentRequest }, response },
    handle: (call) =>
      exchange(call, call.request.query, {
        ask: (conversation, parameters) =>
          readConsent(conversation, { username: parameters.optionalText('username') }),
        show: (body) => ({ status: 200, body: consentView(body) }),
      }),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/authn/consent',
    door: 'authn',
    access: 'transaction',
    summary: 'Signs what the user decided to share',
    schema: { documented: { body: SignConsent }, response },
    handle: (call) =>
      exchange(call, call.request.body, {
        ask: (conversation, parameters) =>
          signConsent(conversation, {
            username: parameters.optionalText('username'),
            decisions: parameters.decisions('sharings'),
          }),
        show: (body) => ({ status: 200, body: consentView(body) }),
      }),
  }),
];
