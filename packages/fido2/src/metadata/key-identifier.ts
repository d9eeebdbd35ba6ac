import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { derBitString, derSequence, readDer } from '../bytes/index.ts';

/**
 * RFC 5280 §4.2.1.2 method 1, as FIDO MDS 3.0 §3.1.1 names models that have no AAGUID: SHA-1 of the public key.
 *
 * @param certificate DER
 * @returns 40 lower-case hexadecimal digits
 * @throws FormatError `der-invalid`
 */
export function attestationCertificateKeyIdentifier(certificate: Uint8Array): string {
  const [toBeSigned] = derSequence(readDer(certificate));
  const fields = derSequence(toBeSigned);
  // Version 1 has no version.
  const publicKeyInfo = fields[fields[0]?.class === 'context' ? 6 : 5];
  const [, key] = derSequence(publicKeyInfo);
  return Buffer.from(hash('sha1', derBitString(key), 'buffer')).toString('hex');
}
