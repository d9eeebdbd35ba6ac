import type { AuthnError, FlowAnswer, RequestDescription, Theme } from '@keywarden/api/authn';

/** What is tried on: a person, an application, and what it asks for. Names are the same in every language. */
const username = 'alice';
const requestedScopes = ['openid', 'profile', 'email'];

const request: RequestDescription = {
  client_name: 'Payroll',
  redirect_uri: 'https://app.example/',
  response_mode: null,
  iss: 'https://app.example',
};

const common = {
  acr: '',
  retry: 3,
  stepUp: 'notRequired' as const,
  enrollmentRequired: false,
  enrollActions: ['enroll_action.fido'],
  accessCriteriaId: '',
};

const flow: FlowAnswer = {
  accessCriteria: [],
  firstFactors: [
    { ...common, factorId: 'factor.fido', type: 'FIDO', code: 'AT_FIDO', rpId: 'app.example' },
    { ...common, factorId: 'factor.password', type: 'LOGIN', code: 'AT_EMPPWD' },
  ],
  secondFactors: [],
  enrollActions: [
    {
      enrollId: 'enroll_action.fido',
      type: 'FIDO',
      code: 'AT_FIDO',
      deviceType: '',
      attestationVerification: 'none',
      userVerification: 'preferred',
      rpId: 'app.example',
      upon: [],
      accessCriteriaId: '',
    },
  ],
};

/**
 * A fake of the authentication service: the real pages show themselves in a theme, and nobody signs in.
 *
 * @param offers whether a passkey may be added on the way
 */
export function cannedService(
  theme: Theme,
  { offers }: { readonly offers: boolean },
): {
  readonly username: string;
  readonly fetch: typeof globalThis.fetch;
} {
  const consent: AuthnError = {
    error: 'consent_required',
    error_description: '',
    sharings: requestedScopes.map((scope) => ({
      scope,
      label: theme.scopes[scope]?.label ?? scope,
      description: theme.scopes[scope]?.description ?? scope,
      status: 'unknown',
    })),
  };
  const answers: Readonly<Record<string, { readonly status: number; readonly body: unknown }>> = {
    theme: { status: 200, body: theme },
    request: { status: 200, body: request },
    flow: { status: 200, body: offers ? flow : { ...flow, enrollActions: [] } },
    code: { status: 400, body: consent },
  };
  return {
    username,
    fetch: async (input) => {
      const { pathname } = new URL(String(input), 'https://app.example');
      const answer = answers[pathname.slice(pathname.lastIndexOf('/') + 1)];
      return new Response(JSON.stringify(answer?.body ?? null), { status: answer?.status ?? 404 });
    },
  };
}
