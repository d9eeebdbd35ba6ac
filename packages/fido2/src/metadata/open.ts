import { readDate, text } from './entry.ts';
import { MetadataError } from './errors.ts';
import { parseLargeObject } from './json.ts';
import { Pace } from './pace.ts';
import { type MetadataSigner, verifySignedBlob } from './signed-blob.ts';
import { MetadataCollection, type MetadataHead, MetadataSnapshot } from './snapshot.ts';

/** Bytes; the FIDO Alliance's has about 8 MB. */
export const longestMetadata = 33_554_432;

export interface OpenMetadataOptions {
  readonly signer: MetadataSigner;
  /** When the signer's certificates must be valid: now, or for a kept BLOB when it was fetched. */
  readonly now: Date;
  /** `no` of the BLOB that was had before: a lower one is an old one replayed. Null: none was. */
  readonly previousNumber: number | null;
  /** Bytes. Default 32 MiB. */
  readonly maximumLength?: number | undefined;
  /** Resolves once others have run; default: one turn of the event loop. Called about every 64 KB. */
  readonly rest?: (() => Promise<void>) | undefined;
}

/**
 * A FIDO MDS3 BLOB, verified (FIDO MDS 3.0 §3.2) and indexed. Works in stints of a few milliseconds. Whether a signer's
 * certificate is revoked is not looked up: that needs a network, and this package has none.
 *
 * @param blob as it was downloaded: a JWS in compact serialization; white space around it is ignored
 * @throws MetadataError
 */
export async function openMetadata(
  blob: Uint8Array,
  options: OpenMetadataOptions,
): Promise<MetadataSnapshot> {
  const maximumLength = options.maximumLength ?? longestMetadata;
  if (blob.length > maximumLength)
    throw new MetadataError('metadata-too-large', `${blob.length} bytes; ${maximumLength} are accepted`);
  const pace = new Pace(options.rest);
  const payload = await verifySignedBlob(trim(blob), { ...options, pace });
  const collection = new MetadataCollection();
  const members = await parseLargeObject(payload, {
    elementsOf: 'entries',
    onElement: (entry) => collection.add(entry),
    pace,
  });
  const head = readHead(members);
  // FIDO MDS 3.0 §3.2: an older one than the one at hand would hide what was reported since.
  if (options.previousNumber !== null && head.number < options.previousNumber) {
    throw new MetadataError(
      'metadata-number-rolled-back',
      `number ${head.number} after number ${options.previousNumber}`,
    );
  }
  return new MetadataSnapshot(head, collection);
}

function readHead(members: ReadonlyMap<string, unknown>): MetadataHead {
  const number = members.get('no');
  const nextUpdate = readDate(members.get('nextUpdate'));
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw new MetadataError('metadata-malformed', 'no is not a number from 0 up');
  if (nextUpdate === null) throw new MetadataError('metadata-malformed', 'nextUpdate is no date');
  return {
    number,
    nextUpdate,
    legalHeader: text(members.get('legalHeader')),
    members: Object.fromEntries(members),
  };
}

function trim(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && (bytes[start] ?? 0) <= 0x20) start += 1;
  while (end > start && (bytes[end - 1] ?? 0) <= 0x20) end -= 1;
  return bytes.subarray(start, end);
}
