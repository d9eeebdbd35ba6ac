import { Buffer } from 'node:buffer';
import { constants, createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  type AuthenticatorData,
  aaguidBytes,
  encodeAuthenticatorData,
} from '../src/authenticator-data/index.ts';
import { concatBytes, fromBase64Url, toBase64Url } from '../src/bytes/index.ts';
import { encode } from '../src/cbor/index.ts';
import { type CosePublicKey, coseAlgorithm, encodeCoseKey } from '../src/cose/index.ts';
import type {
  AuthenticationExpectation,
  AuthenticationResponseJson,
  RegistrationExpectation,
  RegistrationResponseJson,
} from '../src/webauthn/index.ts';
import {
  type Authority,
  der,
  extension,
  issue,
  type KeyPair,
  type NameAttributes,
  newEd448Keys,
  newEd25519Keys,
  newKeys,
  newRsaKeys,
} from './certificate.fake.ts';

/** Makes what an honest authenticator and client would, and, member by member, what dishonest ones would. */
export const rpId = 'example.org';
export const origin = 'https://example.org';
export const model = '692db549-7ae5-44d5-a1e5-dd20a493b723';
export const now = new Date('2026-03-01T12:00:00Z');
export const sha256 = (data: string | Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(data).digest());
export const newChallenge = (): string => toBase64Url(randomBytes(32));

export function credentialKeys(algorithm: number): KeyPair {
  const entry = coseAlgorithm(algorithm);
  if (entry?.keyType === 'RSA') return newRsaKeys();
  if (entry?.curve === 'Ed25519') return newEd25519Keys();
  if (entry?.curve === 'Ed448') return newEd448Keys();
  return newKeys(entry?.curve ?? '');
}

export function coseKeyOf(algorithm: number, publicKey: KeyObject): CosePublicKey {
  const { x = '', y = '', n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const entry = coseAlgorithm(algorithm);
  if (entry?.keyType === 'RSA')
    return { keyType: 'RSA', algorithm, n: fromBase64Url(n), e: fromBase64Url(e) };
  const curve = entry?.curve;
  if (curve === 'Ed25519' || curve === 'Ed448')
    return { keyType: 'OKP', algorithm, curve, x: fromBase64Url(x) };
  if (curve === 'P-256' || curve === 'P-384' || curve === 'P-521') {
    return { keyType: 'EC2', algorithm, curve, x: fromBase64Url(x), y: fromBase64Url(y) };
  }
  throw new Error(`no key for COSE algorithm ${algorithm}`);
}

export function coseSign(algorithm: number, data: Uint8Array, privateKey: KeyObject): Uint8Array {
  const entry = coseAlgorithm(algorithm);
  const key =
    entry?.padding === 'pss'
      ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : privateKey;
  return Uint8Array.from(sign(entry?.hash ?? null, data, key));
}

type Flags = AuthenticatorData['flags'];
const honestFlags: Flags = { userPresent: true, userVerified: true, backupEligible: false, backedUp: false };

/** What a statement maker sees. */
export interface Statement {
  readonly authenticatorData: Uint8Array;
  readonly clientDataHash: Uint8Array;
  readonly signedBytes: Uint8Array;
  readonly keys: KeyPair;
  readonly algorithm: number;
  readonly credentialId: Uint8Array;
  readonly rpIdHash: Uint8Array;
}

export interface RegistrationOptions {
  readonly algorithm?: number | undefined;
  readonly keys?: KeyPair | undefined;
  readonly credentialId?: Uint8Array | undefined;
  readonly aaguid?: string | undefined;
  readonly flags?: Partial<Flags> | undefined;
  readonly signCount?: number | undefined;
  readonly scope?: string | undefined;
  readonly extensions?: ReadonlyMap<string, unknown> | undefined;
  readonly clientData?: Readonly<Record<string, unknown>> | undefined;
  readonly format?: string | undefined;
  readonly statement?: ((statement: Statement) => unknown) | undefined;
  readonly attestationObject?: ((members: Map<string, unknown>) => Uint8Array) | undefined;
  readonly challenge?: string | undefined;
}

export interface FakeRegistration {
  readonly credential: RegistrationResponseJson;
  readonly expected: RegistrationExpectation;
  readonly keys: KeyPair;
  readonly algorithm: number;
  readonly credentialId: Uint8Array;
}

export function fakeRegistration(options: RegistrationOptions = {}): FakeRegistration {
  const algorithm = options.algorithm ?? -7;
  const keys = options.keys ?? credentialKeys(algorithm);
  const credentialId = options.credentialId ?? randomBytes(32);
  const challenge = options.challenge ?? newChallenge();
  const clientDataJson = Buffer.from(
    JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false, ...options.clientData }),
  );
  const rpIdHash = sha256(options.scope ?? rpId);
  const authenticatorData = encodeAuthenticatorData({
    rpIdHash,
    flags: { ...honestFlags, ...options.flags },
    signCount: options.signCount ?? 1,
    attestedCredential: {
      aaguid: options.aaguid ?? model,
      credentialId,
      publicKey: encodeCoseKey(coseKeyOf(algorithm, keys.publicKey)),
    },
    extensions: options.extensions ?? null,
  });
  const clientDataHash = sha256(clientDataJson);
  const signedBytes = concatBytes(authenticatorData, clientDataHash);
  const statement = (options.statement ?? (() => new Map()))({
    authenticatorData,
    clientDataHash,
    signedBytes,
    keys,
    algorithm,
    credentialId,
    rpIdHash,
  });
  const members = new Map<string, unknown>([
    ['fmt', options.format ?? 'none'],
    ['attStmt', statement],
    ['authData', authenticatorData],
  ]);
  const id = toBase64Url(credentialId);
  return {
    keys,
    algorithm,
    credentialId,
    credential: {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: toBase64Url(clientDataJson),
        attestationObject: toBase64Url((options.attestationObject ?? encode)(members)),
        transports: ['usb'],
      },
      clientExtensionResults: {},
    },
    expected: {
      challenge,
      origins: [origin],
      rpId,
      algorithms: [-7, -35, -36, -8, -257, -37, -53],
      userVerification: 'required',
      attestation: 'none',
    },
  };
}

