import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { equalBytes, toBase64Url } from '../bytes/index.ts';
import { isObject, readDate } from './entry.ts';
import { MetadataError } from './errors.ts';

/** One authenticator whose secret key got out (FIDO MDS 3.0 §3.1.5). */
export interface RogueAuthenticator {
  /** The secret key, base64url, as it came. */
  readonly secretKey: string;
  /** Milliseconds since 1970. */
  readonly effectiveFrom: number;
}

const longestList = 8_388_608;

/**
 * The list that an entry's `rogueList.url` points to. Its hash is in the signed entry, so it may come from anywhere.
 *
 * @param bytes as downloaded
 * @param expectedHash the entry's `rogueList.hash`
 * @throws MetadataError `rogue-list-…`
 */
export function readRogueList(bytes: Uint8Array, expectedHash: string): readonly RogueAuthenticator[] {
  if (bytes.length > longestList) throw malformed(`${bytes.length} bytes; ${longestList} are accepted`);
  // §3.1.1: the hash is over the base64url text of the list, by the hash of the BLOB's signature algorithm.
  const actual = hash('sha256', toBase64Url(bytes), 'buffer');
  if (!equalBytes(actual, Buffer.from(expectedHash, 'base64url')))
    throw new MetadataError('rogue-list-hash-mismatch', 'not the list that the metadata names');
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed('no JSON', cause);
  }
  if (!Array.isArray(list)) throw malformed('no array');
  return list.map((item: unknown) => {
    const secretKey = isObject(item) ? item['sk'] : null;
    const effectiveFrom = isObject(item) ? readDate(item['date']) : null;
    if (typeof secretKey !== 'string' || effectiveFrom === null)
      throw malformed('an item without sk or date');
    return { secretKey, effectiveFrom };
  });
}

function malformed(message: string, cause?: unknown): MetadataError {
  return new MetadataError('rogue-list-malformed', message, { cause });
}
