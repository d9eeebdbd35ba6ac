import type { PasswordTable, User, UserTable } from '@keywarden/domain';
import { readCursor, toPage } from './paging.ts';
import { lookup, statement, type TenantSession } from './session.ts';

export interface UserRow {
  user_id: string;
  username: string;
  display_name: string;
  email: string | null;
  status: User['status'];
  created_at: Date;
}

const columns = 'user_id, username, display_name, email, status, created_at';
// Whom a directory deleted, only her id is left of.
const alive = "status <> 'deleted'";
const get = lookup<UserRow>('user.get', `SELECT ${columns} FROM users WHERE user_id = $1 AND ${alive}`);
const findByUsername = lookup<UserRow>(
  'user.find-by-username',
  `SELECT ${columns} FROM users WHERE username_folded = lower($1) AND ${alive}`,
);
// U+10FFFF sorts after every character: all that begins with the prefix lies between.
const matches = (['username', 'display_name', 'email'] as const)
  .map((column) => `(${column}_folded >= lower($1) AND ${column}_folded < lower($1) || chr(1114111))`)
  .join(' OR ');
const search = statement<UserRow>(
  'user.search',
  `SELECT ${columns} FROM users WHERE (${matches}) AND ${alive} AND username_folded > lower($2) ORDER BY username_folded LIMIT $3`,
);
const searchTotal = statement<{ total: number }>(
  'user.search-total',
  `SELECT count(*) AS total FROM users WHERE (${matches}) AND ${alive}`,
);
const insert = statement('user.insert', `INSERT INTO users (${columns}) VALUES ($1, $2, $3, $4, $5, $6)`);
const update = statement(
  'user.update',
  // The list of addresses that a directory gave is no longer true where the one for mail is another.
  `UPDATE users SET username = $2, display_name = $3, email = $4, status = $5, version = version + 1,
          updated_at = date_trunc('milliseconds', now()),
          attributes = CASE WHEN email IS DISTINCT FROM $4 THEN attributes - 'emails' ELSE attributes END
    WHERE user_id = $1`,
);
// RFC 7643 §4.1.1: `locale` stands in for `preferredLanguage`.
const languages = lookup<{ preferred: string | null; locale: string | null }>(
  'user.languages',
  `SELECT attributes ->> 'preferredLanguage' AS preferred, attributes ->> 'locale' AS locale
     FROM users WHERE user_id = $1 AND ${alive}`,
);
const handlesByUsername = lookup<{ rp_id: string; user_handle: string }>(
  'user.handles-by-username',
  `SELECT h.rp_id, h.user_handle FROM users u JOIN user_handles h ON h.user_id = u.user_id WHERE u.username_folded = lower($1)`,
);
const keepHandle = statement(
  'user.keep-handle',
  'INSERT INTO user_handles (user_id, rp_id, user_handle) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
);
// DO UPDATE rather than DO NOTHING: it waits for a transaction that is inserting and returns what that one wrote.
const userHandle = statement<{ user_handle: string }>(
  'user.handle',
  `INSERT INTO user_handles (user_id, rp_id, user_handle) VALUES ($1, $2, $3)
   ON CONFLICT (tenant_id, user_id, rp_id) DO UPDATE SET user_handle = user_handles.user_handle
   RETURNING user_handle`,
);

export function userTable(session: TenantSession): UserTable {
  return {
    async get(userId) {
      const row = await session.row(get, [userId]);
      return row && readUser(row);
    },
    async findByUsername(username) {
      const row = await session.row(findByUsername, [username]);
      return row && readUser(row);
    },
    async search(query, page) {
      const cursor = readCursor(page, 1);
      const rows = await session.rows(search, [query, cursor?.[0] ?? '', page.limit + 1]);
      const count = await session.row(searchTotal, [query]);
      return toPage({
        rows,
        total: count?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.username],
        read: readUser,
      });
    },
    async insert(user) {
      await session.run(insert, [
        user.userId,
        user.username,
        user.displayName,
        user.email,
        user.status,
        user.createdAt,
      ]);
    },
    async update(user) {
      await session.run(update, [user.userId, user.username, user.displayName, user.email, user.status]);
    },
    async languages(userId) {
      const { preferred = null, locale = null } = (await session.row(languages, [userId])) ?? {};
      return [preferred, locale].filter((text) => text !== null);
    },
    readHandlesAhead: (username) => session.readAhead(handlesByUsername, [username]),
    async handles(username) {
      const rows = await session.rows(handlesByUsername, [username]);
      return new Map(rows.map((row) => [row.rp_id, row.user_handle]));
    },
    async keepHandle(userId, rpId, handle) {
      session.post(keepHandle, [userId, rpId, handle]);
    },
    async userHandle(userId, rpId, fresh) {
      const row = await session.row(userHandle, [userId, rpId, fresh]);
      return row?.user_handle ?? fresh;
    },
  };
}

/** Of a user that something else was joined with; all null where there is none. */
export interface JoinedUserRow {
  readonly user_id: string | null;
  readonly username: string;
  readonly display_name: string;
  readonly email: string | null;
  readonly status: User['status'];
  readonly user_created_at: Date;
}

/** The columns of a `JoinedUserRow`, of the table under that name. */
export const userColumns = (table: string) =>
  `${table}.user_id, ${table}.username, ${table}.display_name, ${table}.email, ${table}.status,
   ${table}.created_at AS user_created_at`;

export function readJoinedUser({
  user_id: userId,
  user_created_at: createdAt,
  ...rest
}: JoinedUserRow): User | null {
  return userId === null ? null : readUser({ ...rest, user_id: userId, created_at: createdAt });
}

export function readUser(row: UserRow): User {
  return {
    userId: row.user_id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    status: row.status,
    createdAt: row.created_at,
  };
}

const getPassword = statement<{ hash: string; failures: number; disabled_until: Date | null }>(
  'password.get',
  'SELECT hash, failures, disabled_until FROM passwords WHERE user_id = $1',
);
const setPassword = statement(
  'password.set',
  `INSERT INTO passwords (user_id, hash, expires_at) VALUES ($1, $2, $3)
   ON CONFLICT (tenant_id, user_id) DO UPDATE
     SET hash = $2, expires_at = $3, failures = 0, disabled_until = NULL`,
);
const recordFailure = statement<{ failures: number }>(
  'password.record-failure',
  `UPDATE passwords SET failures = failures + 1,
          disabled_until = CASE WHEN failures + 1 >= $2 THEN $3 ELSE disabled_until END
    WHERE user_id = $1 RETURNING failures`,
);
const recordSuccess = statement(
  'password.record-success',
  'UPDATE passwords SET failures = 0, disabled_until = NULL WHERE user_id = $1 AND failures > 0',
);

export function passwordTable(session: TenantSession): PasswordTable {
  return {
    async get(userId) {
      const row = await session.row(getPassword, [userId]);
      return row && { hash: row.hash, failures: row.failures, disabledUntil: row.disabled_until };
    },
    async set(userId, hash, expiresAt) {
      await session.run(setPassword, [userId, hash, expiresAt ?? null]);
    },
    async recordFailure(userId, { threshold, disabledUntil }) {
      const row = await session.row(recordFailure, [userId, threshold, disabledUntil]);
      return row?.failures ?? 0;
    },
    async recordSuccess(userId) {
      await session.run(recordSuccess, [userId]);
    },
  };
}
