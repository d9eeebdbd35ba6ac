import { constants, type KeyObject, verify } from 'node:crypto';
import { type CoseAlgorithm, type CoseCurve, coseAlgorithm } from './algorithms.ts';

const openSslKeyTypes: Readonly<Record<CoseAlgorithm['keyType'], readonly string[]>> = {
  EC2: ['ec'],
  OKP: ['ed25519', 'ed448'],
  RSA: ['rsa', 'rsa-pss'],
  AKP: ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'],
};

const openSslCurves: Readonly<Record<CoseCurve, string>> = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
  Ed25519: 'ed25519',
  Ed448: 'ed448',
};

/**
 * True where `signature` is one over `data` by this key with this algorithm (WebAuthn L3 §6.5.5: ECDSA signatures are
 * ASN.1 DER). False for everything else, a key of another type included.
 */
export function verifyCoseSignature(input: {
  /** COSE algorithm identifier. */
  readonly algorithm: number;
  readonly key: KeyObject;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const algorithm = coseAlgorithm(input.algorithm);
  if (algorithm === undefined || !belongs(input.key, algorithm)) return false;
  try {
    if (algorithm.padding === 'pss') {
      const key = { key: input.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
      return verify(algorithm.hash, input.data, key, input.signature);
    }
    return verify(algorithm.hash, input.data, input.key, input.signature);
  } catch {
    // OpenSSL throws on some malformed signatures where it answers false to others.
    return false;
  }
}

function belongs(key: KeyObject, algorithm: CoseAlgorithm): boolean {
  const type = key.asymmetricKeyType;
  if (type === undefined || !openSslKeyTypes[algorithm.keyType].includes(type)) return false;
  if (algorithm.keyType === 'AKP') return type === algorithm.name.toLowerCase();
  if (algorithm.keyType === 'OKP') return algorithm.curve !== null && type === openSslCurves[algorithm.curve];
  if (algorithm.keyType === 'EC2' && algorithm.fullySpecified && algorithm.curve !== null) {
    return key.asymmetricKeyDetails?.namedCurve === openSslCurves[algorithm.curve];
  }
  return true;
}
