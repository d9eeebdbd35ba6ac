import {
  DomainError,
  type EnrollmentCodeTable,
  type PasskeyDevice,
  type PasskeyDeviceTable,
  usualPasskeyName,
} from '@keywarden/domain';
import { credentialColumns, writeCredential } from './credentials.ts';
import { composite, lookup, statement, type TenantSession } from './session.ts';

interface PasskeyDeviceRow {
  device_id: string;
  user_id: string | null;
  status: PasskeyDevice['status'];
  device_type: string;
  friendly_name: string;
  valid_from: Date | null;
  valid_until: Date | null;
  credential_id: string | null;
  external_id: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

const columns = `device_id, user_id, status, device_type, friendly_name, valid_from, valid_until, credential_id,
  external_id, version, created_at, updated_at`;

const get = lookup<PasskeyDeviceRow>(
  'passkey-device.get',
  `SELECT ${columns} FROM passkey_devices WHERE device_id = $1`,
);
const lock = statement<PasskeyDeviceRow>(
  'passkey-device.lock',
  `SELECT ${columns} FROM passkey_devices WHERE device_id = $1 FOR UPDATE`,
);
const findByCredential = lookup<PasskeyDeviceRow>(
  'passkey-device.find-by-credential',
  `SELECT ${columns} FROM passkey_devices WHERE credential_id = $1`,
);
const listByUser = statement<PasskeyDeviceRow>(
  'passkey-device.list-by-user',
  `SELECT ${columns} FROM passkey_devices WHERE user_id = $1 ORDER BY created_at, device_id`,
);
const listEnded = statement<{ credential_id: string }>(
  'passkey-device.list-ended',
  `SELECT c.credential_id FROM credentials c
    WHERE c.valid_until > $1 AND c.valid_until <= $2
      AND (EXISTS (SELECT FROM grant_credentials g WHERE g.credential_id = c.credential_id)
           OR EXISTS (SELECT FROM account_sessions a
                       WHERE a.user_id = c.user_id AND c.credential_id = ANY (a.credential_ids)))
    ORDER BY c.valid_until LIMIT 500`,
);
const insert = statement(
  'passkey-device.insert',
  `INSERT INTO passkey_devices (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
);
const update = statement<PasskeyDeviceRow>(
  'passkey-device.update',
  `WITH changed AS (
     UPDATE passkey_devices SET user_id = $2, status = $3, device_type = $4, friendly_name = $5, valid_from = $6,
            valid_until = $7, credential_id = $8, external_id = $9, version = version + 1, created_at = $11,
            updated_at = $12
      WHERE device_id = $1 AND version = $10 RETURNING ${columns}
   ), followed AS (
     UPDATE credentials c SET status = d.status, friendly_name = d.friendly_name, valid_from = d.valid_from,
            valid_until = d.valid_until
       FROM changed d WHERE c.credential_id = d.credential_id
   )
   SELECT ${columns} FROM changed`,
);

/** How many parameters the credential takes; those of the device follow. */
const credentialParameters = credentialColumns.split(',').length;
const parameter = (number: number) => `$${credentialParameters + number}`;
const [deviceId, deviceType, externalId, updatedAt] = [1, 2, 3, 4].map(parameter);
const [wanted, awaited, required] = [5, 6, 7].map(parameter);
const credentialValues = credentialColumns.split(',').map((column, index) => {
  if (column.trim() === 'friendly_name') {
    return `COALESCE((SELECT w.friendly_name FROM waiting w WHERE w.friendly_name <> '${usualPasskeyName}'), $${index + 1})`;
  }
  if (column.trim() === 'valid_from') return `COALESCE((SELECT w.valid_from FROM waiting w), $${index + 1})`;
  if (column.trim() === 'valid_until')
    return `COALESCE((SELECT w.valid_until FROM waiting w), $${index + 1})`;
  return `$${index + 1}`;
});
/**
 * A row that was filled meanwhile is looked at again when its lock is free, and is PENDING no more. Hers are gathered before they
 * are put in order, and nothing is joined but the one that was found: while the table is new and not counted yet, PostgreSQL would
 * rather read all devices of the tenant by an index that has the order.
 */
const register = composite(
  'passkey-device.register',
  `WITH hers AS MATERIALIZED (
     SELECT device_id, created_at FROM passkey_devices
      WHERE ${wanted} AND user_id = $2 AND status = 'PENDING'
        AND CASE WHEN ${awaited}::uuid IS NULL THEN device_type = ${deviceType} ELSE device_id = ${awaited}::uuid END
        AND (valid_from IS NULL OR valid_from <= ${updatedAt}) AND (valid_until IS NULL OR valid_until > ${updatedAt})
   ), locked AS (
     SELECT ${columns} FROM passkey_devices
      WHERE device_id = (SELECT device_id FROM hers ORDER BY created_at, device_id LIMIT 1) FOR UPDATE
   ), waiting AS (
     SELECT * FROM locked WHERE status = 'PENDING'
   ), kept AS (
     INSERT INTO credentials (${credentialColumns})
     SELECT ${credentialValues.join(', ')} WHERE NOT ${required} OR EXISTS (SELECT FROM waiting)
     ON CONFLICT DO NOTHING
     RETURNING credential_id, user_id, status, friendly_name, valid_from, valid_until, created_at
   ), filled AS (
     UPDATE passkey_devices d
        SET status = kept.status, friendly_name = kept.friendly_name, credential_id = kept.credential_id,
            version = d.version + 1, updated_at = ${updatedAt}
       FROM kept WHERE d.device_id = (SELECT device_id FROM waiting) RETURNING 1
   ), spent AS (
     DELETE FROM enrollment_codes e USING kept WHERE e.device_id = (SELECT device_id FROM waiting)
   ), made AS (
     INSERT INTO passkey_devices (${columns})
     SELECT ${deviceId}::uuid, user_id, status, ${deviceType}, friendly_name, valid_from, valid_until, credential_id,
            ${externalId}, 1, created_at, ${updatedAt}
       FROM kept WHERE NOT EXISTS (SELECT FROM waiting) RETURNING 1
   )`,
  '(SELECT FROM filled UNION ALL SELECT FROM made) AS kept_device',
);

export function passkeyDeviceTable(session: TenantSession): PasskeyDeviceTable {
  return {
    async get(id) {
      const row = await session.row(get, [id]);
      return row && read(row);
    },
    async lock(id) {
      const row = await session.row(lock, [id]);
      return row && read(row);
    },
    async findByCredential(credentialId) {
      const row = await session.row(findByCredential, [credentialId]);
      return row && read(row);
    },
    async listByUser(userId) {
      return (await session.rows(listByUser, [userId])).map(read);
    },
    async listEnded(after, until) {
      return (await session.rows(listEnded, [after, until])).map((row) => row.credential_id);
    },
    async insert(device) {
      await session.run(insert, write(device));
    },
    async update(device) {
      const row = await session.row(update, write(device));
      if (row === null) {
        throw new DomainError(
          'version-conflict',
          'Somebody else changed this passkey at the same moment. Look at it again, then try again.',
          { detail: `passkey device ${device.deviceId} is no longer at version ${device.version}` },
        );
      }
      return read(row);
    },
    register: ({ credential, device, pending }) =>
      session.claim(register, [
        ...writeCredential(credential),
        device.deviceId,
        device.deviceType,
        device.externalId,
        device.updatedAt,
        pending !== null,
        pending?.deviceId ?? null,
        pending?.required ?? false,
      ]),
  };
}

function read(row: PasskeyDeviceRow): PasskeyDevice {
  return {
    deviceId: row.device_id,
    userId: row.user_id,
    status: row.status,
    deviceType: row.device_type,
    friendlyName: row.friendly_name,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    credentialId: row.credential_id,
    externalId: row.external_id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function write(device: PasskeyDevice): unknown[] {
  return [
    device.deviceId,
    device.userId,
    device.status,
    device.deviceType,
    device.friendlyName,
    device.validFrom,
    device.validUntil,
    device.credentialId,
    device.externalId,
    device.version,
    device.createdAt,
    device.updatedAt,
  ];
}

const putCode = statement(
  'enrollment-code.put',
  `INSERT INTO enrollment_codes (device_id, code_hash, issued_by, issued_at, expires_at, tries_left)
   VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (tenant_id, device_id) DO UPDATE
     SET code_hash = $2, issued_by = $3, issued_at = $4, expires_at = $5, tries_left = $6`,
);
const reserveTry = statement<{ device_id: string; code_hash: Uint8Array }>(
  'enrollment-code.reserve',
  `UPDATE enrollment_codes e SET tries_left = e.tries_left - 1
     FROM users u JOIN passkey_devices d ON d.user_id = u.user_id
    WHERE u.username_folded = lower($1) AND d.status = 'PENDING' AND e.device_id = d.device_id
      AND (d.valid_from IS NULL OR d.valid_from <= $2) AND (d.valid_until IS NULL OR d.valid_until > $2)
      AND e.expires_at > $2 AND e.tries_left > 0
   RETURNING e.device_id, e.code_hash`,
);
const consumeCode = statement(
  'enrollment-code.consume',
  'DELETE FROM enrollment_codes WHERE device_id = $1 AND code_hash = $2',
);
const withdrawCode = statement(
  'enrollment-code.withdraw',
  'DELETE FROM enrollment_codes WHERE device_id = $1',
);
const deleteExpiredCodes = statement(
  'enrollment-code.delete-expired',
  'DELETE FROM enrollment_codes WHERE expires_at <= $1',
);

export function enrollmentCodeTable(session: TenantSession): EnrollmentCodeTable {
  return {
    async put({ deviceId: device, codeHash, issuedBy, issuedAt, expiresAt, tries }) {
      await session.run(putCode, [device, codeHash, issuedBy, issuedAt, expiresAt, tries]);
    },
    async reserve(username, now) {
      const rows = await session.rows(reserveTry, [username, now]);
      return rows.map((row) => ({ deviceId: row.device_id, codeHash: row.code_hash }));
    },
    async consume(device, codeHash) {
      return (await session.run(consumeCode, [device, codeHash])) === 1;
    },
    async withdraw(device) {
      await session.run(withdrawCode, [device]);
    },
    deleteExpired: (now) => session.run(deleteExpiredCodes, [now]),
  };
}