export const vendorSubject: NameAttributes = [
  ['C', 'AA'],
  ['O', 'Keywarden tests'],
  ['OU', 'Authenticator Attestation'],
  ['CN', 'Batch certificate'],
];

/** Makes statements of format packed with a certificate of `authority`. */
export function packedBy(
  authority: Authority,
  options: {
    readonly above?: readonly Authority[];
    readonly subject?: NameAttributes;
    readonly extensions?: readonly Uint8Array[];
    readonly version?: number;
    readonly notAfter?: Date;
    readonly keys?: KeyPair;
    readonly algorithm?: number;
    readonly chain?: (chain: readonly Uint8Array[]) => readonly Uint8Array[];
    readonly members?: Readonly<Record<string, unknown>>;
  } = {},
): (statement: Statement) => unknown {
  const keys = options.keys ?? newKeys();
  const certificate = issue({
    subject: options.subject ?? vendorSubject,
    publicKey: keys.publicKey,
    issuer: authority,
    extensions: options.extensions ?? [
      extension.basicConstraints(false),
      extension.aaguid(aaguidBytes(model)),
    ],
    version: options.version,
    notAfter: options.notAfter,
  });
  const chain = [certificate, ...(options.above ?? []).map((above) => above.certificate)];
  return ({ signedBytes }) => ({
    alg: options.algorithm ?? -7,
    sig: coseSign(options.algorithm ?? -7, signedBytes, keys.privateKey),
    x5c: options.chain?.(chain) ?? chain,
    ...options.members,
  });
}

export const packedSelf = ({ algorithm, keys, signedBytes }: Statement): unknown => ({
  alg: algorithm,
  sig: coseSign(algorithm, signedBytes, keys.privateKey),
});

export interface AssertionOptions {
  readonly algorithm?: number | undefined;
  readonly keys?: KeyPair | undefined;
  readonly credentialId?: Uint8Array | undefined;
  readonly flags?: Partial<Flags> | undefined;
  readonly signCount?: number | undefined;
  readonly scope?: string | undefined;
  readonly extensions?: ReadonlyMap<string, unknown> | undefined;
  readonly clientData?: Readonly<Record<string, unknown>> | undefined;
  readonly challenge?: string | undefined;
  readonly userHandle?: string | null | undefined;
}

export interface FakeAssertion {
  readonly credential: AuthenticationResponseJson;
  readonly expected: AuthenticationExpectation;
  readonly stored: {
    readonly credentialId: string;
    readonly publicKey: Uint8Array;
    readonly signCount: number;
    readonly backupEligible: boolean | null;
  };
}

