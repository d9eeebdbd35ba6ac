import { Buffer } from 'node:buffer';
import { createHash, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  androidKeyBy,
  appleBy,
  coseSign,
  fakeRegistration,
  fidoU2fBy,
  keymaster,
  model,
  now,
  packedBy,
  packedSelf,
  type RegistrationOptions,
  type Statement,
  vendorSubject,
} from '../../../test/authenticator.fake.ts';
import {
  type Authority,
  der,
  extension,
  intermediateAuthority,
  issue,
  newEd25519Keys,
  newKeys,
  newRsaKeys,
  rootAuthority,
} from '../../../test/certificate.fake.ts';
import { publicArea, type TpmChanges, tpmBy, tpmVendor } from '../../../test/tpm.fake.ts';
import { aaguidBytes } from '../../authenticator-data/index.ts';
import { concatBytes } from '../../bytes/index.ts';
import {
  type AttestationTrust,
  type VerifiedRegistration,
  verifyRegistration,
  WebAuthnError,
} from '../index.ts';

const root = rootAuthority('Attestation root');
const noAaguid = '00000000-0000-0000-0000-000000000000';

function verify(options: RegistrationOptions, trust: Partial<AttestationTrust> = {}): VerifiedRegistration {
  const { credential, expected } = fakeRegistration(options);
  return verifyRegistration({
    credential,
    expected: { ...expected, userVerification: 'preferred', attestation: 'direct' },
    trust: { anchors: [root.certificate], requireTrusted: true, ...trust },
    now,
  });
}

/** The code and the clause of the refusal. */
function refusal(options: RegistrationOptions, trust: Partial<AttestationTrust> = {}): string {
  try {
    verify(options, trust);
    return 'accepted';
  } catch (error) {
    if (error instanceof WebAuthnError) return `${error.code} (${error.clause})`;
    throw error;
  }
}

type Change = (members: Record<string, unknown>) => unknown;
const changed =
  (make: (statement: Statement) => unknown, change: Change) =>
  (statement: Statement): unknown =>
    change({ ...(make(statement) as Record<string, unknown>) });

const malformedMembers: readonly [string, Change][] = [
  ['a missing sig', ({ sig: _, ...rest }) => rest],
  ['an empty sig', (members) => ({ ...members, sig: new Uint8Array() })],
  ['a sig that is not bytes', (members) => ({ ...members, sig: 'sig' })],
  ['an empty x5c', (members) => ({ ...members, x5c: [] })],
  ['an x5c that is not an array', (members) => ({ ...members, x5c: new Uint8Array(9) })],
  ['an x5c of nine', (members) => ({ ...members, x5c: new Array(9).fill(new Uint8Array(9)) })],
  ['an x5c of text', (members) => ({ ...members, x5c: ['certificate'] })],
  ['no map', () => []],
];

