import type { Actor, AuditEvent, EventParticulars } from '../audit.ts';
import type { EventType } from '../event-types.ts';
import type { Ports, Tables } from '../ports/index.ts';

/** An event is kept for years: what somebody typed is cut to this many characters. */
const longestParticular = 500;

/** Appends to the audit log in the transaction of the change that it tells. */
export async function recordEvent(
  {
    ports,
    tables,
    actor,
  }: { ports: Pick<Ports, 'random' | 'clock'>; tables: Pick<Tables, 'events'>; actor: Actor },
  event: Pick<AuditEvent, 'target' | 'description'> & {
    type: EventType;
    outcome?: AuditEvent['outcome'];
    particulars?: EventParticulars;
  },
): Promise<void> {
  await tables.events.append({
    eventId: ports.random.uuid(),
    at: ports.clock.now(),
    type: event.type,
    actor: { kind: actor.kind, id: actor.id, name: actor.name },
    target: event.target,
    outcome: event.outcome ?? 'success',
    description: event.description,
    particulars: bounded(event.particulars ?? {}),
    requestId: actor.requestId,
    clientIp: actor.clientIp,
  });
}

function bounded(particulars: EventParticulars): EventParticulars {
  return Object.fromEntries(
    Object.entries(particulars).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, longestParticular) : value,
    ]),
  );
}
