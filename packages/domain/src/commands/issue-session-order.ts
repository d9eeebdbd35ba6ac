import type { Actor } from '../audit.ts';
import type { OrderAction } from '../order.ts';
import { requirePermission } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import { assetTagRpId } from '../relying-party.ts';
import type { TenantId } from '../tenant.ts';
import { newChallenge, prepareOrder, requireWorkstation, signOrder } from './orders.ts';

type SessionOrder = Extract<OrderAction, { action: 'session' }>;

/** Lets a page take control of one paired workstation and see its keys, each proving its asset tag over our challenge. */
export async function issueSessionOrder(
  ports: Ports,
  actor: Actor,
  input: { tenantId: TenantId; workstationId: string },
): Promise<{ readonly order: string; readonly claims: SessionOrder }> {
  requirePermission(actor, 'keys.see');
  const challenge = newChallenge(ports);
  const action: SessionOrder = {
    action: 'session',
    identify: { rpId: assetTagRpId(ports.surroundings, input.tenantId), challenge },
  };
  const prepared = await ports.store.transaction(input.tenantId, async (tables) => {
    await requireWorkstation(tables, input.workstationId);
    return prepareOrder({ ports, tables }, { workstationId: input.workstationId, action, challenge });
  });
  return { order: await signOrder(ports, input.tenantId, prepared), claims: action };
}
