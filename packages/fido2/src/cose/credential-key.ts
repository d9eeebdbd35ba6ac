import type { KeyObject } from 'node:crypto';
import { ContentCache, FormatError } from '../bytes/index.ts';
import { coseAlgorithm } from './algorithms.ts';
import { isOnCurve } from './curve-point.ts';
import { type CoseKeyOptions, type CosePublicKey, importCoseKey, parseCoseKey } from './key.ts';

/** A credential public key, read, found valid, and ready to verify with. */
export interface CredentialKey {
  readonly cose: CosePublicKey;
  /** Of a curve's point: imported when it is first asked for. */
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
  const opened = open(parseCoseKey(encoded, options));
  const { cose } = opened;
  // A key that one policy dangerously allowed must not be found by another that refuses it.
  if (coseAlgorithm(cose.algorithm)?.hash !== 'sha1') options.cache?.set(encoded, opened);
  return opened;
}

/** A point is looked at at once and imported when somebody verifies with it: most registrations never do. */
function open(cose: CosePublicKey): CredentialKey {
  if (cose.keyType !== 'EC2') return { cose, key: importCoseKey(cose) };
  // Copied: it was looked at, and must be the same later, whatever becomes of the bytes that it was read from.
  const point = { ...cose, x: Uint8Array.from(cose.x), y: Uint8Array.from(cose.y) };
  if (!isOnCurve(point.curve, point.x, point.y)) {
    throw new FormatError('cose-key-invalid', `not a point of ${point.curve}`);
  }
  return new PointKey(point);
}

/**
 * A class: V8 makes the getter of an object literal anew each time, among what is old at once, and the key that it holds stays
 * until the next major collection, which then frees thousands of them in one pause.
 */
class PointKey implements CredentialKey {
  readonly cose: CosePublicKey;
  #key: KeyObject | undefined;

  constructor(point: CosePublicKey) {
    this.cose = point;
  }

  get key(): KeyObject {
    this.#key ??= importCoseKey(this.cose);
    return this.#key;
  }
}
