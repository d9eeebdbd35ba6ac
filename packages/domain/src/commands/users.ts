import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports, Tables } from '../ports/index.ts';
import type { DirectoryEntry, ExpectedVersions, GroupReference } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { normaliseUsername } from '../username.ts';
import { recordEvent } from './audit-trail.ts';
import { endSessions } from './end-sessions.ts';
import { readName } from './names.ts';
import { requireVersion } from './provisioning-step.ts';

/** People of the built-in directory whose name, login or e-mail begins so. */
export async function searchUsers(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; query: string; page: PageRequest },
): Promise<Page<User>> {
  requirePermission(actor, 'users.read');
  return ports.store.transaction(input.tenantId, (tables) =>
    tables.users.search(input.query.normalize('NFC'), input.page),
  );
}

export interface UserDetails extends User {
  /** What is on record of the language that she reads, as in `Accept-Language`; null: nothing. */
  readonly language: string | null;
  /** Counts up with every change of hers. */
  readonly version: number;
  readonly groups: readonly GroupReference[];
  /** The name that a provisioning directory has for her; null: nobody provisions her. */
  readonly externalId: string | null;
}

interface OneUser {
  readonly tenantId: TenantId;
  readonly userId: string;
}

/** @throws DomainError `user-not-found` */
export async function getUser(
  ports: Ports,
  actor: Actor,
  { tenantId, userId }: OneUser,
): Promise<UserDetails> {
  requirePermission(actor, 'users.read');
  return ports.store.transaction(tenantId, async (tables) => {
    const entry = await tables.directory.get(userId);
    if (entry === null) throw userNotFound();
    return describe(tables, entry);
  });
}

async function describe(tables: Tables, entry: DirectoryEntry): Promise<UserDetails> {
  return { ...entry, language: languageOf(entry), groups: await tables.groups.ofUser(entry.userId) };
}

/** RFC 7643 §4.1.1. */
function languageOf({ attributes }: DirectoryEntry): string | null {
  const { preferredLanguage } = attributes;
  return typeof preferredLanguage === 'string' ? preferredLanguage : null;
}

/** What an administrator decides of a person; what is left out stays. */
export type UserChange = Pick<User, 'displayName' | 'email' | 'status'> & {
  readonly username?: string | undefined;
  readonly language?: string | null | undefined;
};

/**
 * Changes a person. Disabled, she can not sign in, and whatever was open in her name ends. Under another username she is the
 * same to every application (`sub`) and her passkeys go on; the old one is anybody's from now on.
 *
 * @throws DomainError `user-not-found`, `precondition-failed`, `username-taken` also where a name differs in case alone,
 * `username-malformed`, `input-invalid`
 */
export async function changeUser(
  ports: Ports,
  actor: Actor,
  input: OneUser & { readonly expected?: ExpectedVersions; readonly change: UserChange },
): Promise<UserDetails> {
  requirePermission(actor, 'users.write');
  const { tenantId, userId, expected = null } = input;
  const { email, status } = input.change;
  const displayName = readName(input.change.displayName, 'displayName');
  return ports.store.transaction(tenantId, async (tables) => {
    const before = await tables.directory.lock(userId);
    if (before === null) throw userNotFound();
    requireVersion(before, expected);
    const username = readUsername(input.change.username, before);
    const language = readLanguage(input.change.language, before);
    const changed = [
      ...(before.username === username ? [] : [`username (${before.username} → ${username})`]),
      ...(before.displayName === displayName ? [] : ['displayName']),
      ...(before.email === email ? [] : ['email']),
      ...(languageOf(before) === language ? [] : ['language']),
      ...(before.status === status ? [] : ['status']),
    ];
    if (changed.length === 0) return describe(tables, before);
    if (before.username !== username) await claimUsername(tables, { username, userId });
    const { emails, preferredLanguage: _replaced, ...attributes } = before.attributes;
    const entry = await tables.directory.update({
      ...before,
      username,
      displayName,
      email,
      status,
      attributes: {
        ...attributes,
        // The list of addresses that a directory gave is no longer true where the one for mail is another.
        ...(before.email === email && emails !== undefined ? { emails } : {}),
        ...(language === null ? {} : { preferredLanguage: language }),
      },
      updatedAt: ports.clock.now(),
    });
    if (before.username !== username || before.displayName !== displayName) {
      await tables.devices.renameOwner({ reference: userId, username, displayName });
    }
    const disabled = changed.includes('status') && status !== 'active';
    const ended = disabled ? await endSessions(tables, { userId }) : 0;
    await recordEvent(
      { ports, tables, actor },
      {
        type: disabled ? 'user.disabled' : changed.includes('status') ? 'user.enabled' : 'user.changed',
        target: { kind: 'user', id: userId, name: entry.username },
        description: disabled
          ? `${entry.displayName} can not sign in any more; ${ended} sessions and tokens ended.`
          : `Changed: ${changed.join(', ')}.`,
      },
    );
    return describe(tables, entry);
  });
}

/** As it was given before, it need not be what is allowed today. */
function readUsername(text: string | undefined, before: User): string {
  return text === undefined || text === before.username ? before.username : normaliseUsername(text);
}

function readLanguage(text: string | null | undefined, before: DirectoryEntry): string | null {
  const known = languageOf(before);
  if (text === undefined || text === known) return known;
  if (text === null) return null;
  try {
    const [tag] = Intl.getCanonicalLocales(text);
    if (tag !== undefined && tag.length <= longestLanguage) return tag;
  } catch {
    // Told below.
  }
  throw new DomainError('input-invalid', 'A language is a tag of BCP 47, such as `en` or `de-CH`.', {
    particulars: { field: 'language' },
  });
}

const longestLanguage = 35;

async function claimUsername(
  tables: Tables,
  { username, userId }: { readonly username: string; readonly userId: string | null },
): Promise<void> {
  const holder = await tables.directory.claimUsername(username);
  if (holder === null || holder === userId) return;
  throw new DomainError('username-taken', `There is a user “${username}” already. Nothing was changed.`, {
    particulars: { username },
  });
}

function userNotFound(): DomainError {
  return new DomainError('user-not-found', 'There is no such user in the built-in directory.');
}

/** Adds a person to the built-in directory, without a password. */
export async function createUser(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; username: string; displayName: string; email: string | null },
): Promise<User> {
  requirePermission(actor, 'users.write');
  const username = normaliseUsername(input.username);
  const displayName = readName(input.displayName, 'displayName');
  return ports.store.transaction(input.tenantId, async (tables) => {
    if ((await tables.users.findByUsername(username)) !== null) {
      throw new DomainError('username-taken', `There is a user “${username}” already. Nothing was changed.`, {
        particulars: { username },
      });
    }
    const user: User = {
      userId: ports.random.uuid(),
      username,
      displayName,
      email: input.email,
      status: 'active',
      createdAt: ports.clock.now(),
    };
    await tables.users.insert(user);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'user.created',
        target: { kind: 'user', id: user.userId, name: username },
        description: `${displayName} was added to the built-in directory.`,
      },
    );
    return user;
  });
}
