import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports } from '../ports/index.ts';
import type { GroupReference } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { normaliseUsername } from '../username.ts';
import { recordEvent } from './audit-trail.ts';
import { endSessions } from './end-sessions.ts';

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
    return { ...entry, groups: await tables.groups.ofUser(userId) };
  });
}

/**
 * Changes a person. Disabled, she can not sign in, and whatever was open in her name ends.
 *
 * @throws DomainError `user-not-found`, `input-invalid`
 */
export async function changeUser(
  ports: Ports,
  actor: Actor,
  input: OneUser & { readonly change: Pick<User, 'displayName' | 'email' | 'status'> },
): Promise<UserDetails> {
  requirePermission(actor, 'users.write');
  const { tenantId, userId } = input;
  const { email, status } = input.change;
  const displayName = readDisplayName(input.change.displayName);
  return ports.store.transaction(tenantId, async (tables) => {
    const before = await tables.directory.lock(userId);
    if (before === null) throw userNotFound();
    const groups = await tables.groups.ofUser(userId);
    const changed = [
      ...(before.displayName === displayName ? [] : ['displayName']),
      ...(before.email === email ? [] : ['email']),
      ...(before.status === status ? [] : ['status']),
    ];
    if (changed.length === 0) return { ...before, groups };
    const { emails, ...attributes } = before.attributes;
    const entry = await tables.directory.update({
      ...before,
      displayName,
      email,
      status,
      // The list of addresses that a directory gave is no longer true where the one for mail is another.
      attributes: before.email === email && emails !== undefined ? { ...attributes, emails } : attributes,
      updatedAt: ports.clock.now(),
    });
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
    return { ...entry, groups };
  });
}

function userNotFound(): DomainError {
  return new DomainError('user-not-found', 'There is no such user in the built-in directory.');
}

function readDisplayName(text: string): string {
  const displayName = text.normalize('NFC').trim();
  if (displayName !== '' && !/\p{Cc}/u.test(displayName)) return displayName;
  throw new DomainError('input-invalid', 'A display name is not empty and has no control characters.', {
    particulars: { field: 'displayName' },
  });
}

/** Adds a person to the built-in directory, without a password. */
export async function createUser(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; username: string; displayName: string; email: string | null },
): Promise<User> {
  requirePermission(actor, 'users.write');
  const username = normaliseUsername(input.username);
  const displayName = readDisplayName(input.displayName);
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
