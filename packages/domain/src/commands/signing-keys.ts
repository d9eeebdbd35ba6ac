import type { Actor } from '../audit.ts';
import { requirePermission, systemActor } from '../permissions.ts';
import type { KeyRotation, Ports, PublishedSigningKey } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';

/** The keys of ID tokens as relying parties find them: of each algorithm the one that signs first. */
export async function listSigningKeys(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId },
): Promise<readonly PublishedSigningKey[]> {
  requirePermission(actor, 'signing-keys.read');
  return ports.openIdKeys.list(input.tenantId);
}

/**
 * Another key signs ID tokens: in two minutes, so that every server and client knows it by then; or at once, where nothing
 * that the old ones signed may be believed any more.
 */
export async function rotateSigningKeys(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; withdraw: boolean },
): Promise<readonly PublishedSigningKey[]> {
  requirePermission(actor, 'signing-keys.rotate');
  const { tenantId, withdraw } = input;
  await rotate(ports, actor, { tenantId, how: withdraw ? 'withdraw' : 'soon' });
  return ports.openIdKeys.list(tenantId);
}

/** For a job: publishes the next key where the interval is almost over, and forgets what nobody needs any more. */
export async function rotateDueSigningKeys(ports: Ports, input: { tenantId: TenantId }): Promise<void> {
  await rotate(ports, systemActor, { tenantId: input.tenantId, how: 'due' });
}

const descriptions: Readonly<Record<KeyRotation, string>> = {
  due: 'The next keys of ID tokens were published; they sign when the interval of the present ones is over.',
  soon: 'The next keys of ID tokens were published; they sign within minutes. The present ones stay published.',
  withdraw: 'New keys sign ID tokens. The old ones were withdrawn: nothing that they signed counts any more.',
};

async function rotate(
  ports: Ports,
  actor: Actor,
  { tenantId, how }: { readonly tenantId: TenantId; readonly how: KeyRotation },
): Promise<void> {
  await ports.openIdKeys.rotate(tenantId, how, (tables) =>
    recordEvent(
      { ports, tables, actor },
      {
        type: how === 'withdraw' ? 'signing-keys.withdrawn' : 'signing-keys.rotated',
        target: { kind: 'tenant', id: tenantId, name: tenantId },
        description: descriptions[how],
      },
    ),
  );
}
