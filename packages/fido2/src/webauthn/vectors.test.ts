import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import {
  type AttestationTrust,
  type AuthenticationResponseJson,
  createCredentialKeyCache,
  type RegistrationExpectation,
  type RegistrationResponseJson,
  TrustAnchors,
  type VerifiedRegistration,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
} from './index.ts';

/** The specification's own test vectors and a sample of a real authenticator; they lie beside the repository. */
const shared = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../../shared');
const vectorsFile = path.join(shared, 'vectors/webauthn-l3-vectors.json');
const sampleFile = path.join(shared, 'seeds/004_76a0182313f46995.txt');

interface Vector {
  readonly title: string;
  readonly registration: Readonly<
    Record<'challenge' | 'credential_id' | 'aaguid' | 'clientDataJSON' | 'attestationObject', string>
  >;
  readonly authentication: Readonly<
    Record<'challenge' | 'clientDataJSON' | 'authenticatorData' | 'signature', string>
  >;
}
interface Vectors {
  readonly rpId: string;
  readonly origin: string;
  readonly topOrigin: string;
  readonly root: { readonly attestation_ca_cert: string };
  readonly vectors: readonly Vector[];
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const text = (hex: string): string => toBase64Url(bytes(hex));
const now = new Date('2026-03-01T00:00:00Z');
const keys = createCredentialKeyCache({ maximumEntries: 100 });
const present = existsSync(vectorsFile);
const data: Vectors = present
  ? JSON.parse(readFileSync(vectorsFile, 'utf8'))
  : { rpId: '', origin: '', topOrigin: '', root: { attestation_ca_cert: '' }, vectors: [] };

/** Built for a real RP: the frame and its page, every algorithm of the vectors, the strictest trust that each allows. */
const ceremony = {
  origins: [data.origin],
  rpId: data.rpId,
  allowCrossOrigin: true,
  topOrigins: [data.topOrigin],
  userVerification: 'preferred',
} as const;
const algorithms = [-7, -35, -36, -257, -8, -53];

function parts(vector: Vector) {
  const { registration } = vector;
  const id = text(registration.credential_id);
  const object = decode(bytes(registration.attestationObject));
  if (!(object instanceof Map)) throw new Error('an attestation object is a map');
  const format = String(object.get('fmt'));
  const certified = object.get('attStmt') instanceof Map && object.get('attStmt').has('x5c');
  const credential: RegistrationResponseJson = {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: text(registration.clientDataJSON),
      attestationObject: text(registration.attestationObject),
    },
  };
  const expected: RegistrationExpectation = {
    ...ceremony,
    challenge: text(registration.challenge),
    algorithms,
    attestation: format === 'none' ? 'none' : 'direct',
  };
  const trust: AttestationTrust = {
    anchors: new TrustAnchors([bytes(data.root.attestation_ca_cert)]),
    requireTrusted: certified,
    fidoU2fAaguid: 'any',
    tpmManufacturers: 'any',
  };
  return { id, object, format, certified, credential, expected, trust };
}

function register(vector: Vector): VerifiedRegistration {
  const { credential, expected, trust } = parts(vector);
  return verifyRegistration({ credential, expected, trust, now, keys });
}

const accepts = (run: () => unknown): string => {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof WebAuthnError) return error.code;
    throw error;
  }
};

const flipped = (source: Uint8Array, index: number): Uint8Array => {
  const copy = Uint8Array.from(source);
  copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
};
const range = (start: number, length: number): readonly number[] =>
  Array.from({ length }, (_, index) => start + index);

