import { createHash } from 'node:crypto';
import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import type { ProvenFactor } from './transaction.ts';

/** A person at her own account page. Of the secret that her browser holds, the SHA-256 is kept. */
export interface AccountSession {
  /** Names it in her list. */
  readonly sessionId: string;
  readonly sessionHash: Uint8Array;
  readonly userId: string;
  /** How she proved who she is when it began. */
  readonly provenFactors: readonly ProvenFactor[];
  readonly authenticatedAt: Date;
  /** What her browser called itself, at most 256 characters. */
  readonly userAgent: string | null;
  readonly clientIp: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** A sign-in to an application, as long as a token of it lives. */
export interface AccountVisit {
  readonly grantId: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly since: Date;
  readonly expiresAt: Date;
}

/** Milliseconds. Long enough to look for a key in a drawer, too short for a shared computer's next user. */
export const accountSessionLifetime = 60 * 60_000;
/** Milliseconds after a proof in which authenticators may be added and removed. */
export const recentAuthentication = 5 * 60_000;

/** Who is at her own account page, and acts. */
export interface AccountHolder {
  readonly tenantId: TenantId;
  readonly session: AccountSession;
  readonly user: User;
  readonly actor: Actor;
}

/** Of a browser's secret; 256 random bits need no slow hash, and a look-up by hash tells nothing by its time. */
export function accountSessionHash(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

/** The session of which the browser holds the secret; null where there is none (any more). */
export async function findAccountHolder(
  ports: Pick<Ports, 'store' | 'clock'>,
  input: {
    readonly tenantId: TenantId;
    readonly secret: string;
    readonly requestId: string | null;
    readonly clientIp: string | null;
  },
): Promise<AccountHolder | null> {
  const { tenantId, secret, requestId, clientIp } = input;
  const found = await ports.store.transaction(tenantId, (tables) =>
    tables.accountSessions.find(accountSessionHash(secret), ports.clock.now()),
  );
  if (found === null) return null;
  const { userId, username } = found.user;
  const actor: Actor = { kind: 'user', id: userId, name: username, role: null, requestId, clientIp };
  return { tenantId, ...found, actor };
}

/**
 * A browser that was left open must not be enough to change how somebody signs in.
 *
 * @throws DomainError `sign-in-too-old`
 */
export function requireRecentSignIn(ports: Pick<Ports, 'clock'>, { session }: AccountHolder): void {
  const age = ports.clock.now().getTime() - session.authenticatedAt.getTime();
  if (age <= recentAuthentication) return;
  throw new DomainError(
    'sign-in-too-old',
    'You signed in more than five minutes ago. Nothing was changed; sign in again, then repeat it.',
  );
}
