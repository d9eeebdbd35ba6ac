import { type KeyObject, verify } from 'node:crypto';
import {
  type DerValue,
  derBitString,
  derChildren,
  derObjectIdentifier,
  derSequence,
  derSmallInteger,
  FormatError,
  readDer,
  requireDer,
} from '../bytes/index.ts';
import { importSubjectPublicKey } from './public-key.ts';
import { readTime } from './time.ts';

export interface Extension {
  readonly critical: boolean;
  /** What the OCTET STRING holds. */
  readonly value: Uint8Array;
}

/** RFC 5280 §4.1, as far as attestation and metadata need it. Read strictly; nothing of it is believed yet. */
export interface Certificate {
  readonly der: Uint8Array;
  /** 1 to 3. */
  readonly version: number;
  /** Name in DER: equal names are equal bytes. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: KeyObject;
  /** By object identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
  /** What the issuer signed; its algorithm by object identifier. */
  readonly toBeSigned: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

const maximumLength = 16_384;

/** @throws FormatError `certificate-invalid`, `der-invalid` */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > maximumLength) {
    throw new FormatError('certificate-invalid', `certificate of more than ${maximumLength} bytes`);
  }
  const [toBeSigned, algorithm, signature, ...more] = derSequence(readDer(der));
  const fields = [...derSequence(toBeSigned)];
  const version = readVersion(fields);
  const [serialNumber, innerAlgorithm, issuer, validity, subject, publicKeyInfo, ...optional] = fields;
  requireDer(serialNumber, 'integer');
  if (
    toBeSigned === undefined ||
    algorithm === undefined ||
    innerAlgorithm === undefined ||
    publicKeyInfo === undefined ||
    more.length > 0
  ) {
    throw new FormatError('certificate-invalid', 'certificate incomplete');
  }
  // RFC 5280 §4.1.1.2: both must name the same algorithm, else the unsigned one could lie.
  if (!sameBytes(algorithm.whole, innerAlgorithm.whole)) {
    throw new FormatError('certificate-invalid', 'signature algorithms differ');
  }
  const [notBefore, notAfter] = derSequence(validity);
  return {
    der,
    version,
    issuer: requireDer(issuer, 'sequence').whole,
    subject: requireDer(subject, 'sequence').whole,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    publicKey: importSubjectPublicKey(publicKeyInfo),
    extensions: readExtensions(optional),
    toBeSigned: toBeSigned.whole,
    signatureAlgorithm: derObjectIdentifier(derSequence(algorithm)[0]),
    signature: derBitString(signature),
  };
}

function readVersion(fields: DerValue[]): number {
  const [first] = fields;
  if (first?.class !== 'context' || first.number !== 0) return 1;
  fields.shift();
  return derSmallInteger(derChildren(first)[0]) + 1;
}

function readExtensions(optional: readonly DerValue[]): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  const field = optional.find(({ class: kind, number }) => kind === 'context' && number === 3);
  if (field === undefined) return extensions;
  for (const extension of derSequence(derChildren(field)[0])) {
    const parts = [...derSequence(extension)];
    const identifier = derObjectIdentifier(parts.shift());
    const critical = parts.length === 2 && requireDer(parts.shift(), 'boolean').contents[0] === 0xff;
    // RFC 5280 §4.2: a certificate must not include more than one instance of an extension.
    if (extensions.has(identifier))
      throw new FormatError('certificate-invalid', `extension ${identifier} twice`);
    extensions.set(identifier, { critical, value: requireDer(parts[0], 'octetString').contents });
  }
  return extensions;
}

/** Signature algorithms of certificates. SHA-1 is not among them: its collisions are bought for money. */
const signatureHashes: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
  '1.3.101.113': null,
};

/** Whether `issuer`'s key signed the certificate. False too for algorithms that we don't accept. */
export function isSignedBy(certificate: Certificate, issuer: KeyObject): boolean {
  const hash = signatureHashes[certificate.signatureAlgorithm];
  if (hash === undefined || !signs(certificate.signatureAlgorithm, issuer)) return false;
  try {
    return verify(hash, certificate.toBeSigned, issuer, certificate.signature);
  } catch {
    return false;
  }
}

function signs(algorithm: string, { asymmetricKeyType }: KeyObject): boolean {
  if (algorithm.startsWith('1.2.840.10045.')) return asymmetricKeyType === 'ec';
  if (algorithm.startsWith('1.2.840.113549.')) return asymmetricKeyType === 'rsa';
  return asymmetricKeyType === (algorithm === '1.3.101.112' ? 'ed25519' : 'ed448');
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
