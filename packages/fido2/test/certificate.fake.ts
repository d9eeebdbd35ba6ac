import { Buffer } from 'node:buffer';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

/** DER by hand, so that what the reader is tested with was not made by the reader. */
export const der = {
  value(tag: number | readonly number[], ...contents: readonly Uint8Array[]): Uint8Array {
    const body = Buffer.concat(contents);
    const length =
      body.length < 0x80
        ? [body.length]
        : body.length < 0x100
          ? [0x81, body.length]
          : [0x82, body.length >> 8, body.length & 0xff];
    return Buffer.concat([Buffer.from([tag].flat()), Buffer.from(length), body]);
  },
  sequence: (...items: readonly Uint8Array[]): Uint8Array => der.value(0x30, ...items),
  set: (...items: readonly Uint8Array[]): Uint8Array => der.value(0x31, ...items),
  integer: (...bytes: readonly number[]): Uint8Array => der.value(2, Uint8Array.from(bytes)),
  enumerated: (value: number): Uint8Array => der.value(10, Uint8Array.of(value)),
  octetString: (bytes: Uint8Array): Uint8Array => der.value(4, bytes),
  bitString: (bytes: Uint8Array, unused = 0): Uint8Array => der.value(3, Uint8Array.of(unused), bytes),
  boolean: (value: boolean): Uint8Array => der.value(1, Uint8Array.of(value ? 0xff : 0)),
  utf8: (text: string): Uint8Array => der.value(12, Buffer.from(text)),
  printable: (text: string): Uint8Array => der.value(19, Buffer.from(text)),
  objectIdentifier(dotted: string): Uint8Array {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
    const base128 = (arc: number): number[] => {
      const digits = [arc & 0x7f];
      for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
        digits.unshift((left & 0x7f) | 0x80);
      return digits;
    };
    return der.value(6, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
  },
  time(date: Date): Uint8Array {
    const text = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
    return date.getUTCFullYear() < 2050
      ? der.value(23, Buffer.from(text.slice(2)))
      : der.value(24, Buffer.from(text));
  },
  /** Context-specific, constructed; any tag number. */
  explicit(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
    return der.value(number < 31 ? 0xa0 | number : [0xbf, 0x80 | (number >> 7), number & 0x7f], ...contents);
  },
};

export type NameAttributes = readonly (readonly [type: string, value: string])[];

const attributeTypes: Readonly<Record<string, string>> = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
};

export function name(attributes: NameAttributes): Uint8Array {
  return der.sequence(
    ...attributes.map(([type, value]) =>
      der.set(
        der.sequence(
          der.objectIdentifier(attributeTypes[type] ?? type),
          type === 'C' ? der.printable(value) : der.utf8(value),
        ),
      ),
    ),
  );
}

export const extension = {
  make: (identifier: string, value: Uint8Array, critical = false): Uint8Array =>
    der.sequence(
      der.objectIdentifier(identifier),
      ...(critical ? [der.boolean(true)] : []),
      der.octetString(value),
    ),
  basicConstraints: (authority: boolean, pathLength?: number): Uint8Array =>
    extension.make(
      '2.5.29.19',
      der.sequence(
        ...(authority ? [der.boolean(true)] : []),
        ...(pathLength === undefined ? [] : [der.integer(pathLength)]),
      ),
      true,
    ),
  /** keyCertSign and cRLSign, or digitalSignature. */
  keyUsage: (authority: boolean): Uint8Array =>
    extension.make(
      '2.5.29.15',
      authority ? der.bitString(Uint8Array.of(0x06), 1) : der.bitString(Uint8Array.of(0x80), 7),
      true,
    ),
  aaguid: (bytes: Uint8Array, critical = false): Uint8Array =>
    extension.make('1.3.6.1.4.1.45724.1.1.4', der.octetString(bytes), critical),
  serialNumber: (bytes: Uint8Array, critical = false): Uint8Array =>
    extension.make('1.3.6.1.4.1.45724.1.1.2', der.octetString(bytes), critical),
};

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A signer of certificates. */
export interface Authority {
  readonly subject: NameAttributes;
  readonly keys: KeyPair;
  readonly certificate: Uint8Array;
}

