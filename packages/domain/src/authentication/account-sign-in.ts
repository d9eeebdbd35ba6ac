import { createHash } from 'node:crypto';
import { equalBytes, toBase64Url } from '@keywarden/fido2/bytes';
import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import { DomainError } from '../errors.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import {
  type AccountHolder,
  type AccountSession,
  accountSessionHash,
  accountSessionLifetime,
} from './account-session.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { userActor } from './prove.ts';
import { freshTransactionState, type TransactionState, transactionLifetime } from './transaction.ts';

/** The account page is a client of the authentication service like any other, and every tenant's own. */
export const accountClientId = 'keywarden-account';
const requestUriPrefix = 'urn:keywarden:account:';

/** Where the portal sends the browser back to. */
export function accountPageUrl({ surroundings }: Pick<Ports, 'surroundings'>, tenantId: TenantId): string {
  return `${surroundings.publicUrl}/${tenantId}/authn/account`;
}

/** A sign-in under way; `secret` binds it to the browser that began it. */
export interface PendingSignIn {
  readonly requestUri: string;
  readonly secret: string;
}

/** Opens a transaction of the account page: the portal does the rest. */
export async function beginAccountSignIn(
  ports: Ports,
  input: { readonly tenantId: TenantId; readonly loginHint: string | null },
): Promise<PendingSignIn> {
  const { tenantId, loginHint } = input;
  const secret = toBase64Url(ports.random.bytes(32));
  const request = accountRequest(ports, tenantId, {
    loginHint,
    state: stateOf(secret),
    codeChallenge: challengeOf(secret),
  });
  const requestUri = await ports.store.transaction(tenantId, (tables) =>
    openAccountTransaction(ports, tables, { tenantId, request, state: freshTransactionState }),
  );
  return { requestUri, secret };
}

/**
 * Trades the code that the portal came back with for a session, once, in the browser that began the sign-in.
 *
 * @returns the secret that the browser keeps; it is stored nowhere
 * @throws DomainError `account-sign-in-invalid`
 */
export async function completeAccountSignIn(
  ports: Ports,
  actor: Actor,
  input: {
    readonly tenantId: TenantId;
    readonly pending: PendingSignIn;
    readonly code: string;
    readonly state: string;
    readonly userAgent: string | null;
    /** What the browser held until now: one browser, one session. */
    readonly before: string | null;
  },
): Promise<{ readonly secret: string; readonly expiresAt: Date }> {
  const { tenantId, pending, userAgent, before } = input;
  const text = new TextEncoder();
  if (!equalBytes(text.encode(input.state), text.encode(stateOf(pending.secret)))) {
    throw invalid('the state is of another sign-in');
  }
  const secret = toBase64Url(ports.random.bytes(32));
  return ports.store.transaction(tenantId, async (tables) => {
    const now = ports.clock.now();
    const loaded = await tables.transactions.load(pending.requestUri, now);
    if (loaded === null || loaded.transaction.clientId !== accountClientId) {
      throw invalid('there is no such transaction');
    }
    const { subject, provenFactors } = loaded.transaction.state;
    if (subject === null) throw invalid('nobody proved anything');
    await redeem(tables, { code: input.code, userId: subject.userId, pending, now });
    const user = await tables.users.get(subject.userId);
    if (user === null || user.status !== 'active') throw invalid('the user is gone or disabled');
    const proofs = provenFactors.map((proven) => Date.parse(proven.at));
    const session: AccountSession = {
      sessionId: ports.random.uuid(),
      sessionHash: accountSessionHash(secret),
      userId: user.userId,
      provenFactors,
      authenticatedAt: new Date(Math.max(...proofs)),
      userAgent: userAgent?.slice(0, 256) ?? null,
      clientIp: actor.clientIp,
      createdAt: now,
      expiresAt: new Date(now.getTime() + accountSessionLifetime),
    };
    if (before !== null) await endBySecret(tables, before, now);
    await tables.accountSessions.insert(session);
    await recordEvent(
      { ports, tables, actor: userActor(actor, user) },
      {
        type: 'account.opened',
        target: { kind: 'user', id: user.userId, name: user.username },
        description: `${user.username} opened the account page, signed in with ${provenFactors.map((one) => one.authType).join(' and ')}.`,
      },
    );
    return { secret, expiresAt: session.expiresAt };
  });
}

/** Signs out of the account page. Again is harmless. */
export async function endAccountSession(ports: Ports, holder: AccountHolder): Promise<void> {
  const { tenantId, session } = holder;
  await ports.store.transaction(tenantId, async (tables) => {
    await tables.accountSessions.delete(session);
  });
}

