import { type ScimAttribute, scimResourceTypes } from '@keywarden/api';
import {
  type DirectoryFilter,
  DomainError,
  fitsFilter,
  type GroupMember,
  type MemberChange,
} from '@keywarden/domain';
import { type Change, readOnly } from './patch.ts';
import { findAttribute, isRecord } from './schema.ts';
import { readValue, wrong } from './values.ts';

const type = scimResourceTypes.Group;

function membersAttribute(): ScimAttribute {
  const attribute = findAttribute(type.schema.attributes, 'members');
  if (attribute === null) throw new Error('the schema of groups has no members');
  return attribute;
}

/** The ids that a list of members names; `bulkId:` has been resolved before. */
export function memberIds(value: unknown): readonly string[] {
  const read = readValue(membersAttribute(), value, 'members');
  return (Array.isArray(read) ? read : []).map((member: unknown) => {
    const id = isRecord(member) ? member['value'] : undefined;
    if (typeof id !== 'string') throw wrong('members', 'names the id of a user in each value');
    const kind = isRecord(member) ? member['type'] : undefined;
    if (typeof kind === 'string' && kind.toLowerCase() !== 'user') {
      throw wrong('members', 'holds users alone: a group is no member of a group');
    }
    return id.toLowerCase();
  });
}

export function isMembers({ path }: Change): boolean {
  return path.names[0] === 'members';
}

/** Whether the change can't be told without knowing who is in the group: any filter but those that name ids. */
export function needsMembers(changes: readonly Change[]): boolean {
  return changes.some(
    (change) => isMembers(change) && change.path.filter !== null && namedIds(change.path.filter) === null,
  );
}

/** What the changes come to; null where none is said of the members. */
export function memberChange(
  changes: readonly Change[],
  members: readonly GroupMember[],
): MemberChange | null {
  const ours = changes.filter(isMembers);
  if (ours.length === 0) return null;
  let replace = false;
  const add = new Set<string>();
  const remove = new Set<string>();
  const put = (ids: readonly string[]) => {
    for (const id of ids) {
      remove.delete(id);
      add.add(id);
    }
  };
  const take = (ids: readonly string[]) => {
    for (const id of ids) {
      add.delete(id);
      remove.add(id);
    }
  };
  const clear = () => {
    replace = true;
    add.clear();
    remove.clear();
  };
  for (const { op, path, value } of ours) {
    if (path.names.length > 1) throw readOnly(path.names.join('.'));
    const { filter } = path;
    const chosen = filter === null ? null : (namedIds(filter) ?? fitting(filter, members));
    if (op === 'remove') {
      // Entra ID names in the value who goes.
      const gone = chosen ?? (value === undefined || value === null ? null : memberIds(value));
      if (gone === null) clear();
      else take(gone);
    } else if (chosen !== null) {
      if (op === 'add') {
        throw new DomainError('path-invalid', 'Members are added to `members`, not to some of them.');
      }
      take(chosen);
      put(memberIds(value));
    } else {
      if (op === 'replace') clear();
      put(memberIds(value));
    }
  }
  return { replace, add: [...add], remove: [...remove] };
}

/** `value eq "…"`, or several of them with `or`; null for any other filter. */
function namedIds(filter: DirectoryFilter): readonly string[] | null {
  if (filter.kind === 'compare') {
    const { attribute, operator, value } = filter;
    const named = attribute.path.join('.') === 'value' && operator === 'eq' && typeof value === 'string';
    return named ? [value.toLowerCase()] : null;
  }
  if (filter.kind !== 'or') return null;
  const parts = filter.filters.map(namedIds);
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
}

function fitting(filter: DirectoryFilter, members: readonly GroupMember[]): readonly string[] {
  return members
    .filter(({ userId, displayName }) =>
      fitsFilter(filter, { value: userId, display: displayName, type: 'User' }),
    )
    .map((member) => member.userId);
}
