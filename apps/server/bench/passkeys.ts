import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { concatBytes, toBase64Url } from '@keywarden/fido2/bytes';
import { encode } from '@keywarden/fido2/cbor';
import { createAttestation } from './certificate.ts';

/** UP, UV, AT; without AT in an assertion. */
const registeredFlags = 0x45;
const assertedFlags = 0x05;
const aaguid = createHash('sha256').update('keywarden bench').digest().subarray(0, 16);

export interface BenchKey {
  readonly privateKey: KeyObject;
  /** COSE_Key. */
  readonly publicKey: Uint8Array;
}

export function createKey(): BenchKey {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Copied: Node.js 20 can hang where a key's JWK is asked for while the job that made it is collected as garbage.
  const privateKey = createPrivateKey({
    key: pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  );
  return { privateKey, publicKey };
}

/**
 * Registrations with a real packed attestation: a certificate of a model of its own, as hardware keys bring one. Keys and
 * certificate are made in advance; what depends on the challenge, the signature, is made as they are used.
 */
export class RegistrationMaker {
  readonly attestationKey: KeyObject;
  readonly #certificate: Uint8Array;
  readonly #keys: readonly BenchKey[];
  #next = 0;

  constructor(keys: number) {
    const { privateKey, certificate } = createAttestation(aaguid);
    this.attestationKey = privateKey;
    this.#certificate = certificate;
    this.#keys = Array.from({ length: keys }, createKey);
  }

  make(options: { readonly challenge: string; readonly rpId: string; readonly origin: string }) {
    const key = this.#keys[this.#next % this.#keys.length];
    this.#next += 1;
    if (key === undefined) throw new Error('no keys');
    const credentialId = randomBytes(64);
    const authData = concatBytes(
      sha256(options.rpId),
      Uint8Array.of(registeredFlags, 0, 0, 0, 1),
      aaguid,
      Uint8Array.of(0, credentialId.length),
      credentialId,
      key.publicKey,
    );
    const clientData = clientDataOf('webauthn.create', options);
    const sig = sign('sha256', concatBytes(authData, sha256(clientData)), this.attestationKey);
    const id = toBase64Url(credentialId);
    return {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: toBase64Url(clientData),
        attestationObject: toBase64Url(
          encode({
            fmt: 'packed',
            attStmt: { alg: -7, sig: new Uint8Array(sig), x5c: [this.#certificate] },
            authData,
          }),
        ),
        transports: ['nfc', 'usb'],
      },
      clientExtensionResults: {},
    };
  }
}

export function assertion(
  key: BenchKey,
  options: {
    readonly credentialId: string;
    readonly userHandle: string;
    readonly challenge: string;
    readonly rpId: string;
    readonly origin: string;
    readonly signCount: number;
  },
) {
  const clientData = clientDataOf('webauthn.get', options);
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(options.signCount);
  const authenticatorData = concatBytes(sha256(options.rpId), Uint8Array.of(assertedFlags), counter);
  const signature = sign('sha256', concatBytes(authenticatorData, sha256(clientData)), key.privateKey);
  return {
    id: options.credentialId,
    rawId: options.credentialId,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64Url(clientData),
      authenticatorData: toBase64Url(authenticatorData),
      signature: toBase64Url(signature),
      userHandle: options.userHandle,
    },
    clientExtensionResults: {},
  };
}

function clientDataOf(
  type: string,
  { challenge, origin }: { challenge: string; origin: string },
): Uint8Array {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function sha256(data: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}
