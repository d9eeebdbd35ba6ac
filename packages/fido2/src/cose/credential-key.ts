import type { KeyObject } from 'node:crypto';
import { ContentCache } from '../bytes/index.ts';
import { coseAlgorithm } from './algorithms.ts';
import { type CoseKeyOptions, type CosePublicKey, importCoseKey, parseCoseKey } from './key.ts';

/** A credential public key, read and ready to verify with. */
export interface CredentialKey {
  readonly cose: CosePublicKey;
  readonly key: KeyObject;
}

/** Imported keys by their bytes; importing one costs as much as verifying a signature. */
export type CredentialKeyCache = ContentCache<CredentialKey>;

/** About 2 KB an entry. */
export function createCredentialKeyCache(options: { readonly maximumEntries: number }): CredentialKeyCache {
  return new ContentCache(options);
}

/** @throws FormatError as `parseCoseKey` and `importCoseKey` */
export function openCredentialKey(
  encoded: Uint8Array,
  options: CoseKeyOptions & { readonly cache?: CredentialKeyCache | undefined } = {},
): CredentialKey {
  const known = options.cache?.get(encoded);
  if (known !== undefined) return known;
  const cose = parseCoseKey(encoded, options);
  const opened = { cose, key: importCoseKey(cose) };
  // A key that one policy dangerously allowed must not be found by another that refuses it.
  if (coseAlgorithm(cose.algorithm)?.hash !== 'sha1') options.cache?.set(encoded, opened);
  return opened;
}
