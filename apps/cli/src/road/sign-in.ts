import { AuthenticationCredentialJson, RequestOptionsJson } from '@keywarden/api';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { CliError, sentenceOf } from '../errors.ts';
import { parseJson, readAnswer } from './answers.ts';
import type { RoadSession } from './open-session.ts';
import { type StepRunner, unwatched } from './steps.ts';
import type { OperationEvent, PinSource } from './workstation-connection.ts';

/** Answers of the authentication service, as far as a back-end client reads them. */
const FlowAnswer = Type.Object({
  firstFactors: Type.Array(
    Type.Object({ factorId: Type.String(), type: Type.String(), code: Type.String() }),
  ),
});
const CodeAnswer = Type.Object({
  code: Type.String(),
  state: Type.Optional(Type.String()),
  iss: Type.String(),
});
const OAuthError = Type.Object({
  error: Type.String(),
  error_description: Type.Optional(Type.String()),
});
const Discovered = Type.Object({ flow_endpoint: Type.String(), code_endpoint: Type.String() });
const fidoChallenge = RequestOptionsJson;
const nothing = Type.Unknown();

export interface SignInClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** Answers a challenge with an assertion; the key's way or, in a test, any other. */
export type Asserter = (
  options: Static<typeof RequestOptionsJson>,
) => Promise<Static<typeof AuthenticationCredentialJson>>;

export interface SignInOptions {
  /** `<publicUrl>/<tenant>` */
  readonly issuer: string;
  readonly client: SignInClient;
  readonly username: string;
  readonly assert: Asserter;
  readonly step?: StepRunner;
}

/** The claims of an ID token whose signature, issuer, audience, nonce and age were checked. */
export interface SignedIn {
  readonly idToken: string;
  readonly algorithm: string;
  readonly claims: JWTPayload;
}

/** A key on the desk signs, by an order of the management API: the test of a key that an operator may make. */
export function assertWithKey(options: {
  session: RoadSession;
  connectionId: string;
  pins: PinSource;
  onEvent?: (event: OperationEvent) => void;
}): Asserter {
  const { management, workstation, hello } = options.session;
  return async (challenge) => {
    const { order } = await management.orderAuthentication({
      workstationId: hello.workstationId,
      connectionId: options.connectionId,
      options: challenge,
    });
    const { result } = await workstation.run(order, {
      pins: options.pins,
      ...(options.onEvent && { onEvent: options.onEvent }),
    });
    if (result.action !== 'authenticate') {
      throw new CliError('answer-unexpected', `The key was to sign in but answered ${result.action}.`);
    }
    return readAnswer(AuthenticationCredentialJson, result.credential, 'The key');
  };
}

/** One transaction: every call names `request_uri` and carries the newest `server-csrf-token`. */
function transaction(requestUri: string) {
  let csrf: string | null = null;
  return async function call<S extends TSchema>(
    request: { method: 'GET' | 'POST'; url: string; members?: Record<string, unknown> },
    schema: S,
  ): Promise<Static<S>> {
    const url = new URL(request.url);
    const members = { request_uri: requestUri, ...request.members };
    if (request.method === 'GET') {
      for (const [name, value] of Object.entries(members)) url.searchParams.set(name, String(value));
    }
    const response = await fetch(url, {
      method: request.method,
      headers: {
        accept: 'application/json',
        ...(csrf !== null && { 'server-csrf-token': csrf }),
        ...(request.method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(request.method === 'POST' && { body: JSON.stringify(members) }),
      signal: AbortSignal.timeout(30_000),
    });
    csrf = response.headers.get('server-csrf-token') ?? csrf;
    const body = parseJson(await response.text());
    if (response.ok) return readAnswer(schema, body, `${request.method} ${url.pathname}`);
    const why = Value.Check(OAuthError, body) ? `${body.error}: ${body.error_description ?? ''}` : '';
    throw new CliError(
      'sign-in-refused',
      `${request.method} ${url.pathname} answered ${response.status} ${why}`.trim(),
    );
  };
}

/** Signs the user in as a confidential back-end client does, and verifies what it is given. */
export async function signIn(options: SignInOptions): Promise<SignedIn> {
  const step = options.step ?? unwatched;
  const { client, username } = options;
  const config = await step('Discover the authentication service', () =>
    openid.discovery(
      new URL(options.issuer),
      client.id,
      client.secret,
      openid.ClientSecretBasic(client.secret),
      {
        // Only a demo on this machine speaks plain HTTP.
        execute: options.issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
      },
    ),
  );
  const endpoints = readAnswer(Discovered, config.serverMetadata(), 'Discovery');

  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const nonce = openid.randomNonce();
  const requestUri = await step('Push the authorization request (PAR, PKCE)', async () => {
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: client.redirectUri,
      scope: 'openid',
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const pushed = url.searchParams.get('request_uri');
    if (pushed === null) throw new CliError('answer-unexpected', 'PAR answered without a request_uri.');
    return pushed;
  });
  const call = transaction(requestUri);

  const authType = await step(
    'Ask which factors the user has',
    async () => {
      const flow = await call(
        { method: 'GET', url: endpoints.flow_endpoint, members: { username } },
        FlowAnswer,
      );
      const factor = flow.firstFactors.find((entry) => entry.type === 'FIDO');
      if (factor === undefined) {
        throw new CliError(
          'sign-in-refused',
          `The authentication service offers ${username} no FIDO factor.`,
        );
      }
      return factor.code;
    },
    (code) => code,
  );
  const challenge = await step('Ask for a challenge', () =>
    call(
      {
        method: 'POST',
        url: endpoints.code_endpoint,
        members: { grant_type: 'fido_challenge', authType, username },
      },
      fidoChallenge,
    ),
  );
  const assertion = await step('Sign it with the key', () => options.assert(challenge));
  await step('Verify the assertion', () =>
    call(
      {
        method: 'POST',
        url: endpoints.code_endpoint,
        members: { grant_type: 'password', authType, username, password: assertion },
      },
      nothing,
    ),
  );
  const granted = await step('Ask for the code', () =>
    call(
      {
        method: 'POST',
        url: endpoints.code_endpoint,
        members: { grant_type: 'code_request', authType, username },
      },
      CodeAnswer,
    ),
  );

  const tokens = await step('Exchange the code for tokens', async () => {
    const callback = new URL(client.redirectUri);
    for (const [name, value] of Object.entries(granted)) callback.searchParams.set(name, value);
    try {
      return await openid.authorizationCodeGrant(config, callback, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
    } catch (error) {
      throw new CliError('sign-in-refused', `The token endpoint refused the code: ${sentenceOf(error)}.`, {
        cause: error,
      });
    }
  });

  return step(
    'Verify the ID token against the published keys',
    async () => {
      const { id_token: idToken } = tokens;
      const { jwks_uri: jwksUri, issuer } = config.serverMetadata();
      if (idToken === undefined || jwksUri === undefined) {
        throw new CliError('answer-unexpected', 'The token endpoint answered without an ID token to verify.');
      }
      const verified = await jwtVerify(idToken, createRemoteJWKSet(new URL(jwksUri)), {
        issuer,
        audience: client.id,
        requiredClaims: ['sub', 'iat', 'exp', 'nonce'],
      });
      return { idToken, algorithm: verified.protectedHeader.alg, claims: verified.payload };
    },
    (signedIn) => signedIn.algorithm,
  );
}
