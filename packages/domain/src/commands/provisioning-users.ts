import type { Actor } from '../audit.ts';
import type { DirectoryPage, DirectoryQuery } from '../directory-filter.ts';
import { DomainError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';
import type {
  DirectoryEntry,
  DirectoryEntryDraft,
  ExpectedVersions,
  Group,
  GroupReference,
} from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import { normaliseUsername } from '../username.ts';
import { recordEvent } from './audit-trail.ts';
import { endSessions } from './end-sessions.ts';
import { terminatePasskey } from './passkey-changes.ts';
import { isId, type ProvisioningStep, provision, requireVersion, sameJson } from './provisioning-step.ts';

/** A user with the groups that she is in; null where nobody asked for them. */
export interface ProvisionedUser {
  readonly entry: DirectoryEntry;
  readonly groups: readonly GroupReference[] | null;
}

interface Of {
  readonly tenantId: TenantId;
  readonly userId: string;
}

export async function listProvisionedUsers(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; query: DirectoryQuery; withGroups: boolean },
): Promise<DirectoryPage<ProvisionedUser>> {
  const { tenantId, query, withGroups } = input;
  return provision({ ports, actor, tenantId }, async ({ tables }) => {
    const page = await tables.directory.list(query);
    const groups = withGroups
      ? await tables.groups.ofUsers(page.items.map((entry) => entry.userId))
      : new Map<string, readonly GroupReference[]>();
    return {
      ...page,
      items: page.items.map((entry) => ({ entry, groups: groups.get(entry.userId) ?? null })),
    };
  });
}

export async function getProvisionedUser(
  ports: Ports,
  actor: Actor,
  { tenantId, userId }: Of,
): Promise<ProvisionedUser> {
  return provision({ ports, actor, tenantId }, async (step) => {
    const entry = isId(userId) ? await step.tables.directory.get(userId) : null;
    if (entry === null) throw userNotFound();
    return withGroups(step, entry);
  });
}

/**
 * Adds a user.
 *
 * @param input.groups ids or names of groups to put her in; one that does not exist is made under that name
 * @throws DomainError `username-taken` also where a name differs in case alone
 */
