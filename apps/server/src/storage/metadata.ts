import { statement, type TenantSession } from './session.ts';

/** The metadata that is kept, without its bytes. */
export interface KeptMetadata {
  /** `no` of the BLOB. */
  readonly number: number;
  readonly fetchedAt: Date;
  /** Bytes. */
  readonly length: number;
}

/** Metadata of one source; outside of all tenants. */
export interface MetadataTable {
  kept(): Promise<KeptMetadata | null>;
  /** Bytes of the BLOB of this number, fewer at its end; null where another one is kept by now. */
  slice(
    number: number,
    part: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array | null>;
  /**
   * Takes the download upon itself where it is due, so that no other server does until `until`.
   *
   * @returns how often it failed in a row, null where it is not due
   */
  claim(times: { readonly now: Date; readonly until: Date }): Promise<number | null>;
  schedule(next: { readonly dueAt: Date; readonly failures: number }): Promise<void>;
  /** @returns false where what is kept is no longer what it was taken for */
  replace(
    previousNumber: number | null,
    blob: { readonly number: number; readonly fetchedAt: Date; readonly bytes: Uint8Array },
  ): Promise<boolean>;
}

const kept = statement<{ number: number; fetched_at: Date; length: number }>(
  'metadata.kept',
  `SELECT number, fetched_at, length(blob) AS length FROM keywarden_installation.metadata
    WHERE source = $1 AND number IS NOT NULL`,
);
const slice = statement<{ part: Uint8Array }>(
  'metadata.slice',
  `SELECT substring(blob FROM $3 FOR $4) AS part FROM keywarden_installation.metadata
    WHERE source = $1 AND number = $2`,
);
const enter = statement(
  'metadata.enter',
  `INSERT INTO keywarden_installation.metadata (source, due_at) VALUES ($1, $2) ON CONFLICT (source) DO NOTHING`,
);
const claim = statement<{ failures: number }>(
  'metadata.claim',
  `UPDATE keywarden_installation.metadata SET due_at = $3 WHERE source = $1 AND due_at <= $2 RETURNING failures`,
);
const schedule = statement(
  'metadata.schedule',
  'UPDATE keywarden_installation.metadata SET due_at = $2, failures = $3 WHERE source = $1',
);
const replace = statement(
  'metadata.replace',
  `UPDATE keywarden_installation.metadata SET number = $3, fetched_at = $4, blob = $5
    WHERE source = $1 AND number IS NOT DISTINCT FROM $2::bigint`,
);

/** @param source SHA-256 of its address */
export function metadataTable(session: TenantSession, source: Uint8Array): MetadataTable {
  const key = Buffer.from(source);
  return {
    async kept() {
      const row = await session.row(kept, [key]);
      return row === null ? null : { number: row.number, fetchedAt: row.fetched_at, length: row.length };
    },
    async slice(number, { offset, length }) {
      return (await session.row(slice, [key, number, offset + 1, length]))?.part ?? null;
    },
    async claim({ now, until }) {
      await session.run(enter, [key, now]);
      return (await session.row(claim, [key, now, until]))?.failures ?? null;
    },
    async schedule({ dueAt, failures }) {
      await session.run(schedule, [key, dueAt, failures]);
    },
    async replace(previousNumber, { number, fetchedAt, bytes }) {
      const { buffer, byteOffset, byteLength } = bytes;
      const blob = Buffer.from(buffer, byteOffset, byteLength);
      return (await session.run(replace, [key, previousNumber, number, fetchedAt, blob])) === 1;
    },
  };
}
