import type { Actor, AuditEvent } from '../audit.ts';
import { requirePermission } from '../permissions.ts';
import type { Page, PageRequest, Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';

export async function listEvents(
  ports: Ports,
  actor: Actor,
  input: {
    tenantId: TenantId;
    targetId?: string | undefined;
    type?: string | undefined;
    page: PageRequest;
  },
): Promise<Page<AuditEvent>> {
  requirePermission(actor, 'events.read');
  return ports.store.transaction(input.tenantId, (tables) =>
    tables.events.list(
      {
        ...(input.targetId === undefined ? {} : { targetId: input.targetId }),
        ...(input.type === undefined ? {} : { type: input.type }),
      },
      input.page,
    ),
  );
}
