import { Buffer } from 'node:buffer';
import { concatBytes, FormatError } from '../bytes/index.ts';
import { decodeFirst, encode } from '../cbor/index.ts';

/** WebAuthn L3 §6.1. */
export interface AuthenticatorData {
  readonly rpIdHash: Uint8Array;
  readonly flags: AuthenticatorFlags;
  readonly signCount: number;
  readonly attestedCredential: AttestedCredential | null;
  /** CBOR maps are `Map`s; unknown extensions are kept. */
  readonly extensions: ReadonlyMap<string, unknown> | null;
}

export interface AuthenticatorFlags {
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

/** WebAuthn L3 §6.5.1. */
export interface AttestedCredential {
  /** UUID, lower case. */
  readonly aaguid: string;
  readonly credentialId: Uint8Array;
  /** COSE_Key as the authenticator encoded it. */
  readonly publicKey: Uint8Array;
}

const bit = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  attested: 0x40,
  extensions: 0x80,
};
const fixedLength = 37;

/**
 * The two reserved flags are ignored, as a verifier must.
 *
 * @throws FormatError `authenticator-data-invalid`, `cbor-…`
 */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  const flags = bytes[32];
  if (flags === undefined || bytes.length < fixedLength) {
    throw new FormatError('authenticator-data-invalid', `${bytes.length} bytes, ${fixedLength} needed`);
  }
  let offset = fixedLength;
  let attestedCredential: AttestedCredential | null = null;
  if ((flags & bit.attested) !== 0) {
    const parsed = parseAttestedCredential(bytes.subarray(offset));
    attestedCredential = parsed.credential;
    offset += parsed.length;
  }
  let extensions: ReadonlyMap<string, unknown> | null = null;
  if ((flags & bit.extensions) !== 0) {
    const item = decodeFirst(bytes.subarray(offset));
    extensions = requireExtensions(item.value);
    offset += item.length;
  }
  if (offset !== bytes.length) {
    throw new FormatError('authenticator-data-invalid', `${bytes.length - offset} bytes after the end`);
  }
  return {
    rpIdHash: bytes.subarray(0, 32),
    flags: {
      userPresent: (flags & bit.userPresent) !== 0,
      userVerified: (flags & bit.userVerified) !== 0,
      backupEligible: (flags & bit.backupEligible) !== 0,
      backedUp: (flags & bit.backedUp) !== 0,
    },
    signCount: readUint32(bytes, 33),
    attestedCredential,
    extensions,
  };
}

function readUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function parseAttestedCredential(bytes: Uint8Array): {
  readonly credential: AttestedCredential;
  readonly length: number;
} {
  const idLength = ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0);
  const keyStart = 18 + idLength;
  if (bytes.length <= keyStart) {
    throw new FormatError(
      'authenticator-data-invalid',
      `credential id of ${idLength} bytes goes beyond the end`,
    );
  }
  const key = decodeFirst(bytes.subarray(keyStart));
  if (!(key.value instanceof Map))
    throw new FormatError('authenticator-data-invalid', 'public key is not a map');
  const length = keyStart + key.length;
  return {
    credential: {
      aaguid: aaguidText(bytes.subarray(0, 16)),
      credentialId: bytes.subarray(18, keyStart),
      publicKey: bytes.subarray(keyStart, length),
    },
    length,
  };
}

function requireExtensions(value: unknown): ReadonlyMap<string, unknown> {
  if (!(value instanceof Map))
    throw new FormatError('authenticator-data-invalid', 'extensions are not a map');
  const extensions = new Map<string, unknown>();
  for (const [name, output] of value) {
    // WebAuthn L3 §9.1: extension identifiers are text.
    if (typeof name !== 'string')
      throw new FormatError('authenticator-data-invalid', 'extension without a name');
    extensions.set(name, output);
  }
  return extensions;
}

/** The opposite of {@link parseAuthenticatorData}, for authenticators. `signCount` below 2^32. */
export function encodeAuthenticatorData(data: AuthenticatorData): Uint8Array {
  const { flags, attestedCredential, extensions } = data;
  const head = new Uint8Array(fixedLength);
  head.set(data.rpIdHash);
  head[32] =
    (flags.userPresent ? bit.userPresent : 0) |
    (flags.userVerified ? bit.userVerified : 0) |
    (flags.backupEligible ? bit.backupEligible : 0) |
    (flags.backedUp ? bit.backedUp : 0) |
    (attestedCredential === null ? 0 : bit.attested) |
    (extensions === null ? 0 : bit.extensions);
  new DataView(head.buffer).setUint32(33, data.signCount);
  const parts: Uint8Array[] = [head];
  if (attestedCredential !== null) {
    const { aaguid, credentialId, publicKey } = attestedCredential;
    parts.push(
      aaguidBytes(aaguid),
      Uint8Array.of(credentialId.length >> 8, credentialId.length & 0xff),
      credentialId,
      publicKey,
    );
  }
  if (extensions !== null) parts.push(encode(extensions));
  return concatBytes(...parts);
}

/** 16 bytes as a lower-case UUID. */
export function aaguidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** @throws FormatError `authenticator-data-invalid` */
export function aaguidBytes(aaguid: string): Uint8Array {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(aaguid)) {
    throw new FormatError('authenticator-data-invalid', 'an AAGUID is a UUID');
  }
  return Uint8Array.from(Buffer.from(aaguid.replaceAll('-', ''), 'hex'));
}
