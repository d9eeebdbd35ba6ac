import { DomainError } from '../errors.ts';
import type { NewOperator, Operator, OperatorRole } from '../operator.ts';
import { systemActor } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { Tenant, TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { readName } from './names.ts';

const tenantIdPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** First segments of our own paths. */
const reserved: readonly string[] = ['api', 'assets', 'assign-user', 'healthz', 'sign-in', 'sign-out'];

const namingRule = `Its id has 1 to 63 small letters, digits and hyphens, begins with no hyphen, and is none of ${reserved.join(', ')}.`;

/** Makes a tenant with the built-in directory as its default identity provider; one that is there stays as it is. */
export async function createTenant(
  ports: Ports,
  input: { tenantId: TenantId; name: string },
): Promise<Tenant> {
  const { tenantId } = input;
  const name = readName(input.name, 'name');
  if (!tenantIdPattern.test(tenantId) || reserved.includes(tenantId)) {
    throw new DomainError('input-invalid', `A tenant can not be named “${tenantId}”. ${namingRule}`, {
      particulars: { field: 'tenantId' },
    });
  }
  return ports.store.transaction(tenantId, async (tables) => {
    const existing = await tables.tenants.get();
    if (existing !== null) return existing;
    const now = ports.clock.now();
    const identityProviderId = ports.random.uuid();
    const tenant: Tenant = { tenantId, name, defaultIdentityProviderId: identityProviderId, createdAt: now };
    await tables.tenants.insert(tenant);
    await tables.identityProviders.insert({
      identityProviderId,
      kind: 'built-in',
      name: 'Built-in directory',
      status: 'active',
      createdAt: now,
    });
    await recordEvent(
      { ports, tables, actor: systemActor },
      {
        type: 'tenant.created',
        target: { kind: 'tenant', id: tenantId, name },
        description: `The tenant ${name} was created with the built-in directory.`,
      },
    );
    return tenant;
  });
}

/** The first operator of a tenant; where there are operators already, the one of that name and role, or null. */
export async function createFirstOperator(
  ports: Ports,
  input: { tenantId: TenantId; name: string; role: OperatorRole },
): Promise<Operator | null> {
  const { tenantId, name, role } = input;
  return ports.store.transaction(tenantId, async (tables) => {
    const operators = await tables.operators.list();
    if (operators.length > 0) {
      return operators.find((operator) => operator.name === name && operator.role === role) ?? null;
    }
    const fresh: NewOperator = {
      operatorId: ports.random.uuid(),
      name,
      email: null,
      role,
      createdAt: ports.clock.now(),
    };
    await tables.operators.insert(fresh);
    const operator: Operator = { ...fresh, status: 'active', version: 1, lastSignedInAt: null };
    await recordEvent(
      { ports, tables, actor: systemActor },
      {
        type: 'operator.created',
        target: { kind: 'operator', id: operator.operatorId, name },
        description: `${name} is the first operator of this tenant (${role}).`,
      },
    );
    return operator;
  });
}
