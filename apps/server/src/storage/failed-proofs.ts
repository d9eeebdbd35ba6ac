import { hash } from 'node:crypto';
import type { Database } from './database.ts';
import { statement } from './session.ts';

/** One proof that was wrong. */
export interface FailedProof {
  readonly address: string;
  /** By its id, or by a transaction of it; null: it is not known, or not to be counted. */
  readonly client: ClientClue | null;
  /** When the minute began in which it is counted. */
  readonly minute: Date;
}

export type ClientClue = { readonly clientId: string } | { readonly requestUri: string };

/** How many there were in that minute with it, at all server processes together. */
export interface FailedProofTotals {
  readonly address: number;
  readonly client: { readonly clientId: string; readonly failures: number } | null;
}

export interface FailedProofCounts {
  add(tenantId: string, proof: FailedProof): Promise<FailedProofTotals>;
  /** The client that a clue leads to; null where it leads nowhere. */
  clientOf(tenantId: string, clue: ClientClue): Promise<string | null>;
}

// The address first, in every process: nobody waits for two rows crosswise.
const add = statement<{ kind: 'address' | 'client'; subject: string; failures: number }>(
  'failed-proofs.add',
  `INSERT INTO failed_proofs AS f (kind, subject, minute, failures)
   SELECT kind, subject, $4, 1
     FROM (VALUES ('address', $1),
                  ('client', coalesce($2, (SELECT client_id FROM authentication_transactions WHERE request_hash = $3))))
          AS named (kind, subject)
    WHERE subject IS NOT NULL
    ORDER BY kind
   ON CONFLICT (tenant_id, kind, subject) DO UPDATE
     SET failures = CASE WHEN f.minute < excluded.minute THEN 1 ELSE f.failures + 1 END,
         minute = greatest(f.minute, excluded.minute)
   RETURNING kind, subject, failures`,
);
const forget = statement('failed-proofs.forget', 'DELETE FROM failed_proofs WHERE minute < $1');
const clientOf = statement<{ client_id: string }>(
  'failed-proofs.client-of',
  'SELECT client_id FROM authentication_transactions WHERE request_hash = $1',
);

/** Minutes after which a count that nobody added to is deleted, at the next failure of the tenant. */
const kept = 10;
const minuteLength = 60_000;
const tenantsRemembered = 10_000;

export function createFailedProofCounts(database: Database): FailedProofCounts {
  /** The minute in which each tenant's old counts were last deleted. Insertion order is age. */
  const tidied = new Map<string, number>();

  function isDue(tenantId: string, minute: Date): boolean {
    if (tidied.get(tenantId) === minute.getTime()) return false;
    tidied.delete(tenantId);
    tidied.set(tenantId, minute.getTime());
    for (const oldest of tidied.keys()) {
      if (tidied.size <= tenantsRemembered) break;
      tidied.delete(oldest);
    }
    return true;
  }

  return {
    add(tenantId, { address, client, minute }) {
      const due = isDue(tenantId, minute);
      const clientId = client !== null && 'clientId' in client ? client.clientId : null;
      const request = client !== null && 'requestUri' in client ? sha256(client.requestUri) : null;
      return database.transaction(tenantId, async (session) => {
        if (due) session.post(forget, [new Date(minute.getTime() - kept * minuteLength)]);
        const rows = await session.rows(add, [address, clientId, request, minute]);
        const named = rows.find(({ kind }) => kind === 'client');
        return {
          address: rows.find(({ kind }) => kind === 'address')?.failures ?? 0,
          client: named === undefined ? null : { clientId: named.subject, failures: named.failures },
        };
      });
    },
    async clientOf(tenantId, clue) {
      if ('clientId' in clue) return clue.clientId;
      const row = await database.transaction(tenantId, (session) =>
        session.row(clientOf, [sha256(clue.requestUri)]),
      );
      return row === null ? null : row.client_id;
    },
  };
}

function sha256(text: string): Uint8Array {
  return hash('sha256', text, 'buffer');
}
