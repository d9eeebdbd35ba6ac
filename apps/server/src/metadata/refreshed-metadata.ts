import { createHash } from 'node:crypto';
import type { AuthenticatorMetadata } from '@keywarden/domain';
import {
  longestMetadata,
  type MetadataSigner,
  type MetadataSnapshot,
  openMetadata,
  overdue,
} from '@keywarden/fido2/metadata';
import { type Database, type KeptMetadata, type MetadataTable, metadataTable } from '../storage/index.ts';
import { download } from './download.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const downloadTimeout = 2 * minute;
/** Longer than a download and its verification can take. */
const lease = 10 * minute;
const shortestPause = minute;
const longestPause = 6 * 60 * minute;
/** Bytes that come from the database at a time: they are decoded from hexadecimal on the event loop. */
const slice = 262_144;

export interface MetadataLog {
  info(details: Readonly<Record<string, unknown>>, message: string): void;
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
}

export interface MetadataSurroundings {
  readonly url: string;
  readonly signer: MetadataSigner;
  readonly database: Database;
  readonly now: () => Date;
  /** From 0 to below 1. */
  readonly chance: () => number;
  readonly log: MetadataLog;
}

export interface RefreshedMetadata extends AuthenticatorMetadata {
  /** Takes up what the database keeps, where it is newer; a fault of it is logged and leaves things as they are. */
  load(): Promise<void>;
  /**
   * As `load`; and downloads where that is due and no other server is about it.
   *
   * @returns why the download failed, at most one; it is tried again after a pause that doubles
   * @throws DomainError `unavailable` where the database is away
   */
  refresh(signal: AbortSignal): Promise<readonly unknown[]>;
}

export function createRefreshedMetadata(surroundings: MetadataSurroundings): RefreshedMetadata {
  const { url, signer, database, now, log } = surroundings;
  const source = createHash('sha256').update(url).digest();
  const inTable = <T>(work: (table: MetadataTable) => Promise<T>): Promise<T> =>
    database.installationTransaction((session) => work(metadataTable(session, source)));
  let current: MetadataSnapshot | null = null;
  /** What the database keeps, and whether it is fit to be used. */
  let seen: KeptMetadata | null = null;

  const take = (snapshot: MetadataSnapshot): void => {
    current = snapshot;
    const { head, entries, faults, faultCount } = snapshot;
    const nextUpdate = new Date(head.nextUpdate);
    log.info({ number: head.number, nextUpdate, models: entries.length, faultCount }, 'metadata is in use');
    if (faultCount > 0)
      log.warn({ faults: faults.slice(0, 10), faultCount }, 'entries of the metadata are unusable');
    const late = overdue(snapshot, now());
    if (late > 0)
      log.warn({ nextUpdate, overdueMilliseconds: late }, 'the metadata is overdue at its publisher');
  };

  const adopt = async (): Promise<void> => {
    const kept = await inTable((table) => table.kept());
    if (
      kept === null ||
      (seen?.number === kept.number && seen.fetchedAt.getTime() === kept.fetchedAt.getTime())
    )
      return;
    const blob = await readKept(inTable, kept);
    if (blob === null) return;
    seen = kept;
    try {
      take(
        await openMetadata(blob, {
          signer,
          // It was good then; how old it is now is for the policies.
          now: kept.fetchedAt,
          previousNumber: current?.head.number ?? null,
        }),
      );
    } catch (error) {
      log.warn({ err: error, number: kept.number }, 'the metadata that is kept is not fit for use');
    }
  };

  const fetchNewer = async (signal: AbortSignal): Promise<void> => {
    const fetchedAt = now();
    const bytes = await download(url, { signal, timeout: downloadTimeout, maximumLength: longestMetadata });
    const previousNumber = current?.head.number ?? null;
    const snapshot = await openMetadata(bytes, { signer, now: fetchedAt, previousNumber });
    const { number } = snapshot.head;
    // FIDO MDS 3.0 §3.2: one of the same number is ignored.
    if (number === previousNumber) return;
    const expected = seen?.number ?? null;
    if (!(await inTable((table) => table.replace(expected, { number, fetchedAt, bytes })))) return;
    seen = { number, fetchedAt, length: bytes.length };
    take(snapshot);
  };

  return {
    current: () => current,
    async load() {
      try {
        await adopt();
      } catch (error) {
        log.warn({ err: error }, 'the metadata that is kept could not be read');
      }
    },
    async refresh(signal) {
      await adopt();
      const claimedAt = now().getTime();
      const until = new Date(claimedAt + lease);
      const failures = await inTable((table) => table.claim({ now: new Date(claimedAt), until }));
      if (failures === null || signal.aborted) return [];
      const schedule = (pause: number, failed: number): Promise<void> =>
        inTable((table) => table.schedule({ dueAt: new Date(now().getTime() + pause), failures: failed }));
      try {
        await fetchNewer(signal);
      } catch (error) {
        await schedule(pauseAfterFailure(failures + 1, surroundings.chance()), failures + 1);
        return [error];
      }
      // Servers all over the world that started at noon must not ask at noon.
      await schedule(day * (0.9 + 0.2 * surroundings.chance()), 0);
      return [];
    },
  };
}

/** Doubled with every failure in a row, from one minute to six hours; somewhere in the upper half of that. */
export function pauseAfterFailure(failures: number, chance: number): number {
  const pause = Math.min(longestPause, shortestPause * 2 ** Math.min(failures - 1, 16));
  return pause * (0.5 + chance / 2);
}

/** Null where another server replaced it meanwhile. */
async function readKept(
  inTable: <T>(work: (table: MetadataTable) => Promise<T>) => Promise<T>,
  kept: KeptMetadata,
): Promise<Uint8Array | null> {
  const blob = new Uint8Array(kept.length);
  for (let offset = 0; offset < kept.length; offset += slice) {
    const part = await inTable((table) => table.slice(kept.number, { offset, length: slice }));
    if (part === null || offset + part.length > blob.length) return null;
    blob.set(part, offset);
  }
  return blob;
}
