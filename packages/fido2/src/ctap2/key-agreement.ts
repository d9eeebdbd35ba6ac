import { createECDH, type ECDH } from 'node:crypto';
import { concatBytes } from '../bytes/index.ts';
import type { CborFields } from './fields.ts';
import type { RandomBytes } from './surroundings.ts';

const coordinateLength = 32;
/** CTAP 2.1 §6.5.6: not the algorithm in use, but the one that the standard puts there. */
const ecdhEsHkdf256 = -25;

/** A fresh P-256 key pair for one agreement. */
export const generateAgreementKey = (random: RandomBytes): ECDH => {
  const ecdh = createECDH('prime256v1');
  // One scalar in 2^32 is out of range: draw again.
  for (;;) {
    try {
      ecdh.setPrivateKey(random(coordinateLength));
      return ecdh;
    } catch (error) {
      if (!(error instanceof Error) || !/not valid/i.test(error.message)) throw error;
    }
  }
};

/** The public part as COSE_Key. */
export const agreementCoseKey = (key: ECDH): ReadonlyMap<number, unknown> => {
  const point = new Uint8Array(key.getPublicKey());
  return new Map<number, unknown>([
    [1, 2],
    [3, ecdhEsHkdf256],
    [-1, 1],
    [-2, point.slice(1, 1 + coordinateLength)],
    [-3, point.slice(1 + coordinateLength)],
  ]);
};

/**
 * The x coordinate of the agreed point; null where the peer's key is not a P-256 point (OpenSSL checks that it is on
 * the curve: an invalid one would leak the private key bit by bit).
 */
export const agree = (key: ECDH, peer: CborFields): Uint8Array | null => {
  const x = peer.map.get(-2);
  const y = peer.map.get(-3);
  if (peer.map.get(1) !== 2 || peer.map.get(-1) !== 1) return null;
  if (!(x instanceof Uint8Array) || !(y instanceof Uint8Array)) return null;
  if (x.length !== coordinateLength || y.length !== coordinateLength) return null;
  try {
    return key.computeSecret(concatBytes(Uint8Array.of(4), x, y));
  } catch {
    return null;
  }
};
