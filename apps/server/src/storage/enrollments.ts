import { DomainError, type Enrollment, type EnrollmentTable, openEnrollmentStates } from '@keywarden/domain';
import { Filter, readCursor, toPage } from './paging.ts';
import { statement, type TenantSession } from './session.ts';

interface EnrollmentRow {
  enrollment_id: string;
  device_id: string;
  identity_provider_id: string;
  user_identity_provider_id: string;
  user_reference: string;
  user_username: string;
  user_display_name: string;
  policy_id: string | null;
  workstation_id: string;
  connection_id: string;
  state: Enrollment['state'];
  options: Enrollment['options'];
  origin: string | null;
  handle: string | null;
  credential: Enrollment['credential'];
  failure_code: string | null;
  failure_message: string | null;
  operator_id: string | null;
  order_id: string | null;
  idempotency_key: string | null;
  lease_until: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  expires_at: Date;
}

const columns = `enrollment_id, device_id, identity_provider_id, user_identity_provider_id, user_reference,
  user_username, user_display_name, policy_id, workstation_id, connection_id, state, options, origin, handle,
  credential, failure_code, failure_message, operator_id, order_id, idempotency_key, lease_until, version, created_at,
  updated_at, expires_at`;
/** As the unique index enrollments_open_device has it. */
const open = "state NOT IN ('COMPLETE', 'FAILED', 'COMPENSATED')";

const get = statement<EnrollmentRow>(
  'enrollment.get',
  `SELECT ${columns} FROM enrollments WHERE enrollment_id = $1`,
);
const lock = statement<EnrollmentRow>(
  'enrollment.lock',
  `SELECT ${columns} FROM enrollments WHERE enrollment_id = $1 FOR UPDATE`,
);
const findOpenByDevice = statement<EnrollmentRow>(
  'enrollment.find-open-by-device',
  `SELECT ${columns} FROM enrollments WHERE device_id = $1 AND ${open}`,
);
const findByIdempotencyKey = statement<EnrollmentRow>(
  'enrollment.find-by-idempotency-key',
  `SELECT ${columns} FROM enrollments WHERE idempotency_key = $1`,
);
const lockExpired = statement<EnrollmentRow>(
  'enrollment.lock-expired',
  `SELECT ${columns} FROM enrollments
    WHERE state = ANY ($1) AND expires_at <= $2 AND (lease_until IS NULL OR lease_until <= $2)
    ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED`,
);
const insert = statement(
  'enrollment.insert',
  `INSERT INTO enrollments (${columns})
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
           $24, $25)`,
);
const update = statement<EnrollmentRow>(
  'enrollment.update',
  `UPDATE enrollments SET device_id = $2, identity_provider_id = $3, user_identity_provider_id = $4,
          user_reference = $5, user_username = $6, user_display_name = $7, policy_id = $8, workstation_id = $9,
          connection_id = $10, state = $11, options = $12, origin = $13, handle = $14, credential = $15,
          failure_code = $16, failure_message = $17, operator_id = $18, order_id = $19, idempotency_key = $20,
          lease_until = $21, version = version + 1, created_at = $23, updated_at = $24, expires_at = $25
    WHERE enrollment_id = $1 AND version = $22 RETURNING ${columns}`,
);

export function enrollmentTable(session: TenantSession): EnrollmentTable {
  return {
    async get(enrollmentId) {
      const row = await session.row(get, [enrollmentId]);
      return row && read(row);
    },
    async lock(enrollmentId) {
      const row = await session.row(lock, [enrollmentId]);
      return row && read(row);
    },
    async findOpenByDevice(deviceId) {
      const row = await session.row(findOpenByDevice, [deviceId]);
      return row && read(row);
    },
    async findByIdempotencyKey(idempotencyKey) {
      const row = await session.row(findByIdempotencyKey, [idempotencyKey]);
      return row && read(row);
    },
    async lockExpired(now, limit) {
      return (await session.rows(lockExpired, [openEnrollmentStates, now, limit])).map(read);
    },
    async list(wanted, page) {
      const filter = new Filter();
      if (wanted.deviceId !== undefined) filter.add('device', 'device_id = ?', wanted.deviceId);
      if (wanted.policyId !== undefined) filter.add('policy', 'policy_id = ?', wanted.policyId);
      if (wanted.open !== undefined) filter.add('open', `(${open}) = ?`, wanted.open);
      const count = await session.row(
        statement<{ total: number }>(
          `enrollment.total/${filter.name}`,
          `SELECT count(*) AS total FROM enrollments WHERE ${filter.where}`,
        ),
        filter.values,
      );
      const cursor = readCursor(page, 1);
      if (cursor !== null) filter.add('after', 'enrollment_id < ?', cursor[0]);
      const rows = await session.rows(
        statement<EnrollmentRow>(
          `enrollment.list/${filter.name}`,
          `SELECT ${columns} FROM enrollments WHERE ${filter.where}
            ORDER BY enrollment_id DESC LIMIT $${filter.values.length + 1}`,
        ),
        [...filter.values, page.limit + 1],
      );
      return toPage({
        rows,
        total: count?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.enrollment_id],
        read,
      });
    },
    async insert(enrollment) {
      await session.run(insert, write(enrollment));
    },
    async update(enrollment) {
      const row = await session.row(update, write(enrollment));
      if (row === null) {
        throw new DomainError(
          'version-conflict',
          'This enrollment went on at the same moment. Look at it again, then try again.',
          { detail: `enrollment ${enrollment.enrollmentId} is no longer at version ${enrollment.version}` },
        );
      }
      return read(row);
    },
  };
}

function read(row: EnrollmentRow): Enrollment {
  return {
    enrollmentId: row.enrollment_id,
    deviceId: row.device_id,
    identityProviderId: row.identity_provider_id,
    user: {
      identityProviderId: row.user_identity_provider_id,
      reference: row.user_reference,
      username: row.user_username,
      displayName: row.user_display_name,
    },
    policyId: row.policy_id,
    workstationId: row.workstation_id,
    connectionId: row.connection_id,
    state: row.state,
    options: row.options,
    origin: row.origin,
    handle: row.handle,
    credential: row.credential,
    failureCode: row.failure_code,
    failureMessage: row.failure_message,
    operatorId: row.operator_id,
    orderId: row.order_id,
    idempotencyKey: row.idempotency_key,
    leaseUntil: row.lease_until,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}

function write(enrollment: Enrollment): unknown[] {
  return [
    enrollment.enrollmentId,
    enrollment.deviceId,
    enrollment.identityProviderId,
    enrollment.user.identityProviderId,
    enrollment.user.reference,
    enrollment.user.username,
    enrollment.user.displayName,
    enrollment.policyId,
    enrollment.workstationId,
    enrollment.connectionId,
    enrollment.state,
    enrollment.options && JSON.stringify(enrollment.options),
    enrollment.origin,
    enrollment.handle,
    enrollment.credential && JSON.stringify(enrollment.credential),
    enrollment.failureCode,
    enrollment.failureMessage,
    enrollment.operatorId,
    enrollment.orderId,
    enrollment.idempotencyKey,
    enrollment.leaseUntil,
    enrollment.version,
    enrollment.createdAt,
    enrollment.updatedAt,
    enrollment.expiresAt,
  ];
}
