import type { Actor, AuditEvent } from '../audit.ts';
import type { EventType } from '../event-types.ts';
import type { Ports, Tables } from '../ports/index.ts';

/** Appends to the audit log in the transaction of the change that it tells. */
export async function recordEvent(
  {
    ports,
    tables,
    actor,
  }: { ports: Pick<Ports, 'random' | 'clock'>; tables: Pick<Tables, 'events'>; actor: Actor },
  event: Pick<AuditEvent, 'target' | 'description'> & { type: EventType; outcome?: AuditEvent['outcome'] },
): Promise<void> {
  await tables.events.append({
    eventId: ports.random.uuid(),
    at: ports.clock.now(),
    type: event.type,
    actor: { kind: actor.kind, id: actor.id, name: actor.name },
    target: event.target,
    outcome: event.outcome ?? 'success',
    description: event.description,
    requestId: actor.requestId,
    clientIp: actor.clientIp,
  });
}
