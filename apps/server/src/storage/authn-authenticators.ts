import type { AuthenticatorTable, Credential, User, UserAuthenticators } from '@keywarden/domain';
import { type CredentialRow, credentialColumns, readCredential } from './credentials.ts';
import { statement, type TenantSession } from './session.ts';

/** One row for each credential; one without a credential where the user has none. */
type AuthenticatorRow = {
  u_user_id: string;
  u_username: string;
  u_display_name: string;
  u_email: string | null;
  u_status: User['status'];
  u_created_at: Date;
  u_password_hash: string | null;
} & (CredentialRow | { [Column in keyof CredentialRow]: null });

const select = (found: string) => `
  SELECT u.user_id AS u_user_id, u.username AS u_username, u.display_name AS u_display_name, u.email AS u_email,
         u.status AS u_status, u.created_at AS u_created_at, p.hash AS u_password_hash, c.*
    FROM users u
    LEFT JOIN passwords p ON p.user_id = u.user_id
    LEFT JOIN LATERAL (SELECT ${credentialColumns} FROM credentials k WHERE k.user_id = u.user_id) c ON true
   WHERE ${found}
   ORDER BY c.created_at, c.credential_id`;

const byUsername = statement<AuthenticatorRow>('authenticators.by-username', select('u.username = $1'));
const byUserHandle = statement<AuthenticatorRow>(
  'authenticators.by-user-handle',
  select('u.user_id = (SELECT h.user_id FROM user_handles h WHERE h.rp_id = $1 AND h.user_handle = $2)'),
);
const byCredential = statement<AuthenticatorRow>(
  'authenticators.by-credential',
  select('u.user_id = (SELECT i.user_id FROM credentials i WHERE i.credential_id = $1)'),
);

export function authenticatorTable(session: TenantSession): AuthenticatorTable {
  return {
    findByUsername: async (username) => read(await session.rows(byUsername, [username])),
    findByUserHandle: async (rpId, userHandle) => read(await session.rows(byUserHandle, [rpId, userHandle])),
    findByCredentialId: async (credentialId) => read(await session.rows(byCredential, [credentialId])),
  };
}

function read(rows: readonly AuthenticatorRow[]): UserAuthenticators | null {
  const [first] = rows;
  if (first === undefined) return null;
  return {
    user: {
      userId: first.u_user_id,
      username: first.u_username,
      displayName: first.u_display_name,
      email: first.u_email,
      status: first.u_status,
      createdAt: first.u_created_at,
    },
    passwordHash: first.u_password_hash,
    credentials: rows.flatMap((row): Credential[] =>
      row.credential_id === null ? [] : [readCredential(row)],
    ),
  };
}
