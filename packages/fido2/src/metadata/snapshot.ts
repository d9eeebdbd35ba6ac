import { Buffer } from 'node:buffer';
import { FormatError } from '../bytes/index.ts';
import type { AttestationSubject } from '../webauthn/index.ts';
import { parseCertificate, TrustAnchors } from '../x509/index.ts';
import { isAaguid, type MetadataEntry, modelsOf, readEntry, texts, type UnreadableEntry } from './entry.ts';
import { attestationCertificateKeyIdentifier } from './key-identifier.ts';

/** What the metadata has on one authenticator model. */
export type ModelRecord =
  | { readonly kind: 'known'; readonly entry: MetadataEntry }
  /** Its entry is malformed or there are several: nothing can be believed of it, least of all that it is harmless. */
  | { readonly kind: 'unusable'; readonly fault: string }
  | { readonly kind: 'unknown' };

const unknown: ModelRecord = { kind: 'unknown' };

/** The head of a BLOB payload (FIDO MDS 3.0 §3.1.6). */
export interface MetadataHead {
  /** `no` */
  readonly number: number;
  /** Milliseconds since 1970: the beginning, in UTC, of the day on which the next BLOB is due at the latest. */
  readonly nextUpdate: number;
  readonly legalHeader: string | null;
  /** Everything but `entries`, as it came. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Faults that are told by name; the rest are counted. */
const faultsKept = 100;

/** Entries while they come in; a `MetadataSnapshot` once they are complete. */
export class MetadataCollection {
  readonly entries: MetadataEntry[] = [];
  readonly records = new Map<string, ModelRecord>();
  readonly faults: string[] = [];
  faultCount = 0;

  add(value: unknown): void {
    const entry = readEntry(value);
    if ('fault' in entry) {
      this.#refuse(entry);
      return;
    }
    this.entries.push(entry);
    for (const model of modelsOf(entry)) {
      // Whichever of two were taken, the other one may say that it is revoked.
      if (this.records.has(model)) this.#refuse({ fault: `${model} has several entries`, models: [model] });
      else this.records.set(model, { kind: 'known', entry });
    }
  }

  #refuse({ fault, models }: UnreadableEntry): void {
    this.faultCount += 1;
    if (this.faults.length < faultsKept) this.faults.push(fault);
    for (const model of models) this.records.set(model, { kind: 'unusable', fault });
  }
}

/** One verified BLOB. Never changes; whoever owns it swaps it for the next. */
export class MetadataSnapshot {
  readonly head: MetadataHead;
  readonly entries: readonly MetadataEntry[];
  /** What is wrong with single entries, for the log; at most 100 of `faultCount`. */
  readonly faults: readonly string[];
  readonly faultCount: number;
  readonly #records: ReadonlyMap<string, ModelRecord>;
  readonly #anchors = new Map<MetadataEntry, TrustAnchors>();

  constructor(head: MetadataHead, collection: MetadataCollection) {
    this.head = head;
    this.entries = collection.entries;
    this.faults = collection.faults;
    this.faultCount = collection.faultCount;
    this.#records = collection.records;
  }

  /** Of all models that the metadata says anything on, legible or not. */
  aaguids(): readonly string[] {
    return [...this.#records.keys()].filter(isAaguid);
  }

  /** @param aaguid UUID, in either case */
  byAaguid(aaguid: string): ModelRecord {
    return this.#records.get(aaguid.toLowerCase()) ?? unknown;
  }

  /** @param keyIdentifier SHA-1 of the public key of an attestation certificate, hexadecimal */
  byKeyIdentifier(keyIdentifier: string): ModelRecord {
    return this.#records.get(keyIdentifier.toLowerCase()) ?? unknown;
  }

  /**
   * By AAGUID; an authenticator without one (U2F) by the key of its attestation certificate or, failing that, by the
   * keys of those above it.
   */
  find({ aaguid, certificates }: Pick<AttestationSubject, 'aaguid' | 'certificates'>): ModelRecord {
    if (!/^[0-]+$/.test(aaguid)) return this.byAaguid(aaguid);
    for (const certificate of certificates.slice(0, 8)) {
      const keyIdentifier = readable(() => attestationCertificateKeyIdentifier(certificate));
      const record = keyIdentifier === null ? unknown : this.byKeyIdentifier(keyIdentifier);
      if (record.kind !== 'unknown') return record;
    }
    return unknown;
  }

  /** Of the entry's `attestationRootCertificates`, those that can be read. Parsed once. */
  anchorsOf(entry: MetadataEntry): TrustAnchors {
    const known = this.#anchors.get(entry);
    if (known !== undefined) return known;
    const anchors = new TrustAnchors(rootCertificatesOf(entry));
    this.#anchors.set(entry, anchors);
    return anchors;
  }
}

/** DER. One that can't be read costs its own chains alone. */
export function rootCertificatesOf(entry: MetadataEntry): readonly Uint8Array[] {
  return texts(entry.statement?.['attestationRootCertificates'])
    .map(readCertificateText)
    .filter((certificate) => readable(() => parseCertificate(certificate)) !== null);
}

/** Base64, in which some vendors leave line breaks. */
export function readCertificateText(certificate: string): Uint8Array {
  return Uint8Array.from(Buffer.from(certificate, 'base64'));
}

/** Null where the bytes are malformed. */
function readable<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
