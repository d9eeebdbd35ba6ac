import { createECDH, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import type { RandomBytes } from '../ctap2/surroundings.ts';

interface Algorithm {
  readonly generate: (random: RandomBytes) => Uint8Array;
  readonly key: (privateKey: Uint8Array) => KeyObject;
  readonly coseKey: (key: KeyObject) => ReadonlyMap<number, unknown>;
  readonly sign: (key: KeyObject, message: Uint8Array) => Uint8Array;
}

const elliptic = (curve: {
  readonly cose: number;
  readonly identifier: number;
  readonly jwk: string;
  readonly openssl: string;
  readonly length: number;
  readonly hash: string;
}): Algorithm => ({
  generate: (random) => {
    const ecdh = createECDH(curve.openssl);
    // A scalar beyond the curve's order is drawn about once in 2^32 for P-256, never for P-384: draw again.
    for (;;) {
      const scalar = random(curve.length);
      try {
        ecdh.setPrivateKey(scalar);
        return scalar;
      } catch (error) {
        if (!(error instanceof Error) || !/not valid/i.test(error.message)) throw error;
      }
    }
  },
  key: (privateKey) => {
    const ecdh = createECDH(curve.openssl);
    ecdh.setPrivateKey(privateKey);
    const point = new Uint8Array(ecdh.getPublicKey());
    return createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: curve.jwk,
        d: toBase64Url(privateKey),
        x: toBase64Url(point.subarray(1, 1 + curve.length)),
        y: toBase64Url(point.subarray(1 + curve.length)),
      },
    });
  },
  coseKey: (key) => {
    const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
    return new Map<number, unknown>([
      [1, 2],
      [3, curve.identifier],
      [-1, curve.cose],
      [-2, fromBase64Url(x)],
      [-3, fromBase64Url(y)],
    ]);
  },
  sign: (key, message) => sign(curve.hash, message, { key, dsaEncoding: 'der' }),
});

/** RFC 8410 §7: PKCS #8 around a 32-byte seed. */
const ed25519Prefix = Uint8Array.from(Buffer.from('302e020100300506032b657004220420', 'hex'));

const algorithms: ReadonlyMap<number, Algorithm> = new Map([
  [
    -7,
    elliptic({ cose: 1, identifier: -7, jwk: 'P-256', openssl: 'prime256v1', length: 32, hash: 'sha256' }),
  ],
  [
    -8,
    {
      generate: (random) => random(32),
      key: (privateKey) =>
        createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([ed25519Prefix, privateKey]) }),
      coseKey: (key) => {
        const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
        return new Map<number, unknown>([
          [1, 1],
          [3, -8],
          [-1, 6],
          [-2, fromBase64Url(x)],
        ]);
      },
      sign: (key, message) => sign(null, message, key),
    },
  ],
  [
    -35,
    elliptic({ cose: 2, identifier: -35, jwk: 'P-384', openssl: 'secp384r1', length: 48, hash: 'sha384' }),
  ],
]);

/** COSE algorithm identifiers, preferred first. */
export const virtualAlgorithms: readonly number[] = [...algorithms.keys()];

/** The key pair of one credential, from the bytes that are stored of it. */
export class CredentialKey {
  readonly algorithm: number;
  readonly privateKey: Uint8Array;
  readonly keyObject: KeyObject;
  readonly #rules: Algorithm;

  constructor(algorithm: number, privateKey: Uint8Array) {
    const rules = algorithms.get(algorithm);
    if (rules === undefined) throw new Error(`COSE algorithm ${algorithm} is not among the virtual key's`);
    this.algorithm = algorithm;
    this.privateKey = privateKey;
    this.#rules = rules;
    this.keyObject = rules.key(privateKey);
  }

  static generate(algorithm: number, random: RandomBytes): CredentialKey {
    const rules = algorithms.get(algorithm);
    if (rules === undefined) throw new Error(`COSE algorithm ${algorithm} is not among the virtual key's`);
    return new CredentialKey(algorithm, rules.generate(random));
  }

  get coseKey(): ReadonlyMap<number, unknown> {
    return this.#rules.coseKey(this.keyObject);
  }

  get encodedCoseKey(): Uint8Array {
    return encode(this.coseKey);
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(this.#rules.sign(this.keyObject, message));
  }
}
