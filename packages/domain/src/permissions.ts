import type { Actor } from './audit.ts';
import { DomainError } from './errors.ts';
import type { OperatorRole } from './operator.ts';

const everyone: readonly OperatorRole[] = ['owner', 'administrator', 'operator', 'help-desk', 'auditor'];
const handsOnKeys: readonly OperatorRole[] = ['owner', 'administrator', 'operator'];
const atTheDesk: readonly OperatorRole[] = ['owner', 'administrator', 'operator', 'help-desk'];
const administrators: readonly OperatorRole[] = ['owner', 'administrator'];

/** Who may do what. One table; what is not a row, nobody may. */
export const permissions = {
  'session.read': everyone,
  'devices.read': everyone,
  'policies.read': everyone,
  'enrollments.read': everyone,
  'users.read': everyone,
  'identity-providers.read': everyone,
  'workstations.read': everyone,
  'events.read': ['owner', 'administrator', 'auditor'],
  'keys.see': atTheDesk,
  'keys.test': atTheDesk,
  'devices.assign': handsOnKeys,
  'devices.link-policy': handsOnKeys,
  'devices.revoke': atTheDesk,
  'devices.retire': handsOnKeys,
  'devices.reset': handsOnKeys,
  'passkeys.read': everyone,
  'passkeys.issue': handsOnKeys,
  'passkeys.write': atTheDesk,
  'one-time-code-apps.read': everyone,
  'one-time-code-apps.write': handsOnKeys,
  'one-time-code-apps.remove': atTheDesk,
  'passwords.write': administrators,
  'password-policy.read': everyone,
  'password-policy.write': administrators,
  'policies.write': administrators,
  'workflow.read': everyone,
  'workflow.write': administrators,
  'themes.read': everyone,
  'themes.write': administrators,
  'users.write': administrators,
  'clients.read': ['owner', 'administrator', 'auditor'],
  'clients.write': administrators,
  'provisioning-tokens.read': ['owner', 'administrator', 'auditor'],
  'provisioning-tokens.write': administrators,
  'identity-providers.write': administrators,
  'workstations.pair': handsOnKeys,
  'signing-keys.read': administrators,
  'signing-keys.rotate': administrators,
} as const satisfies Readonly<Record<string, readonly OperatorRole[]>>;

export type Permission = keyof typeof permissions;

/**
 * An operator with a listed role, nobody else: a system actor without a role is whoever calls a route that is open to
 * anyone.
 *
 * @throws DomainError `role-forbids`
 */
export function requirePermission(actor: Actor, permission: Permission): void {
  const allowed: readonly OperatorRole[] = permissions[permission];
  if (actor.kind === 'operator' && actor.role !== null && allowed.includes(actor.role)) return;
  throw new DomainError('role-forbids', 'Your role does not allow this. Ask an administrator to do it.', {
    detail: `${actor.kind} ${actor.id} (${actor.role ?? 'no role'}) lacks ${permission}`,
  });
}

/** Who acts when a job does. It has no role: jobs call only commands that ask for none. */
export const systemActor: Actor = {
  kind: 'system',
  id: 'keywarden',
  name: 'Keywarden',
  role: null,
  requestId: null,
  clientIp: null,
};
