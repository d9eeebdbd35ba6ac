import type { Actor } from '../audit.ts';
import type { RequestOptions } from '../enrollment.ts';
import { DomainError } from '../errors.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import { builtInRelyingParty } from '../relying-party.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { prepareOrder, requireWorkstation, signOrder } from './orders.ts';

/**
 * "Test this key": one assertion, and only for the tenant's own authentication service. For any other RP ID the signed
 * order would turn the operator's workstation into a machine that signs in elsewhere with other people's keys.
 */
export async function issueAuthenticateOrder(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; workstationId: string; connectionId: string; options: RequestOptions },
): Promise<{ readonly order: string }> {
  requirePermission(actor, 'keys.test');
  const relyingParty = builtInRelyingParty(ports.surroundings);
  if (input.options.rpId !== relyingParty.rpId) {
    throw new DomainError(
      'rp-id-forbidden',
      "A key can be tested only against this tenant's own authentication service. Nothing was sent to the key.",
      { particulars: { rpId: input.options.rpId } },
    );
  }
  const prepared = await ports.store.transaction(input.tenantId, async (tables) => {
    await requireWorkstation(tables, input.workstationId);
    await recordEvent(
      { ports, tables, actor },
      {
        type: 'key.test-ordered',
        target: { kind: 'workstation', id: input.workstationId, name: input.workstationId },
        description: `An assertion for ${relyingParty.rpId} was ordered from connection ${input.connectionId}.`,
      },
    );
    return prepareOrder(
      { ports, tables },
      {
        workstationId: input.workstationId,
        challenge: input.options.challenge,
        action: {
          action: 'authenticate',
          device: input.connectionId,
          options: input.options,
          origin: relyingParty.origin,
        },
      },
    );
  });
  return { order: await signOrder(ports, input.tenantId, prepared) };
}