describe('WebAuthn L3 §8.2 Packed Attestation Statement Format', () => {
  const clause = '(WebAuthn L3 §8.2)';
  const statement = packedBy(root);

  describe('1: attStmt conforms to the syntax', () => {
    test.each(malformedMembers)('%s is refused', (_, change) => {
      expect(refusal({ format: 'packed', statement: changed(statement, change) })).toBe(
        `attestation-statement-malformed ${clause}`,
      );
    });
    test('an alg that is not a number is refused', () => {
      const text = changed(statement, (members) => ({ ...members, alg: 'ES256' }));
      expect(refusal({ format: 'packed', statement: text })).toBe(
        `attestation-statement-malformed ${clause}`,
      );
    });
    test('unknown members are ignored', () => {
      const more = changed(statement, (members) => ({ ...members, novelty: 1 }));
      expect(refusal({ format: 'packed', statement: more })).toBe('accepted');
    });
  });

  describe('2: x5c is present', () => {
    const wrongSignature = `attestation-signature-invalid ${clause}`;
    test('sig is valid over authenticatorData and clientDataHash by attestnCert with alg', () => {
      expect(verify({ format: 'packed', statement })).toMatchObject({
        attestationType: 'basic',
        attestationTrusted: true,
      });
      const overOther = changed(statement, (members) => ({
        ...members,
        sig: coseSign(-7, Buffer.from('other'), newKeys().privateKey),
      }));
      expect(refusal({ format: 'packed', statement: overOther })).toBe(wrongSignature);
      for (const alg of [-35, -257, -8, 0, 1e9]) {
        const otherAlgorithm = changed(statement, (members) => ({ ...members, alg }));
        expect(refusal({ format: 'packed', statement: otherAlgorithm })).toBe(wrongSignature);
      }
    });
    test('signed with the credential key instead of the certificate’s it is refused', () => {
      const own = (input: Statement) => ({
        ...(statement(input) as object),
        sig: coseSign(-7, input.signedBytes, input.keys.privateKey),
      });
      expect(refusal({ format: 'packed', statement: own })).toBe(wrongSignature);
    });
    test.each([
      ['RSA', newRsaKeys(), -257],
      ['Ed25519', newEd25519Keys(), -8],
      ['P-384', newKeys('P-384'), -35],
    ] as const)('an attestation key of %s verifies', (_, keys, algorithm) => {
      expect(refusal({ format: 'packed', statement: packedBy(root, { keys, algorithm }) })).toBe('accepted');
    });
    test('id-fido-gen-ce-aaguid, where present, is the AAGUID of the authenticator data, in two OCTET STRINGs, not critical', () => {
      const named = (value: Uint8Array) => ({
        format: 'packed',
        statement: packedBy(root, { extensions: [extension.basicConstraints(false), value] }),
      });
      expect(refusal(named(extension.aaguid(aaguidBytes(model))))).toBe('accepted');
      expect(refusal(named(extension.aaguid(aaguidBytes(noAaguid))))).toBe(
        `attestation-statement-mismatch ${clause}`,
      );
      const invalid = `attestation-certificate-invalid ${clause}`;
      expect(refusal(named(extension.aaguid(aaguidBytes(model), true)))).toBe(invalid);
      expect(refusal(named(extension.aaguid(aaguidBytes(model).slice(1))))).toBe(invalid);
      expect(refusal(named(extension.make('1.3.6.1.4.1.45724.1.1.4', aaguidBytes(model))))).toBe(invalid);
    });
  });

  describe('3: x5c is not present: self attestation', () => {
    const lenient = { requireTrusted: false };
    test('sig is valid by the credential key, with its own algorithm', () => {
      const verified = verify({ format: 'packed', statement: packedSelf }, lenient);
      expect(verified).toMatchObject({
        attestationType: 'self',
        attestationTrusted: false,
        aaguidProven: false,
      });
      const wrongAlgorithm = changed(packedSelf, (members) => ({ ...members, alg: -35 }));
      expect(refusal({ format: 'packed', statement: wrongAlgorithm }, lenient)).toBe(
        `attestation-statement-mismatch ${clause}`,
      );
      const other = (input: Statement) => packedSelf({ ...input, keys: newKeys() });
      expect(refusal({ format: 'packed', statement: other }, lenient)).toBe(
        `attestation-signature-invalid ${clause}`,
      );
    });
    test('the old ecdaaKeyId does not make it anything else', () => {
      const ecdaa = changed(packedSelf, (members) => ({
        ...members,
        ecdaaKeyId: new Uint8Array(32),
        sig: new Uint8Array(70),
      }));
      expect(refusal({ format: 'packed', statement: ecdaa }, lenient)).toBe(
        `attestation-signature-invalid ${clause}`,
      );
    });
  });

  describe('§8.2.1 Certificate Requirements', () => {
    const invalid = 'attestation-certificate-invalid (WebAuthn L3 §8.2.1)';
    const without = (attribute: string) => vendorSubject.filter(([type]) => type !== attribute);
    const withUnit = (unit: string) =>
      vendorSubject.map(([type, value]) => [type, type === 'OU' ? unit : value] as const);
    test('version is 3', () => {
      expect(refusal({ format: 'packed', statement: packedBy(root, { version: 1 }) })).toBe(invalid);
    });
    test.each(['C', 'O', 'OU', 'CN'])('Subject-%s is present', (attribute) => {
      expect(refusal({ format: 'packed', statement: packedBy(root, { subject: without(attribute) }) })).toBe(
        invalid,
      );
    });
    test('Subject-OU is “Authenticator Attestation”, literally', () => {
      for (const unit of ['authenticator attestation', 'Authenticator Attestation CA', '']) {
        expect(refusal({ format: 'packed', statement: packedBy(root, { subject: withUnit(unit) }) })).toBe(
          invalid,
        );
      }
      const several = [...vendorSubject, ['OU', 'Second unit'] as const];
      expect(refusal({ format: 'packed', statement: packedBy(root, { subject: several }) })).toBe('accepted');
    });
    test('Subject-C is a country code', () => {
      const subject = [['C', 'aa'] as const, ...without('C')];
      expect(refusal({ format: 'packed', statement: packedBy(root, { subject }) })).toBe(invalid);
    });
    test('Basic Constraints has the CA component set to false', () => {
      for (const extensions of [
        [],
        [extension.basicConstraints(true)],
        [extension.make('2.5.29.19', Uint8Array.of(5, 0))],
      ]) {
        expect(refusal({ format: 'packed', statement: packedBy(root, { extensions }) })).toBe(invalid);
      }
    });
    test('a certificate that is none is refused', () => {
      const broken = packedBy(root, { chain: () => [Uint8Array.of(0x30, 0)] });
      expect(refusal({ format: 'packed', statement: broken })).toBe(
        `attestation-certificate-invalid ${clause}`,
      );
    });
  });

  describe('the chain', () => {
    const middle = intermediateAuthority(root, 'Intermediate');
    const untrusted = 'attestation-untrusted (WebAuthn L3 §7.1 step 24)';
    const chained = (
      chain: (certificates: readonly Uint8Array[]) => readonly Uint8Array[],
      above: readonly Authority[] = [middle],
    ) => ({
      format: 'packed',
      statement: packedBy(middle, { above, chain }),
    });
    test('leaf, intermediate, anchor: with or without the root itself', () => {
      expect(refusal(chained((chain) => chain))).toBe('accepted');
      expect(refusal(chained((chain) => [...chain, root.certificate]))).toBe('accepted');
    });
    test('without its intermediate it leads nowhere', () => {
      expect(refusal(chained((chain) => chain.slice(0, 1)))).toBe(untrusted);
    });
    test('in another order it is refused', () => {
      expect(refusal(chained((chain) => [...chain].reverse()))).toMatch(/^attestation-/);
      expect(
        refusal(chained(([leaf = new Uint8Array(), ...rest]) => [leaf, root.certificate, ...rest])),
      ).toBe(untrusted);
    });
    test('an expired leaf is not trusted', () => {
      const statementOfExpired = packedBy(root, { notAfter: new Date('2025-01-01T00:00:00Z') });
      expect(refusal({ format: 'packed', statement: statementOfExpired })).toBe(untrusted);
    });
  });
});

