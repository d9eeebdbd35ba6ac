import type { Attributes, Group, GroupMember, GroupReference, GroupTable } from '@keywarden/domain';
import { type Place, type Rows, uuidPattern } from './scim-filter.ts';
import { type Listed, listDirectory } from './scim-list.ts';
import { statement, type TenantSession } from './session.ts';

export interface GroupRow {
  group_id: string;
  display_name: string;
  external_id: string | null;
  attributes: Attributes;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export const groupColumns =
  'g.group_id, g.display_name, g.external_id, g.attributes, g.version, g.created_at, g.updated_at';
const get = statement<GroupRow>('group.get', `SELECT ${groupColumns} FROM groups g WHERE g.group_id = $1`);
const lock = statement<GroupRow>(
  'group.lock',
  `SELECT ${groupColumns} FROM groups g WHERE g.group_id = $1 FOR UPDATE`,
);
const findByName = statement<GroupRow>(
  'group.find-by-name',
  `SELECT ${groupColumns} FROM groups g WHERE g.display_name_folded = lower($1) OR g.external_id = $1
    ORDER BY g.display_name_folded = lower($1) DESC, g.group_id LIMIT 1`,
);
const insert = statement(
  'group.insert',
  `INSERT INTO groups (group_id, display_name, external_id, attributes, version, created_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);
const update = statement<GroupRow>(
  'group.update',
  `UPDATE groups g SET display_name = $2, external_id = $3, attributes = $4, version = version + 1, updated_at = $5
    WHERE group_id = $1 RETURNING ${groupColumns}`,
);
const remove = statement('group.delete', 'DELETE FROM groups WHERE group_id = $1');
const members = statement<{ group_id: string; user_id: string; username: string; display_name: string }>(
  'group.members',
  `SELECT m.group_id, m.user_id, u.username, u.display_name
     FROM group_members m JOIN users u ON u.user_id = m.user_id
    WHERE m.group_id = ANY ($1::uuid[]) ORDER BY m.group_id, m.user_id LIMIT $2`,
);
const addMembers = statement(
  'group.add-members',
  `INSERT INTO group_members (group_id, user_id) SELECT $1::uuid, id FROM unnest($2::uuid[]) AS id
   ON CONFLICT DO NOTHING`,
);
const removeMembers = statement(
  'group.remove-members',
  'DELETE FROM group_members WHERE group_id = $1 AND user_id = ANY ($2::uuid[])',
);
const removeOthers = statement(
  'group.remove-others',
  'DELETE FROM group_members WHERE group_id = $1 AND NOT (user_id = ANY ($2::uuid[]))',
);
const ofUsers = statement<{ user_id: string; group_id: string; display_name: string }>(
  'group.of-users',
  `SELECT m.user_id, g.group_id, g.display_name
     FROM group_members m JOIN groups g ON g.group_id = m.group_id
    WHERE m.user_id = ANY ($1::uuid[]) ORDER BY g.display_name_folded`,
);

const simple: Readonly<Record<string, Place>> = {
  id: { kind: 'uuid', text: 'g.group_id', searched: true, required: true },
  externalId: { kind: 'text', text: 'g.external_id', searched: true },
  displayName: {
    kind: 'text',
    text: 'g.display_name',
    folded: 'g.display_name_folded',
    searched: true,
    required: true,
  },
  'meta.created': { kind: 'instant', text: 'g.created_at', searched: true, required: true },
  'meta.lastModified': { kind: 'instant', text: 'g.updated_at', searched: true, required: true },
  'meta.resourceType': { kind: 'text', text: "'Group'::text", required: true },
};

const memberPlaces: Readonly<Record<string, Place>> = {
  value: { kind: 'uuid', text: 'm.user_id' },
  display: {
    kind: 'text',
    text: '(SELECT u.display_name FROM users u WHERE u.user_id = m.user_id)',
  },
  type: { kind: 'text', text: "'User'::text" },
};
const memberRows: Rows = {
  kind: 'rows',
  from: 'group_members m',
  of: 'm.group_id = g.group_id',
  below: (names) => memberPlaces[names.join('.')] ?? null,
  narrow: ([name], { operator, text, value }) => {
    if (name !== 'value' || operator !== 'eq') return null;
    const user = uuidPattern.test(text) ? `${value()}::uuid` : 'NULL::uuid';
    return `SELECT m.group_id FROM group_members m WHERE m.user_id = ${user}`;
  },
};

const listed: Listed = {
  from: 'groups g',
  columns: groupColumns,
  always: 'true',
  id: 'g.group_id',
  json: 'g.attributes',
  place: ({ path }) => (path[0] === 'members' ? memberRows : (simple[path.join('.')] ?? null)),
};

export function groupTable(session: TenantSession): GroupTable {
  const ofMany = async (userIds: readonly string[]) => {
    const found = new Map<string, GroupReference[]>(userIds.map((userId) => [userId, []]));
    for (const row of userIds.length === 0 ? [] : await session.rows(ofUsers, [userIds])) {
      found.get(row.user_id)?.push({ groupId: row.group_id, displayName: row.display_name });
    }
    return found;
  };
  return {
    async get(groupId) {
      const row = await session.row(get, [groupId]);
      return row && readGroup(row);
    },
    async lock(groupId) {
      const row = await session.row(lock, [groupId]);
      return row && readGroup(row);
    },
    async findByName(name) {
      const row = await session.row(findByName, [name]);
      return row && readGroup(row);
    },
    list: (query) =>
      listDirectory<GroupRow, Group>(session, query, {
        listed,
        read: readGroup,
        idOf: (row) => row.group_id,
      }),
    async insert(group) {
      await session.run(insert, [
        group.groupId,
        group.displayName,
        group.externalId,
        JSON.stringify(group.attributes),
        group.version,
        group.createdAt,
        group.updatedAt,
      ]);
    },
    async update(group) {
      const row = await session.row(update, [
        group.groupId,
        group.displayName,
        group.externalId,
        JSON.stringify(group.attributes),
        group.updatedAt,
      ]);
      return row === null ? group : readGroup(row);
    },
    async delete(groupId) {
      await session.run(remove, [groupId]);
    },
    async members(groupIds, limit) {
      const rows = groupIds.length === 0 ? [] : await session.rows(members, [groupIds, limit]);
      return rows.map((row): GroupMember & { groupId: string } => ({
        groupId: row.group_id,
        userId: row.user_id,
        username: row.username,
        displayName: row.display_name,
      }));
    },
    async changeMembers(groupId, { replace, add, remove: gone }) {
      let removed = 0;
      if (replace) removed = await session.run(removeOthers, [groupId, add]);
      else if (gone.length > 0) removed = await session.run(removeMembers, [groupId, gone]);
      const added = add.length === 0 ? 0 : await session.run(addMembers, [groupId, add]);
      return { added, removed };
    },
    ofUser: async (userId) => (await ofMany([userId])).get(userId) ?? [],
    ofUsers: ofMany,
  };
}

export function readGroup(row: GroupRow): Group {
  return {
    groupId: row.group_id,
    displayName: row.display_name,
    externalId: row.external_id,
    attributes: row.attributes,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
