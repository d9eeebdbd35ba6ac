import type { Actor } from '../audit.ts';
import type { DirectoryPage, DirectoryQuery } from '../directory-filter.ts';
import { DomainError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';
import type { ExpectedVersions, Group, GroupDraft, GroupMember, MemberChange } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { isId, type ProvisioningStep, provision, requireVersion, sameJson } from './provisioning-step.ts';

/** A group with its members; null where nobody asked for them. */
export interface ProvisionedGroup {
  readonly group: Group;
  readonly members: readonly GroupMember[] | null;
}

interface Of {
  readonly tenantId: TenantId;
  readonly groupId: string;
}

/** Members that one answer carries. */
const mostMembers = 50_000;

export async function listProvisionedGroups(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; query: DirectoryQuery; withMembers: boolean },
): Promise<DirectoryPage<ProvisionedGroup>> {
  const { tenantId, query, withMembers } = input;
  return provision({ ports, actor, tenantId }, async (step) => {
    const page = await step.tables.groups.list(query);
    if (!withMembers) return { ...page, items: page.items.map((group) => ({ group, members: null })) };
    const members = await membersOf(
      step,
      page.items.map((group) => group.groupId),
    );
    return {
      ...page,
      items: page.items.map((group) => ({ group, members: members.get(group.groupId) ?? [] })),
    };
  });
}

export async function getProvisionedGroup(
  ports: Ports,
  actor: Actor,
  input: Of & { withMembers: boolean },
): Promise<ProvisionedGroup> {
  const { tenantId, groupId, withMembers } = input;
  return provision({ ports, actor, tenantId }, async (step) => {
    const group = isId(groupId) ? await step.tables.groups.get(groupId) : null;
    if (group === null) throw groupNotFound();
    return withMembers ? describe(step, group) : { group, members: null };
  });
}

