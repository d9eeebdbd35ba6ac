import type { DirectoryPage, DirectoryQuery } from '../directory-filter.ts';
import type { PasskeyDevice } from '../passkey-device.ts';
import type {
  DirectoryEntry,
  Group,
  GroupMember,
  GroupReference,
  MemberChange,
  ProvisioningToken,
} from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import type { Page, PageRequest } from './store.ts';

/** The tables that provisioning reads and writes; part of `Tables`. */
export interface ProvisioningTables {
  readonly directory: DirectoryTable;
  readonly groups: GroupTable;
  readonly groupLists: GroupListTable;
  readonly deviceDirectory: DeviceDirectoryTable;
  readonly provisioningTokens: ProvisioningTokenTable;
}

/** The users of the tenant as a provisioning client sees them. */
export interface DirectoryTable {
  get(userId: string): Promise<DirectoryEntry | null>;
  /** Same, and locks the row until the transaction ends. */
  lock(userId: string): Promise<DirectoryEntry | null>;
  /**
   * Who has this username in any case. Until the transaction ends, nobody else who asks this may go on: two clients can't
   * take a name at the same time.
   */
  claimUsername(username: string): Promise<string | null>;
  list(query: DirectoryQuery): Promise<DirectoryPage<DirectoryEntry>>;
  insert(entry: DirectoryEntry): Promise<void>;
  /** Writes the whole row and counts the version up. */
  update(entry: DirectoryEntry): Promise<DirectoryEntry>;
  /**
   * Takes everything personal and every secret away and keeps the id, so that what refers to it stays true. The username is
   * free again.
   */
  erase(userId: string, at: Date): Promise<void>;
  /** The first of them that is nobody's id here. */
  firstUnknown(userIds: readonly string[]): Promise<string | null>;
}

export interface GroupTable {
  get(groupId: string): Promise<Group | null>;
  lock(groupId: string): Promise<Group | null>;
  /** By display name without regard to case, or by the exact external id; a name goes before. */
  findByName(name: string): Promise<Group | null>;
  list(query: DirectoryQuery): Promise<DirectoryPage<Group>>;
  insert(group: Group): Promise<void>;
  update(group: Group): Promise<Group>;
  /** With all memberships. */
  delete(groupId: string): Promise<void>;
  /** At most `limit` of them over all groups, group by group. */
  members(
    groupIds: readonly string[],
    limit: number,
  ): Promise<readonly (GroupMember & { readonly groupId: string })[]>;
  /** How many memberships were added and taken away. */
  changeMembers(groupId: string, change: MemberChange): Promise<{ added: number; removed: number }>;
  /** The groups that a user is in. */
  ofUser(userId: string): Promise<readonly GroupReference[]>;
  ofUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly GroupReference[]>>;
}

/** Groups and their members as people look for them, page by page. */
export interface GroupListTable {
  /** Whose name or external id begins so, in whatever case; by name. */
  search(query: string, page: PageRequest): Promise<Page<GroupWithSize>>;
  size(groupId: string): Promise<number>;
  /** Members whose name, username or e-mail address begins so; by username. */
  members(groupId: string, query: string, page: PageRequest): Promise<Page<User>>;
}

export interface GroupWithSize extends Group {
  readonly memberCount: number;
}

/** The passkey devices as a list that is filtered, sorted and paged. */
export interface DeviceDirectoryTable {
  list(query: DirectoryQuery): Promise<DirectoryPage<OwnedPasskey>>;
  get(deviceId: string): Promise<OwnedPasskey | null>;
}

export interface OwnedPasskey {
  readonly device: PasskeyDevice;
  readonly ownerUsername: string | null;
}

export interface ProvisioningTokenTable {
  list(): Promise<readonly ProvisioningToken[]>;
  get(tokenId: string): Promise<ProvisioningToken | null>;
  insert(token: ProvisioningToken & { readonly tokenHash: Uint8Array }): Promise<void>;
  findByHash(tokenHash: Uint8Array): Promise<ProvisioningToken | null>;
  recordUse(tokenId: string, at: Date): Promise<void>;
  /** False when it was revoked before. */
  revoke(tokenId: string, at: Date): Promise<boolean>;
}

/** Access tokens that clients got for themselves, by `client_credentials`. */
export interface ClientTokens {
  /** null for a token that is unknown, expired, bound to a key, or not a client's own. */
  find(
    tenantId: TenantId,
    token: string,
  ): Promise<{ readonly clientId: string; readonly scopes: readonly string[] } | null>;
}
