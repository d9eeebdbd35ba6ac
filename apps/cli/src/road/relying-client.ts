import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { type Static, Type } from 'typebox';
import { CliError, sentenceOf } from '../errors.ts';
import { readAnswer } from './answers.ts';
import { type StepRunner, unwatched } from './steps.ts';

const Endpoints = Type.Object({
  issuer: Type.String(),
  jwks_uri: Type.String(),
  flow_endpoint: Type.String(),
  code_endpoint: Type.String(),
  enrollment_endpoint: Type.String(),
});
export type Endpoints = Static<typeof Endpoints>;

export interface ClientRegistration {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** An authorization request that the service holds; the rest of it never left us. */
export interface PushedRequest {
  readonly requestUri: string;
  /** Where a browser goes on with it. */
  readonly authorizationUrl: URL;
  readonly codeVerifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** The claims of an ID token whose signature, issuer, audience, nonce and age were checked. */
export interface SignedIn {
  readonly idToken: string;
  readonly algorithm: string;
  readonly claims: JWTPayload;
}

/** A confidential back-end client of the authentication service. */
export interface RelyingClient {
  readonly endpoints: Endpoints;
  /** `extra`: more parameters of the authorization request. */
  push(extra?: Readonly<Record<string, string>>): Promise<PushedRequest>;
  /** `callback` is the redirect URI with what the service appended to it. */
  redeem(pushed: PushedRequest, callback: URL, step?: StepRunner): Promise<SignedIn>;
}

/** `issuer`: `<publicUrl>/<tenant>`. */
export async function relyingClient(
  issuer: string,
  registration: ClientRegistration,
): Promise<RelyingClient> {
  const { id, secret, redirectUri } = registration;
  const config = await openid.discovery(new URL(issuer), id, secret, openid.ClientSecretBasic(secret), {
    // Only a demo on this machine speaks plain HTTP.
    execute: issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
  });
  const endpoints = readAnswer(Endpoints, config.serverMetadata(), 'Discovery');

  async function exchange(pushed: PushedRequest, callback: URL): Promise<string> {
    try {
      const { id_token: idToken } = await openid.authorizationCodeGrant(config, callback, {
        pkceCodeVerifier: pushed.codeVerifier,
        expectedState: pushed.state,
        expectedNonce: pushed.nonce,
        idTokenExpected: true,
      });
      if (idToken !== undefined) return idToken;
    } catch (error) {
      const text = `The token endpoint refused the code: ${sentenceOf(error)}.`;
      throw new CliError('sign-in-refused', text, { cause: error });
    }
    throw new CliError('answer-unexpected', 'The token endpoint answered without an ID token.');
  }

  /** openid-client compares the claims; the signature is checked here, against what the service publishes. */
  async function verify(idToken: string): Promise<SignedIn> {
    const { payload, protectedHeader } = await jwtVerify(
      idToken,
      createRemoteJWKSet(new URL(endpoints.jwks_uri)),
      {
        issuer: endpoints.issuer,
        audience: id,
        requiredClaims: ['sub', 'iat', 'exp', 'nonce'],
      },
    );
    return { idToken, algorithm: protectedHeader.alg, claims: payload };
  }

  return {
    endpoints,
    async push(extra = {}) {
      const codeVerifier = openid.randomPKCECodeVerifier();
      const state = openid.randomState();
      const nonce = openid.randomNonce();
      const authorizationUrl = await openid.buildAuthorizationUrlWithPAR(config, {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        ...extra,
      });
      const requestUri = authorizationUrl.searchParams.get('request_uri');
      if (requestUri === null) {
        throw new CliError(
          'answer-unexpected',
          'The authorization request was pushed, but has no request_uri.',
        );
      }
      return { requestUri, authorizationUrl, codeVerifier, state, nonce };
    },
    async redeem(pushed, callback, step = unwatched) {
      const idToken = await step('Exchange the code for tokens', () => exchange(pushed, callback));
      return step(
        'Verify the ID token against the published keys',
        () => verify(idToken),
        ({ algorithm }) => algorithm,
      );
    },
  };
}