export async function provisionUser(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; draft: DirectoryEntryDraft; groups: readonly string[] },
): Promise<ProvisionedUser> {
  return provision({ ports, actor, tenantId: input.tenantId }, async (step) => {
    const now = ports.clock.now();
    const draft = readDraft(input.draft);
    await claimUsername(step, draft.username, null);
    const entry: DirectoryEntry = {
      ...draft,
      userId: ports.random.uuid(),
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await step.tables.directory.insert(entry);
    await recordEvent(step, {
      type: 'user.created',
      target: targetOf(entry),
      description: `${entry.displayName} was provisioned.`,
    });
    for (const name of new Set(input.groups)) {
      const group = await findOrMakeGroup(step, name);
      await step.tables.groups.changeMembers(group.groupId, {
        replace: false,
        add: [entry.userId],
        remove: [],
      });
    }
    return withGroups(step, entry);
  });
}

/**
 * Changes a user by a pure function, which may run more than once. What she may do ends with her being active.
 *
 * @throws DomainError `user-not-found`, `precondition-failed`, `username-taken`
 */
export async function changeProvisionedUser(
  ports: Ports,
  actor: Actor,
  input: Of & {
    expected: ExpectedVersions;
    change: (before: DirectoryEntry) => DirectoryEntryDraft;
  },
): Promise<ProvisionedUser> {
  const { tenantId, userId, expected, change } = input;
  return provision({ ports, actor, tenantId }, async (step) => {
    const before = await lockUser(step, userId);
    requireVersion(before, expected);
    const draft = readDraft(change(before));
    if (isUnchanged(before, draft)) return withGroups(step, before);
    if (draft.username !== before.username) await claimUsername(step, draft.username, userId);
    const entry = await step.tables.directory.update({
      ...before,
      ...draft,
      updatedAt: ports.clock.now(),
    });
    if (before.username !== entry.username || before.displayName !== entry.displayName) {
      const { username, displayName } = entry;
      await step.tables.devices.renameOwner({ reference: userId, username, displayName });
    }
    const disabled = before.status === 'active' && entry.status !== 'active';
    const ended = disabled ? await endSessions(step.tables, { userId }) : 0;
    await recordEvent(step, {
      type: disabled ? 'user.disabled' : before.status === entry.status ? 'user.changed' : 'user.enabled',
      target: targetOf(entry),
      description: disabled
        ? `${entry.displayName} can not sign in any more; ${ended} sessions and tokens ended.`
        : `Changed: ${changed(before, entry).join(', ')}.`,
    });
    return withGroups(step, entry);
  });
}

/** Erases a user: her passkeys end, and of her nothing is left but the id that events name. */
export async function removeProvisionedUser(
  ports: Ports,
  actor: Actor,
  input: Of & { expected: ExpectedVersions },
): Promise<void> {
  const { tenantId, userId, expected } = input;
  await provision({ ports, actor, tenantId }, async (step) => {
    const { tables } = step;
    const entry = await lockUser(step, userId);
    requireVersion(entry, expected);
    for (const device of await tables.passkeyDevices.listByUser(userId)) {
      await terminatePasskey(step, device, 'Its owner was deleted.');
    }
    await tables.directory.erase(userId, ports.clock.now());
    await endSessions(tables, { userId });
    await recordEvent(step, {
      type: 'user.deleted',
      target: targetOf(entry),
      description: 'The user was deleted, and everything that proved her.',
    });
  });
}

async function lockUser({ tables }: ProvisioningStep, userId: string): Promise<DirectoryEntry> {
  const entry = isId(userId) ? await tables.directory.lock(userId) : null;
  if (entry === null) throw userNotFound();
  return entry;
}

async function withGroups({ tables }: ProvisioningStep, entry: DirectoryEntry): Promise<ProvisionedUser> {
  return { entry, groups: await tables.groups.ofUser(entry.userId) };
}

function userNotFound(): DomainError {
  return new DomainError('user-not-found', 'There is no such user.');
}

async function claimUsername(
  { tables }: ProvisioningStep,
  username: string,
  userId: string | null,
): Promise<void> {
  const holder = await tables.directory.claimUsername(username);
  if (holder === null || holder === userId) return;
  throw new DomainError('username-taken', `There is a user “${username}” already. Nothing was changed.`, {
    particulars: { username },
  });
}

const longestName = 256;

function readDraft(draft: DirectoryEntryDraft): DirectoryEntryDraft {
  const displayName = draft.displayName.normalize('NFC').trim();
  if (displayName === '' || displayName.length > longestName || /\p{Cc}/u.test(displayName)) {
    throw new DomainError(
      'input-invalid',
      `A display name has 1 to ${longestName} characters, none of them control characters.`,
      { particulars: { field: 'displayName' } },
    );
  }
  return { ...draft, username: normaliseUsername(draft.username), displayName };
}

const decided = ['username', 'displayName', 'email', 'status', 'externalId', 'attributes'] as const;

function changed(before: DirectoryEntryDraft, after: DirectoryEntryDraft): readonly string[] {
  return decided.filter((name) => !sameJson(before[name], after[name]));
}

function isUnchanged(before: DirectoryEntryDraft, after: DirectoryEntryDraft): boolean {
  return changed(before, after).length === 0;
}

async function findOrMakeGroup(step: ProvisioningStep, name: string): Promise<Group> {
  const { ports, tables } = step;
  const found = (isId(name) ? await tables.groups.get(name) : null) ?? (await tables.groups.findByName(name));
  if (found !== null) return found;
  if (isId(name)) {
    throw new DomainError('input-invalid', `There is no group ${name}. Nothing was changed.`, {
      particulars: { field: 'groups' },
    });
  }
  const now = ports.clock.now();
  const group: Group = {
    groupId: ports.random.uuid(),
    displayName: name,
    externalId: name,
    attributes: {},
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await tables.groups.insert(group);
  await recordEvent(step, {
    type: 'group.created',
    target: { kind: 'group', id: group.groupId, name },
    description: 'It was named for a new user and did not exist.',
  });
  return group;
}

function targetOf({ userId, username }: DirectoryEntry) {
  return { kind: 'user', id: userId, name: username };
}
