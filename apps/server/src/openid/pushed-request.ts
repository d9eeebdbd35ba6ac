import {
  type AuthorizationRequest,
  type Clock,
  freshTransactionState,
  type Store,
  transactionLifetime,
} from '@keywarden/domain';
import { decodeJwt, decodeProtectedHeader, UnsecuredJWT } from 'jose';
import type { AdapterPayload } from 'oidc-provider';

/** RFC 9126 §2.2. */
export const requestUriPrefix = 'urn:ietf:params:oauth:request_uri:';

/**
 * A request that the provider accepted opens a transaction: its `request_uri` is the handle of all that follows.
 *
 * @returns false where its client is gone
 */
export async function openTransaction(
  { store, clock, tenantId }: { store: Store; clock: Clock; tenantId: string },
  id: string,
  payload: AdapterPayload,
): Promise<boolean> {
  const { request: requestObject } = payload;
  // Of a pushed request it says whether its client authenticated; the type knows other models' alone.
  const trusted: unknown = payload.trusted;
  if (typeof requestObject !== 'string') throw new Error('a pushed request has no request object');
  const request = readRequest(requestObject, payload.dpopJkt);
  const now = clock.now();
  return store.transaction(tenantId, (tables) =>
    tables.transactions.insert({
      requestUri: `${requestUriPrefix}${id}`,
      clientId: request.clientId,
      request,
      requestObject,
      trusted: trusted === true,
      state: freshTransactionState,
      version: 1,
      createdAt: now,
      expiresAt: new Date(now.getTime() + transactionLifetime * 1000),
    }),
  );
}

/** The pushed request as the provider stored it, so that it can judge it again when a browser comes with it. */
export async function pushedRequest(
  { store, clock, tenantId }: { store: Store; clock: Clock; tenantId: string },
  id: string,
): Promise<AdapterPayload | undefined> {
  const loaded = await store.transaction(tenantId, (tables) =>
    tables.transactions.load(`${requestUriPrefix}${id}`, clock.now()),
  );
  if (loaded === null) return undefined;
  const { transaction } = loaded;
  const exp = seconds(transaction.expiresAt);
  const stored: Readonly<Record<string, unknown>> = {
    kind: 'PushedAuthorizationRequest',
    iat: seconds(transaction.createdAt),
    exp,
    request: lasting(transaction.requestObject, exp),
    trusted: transaction.trusted,
    ...(transaction.request.dpopJkt !== null && { dpopJkt: transaction.request.dpopJkt }),
    ...(transaction.state.codeIssued && { consumed: seconds(clock.now()) }),
  };
  return { ...stored, jti: id };
}

/**
 * The provider signs its own request objects with nothing and lets them live for 60 seconds; the transaction lives longer.
 * A client's own (RFC 9101) stays as it was signed.
 */
function lasting(requestObject: string, exp: number): string {
  if (decodeProtectedHeader(requestObject).alg !== 'none') return requestObject;
  return new UnsecuredJWT({ ...decodeJwt(requestObject), exp }).encode();
}

function readRequest(requestObject: string, dpopJkt: unknown): AuthorizationRequest {
  const claims: Record<string, unknown> = decodeJwt(requestObject);
  const text = (name: string) => {
    const value = claims[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const clientId = text('client_id');
  const redirectUri = text('redirect_uri');
  if (clientId === null || redirectUri === null) {
    throw new Error('an accepted authorization request names its client and redirect_uri');
  }
  return {
    clientId,
    redirectUri,
    responseMode: text('response_mode'),
    scope: text('scope') ?? '',
    state: text('state'),
    nonce: text('nonce'),
    codeChallenge: text('code_challenge'),
    codeChallengeMethod: text('code_challenge_method'),
    acrValues: text('acr_values'),
    loginHint: text('login_hint'),
    uiLocales: text('ui_locales'),
    prompt: text('prompt'),
    claims: readClaims(claims['claims']),
    dpopJkt: typeof dpopJkt === 'string' ? dpopJkt : text('dpop_jkt'),
  };
}

/** An object in a request object, its JSON in a plain parameter. */
function readClaims(value: unknown): Readonly<Record<string, unknown>> | null {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? Object.fromEntries(Object.entries(parsed))
    : null;
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
