import type { Actor } from './audit.ts';
import { DomainError } from './errors.ts';
import type { OperatorRole } from './operator.ts';

const everyone: readonly OperatorRole[] = ['owner', 'administrator', 'operator', 'help-desk', 'auditor'];
const handsOnKeys: readonly OperatorRole[] = ['owner', 'administrator', 'operator'];
const atTheDesk: readonly OperatorRole[] = ['owner', 'administrator', 'operator', 'help-desk'];
const administrators: readonly OperatorRole[] = ['owner', 'administrator'];
const overseers: readonly OperatorRole[] = ['owner', 'administrator', 'auditor'];
const owners: readonly OperatorRole[] = ['owner'];

/** Who may do what. One table; what is not a row, nobody may. */
export const permissions = {
  'session.read': everyone,
  'devices.read': everyone,
  'policies.read': everyone,
  'enrollments.read': everyone,
  'users.read': everyone,
  'identity-providers.read': everyone,
  'workstations.read': everyone,
  'events.read': overseers,
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
  'groups.read': everyone,
  'groups.write': administrators,
  'operators.read': overseers,
  'operators.write': administrators,
  'owners.write': owners,
  'clients.read': overseers,
  'clients.write': administrators,
  'provisioning-tokens.read': overseers,
  'provisioning-tokens.write': administrators,
  'identity-providers.write': administrators,
  'workstations.pair': handsOnKeys,
  'signing-keys.read': administrators,
  'signing-keys.rotate': administrators,
} as const satisfies Readonly<Record<string, readonly OperatorRole[]>>;

export type Permission = keyof typeof permissions;

export function roleMay(role: OperatorRole, permission: Permission): boolean {
  const allowed: readonly OperatorRole[] = permissions[permission];
  return allowed.includes(role);
}

/**
 * An operator with a listed role, nobody else: a system actor without a role is whoever calls a route that is open to
 * anyone.
 *
 * @throws DomainError `role-forbids`
 */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (actor.kind === 'operator' && actor.role !== null && roleMay(actor.role, permission)) return;
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