/**
 * A transaction in which the holder of a session has proven what she proved when it began: the steps of an enrollment ask
 * of it what they ask of any. No code comes of it.
 */
export async function continueAccountSession(ports: Ports, holder: AccountHolder): Promise<string> {
  const { tenantId, session, user } = holder;
  const { userId, username } = user;
  const request = accountRequest(ports, tenantId, { loginHint: username, state: null, codeChallenge: null });
  const state: TransactionState = {
    ...freshTransactionState,
    subject: { userId, username, usernameless: false },
    provenFactors: session.provenFactors,
    codeIssued: true,
  };
  return ports.store.transaction(tenantId, (tables) =>
    openAccountTransaction(ports, tables, { tenantId, request, state }),
  );
}

function accountRequest(
  ports: Pick<Ports, 'surroundings'>,
  tenantId: TenantId,
  own: Pick<AuthorizationRequest, 'loginHint' | 'state' | 'codeChallenge'>,
): AuthorizationRequest {
  return {
    clientId: accountClientId,
    redirectUri: accountPageUrl(ports, tenantId),
    responseMode: null,
    scope: 'openid',
    nonce: null,
    codeChallengeMethod: own.codeChallenge === null ? null : 'S256',
    acrValues: null,
    uiLocales: null,
    claims: null,
    dpopJkt: null,
    ...own,
  };
}

async function openAccountTransaction(
  ports: Ports,
  tables: Tables,
  input: {
    readonly tenantId: TenantId;
    readonly request: AuthorizationRequest;
    readonly state: TransactionState;
  },
): Promise<string> {
  const { tenantId, request, state } = input;
  const now = ports.clock.now();
  const requestUri = `${requestUriPrefix}${toBase64Url(ports.random.bytes(32))}`;
  await ensureAccountClient(ports, tables, tenantId);
  const opened = await tables.transactions.insert({
    requestUri,
    clientId: accountClientId,
    request,
    // The OpenID provider is never shown it: nothing under this prefix was pushed.
    requestObject: '',
    trusted: true,
    state,
    version: 1,
    createdAt: now,
    expiresAt: new Date(now.getTime() + transactionLifetime * 1000),
  });
  if (!opened) throw new Error('the client of the account page was there a moment ago');
  return requestUri;
}

async function ensureAccountClient(ports: Ports, tables: Tables, tenantId: TenantId): Promise<void> {
  const page = accountPageUrl(ports, tenantId);
  const known = await tables.clients.get(accountClientId);
  const uris: unknown = known?.metadata['redirect_uris'];
  // The server may have moved to another address since.
  if (Array.isArray(uris) && uris.length === 1 && uris[0] === page) return;
  await tables.clients.upsert({
    clientId: accountClientId,
    name: 'Account',
    metadata: {
      client_name: 'Account',
      redirect_uris: [page],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
    },
    sealedSecret: null,
    consentRequired: false,
    createdAt: known?.createdAt ?? ports.clock.now(),
  });
}

/**
 * RFC 6749 §4.1.3 and RFC 7636 §4.6 without the way over HTTP: the code counts once, for the client, the person and the
 * verifier that it was made for. Nothing else comes of its grant.
 */
async function redeem(
  tables: Tables,
  input: { code: string; userId: string; pending: PendingSignIn; now: Date },
): Promise<void> {
  const { code, userId, pending, now } = input;
  const record = await tables.openIdRecords.find('AuthorizationCode', code);
  const expires = record?.['exp'];
  const good =
    record !== null &&
    record['clientId'] === accountClientId &&
    record['accountId'] === userId &&
    record['codeChallenge'] === challengeOf(pending.secret) &&
    typeof expires === 'number' &&
    expires * 1000 > now.getTime();
  if (!good) throw invalid('the code is unknown, old, or of another sign-in');
  if (!(await tables.openIdRecords.consume('AuthorizationCode', code, now))) {
    throw invalid('the code was used before');
  }
  const grantId = record['grantId'];
  if (typeof grantId !== 'string') return;
  await tables.openIdRecords.destroyGrant(grantId);
}

async function endBySecret(tables: Tables, secret: string, now: Date): Promise<void> {
  const found = await tables.accountSessions.find(accountSessionHash(secret), now);
  if (found !== null) await tables.accountSessions.delete(found.session);
}

function challengeOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Another digest than the challenge: the state is seen in addresses. */
function stateOf(secret: string): string {
  return createHash('sha256').update('state\0').update(secret).digest('base64url');
}

function invalid(detail: string): DomainError {
  return new DomainError(
    'account-sign-in-invalid',
    'This sign-in is over, was used before, or began in another browser.',
    { detail },
  );
}
