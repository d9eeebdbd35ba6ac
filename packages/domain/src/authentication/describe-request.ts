import { issuerOf } from '../relying-party.ts';
import { accountClientId } from './account-sign-in.ts';
import { type Answered, type AuthenticationCall, converse } from './conversation.ts';

/** What a page in between tells the person of the request, and where her browser goes afterwards. */
export interface RequestDescription {
  readonly clientName: string;
  readonly redirectUri: string;
  /** null: the default of the response type, RFC 6749 §4.1.2 `query`. */
  readonly responseMode: string | null;
  readonly state: string | null;
  /** RFC 9207 */
  readonly iss: string;
  /** Of the person's own account page, not of an application. */
  readonly forAccount: boolean;
  /** In which languages the client would like the page to speak, BCP 47, the best first. */
  readonly uiLocales: readonly string[];
}

/** The redirect URI comes from the accepted request alone: no page and no parameter can put another in its place. */
export function describeRequest(call: AuthenticationCall): Promise<Answered<RequestDescription>> {
  return converse(call, {
    async decide({ client, transaction }) {
      const { redirectUri, responseMode, state, uiLocales } = transaction.request;
      const iss = issuerOf(call.ports.surroundings, call.tenantId);
      const forAccount = client.clientId === accountClientId;
      return {
        kind: 'answer',
        body: {
          clientName: client.name,
          redirectUri,
          responseMode,
          state,
          iss,
          forAccount,
          uiLocales: uiLocales?.split(' ').filter((tag) => tag !== '') ?? [],
        },
      };
    },
  });
}
