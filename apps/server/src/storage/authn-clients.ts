import type { Client, ClientTable, ClientVersion, ConsentRecord, ConsentTable } from '@keywarden/domain';
import { lookup, statement, type TenantSession } from './session.ts';

interface ClientRow {
  client_id: string;
  name: string;
  metadata: Record<string, unknown>;
  sealed_secret: Uint8Array | null;
  consent_required: boolean;
  created_at: Date;
}

type VersionRow = ClientRow & { version: number };

const clientColumns = 'client_id, name, metadata, sealed_secret, consent_required, created_at';
const getClient = lookup<ClientRow>(
  'client.get',
  `SELECT ${clientColumns} FROM clients WHERE client_id = $1`,
);
const listClients = statement<VersionRow>(
  'client.list',
  `SELECT ${clientColumns}, version FROM clients ORDER BY client_id`,
);
const lockClient = statement<VersionRow>(
  'client.lock',
  `SELECT ${clientColumns}, version FROM clients WHERE client_id = $1 FOR NO KEY UPDATE`,
);
const upsertClient = statement(
  'client.upsert',
  `INSERT INTO clients (${clientColumns}) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (tenant_id, client_id) DO UPDATE
     SET name = $2, metadata = $3, sealed_secret = $4, consent_required = $5, version = clients.version + 1`,
);
const replaceSecret = statement(
  'client.replace-secret',
  'UPDATE clients SET sealed_secret = $3 WHERE client_id = $1 AND sealed_secret = $2',
);
const deleteClient = statement('client.delete', 'DELETE FROM clients WHERE client_id = $1');
const deleteTransactions = statement(
  'client.delete-transactions',
  'DELETE FROM authentication_transactions WHERE client_id = $1',
);
// Its grants and the tokens of its own; then what came of the grants, found by whose they are; and what binds them to the
// passkeys that opened them. As arrays: a join would be planned for far more rows than there nearly always are.
const deleteRecords = statement(
  'client.delete-records',
  `WITH own AS (
     DELETE FROM openid_records WHERE client_id = $1 AND grant_id IS NULL RETURNING account_id
   ), given AS (
     DELETE FROM openid_records
      WHERE account_id = ANY (ARRAY(SELECT DISTINCT account_id FROM own)) AND client_id = $1 AND grant_id IS NOT NULL
      RETURNING grant_id
   )
   DELETE FROM grant_credentials WHERE grant_id = ANY (ARRAY(SELECT DISTINCT grant_id FROM given))`,
);

const provisioningClient = statement<{ name: string }>(
  'client.provisioning',
  'SELECT name FROM clients WHERE client_id = $1 AND may_provision',
);
const provisioners = statement<{ client_id: string }>(
  'client.provisioners',
  'SELECT client_id FROM clients WHERE may_provision',
);
const allowProvisioning = statement(
  'client.allow-provisioning',
  'UPDATE clients SET may_provision = $2 WHERE client_id = $1 AND may_provision <> $2',
);

export function clientTable(session: TenantSession): ClientTable {
  return {
    async get(clientId) {
      const row = await session.row(getClient, [clientId]);
      return row && readClient(row);
    },
    list: async () => (await session.rows(listClients)).map(readVersion),
    async lock(clientId) {
      const row = await session.row(lockClient, [clientId]);
      return row && readVersion(row);
    },
    async upsert(client) {
      await session.run(upsertClient, [
        client.clientId,
        client.name,
        JSON.stringify(client.metadata),
        client.sealedSecret,
        client.consentRequired,
        client.createdAt,
      ]);
    },
    async provisioning(clientId) {
      return session.row(provisioningClient, [clientId]);
    },
    provisioners: async () => (await session.rows(provisioners)).map((row) => row.client_id),
    async allowProvisioning(clientId, allowed) {
      await session.run(allowProvisioning, [clientId, allowed]);
    },
    async replaceSecret(clientId, { before, after }) {
      await session.run(replaceSecret, [clientId, before, after]);
    },
    async delete(clientId) {
      session.post(deleteTransactions, [clientId]);
      session.post(deleteRecords, [clientId]);
      await session.run(deleteClient, [clientId]);
    },
  };
}

function readVersion(row: VersionRow): ClientVersion {
  return { ...readClient(row), version: row.version };
}

function readClient(row: ClientRow): Client {
  return {
    clientId: row.client_id,
    name: row.name,
    metadata: row.metadata,
    sealedSecret: row.sealed_secret,
    consentRequired: row.consent_required,
    createdAt: row.created_at,
  };
}

interface ConsentRow {
  user_id: string;
  client_id: string;
  scope: string;
  status: ConsentRecord['status'];
  expires_at: Date | null;
  signed_at: Date;
}

const consentColumns = 'user_id, client_id, scope, status, expires_at, signed_at';
const listConsents = lookup<ConsentRow>(
  'consent.list',
  `SELECT ${consentColumns} FROM consents WHERE user_id = $1 AND client_id = $2 ORDER BY scope`,
);
const upsertConsent = statement(
  'consent.upsert',
  `INSERT INTO consents (${consentColumns}) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (tenant_id, user_id, client_id, scope) DO UPDATE
     SET status = $4, expires_at = $5, signed_at = $6`,
);

export function consentTable(session: TenantSession): ConsentTable {
  return {
    async list(userId, clientId) {
      return (await session.rows(listConsents, [userId, clientId])).map((row) => ({
        userId: row.user_id,
        clientId: row.client_id,
        scope: row.scope,
        status: row.status,
        expiresAt: row.expires_at,
        signedAt: row.signed_at,
      }));
    },
    async upsert(consents) {
      for (const { userId, clientId, scope, status, expiresAt, signedAt } of consents) {
        await session.run(upsertConsent, [userId, clientId, scope, status, expiresAt, signedAt]);
      }
    },
  };
}
