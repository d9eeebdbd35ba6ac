import type { Operator, OperatorTable } from '@keywarden/domain';
import { escapeLike, readCursor, toPage } from './paging.ts';
import { lookup, statement, type TenantSession } from './session.ts';

interface OperatorRow {
  operator_id: string;
  name: string;
  email: string | null;
  role: Operator['role'];
  status: Operator['status'];
  version: number;
  created_at: Date;
  last_signed_in_at: Date | null;
  name_folded: string;
}
type SessionRow = OperatorRow & { session_hash: Uint8Array; session_created_at: Date; expires_at: Date };

const columns = `o.operator_id, o.name, o.email, o.role, o.status, o.version, o.created_at, o.last_signed_in_at,
  o.name_folded`;
const get = lookup<OperatorRow>(
  'operator.get',
  `SELECT ${columns} FROM operators o WHERE o.operator_id = $1`,
);
const list = statement<OperatorRow>(
  'operator.list',
  `SELECT ${columns} FROM operators o ORDER BY o.name, o.operator_id`,
);
const matches = `(o.name_folded LIKE '%' || lower($1) || '%' OR o.email_folded LIKE '%' || lower($1) || '%')`;
const search = statement<OperatorRow>(
  'operator.search',
  `SELECT ${columns} FROM operators o
    WHERE ${matches} AND ($2::text IS NULL OR (o.name_folded, o.operator_id) > ($2, $3::uuid))
    ORDER BY o.name_folded, o.operator_id LIMIT $4`,
);
const searchTotal = statement<{ total: number }>(
  'operator.search-total',
  `SELECT count(*) AS total FROM operators o WHERE ${matches}`,
);
// In one order, so that two who change each other wait for each other; what refers to an operator need not.
const lock = statement<OperatorRow>(
  'operator.lock',
  `SELECT ${columns} FROM operators o
    WHERE o.operator_id = $1 OR (o.status = 'active' AND o.role = ANY ($2::text[]))
    ORDER BY o.operator_id FOR NO KEY UPDATE`,
);
const insert = statement(
  'operator.insert',
  'INSERT INTO operators (operator_id, name, email, role, created_at) VALUES ($1, $2, $3, $4, $5)',
);
const update = statement<OperatorRow>(
  'operator.update',
  `UPDATE operators o SET name = $2, email = $3, role = $4, status = $5, version = version + 1
    WHERE operator_id = $1 RETURNING ${columns}`,
);
const deleteSessions = statement(
  'operator-session.delete-all',
  'DELETE FROM operator_sessions WHERE operator_id = $1',
);
const deleteLinks = statement('sign-in-link.delete-all', 'DELETE FROM sign_in_links WHERE operator_id = $1');
const insertSession = statement(
  'operator-session.insert',
  `WITH session AS (
     INSERT INTO operator_sessions (session_hash, operator_id, created_at, expires_at) VALUES ($1, $2, $3, $4)
   )
   UPDATE operators SET last_signed_in_at = $3 WHERE operator_id = $2`,
);
const findSession = lookup<SessionRow>(
  'operator-session.find',
  `SELECT s.session_hash, s.created_at AS session_created_at, s.expires_at, ${columns}
     FROM operator_sessions s JOIN operators o USING (tenant_id, operator_id)
    WHERE s.session_hash = $1 AND o.status = 'active'`,
);
const deleteSession = statement(
  'operator-session.delete',
  'DELETE FROM operator_sessions WHERE session_hash = $1',
);
const signedIn = statement<{ operator_id: string }>(
  'operator-session.signed-in',
  'SELECT DISTINCT operator_id FROM operator_sessions WHERE expires_at > $1',
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
   SELECT ${columns} FROM operators o JOIN used USING (operator_id) WHERE o.status = 'active'`,
);
const deleteSingleLinks = statement(
  'sign-in-link.delete-single',
  'DELETE FROM sign_in_links WHERE operator_id = $1 AND uses_left IS NOT NULL',
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
    async search(query, page) {
      const [name = null, id = null] = readCursor(page, 2) ?? [];
      const text = escapeLike(query);
      const rows = await session.rows(search, [text, name, id, page.limit + 1]);
      return toPage({
        rows,
        total: (await session.row(searchTotal, [text]))?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.name_folded, row.operator_id],
        read,
      });
    },
    async lock(operatorId, roles) {
      return (await session.rows(lock, [operatorId, roles])).map(read);
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
    async update(operator) {
      const { operatorId, name, email, role, status } = operator;
      const row = await session.row(update, [operatorId, name, email, role, status]);
      return row === null ? operator : read(row);
    },
    async endAccess(operatorId) {
      await session.run(deleteLinks, [operatorId]);
      return session.run(deleteSessions, [operatorId]);
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
    async signedIn(now) {
      return (await session.rows(signedIn, [now])).map((row) => row.operator_id);
    },
    async insertSignInLink({ linkHash, operatorId, usesLeft, expiresAt }) {
      await session.run(insertLink, [linkHash, operatorId, usesLeft, expiresAt]);
    },
    async consumeSignInLink(linkHash, now) {
      const row = await session.row(consumeLink, [linkHash, now]);
      return row && read(row);
    },
    async deleteSingleSignInLinks(operatorId) {
      await session.run(deleteSingleLinks, [operatorId]);
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
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    lastSignedInAt: row.last_signed_in_at,
  };
}
