import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  type DerValue,
  derBitString,
  derObjectIdentifier,
  derSequence,
  FormatError,
  readDer,
  requireDer,
  toBase64Url,
} from '../bytes/index.ts';

const oid = {
  rsa: '1.2.840.113549.1.1.1',
  ec: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
} as const;

const curves: Readonly<Record<string, { readonly name: string; readonly length: number }>> = {
  '1.2.840.10045.3.1.7': { name: 'P-256', length: 32 },
  '1.3.132.0.34': { name: 'P-384', length: 48 },
  '1.3.132.0.35': { name: 'P-521', length: 66 },
};

/**
 * SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) as OpenSSL holds it. The usual kinds go by way of JWK, which OpenSSL 3.0
 * imports in half the time of SPKI; it checks that a point is on its curve either way.
 *
 * @throws FormatError `certificate-invalid`, `der-invalid`
 */
export function importSubjectPublicKey(info: DerValue): KeyObject {
  try {
    const key = jsonWebKey(info);
    if (key !== null) return createPublicKey({ format: 'jwk', key });
    return createPublicKey({ format: 'der', type: 'spki', key: Buffer.from(info.whole) });
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError('certificate-invalid', 'public key not usable', { cause });
  }
}

function jsonWebKey(info: DerValue) {
  const [algorithm, bits] = derSequence(info);
  const [identifier, parameters] = derSequence(algorithm);
  switch (derObjectIdentifier(identifier)) {
    case oid.ec: {
      const curve = curves[derObjectIdentifier(parameters)];
      const point = derBitString(bits);
      if (curve === undefined || point[0] !== 4 || point.length !== 1 + 2 * curve.length) return null;
      return {
        kty: 'EC',
        crv: curve.name,
        x: toBase64Url(point.subarray(1, 1 + curve.length)),
        y: toBase64Url(point.subarray(1 + curve.length)),
      };
    }
    case oid.rsa: {
      const [n, e] = derSequence(readDer(derBitString(bits)));
      return {
        kty: 'RSA',
        n: toBase64Url(rsaInteger(n, [256, 1024])),
        e: toBase64Url(rsaInteger(e, [1, 8])),
      };
    }
    case oid.ed25519:
      return { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(derBitString(bits)) };
    default:
      return null;
  }
}

/** Without the zero that keeps it positive. Moduli of 2048 to 8192 bits: shorter ones are factored. */
function rsaInteger(value: DerValue | undefined, [shortest, longest]: readonly [number, number]): Uint8Array {
  const { contents } = requireDer(value, 'integer');
  const bytes = contents[0] === 0 ? contents.subarray(1) : contents;
  const negative = ((contents[0] ?? 0x80) & 0x80) !== 0;
  if (negative || bytes.length < shortest || bytes.length > longest) {
    throw new FormatError('certificate-invalid', `RSA integer not of ${shortest} to ${longest} bytes`);
  }
  return bytes;
}
