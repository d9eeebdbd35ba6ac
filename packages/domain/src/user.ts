/** A person in the built-in directory. */
export interface User {
  readonly userId: string;
  /** NFC, at most 256 characters, unique in the tenant without regard to case; in the spelling that it was given. */
  readonly username: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly status: 'active' | 'disabled';
  readonly createdAt: Date;
}

/** A person as any identity provider names her; `reference` is that provider's own id (the built-in one: userId). */
export interface DirectoryUser {
  readonly reference: string;
  readonly username: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly enabled: boolean;
}
