import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { concatBytes, FormatError, toBase64Url } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { type CoseCurve, coseAlgorithm } from './algorithms.ts';

export type CosePublicKey =
  | {
      readonly keyType: 'EC2';
      readonly algorithm: number;
      readonly curve: 'P-256' | 'P-384' | 'P-521';
      readonly x: Uint8Array;
      readonly y: Uint8Array;
    }
  | {
      readonly keyType: 'OKP';
      readonly algorithm: number;
      readonly curve: 'Ed25519' | 'Ed448';
      readonly x: Uint8Array;
    }
  | { readonly keyType: 'RSA'; readonly algorithm: number; readonly n: Uint8Array; readonly e: Uint8Array }
  | { readonly keyType: 'AKP'; readonly algorithm: number; readonly pub: Uint8Array };

/** COSE_Key labels (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4; AKP: IANA "COSE Key Type Parameters"). */
const label = { kty: 1, alg: 3, crv: -1, x: -2, y: -3, n: -1, e: -2, pub: -1 } as const;
const keyTypes = { OKP: 1, EC2: 2, RSA: 3, AKP: 7 } as const;
const curves = { 'P-256': 1, 'P-384': 2, 'P-521': 3, Ed25519: 6, Ed448: 7 } as const;
const coordinateLengths = { 'P-256': 32, 'P-384': 48, 'P-521': 66, Ed25519: 32, Ed448: 57 } as const;
const mlDsaKeyLengths: ReadonlyMap<number, number> = new Map([
  [-48, 1312],
  [-49, 1952],
  [-50, 2592],
]);

export interface CoseKeyOptions {
  /** RS1 signs SHA-1 digests, which can be forged by collision. Default false. */
  readonly dangerouslyAllowSha1?: boolean | undefined;
}

/**
 * A credential public key as WebAuthn L3 §6.5.1.1 restricts it: `alg` present, the curve that belongs to it, points
 * uncompressed, no more and no fewer bytes than the curve has. Unknown parameters are ignored.
 *
 * @param key COSE_Key, encoded or as the `Map` that CBOR decoding gave
 * @throws FormatError `cose-key-invalid`, `cose-algorithm-unsupported`, `cose-algorithm-refused`, `cbor-…`
 */
export function parseCoseKey(
  key: Uint8Array | ReadonlyMap<unknown, unknown>,
  options: CoseKeyOptions = {},
): CosePublicKey {
  const map = key instanceof Uint8Array ? decode(key) : key;
  if (!(map instanceof Map)) throw new FormatError('cose-key-invalid', 'a COSE_Key is a map');
  const identifier: unknown = map.get(label.alg);
  if (typeof identifier !== 'number') throw new FormatError('cose-key-invalid', 'COSE_Key without alg');
  const algorithm = coseAlgorithm(identifier);
  if (algorithm === undefined) {
    throw new FormatError('cose-algorithm-unsupported', `COSE algorithm ${identifier} is not known`);
  }
  if (algorithm.hash === 'sha1' && options.dangerouslyAllowSha1 !== true) {
    throw new FormatError('cose-algorithm-refused', `COSE algorithm ${algorithm.name} is refused`);
  }
  const keyType: unknown = map.get(label.kty);
  if (keyType !== keyTypes[algorithm.keyType]) {
    throw new FormatError(
      'cose-key-invalid',
      `COSE key type ${String(keyType)} is not that of ${algorithm.name}`,
    );
  }
  switch (algorithm.keyType) {
    case 'EC2': {
      const curve = requireCurve(map, algorithm.curve);
      if (curve === 'Ed25519' || curve === 'Ed448')
        throw new FormatError('cose-key-invalid', 'curve of another type');
      const length = coordinateLengths[curve];
      const x = requireBytes(map, label.x, [length, length]);
      // WebAuthn L3 §5.8.5: the compressed point form (a boolean here) must not be used.
      const y = requireBytes(map, label.y, [length, length]);
      return { keyType: 'EC2', algorithm: identifier, curve, x, y };
    }
    case 'OKP': {
      const curve = requireCurve(map, algorithm.curve);
      if (curve !== 'Ed25519' && curve !== 'Ed448')
        throw new FormatError('cose-key-invalid', 'curve of another type');
      const length = coordinateLengths[curve];
      return {
        keyType: 'OKP',
        algorithm: identifier,
        curve,
        x: requireBytes(map, label.x, [length, length]),
      };
    }
    case 'RSA': {
      // 2048 to 8192 bits: shorter moduli are factored, longer ones keep the processor busy.
      const n = requireBytes(map, label.n, [256, 1024]);
      const e = requireBytes(map, label.e, [1, 4]);
      if (((n[0] ?? 0) & 0x80) === 0 && n.length === 256) {
        throw new FormatError('cose-key-invalid', 'RSA modulus shorter than 2048 bits');
      }
      if (n[0] === 0 || e[0] === 0)
        throw new FormatError('cose-key-invalid', 'RSA integer with leading zeros');
      return { keyType: 'RSA', algorithm: identifier, n, e };
    }
    default: {
      const length = mlDsaKeyLengths.get(identifier) ?? 0;
      return { keyType: 'AKP', algorithm: identifier, pub: requireBytes(map, label.pub, [length, length]) };
    }
  }
}

