import type { AuditEvent, EventTable, OutboxTable } from '@keywarden/domain';
import { Filter, readCursor, toPage } from './paging.ts';
import { statement, type TenantSession } from './session.ts';

interface EventRow {
  event_id: string;
  at: Date;
  type: string;
  actor_kind: AuditEvent['actor']['kind'];
  actor_id: string;
  actor_name: string;
  target_kind: string;
  target_id: string;
  target_name: string;
  outcome: AuditEvent['outcome'];
  description: string;
  particulars: AuditEvent['particulars'] | null;
  request_id: string | null;
  client_ip: string | null;
}

const columns = `event_id, at, type, actor_kind, actor_id, actor_name, target_kind, target_id, target_name, outcome,
  description, particulars, request_id, client_ip`;
const append = statement(
  'event.append',
  `INSERT INTO events (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
);

export function eventTable(session: TenantSession): EventTable {
  return {
    async append(event) {
      session.post(append, [
        event.eventId,
        event.at,
        event.type,
        event.actor.kind,
        event.actor.id,
        event.actor.name,
        event.target.kind,
        event.target.id,
        event.target.name,
        event.outcome,
        event.description,
        Object.keys(event.particulars).length === 0 ? null : JSON.stringify(event.particulars),
        event.requestId,
        event.clientIp,
      ]);
    },
    async list(wanted, page) {
      const filter = new Filter();
      if (wanted.targetId !== undefined) filter.add('target', 'target_id = ?', wanted.targetId);
      if (wanted.type !== undefined) filter.add('type', 'type = ?', wanted.type);
      const count = await session.row(
        statement<{ total: number }>(
          `event.total/${filter.name}`,
          `SELECT count(*) AS total FROM events WHERE ${filter.where}`,
        ),
        filter.values,
      );
      const cursor = readCursor(page, 1);
      if (cursor !== null) filter.add('after', 'event_id < ?', cursor[0]);
      const rows = await session.rows(
        statement<EventRow>(
          `event.list/${filter.name}`,
          `SELECT ${columns} FROM events WHERE ${filter.where}
            ORDER BY event_id DESC LIMIT $${filter.values.length + 1}`,
        ),
        [...filter.values, page.limit + 1],
      );
      return toPage({
        rows,
        total: count?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.event_id],
        read,
      });
    },
  };
}

function read(row: EventRow): AuditEvent {
  return {
    eventId: row.event_id,
    at: row.at,
    type: row.type,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
    outcome: row.outcome,
    description: row.description,
    particulars: row.particulars ?? {},
    requestId: row.request_id,
    clientIp: row.client_ip,
  };
}

interface EffectRow {
  outbox_id: string;
  kind: string;
  payload: Record<string, unknown>;
  attempts: number;
}

const add = statement(
  'outbox.add',
  'INSERT INTO outbox (outbox_id, kind, payload, due_at) VALUES ($1, $2, $3, $4)',
);
const take = statement<EffectRow>(
  'outbox.take',
  `SELECT outbox_id, kind, payload, attempts FROM outbox
    WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
);
const done = statement('outbox.done', 'DELETE FROM outbox WHERE outbox_id = $1');
const retryAt = statement(
  'outbox.retry-at',
  'UPDATE outbox SET due_at = $2, last_error = $3, attempts = attempts + 1 WHERE outbox_id = $1',
);

export function outboxTable(session: TenantSession): OutboxTable {
  return {
    async add(effect) {
      session.post(add, [effect.outboxId, effect.kind, JSON.stringify(effect.payload), effect.at]);
    },
    async take(now, limit) {
      return (await session.rows(take, [now, limit])).map((row) => ({
        outboxId: row.outbox_id,
        kind: row.kind,
        payload: row.payload,
        attempts: row.attempts,
      }));
    },
    async done(outboxId) {
      await session.run(done, [outboxId]);
    },
    async retryAt(outboxId, at, error) {
      await session.run(retryAt, [outboxId, at, error.slice(0, 2000)]);
    },
  };
}
