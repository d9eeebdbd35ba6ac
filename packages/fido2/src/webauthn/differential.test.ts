import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import {
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { describe, expect, test } from 'vitest';
import {
  type AssertionOptions,
  androidKeyBy,
  appleBy,
  credentialKeys,
  fakeAssertion,
  fakeRegistration,
  fidoU2fBy,
  newChallenge,
  origin,
  packedBy,
  packedSelf,
  type RegistrationOptions,
  rpId,
  vendorSubject,
} from '../../test/authenticator.fake.ts';
import {
  extension,
  intermediateAuthority,
  type KeyPair,
  rootAuthority,
} from '../../test/certificate.fake.ts';
import { publicArea, tpmBy } from '../../test/tpm.fake.ts';
import { aaguidBytes } from '../authenticator-data/index.ts';
import { concatBytes, fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  type AuthenticationResponseJson,
  createCredentialKeyCache,
  type RegistrationResponseJson,
  TrustAnchors,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
  type WebAuthnErrorCode,
} from './index.ts';

/**
 * Ours against @simplewebauthn/server on generated responses, valid and broken. A difference is a failure unless a row
 * here names the clause by which the other is wrong; a row that explains nothing fails as well.
 */
interface Row {
  readonly ours: WebAuthnErrorCode | 'accepted';
  /** Only for these changes; undefined: for all. */
  readonly change?: string | RegExp;
  /** Depends on which bit was flipped, so that not every run shows it. */
  readonly rare?: true;
  /** What the other one gets wrong. */
  readonly clause: string;
}
const rows: readonly Row[] = [
  {
    ours: 'credential-id-mismatch',
    clause: 'WebAuthn L3 §5.1: id is the credential’s own; theirs compares it with rawId alone',
  },
  {
    ours: 'cross-origin-not-allowed',
    clause: 'WebAuthn L3 §7.1 step 10: crossOrigin is looked at in registrations too',
  },
  {
    ours: 'public-key-malformed',
    clause:
      'WebAuthn L3 §5.8.5: points are on their curve and of its length; theirs does not look where nothing is signed',
  },
  {
    ours: 'attestation-object-malformed',
    clause: 'CTAP 2.2 §8: shortest heads, definite lengths, no repeated keys, nothing after the end',
  },
  {
    ours: 'client-data-malformed',
    clause: 'WebAuthn L3 §5.8.1: crossOrigin is a boolean, the other members are text',
  },
  {
    ours: 'response-malformed',
    clause: 'WebAuthn L3 §3, §7.1 step 25: base64url without padding, ids of at most 1023 bytes',
  },
  {
    ours: 'attestation-statement-mismatch',
    clause: 'WebAuthn L3 §8.2: alg of self attestation is that of the credential key',
  },
  { ours: 'attestation-certificate-invalid', clause: 'WebAuthn L3 §8.2.1: Basic Constraints is present' },
  {
    ours: 'signature-invalid',
    change: /^signature with/,
    clause: 'WebAuthn L3 §6.5.5: an ECDSA signature is DER, with nothing after it',
  },
  {
    ours: 'attestation-signature-invalid',
    change: /one bit flipped/,
    clause: 'WebAuthn L3 §6.5.5: the same of attestation signatures',
    rare: true,
  },
  {
    ours: 'accepted',
    change: 'client data with a token binding that is malformed',
    clause: 'WebAuthn L3 §5.8.1: knows no token binding any more; unknown members are ignored',
  },
  {
    ours: 'accepted',
    change: 'certificate with a second OU',
    clause: 'WebAuthn L3 §8.2.1: asks for a Subject-OU of that value, not for no other',
  },
  {
    ours: 'accepted',
    change: 'chain with its root',
    clause: 'WebAuthn L3 §7.1 step 24: a chain may contain the root itself',
  },
  {
    ours: 'accepted',
    change: 'android-key without its root',
    clause: 'WebAuthn L3 §8.4: x5c is credCert and what is above it; anchors need not be in it',
  },
  {
    ours: 'accepted',
    change: 'tpm with a signing scheme',
    clause: 'TPM 2.0 Part 2 §11.2.4: a scheme that is not null is followed by its hash',
  },
];

/** mulberry32: the same cases on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const now = new Date();
const root = rootAuthority('Differential root');
const middle = intermediateAuthority(root, 'Differential intermediate');
const anchors = new TrustAnchors([root.certificate]);
const keysOf = new Map<number, KeyPair>();
const poolKeys = (algorithm: number): KeyPair => {
  const known = keysOf.get(algorithm) ?? credentialKeys(algorithm);
  keysOf.set(algorithm, known);
  return known;
};
const algorithms = [-7, -35, -36, -8, -257];
/** The slow ones less often. */
const drawn = [-7, -7, -7, -7, -7, -7, -8, -8, -257, -35, -36];
const noAaguid = '00000000-0000-0000-0000-000000000000';

interface RegistrationCase {
  /** Whether there is a chain to follow. */
  readonly certified?: boolean;
  readonly options?: RegistrationOptions;
  readonly credential?: (credential: RegistrationResponseJson, below: (limit: number) => number) => unknown;
}

const flip = (text: string, below: (limit: number) => number): string => {
  const bytes = Uint8Array.from(fromBase64Url(text));
  const at = below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
  return toBase64Url(bytes);
};
const response =
  (change: (value: RegistrationResponseJson['response'], below: (limit: number) => number) => object) =>
  (credential: RegistrationResponseJson, below: (limit: number) => number): unknown => ({
    ...credential,
    response: { ...credential.response, ...change(credential.response, below) },
  });

const packed = (statement: ReturnType<typeof packedBy>): RegistrationCase => ({
  options: { format: 'packed', statement },
});
const certified = (options: Parameters<typeof packedBy>[1]): RegistrationCase =>
  packed(packedBy(root, options));
const bare = [extension.basicConstraints(false)];

/** Honest registrations of every kind; changes are made to any of them. */
const registrationKinds: readonly RegistrationOptions[] = [
  { format: 'none' },
  { format: 'none' },
  { format: 'none' },
  { format: 'packed', statement: packedSelf },
  { format: 'packed', statement: packedSelf },
  { format: 'packed', statement: packedSelf },
  { format: 'packed', statement: packedBy(root) },
];

const registrationCases: Readonly<Record<string, RegistrationCase>> = {
  'nothing changed': {},
  'nothing changed again': {},
  'client data of type webauthn.get': { options: { clientData: { type: 'webauthn.get' } } },
  'another challenge': { options: { clientData: { challenge: newChallenge() } } },
  'another origin': { options: { clientData: { origin: 'https://example.com' } } },
  'origin with a slash': { options: { clientData: { origin: `${origin}/` } } },
  'crossOrigin true': { options: { clientData: { crossOrigin: true } } },
  'crossOrigin as text': { options: { clientData: { crossOrigin: 'no' } } },
  'unknown client data members': {
    options: { clientData: { novelty: { deep: [1] }, hashAlgorithm: 'SHA-256' } },
  },
  'client data with a token binding that is malformed': {
    options: { clientData: { tokenBinding: { status: 'maybe' } } },
  },
  'another RP ID': { options: { scope: 'example.com' } },
  'user not present': { options: { flags: { userPresent: false } } },
  'user not verified': { options: { flags: { userVerified: false } } },
  'backup eligible': { options: { flags: { backupEligible: true } } },
  'backed up': { options: { flags: { backupEligible: true, backedUp: true } } },
  'backed up though not eligible': { options: { flags: { backedUp: true } } },
  'an algorithm that was not asked for': { options: { algorithm: -37 } },
  'extensions, known and unknown': {
    options: {
      extensions: new Map<string, unknown>([
        ['credProtect', 2],
        ['novelty', new Map([['deep', [1, 2]]])],
      ]),
    },
  },
  'a counter of 2^32 - 1': { options: { signCount: 0xffffffff } },
  'a credential id of 1 byte': { options: { credentialId: randomBytes(1) } },
  'a credential id of 80 bytes': { options: { credentialId: randomBytes(80) } },
  'a credential id of 1023 bytes': { options: { credentialId: randomBytes(1023) } },
  'a credential id of 1024 bytes': { options: { credentialId: randomBytes(1024) } },
  'an id that is not the credential’s': {
    credential: (credential) => ({ ...credential, id: 'AAAA', rawId: 'AAAA' }),
  },
  'id and rawId that differ': { credential: (credential) => ({ ...credential, rawId: 'AAAA' }) },
  'another credential type': { credential: (credential) => ({ ...credential, type: 'password' }) },
  'client data cut short': {
    credential: response(({ clientDataJSON }, below) => ({
      clientDataJSON: clientDataJSON.slice(0, 4 * below(20)),
    })),
  },
  'client data padded': {
    credential: response(({ clientDataJSON }) => ({ clientDataJSON: `${clientDataJSON}==` })),
  },
  'client data with one bit flipped': {
    credential: response(({ clientDataJSON }, below) => ({ clientDataJSON: flip(clientDataJSON, below) })),
  },
  'attestation object with one bit flipped': {
    credential: response(({ attestationObject }, below) => ({
      attestationObject: flip(attestationObject, below),
    })),
  },
  'attestation object with one bit flipped again': {
    credential: response(({ attestationObject }, below) => ({
      attestationObject: flip(attestationObject, below),
    })),
  },
  'attestation object cut short': {
    credential: response(({ attestationObject }, below) => ({
      attestationObject: toBase64Url(fromBase64Url(attestationObject).slice(0, below(180))),
    })),
  },
  'attestation object with bytes after it': {
    credential: response(({ attestationObject }) => ({
      attestationObject: toBase64Url(concatBytes(fromBase64Url(attestationObject), Uint8Array.of(0))),
    })),
  },
  'a statement where there should be none': {
    options: { format: 'none', statement: () => ({ sig: Uint8Array.of(1) }) },
  },
  'an unknown format': { options: { format: 'novel', statement: () => ({}) } },
  'members in another order': {
    options: {
      attestationObject: (members) =>
        concatBytes(
          Uint8Array.of(0xa3),
          ...['authData', 'attStmt', 'fmt'].map((name) =>
            concatBytes(encode(name), encode(members.get(name))),
          ),
        ),
    },
  },
  'indefinite lengths': {
    options: {
      attestationObject: (members) =>
        concatBytes(Uint8Array.of(0xbf), encode(members).slice(1), Uint8Array.of(0xff)),
    },
  },
  'a member twice': {
    options: {
      attestationObject: (members) =>
        concatBytes(Uint8Array.of(0xa4), encode(members).slice(1), encode('fmt'), encode(members.get('fmt'))),
    },
  },
};

/** Changes that belong to one format; theirs takes 10 ms and more for each. */
const certifiedCases: Readonly<Record<string, RegistrationCase>> = {
  'packed by the root': certified({}),
  'packed by an intermediate': packed(packedBy(middle, { above: [middle] })),
  'packed by an intermediate that is left out': packed(packedBy(middle)),
  'chain with its root': packed(packedBy(middle, { above: [middle, root] })),
  'packed by another root': packed(packedBy(rootAuthority('Another'))),
  'packed by another root of the same name': packed(packedBy(rootAuthority('Differential root'))),
  'certificate without AAGUID': certified({ extensions: bare }),
  'certificate for another AAGUID': certified({
    extensions: [...bare, extension.aaguid(aaguidBytes(noAaguid))],
  }),
  'certificate of an authority': certified({ extensions: [extension.basicConstraints(true)] }),
  'certificate without Basic Constraints': certified({ extensions: [extension.keyUsage(false)] }),
  'certificate of version 1': certified({ version: 1 }),
  'certificate that expired': certified({ notAfter: new Date('2025-01-01T00:00:00Z') }),
  'certificate without C': certified({ subject: vendorSubject.slice(1) }),
  'certificate without CN': certified({ subject: vendorSubject.slice(0, 3) }),
  'certificate of another OU': certified({
    subject: [
      ['C', 'AA'],
      ['O', 'x'],
      ['OU', 'x'],
      ['CN', 'x'],
    ],
  }),
  'certificate with a second OU': certified({ subject: [...vendorSubject, ['OU', 'Second']] }),
  'packed signature of something else': certified({ members: { sig: randomBytes(70) } }),
  'self attestation with another alg': packed((statement) => ({
    ...(packedSelf(statement) as object),
    alg: statement.algorithm === -257 ? -37 : -257,
  })),
  'self attestation with a wrong signature': packed((statement) => ({
    ...(packedSelf(statement) as object),
    sig: randomBytes(71),
  })),
  'fido-u2f': {
    options: {
      format: 'fido-u2f',
      algorithm: -7,
      aaguid: noAaguid,
      flags: { userVerified: false },
      statement: fidoU2fBy(root),
    },
  },
  'fido-u2f with an AAGUID': {
    options: {
      format: 'fido-u2f',
      algorithm: -7,
      flags: { userVerified: false },
      statement: fidoU2fBy(root),
    },
  },
  'fido-u2f with a wrong signature': {
    options: {
      format: 'fido-u2f',
      algorithm: -7,
      aaguid: noAaguid,
      flags: { userVerified: false },
      statement: (statement) => ({ ...(fidoU2fBy(root)(statement) as object), sig: randomBytes(70) }),
    },
  },
  apple: { options: { format: 'apple', algorithm: -7, statement: appleBy(root) } },
  'apple with another nonce': {
    options: { format: 'apple', algorithm: -7, statement: appleBy(root, { nonce: new Uint8Array(32) }) },
  },
  'android-key': {
    options: {
      format: 'android-key',
      algorithm: -7,
      statement: (statement) => {
        const made = androidKeyBy(root)(statement) as { readonly x5c: readonly Uint8Array[] };
        return { ...made, x5c: [...made.x5c, root.certificate] };
      },
    },
  },
  'android-key without its root': {
    options: { format: 'android-key', algorithm: -7, statement: androidKeyBy(root) },
  },
  'android-key with another challenge': {
    options: {
      format: 'android-key',
      algorithm: -7,
      statement: androidKeyBy(root, { challenge: new Uint8Array(32) }),
    },
  },
  'tpm with a signing scheme': {
    options: {
      format: 'tpm',
      algorithm: -257,
      statement: tpmBy(root, { publicArea: (key) => publicArea(key, { scheme: 0x0014 }) }),
    },
  },
  tpm: { options: { format: 'tpm', algorithm: -257, statement: tpmBy(root) } },
  'tpm with another name': {
    options: { format: 'tpm', algorithm: -257, statement: tpmBy(root, { name: new Uint8Array(34) }) },
  },
  'tpm of an unknown vendor': {
    options: {
      format: 'tpm',
      algorithm: -257,
      statement: tpmBy(root, {
        vendor: [
          ['2.23.133.2.1', 'id:00000000'],
          ['2.23.133.2.2', 'x'],
          ['2.23.133.2.3', 'id:1'],
        ],
      }),
    },
  },
};

interface Verdicts {
  readonly ours: WebAuthnErrorCode | 'accepted';
  readonly theirs: string;
}
const unexplained = new Map<string, number>();
const used = new Set<Row>();

function compare(name: string, { ours, theirs }: Verdicts): void {
  if ((ours === 'accepted') === (theirs === 'accepted')) return;
  const row = rows.find(
    (candidate) => candidate.ours === ours && new RegExp(candidate.change ?? '').test(name),
  );
  if (row !== undefined) used.add(row);
  const difference = `${name}: ours ${ours}, theirs ${theirs}`;
  if (row === undefined) unexplained.set(difference, (unexplained.get(difference) ?? 0) + 1);
}

function ourVerdict(run: () => unknown): WebAuthnErrorCode | 'accepted' {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof WebAuthnError) return error.code;
    throw error;
  }
}

