import type { KeyObject } from 'node:crypto';
import { concatBytes } from '../src/bytes/index.ts';
import type { CosePublicKey } from '../src/cose/index.ts';
import { coseKeyOf, coseSign, type Statement, sha256 } from './authenticator.fake.ts';
import {
  type Authority,
  der,
  extension,
  issue,
  type KeyPair,
  type NameAttributes,
  name,
  newKeys,
} from './certificate.fake.ts';

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value);
const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const sized = (bytes: Uint8Array): Uint8Array => concatBytes(u16(bytes.length), bytes);
const nothing = u16(0x0010);
const curves = { 'P-256': 3, 'P-384': 4, 'P-521': 5 } as const;

const withoutZeros = (bytes: Uint8Array): Uint8Array => bytes.subarray(bytes.findIndex((byte) => byte !== 0));

/** TPMT_PUBLIC of a credential key. */
export function publicArea(
  key: CosePublicKey,
  options: { readonly nameAlgorithm?: number; readonly exponent?: number; readonly scheme?: number } = {},
): Uint8Array {
  const head = concatBytes(
    u16(key.keyType === 'RSA' ? 1 : 0x23),
    u16(options.nameAlgorithm ?? 0x0b),
    u32(0x00050472),
    sized(new Uint8Array()),
    nothing,
  );
  const scheme = options.scheme === undefined ? nothing : concatBytes(u16(options.scheme), u16(0x000b));
  if (key.keyType === 'RSA') {
    const exponent = u32(options.exponent ?? 0);
    return concatBytes(head, scheme, u16(2048), exponent, sized(key.n));
  }
  if (key.keyType !== 'EC2') throw new Error('a TPM holds RSA and EC keys');
  return concatBytes(
    head,
    scheme,
    u16(curves[key.curve]),
    nothing,
    concatBytes(sized(withoutZeros(key.x)), sized(withoutZeros(key.y))),
  );
}

export function certifyInfo(parts: {
  readonly magic?: number | undefined;
  readonly type?: number | undefined;
  readonly extraData: Uint8Array;
  readonly name: Uint8Array;
}): Uint8Array {
  const head = concatBytes(
    u32(parts.magic ?? 0xff544347),
    u16(parts.type ?? 0x8017),
    sized(new Uint8Array(34)),
    sized(parts.extraData),
  );
  return concatBytes(
    head,
    new Uint8Array(17),
    new Uint8Array(8),
    sized(parts.name),
    sized(new Uint8Array(34)),
  );
}

export const tpmVendor: NameAttributes = [
  ['2.23.133.2.1', 'id:49465800'],
  ['2.23.133.2.2', 'Test TPM'],
  ['2.23.133.2.3', 'id:00000001'],
];

export interface TpmChanges {
  readonly subject?: NameAttributes;
  readonly vendor?: NameAttributes;
  readonly purposes?: readonly string[];
  readonly extensions?: readonly Uint8Array[];
  readonly version?: number;
  readonly members?: (members: Record<string, unknown>) => Record<string, unknown>;
  readonly certifyInfo?: Partial<Parameters<typeof certifyInfo>[0]>;
  readonly publicArea?: (key: CosePublicKey) => Uint8Array;
  readonly algorithm?: number;
  readonly keys?: KeyPair;
  readonly name?: Uint8Array;
}

export function identityKeyCertificate(
  authority: Authority,
  publicKey: KeyObject,
  changes: TpmChanges,
): Uint8Array {
  return issue({
    subject: changes.subject ?? [],
    publicKey,
    issuer: authority,
    version: changes.version,
    extensions: changes.extensions ?? [
      extension.basicConstraints(false),
      extension.make(
        '2.5.29.37',
        der.sequence(...(changes.purposes ?? ['2.23.133.8.3']).map(der.objectIdentifier)),
      ),
      extension.make('2.5.29.17', der.sequence(der.explicit(4, name(changes.vendor ?? tpmVendor))), true),
    ],
  });
}

export function tpmBy(authority: Authority, changes: TpmChanges = {}): (statement: Statement) => unknown {
  const identityKeys = changes.keys ?? newKeys();
  const algorithm = changes.algorithm ?? -7;
  return ({ signedBytes, keys, algorithm: credentialAlgorithm }) => {
    const key = coseKeyOf(credentialAlgorithm, keys.publicKey);
    const pubArea = (changes.publicArea ?? publicArea)(key);
    const info = certifyInfo({
      extraData: sha256(signedBytes),
      name: changes.name ?? concatBytes(u16(0x0b), sha256(pubArea)),
      ...changes.certifyInfo,
    });
    const members = {
      ver: '2.0',
      alg: algorithm,
      x5c: [identityKeyCertificate(authority, identityKeys.publicKey, changes)],
      sig: coseSign(algorithm, info, identityKeys.privateKey),
      certInfo: info,
      pubArea,
    };
    return changes.members?.(members) ?? members;
  };
}
