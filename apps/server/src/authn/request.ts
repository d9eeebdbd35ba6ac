import { AuthnError, RequestDescription, RequestDescriptionRequest } from '@keywarden/api';
import { describeRequest } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { exchange } from './conversation.ts';

export const requestRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/authn/request',
    door: 'authn',
    access: 'transaction',
    summary: 'Who asks, and where the browser goes afterwards: for the portal',
    schema: {
      documented: { body: RequestDescriptionRequest },
      response: { 200: RequestDescription, 400: AuthnError },
    },
    handle: (call) =>
      exchange(call, call.request.body, {
        ask: (conversation) => describeRequest(conversation),
        show: ({ clientName, redirectUri, responseMode, state, iss, forAccount, uiLocales }) => ({
          status: 200,
          body: {
            client_name: clientName,
            redirect_uri: redirectUri,
            response_mode: responseMode,
            ...(state !== null && { state }),
            iss,
            ...(forAccount && { purpose: 'account' }),
            ...(uiLocales.length > 0 && { ui_locales: uiLocales.join(' ') }),
          },
        }),
      }),
  }),
];
