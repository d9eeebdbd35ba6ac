import { X509Certificate } from 'node:crypto';
import { FormatError, fromBase64Url } from '@keywarden/fido2/bytes';
import { type Certificate, hasUnknownCriticalExtension, parseCertificate } from '@keywarden/fido2/x509';

export type AttestationRoot =
  | { readonly kind: 'usable'; readonly notAfter: Date }
  /** A certificate, and none with which verification would believe anything. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'no-certificate' };

/**
 * A root of an enroll action as verification will see it, so that whoever saves it is told before the first passkey is
 * refused for it.
 *
 * @param text DER, base64url
 */
export function readAttestationRoot(text: string): AttestationRoot {
  const der = certificateBytes(text);
  if (der === null) return { kind: 'no-certificate' };
  let certificate: Certificate;
  try {
    certificate = parseCertificate(der);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { kind: 'refused', reason: error.message };
  }
  return hasUnknownCriticalExtension(certificate)
    ? { kind: 'refused', reason: 'a critical extension is not known' }
    : { kind: 'usable', notAfter: new Date(certificate.notAfter) };
}

/** Node.js reads more than verification takes: what it can't read either is something else altogether. */
function certificateBytes(text: string): Uint8Array | null {
  try {
    const bytes = fromBase64Url(text);
    new X509Certificate(bytes);
    return bytes;
  } catch {
    return null;
  }
}
