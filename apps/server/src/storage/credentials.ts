import type { Credential, CredentialTable } from '@keywarden/domain';
import { statement, type TenantSession } from './session.ts';

export interface CredentialRow {
  credential_id: string;
  user_id: string;
  rp_id: string;
  user_handle: string;
  public_key: Uint8Array;
  algorithm: number;
  sign_count: number;
  aaguid: string;
  attestation_format: string;
  attestation_trusted: boolean;
  transports: string[];
  backup_eligible: boolean;
  backed_up: boolean;
  user_verified: boolean;
  discoverable: boolean | null;
  device_id: string | null;
  friendly_name: string;
  auth_type: string;
  status: Credential['status'];
  failures: number;
  created_at: Date;
  last_used_at: Date | null;
}

export const credentialColumns = `credential_id, user_id, rp_id, user_handle, public_key, algorithm, sign_count, aaguid,
  attestation_format, attestation_trusted, transports, backup_eligible, backed_up, user_verified, discoverable,
  device_id, friendly_name, auth_type, status, failures, created_at, last_used_at`;

const get = statement<CredentialRow>(
  'credential.get',
  `SELECT ${credentialColumns} FROM credentials WHERE credential_id = $1`,
);
const listByUser = statement<CredentialRow>(
  'credential.list-by-user',
  `SELECT ${credentialColumns} FROM credentials
    WHERE user_id = $1 AND ($2::text IS NULL OR rp_id = $2) AND ($3::text[] IS NULL OR status = ANY ($3))
    ORDER BY created_at, credential_id`,
);
const insert = statement(
  'credential.insert',
  `INSERT INTO credentials (${credentialColumns})
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
   ON CONFLICT DO NOTHING`,
);
const setStatus = statement(
  'credential.set-status',
  'UPDATE credentials SET status = $2 WHERE credential_id = $1',
);
const recordUse = statement(
  'credential.record-use',
  `UPDATE credentials SET sign_count = $2, backed_up = $4, last_used_at = $5, failures = 0
    WHERE credential_id = $1 AND sign_count = $3`,
);
const rename = statement(
  'credential.rename',
  'UPDATE credentials SET friendly_name = $2 WHERE credential_id = $1',
);

export function credentialTable(session: TenantSession): CredentialTable {
  return {
    async get(credentialId) {
      const row = await session.row(get, [credentialId]);
      return row && readCredential(row);
    },
    async listByUser(userId, options = {}) {
      return (await session.rows(listByUser, [userId, options.rpId ?? null, options.status ?? null])).map(
        readCredential,
      );
    },
    async insert(credential) {
      return (await session.run(insert, write(credential))) === 1;
    },
    async setStatus(credentialId, status) {
      await session.run(setStatus, [credentialId, status]);
    },
    async recordUse(credentialId, { signCount, previousSignCount, backedUp, at }) {
      return (await session.run(recordUse, [credentialId, signCount, previousSignCount, backedUp, at])) === 1;
    },
    async rename(credentialId, friendlyName) {
      await session.run(rename, [credentialId, friendlyName]);
    },
  };
}

export function readCredential(row: CredentialRow): Credential {
  return {
    credentialId: row.credential_id,
    userId: row.user_id,
    rpId: row.rp_id,
    userHandle: row.user_handle,
    publicKey: row.public_key,
    algorithm: row.algorithm,
    signCount: row.sign_count,
    aaguid: row.aaguid,
    attestationFormat: row.attestation_format,
    attestationTrusted: row.attestation_trusted,
    transports: row.transports,
    backupEligible: row.backup_eligible,
    backedUp: row.backed_up,
    userVerified: row.user_verified,
    discoverable: row.discoverable,
    deviceId: row.device_id,
    friendlyName: row.friendly_name,
    authType: row.auth_type,
    status: row.status,
    failures: row.failures,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}

function write(credential: Credential): unknown[] {
  return [
    credential.credentialId,
    credential.userId,
    credential.rpId,
    credential.userHandle,
    credential.publicKey,
    credential.algorithm,
    credential.signCount,
    credential.aaguid,
    credential.attestationFormat,
    credential.attestationTrusted,
    credential.transports,
    credential.backupEligible,
    credential.backedUp,
    credential.userVerified,
    credential.discoverable,
    credential.deviceId,
    credential.friendlyName,
    credential.authType,
    credential.status,
    credential.failures,
    credential.createdAt,
    credential.lastUsedAt,
  ];
}
