import { createHash } from 'node:crypto';
import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import { type Provisioner, type ProvisioningToken, provisioningScope } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';

/** The prefix lets scanners of repositories and logs find one that leaked. */
const tokenPattern = /^kwp_[A-Za-z0-9_-]{43}$/;
const day = 24 * 60 * 60_000;
/** Milliseconds between two notes of when a token was last used. */
const useNoted = 5 * 60_000;

/** A long-lived bearer token for a directory; told this once and kept as its hash. */
export async function issueProvisioningToken(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; name: string; expiresInDays: number },
): Promise<{ readonly token: ProvisioningToken; readonly secret: string }> {
  requirePermission(actor, 'provisioning-tokens.write');
  const name = input.name.normalize('NFC').trim();
  if (name === '' || /\p{Cc}/u.test(name)) {
    throw new DomainError('input-invalid', 'A token has a name without control characters.', {
      particulars: { field: 'name' },
    });
  }
  const secret = `kwp_${toBase64Url(ports.random.bytes(32))}`;
  const createdAt = ports.clock.now();
  const token: ProvisioningToken = {
    tokenId: ports.random.uuid(),
    name,
    createdBy: actor.name,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + input.expiresInDays * day),
    lastUsedAt: null,
    revokedAt: null,
  };
  await ports.store.transaction(input.tenantId, async (tables) => {
    await tables.provisioningTokens.insert({ ...token, tokenHash: hashOf(secret) });
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'provisioning-token.issued',
        target: targetOf(token),
        description: `Whoever holds it may provision until ${token.expiresAt.toISOString()}.`,
        particulars: { until: token.expiresAt.toISOString() },
      },
    );
  });
  return { token, secret };
}

/** Newest first; those that are over too. */
export async function listProvisioningTokens(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId },
): Promise<readonly ProvisioningToken[]> {
  requirePermission(actor, 'provisioning-tokens.read');
  return ports.store.transaction(input.tenantId, (tables) => tables.provisioningTokens.list());
}

/** From its commit on, the token opens nothing. Again is harmless. */
export async function revokeProvisioningToken(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; tokenId: string },
): Promise<void> {
  requirePermission(actor, 'provisioning-tokens.write');
  await ports.store.transaction(input.tenantId, async (tables) => {
    const token = await tables.provisioningTokens.get(input.tokenId);
    if (token === null) {
      throw new DomainError('provisioning-token-not-found', 'There is no such provisioning token.');
    }
    if (!(await tables.provisioningTokens.revoke(token.tokenId, ports.clock.now()))) return;
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'provisioning-token.revoked',
        target: targetOf(token),
        description: 'Nobody can provision with it any more.',
      },
    );
  });
}

/**
 * Who provisions with this bearer: a provisioning token of the tenant, or an access token that a client which may provision
 * got for itself.
 *
 * @throws DomainError `bearer-invalid`, `scope-missing`
 */
export async function authenticateProvisioner(
  ports: Ports,
  input: {
    tenantId: TenantId;
    bearer: string | null;
    requestId: string | null;
    clientIp: string | null;
  },
): Promise<Provisioner> {
  const { tenantId, bearer, requestId, clientIp } = input;
  if (bearer === null) {
    throw new DomainError('bearer-invalid', 'Send a bearer token in the Authorization header.');
  }
  const who = tokenPattern.test(bearer)
    ? await holderOf(ports, tenantId, bearer)
    : await clientOf(ports, tenantId, bearer);
  return { kind: 'client', role: null, scope: provisioningScope, requestId, clientIp, ...who };
}

interface Who {
  readonly id: string;
  readonly name: string;
}

async function holderOf(ports: Ports, tenantId: TenantId, bearer: string): Promise<Who> {
  const now = ports.clock.now();
  const token = await ports.store.transaction(tenantId, async (tables) => {
    // 256 random bits: a look-up by hash tells nothing by its time.
    const found = await tables.provisioningTokens.findByHash(hashOf(bearer));
    if (found === null || found.revokedAt !== null || found.expiresAt <= now) return null;
    if (found.lastUsedAt === null || now.getTime() - found.lastUsedAt.getTime() >= useNoted) {
      await tables.provisioningTokens.recordUse(found.tokenId, now);
    }
    return found;
  });
  if (token === null) throw unknownBearer();
  return { id: token.tokenId, name: `Provisioning token “${token.name}”` };
}

async function clientOf(ports: Ports, tenantId: TenantId, bearer: string): Promise<Who> {
  const token = await ports.clientTokens.find(tenantId, bearer);
  if (token === null) throw unknownBearer();
  const client = await ports.store.transaction(tenantId, (tables) =>
    tables.clients.provisioning(token.clientId),
  );
  // RFC 6749 §3.3: a client that asked for no scope has what it may have.
  const asked = token.scopes.length === 0 || token.scopes.includes(provisioningScope);
  if (client === null || !asked) {
    throw new DomainError(
      'scope-missing',
      'This client may not provision. An administrator allows it, and its token has the scope “scim” or none.',
      { detail: `client ${token.clientId}` },
    );
  }
  return { id: token.clientId, name: client.name };
}

function unknownBearer(): DomainError {
  return new DomainError('bearer-invalid', 'The bearer token is unknown, revoked or expired.');
}

function hashOf(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

function targetOf({ tokenId, name }: ProvisioningToken) {
  return { kind: 'provisioning-token', id: tokenId, name };
}
