/**
 * The floor with the OpenID provider in it: pushed requests, codes and tokens are its own, from a memory that costs nothing, and
 * everything else is as bare as in floor.ts. What is left out is all that a service does beside them.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider, { type Adapter, type AdapterPayload, type KoaContextWithOIDC } from 'oidc-provider';
import { TenantSigningKey } from '../src/openid/signing-key.ts';

interface Client {
  readonly clientId: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** Round trips of the database, before the provider takes a call and before its answer goes. */
interface Trips {
  before?(): Promise<unknown>;
  after(told: { readonly body: unknown; readonly code: string }): Promise<unknown>;
}

export interface FloorProvider {
  serve(request: IncomingMessage, response: ServerResponse, trips: Trips): Promise<void>;
  /** A code for what was pushed. */
  code(requestUri: string, username: string): Promise<string>;
}

export function openFloorProvider(issuer: string, { clientId, secret, redirectUri }: Client): FloorProvider {
  const records = new Map<string, AdapterPayload>();
  const nothing = async () => undefined;
  const adapter = (model: string): Adapter => ({
    async upsert(id, payload) {
      records.set(`${model}:${id}`, payload);
    },
    find: async (id) => records.get(`${model}:${id}`),
    async consume(id) {
      records.delete(`${model}:${id}`);
    },
    async destroy(id) {
      records.delete(`${model}:${id}`);
    },
    findByUserCode: nothing,
    findByUid: nothing,
    revokeByGrantId: nothing,
  });
  const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const provider = new Provider(issuer, {
    adapter,
    clients: [
      {
        client_id: clientId,
        client_secret: secret,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    features: {
      devInteractions: { enabled: false },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      pushedAuthorizationRequests: { enabled: true },
    },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: { url: () => issuer },
    jwks: { keys: [new TenantSigningKey({ ...signing, kty: 'EC', alg: 'ES256', kid: 'floor' })] },
    routes: { pushed_authorization_request: '/authn/par', token: '/authn/token' },
    scopes: ['openid'],
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600 },
  });
  provider.proxy = true;
  const tripsOf = new WeakMap<IncomingMessage, Trips>();
  provider.use(async (context: KoaContextWithOIDC, next: () => Promise<void>) => {
    const trips = tripsOf.get(context.req);
    await trips?.before?.();
    await next();
    await trips?.after({ body: context.body, code: String(context.oidc.params?.['code']) });
  });
  const callback = provider.callback();
  return {
    serve(request, response, trips) {
      tripsOf.set(request, trips);
      const url = request.url ?? '';
      Object.assign(request, { originalUrl: url, url: url.slice(new URL(issuer).pathname.length) });
      return callback(request, response);
    },
    async code(requestUri, username) {
      const client = await provider.Client.find(clientId);
      const pushed = await provider.PushedAuthorizationRequest.find(requestUri.split(':').at(-1) ?? '');
      if (client === undefined || pushed?.request === undefined) throw new Error('nothing was pushed');
      const claims = Buffer.from(pushed.request.split('.')[1] ?? '', 'base64url').toString();
      const { nonce, code_challenge: codeChallenge } = JSON.parse(claims) as Readonly<Record<string, string>>;
      const grant = new provider.Grant({ accountId: username, clientId });
      grant.addOIDCScope('openid');
      const grantId = await grant.save();
      const code = new provider.AuthorizationCode({
        accountId: username,
        client,
        grantId,
        gty: 'authorization_code',
        redirectUri,
        scope: 'openid',
        ...(nonce !== undefined && { nonce }),
        ...(codeChallenge !== undefined && { codeChallenge, codeChallengeMethod: 'S256' }),
      });
      return code.save();
    },
  };
}
