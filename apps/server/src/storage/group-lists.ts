import type { GroupListTable } from '@keywarden/domain';
import { readCursor, toPage } from './paging.ts';
import { type GroupRow, groupColumns, readGroup } from './scim-groups.ts';
import { statement, type TenantSession } from './session.ts';
import { readUser, type UserRow } from './users.ts';

type ListedRow = GroupRow & { display_name_folded: string; members: number };
type MemberRow = UserRow & { username_folded: string };

// U+10FFFF sorts after every character: all that begins with the prefix lies between.
const begins = (column: string, prefix: string) =>
  `(${column} >= lower(${prefix}) AND ${column} < lower(${prefix}) || chr(1114111))`;

const found = `(${begins('g.display_name_folded', '$1')} OR g.external_id = $1)`;
const size = 'SELECT count(*) FROM group_members m WHERE m.group_id =';
const search = statement<ListedRow>(
  'group.search',
  `SELECT ${groupColumns}, g.display_name_folded, (${size} g.group_id) AS members
     FROM groups g WHERE ${found} AND g.display_name_folded > $2 ORDER BY g.display_name_folded LIMIT $3`,
);
const searchTotal = statement<{ total: number }>(
  'group.search-total',
  `SELECT count(*) AS total FROM groups g WHERE ${found}`,
);
const groupSize = statement<{ total: number }>(
  'group.size',
  `SELECT count(*) AS total FROM group_members m WHERE m.group_id = $1`,
);
const isMember = `u.status <> 'deleted' AND (${['username', 'display_name', 'email']
  .map((column) => begins(`u.${column}_folded`, '$2'))
  .join(' OR ')})`;
const memberFrom = `FROM group_members m JOIN users u ON u.user_id = m.user_id WHERE m.group_id = $1 AND ${isMember}`;
const members = statement<MemberRow>(
  'group.search-members',
  `SELECT u.user_id, u.username, u.display_name, u.email, u.status, u.created_at, u.username_folded
     ${memberFrom} AND u.username_folded > $3 ORDER BY u.username_folded LIMIT $4`,
);
const membersTotal = statement<{ total: number }>(
  'group.search-members-total',
  `SELECT count(*) AS total ${memberFrom}`,
);

export function groupListTable(session: TenantSession): GroupListTable {
  return {
    async search(query, page) {
      const [last = ''] = readCursor(page, 1) ?? [];
      const rows = await session.rows(search, [query, last, page.limit + 1]);
      return toPage({
        rows,
        total: (await session.row(searchTotal, [query]))?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.display_name_folded],
        read: (row) => ({ ...readGroup(row), memberCount: row.members }),
      });
    },
    async size(groupId) {
      return (await session.row(groupSize, [groupId]))?.total ?? 0;
    },
    async members(groupId, query, page) {
      const [last = ''] = readCursor(page, 1) ?? [];
      const rows = await session.rows(members, [groupId, query, last, page.limit + 1]);
      return toPage({
        rows,
        total: (await session.row(membersTotal, [groupId, query]))?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.username_folded],
        read: readUser,
      });
    },
  };
}
