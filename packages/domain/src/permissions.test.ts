import { describe, expect, it } from 'vitest';
import type { Actor } from './audit.ts';
import { DomainError } from './errors.ts';
import { type OperatorRole, operatorRoles } from './operator.ts';
import { type Permission, permissions, requirePermission, systemActor } from './permissions.ts';

const every = Object.keys(permissions) as Permission[];
const operator = (role: OperatorRole | null): Actor => ({
  kind: 'operator',
  id: 'o',
  name: 'Olivia',
  role,
  requestId: null,
  clientIp: null,
});

function allowed(actor: Actor, permission: Permission): boolean {
  try {
    requirePermission(actor, permission);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'role-forbids') return false;
    throw error;
  }
}

describe('who may do what', () => {
  it.each(every.flatMap((permission) => operatorRoles.map((role) => [permission, role] as const)))(
    '%s by %s is what the table says',
    (permission, role) => {
      const listed: readonly OperatorRole[] = permissions[permission];
      expect(allowed(operator(role), permission)).toBe(listed.includes(role));
    },
  );

  it.each(every)(
    '%s is nobody else’s: no system, user or client actor, no operator without a role',
    (permission) => {
      expect(allowed(systemActor, permission)).toBe(false);
      expect(allowed(operator(null), permission)).toBe(false);
      expect(allowed({ ...operator('owner'), kind: 'user' }, permission)).toBe(false);
      expect(allowed({ ...operator('owner'), kind: 'client' }, permission)).toBe(false);
    },
  );

  it('lets an auditor read and change nothing', () => {
    const may = every.filter((permission) => allowed(operator('auditor'), permission));
    expect(may.filter((permission) => !permission.endsWith('.read'))).toEqual([]);
    expect(may).toContain('events.read');
  });

  it('lets the help desk see, test and revoke keys, and give none out', () => {
    expect(allowed(operator('help-desk'), 'devices.revoke')).toBe(true);
    for (const permission of ['devices.assign', 'devices.retire', 'policies.write', 'users.write'] as const) {
      expect(allowed(operator('help-desk'), permission)).toBe(false);
    }
  });
});