describe('WebAuthn L3 §8.3 TPM Attestation Statement Format', () => {
  const clause = '(WebAuthn L3 §8.3)';
  const registration = (changes: TpmChanges = {}, algorithm = -7) => ({
    format: 'tpm',
    algorithm,
    statement: tpmBy(root, changes),
  });
  const members = (change: Change) =>
    registration({ members: (all) => change(all) as Record<string, unknown> });
  const mismatch = `attestation-statement-mismatch ${clause}`;

  test.each([-7, -35, -36, -257])('a credential of algorithm %i verifies', (algorithm) => {
    expect(verify(registration({}, algorithm))).toMatchObject({
      attestationType: 'attestation-ca',
      attestationTrusted: true,
      attachment: 'platform',
      aaguidProven: false,
    });
  });
  test.each([
    ...malformedMembers,
    ['a missing certInfo', ({ certInfo: _, ...rest }: Record<string, unknown>) => rest],
    ['a missing pubArea', ({ pubArea: _, ...rest }: Record<string, unknown>) => rest],
  ] as [string, Change][])('%s is refused', (_, change) => {
    expect(refusal(members(change))).toBe(`attestation-statement-malformed ${clause}`);
  });
  test('a public area may name a signing scheme, ECDSA or RSASSA, with its hash', () => {
    for (const [algorithm, scheme] of [
      [-7, 0x0018],
      [-257, 0x0014],
      [-257, 0x0016],
    ] as const) {
      expect(refusal(registration({ publicArea: (key) => publicArea(key, { scheme }) }, algorithm))).toBe(
        'accepted',
      );
    }
  });
  test('ver is 2.0', () => {
    expect(refusal(members((all) => ({ ...all, ver: '1.2' })))).toBe(
      `attestation-statement-malformed ${clause}`,
    );
  });
  test('the key in pubArea is the credential public key', () => {
    const swapped = registration({
      publicArea: (key) => publicArea(key.keyType === 'EC2' ? { ...key, x: key.y, y: key.x } : key),
    });
    expect(refusal(swapped)).toBe(mismatch);
    expect(refusal(registration({ publicArea: (key) => publicArea(key, { exponent: 3 }) }, -257))).toBe(
      mismatch,
    );
  });
  test('structures with bytes missing or left over are refused', () => {
    for (const name of ['pubArea', 'certInfo']) {
      const cut = members((all) => ({ ...all, [name]: (all[name] as Uint8Array).slice(0, -1) }));
      expect(refusal(cut)).toMatch(/^attestation-(statement-malformed|signature-invalid)/);
      const longer = members((all) => ({
        ...all,
        [name]: concatBytes(all[name] as Uint8Array, Uint8Array.of(0)),
      }));
      expect(refusal(longer)).toMatch(/^attestation-(statement-malformed|signature-invalid)/);
    }
  });
  test('sig is valid over certInfo by aikCert with alg', () => {
    const signature = coseSign(-7, Buffer.from('other'), newKeys().privateKey);
    expect(refusal(members((all) => ({ ...all, sig: signature })))).toBe(
      `attestation-signature-invalid ${clause}`,
    );
  });
  test('magic is TPM_GENERATED_VALUE and type TPM_ST_ATTEST_CERTIFY', () => {
    expect(refusal(registration({ certifyInfo: { magic: 0xff544348 } }))).toBe(mismatch);
    expect(refusal(registration({ certifyInfo: { type: 0x8018 } }))).toBe(mismatch);
  });
  test('extraData is the hash of what was to be signed', () => {
    expect(refusal(registration({ certifyInfo: { extraData: new Uint8Array(32) } }))).toBe(mismatch);
    expect(refusal(registration({ certifyInfo: { extraData: new Uint8Array() } }))).toBe(mismatch);
  });
  test('attested names pubArea by its nameAlg', () => {
    expect(refusal(registration({ name: new Uint8Array(34) }))).toBe(mismatch);
    expect(refusal(registration({ name: new Uint8Array() }))).toBe(mismatch);
  });
  test('SHA-1, in the signature or the name, is refused unless dangerously allowed', () => {
    const keys = newRsaKeys();
    const signed = {
      format: 'tpm',
      statement: (input: Statement) =>
        tpmBy(root, {
          keys,
          algorithm: -65535,
          certifyInfo: { extraData: createHash('sha1').update(input.signedBytes).digest() },
        })(input),
    };
    expect(refusal(signed)).toBe(`algorithm-not-allowed ${clause}`);
    expect(refusal(signed, { dangerouslyAllowSha1: true })).toBe('accepted');
    const named = (input: Statement) => {
      let area = new Uint8Array();
      const maker = tpmBy(root, {
        publicArea: (key) => (area = Uint8Array.from(publicArea(key, { nameAlgorithm: 4 }))),
      });
      maker(input);
      return tpmBy(root, {
        publicArea: () => area,
        name: concatBytes(Uint8Array.of(0, 4), createHash('sha1').update(area).digest()),
      })(input);
    };
    expect(refusal({ format: 'tpm', statement: named })).toBe(`algorithm-not-allowed ${clause}`);
    expect(refusal({ format: 'tpm', statement: named }, { dangerouslyAllowSha1: true })).toBe('accepted');
  });

  describe('§8.3.1 Certificate Requirements', () => {
    const invalid = 'attestation-certificate-invalid (WebAuthn L3 §8.3.1)';
    test('version is 3', () => expect(refusal(registration({ version: 1 }))).toBe(invalid));
    test('the subject is empty', () =>
      expect(refusal(registration({ subject: [['CN', 'AIK']] }))).toBe(invalid));
    test('Extended Key Usage contains tcg-kp-AIKCertificate', () => {
      expect(refusal(registration({ purposes: ['1.3.6.1.5.5.7.3.1'] }))).toBe(invalid);
      expect(refusal(registration({ purposes: ['1.3.6.1.5.5.7.3.1', '2.23.133.8.3'] }))).toBe('accepted');
    });
    test.each([0, 1, 2])(
      'Subject Alternative Name tells manufacturer, model and version (%i left out)',
      (index) => {
        expect(refusal(registration({ vendor: tpmVendor.filter((_, at) => at !== index) }))).toBe(invalid);
      },
    );
    test('the CA component of Basic Constraints is false', () => {
      expect(refusal(registration({ extensions: [] }))).toBe(invalid);
    });
    test('the manufacturer is in the registry of the TCG, unless any may be', () => {
      const vendor = (manufacturer: string) =>
        registration({ vendor: [['2.23.133.2.1', manufacturer], ...tpmVendor.slice(1)] });
      for (const manufacturer of ['id:FFFFF1D0', 'id:00000000', 'IFX', '']) {
        expect(refusal(vendor(manufacturer))).toBe(invalid);
        expect(refusal(vendor(manufacturer), { tpmManufacturers: 'any' })).toBe('accepted');
      }
      for (const manufacturer of ['id:494E5443', 'id:53544d20', 'id:4D534654'])
        expect(refusal(vendor(manufacturer))).toBe('accepted');
    });
  });
});

