import { createHash } from 'node:crypto';
import { isUsable } from '../passkey-device.ts';
import type { UserAuthenticators } from '../ports/index.ts';
import { hasPassword } from './holdings.ts';

/** What proved a factor: as long as it stands, so does the proof. null: not by such a thing. */
export interface Evidence {
  readonly credentialId: string | null;
  /** The authenticator app whose code it was. */
  readonly appId: string | null;
  /** Names the password that it was, and no later one. */
  readonly passwordMark: string | null;
  /**
   * True: an operator handed it over, and it opens nothing before she has replaced it. False: she has, in this transaction.
   * Absent where it was none.
   */
  readonly passwordIsTemporary?: boolean;
}

export const noEvidence: Evidence = { credentialId: null, appId: null, passwordMark: null };

/** Of the salted hash: says nothing of the password that the hash does not. */
export function passwordMarkOf(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, 22);
}

/**
 * Between the proof and what is opened by it, somebody may have revoked the passkey, removed the app or set another password:
 * whoever had got hold of the old one goes no further.
 */
export function stands(
  { credentialId, appId, passwordMark }: Evidence,
  authenticators: Pick<
    UserAuthenticators,
    'credentials' | 'oneTimeCodeApps' | 'passwordHash' | 'passwordExpiresAt'
  >,
  now: Date,
): boolean {
  const { credentials, oneTimeCodeApps, passwordHash } = authenticators;
  const passkey =
    credentialId === null ||
    credentials.some((held) => held.credentialId === credentialId && isUsable(held, now));
  const app = appId === null || oneTimeCodeApps.some((held) => held.appId === appId);
  const password =
    passwordMark === null ||
    (passwordHash !== null &&
      hasPassword(authenticators, now) &&
      passwordMarkOf(passwordHash) === passwordMark);
  return passkey && app && password;
}
