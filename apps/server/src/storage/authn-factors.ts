import type { OneTimeCodeApp, OneTimeCodeAppTable, PasswordPolicyTable } from '@keywarden/domain';
import { statement, type TenantSession } from './session.ts';

interface AppRow {
  app_id: string;
  user_id: string;
  auth_type: string;
  friendly_name: string;
  sealed_secret: Uint8Array;
  status: OneTimeCodeApp['status'];
  failures: number;
  last_step: number | null;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}

const columns = `app_id, user_id, auth_type, friendly_name, sealed_secret, status, failures, last_step, created_at,
  expires_at, last_used_at`;
const get = statement<AppRow>(
  'one-time-code-app.get',
  `SELECT ${columns} FROM one_time_code_apps WHERE app_id = $1`,
);
const listByUser = statement<AppRow>(
  'one-time-code-app.list-by-user',
  `SELECT ${columns} FROM one_time_code_apps WHERE user_id = $1 ORDER BY created_at, app_id`,
);
const insert = statement(
  'one-time-code-app.insert',
  `INSERT INTO one_time_code_apps (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);
const confirm = statement(
  'one-time-code-app.confirm',
  `UPDATE one_time_code_apps SET status = 'ACTIVE', last_step = $2, last_used_at = $3, failures = 0, expires_at = NULL
    WHERE app_id = $1 AND status = 'PENDING'`,
);
const recordFailure = statement<{ failures: number }>(
  'one-time-code-app.record-failure',
  'UPDATE one_time_code_apps SET failures = failures + 1 WHERE app_id = $1 RETURNING failures',
);
const recordUse = statement(
  'one-time-code-app.record-use',
  `UPDATE one_time_code_apps SET last_step = $2, last_used_at = $3
    WHERE app_id = $1 AND status = 'ACTIVE' AND (last_step IS NULL OR last_step < $2)`,
);
const remove = statement('one-time-code-app.delete', 'DELETE FROM one_time_code_apps WHERE app_id = $1');
const deleteExpired = statement(
  'one-time-code-app.delete-expired',
  'DELETE FROM one_time_code_apps WHERE expires_at <= $1',
);

export function oneTimeCodeAppTable(session: TenantSession): OneTimeCodeAppTable {
  return {
    async get(appId) {
      const row = await session.row(get, [appId]);
      return row && read(row);
    },
    listByUser: async (userId) => (await session.rows(listByUser, [userId])).map(read),
    async insert(app) {
      await session.run(insert, [
        app.appId,
        app.userId,
        app.authType,
        app.friendlyName,
        app.sealedSecret,
        app.status,
        app.failures,
        app.lastStep,
        app.createdAt,
        app.expiresAt,
        app.lastUsedAt,
      ]);
    },
    async confirm(appId, { step, at }) {
      return (await session.run(confirm, [appId, step, at])) === 1;
    },
    async recordFailure(appId) {
      const row = await session.row(recordFailure, [appId]);
      return row?.failures ?? 0;
    },
    async recordUse(appId, { step, at }) {
      return (await session.run(recordUse, [appId, step, at])) === 1;
    },
    async delete(appId) {
      await session.run(remove, [appId]);
    },
    deleteExpired: (now) => session.run(deleteExpired, [now]),
  };
}

function read(row: AppRow): OneTimeCodeApp {
  return {
    appId: row.app_id,
    userId: row.user_id,
    authType: row.auth_type,
    friendlyName: row.friendly_name,
    sealedSecret: row.sealed_secret,
    status: row.status,
    failures: row.failures,
    lastStep: row.last_step,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}

const getPolicy = statement<{ minimum_length: number; refuse_breached: boolean }>(
  'password-policy.get',
  'SELECT minimum_length, refuse_breached FROM password_policies',
);
const currentPolicy = statement<{ minimum_length: number; refuse_breached: boolean; version: number }>(
  'password-policy.current',
  'SELECT minimum_length, refuse_breached, version FROM password_policies',
);
const setPolicy = statement(
  'password-policy.set',
  `INSERT INTO password_policies (minimum_length, refuse_breached) VALUES ($1, $2)
   ON CONFLICT (tenant_id) DO UPDATE SET minimum_length = $1, refuse_breached = $2,
     version = password_policies.version + 1 WHERE password_policies.version = $3`,
);

export function passwordPolicyTable(session: TenantSession): PasswordPolicyTable {
  return {
    async get() {
      const row = await session.row(getPolicy);
      return row && { minimumLength: row.minimum_length, refuseBreached: row.refuse_breached };
    },
    async current() {
      const row = await session.row(currentPolicy);
      return (
        row && {
          minimumLength: row.minimum_length,
          refuseBreached: row.refuse_breached,
          version: row.version,
        }
      );
    },
    async set({ minimumLength, refuseBreached, version }) {
      return (await session.run(setPolicy, [minimumLength, refuseBreached, version])) === 1;
    },
  };
}
