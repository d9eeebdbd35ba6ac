import { createHash } from 'node:crypto';
import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import type { Operator } from '../operator.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';

/** A working day; then the operator signs in again. */
const sessionLifetimeMilliseconds = 12 * 60 * 60_000;
const linkLifetimeMilliseconds = 15 * 60_000;

/** What a bearer holds: `<tenant>.<32 random bytes, base64url>`. Only the hash of the second half is stored. */
const bearerPattern = /^([a-z0-9][a-z0-9-]{0,62})\.([A-Za-z0-9_-]{43})$/;

function makeBearer(ports: Ports, tenantId: TenantId): { text: string; hash: Uint8Array } {
  const secret = Buffer.from(ports.random.bytes(32)).toString('base64url');
  return { text: `${tenantId}.${secret}`, hash: hashOf(secret) };
}

function readBearer(text: string): { tenantId: TenantId; hash: Uint8Array } | null {
  const [, tenantId, secret] = bearerPattern.exec(text) ?? [];
  return tenantId === undefined || secret === undefined ? null : { tenantId, hash: hashOf(secret) };
}

// 256 random bits need no slow hash, and a look-up by hash tells nothing by its time.
function hashOf(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

/**
 * A link by which an operator signs in: once and within 15 minutes, unless `until` says that it may be used again and
 * again until then.
 *
 * @returns the token of the link; it is stored nowhere
 */
export async function issueSignInLink(
  ports: Ports,
  input: { tenantId: TenantId; operatorId: string; until?: Date },
): Promise<string> {
  const { tenantId, operatorId, until } = input;
  return ports.store.transaction(tenantId, async (tables) => {
    const operator = await tables.operators.get(operatorId);
    if (operator === null) throw operatorNotFound();
    return (await addSignInLink({ ports, tables }, operator, until)).token;
  });
}

/** A link as above, in the transaction of what it is issued for. @throws DomainError `operator-deactivated` */
export async function addSignInLink(
  { ports, tables }: { ports: Ports; tables: Tables },
  { operatorId, status, name }: Operator,
  until?: Date,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  if (status !== 'active') {
    throw new DomainError('operator-deactivated', `${name} is deactivated and can not sign in.`);
  }
  const { text, hash } = makeBearer(ports, tables.tenantId);
  const expiresAt = until ?? new Date(ports.clock.now().getTime() + linkLifetimeMilliseconds);
  const usesLeft = until === undefined ? 1 : null;
  await tables.operators.insertSignInLink({ linkHash: hash, operatorId, usesLeft, expiresAt });
  return { token: text, expiresAt };
}

export function operatorNotFound(): DomainError {
  return new DomainError('operator-not-found', 'There is no such operator.');
}

/** Ends the links that may be used again and again, when what they were made for stops. */
export async function withdrawReusableSignInLinks(
  ports: Ports,
  input: { tenantId: TenantId; operatorId: string },
): Promise<void> {
  await ports.store.transaction(input.tenantId, (tables) =>
    tables.operators.deleteReusableSignInLinks(input.operatorId),
  );
}

/** For a job: forgets sessions and links that are over. */
export async function forgetOperatorSessions(ports: Ports, input: { tenantId: TenantId }): Promise<number> {
  return ports.store.transaction(input.tenantId, (tables) =>
    tables.operators.deleteExpired(ports.clock.now()),
  );
}

export interface OperatorSignedIn {
  readonly tenantId: TenantId;
  readonly operator: Operator;
  readonly expiresAt: Date;
}

/** Trades the token of a sign-in link for a session; `secret` is what the operator's browser keeps. */
export async function signInOperator(
  ports: Ports,
  input: { token: string; requestId: string | null; clientIp: string | null },
): Promise<OperatorSignedIn & { readonly secret: string }> {
  const invalid = () =>
    new DomainError(
      'sign-in-link-invalid',
      'This sign-in link is wrong, used up or expired. Ask for a new one.',
    );
  const link = readBearer(input.token);
  if (link === null) throw invalid();
  const { tenantId } = link;
  const bearer = makeBearer(ports, tenantId);
  return ports.store.transaction(tenantId, async (tables) => {
    const now = ports.clock.now();
    const operator = await tables.operators.consumeSignInLink(link.hash, now);
    if (operator === null) throw invalid();
    const expiresAt = new Date(now.getTime() + sessionLifetimeMilliseconds);
    await tables.operators.insertSession({
      sessionHash: bearer.hash,
      operatorId: operator.operatorId,
      createdAt: now,
      expiresAt,
    });
    await recordEvent(
      { ports, tables, actor: actorOf(operator, input) },
      {
        type: 'operator.signed-in',
        target: { kind: 'operator', id: operator.operatorId, name: operator.name },
        description: `${operator.name} signed in by a sign-in link.`,
      },
    );
    return { tenantId, operator, expiresAt, secret: bearer.text };
  });
}

/** The session of which the browser holds the secret; null when there is none (any more). */
export async function findOperatorSession(ports: Ports, secret: string): Promise<OperatorSignedIn | null> {
  const bearer = readBearer(secret);
  if (bearer === null) return null;
  const { tenantId } = bearer;
  const session = await ports.store.transaction(tenantId, (tables) =>
    tables.operators.findSession(bearer.hash),
  );
  if (session === null || session.expiresAt <= ports.clock.now()) return null;
  return { tenantId, operator: session.operator, expiresAt: session.expiresAt };
}

/** Again is harmless. */
export async function signOutOperator(
  ports: Ports,
  input: { secret: string; requestId: string | null; clientIp: string | null },
): Promise<void> {
  const bearer = readBearer(input.secret);
  if (bearer === null) return;
  await ports.store.transaction(bearer.tenantId, async (tables) => {
    const session = await tables.operators.findSession(bearer.hash);
    if (session === null) return;
    await tables.operators.deleteSession(bearer.hash);
    await recordEvent(
      { ports, tables, actor: actorOf(session.operator, input) },
      {
        type: 'operator.signed-out',
        target: { kind: 'operator', id: session.operatorId, name: session.operator.name },
        description: `${session.operator.name} signed out.`,
      },
    );
  });
}

function actorOf(operator: Operator, request: { requestId: string | null; clientIp: string | null }): Actor {
  const { requestId, clientIp } = request;
  return {
    kind: 'operator',
    id: operator.operatorId,
    name: operator.name,
    role: operator.role,
    requestId,
    clientIp,
  };
}