/** @throws DomainError `group-name-taken`, `input-invalid` where a member does not exist */
export async function provisionGroup(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; draft: GroupDraft; members: readonly string[] },
): Promise<ProvisionedGroup> {
  return provision({ ports, actor, tenantId: input.tenantId }, async (step) => {
    const now = ports.clock.now();
    const group: Group = {
      ...readDraft(input.draft),
      groupId: ports.random.uuid(),
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await requireFreeName(step, group);
    await step.tables.groups.insert(group);
    await requireUsers(step, input.members);
    await step.tables.groups.changeMembers(group.groupId, {
      replace: false,
      add: [...new Set(input.members)],
      remove: [],
    });
    await recordEvent(step, {
      type: 'group.created',
      target: targetOfGroup(group),
      description: `With ${input.members.length} members.`,
      particulars: { members: input.members.length },
    });
    return describe(step, group);
  });
}

export interface GroupChange {
  readonly draft: GroupDraft;
  /** null: they stay. */
  readonly members: MemberChange | null;
}

/**
 * Changes a group by a pure function, which may run more than once.
 *
 * @param input.change gets the members only where `needsMembers` says so: a large group is not read to add one
 * @returns without members unless `withMembers`
 */
export async function changeProvisionedGroup(
  ports: Ports,
  actor: Actor,
  input: Of & {
    expected: ExpectedVersions;
    needsMembers: boolean;
    withMembers: boolean;
    change: (before: Group, members: readonly GroupMember[]) => GroupChange;
  },
): Promise<ProvisionedGroup> {
  const { tenantId, groupId, expected, change } = input;
  return provision({ ports, actor, tenantId }, async (step) => {
    const before = isId(groupId) ? await step.tables.groups.lock(groupId) : null;
    if (before === null) throw groupNotFound();
    requireVersion(before, expected);
    const known = input.needsMembers ? ((await describe(step, before)).members ?? []) : [];
    const { draft: wanted, members } = change(before, known);
    const draft = readDraft(wanted);
    if (draft.displayName !== before.displayName) await requireFreeName(step, { ...draft, groupId });
    let moved = { added: 0, removed: 0 };
    if (members !== null) {
      await requireUsers(step, members.add);
      moved = await step.tables.groups.changeMembers(groupId, {
        ...members,
        remove: members.remove.filter(isId),
      });
    }
    const same = sameDraft(before, draft) && moved.added === 0 && moved.removed === 0;
    const group = same
      ? before
      : await step.tables.groups.update({ ...before, ...draft, updatedAt: ports.clock.now() });
    if (!same) {
      await recordEvent(step, {
        type: 'group.changed',
        target: targetOfGroup(group),
        description: `${moved.added} members were added, ${moved.removed} taken out.`,
        particulars: {
          added: moved.added,
          removed: moved.removed,
          before: group.displayName === before.displayName ? null : before.displayName,
        },
      });
    }
    return input.withMembers ? describe(step, group) : { group, members: null };
  });
}

/** The group and all memberships; its members stay. */
export async function removeProvisionedGroup(
  ports: Ports,
  actor: Actor,
  input: Of & { expected: ExpectedVersions },
): Promise<void> {
  const { tenantId, groupId, expected } = input;
  await provision({ ports, actor, tenantId }, async (step) => {
    const group = isId(groupId) ? await step.tables.groups.lock(groupId) : null;
    if (group === null) throw groupNotFound();
    requireVersion(group, expected);
    await step.tables.groups.delete(groupId);
    await recordEvent(step, {
      type: 'group.deleted',
      target: targetOfGroup(group),
      description: 'The group was deleted; its members stay.',
    });
  });
}

async function describe(step: ProvisioningStep, group: Group): Promise<ProvisionedGroup> {
  return { group, members: (await membersOf(step, [group.groupId])).get(group.groupId) ?? [] };
}

async function membersOf(
  { tables }: ProvisioningStep,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, readonly GroupMember[]>> {
  const found = await tables.groups.members(groupIds, mostMembers + 1);
  if (found.length > mostMembers) {
    throw new DomainError(
      'too-many-results',
      `These groups have more than ${mostMembers} members. Ask with excludedAttributes=members.`,
    );
  }
  const members = new Map<string, GroupMember[]>();
  for (const { groupId, ...member } of found) {
    const list = members.get(groupId) ?? [];
    list.push(member);
    members.set(groupId, list);
  }
  return members;
}

export async function requireUsers(
  { tables }: Pick<ProvisioningStep, 'tables'>,
  userIds: readonly string[],
): Promise<void> {
  const unknown =
    userIds.find((userId) => !isId(userId)) ??
    (userIds.length === 0 ? null : await tables.directory.firstUnknown(userIds));
  if (unknown === null) return;
  throw new DomainError('input-invalid', `There is no user ${unknown}. Nothing was changed.`, {
    particulars: { field: 'members' },
  });
}

export async function requireFreeName(
  { tables }: Pick<ProvisioningStep, 'tables'>,
  group: { readonly groupId: string; readonly displayName: string },
): Promise<void> {
  const holder = await tables.groups.findByName(group.displayName);
  if (holder === null || holder.groupId === group.groupId) return;
  if (holder.displayName.toLowerCase() !== group.displayName.toLowerCase()) return;
  throw new DomainError(
    'group-name-taken',
    `There is a group “${group.displayName}” already. Nothing was changed.`,
  );
}

const longestName = 256;

function readDraft(draft: GroupDraft): GroupDraft {
  const displayName = draft.displayName.normalize('NFC').trim();
  if (displayName === '' || displayName.length > longestName || /\p{Cc}/u.test(displayName)) {
    throw new DomainError(
      'input-invalid',
      `A group's name has 1 to ${longestName} characters, none of them control characters.`,
      { particulars: { field: 'displayName' } },
    );
  }
  return { ...draft, displayName };
}

function sameDraft(before: GroupDraft, after: GroupDraft): boolean {
  return (
    before.displayName === after.displayName &&
    before.externalId === after.externalId &&
    sameJson(before.attributes, after.attributes)
  );
}

export function groupNotFound(): DomainError {
  return new DomainError('group-not-found', 'There is no such group.');
}

export function targetOfGroup({ groupId, displayName }: Group) {
  return { kind: 'group', id: groupId, name: displayName };
}