describe('WebAuthn L3 §8.4 Android Key Attestation Statement Format', () => {
  const clause = '(WebAuthn L3 §8.4)';
  const mismatch = `attestation-statement-mismatch ${clause}`;
  const registration = (changes: Parameters<typeof androidKeyBy>[1] = {}) => ({
    format: 'android-key',
    statement: androidKeyBy(root, changes),
  });

  test('a key made in the trusted environment verifies', () => {
    for (const requireAndroidTrustedEnvironment of [true, false]) {
      expect(verify(registration(), { requireAndroidTrustedEnvironment })).toMatchObject({
        attestationType: 'basic',
        attestationTrusted: true,
        attachment: 'platform',
      });
    }
  });
  test.each(malformedMembers)('%s is refused', (_, change) => {
    expect(refusal({ format: 'android-key', statement: changed(androidKeyBy(root), change) })).toBe(
      `attestation-statement-malformed ${clause}`,
    );
  });
  test('sig is valid by the key in the first certificate', () => {
    const broken = changed(androidKeyBy(root), (members) => ({ ...members, sig: Uint8Array.of(0x30, 0) }));
    expect(refusal({ format: 'android-key', statement: broken })).toBe(
      `attestation-signature-invalid ${clause}`,
    );
  });
  test('the key in the first certificate is the credential public key', () => {
    const keys = newKeys();
    const other = (input: Statement) => androidKeyBy(root)({ ...input, keys });
    expect(refusal({ format: 'android-key', statement: other })).toBe(mismatch);
  });
  test('attestationChallenge is clientDataHash', () => {
    expect(refusal(registration({ challenge: new Uint8Array(32) }))).toBe(mismatch);
  });
  test('allApplications is on neither list', () => {
    expect(refusal(registration({ software: [keymaster.allApplications] }))).toBe(mismatch);
    expect(
      refusal(
        registration({
          trustedEnvironment: [keymaster.purpose(2), keymaster.allApplications, keymaster.origin(0)],
        }),
      ),
    ).toBe(mismatch);
  });
  test('origin is KM_ORIGIN_GENERATED', () => {
    expect(refusal(registration({ trustedEnvironment: [keymaster.purpose(2), keymaster.origin(2)] }))).toBe(
      mismatch,
    );
    expect(refusal(registration({ software: [keymaster.origin(1)] }))).toBe(mismatch);
  });
  test('purpose is KM_PURPOSE_SIGN', () => {
    expect(
      refusal(registration({ trustedEnvironment: [keymaster.purpose(0, 1), keymaster.origin(0)] })),
    ).toBe(mismatch);
  });
  test('where only the trusted environment counts, what software enforces does not', () => {
    const software = registration({
      software: [keymaster.purpose(2), keymaster.origin(0)],
      trustedEnvironment: [],
    });
    expect(refusal(software)).toBe('accepted');
    expect(refusal(software, { requireAndroidTrustedEnvironment: true })).toBe(mismatch);
  });
  test('a certificate without key description is refused', () => {
    const plain = ({ signedBytes, keys }: Statement) => ({
      alg: -7,
      sig: coseSign(-7, signedBytes, keys.privateKey),
      x5c: [issue({ subject: [], publicKey: keys.publicKey, issuer: root, extensions: [] })],
    });
    expect(refusal({ format: 'android-key', statement: plain })).toBe(
      `attestation-certificate-invalid ${clause}`,
    );
  });
});

