import { type ScimResourceType, scimResourceTypes } from '@keywarden/api';
import {
  changeProvisionedUser,
  type DirectoryEntry,
  type DirectoryEntryDraft,
  type GroupReference,
  getProvisionedUser,
  listProvisionedUsers,
  type ProvisionedUser,
  provisionUser,
  removeProvisionedUser,
} from '@keywarden/domain';
import { weakEntityTag } from '../http/versions.ts';
import { type Caller, locationOf, meta, type ResourceDoor, type Shown } from './door.ts';
import { applyChange, readChanges } from './patch.ts';
import { wants } from './projection.ts';
import { isRecord, type Json } from './schema.ts';
import { readResource, requireText, textOr, without, wrong } from './values.ts';

const type: ScimResourceType = scimResourceTypes.User;

export const users: ResourceDoor = {
  type,
  async list({ ports, actor, tenantId, ...rest }, { query, wanted }) {
    const page = await listProvisionedUsers(ports, actor, {
      tenantId,
      query,
      withGroups: wants(type, wanted, 'groups'),
    });
    return { ...page, items: page.items.map((user) => show({ ports, actor, tenantId, ...rest }, user)) };
  },
  async get(caller, { id }) {
    const { ports, actor, tenantId } = caller;
    return show(caller, await getProvisionedUser(ports, actor, { tenantId, userId: id }));
  },
  async create(caller, body) {
    const { ports, actor, tenantId } = caller;
    const user = await provisionUser(ports, actor, {
      tenantId,
      draft: draftOf(readResource(type, body), null),
      groups: groupNames(body),
    });
    return show(caller, user);
  },
  async replace(caller, { id, expected, body }) {
    const { ports, actor, tenantId } = caller;
    const resource = readResource(type, body);
    const user = await changeProvisionedUser(ports, actor, {
      tenantId,
      userId: id,
      expected,
      change: (before) => draftOf(resource, before),
    });
    return show(caller, user);
  },
  async patch(caller, { id, expected, patch }) {
    const { ports, actor, tenantId } = caller;
    const changes = readChanges(type, patch.Operations);
    const user = await changeProvisionedUser(ports, actor, {
      tenantId,
      userId: id,
      expected,
      change: (before) => {
        const resource = writable(before);
        const after = changes.reduce(applyChange, resource);
        // A name that was made of the others follows them.
        const derived = resource['displayName'] === displayNameOf(without(resource, 'displayName'));
        const follows = derived && after['displayName'] === resource['displayName'];
        return draftOf(readResource(type, follows ? without(after, 'displayName') : after), before, {
          unset: true,
        });
      },
    });
    return show(caller, user);
  },
  async remove({ ports, actor, tenantId }, { id, expected }) {
    await removeProvisionedUser(ports, actor, { tenantId, userId: id, expected });
  },
};

/** What a client may write of a user, as it stands now. */
function writable(entry: DirectoryEntry): Json {
  const { attributes, email } = entry;
  return {
    id: entry.userId,
    ...(entry.externalId === null ? {} : { externalId: entry.externalId }),
    userName: entry.username,
    displayName: entry.displayName,
    active: entry.status === 'active',
    // The one address of a user of the built-in directory.
    ...(email === null ? {} : { emails: [{ value: email, type: 'work', primary: true }] }),
    ...attributes,
  };
}

function show(caller: Caller, { entry, groups }: ProvisionedUser): Shown {
  const { id, ...resource } = writable(entry);
  const tag = weakEntityTag(
    entry.version,
    (groups ?? []).map((group) => `${group.groupId} ${group.displayName}`).sort(),
  );
  const urns = Object.keys(resource).filter((name) => /^urn:/i.test(name) && isRecord(resource[name]));
  const known = type.extensions.map(({ id: urn }) => urn).filter((urn) => urns.includes(urn));
  const others = urns.filter((urn) => !known.includes(urn)).sort();
  return {
    id: entry.userId,
    tag,
    resource: {
      schemas: [type.schema.id, ...known, ...others],
      id,
      ...resource,
      ...(groups === null ? {} : { groups: groups.map((group) => groupView(caller, group)) }),
      meta: meta(caller, {
        type,
        id: entry.userId,
        tag,
        created: entry.createdAt,
        lastModified: entry.updatedAt,
      }),
    },
  };
}

function groupView(caller: Caller, { groupId, displayName }: GroupReference): Json {
  return {
    value: groupId,
    display: displayName,
    type: 'direct',
    $ref: locationOf(caller, scimResourceTypes.Group, groupId),
  };
}

/** What stands in columns of its own. */
const own = ['id', 'externalId', 'userName', 'displayName', 'active', 'groups', 'meta', 'schemas'] as const;

/**
 * @param before of a change; what a PUT leaves out of `active` and `externalId` stays (RFC 7644 §3.5.1 lets it): nobody who
 * was disabled comes back because a client did not say so
 * @param options.unset of a PATCH, where what is not there was taken away
 */
function draftOf(
  resource: Json,
  before: DirectoryEntry | null,
  options: { unset?: boolean } = {},
): DirectoryEntryDraft {
  const username = requireText(resource, 'userName');
  const active = resource['active'];
  const kept = options.unset === true ? null : (before?.externalId ?? null);
  return {
    username,
    displayName: textOr(resource, 'displayName') ?? displayNameOf(resource),
    email: emailOf(resource),
    status: (typeof active === 'boolean' ? active : before?.status !== 'disabled') ? 'active' : 'disabled',
    externalId: textOr(resource, 'externalId') ?? kept,
    attributes: without(resource, ...own),
  };
}

function displayNameOf(resource: Json): string {
  const name = isRecord(resource['name']) ? resource['name'] : {};
  const whole = [textOr(name, 'givenName'), textOr(name, 'familyName')].filter((part) => part !== null);
  const found = [textOr(name, 'formatted'), whole.join(' '), textOr(resource, 'userName')].find(
    (text) => text !== null && text.trim() !== '',
  );
  return (found ?? '').slice(0, 256);
}

/** Where mail goes: the primary address, or the first one. */
function emailOf(resource: Json): string | null {
  const emails = Array.isArray(resource['emails']) ? resource['emails'].filter(isRecord) : [];
  const chosen = emails.find((email) => email['primary'] === true) ?? emails[0];
  const value = chosen === undefined ? null : textOr(chosen, 'value');
  if (value !== null && value.length > 320) throw wrong('emails', 'has at most 320 characters each');
  return value;
}

const mostGroups = 100;

/** The groups that older clients name when they make a user; in a standard client's request there are none. */
function groupNames(body: unknown): readonly string[] {
  const sent = isRecord(body)
    ? Object.entries(body).find(([name]) => name.toLowerCase() === 'groups')?.[1]
    : null;
  if (sent === null || sent === undefined) return [];
  if (!Array.isArray(sent) || sent.length > mostGroups)
    throw wrong('groups', `is a list of at most ${mostGroups}`);
  return sent.map((group: unknown) => {
    const name = isRecord(group) ? group['value'] : group;
    if (typeof name !== 'string' || name.trim() === '' || name.length > 256 || /\p{Cc}/u.test(name)) {
      throw wrong('groups', 'names each group by its value');
    }
    return name;
  });
}