export interface CertificateOptions {
  readonly subject: NameAttributes;
  readonly publicKey: KeyObject;
  readonly issuer: { readonly subject: NameAttributes; readonly keys: KeyPair };
  readonly extensions?: readonly Uint8Array[] | undefined;
  /** 1 or 3. */
  readonly version?: number | undefined;
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

/**
 * The same keys by way of DER. Node.js 20 can hang for ever where a key is asked for its JWK or its details while the job
 * that made it is collected as garbage: both want the lock of that key.
 */
const copied = ({ publicKey, privateKey }: KeyPair): KeyPair => ({
  publicKey: createPublicKey({
    format: 'der',
    type: 'spki',
    key: publicKey.export({ format: 'der', type: 'spki' }),
  }),
  privateKey: createPrivateKey({
    format: 'der',
    type: 'pkcs8',
    key: privateKey.export({ format: 'der', type: 'pkcs8' }),
  }),
});

export const newKeys = (namedCurve = 'P-256'): KeyPair => copied(generateKeyPairSync('ec', { namedCurve }));
export const newRsaKeys = (modulusLength = 2048): KeyPair =>
  copied(generateKeyPairSync('rsa', { modulusLength }));
export const newEd25519Keys = (): KeyPair => copied(generateKeyPairSync('ed25519'));
export const newEd448Keys = (): KeyPair => copied(generateKeyPairSync('ed448'));

const signatureAlgorithms: Readonly<Record<string, readonly [identifier: string, hash: string | null]>> = {
  ec: ['1.2.840.10045.4.3.2', 'sha256'],
  rsa: ['1.2.840.113549.1.1.11', 'sha256'],
  ed25519: ['1.3.101.112', null],
};

export function issue(options: CertificateOptions): Uint8Array {
  const { privateKey } = options.issuer.keys;
  const [identifier = '', hash = null] = signatureAlgorithms[privateKey.asymmetricKeyType ?? ''] ?? [];
  const algorithm = der.sequence(der.objectIdentifier(identifier));
  const version3 = (options.version ?? 3) === 3;
  const toBeSigned = der.sequence(
    ...(version3 ? [der.explicit(0, der.integer(2))] : []),
    der.integer(0x40, ...randomBytes(8)),
    algorithm,
    name(options.issuer.subject),
    der.sequence(
      der.time(options.notBefore ?? new Date('2020-01-01T00:00:00Z')),
      der.time(options.notAfter ?? new Date('2060-01-01T00:00:00Z')),
    ),
    name(options.subject),
    options.publicKey.export({ format: 'der', type: 'spki' }),
    ...(version3 && options.extensions !== undefined
      ? [der.explicit(3, der.sequence(...options.extensions))]
      : []),
  );
  return Uint8Array.from(
    der.sequence(toBeSigned, algorithm, der.bitString(sign(hash, toBeSigned, privateKey))),
  );
}

export function rootAuthority(commonName: string, options: Partial<CertificateOptions> = {}): Authority {
  const keys = newKeys();
  const subject: NameAttributes = [
    ['C', 'AA'],
    ['O', 'Keywarden tests'],
    ['CN', commonName],
  ];
  const certificate = issue({
    subject,
    publicKey: keys.publicKey,
    issuer: { subject, keys },
    extensions: [extension.basicConstraints(true), extension.keyUsage(true)],
    ...options,
  });
  return { subject, keys, certificate };
}

export function intermediateAuthority(
  issuer: Authority,
  commonName: string,
  options: Partial<CertificateOptions> = {},
): Authority {
  const keys = newKeys();
  const subject: NameAttributes = [
    ['C', 'AA'],
    ['O', 'Keywarden tests'],
    ['CN', commonName],
  ];
  const certificate = issue({
    subject,
    publicKey: keys.publicKey,
    issuer,
    extensions: [extension.basicConstraints(true, 0), extension.keyUsage(true)],
    ...options,
  });
  return { subject, keys, certificate };
}
