import type {
  AuthenticatorTable,
  Credential,
  PendingDevice,
  User,
  UserAuthenticators,
} from '@keywarden/domain';
import { type CredentialRow, credentialColumns, readCredential } from './credentials.ts';
import { lookup, type TenantSession } from './session.ts';

/** As jsonb has it: times are ISO 8601. */
type PendingRow = Omit<PendingDevice, 'validFrom' | 'validUntil'> & {
  validFrom: string | null;
  validUntil: string | null;
  createdAt: string;
};

/** One row for each credential; one without a credential where the user has none. */
type AuthenticatorRow = {
  /** False: hers whose row stands in for somebody who does not exist. */
  u_named: boolean;
  u_user_id: string;
  u_username: string;
  u_display_name: string;
  u_email: string | null;
  u_status: User['status'];
  u_created_at: Date;
  u_password_hash: string | null;
  u_password_expires_at: Date | null;
  u_apps: readonly { app_id: string; auth_type: string; sealed_secret: string }[] | null;
  u_pending: PendingRow[] | null;
  u_groups: string[] | null;
  u_roles: string[] | null;
} & (CredentialRow | { [Column in keyof CredentialRow]: null });

/**
 * The devices that wait for her passkey; times as JavaScript reads them. Not in order: while a table is new and not counted yet,
 * PostgreSQL would rather read all devices of the tenant by the index that has the order than sort hers.
 */
const pendingDevices = `(
  SELECT jsonb_agg(jsonb_build_object('deviceId', d.device_id, 'status', d.status, 'deviceType', d.device_type,
                                      'validFrom', d.valid_from, 'validUntil', d.valid_until,
                                      'createdAt', d.created_at))
    FROM passkey_devices d WHERE d.user_id = u.user_id AND d.status = 'PENDING')`;

const groups = `(
  SELECT jsonb_agg(g.display_name ORDER BY g.display_name)
    FROM group_members m JOIN groups g ON g.group_id = m.group_id WHERE m.user_id = u.user_id)`;
const roles = `jsonb_path_query_array(u.attributes, '$.roles[*].value ? (@.type() == "string")')`;

const select = ({ from = 'users', where = 'true', named = 'true' }) => `
  SELECT ${named} AS u_named, u.user_id AS u_user_id, u.username AS u_username, u.display_name AS u_display_name,
         u.email AS u_email, u.status AS u_status, u.created_at AS u_created_at, p.hash AS u_password_hash,
         p.expires_at AS u_password_expires_at, o.apps AS u_apps, ${pendingDevices} AS u_pending, ${groups} AS u_groups,
         ${roles} AS u_roles, c.*
    FROM ${from} u
    LEFT JOIN passwords p ON p.user_id = u.user_id
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object(
               'app_id', a.app_id, 'auth_type', a.auth_type, 'sealed_secret', encode(a.sealed_secret, 'hex'))) AS apps
        FROM one_time_code_apps a WHERE a.user_id = u.user_id AND a.status = 'ACTIVE') o ON true
    LEFT JOIN LATERAL (SELECT ${credentialColumns} FROM credentials k WHERE k.user_id = u.user_id) c ON true
   WHERE ${where}
   ORDER BY c.created_at, c.credential_id`;

/**
 * Whoever comes next in the order of names is read where nobody has this one, and thrown away: what a tenth of a millisecond
 * less of PostgreSQL's work tells of a name is told to nobody (test/enumeration.test.ts).
 */
const byUsername = lookup<AuthenticatorRow>(
  'authenticators.by-username',
  select({
    from: `(
      (SELECT * FROM users WHERE username_folded >= lower($1) ORDER BY username_folded LIMIT 1)
      UNION ALL (SELECT * FROM users ORDER BY username_folded DESC LIMIT 1)
      LIMIT 1)`,
    named: 'u.username_folded = lower($1)',
  }),
);
const byUserHandle = lookup<AuthenticatorRow>(
  'authenticators.by-user-handle',
  select({
    where: 'u.user_id = (SELECT h.user_id FROM user_handles h WHERE h.rp_id = $1 AND h.user_handle = $2)',
  }),
);
const byCredential = lookup<AuthenticatorRow>(
  'authenticators.by-credential',
  select({ where: 'u.user_id = (SELECT i.user_id FROM credentials i WHERE i.credential_id = $1)' }),
);

export function authenticatorTable(session: TenantSession): AuthenticatorTable {
  return {
    readAhead: (username) => session.readAhead(byUsername, [username]),
    findByUsername: async (username) => read(await session.rows(byUsername, [username])),
    findByUserHandle: async (rpId, userHandle) => read(await session.rows(byUserHandle, [rpId, userHandle])),
    findByCredentialId: async (credentialId) => read(await session.rows(byCredential, [credentialId])),
  };
}

function read(rows: readonly AuthenticatorRow[]): UserAuthenticators | null {
  const [first] = rows;
  if (first === undefined) return null;
  const found: UserAuthenticators = {
    user: {
      userId: first.u_user_id,
      username: first.u_username,
      displayName: first.u_display_name,
      email: first.u_email,
      status: first.u_status,
      createdAt: first.u_created_at,
    },
    passwordHash: first.u_password_hash,
    passwordExpiresAt: first.u_password_expires_at,
    oneTimeCodeApps: (first.u_apps ?? []).map((app) => ({
      appId: app.app_id,
      authType: app.auth_type,
      sealedSecret: Uint8Array.from(Buffer.from(app.sealed_secret, 'hex')),
    })),
    credentials: rows.flatMap((row): Credential[] =>
      row.credential_id === null ? [] : [readCredential(row)],
    ),
    pendingDevices: (first.u_pending ?? [])
      .toSorted((one, other) => (ageOf(one) < ageOf(other) ? -1 : 1))
      .map(({ createdAt: _, validFrom, validUntil, ...device }) => ({
        ...device,
        validFrom: timeOf(validFrom),
        validUntil: timeOf(validUntil),
      })),
    groups: first.u_groups ?? [],
    roles: first.u_roles ?? [],
  };
  // Only here: a row that stands in for nobody is read as far as any other.
  return first.u_named ? found : null;
}

/** The older first, and of the same age always the same one. */
function ageOf({ createdAt, deviceId }: PendingRow): string {
  return `${createdAt} ${deviceId}`;
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
