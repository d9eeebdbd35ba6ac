import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import { type NewOperator, type Operator, type OperatorRole, operatorRoles } from '../operator.ts';
import { type Permission, permissions, requirePermission, roleMay, systemActor } from '../permissions.ts';
import type { Page, PageRequest, Ports, Tables } from '../ports/index.ts';
import type { ExpectedVersions } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { readName } from './names.ts';
import { addSignInLink, operatorNotFound } from './operator-sessions.ts';
import { requireVersion } from './provisioning-step.ts';

/** Who appoints operators. */
const administering: readonly OperatorRole[] = permissions['operators.write'];

interface OneOperator {
  readonly tenantId: TenantId;
  readonly operatorId: string;
}

/** By name. */
export async function searchOperators(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; query: string; page: PageRequest },
): Promise<Page<Operator>> {
  requirePermission(actor, 'operators.read');
  return ports.store.transaction(input.tenantId, (tables) =>
    tables.operators.search(input.query.normalize('NFC'), input.page),
  );
}

/** @throws DomainError `operator-not-found` */
export async function getOperator(
  ports: Ports,
  actor: Actor,
  { tenantId, operatorId }: OneOperator,
): Promise<Operator> {
  requirePermission(actor, 'operators.read');
  const operator = await ports.store.transaction(tenantId, (tables) => tables.operators.get(operatorId));
  if (operator === null) throw operatorNotFound();
  return operator;
}

/** What each role may do, as the table has it. */
export function operatorRoleTable(
  actor: Actor,
): readonly { readonly role: OperatorRole; readonly permissions: readonly Permission[] }[] {
  requirePermission(actor, 'operators.read');
  const every = Object.keys(permissions) as Permission[];
  return operatorRoles.map((role) => ({
    role,
    permissions: every.filter((permission) => roleMay(role, permission)),
  }));
}

/** A link by which an operator signs in, once; told this once. */
export interface Invitation {
  readonly operator: Operator;
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * Makes somebody an operator.
 *
 * @throws DomainError `owner-required`, `input-invalid`
 */
export async function addOperator(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId } & Pick<Operator, 'name' | 'email' | 'role'>,
): Promise<Invitation> {
  requirePermission(actor, 'operators.write');
  const { email, role } = input;
  const name = readName(input.name, 'name');
  return ports.store.transaction(input.tenantId, async (tables) => {
    requireOwner(await administrator(tables, actor, null), [role]);
    const fresh: NewOperator = {
      operatorId: ports.random.uuid(),
      name,
      email,
      role,
      createdAt: ports.clock.now(),
    };
    await tables.operators.insert(fresh);
    const operator: Operator = { ...fresh, status: 'active', version: 1, lastSignedInAt: null };
    await recordEvent(
      { ports, tables, actor },
      { type: 'operator.created', target: targetOf(operator), description: `As ${role}.` },
    );
    return invite({ ports, tables, actor }, operator);
  });
}

/**
 * Another sign-in link; one that was not used yet opens nothing any more. Whoever has it acts in this operator's name.
 *
 * @throws DomainError `operator-not-found`, `operator-deactivated`, `owner-required`
 */
export async function inviteOperator(
  ports: Ports,
  actor: Actor,
  { tenantId, operatorId }: OneOperator,
): Promise<Invitation> {
  requirePermission(actor, 'operators.write');
  return ports.store.transaction(tenantId, async (tables) => {
    const locked = await tables.operators.lock(operatorId, administering);
    const operator = locked.find((one) => one.operatorId === operatorId);
    if (operator === undefined) throw operatorNotFound();
    requireOwner(among(locked, actor), [operator.role]);
    return invite({ ports, tables, actor }, operator);
  });
}

/**
 * A link for an owner, for whoever runs the installation, where nobody is left who could invite her; for another who
 * administers, where no owner may sign in.
 *
 * @throws DomainError `operator-not-found`
 */
export async function inviteOwner(ports: Ports, tenantId: TenantId): Promise<Invitation> {
  return ports.store.transaction(tenantId, async (tables) => {
    const administrators = (await tables.operators.list()).filter(
      ({ status, role }) => status === 'active' && roleMay(role, 'operators.write'),
    );
    const owner = administrators.find(({ role }) => roleMay(role, 'owners.write')) ?? administrators[0];
    if (owner === undefined) throw operatorNotFound();
    return invite({ ports, tables, actor: systemActor }, owner);
  });
}