describe('WebAuthn L3 §8.5 Android SafetyNet Attestation Statement Format', () => {
  const clause = '(WebAuthn L3 §8.5)';
  const keys = newRsaKeys();
  const named = { formats: ['android-safetynet'] };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const safetyNet =
    (
      changes: {
        readonly host?: string;
        readonly payload?: object;
        readonly alg?: string;
        readonly response?: string;
      } = {},
    ) =>
    ({ signedBytes }: Statement): unknown => {
      const certificate = issue({
        subject: [['CN', 'attest.android.com']],
        publicKey: keys.publicKey,
        issuer: root,
        extensions: [
          extension.make(
            '2.5.29.17',
            der.sequence(der.value(0x82, Buffer.from(changes.host ?? 'attest.android.com'))),
          ),
        ],
      });
      const header = json({
        alg: changes.alg ?? 'RS256',
        x5c: [Buffer.from(certificate).toString('base64')],
      });
      const nonce = createHash('sha256').update(signedBytes).digest('base64');
      const text = `${header}.${json({ nonce, ctsProfileMatch: true, ...changes.payload })}`;
      const response =
        changes.response ??
        `${text}.${sign('sha256', Buffer.from(text), keys.privateKey).toString('base64url')}`;
      return { ver: '1', response: Buffer.from(response) };
    };
  const registration = (changes: Parameters<typeof safetyNet>[0] = {}) => ({
    format: 'android-safetynet',
    statement: safetyNet(changes),
  });

  test('it is recognised and refused, unless the caller names it', () => {
    expect(refusal(registration())).toBe('attestation-format-refused (WebAuthn L3 §7.1 step 21)');
    expect(verify(registration(), named)).toMatchObject({
      attestationFormat: 'android-safetynet',
      attestationTrusted: true,
    });
  });
  test('nonce is the hash of authenticatorData and clientDataHash', () => {
    expect(refusal(registration({ payload: { nonce: '' } }), named)).toBe(
      `attestation-statement-mismatch ${clause}`,
    );
  });
  test('the device passed the compatibility test', () => {
    expect(refusal(registration({ payload: { ctsProfileMatch: false } }), named)).toBe(
      `attestation-statement-mismatch ${clause}`,
    );
  });
  test('the response came from the SafetyNet service', () => {
    expect(refusal(registration({ host: 'attest.android.com.example' }), named)).toBe(
      `attestation-certificate-invalid ${clause}`,
    );
    for (const alg of ['none', 'HS256', 'ES256']) {
      expect(refusal(registration({ alg }), named)).toBe(`attestation-signature-invalid ${clause}`);
    }
  });
  test('a response that is no JWS is refused', () => {
    for (const response of [
      '',
      'a.b',
      'a.b.c.d',
      `${json({})}.${json({})}.`,
      'e30.bnVsbA.AAAA',
      'x'.repeat(40_000),
    ]) {
      expect(refusal(registration({ response }), named)).toBe(`attestation-statement-malformed ${clause}`);
    }
  });
});

