import type { ProvisioningToken, ProvisioningTokenTable } from '@keywarden/domain';
import { statement, type TenantSession } from './session.ts';

interface TokenRow {
  token_id: string;
  name: string;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const columns = 'token_id, name, created_by, created_at, expires_at, last_used_at, revoked_at';
const list = statement<TokenRow>(
  'provisioning-token.list',
  `SELECT ${columns} FROM provisioning_tokens ORDER BY token_id DESC LIMIT 1000`,
);
const get = statement<TokenRow>(
  'provisioning-token.get',
  `SELECT ${columns} FROM provisioning_tokens WHERE token_id = $1`,
);
const findByHash = statement<TokenRow>(
  'provisioning-token.find-by-hash',
  `SELECT ${columns} FROM provisioning_tokens WHERE token_hash = $1`,
);
const insert = statement(
  'provisioning-token.insert',
  `INSERT INTO provisioning_tokens (token_id, name, created_by, created_at, expires_at, token_hash)
   VALUES ($1, $2, $3, $4, $5, $6)`,
);
const recordUse = statement(
  'provisioning-token.record-use',
  'UPDATE provisioning_tokens SET last_used_at = $2 WHERE token_id = $1',
);
const revoke = statement(
  'provisioning-token.revoke',
  'UPDATE provisioning_tokens SET revoked_at = $2 WHERE token_id = $1 AND revoked_at IS NULL',
);

export function provisioningTokenTable(session: TenantSession): ProvisioningTokenTable {
  return {
    list: async () => (await session.rows(list)).map(read),
    async get(tokenId) {
      const row = await session.row(get, [tokenId]);
      return row && read(row);
    },
    async insert({ tokenId, name, createdBy, createdAt, expiresAt, tokenHash }) {
      await session.run(insert, [tokenId, name, createdBy, createdAt, expiresAt, tokenHash]);
    },
    async findByHash(tokenHash) {
      const row = await session.row(findByHash, [tokenHash]);
      return row && read(row);
    },
    async recordUse(tokenId, at) {
      await session.run(recordUse, [tokenId, at]);
    },
    revoke: async (tokenId, at) => (await session.run(revoke, [tokenId, at])) === 1,
  };
}

function read(row: TokenRow): ProvisioningToken {
  return {
    tokenId: row.token_id,
    name: row.name,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
