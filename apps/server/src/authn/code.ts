import { AuthnError, CodeAnswer, CodeRequest } from '@keywarden/api';
import {
  type Answered,
  type AssertionOptions,
  proveFactor,
  requestAssertion,
  requestCode,
  requestOneTimeCode,
} from '@keywarden/domain';
import { type Answer, type Call, type Route, route } from '../http/route.ts';
import { exchange } from './conversation.ts';
import type { Parameters } from './parameters.ts';

const grantTypes = ['password', 'fido_challenge', 'otp_challenge', 'code_request'] as const;

type Granted =
  | { readonly expiresIn: number; readonly digits?: number }
  | AssertionOptions
  | { readonly code: string; readonly state: string | null; readonly iss: string };

function code(call: Call): Promise<Answer> {
  return exchange<Granted>(call, call.request.body, {
    ask: (conversation, parameters): Promise<Answered<Granted>> => {
      const grantType = parameters.oneOf('grant_type', grantTypes);
      const authType = parameters.text('authType');
      const username = parameters.optionalText('username');
      switch (grantType) {
        case 'fido_challenge':
          return requestAssertion(conversation, { authType, username });
        case 'otp_challenge':
          return requestOneTimeCode(conversation, { authType, username });
        case 'password':
          return proveFactor(conversation, { authType, username, password: parameters.proof('password') });
        case 'code_request':
          return requestCode(conversation, { authType, username });
      }
    },
    show: (body) => ({ status: 200, body: grantedView(body) }),
  });
}

function grantedView(granted: Granted): unknown {
  if ('expiresIn' in granted) {
    const { expiresIn, digits } = granted;
    return { expires_in: expiresIn, ...(digits !== undefined && { digits }) };
  }
  if ('code' in granted) {
    const { state, iss } = granted;
    return { code: granted.code, ...(state !== null && { state }), iss };
  }
  return granted;
}

/** What a proof is called on every door that takes one. */
export function readProof(parameters: Parameters) {
  return {
    authType: parameters.text('authType'),
    username: parameters.text('username'),
    password: parameters.proof('password'),
  };
}

export const codeRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/:tenant/authn/code',
    door: 'authn',
    access: 'transaction',
    summary:
      'Gives a FIDO challenge, sends a one-time code, verifies a factor, or hands out the authorization code',
    schema: { documented: { body: CodeRequest }, response: { 200: CodeAnswer, 400: AuthnError } },
    handle: code,
  }),
];
