import {
  DomainError,
  longestTokenLifetime,
  provisioningScope,
  themeLanguages,
  type Workflow,
} from '@keywarden/domain';
import type { JWK } from 'jose';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { createAdapter, type TenantPorts } from './adapter.ts';
import { currentErrand } from './errand.ts';
import { errorPage, signedOutPage, signOutPage } from './pages.ts';
import { requestUriPrefix } from './pushed-request.ts';
import { TenantSigningKey } from './signing-key.ts';
import { openPlainRequest, tellLifetime } from './transaction-opening.ts';

export interface ProviderLog {
  error(detail: { readonly error: unknown; readonly tenantId: string }, message: string): void;
}

/** Below `/{tenant}`; what the specification calls them. */
export const openIdRoutes = {
  authorization: '/authn/login',
  pushed_authorization_request: '/authn/par',
  token: '/authn/token',
  userinfo: '/authn/userinfo',
  jwks: '/authn/jwks',
  introspection: '/authn/introspect',
  revocation: '/authn/revoke',
  end_session: '/authn/logout',
  registration: '/authn/register',
} as const;

/** Which claims come with which scope. */
export const claimsOfScopes = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
};

const day = 86_400;

/** The certified provider of one tenant, with our storage, keys and users. */
export async function createProvider(
  ports: TenantPorts,
  { workflow, log }: { workflow: Workflow; log: ProviderLog },
): Promise<Provider> {
  const { tenantId, surroundings, store } = ports;
  const issuer = `${surroundings.publicUrl}/${tenantId}`;
  const keys = (await ports.openIdKeys.privateKeys(tenantId)).map((key) => new TenantSigningKey(toJwk(key)));
  const algorithms = [...new Set(keys.flatMap((key) => (key.alg === undefined ? [] : [key.alg])))];
  const cookieKey = (await ports.secrets.key(tenantId, 'openid-cookies')).export().toString('base64url');
  const secure = surroundings.publicUrl.startsWith('https:');
  const cookies = {
    httpOnly: true,
    sameSite: 'lax',
    secure,
    signed: true,
    path: `/${tenantId}/authn`,
  } as const;

  const configuration: Configuration = {
    adapter: createAdapter(ports),
    acrValues: acrValues(workflow),
    claims: claimsOfScopes,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    clientDefaults: { id_token_signed_response_alg: algorithms.includes('ES256') ? 'ES256' : 'RS256' },
    cookies: { keys: [cookieKey], long: cookies, short: cookies },
    discovery: {
      flow_endpoint: `${issuer}/authn/flow`,
      code_endpoint: `${issuer}/authn/code`,
      consent_endpoint: `${issuer}/authn/consent`,
      theme_endpoint: `${issuer}/authn/theme`,
      enrollment_endpoint: `${issuer}/authn/enroll`,
      ui_locales_supported: themeLanguages,
    },
    enabledJWA: { idTokenSigningAlgValues: algorithms.filter(isSigning) },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      // For an essential acr (OpenID Connect Core §5.5.1.1), and for single claims of scopes that were granted.
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      // Whoever holds a token may ask of it, but must say who asks; only its own client may end it.
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) =>
          client.clientAuthMethod !== 'none' || token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      registration: { enabled: true, initialAccessToken: true },
      registrationManagement: { enabled: true },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => {
          ctx.body = signOutPage(ctx, form);
        },
        postLogoutSuccessSource: async (ctx) => {
          ctx.body = signedOutPage(ctx);
        },
      },
    },
    async findAccount(_ctx, sub) {
      const user =
        currentErrand()?.accounts.get(sub) ??
        (await store.transaction(tenantId, (tables) => tables.users.get(sub)));
      if (user === null || user.status !== 'active') return undefined;
      return {
        accountId: user.userId,
        claims: () => ({
          sub: user.userId,
          name: user.displayName,
          preferred_username: user.username,
          ...(user.email !== null && { email: user.email }),
        }),
      };
    },
    interactions: {
      // Everything that happens between request and code is ours: the portal, or the client's own front end.
      url: async (ctx) => {
        const pushed = ctx.oidc.entities.PushedAuthorizationRequest?.jti ?? (await openPlainRequest(ctx));
        const requestUri = encodeURIComponent(`${requestUriPrefix}${pushed}`);
        return `${issuer}/authn/portal?request_uri=${requestUri}`;
      },
    },
    jwks: { keys },
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
    renderError: async (ctx, out) => {
      if (ctx.accepts('json', 'html') === 'html') {
        ctx.type = 'html';
        ctx.body = errorPage(ctx, out);
      } else {
        ctx.body = out;
      }
    },
    responseTypes: ['code'],
    routes: openIdRoutes,
    scopes: ['openid', 'offline_access', provisioningScope],
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      Grant: longestTokenLifetime,
      IdToken: 3600,
      InitialAccessToken: day,
      Interaction: 300,
      RefreshToken: longestTokenLifetime,
      Session: day,
    },
  };
  const provider = new Provider(issuer, configuration);
  // The mount says which host and scheme it is, whatever the client claims.
  provider.proxy = true;
  provider.use(letGoAfterwards);
  provider.use(tellLifetime);
  provider.use(noteAuthentication);
  const tell = (error: unknown) => log.error({ error, tenantId }, 'the OpenID provider failed');
  provider.onerror = tell;
  provider.on('server_error', (ctx, error) => {
    tell(error);
    if (error instanceof DomainError && error.code === 'unavailable') tellUnavailable(ctx, error);
  });
  return provider;
}

/**
 * The provider gives each context a getter, which V8 allocates among what is old: it would keep the context, and with it request,
 * response, tokens and parameters, until everything is collected. So the context keeps nothing once the answer is gone.
 */
async function letGoAfterwards(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  // Not before: whoever hangs up early must not stop what has begun.
  ctx.res.once('close', () => {
    for (const held of [ctx.oidc, ctx]) {
      if (held === undefined) continue;
      for (const name of Object.keys(held)) Reflect.set(held, name, undefined);
    }
  });
}

/** A secret, a signed assertion, in the header or in the body: it is the provider that knows. A public client proves nothing. */
async function noteAuthentication(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const errand = currentErrand();
  const method = ctx.oidc?.client?.clientAuthMethod;
  if (errand !== undefined && method !== undefined && method !== 'none') {
    errand.authenticated = ctx.status < 300;
  }
}

/** Seconds. */
const retryAfter = '5';

/** RFC 6749 §4.1.2.1: what is nobody's mistake and passes. */
function tellUnavailable(ctx: KoaContextWithOIDC, error: DomainError): void {
  ctx.status = 503;
  ctx.set('retry-after', retryAfter);
  ctx.body = { error: 'temporarily_unavailable', error_description: error.message };
}

function acrValues({ firstFactors, secondFactors }: Workflow): readonly string[] {
  return [...new Set([...firstFactors, ...secondFactors].map((factor) => factor.acr))];
}

function toJwk(key: Readonly<Record<string, unknown>>): JWK {
  const { kty } = key;
  if (typeof kty !== 'string') throw new Error('a signing key of the tenant is no JWK');
  return { ...key, kty };
}

function isSigning(algorithm: string): algorithm is 'ES256' | 'RS256' {
  return algorithm === 'ES256' || algorithm === 'RS256';
}
