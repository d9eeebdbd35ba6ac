import type { Actor } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { GroupWithSize, Page, PageRequest, Ports, Tables } from '../ports/index.ts';
import type { ExpectedVersions, Group } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { recordEvent } from './audit-trail.ts';
import { readName } from './names.ts';
import { groupNotFound, requireFreeName, requireUsers, targetOfGroup } from './provisioning-groups.ts';
import { requireVersion } from './provisioning-step.ts';

/** A group as an administrator sees it. */
export interface GroupDetails extends GroupWithSize {
  /** Access criteria of the workflow that name it, as they name it: by its display name, letter by letter. */
  readonly accessCriteria: readonly string[];
}

interface OneGroup {
  readonly tenantId: TenantId;
  readonly groupId: string;
}

/** Groups whose name begins so. */
export async function searchGroups(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; query: string; page: PageRequest },
): Promise<Page<GroupWithSize>> {
  requirePermission(actor, 'groups.read');
  return ports.store.transaction(input.tenantId, (tables) =>
    tables.groupLists.search(input.query.normalize('NFC'), input.page),
  );
}

/** @throws DomainError `group-not-found` */
export async function getGroup(
  ports: Ports,
  actor: Actor,
  { tenantId, groupId }: OneGroup,
): Promise<GroupDetails> {
  requirePermission(actor, 'groups.read');
  return ports.store.transaction(tenantId, async (tables) => {
    const group = await tables.groups.get(groupId);
    if (group === null) throw groupNotFound();
    return describe(tables, group);
  });
}

async function describe(tables: Tables, group: Group): Promise<GroupDetails> {
  const memberCount = await tables.groupLists.size(group.groupId);
  const criteria = (await tables.workflows.current())?.document.accessCriteria ?? [];
  const naming = criteria.filter(({ groups }) => groups.includes(group.displayName));
  return { ...group, memberCount, accessCriteria: naming.map(({ accessCriteriaId }) => accessCriteriaId) };
}

/** Members whose name, username or e-mail address begins so. @throws DomainError `group-not-found` */
export async function searchGroupMembers(
  ports: Ports,
  actor: Actor,
  input: OneGroup & { query: string; page: PageRequest },
): Promise<Page<User>> {
  requirePermission(actor, 'groups.read');
  const { tenantId, groupId, query, page } = input;
  return ports.store.transaction(tenantId, async (tables) => {
    if ((await tables.groups.get(groupId)) === null) throw groupNotFound();
    return tables.groupLists.members(groupId, query.normalize('NFC'), page);
  });
}

/** @throws DomainError `group-name-taken`, `input-invalid` */
export async function createGroup(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; displayName: string },
): Promise<GroupDetails> {
  requirePermission(actor, 'groups.write');
  const displayName = readName(input.displayName, 'displayName');
  return ports.store.transaction(input.tenantId, async (tables) => {
    const now = ports.clock.now();
    const group: Group = {
      groupId: ports.random.uuid(),
      displayName,
      externalId: null,
      attributes: {},
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await requireFreeName({ tables }, group);
    await tables.groups.insert(group);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'group.created',
        target: targetOfGroup(group),
        description: 'With no members yet.',
        particulars: { members: 0 },
      },
    );
    return describe(tables, group);
  });
}

/** @throws DomainError `group-not-found`, `precondition-failed`, `group-name-taken`, `input-invalid` */
export async function renameGroup(
  ports: Ports,
  actor: Actor,
  input: OneGroup & { expected: ExpectedVersions; displayName: string },
): Promise<GroupDetails> {
  requirePermission(actor, 'groups.write');
  const { tenantId, groupId, expected } = input;
  const displayName = readName(input.displayName, 'displayName');
  return ports.store.transaction(tenantId, async (tables) => {
    const before = await lockGroup(tables, groupId);
    requireVersion(before, expected);
    if (before.displayName === displayName) return describe(tables, before);
    await requireFreeName({ tables }, { groupId, displayName });
    const group = await tables.groups.update({ ...before, displayName, updatedAt: ports.clock.now() });
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'group.changed',
        target: targetOfGroup(group),
        description: `It was called “${before.displayName}”.`,
        particulars: { before: before.displayName },
      },
    );
    return describe(tables, group);
  });
}

/** The group and all memberships; its members stay. @throws DomainError `group-not-found`, `precondition-failed` */
export async function deleteGroup(
  ports: Ports,
  actor: Actor,
  input: OneGroup & { expected: ExpectedVersions },
): Promise<void> {
  requirePermission(actor, 'groups.write');
  const { tenantId, groupId, expected } = input;
  await ports.store.transaction(tenantId, async (tables) => {
    const group = await lockGroup(tables, groupId);
    requireVersion(group, expected);
    await tables.groups.delete(groupId);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'group.deleted',
        target: targetOfGroup(group),
        description: 'The group was deleted; its members stay.',
      },
    );
  });
}

/** Who is in it already stays in it. @throws DomainError `group-not-found`, `input-invalid` */
export async function addGroupMembers(
  ports: Ports,
  actor: Actor,
  input: OneGroup & { userIds: readonly string[] },
): Promise<GroupDetails> {
  requirePermission(actor, 'groups.write');
  return changeMembers(ports, actor, { ...input, add: [...new Set(input.userIds)], remove: [] });
}

/** Who is not in it is none the less. @throws DomainError `group-not-found` */
export async function removeGroupMember(
  ports: Ports,
  actor: Actor,
  input: OneGroup & { userId: string },
): Promise<GroupDetails> {
  requirePermission(actor, 'groups.write');
  return changeMembers(ports, actor, { ...input, add: [], remove: [input.userId] });
}

async function changeMembers(
  ports: Ports,
  actor: Actor,
  input: OneGroup & { add: readonly string[]; remove: readonly string[] },
): Promise<GroupDetails> {
  const { tenantId, groupId, add, remove } = input;
  return ports.store.transaction(tenantId, async (tables) => {
    const before = await lockGroup(tables, groupId);
    await requireUsers({ tables }, add);
    const { added, removed } = await tables.groups.changeMembers(groupId, { replace: false, add, remove });
    if (added === 0 && removed === 0) return describe(tables, before);
    const group = await tables.groups.update({ ...before, updatedAt: ports.clock.now() });
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'group.changed',
        target: targetOfGroup(group),
        description: `${added} members were added, ${removed} taken out: ${await namesOf(tables, [...add, ...remove])}.`,
        particulars: { added, removed },
      },
    );
    return describe(tables, group);
  });
}

const mostNamed = 10;

async function namesOf(tables: Tables, userIds: readonly string[]): Promise<string> {
  const names: string[] = [];
  for (const userId of userIds.slice(0, mostNamed)) {
    names.push((await tables.users.get(userId))?.username ?? userId);
  }
  return userIds.length > mostNamed ? `${names.join(', ')}, …` : names.join(', ');
}

async function lockGroup(tables: Tables, groupId: string): Promise<Group> {
  const group = await tables.groups.lock(groupId);
  if (group === null) throw groupNotFound();
  return group;
}
