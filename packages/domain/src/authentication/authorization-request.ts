/**
 * What a client asked for, after the OpenID provider accepted it (RFC 9126 or plain parameters). The names are those of
 * the OAuth parameters in camel case; absent ones are null.
 */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly responseMode: string | null;
  readonly scope: string;
  readonly state: string | null;
  readonly nonce: string | null;
  readonly codeChallenge: string | null;
  readonly codeChallengeMethod: string | null;
  readonly acrValues: string | null;
  readonly loginHint: string | null;
  readonly uiLocales: string | null;
  /** OpenID Connect Core §3.1.2.1, as it came; a request that an older server stored has none. */
  readonly prompt?: string | null;
  /** OpenID Connect Core §5.5, as it came. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** RFC 9449 §10: the code may be redeemed by the holder of this key alone. */
  readonly dpopJkt: string | null;
}

/** OpenID Connect Core §3.1.2.1: the user is asked whatever she said before. */
export function asksForConsent({ prompt }: AuthorizationRequest): boolean {
  return prompt?.split(' ').includes('consent') ?? false;
}

export function requestedScopes(request: AuthorizationRequest): readonly string[] {
  return [...new Set(request.scope.split(' ').filter((scope) => scope !== ''))];
}
