import { hash } from 'node:crypto';
import {
  type AttemptTable,
  type AuthenticationTransaction,
  type AuthorizationRequest,
  completeWorkflow,
  type LoadedTransaction,
  type TransactionState,
  type TransactionTable,
} from '@keywarden/domain';
import { lookup, statement, type TenantSession } from './session.ts';
import type { KnownWorkflow } from './workflow-memory.ts';

interface LoadedRow {
  client_id: string;
  request: AuthorizationRequest;
  request_object: string;
  trusted: boolean;
  state: TransactionState;
  version: number;
  created_at: Date;
  expires_at: Date;
  client_name: string;
  client_metadata: Record<string, unknown>;
  client_sealed_secret: Uint8Array | null;
  client_consent_required: boolean;
  client_created_at: Date;
  workflow_version: number | null;
  workflow_document: unknown;
}

const insert = statement(
  'transaction.insert',
  `INSERT INTO authentication_transactions
     (request_hash, client_id, request, request_object, trusted, state, version, created_at, expires_at)
   SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE EXISTS (SELECT FROM clients WHERE client_id = $2)`,
);
const load = lookup<LoadedRow>(
  'transaction.load',
  `SELECT t.client_id, t.request, t.request_object, t.trusted, t.state, t.version, t.created_at, t.expires_at,
          c.name AS client_name, c.metadata AS client_metadata, c.sealed_secret AS client_sealed_secret,
          c.consent_required AS client_consent_required, c.created_at AS client_created_at,
          w.version AS workflow_version, CASE WHEN w.version <> $2 THEN w.document END AS workflow_document
     FROM authentication_transactions t
     JOIN clients c ON c.client_id = t.client_id
     LEFT JOIN LATERAL (SELECT * FROM workflows ORDER BY version DESC LIMIT 1) w ON true
    WHERE t.request_hash = $1`,
);
const update = statement(
  'transaction.update',
  `UPDATE authentication_transactions SET state = $2, version = version + 1
    WHERE request_hash = $1 AND version = $3`,
);
const prolong = statement(
  'transaction.prolong',
  'UPDATE authentication_transactions SET expires_at = $2 WHERE request_hash = $1',
);
const deleteExpired = statement(
  'transaction.delete-expired',
  'DELETE FROM authentication_transactions WHERE expires_at <= $1',
);

export function transactionTable(session: TenantSession): TransactionTable {
  return {
    insert: (transaction) =>
      session.claim(insert, [
        sha256(transaction.requestUri),
        transaction.clientId,
        JSON.stringify(transaction.request),
        transaction.requestObject,
        transaction.trusted,
        JSON.stringify(transaction.state),
        transaction.version,
        transaction.createdAt,
        transaction.expiresAt,
      ]),
    async load(requestUri, now) {
      const known = session.workflows.of(session.tenantId);
      const row = await session.row(load, [sha256(requestUri), known?.version ?? 0]);
      if (row === null || row.expires_at <= now) return null;
      return read(requestUri, row, workflowOf(row, { session, known }));
    },
    update: ({ requestUri, state, version }) =>
      session.claim(update, [sha256(requestUri), JSON.stringify(state), version]),
    async prolong(requestUri, until) {
      session.post(prolong, [sha256(requestUri), until]);
    },
    deleteExpired: (now) => session.run(deleteExpired, [now]),
  };
}

/** @param context.known the version that was asked with: its document does not come again */
function workflowOf(
  { workflow_version: version, workflow_document: document }: LoadedRow,
  { session, known }: { readonly session: TenantSession; readonly known: KnownWorkflow | undefined },
): KnownWorkflow | null {
  if (version === null) return null;
  if (known?.version === version) return known;
  const workflow = { version, document: completeWorkflow(document) };
  session.workflows.remember(session.tenantId, workflow);
  return workflow;
}

function read(requestUri: string, row: LoadedRow, workflow: KnownWorkflow | null): LoadedTransaction {
  const transaction: AuthenticationTransaction = {
    requestUri,
    clientId: row.client_id,
    request: row.request,
    requestObject: row.request_object,
    trusted: row.trusted,
    state: row.state,
    version: row.version,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
  return {
    transaction,
    workflow,
    client: {
      clientId: row.client_id,
      name: row.client_name,
      metadata: row.client_metadata,
      sealedSecret: row.client_sealed_secret,
      consentRequired: row.client_consent_required,
      createdAt: row.client_created_at,
    },
  };
}

function sha256(text: string): Uint8Array {
  return hash('sha256', text, 'buffer');
}

// A try that finds the authenticator disabled changes no row; one after that time counts from one.
const reserve = statement(
  'attempt.reserve',
  `INSERT INTO authentication_attempts AS a (subject, auth_type, failures, disabled_until, updated_at)
   VALUES ($1, $2, 1, CASE WHEN $3::integer <= 1 THEN $4::timestamptz END, $5)
   ON CONFLICT (tenant_id, subject, auth_type) DO UPDATE SET
     failures = CASE WHEN a.disabled_until IS NULL THEN a.failures + 1 ELSE 1 END,
     disabled_until = CASE
       WHEN (CASE WHEN a.disabled_until IS NULL THEN a.failures + 1 ELSE 1 END) >= $3 THEN $4::timestamptz END,
     updated_at = $5
   WHERE a.disabled_until IS NULL OR a.disabled_until <= $5`,
);
const clear = statement(
  'attempt.clear',
  'DELETE FROM authentication_attempts WHERE subject = $1 AND auth_type = $2',
);
const deleteUntouched = statement(
  'attempt.delete-untouched',
  'DELETE FROM authentication_attempts WHERE updated_at < $1',
);

export function attemptTable(session: TenantSession): AttemptTable {
  return {
    reserve: ({ subject, authType, threshold, disabledUntil, now }) =>
      session.claim(reserve, [subject, authType, threshold, disabledUntil, now]),
    async clear(subject, authType) {
      session.post(clear, [subject, authType]);
    },
    deleteUntouchedSince: (at) => session.run(deleteUntouched, [at]),
  };
}
