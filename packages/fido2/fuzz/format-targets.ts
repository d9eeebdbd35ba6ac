import { Buffer } from 'node:buffer';
import { encodeAuthenticatorData, parseAuthenticatorData } from '../src/authenticator-data/index.ts';
import { equalBytes, toBase64Url } from '../src/bytes/index.ts';
import { decode, decodeFirst, encode } from '../src/cbor/index.ts';
import { importCoseKey, parseCoseKey } from '../src/cose/index.ts';
import {
  type AttestationTrust,
  type RegistrationExpectation,
  TrustAnchors,
  verifyRegistration,
} from '../src/webauthn/index.ts';
import { parseCertificate } from '../src/x509/index.ts';
import { corpus, fromHex, type RecordedRegistration } from './corpus.ts';
import type { Seed, Target } from './fuzz.ts';
import { outcome, require } from './refusals.ts';

const attestationObjects: readonly Seed[] = corpus.registrations.map(({ name, attestationObject }) => ({
  name,
  bytes: fromHex(attestationObject),
}));

const memberOf = (object: unknown, name: string): unknown =>
  object instanceof Map ? object.get(name) : undefined;

const authenticatorData: readonly Seed[] = attestationObjects.flatMap(({ name, bytes }) => {
  const data = memberOf(decode(bytes), 'authData');
  return data instanceof Uint8Array
    ? [
        { name, bytes: data },
        { name: `${name}, asserted`, bytes: asserted(data) },
      ]
    : [];
});

/** The same without its credential, as in an assertion. */
function asserted(data: Uint8Array): Uint8Array {
  const short = data.slice(0, 37);
  short[32] = (short[32] ?? 0) & 0x3f;
  return short;
}

const coseKeys: readonly Seed[] = authenticatorData.flatMap(({ name, bytes }) => {
  const { attestedCredential } = parseAuthenticatorData(bytes);
  return attestedCredential === null ? [] : [{ name, bytes: attestedCredential.publicKey }];
});

const certificates: readonly Seed[] = attestationObjects.flatMap(({ name, bytes }) => {
  const chain = memberOf(memberOf(decode(bytes), 'attStmt'), 'x5c');
  if (!Array.isArray(chain)) return [];
  return chain.filter((der) => der instanceof Uint8Array).map((der) => ({ name, bytes: der }));
});

const messages: readonly Seed[] = corpus.exchanges.flatMap(({ name, request, answer }) =>
  [request, answer]
    .map((text) => ({ name, bytes: fromHex(text).slice(1) }))
    .filter(({ bytes }) => bytes.length > 0),
);

const cbor: Target = {
  name: 'cbor',
  cborAt: 0,
  seeds: [...messages, ...attestationObjects, ...coseKeys],
  longestInput: 66_000,
  run: (input) => {
    const strict = outcome(() => {
      const item = decode(input, { canonicalOrder: true });
      // Floats and NaN have several encodings, which CTAP leaves alone.
      const unique = !input.some((byte) => byte >= 0xf9 && byte <= 0xfb);
      if (unique) require(equalBytes(encode(item), input), 'what is canonical encodes to the same bytes');
    });
    const loose = outcome(() => decode(input, { invalidText: 'replace' }));
    require(strict !== 'accepted' ||
      loose === 'accepted', 'what the strict reader takes, the loose one takes');
    outcome(() => {
      const { length } = decodeFirst(input);
      require(length <= input.length, 'an item does not reach beyond its bytes');
    });
    return strict;
  },
};

const authenticatorDataTarget: Target = {
  name: 'authenticator-data',
  seeds: authenticatorData,
  longestInput: 66_000,
  run: (input) =>
    outcome(() => {
      const data = parseAuthenticatorData(input);
      // Extensions may come in any order of keys; all else has one encoding.
      if (data.extensions !== null) return;
      const again = encodeAuthenticatorData(data);
      const reserved = Uint8Array.from(input);
      reserved[32] = (reserved[32] ?? 0) & 0xdd;
      require(equalBytes(again, reserved), 'what was read encodes to the same bytes');
    }),
};

const coseKey: Target = {
  name: 'cose-key',
  seeds: coseKeys,
  cborAt: 0,
  longestInput: 4096,
  run: (input) => outcome(() => importCoseKey(parseCoseKey(input, { dangerouslyAllowSha1: true }))),
};

const certificate: Target = {
  name: 'certificate',
  seeds: certificates,
  longestInput: 20_000,
  run: (input) => outcome(() => parseCertificate(input)),
};

const expectations = {
  origins: ['https://example.org'],
  rpId: 'example.org',
  allowCrossOrigin: true,
  topOrigins: ['https://example.com'],
  userVerification: 'preferred',
  algorithms: [-7, -35, -36, -8, -53, -257, -37, -48, -49, -50],
  attestation: 'direct',
} as const;
/** Formats whose signature covers every byte of the authenticator data; that of fido-u2f leaves flags and counter out. */
const coversAuthenticatorData = ['packed', 'tpm', 'android-key', 'android-safetynet', 'apple'];
const now = new Date('2026-03-01T00:00:00Z');
const trust: AttestationTrust = {
  anchors: new TrustAnchors(corpus.anchors.map(fromHex)),
  requireTrusted: false,
  fidoU2fAaguid: 'any',
  tpmManufacturers: 'any',
  formats: ['none', 'packed', 'tpm', 'android-key', 'android-safetynet', 'apple', 'fido-u2f', 'compound'],
};
const registrations = new Map<string, RecordedRegistration>(
  corpus.registrations.map((one) => [one.name, one]),
);

/** Through the whole of `verifyRegistration`: everything but the attestation object stays as the honest client sent it. */
const attestationObject: Target = {
  name: 'attestation-object',
  seeds: attestationObjects,
  cborAt: 0,
  longestInput: 66_000,
  run: (input, from) => {
    const recorded = registrations.get(from.name);
    if (recorded === undefined) throw new Error(`no registration ${from.name}`);
    const expected: RegistrationExpectation = { ...expectations, challenge: recorded.challenge };
    const credential = {
      id: recorded.id,
      rawId: recorded.id,
      type: 'public-key',
      response: { clientDataJSON: recorded.clientDataJson, attestationObject: toBase64Url(input) },
    } as const;
    return outcome(() => {
      const { attestationTrusted, attestationFormat, credentialId } = verifyRegistration({
        credential,
        expected,
        trust,
        now,
      });
      require(credentialId === recorded.id, 'the credential is the one that was named');
      // Whatever a chain to our root says was signed over the honest bytes; a change in between must not pass.
      if (attestationTrusted && coversAuthenticatorData.includes(attestationFormat)) {
        const changed = memberOf(decode(input), 'authData');
        const honest = memberOf(decode(from.bytes), 'authData');
        require(changed instanceof Uint8Array &&
          honest instanceof Uint8Array &&
          Buffer.compare(changed, honest) === 0, 'nothing is trusted that was not signed');
      }
    });
  },
};

export const formatTargets: readonly Target[] = [
  cbor,
  authenticatorDataTarget,
  attestationObject,
  coseKey,
  certificate,
];