export function fakeAssertion(options: AssertionOptions = {}): FakeAssertion {
  const algorithm = options.algorithm ?? -7;
  const keys = options.keys ?? credentialKeys(algorithm);
  const challenge = options.challenge ?? newChallenge();
  const clientDataJson = Buffer.from(
    JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false, ...options.clientData }),
  );
  const authenticatorData = encodeAuthenticatorData({
    rpIdHash: sha256(options.scope ?? rpId),
    flags: { ...honestFlags, ...options.flags },
    signCount: options.signCount ?? 2,
    attestedCredential: null,
    extensions: options.extensions ?? null,
  });
  const signature = coseSign(
    algorithm,
    concatBytes(authenticatorData, sha256(clientDataJson)),
    keys.privateKey,
  );
  const id = toBase64Url(options.credentialId ?? randomBytes(32));
  return {
    credential: {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: toBase64Url(clientDataJson),
        authenticatorData: toBase64Url(authenticatorData),
        signature: toBase64Url(signature),
        userHandle: options.userHandle === undefined ? null : options.userHandle,
      },
      clientExtensionResults: {},
    },
    expected: { challenge, origins: [origin], rpId, userVerification: 'required' },
    stored: {
      credentialId: id,
      publicKey: encodeCoseKey(coseKeyOf(algorithm, keys.publicKey)),
      signCount: 1,
      backupEligible: false,
    },
  };
}

/** Statements of the other formats. */
export function fidoU2fBy(
  authority: Authority,
  keys: KeyPair = newKeys(),
): (statement: Statement) => unknown {
  const certificate = issue({
    subject: [['CN', 'U2F']],
    publicKey: keys.publicKey,
    issuer: authority,
    extensions: [],
  });
  return ({ rpIdHash, clientDataHash, credentialId, keys: credential, algorithm }) => {
    const cose = coseKeyOf(algorithm, credential.publicKey);
    const point = cose.keyType === 'EC2' ? concatBytes(Uint8Array.of(4), cose.x, cose.y) : new Uint8Array();
    const message = concatBytes(Uint8Array.of(0), rpIdHash, clientDataHash, credentialId, point);
    return { sig: coseSign(-7, message, keys.privateKey), x5c: [certificate] };
  };
}

export function appleBy(
  authority: Authority,
  changes: { readonly nonce?: Uint8Array; readonly publicKey?: KeyObject } = {},
): (statement: Statement) => unknown {
  return ({ signedBytes, keys }) => ({
    x5c: [
      issue({
        subject: [['CN', 'Apple-like']],
        publicKey: changes.publicKey ?? keys.publicKey,
        issuer: authority,
        extensions: [
          extension.make(
            '1.2.840.113635.100.8.2',
            der.sequence(der.explicit(1, der.octetString(changes.nonce ?? sha256(signedBytes)))),
          ),
        ],
      }),
    ],
  });
}

export interface KeyDescription {
  readonly challenge?: Uint8Array;
  readonly software?: readonly Uint8Array[];
  readonly trustedEnvironment?: readonly Uint8Array[];
  readonly publicKey?: KeyObject;
}

export const keymaster = {
  purpose: (...purposes: readonly number[]): Uint8Array =>
    der.explicit(1, der.set(...purposes.map((purpose) => der.integer(purpose)))),
  allApplications: der.explicit(600, Uint8Array.of(5, 0)),
  origin: (value: number): Uint8Array => der.explicit(702, der.integer(value)),
};

export function androidKeyBy(
  authority: Authority,
  changes: KeyDescription = {},
): (statement: Statement) => unknown {
  return ({ clientDataHash, signedBytes, keys, algorithm }) => {
    const description = der.sequence(
      der.integer(3),
      der.enumerated(1),
      der.integer(4),
      der.enumerated(1),
      der.octetString(changes.challenge ?? clientDataHash),
      der.octetString(new Uint8Array()),
      der.sequence(...(changes.software ?? [])),
      der.sequence(...(changes.trustedEnvironment ?? [keymaster.purpose(2), keymaster.origin(0)])),
    );
    return {
      alg: algorithm,
      sig: coseSign(algorithm, signedBytes, keys.privateKey),
      x5c: [
        issue({
          subject: [['CN', 'Android Keystore Key']],
          publicKey: changes.publicKey ?? keys.publicKey,
          issuer: authority,
          extensions: [extension.make('1.3.6.1.4.1.11129.2.1.17', description)],
        }),
      ],
    };
  };
}
