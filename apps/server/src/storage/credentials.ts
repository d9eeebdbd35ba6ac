import type { Credential, CredentialTable } from '@keywarden/domain';
import { lookup, statement, type TenantSession } from './session.ts';

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
  valid_from: Date | null;
  valid_until: Date | null;
  failures: number;
  created_at: Date;
  last_used_at: Date | null;
}

export const credentialColumns = `credential_id, user_id, rp_id, user_handle, public_key, algorithm, sign_count, aaguid,
  attestation_format, attestation_trusted, transports, backup_eligible, backed_up, user_verified, discoverable,
  device_id, friendly_name, auth_type, status, valid_from, valid_until, failures, created_at, last_used_at`;

const get = lookup<CredentialRow>(
  'credential.get',
  `SELECT ${credentialColumns} FROM credentials WHERE credential_id = $1`,
);
const listByUser = statement<CredentialRow>(
  'credential.list-by-user',
  `SELECT ${credentialColumns} FROM credentials
    WHERE user_id = $1 AND ($2::text IS NULL OR rp_id = $2) AND ($3::text[] IS NULL OR status = ANY ($3))
    ORDER BY created_at, credential_id`,
);
const recordUse = statement(
  'credential.record-use',
  `UPDATE credentials SET sign_count = $2, backed_up = $4, last_used_at = $5, failures = 0
    WHERE credential_id = $1 AND sign_count = $3`,
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
    async recordUse(credentialId, { signCount, previousSignCount, backedUp, at }) {
      return session.claim(recordUse, [credentialId, signCount, previousSignCount, backedUp, at]);
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
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    failures: row.failures,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}

/** In the order of `credentialColumns`. */
export function writeCredential(credential: Credential): unknown[] {
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
    credential.validFrom,
    credential.validUntil,
    credential.failures,
    credential.createdAt,
    credential.lastUsedAt,
  ];
}
