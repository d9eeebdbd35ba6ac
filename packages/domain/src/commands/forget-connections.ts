import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';

/** Longer than any enrollment is open; a key that stays plugged in is seen again by the next page. */
const keptMilliseconds = 7 * 24 * 60 * 60_000;

/** For a job: plugged-in keys that no page has looked at for a week. */
export async function forgetConnections(ports: Ports, input: { tenantId: TenantId }): Promise<number> {
  const before = new Date(ports.clock.now().getTime() - keptMilliseconds);
  return ports.store.transaction(input.tenantId, (tables) => tables.connections.deleteSeenBefore(before));
}
