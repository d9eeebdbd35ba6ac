import { type Device, type DeviceTable, DomainError } from '@keywarden/domain';
import { escapeLike, Filter, readCursor, toPage } from './paging.ts';
import { statement, type TenantSession } from './session.ts';

interface DeviceRow {
  device_id: string;
  state: Device['state'];
  policy_id: string | null;
  serial: string | null;
  aaguid: string;
  model: string;
  firmware: string | null;
  virtual: boolean;
  tag_credential_id: string | null;
  tag_public_key: Uint8Array | null;
  tag_sign_count: number | null;
  owner_identity_provider_id: string | null;
  owner_reference: string | null;
  owner_username: string | null;
  owner_display_name: string | null;
  credential_id: string | null;
  remote_id: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

const columns = `device_id, state, policy_id, serial, aaguid, model, firmware, virtual, tag_credential_id,
  tag_public_key, tag_sign_count, owner_identity_provider_id, owner_reference, owner_username, owner_display_name,
  credential_id, remote_id, version, created_at, updated_at`;

const get = statement<DeviceRow>('device.get', `SELECT ${columns} FROM devices WHERE device_id = $1`);
const getMany = statement<DeviceRow>(
  'device.get-many',
  `SELECT ${columns} FROM devices WHERE device_id = ANY ($1)`,
);
const lock = statement<DeviceRow>(
  'device.lock',
  `SELECT ${columns} FROM devices WHERE device_id = $1 FOR UPDATE`,
);
// A serial is unique among the keys of one vendor, and even that is a promise: the newest key that is in use counts.
const findBySerial = statement<DeviceRow>(
  'device.find-by-serial',
  `SELECT ${columns} FROM devices WHERE serial = $1 ORDER BY state = 'RETIRED', device_id DESC LIMIT 1`,
);
const findByTag = statement<DeviceRow>(
  'device.find-by-tag',
  `SELECT ${columns} FROM devices WHERE tag_credential_id = $1`,
);
const insert = statement(
  'device.insert',
  `INSERT INTO devices (${columns})
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
);
const update = statement<DeviceRow>(
  'device.update',
  `UPDATE devices SET state = $2, policy_id = $3, serial = $4, aaguid = $5, model = $6, firmware = $7, virtual = $8,
          tag_credential_id = $9, tag_public_key = $10, tag_sign_count = $11, owner_identity_provider_id = $12,
          owner_reference = $13, owner_username = $14, owner_display_name = $15, credential_id = $16, remote_id = $17,
          version = version + 1, created_at = $19, updated_at = $20
    WHERE device_id = $1 AND version = $18 RETURNING ${columns}`,
);

const renameOwner = statement(
  'device.rename-owner',
  `UPDATE devices SET owner_username = $2, owner_display_name = $3
    WHERE owner_reference = $1 AND (owner_username <> $2 OR owner_display_name <> $3)`,
);

export function deviceTable(session: TenantSession): DeviceTable {
  return {
    async get(deviceId) {
      const row = await session.row(get, [deviceId]);
      return row && read(row);
    },
    async getMany(deviceIds) {
      if (deviceIds.length === 0) return [];
      return (await session.rows(getMany, [deviceIds])).map(read);
    },
    async lock(deviceId) {
      const row = await session.row(lock, [deviceId]);
      return row && read(row);
    },
    async findBySerial(serial) {
      const row = await session.row(findBySerial, [serial]);
      return row && read(row);
    },
    async findByTagCredential(credentialId) {
      const row = await session.row(findByTag, [credentialId]);
      return row && read(row);
    },
    async list(wanted, page) {
      const filter = new Filter();
      if (wanted.state !== undefined) filter.add('state', 'state = ANY (?)', wanted.state);
      if (wanted.ownerReference !== undefined)
        filter.add('owner', 'owner_reference = ?', wanted.ownerReference);
      if (wanted.query !== undefined && wanted.query !== '') {
        const text = `%${escapeLike(wanted.query)}%`;
        filter.add(
          'query',
          '(model ILIKE ? OR serial ILIKE ? OR owner_username ILIKE ? OR owner_display_name ILIKE ?)',
          text,
        );
      }
      const count = await session.row(
        statement<{ total: number }>(
          `device.total/${filter.name}`,
          `SELECT count(*) AS total FROM devices WHERE ${filter.where}`,
        ),
        filter.values,
      );
      const cursor = readCursor(page, 1);
      if (cursor !== null) filter.add('after', 'device_id < ?', cursor[0]);
      const rows = await session.rows(
        statement<DeviceRow>(
          `device.list/${filter.name}`,
          `SELECT ${columns} FROM devices WHERE ${filter.where}
            ORDER BY device_id DESC LIMIT $${filter.values.length + 1}`,
        ),
        [...filter.values, page.limit + 1],
      );
      return toPage({
        rows,
        total: count?.total ?? 0,
        limit: page.limit,
        cursor: (row) => [row.device_id],
        read,
      });
    },
    async insert(device) {
      await session.run(insert, write(device));
    },
    async update(device) {
      const row = await session.row(update, write(device));
      if (row === null) {
        throw new DomainError(
          'version-conflict',
          'Somebody else changed this key at the same moment. Look at it again, then try again.',
          { detail: `device ${device.deviceId} is no longer at version ${device.version}` },
        );
      }
      return read(row);
    },
    async renameOwner({ reference, username, displayName }) {
      await session.run(renameOwner, [reference, username, displayName]);
    },
  };
}

function read(row: DeviceRow): Device {
  return {
    deviceId: row.device_id,
    state: row.state,
    policyId: row.policy_id,
    serial: row.serial,
    aaguid: row.aaguid,
    model: row.model,
    firmware: row.firmware,
    virtual: row.virtual,
    assetTag: readTag(row),
    owner: readOwner(row),
    credentialId: row.credential_id,
    remoteId: row.remote_id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function readTag(row: DeviceRow): Device['assetTag'] {
  const { tag_credential_id: credentialId, tag_public_key: publicKey, tag_sign_count: signCount } = row;
  if (credentialId === null || publicKey === null || signCount === null) return null;
  return { credentialId, publicKey, signCount };
}

function readOwner(row: DeviceRow): Device['owner'] {
  const { owner_identity_provider_id: identityProviderId, owner_reference: reference } = row;
  if (identityProviderId === null || reference === null) return null;
  return {
    identityProviderId,
    reference,
    username: row.owner_username ?? '',
    displayName: row.owner_display_name ?? '',
  };
}

function write(device: Device): unknown[] {
  return [
    device.deviceId,
    device.state,
    device.policyId,
    device.serial,
    device.aaguid,
    device.model,
    device.firmware,
    device.virtual,
    device.assetTag?.credentialId ?? null,
    device.assetTag?.publicKey ?? null,
    device.assetTag?.signCount ?? null,
    device.owner?.identityProviderId ?? null,
    device.owner?.reference ?? null,
    device.owner?.username ?? null,
    device.owner?.displayName ?? null,
    device.credentialId,
    device.remoteId,
    device.version,
    device.createdAt,
    device.updatedAt,
  ];
}