describe('WebAuthn L3 §8.6 FIDO U2F Attestation Statement Format', () => {
  const clause = '(WebAuthn L3 §8.6)';
  const flags = { userVerified: false };
  const registration = (changes: RegistrationOptions = {}): RegistrationOptions => ({
    format: 'fido-u2f',
    aaguid: noAaguid,
    flags,
    statement: fidoU2fBy(root),
    ...changes,
  });

  test('a registration response message verifies', () => {
    expect(verify(registration())).toMatchObject({
      attestationType: 'basic',
      attestationTrusted: true,
      attachment: 'cross-platform',
      aaguidProven: false,
    });
  });
  test.each(malformedMembers)('1: %s is refused', (_, change) => {
    expect(refusal(registration({ statement: changed(fidoU2fBy(root), change) }))).toBe(
      `attestation-statement-malformed ${clause}`,
    );
  });
  test('2: x5c has exactly one element', () => {
    const two = changed(fidoU2fBy(root), (members) => ({
      ...members,
      x5c: [...(members['x5c'] as Uint8Array[]), root.certificate],
    }));
    expect(refusal(registration({ statement: two }))).toBe(`attestation-statement-malformed ${clause}`);
  });
  test('2: the certificate public key is on P-256', () => {
    const other = newKeys('P-384');
    expect(refusal(registration({ statement: fidoU2fBy(root, other) }))).toBe(
      `attestation-certificate-invalid ${clause}`,
    );
  });
  test('4: the credential public key is on P-256', () => {
    expect(refusal(registration({ algorithm: -8 }))).toBe(`attestation-statement-mismatch ${clause}`);
  });
  test('6: sig is valid over the registration response message', () => {
    const other = (input: Statement) => fidoU2fBy(root)({ ...input, credentialId: new Uint8Array(32) });
    expect(refusal(registration({ statement: other }))).toBe(`attestation-signature-invalid ${clause}`);
  });
  test('the AAGUID, which no signature covers, is zero unless any may be; it is never proven', () => {
    expect(refusal(registration({ aaguid: model }))).toBe(
      'attestation-statement-mismatch (FIDO Server Requirements, fido-u2f)',
    );
    expect(
      verify(registration({ aaguid: model }), { fidoU2fAaguid: 'any', anchors: () => [root.certificate] })
        .aaguidProven,
    ).toBe(false);
  });
  test('flags that U2F does not know, which no signature covers, are refused', () => {
    for (const flag of [{ userVerified: true }, { ...flags, backupEligible: true }]) {
      expect(refusal(registration({ flags: flag }))).toBe('attestation-statement-mismatch (CTAP 2.2 §10.2)');
    }
  });
});

