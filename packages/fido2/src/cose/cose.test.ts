import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomInt,
  sign,
} from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { coseKeyOf, credentialKeys } from '../../test/authenticator.fake.ts';
import { FormatError, type FormatErrorCode, fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { isOnCurve } from './curve-point.ts';
import {
  coseAlgorithm,
  coseAlgorithms,
  encodeCoseKey,
  importCoseKey,
  openCredentialKey,
  parseCoseKey,
  verifyCoseSignature,
} from './index.ts';

const keyPair = credentialKeys;
const coseKey = coseKeyOf;

function refusal(key: ReadonlyMap<unknown, unknown>): FormatErrorCode | 'accepted' {
  try {
    importCoseKey(parseCoseKey(encode(key)));
    return 'accepted';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

const signatureOf = (identifier: number, data: Uint8Array, privateKey: KeyObject): Uint8Array => {
  const algorithm = coseAlgorithm(identifier);
  const key =
    algorithm?.padding === 'pss'
      ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : privateKey;
  return sign(algorithm?.hash ?? null, data, key);
};

describe.each(coseAlgorithms.filter(({ keyType }) => keyType !== 'AKP'))(
  'COSE $name ($identifier)',
  ({ identifier, hash }) => {
    const { publicKey, privateKey } = keyPair(identifier);
    const key = coseKey(identifier, publicKey);
    const options = { dangerouslyAllowSha1: hash === 'sha1' };

    test('the key round-trips through canonical CBOR and imports as the same key', () => {
      const encoded = encodeCoseKey(key);
      expect(parseCoseKey(encoded, options)).toEqual(key);
      expect(importCoseKey(parseCoseKey(encoded, options)).equals(publicKey)).toBe(true);
    });

    test('a signature verifies; each flipped byte of it and another key do not', () => {
      const data = randomBytes(69);
      const signature = signatureOf(identifier, data, privateKey);
      expect(verifyCoseSignature({ algorithm: identifier, key: publicKey, data, signature })).toBe(true);
      for (let index = 0; index < signature.length; index += 1) {
        const flipped = Uint8Array.from(signature);
        flipped[index] = (flipped[index] ?? 0) ^ 0x01;
        expect(verifyCoseSignature({ algorithm: identifier, key: publicKey, data, signature: flipped })).toBe(
          false,
        );
      }
      expect(
        verifyCoseSignature({ algorithm: identifier, key: keyPair(identifier).publicKey, data, signature }),
      ).toBe(false);
      expect(
        verifyCoseSignature({ algorithm: identifier, key: publicKey, data, signature: new Uint8Array() }),
      ).toBe(false);
    });

    test('a key of another type verifies nothing', () => {
      const other =
        identifier === -257 || identifier === -37 || identifier === -65535 ? keyPair(-7) : keyPair(-257);
      const data = randomBytes(10);
      expect(
        verifyCoseSignature({
          algorithm: identifier,
          key: other.publicKey,
          data,
          signature: randomBytes(70),
        }),
      ).toBe(false);
    });
  },
);

describe('WebAuthn L3 §5.8.5: what a credential public key must and must not have', () => {
  const { publicKey } = keyPair(-7);
  const good = decode(encodeCoseKey(coseKey(-7, publicKey)));
  if (!(good instanceof Map)) throw new Error('a COSE_Key is a map');
  const changed = (...changes: readonly (readonly [number, unknown])[]): Map<unknown, unknown> => {
    const map = new Map<unknown, unknown>(good);
    for (const [label, value] of changes) value === undefined ? map.delete(label) : map.set(label, value);
    return map;
  };

  test('unknown parameters are ignored', () =>
    expect(refusal(changed([99, 'x'], [2, new Uint8Array(3)]))).toBe('accepted'));
  test('alg is present', () => expect(refusal(changed([3, undefined]))).toBe('cose-key-invalid'));
  test('kty belongs to alg', () => expect(refusal(changed([1, 3]))).toBe('cose-key-invalid'));
  test('ES256 keys are on P-256', () => expect(refusal(changed([-1, 2]))).toBe('cose-key-invalid'));
  test('the compressed point form is refused', () =>
    expect(refusal(changed([-3, true]))).toBe('cose-key-invalid'));
  test('coordinates have the length of the curve', () => {
    expect(refusal(changed([-2, new Uint8Array(31)]))).toBe('cose-key-invalid');
    expect(refusal(changed([-2, new Uint8Array(33)]))).toBe('cose-key-invalid');
    expect(refusal(changed([-3, undefined]))).toBe('cose-key-invalid');
  });
  test('a point off the curve is refused', () =>
    expect(refusal(changed([-3, new Uint8Array(32).fill(1)]))).toBe('cose-key-invalid'));
  test('EdDSA (-8) keys are on Ed25519, not Ed448', () => {
    const map = new Map<number, unknown>([
      [1, 1],
      [3, -8],
      [-1, 7],
      [-2, new Uint8Array(57)],
    ]);
    expect(refusal(map)).toBe('cose-key-invalid');
  });
  test('an unknown algorithm is told apart from a broken key', () => {
    expect(refusal(changed([3, -47]))).toBe('cose-algorithm-unsupported');
    expect(refusal(changed([3, 'ES256']))).toBe('cose-key-invalid');
  });
  test('RS1 is refused unless dangerously allowed', () => {
    const rsa = coseKey(-65535, keyPair(-257).publicKey);
    expect(() => parseCoseKey(encodeCoseKey(rsa))).toThrow(
      expect.objectContaining({ code: 'cose-algorithm-refused' }),
    );
    expect(parseCoseKey(encodeCoseKey(rsa), { dangerouslyAllowSha1: true })).toEqual(rsa);
  });
  test('RSA moduli are of 2048 to 8192 bits, without leading zeros', () => {
    const rsa = (n: Uint8Array) =>
      new Map<number, unknown>([
        [1, 3],
        [3, -257],
        [-1, n],
        [-2, Uint8Array.of(1, 0, 1)],
      ]);
    expect(refusal(rsa(new Uint8Array(256).fill(0xff)))).toBe('accepted');
    expect(refusal(rsa(new Uint8Array(256).fill(0x7f)))).toBe('cose-key-invalid');
    expect(refusal(rsa(new Uint8Array(128).fill(0xff)))).toBe('cose-key-invalid');
    expect(refusal(rsa(new Uint8Array(1025).fill(0xff)))).toBe('cose-key-invalid');
    expect(refusal(rsa(Uint8Array.of(0, ...new Uint8Array(256).fill(0xff))))).toBe('cose-key-invalid');
  });
  test('not a map, or not CBOR, is a FormatError', () => {
    expect(() => parseCoseKey(encode([1]))).toThrow(FormatError);
    expect(() => parseCoseKey(Uint8Array.of(0xff))).toThrow(FormatError);
  });
});

describe('ML-DSA, where the running Node.js has it (24.7 and later)', () => {
  const spki = (() => {
    try {
      return generateKeyPairSync('ml-dsa-44' as 'ed25519').publicKey.export({ format: 'der', type: 'spki' });
    } catch {
      return undefined;
    }
  })();

  test.each([
    [-48, 1312],
    [-49, 1952],
    [-50, 2592],
  ])('%i: a key of %i bytes parses; without support the import is refused by type', (algorithm, length) => {
    const key = new Map<number, unknown>([
      [1, 7],
      [3, algorithm],
      [-1, new Uint8Array(length)],
    ]);
    expect(parseCoseKey(encode(key))).toMatchObject({ keyType: 'AKP', algorithm });
    expect(refusal(key)).toBe(spki === undefined ? 'cose-algorithm-unsupported' : 'accepted');
    expect(refusal(new Map<number, unknown>([...key, [-1, new Uint8Array(length - 1)]]))).toBe(
      'cose-key-invalid',
    );
  });

  test.skipIf(spki === undefined)('ML-DSA-44 signatures verify (skipped: this Node.js has no ML-DSA)', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ml-dsa-44' as 'ed25519');
    const pub = publicKey.export({ format: 'der', type: 'spki' }).subarray(-1312);
    const key = importCoseKey({ keyType: 'AKP', algorithm: -48, pub });
    expect(key.equals(createPublicKey(privateKey))).toBe(true);
    const data = randomBytes(40);
    expect(verifyCoseSignature({ algorithm: -48, key, data, signature: sign(null, data, privateKey) })).toBe(
      true,
    );
  });
});

describe('points of curves, SEC 1 §3.2.2.1', () => {
  const names = ['P-256', 'P-384', 'P-521'] as const;
  const pointOf = (namedCurve: string) => {
    const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
    return { x: fromBase64Url(x), y: fromBase64Url(y) };
  };
  const takenByOpenSsl = (crv: string, { x, y }: { x: Uint8Array; y: Uint8Array }) => {
    try {
      createPublicKey({ format: 'jwk', key: { kty: 'EC', crv, x: toBase64Url(x), y: toBase64Url(y) } });
      return true;
    } catch {
      return false;
    }
  };

  test.each(names)('%s: what OpenSSL takes, and nothing else', (curve) => {
    for (let round = 0; round < 40; round += 1) {
      const point = pointOf(curve);
      expect(isOnCurve(curve, point.x, point.y)).toBe(true);
      const changed = { x: Uint8Array.from(point.x), y: Uint8Array.from(point.y) };
      const coordinate = round % 2 === 0 ? changed.x : changed.y;
      const at = randomInt(coordinate.length);
      coordinate[at] = (coordinate[at] ?? 0) ^ (1 << randomInt(8));
      expect(isOnCurve(curve, changed.x, changed.y)).toBe(takenByOpenSsl(curve, changed));
      // The other way round it is hardly ever a point; both say the same.
      expect(isOnCurve(curve, point.y, point.x)).toBe(takenByOpenSsl(curve, { x: point.y, y: point.x }));
    }
    const zero = new Uint8Array(pointOf(curve).x.length);
    expect(isOnCurve(curve, zero, zero)).toBe(false);
    expect(takenByOpenSsl(curve, { x: zero, y: zero })).toBe(false);
  });

  test('a coordinate is below p: the same point is not written twice', () => {
    const p = 2n ** 521n - 1n;
    const { x, y } = pointOf('P-521');
    const more = (BigInt(`0x${Buffer.from(x).toString('hex')}`) + p).toString(16).padStart(132, '0');
    const other = { x: new Uint8Array(Buffer.from(more, 'hex')), y };
    expect(isOnCurve('P-521', other.x, other.y)).toBe(false);
    expect(takenByOpenSsl('P-521', other)).toBe(false);
  });

  test('a credential key off its curve is refused when it is opened, before anybody verifies with it', () => {
    for (const [identifier, curve] of [
      [-7, 'P-256'],
      [-35, 'P-384'],
      [-36, 'P-521'],
    ] as const) {
      const { x, y } = pointOf(curve);
      const key = (vertical: Uint8Array) =>
        encodeCoseKey({ keyType: 'EC2', algorithm: identifier, curve, x, y: vertical });
      const last = y.length - 1;
      const off = y.with(last, (y[last] ?? 0) ^ 1);
      expect(() => openCredentialKey(key(off))).toThrow(
        expect.objectContaining({ code: 'cose-key-invalid' }),
      );
      expect(openCredentialKey(key(y)).key.asymmetricKeyType).toBe('ec');
    }
  });

  test('what was looked at is what is verified with, whatever becomes of the bytes', () => {
    const { x, y } = pointOf('P-256');
    const encoded = encodeCoseKey({ keyType: 'EC2', algorithm: -7, curve: 'P-256', x, y });
    const expected = importCoseKey(parseCoseKey(encoded));
    const opened = openCredentialKey(encoded);
    encoded.fill(0);
    expect(opened.key.equals(expected)).toBe(true);
    expect(opened.key).toBe(opened.key);
  });
});
