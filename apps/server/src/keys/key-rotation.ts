import {
  type KeyRotation,
  longestTokenLifetime,
  type PublishedSigningKey,
  type TenantSecrets,
} from '@keywarden/domain';
import {
  type Database,
  type FoundationTables,
  foundationTables,
  type SigningKeyKind,
  type SigningKeyRecord,
  signingKeyTable,
} from '../storage/index.ts';
import { makeSigningKey } from './key-making.ts';

/** Milliseconds for which every server may go on with what it read of the keys. */
export const keyMemory = 60_000;
const day = 24 * 60 * 60_000;
/** The next key is published this long before it signs: clients keep a JWKS for a day at most. */
const usualLead = day;
/** Where an operator wants the next key to sign soon: every server has seen it by then. */
const shortLead = 2 * keyMemory;

/** From when on it signs. */
export function signsFrom(record: SigningKeyRecord): number {
  return (record.signsFrom ?? record.createdAt).getTime();
}

export function isPublished({ retiredAt }: SigningKeyRecord, now: Date): boolean {
  return retiredAt === null || retiredAt > now;
}

/** Of those that are published, the one of this algorithm that signs now, and those after it. */
function standing(records: readonly SigningKeyRecord[], algorithm: string, now: Date) {
  const published = records.filter((record) => record.algorithm === algorithm && isPublished(record, now));
  const [signing] = published
    .filter((record) => signsFrom(record) <= now.getTime())
    .sort((one, other) => signsFrom(other) - signsFrom(one));
  const next = published.filter((record) => signsFrom(record) > now.getTime());
  return { signing, next };
}

/** The one that signs first, then those that will, then those that did, newest first. */
export function inOrder(
  records: readonly SigningKeyRecord[],
  algorithms: readonly string[],
  now: Date,
): readonly SigningKeyRecord[] {
  return algorithms.flatMap((algorithm) => {
    const { signing, next } = standing(records, algorithm, now);
    const old = records.filter(
      (record) =>
        record.algorithm === algorithm &&
        isPublished(record, now) &&
        record !== signing &&
        !next.includes(record),
    );
    return [
      ...(signing === undefined ? [] : [signing]),
      ...next,
      ...old.sort((one, other) => signsFrom(other) - signsFrom(one)),
    ];
  });
}

export interface Rotation {
  /**
   * @param record runs in the transaction that changes them
   * @returns whether anything was changed
   */
  rotate(
    tenantId: string,
    how: KeyRotation,
    record?: (tables: FoundationTables) => Promise<void>,
  ): Promise<boolean>;
  list(tenantId: string): Promise<readonly PublishedSigningKey[]>;
}

/** What becomes of the keys of one algorithm. */
interface Step {
  readonly algorithm: string;
  /** When the next key signs. */
  readonly at: Date;
  /** A key that waits already; null: a new one is made. */
  readonly waiting: SigningKeyRecord | null;
}

/**
 * The life of a key: published, after `usualLead` the one that signs, and published still until the last token that it
 * signed is over. Any number of servers may rotate at once: the rows are read again under the tenant's lock.
 */
export function createRotation(options: {
  readonly database: Database;
  readonly secrets: TenantSecrets;
  readonly now: () => Date;
  readonly kind: SigningKeyKind;
  readonly algorithms: readonly string[];
  /** Milliseconds for which a key signs; null: for ever, unless somebody rotates. */
  readonly interval: number | null;
}): Rotation {
  const { database, secrets, now, kind, algorithms, interval } = options;

  function plan(records: readonly SigningKeyRecord[], how: KeyRotation, at: Date): readonly Step[] {
    return algorithms.flatMap((algorithm): Step[] => {
      const { signing, next } = standing(records, algorithm, at);
      // Keys that nobody needed yet are made when somebody does.
      if (signing === undefined) return [];
      if (how === 'withdraw') return [{ algorithm, at, waiting: null }];
      const [waiting] = next;
      if (how === 'soon') {
        const soon = new Date(at.getTime() + shortLead);
        if (waiting === undefined) return [{ algorithm, at: soon, waiting: null }];
        return signsFrom(waiting) <= soon.getTime() ? [] : [{ algorithm, at: soon, waiting }];
      }
      if (interval === null || waiting !== undefined) return [];
      const lead = Math.min(usualLead, interval / 2);
      const due = signsFrom(signing) + interval;
      if (at.getTime() < due - lead) return [];
      return [{ algorithm, at: new Date(Math.max(due, at.getTime() + lead)), waiting: null }];
    });
  }

  return {
    async rotate(tenantId, how, record) {
      const at = now();
      const read = await database.transaction(tenantId, (session) => signingKeyTable(session).list(kind));
      const planned = plan(read, how, at);
      const over = read.some((record) => !isPublished(record, at));
      if (planned.length === 0 && !over) return false;
      const made = await Promise.all(
        planned
          .filter((step) => step.waiting === null)
          .map((step) =>
            makeSigningKey(secrets, tenantId, {
              kind,
              algorithm: step.algorithm,
              createdAt: at,
              signsFrom: step.at,
            }),
          ),
      );
      return database.transaction(tenantId, async (session) => {
        const table = signingKeyTable(session);
        await table.lock(kind);
        const records = await table.list(kind);
        const steps = plan(records, how, at);
        for (const step of steps) {
          const fresh = made.find((record) => record.algorithm === step.algorithm);
          // Another server was at it meanwhile, and left what was not foreseen: the next round sees to it.
          if (step.waiting === null && fresh === undefined) continue;
          const others = records.filter(
            (record) => record.algorithm === step.algorithm && record !== step.waiting,
          );
          const end = new Date(step.at.getTime() + longestTokenLifetime * 1000);
          for (const { keyId, retiredAt } of others) {
            if (how === 'withdraw') await table.delete(keyId);
            else if (retiredAt === null || retiredAt > end) await table.retire(keyId, end);
          }
          if (step.waiting !== null) await table.signFrom(step.waiting.keyId, step.at);
          else if (fresh !== undefined) await table.insert(fresh);
        }
        for (const record of records) {
          if (!isPublished(record, at)) await table.delete(record.keyId);
        }
        if (steps.length > 0) await record?.(foundationTables(session));
        return steps.length > 0;
      });
    },

    async list(tenantId) {
      const at = now();
      const records = await database.transaction(tenantId, (session) => signingKeyTable(session).list(kind));
      return inOrder(records, algorithms, at).map((record) => {
        const { signing, next } = standing(records, record.algorithm, at);
        const from = new Date(signsFrom(record));
        const state = record === signing ? 'signing' : next.includes(record) ? 'next' : 'previous';
        const { keyId, algorithm, createdAt, retiredAt } = record;
        return { keyId, algorithm, state, createdAt, signsFrom: from, publishedUntil: retiredAt };
      });
    },
  };
}