async function invite(
  step: { ports: Ports; tables: Tables; actor: Actor },
  operator: Operator,
): Promise<Invitation> {
  await step.tables.operators.deleteSingleSignInLinks(operator.operatorId);
  const { token, expiresAt } = await addSignInLink(step, operator);
  await recordEvent(step, {
    type: 'operator.link-issued',
    target: targetOf(operator),
    description: `A sign-in link for ${operator.name}, good once until ${expiresAt.toISOString()}.`,
    particulars: { until: expiresAt.toISOString() },
  });
  return { operator, token, expiresAt };
}

/**
 * Changes an operator; deactivated, she is signed out everywhere and no link lets her in again. Nobody does so to herself,
 * only owners do so to owners, and somebody who may do it is always left.
 *
 * @throws DomainError `operator-not-found`, `precondition-failed`, `owner-required`, `own-access`, `last-administrator`
 */
export async function changeOperator(
  ports: Ports,
  actor: Actor,
  input: OneOperator & {
    readonly expected: ExpectedVersions;
    readonly change: Pick<Operator, 'name' | 'email' | 'role' | 'status'>;
  },
): Promise<Operator> {
  requirePermission(actor, 'operators.write');
  const { tenantId, operatorId, expected } = input;
  const change = { ...input.change, name: readName(input.change.name, 'name') };
  return ports.store.transaction(tenantId, async (tables) => {
    const locked = await tables.operators.lock(operatorId, administering);
    const before = locked.find((one) => one.operatorId === operatorId);
    if (before === undefined) throw operatorNotFound();
    const self = among(locked, actor);
    requireVersion(before, expected);
    const changed = decided.filter((member) => before[member] !== change[member]);
    if (changed.length === 0) return before;
    requireOwner(self, [before.role, change.role]);
    const access = changed.includes('role') || changed.includes('status');
    if (access && self.operatorId === operatorId) {
      throw new DomainError('own-access', 'Nobody changes her own role or deactivates herself.');
    }
    requireAdministratorLeft(locked, { ...before, ...change });
    const operator = await tables.operators.update({ ...before, ...change });
    const deactivated = changed.includes('status') && operator.status === 'deactivated';
    const ended = deactivated ? await tables.operators.endAccess(operatorId) : 0;
    await recordEvent(
      { ports, tables, actor },
      {
        type: deactivated
          ? 'operator.deactivated'
          : changed.includes('status')
            ? 'operator.activated'
            : 'operator.changed',
        target: targetOf(operator),
        description: deactivated
          ? `${operator.name} can not sign in any more; ${ended} sessions ended.`
          : `Changed: ${changed.map((member) => describeChange(member, before, operator)).join(', ')}.`,
      },
    );
    return operator;
  });
}

const decided = ['name', 'email', 'role', 'status'] as const;

function describeChange(member: (typeof decided)[number], before: Operator, after: Operator): string {
  return member === 'email' ? member : `${member} (${before[member]} → ${after[member]})`;
}

async function administrator(tables: Tables, actor: Actor, operatorId: string | null): Promise<Operator> {
  return among(await tables.operators.lock(operatorId, administering), actor);
}

/** The operator who asks, unless somebody has taken the right to it away since the request was let in. */
function among(locked: readonly Operator[], actor: Actor): Operator {
  const self = locked.find((one) => one.operatorId === actor.id);
  if (self?.status === 'active' && roleMay(self.role, 'operators.write')) return self;
  throw new DomainError('role-forbids', 'Your role does not allow this. Ask an administrator to do it.', {
    detail: `operator ${actor.id} administers no more`,
  });
}

/** An administrator neither makes an owner, herself or another, nor changes, deactivates or signs in as one. */
function requireOwner(self: Operator, roles: readonly OperatorRole[]): void {
  const above = roles.some((role) => roleMay(role, 'owners.write'));
  if (!above || roleMay(self.role, 'owners.write')) return;
  throw new DomainError('owner-required', 'Only an owner appoints, changes or invites an owner.');
}

function requireAdministratorLeft(locked: readonly Operator[], changed: Operator): void {
  const after = locked.map((one) => (one.operatorId === changed.operatorId ? changed : one));
  const holds = (operators: readonly Operator[], permission: Permission) =>
    operators.some(({ role, status }) => status === 'active' && roleMay(role, permission));
  const ownersEnd = holds(locked, 'owners.write') && !holds(after, 'owners.write');
  if (!ownersEnd && holds(after, 'operators.write')) return;
  throw new DomainError(
    'last-administrator',
    'Nobody would be left who can appoint operators. Nothing was changed.',
  );
}

function targetOf({ operatorId, name }: Operator) {
  return { kind: 'operator', id: operatorId, name };
}
