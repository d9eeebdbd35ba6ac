import { hash } from 'node:crypto';
import type { OpenIdRecord, OpenIdRecordTable } from '@keywarden/domain';
import { lookup, statement, type TenantSession } from './session.ts';
import { type JoinedUserRow, readJoinedUser, userColumns } from './users.ts';

interface RecordRow {
  payload: Record<string, unknown>;
  consumed_at: Date | null;
}

/** Without a grant, or without an account, its columns are null. */
interface GrantRow extends JoinedUserRow {
  grant_id: string | null;
  grant_payload: Record<string, unknown> | null;
  grant_consumed_at: Date | null;
}

const upsertFrom = (source: string) =>
  `INSERT INTO openid_records (model, id_hash, payload, grant_id, uid, account_id, client_id, expires_at)
   ${source}
   ON CONFLICT (tenant_id, model, id_hash) DO UPDATE
     SET payload = $3, grant_id = $4, uid = $5, account_id = $6, client_id = $7, expires_at = $8`;
const upsert = statement('openid.upsert', upsertFrom('VALUES ($1, $2, $3, $4, $5, $6, $7, $8)'));
const upsertForClient = statement(
  'openid.upsert-for-client',
  upsertFrom('SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE EXISTS (SELECT FROM clients WHERE client_id = $7)'),
);
// Expired ones stay visible: the provider itself tells an expired code from one that never was.
const find = lookup<RecordRow>(
  'openid.find',
  'SELECT payload, consumed_at FROM openid_records WHERE model = $1 AND id_hash = $2',
);
// What the other two are found by is worked out first: row-level security lets no index be asked with an expression that
// could tell what it sees. The grant is looked for by itself, one at most: while the table is new and not counted yet, PostgreSQL
// would rather read all grants of the tenant and compare each.
const findWithGrant = lookup<RecordRow & GrantRow>(
  'openid.find-with-grant',
  `WITH r AS MATERIALIZED (
     SELECT payload, consumed_at, grant_id, sha256(convert_to(grant_id, 'UTF8')) AS grant_hash, account_id::uuid AS account
       FROM openid_records WHERE model = $1 AND id_hash = $2
   )
   SELECT r.payload, r.consumed_at, r.grant_id, g.payload AS grant_payload, g.consumed_at AS grant_consumed_at,
          ${userColumns('u')}
     FROM r
     LEFT JOIN LATERAL (
       SELECT payload, consumed_at FROM openid_records WHERE model = 'Grant' AND id_hash = r.grant_hash LIMIT 1
     ) g ON true
     LEFT JOIN users u ON u.user_id = r.account AND u.status <> 'deleted'`,
);
const findByUid = statement<RecordRow>(
  'openid.find-by-uid',
  'SELECT payload, consumed_at FROM openid_records WHERE uid = $2 AND model = $1',
);
const consume = statement(
  'openid.consume',
  'UPDATE openid_records SET consumed_at = $3 WHERE model = $1 AND id_hash = $2 AND consumed_at IS NULL',
);
const destroy = statement('openid.destroy', 'DELETE FROM openid_records WHERE model = $1 AND id_hash = $2');
const revokeByGrant = statement('openid.revoke-by-grant', 'DELETE FROM openid_records WHERE grant_id = $1');
const destroyByAccount = statement(
  'openid.destroy-by-account',
  'DELETE FROM openid_records WHERE account_id = $1',
);
// Locked until the end: whoever revokes one of them waits, and then finds the grant.
const bindGrantTo = (which: string) => `WITH good AS (
     SELECT credential_id FROM credentials WHERE ${which} AND status = 'ACTIVE' FOR SHARE
   )
   INSERT INTO grant_credentials (grant_id, credential_id, expires_at) SELECT $1, credential_id, $3 FROM good
   ON CONFLICT DO NOTHING`;
const bindGrant = statement('openid.bind-grant', bindGrantTo('credential_id = ANY ($2)'));
// Nearly always one, whose plan is kept: how many an array has is looked at, and planned for, each time.
const bindGrantToOne = statement('openid.bind-grant-to-one', bindGrantTo('credential_id = $2'));
// The Grant itself is kept under the hash of its id; what it gave names the id. As arrays: there is no index for an OR of
// subqueries.
const destroyByCredential = statement(
  'openid.destroy-by-credential',
  `WITH bound AS (DELETE FROM grant_credentials WHERE credential_id = $1 RETURNING grant_id)
   DELETE FROM openid_records
    WHERE grant_id = ANY (ARRAY(SELECT grant_id FROM bound))
       OR (model = 'Grant' AND id_hash = ANY (ARRAY(SELECT sha256(convert_to(grant_id, 'UTF8')) FROM bound)))`,
);
const deleteExpiredBindings = statement(
  'openid.delete-expired-bindings',
  'DELETE FROM grant_credentials WHERE expires_at <= $1',
);
const deleteExpired = statement('openid.delete-expired', 'DELETE FROM openid_records WHERE expires_at <= $1');

export function openIdRecordTable(session: TenantSession): OpenIdRecordTable {
  return {
    async upsert(record) {
      session.post(upsert, columnsOf(record));
    },
    upsertForClient: (record) => session.claim(upsertForClient, columnsOf(record)),
    find: async (model, id) => read(await session.row(find, [model, sha256(id)])),
    async findWithGrant(model, id) {
      const row = await session.row(findWithGrant, [model, sha256(id)]);
      if (row === null) return null;
      const { grant_payload: grant, grant_consumed_at: grantConsumedAt } = row;
      return {
        payload: payloadOf(row),
        grantId: row.grant_id,
        grant: grant && payloadOf({ payload: grant, consumed_at: grantConsumedAt }),
        account: readJoinedUser(row),
      };
    },
    findByUid: async (model, uid) => read(await session.row(findByUid, [model, uid])),
    consume: (model, id, now) => session.claim(consume, [model, sha256(id), now]),
    async destroy(model, id) {
      await session.run(destroy, [model, sha256(id)]);
    },
    async revokeByGrantId(grantId) {
      await session.run(revokeByGrant, [grantId]);
    },
    destroyByAccount: (userId) => session.run(destroyByAccount, [userId]),
    async destroyGrant(grantId) {
      await session.run(revokeByGrant, [grantId]);
      await session.run(destroy, ['Grant', sha256(grantId)]);
    },
    async bindGrant({ grantId, credentialIds, expiresAt }) {
      const distinct = [...new Set(credentialIds)];
      const [only, ...others] = distinct;
      return others.length === 0 && only !== undefined
        ? session.claim(bindGrantToOne, [grantId, only, expiresAt])
        : session.claim(bindGrant, [grantId, distinct, expiresAt], distinct.length);
    },
    destroyByCredential: (credentialId) => session.run(destroyByCredential, [credentialId]),
    async deleteExpired(now) {
      await session.run(deleteExpiredBindings, [now]);
      return session.run(deleteExpired, [now]);
    },
  };
}

function columnsOf(record: OpenIdRecord): readonly unknown[] {
  const { model, id, payload, grantId, uid, accountId, clientId, expiresAt } = record;
  return [model, sha256(id), JSON.stringify(payload), grantId, uid, accountId, clientId, expiresAt];
}

function read(row: RecordRow | null): Readonly<Record<string, unknown>> | null {
  return row && payloadOf(row);
}

function payloadOf({ payload, consumed_at: consumedAt }: RecordRow): Readonly<Record<string, unknown>> {
  return consumedAt === null ? payload : { ...payload, consumed: Math.floor(consumedAt.getTime() / 1000) };
}

function sha256(text: string): Uint8Array {
  return hash('sha256', text, 'buffer');
}
