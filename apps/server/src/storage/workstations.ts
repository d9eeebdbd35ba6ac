import type { Connection, ConnectionTable, KeyFacts, Workstation, WorkstationTable } from '@keywarden/domain';
import { statement, type TenantSession } from './session.ts';

interface WorkstationRow {
  workstation_id: string;
  name: string;
  public_key: Record<string, unknown>;
  paired_at: Date;
  last_seen_at: Date | null;
}

const columns = 'workstation_id, name, public_key, paired_at, last_seen_at';
const get = statement<WorkstationRow>(
  'workstation.get',
  `SELECT ${columns} FROM workstations WHERE workstation_id = $1 AND unpaired_at IS NULL`,
);
const list = statement<WorkstationRow>(
  'workstation.list',
  `SELECT ${columns} FROM workstations WHERE unpaired_at IS NULL ORDER BY name, workstation_id`,
);
const upsert = statement(
  'workstation.upsert',
  `INSERT INTO workstations (${columns}) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (tenant_id, workstation_id)
   DO UPDATE SET name = $2, public_key = $3, paired_at = $4, last_seen_at = $5, unpaired_at = NULL`,
);
// What is plugged in there is not known any more.
const unpair = statement(
  'workstation.unpair',
  `WITH gone AS (DELETE FROM connections WHERE workstation_id = $1)
   UPDATE workstations SET unpaired_at = $2 WHERE workstation_id = $1 AND unpaired_at IS NULL`,
);
const deleteExpiredCodes = statement(
  'pairing-code.delete-expired',
  'DELETE FROM pairing_codes WHERE expires_at <= $1',
);
const insertCode = statement(
  'pairing-code.insert',
  'INSERT INTO pairing_codes (code_hash, created_by, expires_at) VALUES ($1, $2, $3)',
);
const consumeCode = statement<{ expires_at: Date }>(
  'pairing-code.consume',
  'DELETE FROM pairing_codes WHERE code_hash = $1 RETURNING expires_at',
);

export function workstationTable(session: TenantSession): WorkstationTable {
  return {
    async get(workstationId) {
      const row = await session.row(get, [workstationId]);
      return row && { ...read(row), publicKey: row.public_key };
    },
    async list() {
      return (await session.rows(list)).map(read);
    },
    async upsert(workstation) {
      await session.run(upsert, [
        workstation.workstationId,
        workstation.name,
        JSON.stringify(workstation.publicKey),
        workstation.pairedAt,
        workstation.lastSeenAt,
      ]);
    },
    async unpair(workstationId, at) {
      return (await session.run(unpair, [workstationId, at])) === 1;
    },
    deleteExpiredPairingCodes: (now) => session.run(deleteExpiredCodes, [now]),
    async insertPairingCode({ codeHash, createdBy, expiresAt }) {
      await session.run(insertCode, [codeHash, createdBy, expiresAt]);
    },
    async consumePairingCode(codeHash, now) {
      const row = await session.row(consumeCode, [codeHash]);
      return row !== null && row.expires_at > now;
    },
  };
}

function read(row: WorkstationRow): Workstation {
  return {
    workstationId: row.workstation_id,
    name: row.name,
    pairedAt: row.paired_at,
    lastSeenAt: row.last_seen_at,
  };
}

interface ConnectionRow {
  workstation_id: string;
  connection_id: string;
  device_id: string | null;
  proven: boolean;
  model: string;
  serial: string | null;
  virtual: boolean;
  facts: KeyFacts;
  seen_at: Date;
}

const connectionColumns = `workstation_id, connection_id, device_id, proven, model, serial, virtual, facts, seen_at`;
const getConnection = statement<ConnectionRow>(
  'connection.get',
  `SELECT ${connectionColumns} FROM connections WHERE workstation_id = $1 AND connection_id = $2`,
);
const lockConnection = statement<ConnectionRow>(
  'connection.lock',
  `SELECT ${connectionColumns} FROM connections WHERE workstation_id = $1 AND connection_id = $2 FOR UPDATE`,
);
const upsertConnection = statement(
  'connection.upsert',
  `INSERT INTO connections (${connectionColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
   ON CONFLICT (tenant_id, workstation_id, connection_id)
   DO UPDATE SET device_id = $3, proven = $4, model = $5, serial = $6, virtual = $7, facts = $8, seen_at = $9`,
);
const deleteSeenBefore = statement(
  'connection.delete-seen-before',
  'DELETE FROM connections WHERE seen_at < $1',
);

export function connectionTable(session: TenantSession): ConnectionTable {
  return {
    async upsert(connection) {
      await session.run(upsertConnection, [
        connection.workstationId,
        connection.connectionId,
        connection.deviceId,
        connection.proven,
        connection.model,
        connection.serial,
        connection.virtual,
        JSON.stringify(connection.facts),
        connection.seenAt,
      ]);
    },
    async get(workstationId, connectionId) {
      const row = await session.row(getConnection, [workstationId, connectionId]);
      return row && readConnection(row);
    },
    async lock(workstationId, connectionId) {
      const row = await session.row(lockConnection, [workstationId, connectionId]);
      return row && readConnection(row);
    },
    async deleteSeenBefore(at) {
      return await session.run(deleteSeenBefore, [at]);
    },
  };
}

function readConnection(row: ConnectionRow): Connection {
  return {
    workstationId: row.workstation_id,
    connectionId: row.connection_id,
    deviceId: row.device_id,
    proven: row.proven,
    model: row.model,
    serial: row.serial,
    virtual: row.virtual,
    facts: row.facts,
    seenAt: row.seen_at,
  };
}
