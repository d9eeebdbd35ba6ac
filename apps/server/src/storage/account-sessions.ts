import type { AccountSession, AccountSessionTable, User, VisitTable } from '@keywarden/domain';
import { lookup, statement, type TenantSession } from './session.ts';

interface SessionRow {
  session_hash: Uint8Array;
  session_id: string;
  user_id: string;
  proven_factors: AccountSession['provenFactors'];
  authenticated_at: Date;
  user_agent: string | null;
  client_ip: string | null;
  created_at: Date;
  expires_at: Date;
}
interface FoundRow extends SessionRow {
  u_username: string;
  u_display_name: string;
  u_email: string | null;
  u_status: User['status'];
  u_created_at: Date;
}

const columns = `s.session_hash, s.session_id, s.user_id, s.proven_factors, s.authenticated_at, s.user_agent, s.client_ip,
                 s.created_at, s.expires_at`;

const insert = statement(
  'account-session.insert',
  `INSERT INTO account_sessions
     (session_hash, session_id, user_id, proven_factors, credential_ids, authenticated_at, user_agent, client_ip,
      created_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
const find = lookup<FoundRow>(
  'account-session.find',
  `SELECT ${columns}, u.username AS u_username, u.display_name AS u_display_name, u.email AS u_email,
          u.status AS u_status, u.created_at AS u_created_at
     FROM account_sessions s JOIN users u USING (tenant_id, user_id)
    WHERE s.session_hash = $1 AND s.expires_at > $2 AND u.status = 'active'`,
);
const lockOwner = statement<{ user_id: string }>(
  'account-session.lock-owner',
  'SELECT user_id FROM users WHERE user_id = $1 FOR NO KEY UPDATE',
);
const listByUser = statement<SessionRow>(
  'account-session.list-by-user',
  `SELECT ${columns} FROM account_sessions s WHERE s.user_id = $1 AND s.expires_at > $2
    ORDER BY s.created_at DESC, s.session_id`,
);
const forgetCredential = statement(
  'account-session.forget-credential',
  'UPDATE account_sessions SET credential_ids = array_remove(credential_ids, $2) WHERE session_hash = $1',
);
const replaceProofs = statement(
  'account-session.replace-proofs',
  'UPDATE account_sessions SET proven_factors = $2 WHERE session_hash = $1',
);
const deleteOne = statement(
  'account-session.delete',
  'DELETE FROM account_sessions WHERE user_id = $1 AND session_id = $2',
);
const deleteByUser = statement(
  'account-session.delete-by-user',
  'DELETE FROM account_sessions WHERE user_id = $1 AND session_id IS DISTINCT FROM $2',
);
const deleteByCredential = statement(
  'account-session.delete-by-credential',
  `DELETE FROM account_sessions
    WHERE user_id = (SELECT c.user_id FROM credentials c WHERE c.credential_id = $1) AND $1 = ANY (credential_ids)`,
);
const deleteExpired = statement(
  'account-session.delete-expired',
  'DELETE FROM account_sessions WHERE expires_at <= $1',
);

export function accountSessionTable(session: TenantSession): AccountSessionTable {
  return {
    async insert(one) {
      await session.run(insert, [
        one.sessionHash,
        one.sessionId,
        one.userId,
        JSON.stringify(one.provenFactors),
        one.provenFactors.flatMap(({ credentialId }) => (credentialId === null ? [] : [credentialId])),
        one.authenticatedAt,
        one.userAgent,
        one.clientIp,
        one.createdAt,
        one.expiresAt,
      ]);
    },
    async find(sessionHash, now) {
      const row = await session.row(find, [sessionHash, now]);
      return row === null ? null : { session: read(row), user: readUser(row) };
    },
    async lockOwner(userId) {
      await session.row(lockOwner, [userId]);
    },
    listByUser: async (userId, now) => (await session.rows(listByUser, [userId, now])).map(read),
    async forgetCredential(sessionHash, credentialId) {
      await session.run(forgetCredential, [sessionHash, credentialId]);
    },
    async replaceProofs(sessionHash, proofs) {
      await session.run(replaceProofs, [sessionHash, JSON.stringify(proofs)]);
    },
    delete: ({ userId, sessionId }) => session.run(deleteOne, [userId, sessionId]),
    deleteByUser: (userId, options) => session.run(deleteByUser, [userId, options?.except ?? null]),
    deleteByCredential: (credentialId) => session.run(deleteByCredential, [credentialId]),
    deleteExpired: (now) => session.run(deleteExpired, [now]),
  };
}

interface VisitRow {
  grant_id: string;
  client_id: string;
  client_name: string;
  since: Date;
  expires_at: Date;
}

const listVisits = statement<VisitRow>(
  'visit.list-by-user',
  `SELECT r.grant_id, r.client_id, c.name AS client_name, to_timestamp(min((r.payload->>'iat')::bigint)) AS since,
          max(r.expires_at) AS expires_at
     FROM openid_records r JOIN clients c USING (tenant_id, client_id)
    WHERE r.account_id = $1 AND r.model IN ('AccessToken', 'RefreshToken') AND r.grant_id IS NOT NULL
      AND r.expires_at > $2
    GROUP BY r.grant_id, r.client_id, c.name
    ORDER BY since DESC, r.grant_id
    LIMIT 100`,
);
// The grant itself has no grant_id: its digest is what it is kept under.
const endVisit = statement(
  'visit.end',
  `DELETE FROM openid_records
    WHERE account_id = $1 AND (grant_id = $2 OR (model = 'Grant' AND id_hash = sha256(convert_to($2, 'UTF8'))))`,
);

export function visitTable(session: TenantSession): VisitTable {
  return {
    async listByUser(userId, now) {
      return (await session.rows(listVisits, [userId, now])).map((row) => ({
        grantId: row.grant_id,
        clientId: row.client_id,
        clientName: row.client_name,
        since: row.since,
        expiresAt: row.expires_at,
      }));
    },
    end: ({ userId, grantId }) => session.run(endVisit, [userId, grantId]),
  };
}

function read(row: SessionRow): AccountSession {
  return {
    sessionId: row.session_id,
    sessionHash: row.session_hash,
    userId: row.user_id,
    provenFactors: row.proven_factors,
    authenticatedAt: row.authenticated_at,
    userAgent: row.user_agent,
    clientIp: row.client_ip,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

function readUser(row: FoundRow): User {
  return {
    userId: row.user_id,
    username: row.u_username,
    displayName: row.u_display_name,
    email: row.u_email,
    status: row.u_status,
    createdAt: row.u_created_at,
  };
}
