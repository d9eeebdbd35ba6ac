import type { IssuedOrder, OrderTable } from '@keywarden/domain';
import { statement, type TenantSession } from './session.ts';

interface OrderRow {
  order_id: string;
  workstation_id: string;
  action: IssuedOrder['action'];
  enrollment_id: string | null;
  device_id: string | null;
  challenge: string | null;
  issued_at: Date;
  expires_at: Date;
  answered_at: Date | null;
}

const columns = `order_id, workstation_id, action, enrollment_id, device_id, challenge, issued_at, expires_at,
  answered_at`;
const get = statement<OrderRow>('order.get', `SELECT ${columns} FROM orders WHERE order_id = $1`);
const count = statement<{ total: number }>(
  'order.count',
  'SELECT count(*) AS total FROM orders WHERE enrollment_id = $1 AND action = $2',
);
const insert = statement(
  'order.insert',
  `INSERT INTO orders (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);
const markAnswered = statement(
  'order.mark-answered',
  'UPDATE orders SET answered_at = $2 WHERE order_id = $1 AND answered_at IS NULL',
);

const deletePassing = statement(
  'order.delete-passing',
  "DELETE FROM orders WHERE action IN ('session', 'authenticate') AND expires_at < $1",
);

export function orderTable(session: TenantSession): OrderTable {
  return {
    async insert(order) {
      await session.run(insert, [
        order.orderId,
        order.workstationId,
        order.action,
        order.enrollmentId,
        order.deviceId,
        order.challenge,
        order.issuedAt,
        order.expiresAt,
        order.answeredAt,
      ]);
    },
    async get(orderId) {
      const row = await session.row(get, [orderId]);
      return (
        row && {
          orderId: row.order_id,
          workstationId: row.workstation_id,
          action: row.action,
          enrollmentId: row.enrollment_id,
          deviceId: row.device_id,
          challenge: row.challenge,
          issuedAt: row.issued_at,
          expiresAt: row.expires_at,
          answeredAt: row.answered_at,
        }
      );
    },
    async count(enrollmentId, action) {
      return (await session.row(count, [enrollmentId, action]))?.total ?? 0;
    },
    deletePassing: (endedBefore) => session.run(deletePassing, [endedBefore]),
    async markAnswered(orderId, at) {
      return (await session.run(markAnswered, [orderId, at])) === 1;
    },
  };
}
