import type { Operator, OperatorTable } from '@keywarden/domain';
import { statement, type TenantSession } from './session.ts';

interface OperatorRow {
  operator_id: string;
  name: string;
  email: string | null;
  role: Operator['role'];
  created_at: Date;
}
type SessionRow = OperatorRow & { session_hash: Uint8Array; session_created_at: Date; expires_at: Date };

const get = statement<OperatorRow>(
  'operator.get',
  'SELECT operator_id, name, email, role, created_at FROM operators WHERE operator_id = $1',
);
const list = statement<OperatorRow>(
  'operator.list',
  'SELECT operator_id, name, email, role, created_at FROM operators ORDER BY name, operator_id',
);
const insert = statement(
  'operator.insert',
  'INSERT INTO operators (operator_id, name, email, role, created_at) VALUES ($1, $2, $3, $4, $5)',
);
const insertSession = statement(
  'operator-session.insert',
  `INSERT INTO operator_sessions (session_hash, operator_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
);
const findSession = statement<SessionRow>(
  'operator-session.find',
  `SELECT s.session_hash, s.created_at AS session_created_at, s.expires_at, o.operator_id, o.name, o.email, o.role,
          o.created_at
     FROM operator_sessions s JOIN operators o USING (tenant_id, operator_id) WHERE s.session_hash = $1`,
);
const deleteSession = statement(
  'operator-session.delete',
  'DELETE FROM operator_sessions WHERE session_hash = $1',
);
const insertLink = statement(
  'sign-in-link.insert',
  'INSERT INTO sign_in_links (link_hash, operator_id, uses_left, expires_at) VALUES ($1, $2, $3, $4)',
);
// uses_left NULL stays NULL: it may be used until it expires.
const consumeLink = statement<OperatorRow>(
  'sign-in-link.consume',
  `WITH used AS (
     UPDATE sign_in_links SET uses_left = uses_left - 1
      WHERE link_hash = $1 AND expires_at > $2 AND (uses_left IS NULL OR uses_left > 0) RETURNING operator_id
   )
   SELECT operator_id, name, email, role, created_at FROM operators JOIN used USING (operator_id)`,
);
const deleteReusableLinks = statement(
  'sign-in-link.delete-reusable',
  'DELETE FROM sign_in_links WHERE operator_id = $1 AND uses_left IS NULL',
);
const deleteExpiredSessions = statement(
  'operator-session.delete-expired',
  'DELETE FROM operator_sessions WHERE expires_at <= $1',
);
const deleteExpiredLinks = statement(
  'sign-in-link.delete-expired',
  'DELETE FROM sign_in_links WHERE expires_at <= $1 OR uses_left = 0',
);

export function operatorTable(session: TenantSession): OperatorTable {
  return {
    async get(operatorId) {
      const row = await session.row(get, [operatorId]);
      return row && read(row);
    },
    async list() {
      return (await session.rows(list)).map(read);
    },
    async insert(operator) {
      await session.run(insert, [
        operator.operatorId,
        operator.name,
        operator.email,
        operator.role,
        operator.createdAt,
      ]);
    },
    async insertSession({ sessionHash, operatorId, createdAt, expiresAt }) {
      await session.run(insertSession, [sessionHash, operatorId, createdAt, expiresAt]);
    },
    async findSession(sessionHash) {
      const row = await session.row(findSession, [sessionHash]);
      if (row === null) return null;
      return {
        sessionHash: row.session_hash,
        operatorId: row.operator_id,
        createdAt: row.session_created_at,
        expiresAt: row.expires_at,
        operator: read(row),
      };
    },
    async deleteSession(sessionHash) {
      await session.run(deleteSession, [sessionHash]);
    },
    async insertSignInLink({ linkHash, operatorId, usesLeft, expiresAt }) {
      await session.run(insertLink, [linkHash, operatorId, usesLeft, expiresAt]);
    },
    async consumeSignInLink(linkHash, now) {
      const row = await session.row(consumeLink, [linkHash, now]);
      return row && read(row);
    },
    async deleteReusableSignInLinks(operatorId) {
      await session.run(deleteReusableLinks, [operatorId]);
    },
    async deleteExpired(now) {
      return (
        (await session.run(deleteExpiredSessions, [now])) + (await session.run(deleteExpiredLinks, [now]))
      );
    },
  };
}

function read(row: OperatorRow): Operator {
  return {
    operatorId: row.operator_id,
    name: row.name,
    email: row.email,
    role: row.role,
    createdAt: row.created_at,
  };
}