/** Canonical CBOR. */
export function encodeCoseKey(key: CosePublicKey): Uint8Array {
  const map = new Map<number, unknown>([
    [label.kty, keyTypes[key.keyType]],
    [label.alg, key.algorithm],
  ]);
  switch (key.keyType) {
    case 'EC2':
      map.set(label.crv, curves[key.curve]).set(label.x, key.x).set(label.y, key.y);
      break;
    case 'OKP':
      map.set(label.crv, curves[key.curve]).set(label.x, key.x);
      break;
    case 'RSA':
      map.set(label.n, key.n).set(label.e, key.e);
      break;
    case 'AKP':
      map.set(label.pub, key.pub);
      break;
  }
  return encode(map);
}

/**
 * The key as OpenSSL holds it; points that aren't on the curve are refused here.
 *
 * @throws FormatError `cose-key-invalid`; `cose-algorithm-unsupported` for ML-DSA where this Node has none (before 24.7)
 */
export function importCoseKey(key: CosePublicKey): KeyObject {
  if (key.keyType === 'AKP') return importMlDsaKey(key);
  try {
    // As JWK: in OpenSSL 3.0 half the time of SPKI.
    return createPublicKey({ format: 'jwk', key: jsonWebKey(key) });
  } catch (cause) {
    throw new FormatError('cose-key-invalid', 'not a public key', { cause });
  }
}

function jsonWebKey(key: Exclude<CosePublicKey, { keyType: 'AKP' }>) {
  switch (key.keyType) {
    case 'EC2':
      return { kty: 'EC', crv: key.curve, x: toBase64Url(key.x), y: toBase64Url(key.y) };
    case 'OKP':
      return { kty: 'OKP', crv: key.curve, x: toBase64Url(key.x) };
    case 'RSA':
      return { kty: 'RSA', n: toBase64Url(key.n), e: toBase64Url(key.e) };
  }
}

/** 2.16.840.1.101.3.4.3.17, .18 and .19 (RFC 9881). */
function importMlDsaKey(key: Extract<CosePublicKey, { keyType: 'AKP' }>): KeyObject {
  const arc = 0x11 + (-48 - key.algorithm);
  const objectIdentifier = Uint8Array.of(0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, arc);
  const bitString = derValue(3, concatBytes(Uint8Array.of(0), key.pub));
  try {
    return createPublicKey({
      format: 'der',
      type: 'spki',
      key: Buffer.from(derValue(0x30, concatBytes(objectIdentifier, bitString))),
    });
  } catch (cause) {
    throw new FormatError('cose-algorithm-unsupported', 'this Node.js has no ML-DSA (24.7 and later have)', {
      cause,
    });
  }
}

/** A DER value of 256 to 65,535 bytes. */
function derValue(tag: number, contents: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(tag, 0x82, contents.length >> 8, contents.length & 0xff), contents);
}

function requireCurve(map: ReadonlyMap<unknown, unknown>, curve: CoseCurve | null): CoseCurve {
  if (curve === null || map.get(label.crv) !== curves[curve]) {
    throw new FormatError(
      'cose-key-invalid',
      `curve ${String(map.get(label.crv))} does not belong to the algorithm`,
    );
  }
  return curve;
}

function requireBytes(
  map: ReadonlyMap<unknown, unknown>,
  name: number,
  [shortest, longest]: readonly [number, number],
): Uint8Array {
  const value = map.get(name);
  if (!(value instanceof Uint8Array) || value.length < shortest || value.length > longest) {
    throw new FormatError('cose-key-invalid', `COSE_Key parameter ${name} is missing or not of its length`);
  }
  return value;
}
