import { Buffer } from 'node:buffer';
import { createVerify, type KeyObject } from 'node:crypto';
import { FormatError, fromBase64Url } from '../bytes/index.ts';
import {
  type Certificate,
  isValidAt,
  parseCertificate,
  subjectAlternativeNames,
  type TrustAnchors,
} from '../x509/index.ts';
import { MetadataError } from './errors.ts';
import type { Pace } from './pace.ts';

/** Whose metadata is believed. */
export interface MetadataSigner {
  readonly anchors: TrustAnchors;
  /**
   * DNS name in the signing certificate. The FIDO Alliance's root is a public web CA: without this, everybody to whom
   * it ever sold a certificate could sign metadata. Null only for anchors that certify nobody else.
   */
  readonly name: string | null;
}

export interface BlobVerification {
  readonly signer: MetadataSigner;
  readonly now: Date;
  readonly pace: Pace;
}

const dot = 0x2e;
const longestHeader = 65_536;
const longestSignature = 2048;
const longestChain = 8;
/** Bytes that are decoded or hashed at a time; a multiple of 4. */
const slice = 262_144;

/**
 * RFC 7515 §7.1 compact serialization with the chain of the signer in `x5c`, as FIDO MDS 3.0 §3.2 verifies it.
 *
 * @returns the payload, decoded only after the signature was verified
 * @throws MetadataError
 */
export async function verifySignedBlob(
  blob: Uint8Array,
  verification: BlobVerification,
): Promise<Uint8Array> {
  const { header, payload, signature, signedBytes } = split(blob);
  const { algorithm, chain } = readHeader(header);
  const leaf = verifyChain(chain, verification);
  await verifySignature({ algorithm, key: leaf.publicKey, signedBytes, signature }, verification.pace);
  return decodePayload(payload, verification.pace);
}

function split(blob: Uint8Array) {
  const first = blob.indexOf(dot);
  const second = blob.indexOf(dot, first + 1);
  if (first < 1 || second < 0 || first > longestHeader || blob.length - second > longestSignature)
    throw malformed('not a JWS of three parts');
  return {
    header: decode(blob.subarray(0, first)),
    payload: blob.subarray(first + 1, second),
    signature: decode(blob.subarray(second + 1)),
    signedBytes: blob.subarray(0, second),
  };
}

type Algorithm = 'ES256' | 'RS256';

function readHeader(bytes: Uint8Array): { algorithm: Algorithm; chain: readonly Uint8Array[] } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed('the header is no JSON', cause);
  }
  if (typeof header !== 'object' || header === null) throw malformed('the header is no object');
  const { alg, x5c, crit } = header as Readonly<Record<'alg' | 'x5c' | 'crit', unknown>>;
  // RFC 7515 §4.1.11: whoever does not understand a critical member must refuse; we understand none.
  if (crit !== undefined) throw malformed('the header has critical members');
  if (alg !== 'ES256' && alg !== 'RS256') {
    const name = typeof alg === 'string' ? JSON.stringify(alg.slice(0, 32)) : 'none';
    throw new MetadataError(
      'metadata-algorithm-refused',
      `signed with ${name}; ES256 and RS256 are accepted`,
    );
  }
  // FIDO MDS 3.0 §3.2 would fetch a chain from x5u; we fetch nothing, and the FIDO Alliance sends x5c.
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > longestChain)
    throw new MetadataError('metadata-signer-untrusted', `x5c is not of 1 to ${longestChain} certificates`);
  return { algorithm: alg, chain: x5c.map(readCertificateText) };
}

/** RFC 7515 §4.1.6: base64, not base64url. */
function readCertificateText(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    throw malformed('x5c is not of base64');
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

function verifyChain(chain: readonly Uint8Array[], { signer, now }: BlobVerification): Certificate {
  try {
    // In August 2026 the FIDO Alliance appended its new root, cross-signed by its old one: with either of them as anchor
    // some beginning of the chain must do.
    for (let length = chain.length; length > 0; length -= 1) {
      const { leaf, trusted } = signer.anchors.verify(chain.slice(0, length), now);
      if (trusted) {
        requireName(leaf, signer);
        return leaf;
      }
    }
    if (chain.map(parseCertificate).some((certificate) => !isValidAt(certificate, now.getTime()))) {
      throw new MetadataError('metadata-signer-expired', 'a certificate in x5c is not valid at this time');
    }
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new MetadataError('metadata-signer-untrusted', 'x5c can not be read', { cause });
  }
  throw new MetadataError('metadata-signer-untrusted', 'x5c does not lead to an anchor');
}

function requireName(leaf: Certificate, { name }: MetadataSigner): void {
  if (name === null) return;
  const names = subjectAlternativeNames(leaf).dnsNames.map((dnsName) => dnsName.toLowerCase());
  if (names.includes(name.toLowerCase())) return;
  throw new MetadataError(
    'metadata-signer-unexpected',
    `signed by ${JSON.stringify(names.join(' ').slice(0, 200))}, not by ${name}`,
  );
}

interface SignatureInput {
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

async function verifySignature(
  { algorithm, key, signedBytes, signature }: SignatureInput,
  pace: Pace,
): Promise<void> {
  // RFC 7518 §3.1: ES256 is P-256 with SHA-256, RS256 is PKCS #1 v1.5 with SHA-256.
  const belongs =
    algorithm === 'RS256'
      ? key.asymmetricKeyType === 'rsa'
      : key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (!belongs)
    throw new MetadataError('metadata-algorithm-refused', `the signer's key is not one of ${algorithm}`);
  const verifier = createVerify('sha256');
  for (let offset = 0; offset < signedBytes.length; offset += slice) {
    verifier.update(signedBytes.subarray(offset, offset + slice));
    await pace.after(slice);
  }
  if (verifies(verifier, key, signature)) return;
  throw new MetadataError('metadata-signature-invalid', 'the signature is not one over the BLOB');
}

function verifies(verifier: ReturnType<typeof createVerify>, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verifier.verify({ key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // OpenSSL throws on some malformed signatures where it answers false to others.
    return false;
  }
}

async function decodePayload(payload: Uint8Array, pace: Pace): Promise<Uint8Array> {
  const decoded = new Uint8Array(Math.floor((payload.length * 3) / 4));
  let length = 0;
  for (let offset = 0; offset < payload.length; offset += slice) {
    const part = decode(payload.subarray(offset, offset + slice));
    decoded.set(part, length);
    length += part.length;
    await pace.after(slice);
  }
  return decoded.subarray(0, length);
}

function decode(text: Uint8Array): Uint8Array {
  try {
    return fromBase64Url(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1'));
  } catch (cause) {
    throw malformed('not base64url', cause);
  }
}

function malformed(message: string, cause?: unknown): MetadataError {
  return new MetadataError('metadata-malformed', message, { cause });
}
