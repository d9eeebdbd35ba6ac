import { type ScimResourceType, scimResourceTypes } from '@keywarden/api';
import {
  changeProvisionedGroup,
  type Group,
  type GroupDraft,
  type GroupMember,
  getProvisionedGroup,
  listProvisionedGroups,
  type ProvisionedGroup,
  provisionGroup,
  removeProvisionedGroup,
} from '@keywarden/domain';
import { weakEntityTag } from '../http/versions.ts';
import { type Caller, locationOf, meta, type ResourceDoor, type Shown } from './door.ts';
import { isMembers, memberChange, memberIds, needsMembers } from './members.ts';
import { applyChange, readChanges } from './patch.ts';
import { wants } from './projection.ts';
import type { Json } from './schema.ts';
import { readResource, requireText, textOr, without } from './values.ts';

const type: ScimResourceType = scimResourceTypes.Group;

export const groups: ResourceDoor = {
  type,
  async list(caller, { query, wanted }) {
    const { ports, actor, tenantId } = caller;
    const page = await listProvisionedGroups(ports, actor, {
      tenantId,
      query,
      withMembers: wants(type, wanted, 'members'),
    });
    return { ...page, items: page.items.map((group) => show(caller, group)) };
  },
  async get(caller, { id, wanted }) {
    const { ports, actor, tenantId } = caller;
    const withMembers = wants(type, wanted, 'members');
    return show(caller, await getProvisionedGroup(ports, actor, { tenantId, groupId: id, withMembers }));
  },
  async create(caller, body) {
    const { ports, actor, tenantId } = caller;
    const resource = readResource(type, body);
    const group = await provisionGroup(ports, actor, {
      tenantId,
      draft: draftOf(resource, null),
      members: memberIds(resource['members']),
    });
    return show(caller, group);
  },
  async replace(caller, { id, expected, body }) {
    const { ports, actor, tenantId } = caller;
    const resource = readResource(type, body);
    const add = [...new Set(memberIds(resource['members']))];
    const group = await changeProvisionedGroup(ports, actor, {
      tenantId,
      groupId: id,
      expected,
      needsMembers: false,
      withMembers: true,
      change: (before) => ({
        draft: draftOf(resource, before.externalId),
        members: { replace: true, add, remove: [] },
      }),
    });
    return show(caller, group);
  },
  async patch(caller, { id, expected, patch, wanted }) {
    const { ports, actor, tenantId } = caller;
    const changes = readChanges(type, patch.Operations);
    const others = changes.filter((change) => !isMembers(change));
    // Entra ID asks for no answer, Okta needs none, and a large group is much to tell; who names attributes gets them.
    const told = wanted.only !== null || wanted.without.length > 0;
    const group = await changeProvisionedGroup(ports, actor, {
      tenantId,
      groupId: id,
      expected,
      needsMembers: needsMembers(changes),
      withMembers: told && wants(type, wanted, 'members'),
      change: (before, members) => ({
        draft: draftOf(readResource(type, others.reduce(applyChange, writable(before))), null),
        members: memberChange(changes, members),
      }),
    });
    return told ? show(caller, group) : null;
  },
  async remove({ ports, actor, tenantId }, { id, expected }) {
    await removeProvisionedGroup(ports, actor, { tenantId, groupId: id, expected });
  },
};

function writable(group: Group): Json {
  return {
    id: group.groupId,
    ...(group.externalId === null ? {} : { externalId: group.externalId }),
    displayName: group.displayName,
    ...group.attributes,
  };
}

function draftOf(resource: Json, externalId: string | null): GroupDraft {
  return {
    displayName: requireText(resource, 'displayName'),
    externalId: textOr(resource, 'externalId') ?? externalId,
    attributes: without(resource, 'id', 'externalId', 'displayName', 'members', 'meta', 'schemas'),
  };
}

function show(caller: Caller, { group, members }: ProvisionedGroup): Shown {
  // Who is given another name, or is deleted, does not write the groups that tell of her.
  const tag = weakEntityTag(
    group.version,
    (members ?? []).map((member) => `${member.userId} ${member.displayName}`),
  );
  return {
    id: group.groupId,
    tag,
    resource: {
      schemas: [type.schema.id],
      ...writable(group),
      ...(members === null ? {} : { members: members.map((member) => memberView(caller, member)) }),
      meta: meta(caller, {
        type,
        id: group.groupId,
        tag,
        created: group.createdAt,
        lastModified: group.updatedAt,
      }),
    },
  };
}

function memberView(caller: Caller, { userId, displayName }: GroupMember): Json {
  return {
    value: userId,
    display: displayName,
    type: 'User',
    $ref: locationOf(caller, scimResourceTypes.User, userId),
  };
}
