import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { normaliseUsername } from '../username.ts';
import { recordEvent } from './audit-trail.ts';

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

export async function getUser(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; userId: string },
): Promise<User> {
  requirePermission(actor, 'users.read');
  const user = await ports.store.transaction(input.tenantId, (tables) => tables.users.get(input.userId));
  if (user === null)
    throw new DomainError('user-not-found', 'There is no such user in the built-in directory.');
  return user;
}

/** Adds a person to the built-in directory, without a password. */
export async function createUser(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; username: string; displayName: string; email: string | null },
): Promise<User> {
  requirePermission(actor, 'users.write');
  const username = normaliseUsername(input.username);
  const displayName = input.displayName.normalize('NFC').trim();
  if (displayName === '' || /\p{Cc}/u.test(displayName)) {
    throw new DomainError('input-invalid', 'A display name is not empty and has no control characters.', {
      particulars: { field: 'displayName' },
    });
  }
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
