import { Buffer } from 'node:buffer';
import { type KeyObject, verify } from 'node:crypto';
import {
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { concatBytes, fromBase64Url } from '../src/bytes/index.ts';
import { decode } from '../src/cbor/index.ts';
import { coseAlgorithm, createCredentialKeyCache, openCredentialKey } from '../src/cose/index.ts';
import { TrustAnchors, verifyAuthentication, verifyRegistration } from '../src/webauthn/index.ts';
import {
  credentialKeys,
  type FakeAssertion,
  type FakeRegistration,
  fakeAssertion,
  fakeRegistration,
  now,
  origin,
  packedBy,
  packedSelf,
  rpId,
  sha256,
} from '../test/authenticator.fake.ts';
import { intermediateAuthority, newKeys, rootAuthority } from '../test/certificate.fake.ts';

/** One call of each, on the same response. */
export interface Input {
  readonly ours: () => unknown;
  readonly theirs: () => Promise<unknown>;
  /** The signature that no verifier can leave out, by `crypto.verify` with its key at hand; null where there is none. */
  readonly floor: (() => unknown) | null;
}

export interface Case {
  readonly name: string;
  readonly inputs: readonly Input[];
  /** Theirs takes its roots from settings of the whole process. */
  readonly prepare: () => void;
}

const algorithms = [-7, -8, -257];
const root = rootAuthority('Bench root');
const middle = intermediateAuthority(root, 'Bench intermediate');
const otherRoots = Array.from({ length: 99 }, (_, index) => rootAuthority(`Other root ${index}`).certificate);
/** More than the chains that anchors remember, so that none is found again. */
const chainsNeverSeen = 1200;
const responses = 64;

const useRoots = (certificates: readonly Uint8Array[]): void => {
  SettingsService.setRootCertificates({
    identifier: 'packed',
    certificates: certificates.map((der) => Buffer.from(der)),
  });
};
const repeat = <Value>(count: number, make: () => Value): readonly Value[] =>
  Array.from({ length: count }, make);

/** The bytes that a registration signs, from its own members. */
function signedBytes({ credential }: FakeRegistration): Uint8Array {
  const object = decode(fromBase64Url(credential.response.attestationObject));
  const data: unknown = object instanceof Map ? object.get('authData') : undefined;
  return concatBytes(
    data instanceof Uint8Array ? data : new Uint8Array(),
    sha256(fromBase64Url(credential.response.clientDataJSON)),
  );
}

function attestationSignature({ credential }: FakeRegistration): Uint8Array {
  const object = decode(fromBase64Url(credential.response.attestationObject));
  const statement: unknown = object instanceof Map ? object.get('attStmt') : undefined;
  const signature: unknown = statement instanceof Map ? statement.get('sig') : undefined;
  return signature instanceof Uint8Array ? signature : new Uint8Array();
}

function registrationCase(
  name: string,
  options: {
    readonly registrations: readonly FakeRegistration[];
    readonly anchors: readonly Uint8Array[];
    readonly requireTrusted: boolean;
    readonly signer: (registration: FakeRegistration) => KeyObject | null;
  },
): Case {
  const { requireTrusted } = options;
  const anchors = new TrustAnchors(options.anchors);
  return {
    name,
    prepare: () => useRoots(options.anchors),
    inputs: options.registrations.map((registration) => {
      const { credential, expected } = registration;
      const key = options.signer(registration);
      const data = signedBytes(registration);
      const signature = attestationSignature(registration);
      return {
        ours: () => verifyRegistration({ credential, expected, trust: { anchors, requireTrusted }, now }),
        theirs: async () => {
          const { verified } = await verifyRegistrationResponse({
            response: credential as never,
            expectedChallenge: expected.challenge,
            expectedOrigin: origin,
            expectedRPID: rpId,
            supportedAlgorithmIDs: algorithms,
          });
          if (!verified) throw new Error(`${name}: theirs refused`);
        },
        floor: key === null ? null : () => verify('sha256', data, key, signature),
      };
    }),
  };
}

function assertionCase(
  name: string,
  assertions: readonly FakeAssertion[],
  options: { readonly remember: boolean },
): Case {
  const keys = options.remember ? createCredentialKeyCache({ maximumEntries: 1000 }) : undefined;
  return {
    name,
    prepare: () => {},
    inputs: assertions.map(({ credential, expected, stored }) => {
      const { cose, key } = openCredentialKey(stored.publicKey);
      const hash = coseAlgorithm(cose.algorithm)?.hash ?? null;
      const { authenticatorData, clientDataJSON, signature } = credential.response;
      const data = concatBytes(fromBase64Url(authenticatorData), sha256(fromBase64Url(clientDataJSON)));
      const signatureBytes = fromBase64Url(signature);
      const publicKey = Uint8Array.from(stored.publicKey);
      return {
        ours: () => verifyAuthentication({ credential, expected, stored, keys }),
        theirs: async () => {
          const { verified } = await verifyAuthenticationResponse({
            response: credential as never,
            expectedChallenge: expected.challenge,
            expectedOrigin: origin,
            expectedRPID: rpId,
            credential: { id: stored.credentialId, publicKey, counter: stored.signCount },
          });
          if (!verified) throw new Error(`${name}: theirs refused`);
        },
        floor: () => verify(hash, data, key, signatureBytes),
      };
    }),
  };
}

export function benchCases(): readonly Case[] {
  const vendorKeys = newKeys();
  const vendor = packedBy(middle, { above: [middle], keys: vendorKeys });
  const byVendor = repeat(responses, () => fakeRegistration({ format: 'packed', statement: vendor }));
  const neverSeen = repeat(chainsNeverSeen, () => {
    const keys = newKeys();
    return {
      keys,
      registration: fakeRegistration({
        format: 'packed',
        statement: packedBy(middle, { above: [middle], keys }),
      }),
    };
  });
  const neverSeenKeys = new Map(neverSeen.map(({ keys, registration }) => [registration, keys.publicKey]));
  const vendorSigner = () => vendorKeys.publicKey;
  const assertionsWith = (algorithm: number, count: number): readonly FakeAssertion[] => {
    const keys = credentialKeys(algorithm);
    return repeat(count, () =>
      fakeAssertion({ algorithm, keys: algorithm === -257 ? keys : credentialKeys(algorithm) }),
    );
  };
  return [
    registrationCase('registration-x5c-warm', {
      registrations: byVendor,
      anchors: [root.certificate],
      requireTrusted: true,
      signer: vendorSigner,
    }),
    registrationCase('registration-x5c-cold', {
      registrations: neverSeen.map(({ registration }) => registration),
      anchors: [root.certificate],
      requireTrusted: true,
      signer: (registration) => neverSeenKeys.get(registration) ?? null,
    }),
    registrationCase('registration-x5c-100-anchors', {
      registrations: byVendor,
      anchors: [...otherRoots, root.certificate],
      requireTrusted: true,
      signer: vendorSigner,
    }),
    registrationCase('registration-packed-self', {
      registrations: repeat(responses, () => fakeRegistration({ format: 'packed', statement: packedSelf })),
      anchors: [],
      requireTrusted: false,
      signer: ({ keys }) => keys.publicKey,
    }),
    registrationCase('registration-none', {
      registrations: repeat(responses, () => fakeRegistration()),
      anchors: [],
      requireTrusted: false,
      signer: () => null,
    }),
    assertionCase('assertion-es256-warm', assertionsWith(-7, responses), { remember: true }),
    assertionCase('assertion-es256-cold', assertionsWith(-7, responses), { remember: false }),
    assertionCase('assertion-rs256-warm', assertionsWith(-257, responses), { remember: true }),
    assertionCase('assertion-eddsa-warm', assertionsWith(-8, responses), { remember: true }),
  ];
}
