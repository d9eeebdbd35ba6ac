import {
  type DeviceDirectoryTable,
  type OwnedPasskey,
  type PasskeyDevice,
  passkeyDeviceStates,
} from '@keywarden/domain';
import type { Place } from './scim-filter.ts';
import { type Listed, listDirectory } from './scim-list.ts';
import { within } from './scim-reach.ts';
import { statement, type TenantSession } from './session.ts';

interface DeviceRow {
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
  owner_username: string | null;
}

const owner = '(SELECT o.username FROM users o WHERE o.user_id = d.user_id)';
const columns = `d.device_id, d.user_id, d.status, d.device_type, d.friendly_name, d.valid_from, d.valid_until,
  d.credential_id, d.external_id, d.version, d.created_at, d.updated_at, ${owner} AS owner_username`;
const get = statement<DeviceRow>(
  'device-directory.get',
  `SELECT ${columns} FROM passkey_devices d WHERE d.device_id = $1`,
);

const usable = `(d.status COLLATE "C" = 'ACTIVE' AND (d.valid_from IS NULL OR d.valid_from <= now())
  AND (d.valid_until IS NULL OR d.valid_until > now()))`;
const places: Readonly<Record<string, Place>> = {
  id: { kind: 'uuid', text: 'd.device_id', searched: true, required: true },
  externalId: { kind: 'text', text: 'd.external_id', searched: true },
  friendlyName: { kind: 'text', text: 'd.friendly_name' },
  type: { kind: 'text', text: 'd.device_type' },
  'owner.value': { kind: 'uuid', text: 'd.user_id', searched: true },
  'owner.display': {
    kind: 'text',
    text: owner,
    narrow: ({ operator, value }) =>
      `SELECT p.device_id FROM users o JOIN passkey_devices p ON p.user_id = o.user_id
        WHERE ${within('o.username_folded', operator, `lower(${value()})`)}`,
  },
  owner: { kind: 'object', json: 'to_jsonb(d.user_id)' },
  'status.status': { kind: 'word', text: 'd.status', words: passkeyDeviceStates, required: true },
  'status.active': { kind: 'boolean', text: usable, whether: [usable, null], required: true },
  status: { kind: 'object', json: 'to_jsonb(d.status)' },
  'validity.startDate': { kind: 'instant', text: 'd.valid_from' },
  'validity.expiryDate': { kind: 'instant', text: 'd.valid_until' },
  validity: { kind: 'object', json: 'to_jsonb(coalesce(d.valid_from, d.valid_until))' },
  'meta.created': { kind: 'instant', text: 'd.created_at', searched: true, required: true },
  'meta.lastModified': { kind: 'instant', text: 'd.updated_at', searched: true, required: true },
  'meta.resourceType': { kind: 'text', text: "'Device'::text", required: true },
};

const listed: Listed = {
  from: 'passkey_devices d',
  columns,
  // What a directory deleted is TERMINATED, and to a directory it is gone.
  always: "d.status <> 'TERMINATED'",
  id: 'd.device_id',
  json: "'{}'::jsonb",
  place: ({ path }) => places[path.join('.')] ?? null,
};

export function deviceDirectoryTable(session: TenantSession): DeviceDirectoryTable {
  return {
    list: (query) =>
      listDirectory<DeviceRow, OwnedPasskey>(session, query, { listed, read, idOf: (row) => row.device_id }),
    async get(deviceId) {
      const row = await session.row(get, [deviceId]);
      return row && read(row);
    },
  };
}

function read(row: DeviceRow): OwnedPasskey {
  return {
    ownerUsername: row.owner_username,
    device: {
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
    },
  };
}
