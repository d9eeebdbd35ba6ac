import type { Actor } from './audit.ts';
import type { User } from './user.ts';

/** The scope of RFC 6749 that lets a client provision. */
export const provisioningScope = 'scim';

/** Who provisions: a client by its own access token, or whoever holds a provisioning token. */
export interface Provisioner extends Actor {
  readonly scope: typeof provisioningScope;
}

/** JSON that a provisioning client wrote and gets back. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A user with all that provisioning clients wrote of her. */
export interface DirectoryEntry extends User {
  /** The provisioning client's own name for her. */
  readonly externalId: string | null;
  /** By the names of RFC 7643 and in their shapes: `name`, `emails`, extensions by their URN, and what nobody defined. */
  readonly attributes: Attributes;
  /** Counts up with every change. */
  readonly version: number;
  readonly updatedAt: Date;
}

/** What a provisioning client decides of a user. */
export type DirectoryEntryDraft = Pick<
  DirectoryEntry,
  'username' | 'displayName' | 'email' | 'status' | 'externalId' | 'attributes'
>;

export interface Group {
  readonly groupId: string;
  /** Unique in the tenant without regard to case. */
  readonly displayName: string;
  readonly externalId: string | null;
  readonly attributes: Attributes;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type GroupDraft = Pick<Group, 'displayName' | 'externalId' | 'attributes'>;

export interface GroupReference {
  readonly groupId: string;
  readonly displayName: string;
}

export interface GroupMember {
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
}

/** How the members change: `replace` begins from nobody, otherwise from who is there. Nobody is in both lists. */
export interface MemberChange {
  readonly replace: boolean;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** A bearer token for a directory that wants one for good. Its SHA-256 alone is kept. */
export interface ProvisioningToken {
  readonly tokenId: string;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** To the minutes: not every request is written down. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Versions that a caller names in If-Match (RFC 9110 §13.1.1); null: whichever is there. */
export type ExpectedVersions = readonly number[] | null;