describe('WebAuthn L3 §8.7 None Attestation Statement Format', () => {
  test('the statement is an empty map', () => {
    const lenient = { requireTrusted: false };
    for (const statement of [{ sig: Uint8Array.of(1) }, [], null]) {
      expect(refusal({ format: 'none', statement: () => statement }, lenient)).toBe(
        'attestation-statement-malformed (WebAuthn L3 §8.7)',
      );
    }
  });
});

describe('WebAuthn L3 §8.8 Apple Anonymous Attestation Statement Format', () => {
  const clause = '(WebAuthn L3 §8.8)';
  test('a certificate for the credential key with the nonce verifies', () => {
    expect(verify({ format: 'apple', statement: appleBy(root) })).toMatchObject({
      attestationType: 'anonymization-ca',
      attestationTrusted: true,
      attachment: 'platform',
    });
  });
  test('1: attStmt conforms to the syntax', () => {
    for (const statement of [{}, { x5c: [] }, { x5c: 'x' }, []]) {
      expect(refusal({ format: 'apple', statement: () => statement })).toBe(
        `attestation-statement-malformed ${clause}`,
      );
    }
  });
  test('4: nonce equals the value of the extension', () => {
    expect(refusal({ format: 'apple', statement: appleBy(root, { nonce: new Uint8Array(32) }) })).toBe(
      `attestation-statement-mismatch ${clause}`,
    );
    const plain = ({ keys }: Statement) => ({
      x5c: [issue({ subject: [], publicKey: keys.publicKey, issuer: root, extensions: [] })],
    });
    expect(refusal({ format: 'apple', statement: plain })).toBe(`attestation-certificate-invalid ${clause}`);
  });
  test('5: the credential public key equals the subject public key', () => {
    expect(refusal({ format: 'apple', statement: appleBy(root, { publicKey: newKeys().publicKey }) })).toBe(
      `attestation-statement-mismatch ${clause}`,
    );
  });
});

