import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { concatBytes, fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import { encode } from '@keywarden/fido2/cbor';

/** What a passkey of the test does otherwise than asked. */
export interface Deviation {
  challenge?: string;
  origin?: string;
  rpId?: string;
  /** Flags byte of the authenticator data. */
  flags?: number;
  type?: string;
  credentialId?: string;
  algorithm?: number;
  signature?: 'wrong';
  userHandle?: string;
  signCount?: number;
  transports?: readonly string[] | null;
  format?: 'packed' | 'none';
}

export interface Passkey {
  readonly id: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  signCount: number;
}

interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
}

/** UP, UV, AT; without AT in an assertion. */
const registered = 0x45;
const asserted = 0x05;

/** A software passkey at the level of WebAuthn (ES256, packed self attestation) that can be told to misbehave. */
export function createPasskey(options: CreationOptions, origin: string, deviation: Deviation = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Copied: Node.js 20 can hang where a key's JWK is asked for while the job that made it is collected as garbage.
  const copy = publicKey.export({ format: 'der', type: 'spki' });
  const { x = '', y = '' } = createPublicKey({ format: 'der', type: 'spki', key: copy }).export({
    format: 'jwk',
  });
  const id = deviation.credentialId ?? toBase64Url(randomBytes(80));
  const passkey: Passkey = {
    id,
    rpId: options.rp.id,
    userHandle: options.user.id,
    privateKey,
    signCount: 1,
  };
  const clientData = clientDataOf('webauthn.create', { challenge: options.challenge, origin }, deviation);
  const credentialId = fromBase64Url(id);
  const authData = concatBytes(
    sha256(deviation.rpId ?? options.rp.id),
    Uint8Array.of(deviation.flags ?? registered),
    counter(passkey.signCount),
    // The test's own AAGUID.
    fromBase64Url('a2V5d2FyZGVuLXRlc3RzIQ'),
    Uint8Array.of(credentialId.length >> 8, credentialId.length & 0xff),
    credentialId,
    encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, deviation.algorithm ?? -7],
        [-1, 1],
        [-2, fromBase64Url(x)],
        [-3, fromBase64Url(y)],
      ]),
    ),
  );
  const signed = concatBytes(authData, sha256(clientData));
  const sig = sign('sha256', deviation.signature === 'wrong' ? authData : signed, privateKey);
  const packed = (deviation.format ?? 'packed') === 'packed';
  const transports = deviation.transports === undefined ? ['nfc', 'usb'] : deviation.transports;
  const credential = {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64Url(clientData),
      attestationObject: toBase64Url(
        encode({
          fmt: packed ? 'packed' : 'none',
          attStmt: packed ? { alg: -7, sig: new Uint8Array(sig) } : {},
          authData,
        }),
      ),
      ...(transports !== null && { transports }),
    },
  };
  return { passkey, credential };
}

/** One assertion, in the form that a browser gives. */
export function assertWith(
  passkey: Passkey,
  { challenge, origin }: { challenge: string; origin: string },
  deviation: Deviation = {},
) {
  passkey.signCount += 1;
  const clientData = clientDataOf('webauthn.get', { challenge, origin }, deviation);
  const authenticatorData = concatBytes(
    sha256(deviation.rpId ?? passkey.rpId),
    Uint8Array.of(deviation.flags ?? asserted),
    counter(deviation.signCount ?? passkey.signCount),
  );
  const signed = concatBytes(authenticatorData, sha256(clientData));
  const signature = sign('sha256', deviation.signature === 'wrong' ? clientData : signed, passkey.privateKey);
  const id = deviation.credentialId ?? passkey.id;
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64Url(clientData),
      authenticatorData: toBase64Url(authenticatorData),
      signature: toBase64Url(signature),
      userHandle: deviation.userHandle ?? passkey.userHandle,
    },
  };
}

function clientDataOf(
  type: string,
  { challenge, origin }: { challenge: string; origin: string },
  deviation: Deviation,
): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      type: deviation.type ?? type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? origin,
      crossOrigin: false,
      // WebAuthn L3 §5.8.1: members that nobody defined are to be ignored.
      hashAlgorithm: 'SHA-256',
    }),
  );
}

function sha256(data: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}

function counter(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
