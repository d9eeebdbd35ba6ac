import type { Policy, PolicyRules, PolicyTable } from '@keywarden/domain';
import { readCursor, toPage } from './paging.ts';
import { statement, type TenantSession } from './session.ts';

interface PolicyRow {
  policy_id: string;
  name: string;
  version: number;
  rules: Omit<PolicyRules, 'minimumCertification'> & Partial<PolicyRules>;
  device_count: number;
  created_at: Date;
  updated_at: Date;
}

const columns = `p.policy_id, p.name, p.version, p.rules, p.created_at, p.updated_at,
  (SELECT count(*) FROM devices d WHERE d.policy_id = p.policy_id) AS device_count`;

const get = statement<PolicyRow>('policy.get', `SELECT ${columns} FROM policies p WHERE p.policy_id = $1`);
const names = statement<{ policy_id: string; name: string }>(
  'policy.names',
  'SELECT policy_id, name FROM policies WHERE policy_id = ANY ($1)',
);
const lock = statement<PolicyRow>(
  'policy.lock',
  `SELECT ${columns} FROM policies p WHERE p.policy_id = $1 FOR UPDATE OF p`,
);
const findByName = statement<PolicyRow>(
  'policy.find-by-name',
  `SELECT ${columns} FROM policies p WHERE p.name = $1`,
);
const list = statement<PolicyRow>(
  'policy.list',
  `SELECT ${columns} FROM policies p WHERE p.name > $1 ORDER BY p.name LIMIT $2`,
);
const total = statement<{ total: number }>('policy.total', 'SELECT count(*) AS total FROM policies');
const insert = statement(
  'policy.insert',
  'INSERT INTO policies (policy_id, name, rules, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)',
);
const update = statement(
  'policy.update',
  `UPDATE policies SET name = $2, rules = $3, updated_at = $5, version = version + 1
    WHERE policy_id = $1 AND version = $4`,
);
const remove = statement('policy.delete', 'DELETE FROM policies WHERE policy_id = $1');
// The foreign key is checked at commit; the command that asked is told now.
const checkNow = statement('policy.check-devices', 'SET CONSTRAINTS devices_policy IMMEDIATE');

export function policyTable(session: TenantSession): PolicyTable {
  return {
    async get(policyId) {
      const row = await session.row(get, [policyId]);
      return row && read(row);
    },
    async names(policyIds) {
      if (policyIds.length === 0) return new Map();
      const rows = await session.rows(names, [policyIds]);
      return new Map(rows.map((row) => [row.policy_id, row.name]));
    },
    async lock(policyId) {
      const row = await session.row(lock, [policyId]);
      return row && read(row);
    },
    async findByName(name) {
      const row = await session.row(findByName, [name]);
      return row && read(row);
    },
    async list(page) {
      const cursor = readCursor(page, 1);
      const rows = await session.rows(list, [cursor?.[0] ?? '', page.limit + 1]);
      const count = await session.row(total);
      return toPage({
        rows,
        total: count?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.name],
        read,
      });
    },
    async insert(policy) {
      await session.run(insert, [policy.policyId, policy.name, JSON.stringify(policy.rules), policy.at]);
    },
    async update(policy) {
      const written = await session.run(update, [
        policy.policyId,
        policy.name,
        JSON.stringify(policy.rules),
        policy.version,
        policy.at,
      ]);
      return written === 1;
    },
    async delete(policyId) {
      await session.run(remove, [policyId]);
      await session.run(checkNow);
    },
  };
}

function read(row: PolicyRow): Policy {
  return {
    policyId: row.policy_id,
    name: row.name,
    version: row.version,
    // Policies are older than the wish for a certification.
    rules: { ...row.rules, minimumCertification: row.rules.minimumCertification ?? null },
    deviceCount: row.device_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
