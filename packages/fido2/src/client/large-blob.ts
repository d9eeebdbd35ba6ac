import { createCipheriv, createDecipheriv } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { concatBytes, FormatError, toBase64Url } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { isField } from '../ctap2/fields.ts';
import { type LargeBlobOptions, readLargeBlobArray, writeLargeBlobArray } from '../ctap2/large-blobs.ts';
import { isCtapError } from '../ctap2/status.ts';
import type { Authorization } from './authorization.ts';
import { requireBytes } from './client-data.ts';
import { ClientError } from './errors.ts';
import type { KeySession } from './session.ts';

const tagLength = 16;
const nonceLength = 12;
/** Deflate gives at most about a thousand bytes for one; no blob of a key unfolds beyond this. */
const largestBlob = 1 << 20;

/** CTAP 2.1 §6.10.3: one entry, encrypted under the credential's largeBlobKey. */
type Entry = ReadonlyMap<unknown, unknown>;

const additionalData = (originalSize: number): Uint8Array => {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(originalSize), true);
  return concatBytes(new TextEncoder().encode('blob'), size);
};

const seal = (session: KeySession, key: Uint8Array, blob: Uint8Array): Entry => {
  const nonce = session.random(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData(blob.length));
  const ciphertext = concatBytes(cipher.update(deflateRawSync(blob)), cipher.final(), cipher.getAuthTag());
  return new Map<number, unknown>([
    [1, ciphertext],
    [2, nonce],
    [3, blob.length],
  ]);
};

/** Null where the entry is another credential's, or nothing that we know. */
const open = (key: Uint8Array, entry: unknown): Uint8Array | null => {
  if (!isField(entry, 'map')) return null;
  const [ciphertext, nonce, originalSize] = [entry.get(1), entry.get(2), entry.get(3)];
  if (!isField(ciphertext, 'bytes') || !isField(nonce, 'bytes') || !isField(originalSize, 'integer'))
    return null;
  if (ciphertext.length <= tagLength || nonce.length !== nonceLength) return null;
  if (originalSize < 0 || originalSize > largestBlob) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(additionalData(originalSize)).setAuthTag(ciphertext.subarray(-tagLength));
  try {
    const deflated = concatBytes(decipher.update(ciphertext.subarray(0, -tagLength)), decipher.final());
    const blob = inflateRawSync(deflated, { maxOutputLength: Math.max(originalSize, 1) });
    return blob.length === originalSize ? new Uint8Array(blob) : null;
  } catch {
    return null;
  }
};

const readEntries = async (session: KeySession): Promise<readonly unknown[]> => {
  const { device, info, options } = session;
  const blobOptions: LargeBlobOptions = {
    ...options,
    maxSerializedLargeBlobArray: info.maxSerializedLargeBlobArray ?? 1024,
  };
  const array = await readLargeBlobArray(device, blobOptions);
  try {
    const entries = decode(array);
    return Array.isArray(entries) ? entries : [];
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
};

export interface LargeBlobWish {
  readonly read: boolean;
  /** Null: nothing is written. */
  readonly write: Uint8Array | null;
}

/** WebAuthn L3 §10.1.5: what an assertion asks; null where it asks nothing or the key keeps none. */
export const largeBlobWish = (
  session: KeySession,
  asked: unknown,
  { allowed }: { readonly allowed: number },
): LargeBlobWish | null => {
  if (typeof asked !== 'object' || asked === null) return null;
  const { read, write } = { read: undefined, write: undefined, ...asked };
  if (read !== true && typeof write !== 'string') return null;
  if (read === true && write !== undefined) {
    throw new ClientError('options-invalid', 'a large blob is read or written, not both', {
      field: 'extensions.largeBlob',
    });
  }
  if (typeof write === 'string' && allowed !== 1) {
    throw new ClientError('options-invalid', 'a large blob is written under exactly one credential', {
      field: 'extensions.largeBlob',
    });
  }
  const able =
    session.info.extensions.includes('largeBlobKey') && session.info.options['largeBlobs'] === true;
  if (!able) return null;
  return {
    read: read === true,
    write: typeof write === 'string' ? requireBytes(write, 'extensions.largeBlob') : null,
  };
};

/** After the assertion, with the key that it gave. @throws CtapError, DeviceError */
export const exchangeLargeBlob = async (
  session: KeySession,
  { wish, key }: { readonly wish: LargeBlobWish; readonly key: Uint8Array | null },
  authorization: Authorization | null,
): Promise<Record<string, unknown>> => {
  if (key === null) return wish.read ? {} : { written: false };
  const entries = await readEntries(session);
  if (wish.write === null) {
    const blob = entries.map((entry) => open(key, entry)).find((found) => found !== null);
    return blob === undefined || blob === null ? {} : { blob: toBase64Url(blob) };
  }
  const others = entries.filter((entry) => open(key, entry) === null);
  const array = encode([...others, seal(session, key, wish.write)]);
  const token = authorization?.kind === 'token' ? authorization.token : null;
  try {
    await writeLargeBlobArray(session.device, { array, token }, session.options);
    return { written: true };
  } catch (error) {
    // WebAuthn L3 §10.1.5: no room is an answer, not a failure of the assertion.
    if (isCtapError(error, 'CTAP2_ERR_LARGE_BLOB_STORAGE_FULL', 'CTAP2_ERR_REQUEST_TOO_LARGE')) {
      return { written: false };
    }
    throw error;
  }
};