describe.skipIf(!present)(
  `WebAuthn L3 §16 Test Vectors${present ? '' : ' (skipped: the vectors are not beside the repository)'}`,
  { timeout: 60_000 },
  () => {
    test('there are fifteen', () => expect(data.vectors.length).toBe(15));

    describe.each(data.vectors)('$title', (vector) => {
      const { id, object, format, certified, credential, expected, trust } = parts(vector);
      const authenticatorData: Uint8Array = object.get('authData');
      const idLength = bytes(vector.registration.credential_id).length;

      test('the registration verifies', () => {
        const verified = register(vector);
        expect(verified).toMatchObject({
          credentialId: id,
          attestationFormat: format,
          attestationTrusted: certified,
          aaguid: expect.stringMatching(/^[\da-f-]{36}$/),
        });
        expect(verified.aaguid.replaceAll('-', '')).toBe(vector.registration.aaguid);
      });

      const authentication: AuthenticationResponseJson = {
        id,
        response: {
          clientDataJSON: text(vector.authentication.clientDataJSON),
          authenticatorData: text(vector.authentication.authenticatorData),
          signature: text(vector.authentication.signature),
        },
      };
      let registered: VerifiedRegistration | undefined;
      const authenticate = (
        changes: Partial<AuthenticationResponseJson['response']> = {},
        challenge = text(vector.authentication.challenge),
      ) => {
        registered ??= register(vector);
        const { publicKey, signCount, backupEligible } = registered;
        return verifyAuthentication({
          credential: { ...authentication, response: { ...authentication.response, ...changes } },
          expected: { ...ceremony, challenge },
          stored: { credentialId: id, publicKey, signCount, backupEligible },
          keys,
        });
      };
      test('the authentication verifies', () => {
        expect(authenticate()).toMatchObject({ credentialId: id, userPresent: true });
      });

      const registerChanged = (changes: {
        readonly authData?: Uint8Array;
        readonly statement?: ReadonlyMap<unknown, unknown>;
        readonly challenge?: string;
        readonly id?: string;
      }) =>
        accepts(() => {
          const attestationObject = encode(
            new Map<unknown, unknown>([
              ...object,
              ['authData', changes.authData ?? authenticatorData],
              ['attStmt', changes.statement ?? object.get('attStmt')],
            ]),
          );
          const changedId = changes.id ?? id;
          return verifyRegistration({
            credential: {
              ...credential,
              id: changedId,
              rawId: changedId,
              response: { ...credential.response, attestationObject: toBase64Url(attestationObject) },
            },
            expected: { ...expected, challenge: changes.challenge ?? expected.challenge },
            trust,
            now,
            keys,
          });
        });
      /** Flips each byte of authData from there on, with the credential id of the response following where it changes. */
      const survivors = (indexes: readonly number[]) =>
        indexes.filter((index) => {
          const authData = flipped(authenticatorData, index);
          return (
            registerChanged({ authData, id: toBase64Url(authData.subarray(55, 55 + idLength)) }) ===
            'accepted'
          );
        });
      const statement: ReadonlyMap<unknown, unknown> = object.get('attStmt');

      test('registration: each flipped byte of rpIdHash fails', () =>
        expect(survivors(range(0, 32))).toEqual([]));
      test('registration: flipped flags fail', () => expect(survivors([32])).toEqual([]));
      test('registration: each flipped byte of the challenge fails', () => {
        const challenge = fromBase64Url(expected.challenge);
        const codes = range(0, challenge.length).map((index) =>
          registerChanged({ challenge: toBase64Url(flipped(challenge, index)) }),
        );
        expect(new Set(codes)).toEqual(new Set(['challenge-mismatch']));
      });
      test('registration: each flipped byte of the algorithm fails', () => {
        const keyStart = 55 + idLength;
        const algorithmStart = Buffer.from(authenticatorData).indexOf(Buffer.from([0x03]), keyStart + 3) + 1;
        const length = [1, 2, 3][Math.max(0, (authenticatorData[algorithmStart] ?? 0) - 0x37)] ?? 1;
        expect(survivors(range(algorithmStart, length))).toEqual([]);
      });

      const unsigned =
        format === 'none' ? 'nothing is signed' : format === 'fido-u2f' ? 'U2F signs no AAGUID' : '';
      test.skipIf(unsigned !== '')(
        `registration: each flipped byte of the AAGUID fails${unsigned && ` (not applicable: ${unsigned})`}`,
        () => {
          expect(survivors(range(37, 16))).toEqual([]);
        },
      );
      test('registration: an AAGUID that is not proven meets no AAGUID rule, flipped or not', () => {
        for (const aaguid of [vector.registration.aaguid, '0'.repeat(32)]) {
          const allowedAaguids = [aaguid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')];
          const run = () =>
            verifyRegistration({ credential, expected: { ...expected, allowedAaguids }, trust, now });
          expect(accepts(run)).toBe('aaguid-not-allowed');
        }
      });
      test('registration: each flipped byte of the credential id fails where it is signed, and everywhere where the response names another', () => {
        const indexes = range(55, idLength);
        if (format !== 'none') expect(survivors(indexes)).toEqual([]);
        const codes = indexes.map((index) =>
          registerChanged({ authData: flipped(authenticatorData, index) }),
        );
        expect(codes).not.toContain('accepted');
      });
      test.skipIf(!statement.has('sig'))(
        `registration: each flipped byte of the signature fails${statement.has('sig') ? '' : ' (not applicable: there is none)'}`,
        () => {
          const signature = statement.get('sig');
          if (!(signature instanceof Uint8Array)) throw new Error('sig is bytes');
          const codes = range(0, signature.length).map((index) =>
            registerChanged({ statement: new Map([...statement, ['sig', flipped(signature, index)]]) }),
          );
          expect(new Set(codes)).toEqual(new Set(['attestation-signature-invalid']));
        },
      );
      test.skipIf(!certified)(
        `registration: another order of certificates fails${certified ? '' : ' (not applicable: there are none)'}`,
        () => {
          const x5c: readonly Uint8Array[] = statement.get('x5c') as Uint8Array[];
          const root = bytes(data.root.attestation_ca_cert);
          expect(registerChanged({ statement: new Map([...statement, ['x5c', [...x5c, root]]]) })).toBe(
            format === 'fido-u2f' ? 'attestation-statement-malformed' : 'accepted',
          );
          expect(registerChanged({ statement: new Map([...statement, ['x5c', [root, ...x5c]]]) })).not.toBe(
            'accepted',
          );
        },
      );
      test.skipIf(!certified)(
        `registration: flipped bytes of the certificate fail${certified ? '' : ' (not applicable: there is none)'}`,
        () => {
          const [leaf = new Uint8Array()] = statement.get('x5c') as Uint8Array[];
          const codes = range(0, Math.ceil(leaf.length / 4))
            .map((quarter) => quarter * 4)
            .map((index) =>
              registerChanged({ statement: new Map([...statement, ['x5c', [flipped(leaf, index)]]]) }),
            );
          expect(codes).not.toContain('accepted');
        },
      );

      test('authentication: each flipped byte of signature, authenticator data and challenge fails', () => {
        const { signature, authenticatorData: asserted } = vector.authentication;
        const signatures = range(0, signature.length / 2).map((index) =>
          accepts(() => authenticate({ signature: toBase64Url(flipped(bytes(signature), index)) })),
        );
        expect(new Set(signatures)).toEqual(new Set(['signature-invalid']));
        const datas = range(0, asserted.length / 2).map((index) =>
          accepts(() => authenticate({ authenticatorData: toBase64Url(flipped(bytes(asserted), index)) })),
        );
        expect(datas).not.toContain('accepted');
        const challenge = bytes(vector.authentication.challenge);
        const challenges = range(0, challenge.length).map((index) =>
          accepts(() => authenticate({}, toBase64Url(flipped(challenge, index)))),
        );
        expect(new Set(challenges)).toEqual(new Set(['challenge-mismatch']));
      });
    });

    describe('where profiles disagree, a switch says which holds', () => {
      const withTrust = (prefix: string, trust: Partial<AttestationTrust>) => {
        const vector = data.vectors.find(({ title }) => title.startsWith(prefix));
        if (vector === undefined) throw new Error(`no vector ${prefix}`);
        const made = parts(vector);
        return accepts(() =>
          verifyRegistration({
            credential: made.credential,
            expected: made.expected,
            trust: { ...made.trust, ...trust },
            now,
          }),
        );
      };
      test('fido-u2f AAGUID: zero by FIDO’s server requirements, any by WebAuthn L3', () => {
        expect(withTrust('FIDO U2F', { fidoU2fAaguid: 'zero' })).toBe('attestation-statement-mismatch');
        expect(withTrust('FIDO U2F', { fidoU2fAaguid: undefined })).toBe('attestation-statement-mismatch');
        expect(withTrust('FIDO U2F', { fidoU2fAaguid: 'any' })).toBe('accepted');
      });
      test('TPM manufacturer: registered by the TCG, or any', () => {
        expect(withTrust('TPM', { tpmManufacturers: 'registered' })).toBe('attestation-certificate-invalid');
        expect(withTrust('TPM', { tpmManufacturers: undefined })).toBe('attestation-certificate-invalid');
        expect(withTrust('TPM', { tpmManufacturers: 'any' })).toBe('accepted');
      });
    });
  },
);

const samplePresent = existsSync(sampleFile);
describe.skipIf(!samplePresent)(
  `a real authenticator’s registration${samplePresent ? '' : ' (skipped: the sample is not beside the repository)'}`,
  () => {
    const sample = samplePresent ? readFileSync(sampleFile, 'utf8') : '';
    const member = (name: string): string => new RegExp(`"${name}": "([\\w-]+)"`).exec(sample)?.[1] ?? '';
    const credential: RegistrationResponseJson = {
      id: member('rawId'),
      rawId: member('rawId'),
      type: 'public-key',
      response: {
        clientDataJSON: member('clientDataJSON'),
        attestationObject: member('attestationObject'),
        transports: ['hybrid', 'internal'],
      },
    };
    const clientData: Readonly<Record<string, unknown>> = samplePresent
      ? JSON.parse(Buffer.from(credential.response.clientDataJSON, 'base64url').toString())
      : {};
    const expected: RegistrationExpectation = {
      challenge: String(clientData['challenge']),
      origins: ['https://aaas1-us.dev.iaas.hidcloud.com'],
      rpId: 'aaas1-us.dev.iaas.hidcloud.com',
      algorithms: [-7, -35, -36],
      userVerification: 'required',
      attestation: 'direct',
    };
    const trust: AttestationTrust = { anchors: [], requireTrusted: false };

    test('verifies, with its unknown client data members and its credential id of 80 bytes', () => {
      expect(Object.keys(clientData)).toEqual(expect.arrayContaining(['clientExtensions', 'hashAlgorithm']));
      const verified = verifyRegistration({ credential, expected, trust, now });
      expect(verified).toMatchObject({
        algorithm: -7,
        signCount: 117,
        aaguid: '692db549-7ae5-44d5-a1e5-dd20a493b723',
        attestationFormat: 'packed',
        attestationType: 'basic',
        attestationTrusted: false,
        aaguidProven: false,
        userPresent: true,
        userVerified: true,
        backupEligible: false,
        transports: ['hybrid', 'internal'],
      });
      expect(fromBase64Url(verified.credentialId).length).toBe(80);
    });

    test('its own certificate as the anchor proves its AAGUID; each flipped byte of its signature fails', () => {
      const object = decode(fromBase64Url(credential.response.attestationObject));
      const statement: ReadonlyMap<unknown, unknown> =
        object instanceof Map ? object.get('attStmt') : new Map();
      const [leaf] = statement.get('x5c') as [Uint8Array];
      const own = { anchors: [leaf], requireTrusted: true };
      const allowed = { ...expected, allowedAaguids: ['692db549-7ae5-44d5-a1e5-dd20a493b723'] };
      expect(verifyRegistration({ credential, expected: allowed, trust: own, now })).toMatchObject({
        attestationTrusted: true,
        aaguidProven: true,
      });
      const signature = statement.get('sig') as Uint8Array;
      for (const index of range(0, signature.length)) {
        const attStmt = new Map([...statement, ['sig', flipped(signature, index)]]);
        const attestationObject = toBase64Url(
          encode(new Map([...(object as Map<unknown, unknown>), ['attStmt', attStmt]])),
        );
        const changed = { ...credential, response: { ...credential.response, attestationObject } };
        expect(accepts(() => verifyRegistration({ credential: changed, expected, trust, now }))).toBe(
          'attestation-signature-invalid',
        );
      }
    });
  },
);