describe('WebAuthn L3 §8.9 Compound Attestation Statement Format', () => {
  const clause = '(WebAuthn L3 §8.9)';
  type Part = readonly [format: string, make: (statement: Statement) => unknown];
  const compound = (...parts: readonly Part[]): RegistrationOptions => ({
    format: 'compound',
    statement: (input) => parts.map(([fmt, make]) => ({ fmt, attStmt: make(input) })),
  });
  const certified: Part = ['packed', packedBy(root)];
  const self: Part = ['packed', packedSelf];

  test('every part verifies; what one proves is proven', () => {
    expect(verify(compound(self, certified))).toMatchObject({
      attestationType: 'compound',
      attestationTrusted: true,
      aaguidProven: true,
    });
    expect(verify(compound(certified, ['tpm', tpmBy(root)])).attachment).toBe('platform');
  });
  test('one part that does not verify refuses all', () => {
    const broken: Part = [
      'packed',
      changed(packedSelf, (members) => ({ ...members, sig: Uint8Array.of(1) })),
    ];
    expect(refusal(compound(certified, broken))).toBe('attestation-signature-invalid (WebAuthn L3 §8.2)');
  });
  test('there are two parts or more, at most eight', () => {
    for (const parts of [[], [certified], new Array(9).fill(self)]) {
      expect(refusal(compound(...parts))).toBe(`attestation-statement-malformed ${clause}`);
    }
  });
  test('no part is compound, of an unknown format or of a refused one', () => {
    expect(refusal(compound(certified, ['compound', () => []]))).toBe(
      `attestation-statement-malformed ${clause}`,
    );
    expect(refusal(compound(certified, ['novel', () => []]))).toBe(
      'attestation-format-unknown (WebAuthn L3 §7.1 step 21)',
    );
    expect(refusal(compound(certified, self), { formats: ['compound'] })).toBe(
      'attestation-format-refused (WebAuthn L3 §7.1 step 21)',
    );
    expect(refusal({ format: 'compound', statement: () => [1, 2] })).toBe(
      `attestation-statement-malformed ${clause}`,
    );
    expect(refusal({ format: 'compound', statement: () => new Map() })).toBe(
      `attestation-statement-malformed ${clause}`,
    );
  });
  test('parts without trust give none', () => {
    expect(refusal(compound(self, self))).toBe('attestation-untrusted (WebAuthn L3 §7.1 step 24)');
  });
});
