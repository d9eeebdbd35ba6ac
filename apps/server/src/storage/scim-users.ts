import type { Attributes, DirectoryEntry, DirectoryTable, FilterAttribute } from '@keywarden/domain';
import { inJson, jsonRows, type Operand, type Parameters, type Place, uuidPattern } from './scim-filter.ts';
import { type Listed, listDirectory } from './scim-list.ts';
import { within } from './scim-reach.ts';
import { statement, type TenantSession } from './session.ts';

interface EntryRow {
  user_id: string;
  username: string;
  display_name: string;
  email: string | null;
  status: DirectoryEntry['status'];
  created_at: Date;
  external_id: string | null;
  attributes: Attributes;
  version: number;
  updated_at: Date | null;
}

const columns = `u.user_id, u.username, u.display_name, u.email, u.status, u.created_at, u.external_id, u.attributes,
  u.version, u.updated_at`;
const alive = "u.status <> 'deleted'";

const get = statement<EntryRow>(
  'directory.get',
  `SELECT ${columns} FROM users u WHERE u.user_id = $1 AND ${alive}`,
);
const lock = statement<EntryRow>(
  'directory.lock',
  `SELECT ${columns} FROM users u WHERE u.user_id = $1 AND ${alive} FOR UPDATE`,
);
const claimName = statement(
  'directory.claim-name',
  `SELECT pg_advisory_xact_lock(hashtextextended(current_setting('keywarden.tenant') || '/' || lower($1), 0))`,
);
const findName = statement<{ user_id: string }>(
  'directory.find-name',
  'SELECT user_id FROM users WHERE username_folded = lower($1) LIMIT 1',
);
const insert = statement(
  'directory.insert',
  `INSERT INTO users (user_id, username, display_name, email, status, created_at, external_id, attributes, version,
                      updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
const update = statement<EntryRow>(
  'directory.update',
  `UPDATE users u SET username = $2, display_name = $3, email = $4, status = $5, external_id = $6, attributes = $7,
          version = version + 1, updated_at = $8
    WHERE user_id = $1 RETURNING ${columns}`,
);
const erase = statement(
  'directory.erase',
  `UPDATE users SET username = 'deleted/' || user_id, display_name = 'Deleted user', email = NULL, status = 'deleted',
          external_id = NULL, attributes = '{}', version = version + 1, updated_at = $2
    WHERE user_id = $1`,
);
/** What proves her, what names her elsewhere, where she belongs. */
const forgets = (
  [
    'passwords',
    'one_time_code_apps',
    'user_handles',
    'user_emails',
    'group_members',
    'consents',
    'account_sessions',
  ] as const
).map((table) => statement(`directory.forget/${table}`, `DELETE FROM ${table} WHERE user_id = $1`));
const forgetEmails = statement('directory.forget-emails', 'DELETE FROM user_emails WHERE user_id = $1');
const addEmails = statement(
  'directory.add-emails',
  'INSERT INTO user_emails (user_id, email_folded) SELECT DISTINCT $1::uuid, left(lower(e), 320) FROM unnest($2::text[]) AS e',
);
const firstUnknown = statement<{ id: string }>(
  'directory.first-unknown',
  `SELECT id FROM unnest($1::uuid[]) AS id
    WHERE NOT EXISTS (SELECT FROM users u WHERE u.user_id = id AND ${alive}) LIMIT 1`,
);

/** A user whom no directory gave addresses has the one of the built-in directory. */
const emails = `coalesce(u.attributes -> 'emails', CASE WHEN u.email IS NULL THEN '[]' ELSE
  jsonb_build_array(jsonb_build_object('value', u.email, 'type', 'work', 'primary', true)) END)`;

const simple: Readonly<Record<string, Place>> = {
  id: { kind: 'uuid', text: 'u.user_id', searched: true, required: true },
  externalId: { kind: 'text', text: 'u.external_id', searched: true },
  userName: { kind: 'text', text: 'u.username', folded: 'u.username_folded', searched: true, required: true },
  displayName: {
    kind: 'text',
    text: 'u.display_name',
    folded: 'u.display_name_folded',
    searched: true,
    required: true,
  },
  active: {
    kind: 'boolean',
    text: "(u.status = 'active')",
    whether: ["(u.status = 'active')", "(u.status = 'disabled')"],
    required: true,
  },
  'meta.created': { kind: 'instant', text: 'u.created_at', searched: true, required: true },
  'meta.lastModified': {
    kind: 'instant',
    text: 'u.modified_at',
    searched: true,
    required: true,
  },
  'meta.resourceType': { kind: 'text', text: "'User'::text", required: true },
};

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** What `user_terms` holds beside phone numbers, by where it stands: migration 0033. */
const terms = new Map(
  [
    ['name.familyName', 'name.familyName'],
    ['name.givenName', 'name.givenName'],
    ['name.formatted', 'name.formatted'],
    ['nickName', 'nickName'],
    ['title', 'title'],
    ['userType', 'userType'],
    [`${enterprise}.employeeNumber`, 'employeeNumber'],
    [`${enterprise}.costCenter`, 'costCenter'],
    [`${enterprise}.organization`, 'organization'],
    [`${enterprise}.division`, 'division'],
    [`${enterprise}.department`, 'department'],
    [`${enterprise}.manager.value`, 'manager.value'],
  ].map(([place, term]) => [place, narrowByTerm(term ?? '')]),
);

function narrowByTerm(name: string): (operand: Operand) => string {
  return ({ operator, value }) =>
    `SELECT t.user_id FROM user_terms t
      WHERE t.attribute = '${name}' AND ${within('t.term', operator, `left(lower(${value()}), 200)`)}`;
}
const narrowByPhone = narrowByTerm('phoneNumbers.value');

function place(attribute: FilterAttribute, parameters: Parameters): Place | null {
  const [first] = attribute.path;
  if (first === 'emails') {
    return {
      ...jsonRows(emails, parameters),
      narrow: ([name], { operator, value }) => {
        if (name !== 'value') return null;
        const wanted = `left(lower(${value()}), 320)`;
        return `SELECT m.user_id FROM user_emails m WHERE ${within('m.email_folded', operator, wanted)}
           UNION ALL SELECT o.user_id FROM users o WHERE ${within('o.email_folded', operator, wanted)}`;
      },
    };
  }
  if (first === 'groups') return groups;
  const found = simple[attribute.path.join('.')];
  if (found !== undefined) return found;
  const json = () => inJson('u.attributes', attribute, parameters);
  if (first === 'phoneNumbers' && attribute.manyAt > 0) {
    const rows = json();
    if (rows.kind !== 'rows') return rows;
    return { ...rows, narrow: ([name], operand) => (name === 'value' ? narrowByPhone(operand) : null) };
  }
  const narrow = terms.get(attribute.path.join('.'));
  if (narrow === undefined) return null;
  const text = json();
  return text.kind === 'text' ? { ...text, narrow } : text;
}

const groupPlaces: Readonly<Record<string, Place>> = {
  value: { kind: 'uuid', text: 'n.group_id' },
  display: { kind: 'text', text: 'g.display_name', folded: 'g.display_name_folded' },
  type: { kind: 'text', text: "'direct'::text" },
};
const groups: Place = {
  kind: 'rows',
  from: 'group_members n JOIN groups g ON g.group_id = n.group_id',
  of: 'n.user_id = u.user_id',
  below: (names) => groupPlaces[names.join('.')] ?? null,
  narrow: ([name], { operator, text, value }) => {
    if (name === 'display') {
      return `SELECT n.user_id FROM group_members n JOIN groups g ON g.group_id = n.group_id
        WHERE ${within('g.display_name_folded', operator, `lower(${value()})`)}`;
    }
    if (name !== 'value' || operator !== 'eq') return null;
    const group = uuidPattern.test(text) ? `${value()}::uuid` : 'NULL::uuid';
    return `SELECT n.user_id FROM group_members n WHERE n.group_id = ${group}`;
  },
};

export function directoryTable(session: TenantSession): DirectoryTable {
  return {
    async get(userId) {
      const row = await session.row(get, [userId]);
      return row && read(row);
    },
    async lock(userId) {
      const row = await session.row(lock, [userId]);
      return row && read(row);
    },
    async claimUsername(username) {
      await session.run(claimName, [username]);
      return (await session.row(findName, [username]))?.user_id ?? null;
    },
    list: (query) =>
      listDirectory<EntryRow, DirectoryEntry>(session, query, { listed, read, idOf: (row) => row.user_id }),
    async insert(entry) {
      await session.run(insert, [
        entry.userId,
        entry.username,
        entry.displayName,
        entry.email,
        entry.status,
        entry.createdAt,
        entry.externalId,
        JSON.stringify(entry.attributes),
        entry.version,
        entry.updatedAt,
      ]);
      await addAddresses(session, entry);
    },
    async update(entry) {
      const row = await session.row(update, [
        entry.userId,
        entry.username,
        entry.displayName,
        entry.email,
        entry.status,
        entry.externalId,
        JSON.stringify(entry.attributes),
        entry.updatedAt,
      ]);
      await session.run(forgetEmails, [entry.userId]);
      await addAddresses(session, entry);
      return row === null ? entry : read(row);
    },
    async erase(userId, at) {
      for (const forget of forgets) await session.run(forget, [userId]);
      await session.run(erase, [userId, at]);
    },
    async firstUnknown(userIds) {
      return (await session.row(firstUnknown, [userIds]))?.id ?? null;
    },
  };
}

const listed: Listed = {
  from: 'users u',
  columns,
  always: alive,
  id: 'u.user_id',
  json: 'u.attributes',
  place,
};

async function addAddresses(session: TenantSession, { userId, attributes }: DirectoryEntry): Promise<void> {
  const addresses = Array.isArray(attributes['emails']) ? attributes['emails'] : [];
  const texts = addresses.flatMap((address: unknown) =>
    typeof address === 'object' && address !== null && 'value' in address && typeof address.value === 'string'
      ? [address.value]
      : [],
  );
  if (texts.length > 0) await session.run(addEmails, [userId, texts]);
}

function read(row: EntryRow): DirectoryEntry {
  return {
    userId: row.user_id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    status: row.status,
    createdAt: row.created_at,
    externalId: row.external_id,
    attributes: row.attributes,
    version: row.version,
    updatedAt: row.updated_at ?? row.created_at,
  };
}