async function theirVerdict(run: () => Promise<{ readonly verified: boolean }>): Promise<string> {
  try {
    return (await run()).verified ? 'accepted' : 'not verified';
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function compareRegistration(
  name: string,
  made: RegistrationCase & { readonly below: (limit: number) => number },
): Promise<void> {
  const algorithm = made.options?.algorithm ?? drawn[made.below(drawn.length)] ?? -7;
  const { credential, expected } = fakeRegistration({
    ...made.options,
    algorithm,
    keys: poolKeys(algorithm),
  });
  const changed = (made.credential?.(credential, made.below) ?? credential) as RegistrationResponseJson;
  const needsVerification = made.options?.format !== 'fido-u2f';
  const ours = ourVerdict(() =>
    verifyRegistration({
      credential: changed,
      expected: { ...expected, algorithms, userVerification: needsVerification ? 'required' : 'preferred' },
      // Theirs follows a chain wherever there is one.
      trust: { anchors, requireTrusted: made.certified === true },
      now,
    }),
  );
  const theirs = await theirVerdict(() =>
    verifyRegistrationResponse({
      // Theirs writes into what it is given.
      response: structuredClone(changed) as never,
      expectedChallenge: expected.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      supportedAlgorithmIDs: algorithms,
      requireUserVerification: needsVerification,
    }),
  );
  compare(name, { ours, theirs });
}

const assertionCases: Readonly<
  Record<
    string,
    AssertionOptions & {
      readonly credential?: (
        credential: AuthenticationResponseJson,
        below: (limit: number) => number,
      ) => unknown;
    }
  >
> = {
  'nothing changed': {},
  'nothing changed again': {},
  'client data of type webauthn.create': { clientData: { type: 'webauthn.create' } },
  'another challenge': { clientData: { challenge: newChallenge() } },
  'another origin': { clientData: { origin: 'https://example.com' } },
  'crossOrigin true with a page': { clientData: { crossOrigin: true, topOrigin: 'https://shop.example' } },
  'a page without crossOrigin': { clientData: { topOrigin: 'https://shop.example' } },
  'unknown client data members': { clientData: { novelty: 1 } },
  'client data with a token binding that is malformed': { clientData: { tokenBinding: 'x' } },
  'another RP ID': { scope: 'example.com' },
  'user not present': { flags: { userPresent: false } },
  'user not verified': { flags: { userVerified: false } },
  'backed up though not eligible': { flags: { backedUp: true } },
  'a counter that went back': { signCount: 0 },
  'a counter that stayed': { signCount: 1 },
  'extensions, known and unknown': {
    extensions: new Map<string, unknown>([['novelty', [1, new Uint8Array(3)]]]),
  },
  'id and rawId that differ': { credential: (credential) => ({ ...credential, rawId: 'AAAA' }) },
  'another credential type': { credential: (credential) => ({ ...credential, type: 'password' }) },
  'signature with one bit flipped': {
    credential: (credential, below) => ({
      ...credential,
      response: { ...credential.response, signature: flip(credential.response.signature, below) },
    }),
  },
  'signature cut short': {
    credential: (credential, below) => ({
      ...credential,
      response: {
        ...credential.response,
        signature: toBase64Url(fromBase64Url(credential.response.signature).slice(0, below(64))),
      },
    }),
  },
  'signature with bytes after it': {
    credential: (credential) => ({
      ...credential,
      response: {
        ...credential.response,
        signature: toBase64Url(concatBytes(fromBase64Url(credential.response.signature), Uint8Array.of(0))),
      },
    }),
  },
  'authenticator data with one bit flipped': {
    credential: (credential, below) => ({
      ...credential,
      response: {
        ...credential.response,
        authenticatorData: flip(credential.response.authenticatorData, below),
      },
    }),
  },
  'authenticator data cut short': {
    credential: (credential, below) => ({
      ...credential,
      response: {
        ...credential.response,
        authenticatorData: toBase64Url(
          fromBase64Url(credential.response.authenticatorData).slice(0, below(37)),
        ),
      },
    }),
  },
  'client data with one bit flipped': {
    credential: (credential, below) => ({
      ...credential,
      response: { ...credential.response, clientDataJSON: flip(credential.response.clientDataJSON, below) },
    }),
  },
};

const keys = createCredentialKeyCache({ maximumEntries: 100 });

async function compareAssertion(name: string, below: (limit: number) => number): Promise<void> {
  const { credential: change, ...options } = assertionCases[name] ?? {};
  const algorithm = drawn[below(drawn.length)] ?? -7;
  const { credential, expected, stored } = fakeAssertion({
    ...options,
    algorithm,
    keys: poolKeys(algorithm),
  });
  const changed = (change?.(credential, below) ?? credential) as AuthenticationResponseJson;
  // Theirs refuses a counter that did not grow; the specification leaves that to policy.
  const ours = ourVerdict(() =>
    verifyAuthentication({
      credential: changed,
      expected: { ...expected, signatureCounter: 'refuse' },
      stored,
      keys,
    }),
  );
  const theirs = await theirVerdict(() =>
    verifyAuthenticationResponse({
      response: structuredClone(changed) as never,
      expectedChallenge: expected.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: {
        id: stored.credentialId,
        publicKey: Uint8Array.from(stored.publicKey),
        counter: stored.signCount,
      },
    }),
  );
  compare(name, { ours, theirs });
}

describe('our verdicts and those of @simplewebauthn/server, but where a row names the clause by which the other is wrong', () => {
  // As DER: from PEM theirs compares line breaks too.
  const certificates = [Buffer.from(root.certificate)];
  for (const identifier of ['packed', 'fido-u2f', 'apple', 'android-key', 'tpm'] as const)
    SettingsService.setRootCertificates({ identifier, certificates });

  test('3,000 registrations', { timeout: 120_000 }, async () => {
    const below = random(1);
    const names = Object.keys(registrationCases);
    for (let index = 0; index < 2750; index += 1) {
      const name = names[index % names.length] ?? '';
      const { options, credential } = registrationCases[name] ?? {};
      const certified = index % 97 === 0 && options?.statement === undefined;
      const kind = registrationKinds[certified ? 6 : below(6)];
      const made = { options: { ...kind, ...options }, certified, below };
      await compareRegistration(name, credential === undefined ? made : { ...made, credential });
    }
    const certifiedNames = Object.keys(certifiedCases);
    for (let index = 0; index < 250; index += 1) {
      const name = certifiedNames[index % certifiedNames.length] ?? '';
      const certified = !name.startsWith('self attestation');
      await compareRegistration(name, { ...certifiedCases[name], certified, below });
    }
  });

  test('7,000 assertions', { timeout: 120_000 }, async () => {
    const below = random(2);
    const names = Object.keys(assertionCases);
    for (let index = 0; index < 7000; index += 1)
      await compareAssertion(names[index % names.length] ?? '', below);
  });

  test('differ nowhere else, and each row where it says', () => {
    expect([...unexplained]).toEqual([]);
    expect(rows.filter((row) => !used.has(row) && row.rare !== true)).toEqual([]);
  });
});
