import type { Actor } from '../audit.ts';
import { DomainError } from '../errors.ts';
import type { Ports, Tables } from '../ports/index.ts';
import { type ExpectedVersions, provisioningScope } from '../provisioning.ts';
import type { TenantId } from '../tenant.ts';

/** What a provisioning command works with inside of its transaction. */
export interface ProvisioningStep {
  readonly ports: Ports;
  readonly tables: Tables;
  readonly actor: Actor;
}

/**
 * Runs `work` in one transaction, for a provisioner and nobody else.
 *
 * @throws DomainError `scope-missing`
 */
export async function provision<T>(
  { ports, actor, tenantId }: { ports: Ports; actor: Actor; tenantId: TenantId },
  work: (step: ProvisioningStep) => Promise<T>,
): Promise<T> {
  if (!('scope' in actor) || actor.scope !== provisioningScope) {
    throw new DomainError('scope-missing', 'Only a directory that may provision can do this.', {
      detail: `${actor.kind} ${actor.id}`,
    });
  }
  return ports.store.transaction(tenantId, (tables) => work({ ports, tables, actor }));
}

/** @throws DomainError `precondition-failed` */
export function requireVersion(found: { readonly version: number }, expected: ExpectedVersions): void {
  if (expected === null || expected.includes(found.version)) return;
  throw new DomainError(
    'precondition-failed',
    'It was changed since you read it. Nothing was written; read it again.',
    { particulars: { version: found.version } },
  );
}

/** Whether two values of JSON say the same, in whatever order their members stand. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((element, index) => sameJson(element, other[index]))
    );
  }
  const members = Object.entries(one);
  const others = new Map(Object.entries(other));
  return (
    members.length === others.size &&
    members.every(([name, value]) => others.has(name) && sameJson(value, others.get(name)))
  );
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Ids that are none are nobody's: the database need not be asked. */
export function isId(text: string): boolean {
  return uuidPattern.test(text);
}
