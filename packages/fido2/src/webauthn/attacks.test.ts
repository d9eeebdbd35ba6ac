import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import {
  type AssertionOptions,
  fakeAssertion,
  fakeRegistration,
  model,
  newChallenge,
  now,
  packedBy,
  packedSelf,
  type RegistrationOptions,
} from '../../test/authenticator.fake.ts';
import {
  extension,
  intermediateAuthority,
  issue,
  newKeys,
  rootAuthority,
} from '../../test/certificate.fake.ts';
import { concatBytes, fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  type AttestationTrust,
  type RegistrationExpectation,
  type RegistrationResponseJson,
  TrustAnchors,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
} from './index.ts';

/** Known attacks by name. Each is tried as an attacker would, then without the malice, to show that only that is refused. */
const root = rootAuthority('Trusted vendor');
const trust: AttestationTrust = { anchors: new TrustAnchors([root.certificate]), requireTrusted: false };

function register(
  options: RegistrationOptions,
  asked: Partial<RegistrationExpectation> = {},
  changes: {
    readonly trust?: Partial<AttestationTrust>;
    readonly credential?: (credential: RegistrationResponseJson) => RegistrationResponseJson;
  } = {},
): string {
  const { credential, expected } = fakeRegistration(options);
  return verdict(() =>
    verifyRegistration({
      credential: changes.credential?.(credential) ?? credential,
      expected: { ...expected, ...asked },
      trust: { ...trust, ...changes.trust },
      now,
    }),
  );
}

function authenticate(
  options: AssertionOptions,
  changes: Partial<Parameters<typeof verifyAuthentication>[0]> = {},
): string {
  return verdict(() => verifyAuthentication({ ...fakeAssertion(options), ...changes }));
}

function verdict(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof WebAuthnError) return error.code;
    throw error;
  }
}

describe('options weakened by the client', () => {
  test('user verification asked as required, sent on as discouraged', () => {
    expect(register({ flags: { userVerified: false } }, { userVerification: 'required' })).toBe(
      'user-not-verified',
    );
    expect(authenticate({ flags: { userVerified: false } })).toBe('user-not-verified');
  });
  test('an algorithm that was not offered', () => {
    expect(register({ algorithm: -257 }, { algorithms: [-7, -8] })).toBe('algorithm-not-allowed');
  });
  test('the exclude list emptied', () => {
    const credentialId = randomBytes(32);
    expect(register({ credentialId }, { excludeCredentialIds: [toBase64Url(credentialId)] })).toBe(
      'credential-excluded',
    );
    expect(register({ credentialId }, { excludeCredentialIds: [] })).toBe('accepted');
  });
  test('a discoverable credential asked as required, made as an ordinary one', () => {
    const credential = (made: RegistrationResponseJson) => ({
      ...made,
      clientExtensionResults: { credProps: { rk: false } },
    });
    expect(register({}, { residentKey: 'required' }, { credential })).toBe('discoverable-credential-missing');
  });
  test('credential protection asked with enforcement, left out', () => {
    const extensions = {
      credentialProtectionPolicy: 'userVerificationRequired',
      enforceCredentialProtectionPolicy: true,
    };
    expect(register({}, { extensions })).toBe('extension-not-satisfied');
    expect(register({ extensions: new Map([['credProtect', 3]]) }, { extensions })).toBe('accepted');
  });
  test('a device-bound credential asked for, a synced one made', () => {
    expect(register({ flags: { backupEligible: true } }, { requireDeviceBound: true })).toBe(
      'backup-eligible-not-allowed',
    );
  });
  test('the allow list replaced by a credential of the attacker’s own', () => {
    const assertion = fakeAssertion();
    expect(
      verdict(() =>
        verifyAuthentication({
          ...assertion,
          expected: { ...assertion.expected, allowCredentialIds: [toBase64Url(randomBytes(32))] },
        }),
      ),
    ).toBe('credential-not-allowed');
  });
});

describe('attachment left out', () => {
  const silent = (made: RegistrationResponseJson): RegistrationResponseJson => {
    const { transports: _, ...response } = made.response;
    return { ...made, response };
  };
  test('a platform was asked for, and nothing says that it is one', () => {
    expect(register({}, { authenticatorAttachment: 'platform' }, { credential: silent })).toBe(
      'attachment-mismatch',
    );
    expect(register({}, { authenticatorAttachment: 'cross-platform' }, { credential: silent })).toBe(
      'attachment-mismatch',
    );
    expect(register({}, {}, { credential: silent })).toBe('accepted');
  });
});

describe('allow-listed AAGUID with self attestation', () => {
  test('the AAGUID of an allowed model, vouched for by nobody', () => {
    const allowedAaguids = [model];
    expect(register({ format: 'packed', statement: packedSelf, aaguid: model }, { allowedAaguids })).toBe(
      'aaguid-not-allowed',
    );
    expect(register({ format: 'none', aaguid: model }, { allowedAaguids })).toBe('aaguid-not-allowed');
    expect(register({ format: 'packed', statement: packedBy(root), aaguid: model }, { allowedAaguids })).toBe(
      'accepted',
    );
  });
});

describe('none where direct is required', () => {
  test('the client strips the attestation', () => {
    expect(register({ format: 'none' }, { attestation: 'direct' })).toBe('attestation-missing');
    expect(register({ format: 'none' }, { attestation: 'direct' }, { trust: { requireTrusted: true } })).toBe(
      'attestation-missing',
    );
  });
});

describe('a chain to a public web CA', () => {
  test('roots of this machine are never used: a chain that ends in one is not trusted', () => {
    // A certificate that names a real web CA as its issuer and carries that CA in x5c, as a bought one would.
    const { certificate } = rootAuthority('x');
    const webRoots = rootCertificates
      .slice(0, 5)
      .map((pem) => Uint8Array.from(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')));
    for (const webRoot of webRoots) {
      const statement = packedBy(root, { chain: ([leaf = certificate]) => [leaf, webRoot] });
      expect(register({ format: 'packed', statement }, {}, { trust: { requireTrusted: true } })).toBe(
        'attestation-untrusted',
      );
    }
  });
  test('a chain that verifies in itself, but to a root that nobody gave', () => {
    const web = rootAuthority('Web CA');
    const middle = intermediateAuthority(web, 'Web intermediate');
    const statement = packedBy(middle, { above: [middle, web] });
    expect(register({ format: 'packed', statement }, {}, { trust: { requireTrusted: true } })).toBe(
      'attestation-untrusted',
    );
    expect(
      register(
        { format: 'packed', statement },
        {},
        { trust: { requireTrusted: true, anchors: [web.certificate] } },
      ),
    ).toBe('accepted');
  });
});

describe('a self-signed root inside x5c', () => {
  test('does not make itself an anchor', () => {
    const own = rootAuthority('Attacker');
    const statement = packedBy(own, { above: [own] });
    expect(register({ format: 'packed', statement }, {}, { trust: { requireTrusted: true } })).toBe(
      'attestation-untrusted',
    );
  });
  test('not even under the subject of a real anchor', () => {
    const twin = rootAuthority('Trusted vendor');
    const statement = packedBy(twin, { above: [twin] });
    expect(register({ format: 'packed', statement }, {}, { trust: { requireTrusted: true } })).toBe(
      'attestation-untrusted',
    );
    expect(
      register({ format: 'packed', statement: packedBy(twin) }, {}, { trust: { requireTrusted: true } }),
    ).toBe('attestation-untrusted');
  });
  test('nor does a leaf of the anchor that certifies another leaf', () => {
    const keys = newKeys();
    const leaf = issue({
      subject: [['CN', 'leaf']],
      publicKey: keys.publicKey,
      issuer: root,
      extensions: [extension.basicConstraints(false)],
    });
    const authority = { subject: [['CN', 'leaf']] as const, keys, certificate: leaf };
    const statement = packedBy(authority, { above: [authority] });
    expect(register({ format: 'packed', statement }, {}, { trust: { requireTrusted: true } })).toBe(
      'attestation-untrusted',
    );
  });
});

describe('a challenge used 50 times at once', () => {
  test('exactly one wins: the challenge is consumed before anything is verified', async () => {
    // Consuming is the store's work (one atomic statement); this stands for it and shows the order of the calls.
    const outstanding = new Set<string>();
    const consume = (challenge: string): Promise<boolean> => Promise.resolve(outstanding.delete(challenge));
    const assertion = fakeAssertion();
    outstanding.add(assertion.expected.challenge);
    const attempts = Array.from({ length: 50 }, async () => {
      if (!(await consume(assertion.expected.challenge))) return 'challenge-used';
      return verdict(() => verifyAuthentication(assertion));
    });
    const verdicts = await Promise.all(attempts);
    expect(verdicts.filter((one) => one === 'accepted').length).toBe(1);
    expect(verdicts.filter((one) => one === 'challenge-used').length).toBe(49);
  });
  test('an answer to an older challenge is refused', () => {
    const { credential, expected, stored } = fakeAssertion();
    expect(
      verdict(() =>
        verifyAuthentication({ credential, expected: { ...expected, challenge: newChallenge() }, stored }),
      ),
    ).toBe('challenge-mismatch');
  });
});

describe('one ceremony’s response in the other', () => {
  const challenge = newChallenge();
  test('a registration response replayed as an authentication', () => {
    const registration = fakeRegistration({ challenge, format: 'packed', statement: packedSelf });
    const assertion = fakeAssertion({
      challenge,
      keys: registration.keys,
      credentialId: registration.credentialId,
    });
    // Self attestation signs with the credential key what an assertion would sign, but for the type of the client data.
    const object = fromBase64Url(registration.credential.response.attestationObject);
    const text = Buffer.from(object).indexOf('authData') + 'authData'.length;
    const replayed = {
      ...assertion.credential,
      response: {
        ...assertion.credential.response,
        clientDataJSON: registration.credential.response.clientDataJSON,
        authenticatorData: toBase64Url(object.subarray(text + 2)),
      },
    };
    expect(verdict(() => verifyAuthentication({ ...assertion, credential: replayed }))).toBe(
      'client-data-type-wrong',
    );
  });
  test('an authentication response replayed as a registration', () => {
    const registration = fakeRegistration({ challenge });
    const assertion = fakeAssertion({ challenge, keys: registration.keys });
    const credential = {
      ...registration.credential,
      response: {
        ...registration.credential.response,
        clientDataJSON: assertion.credential.response.clientDataJSON,
      },
    };
    expect(
      verdict(() => verifyRegistration({ credential, expected: registration.expected, trust, now })),
    ).toBe('client-data-type-wrong');
  });
});

describe('credential id of another user', () => {
  const victim = fakeAssertion();
  test('the attacker signs with his own key under the victim’s credential id', () => {
    expect(
      authenticate({ credentialId: fromBase64Url(victim.credential.id) }, { stored: victim.stored }),
    ).toMatch(/^(signature-invalid|challenge-mismatch)$/);
    const attacker = fakeAssertion({
      challenge: victim.expected.challenge,
      credentialId: fromBase64Url(victim.credential.id),
    });
    expect(verdict(() => verifyAuthentication({ ...attacker, stored: victim.stored }))).toBe(
      'signature-invalid',
    );
  });
  test('the attacker names the victim’s credential while his own is in the record', () => {
    const attacker = fakeAssertion();
    const credential = { ...attacker.credential, id: victim.credential.id, rawId: victim.credential.id };
    expect(verdict(() => verifyAuthentication({ ...attacker, credential }))).toBe('credential-id-mismatch');
  });
  test('the attacker sends the victim’s user handle with his own credential', () => {
    const attacker = fakeAssertion({ userHandle: toBase64Url(randomBytes(32)) });
    const stored = { ...attacker.stored, userHandle: toBase64Url(randomBytes(32)) };
    expect(verdict(() => verifyAuthentication({ ...attacker, stored }))).toBe('user-handle-mismatch');
  });
  test('a registration under an id that the authenticator did not make', () => {
    const credential = (made: RegistrationResponseJson) => ({
      ...made,
      id: victim.credential.id,
      rawId: victim.credential.id,
    });
    expect(register({}, {}, { credential })).toBe('credential-id-mismatch');
  });
});

/** Not time on the wall: what else the machine does must not decide. */
function processorSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

describe('hostile CBOR', () => {
  const attestationObject = (make: (members: Map<string, unknown>) => Uint8Array): string =>
    register({ attestationObject: make });
  const head = (members: Map<string, unknown>): Uint8Array => encode(members).slice(1);

  test('oversize: beyond what can be an attestation object nothing is decoded', () => {
    const large = (length: number) =>
      attestationObject((members) => encode(members.set('padding', new Uint8Array(length))));
    expect(large(70_000)).toBe('response-malformed');
    expect(large(60_000)).toBe('accepted');
  });
  test('deeply nested arrays and maps', () => {
    for (const byte of [0x81, 0xa1]) {
      const nested = new Uint8Array(40_000).fill(byte);
      const started = process.cpuUsage();
      expect(
        attestationObject((members) => concatBytes(Uint8Array.of(0xa4), encode('a'), nested, head(members))),
      ).toBe('attestation-object-malformed');
      expect(processorSeconds(started)).toBeLessThan(1);
    }
  });
  test('lengths that claim more than there is', () => {
    for (const claim of [
      '9affffffff',
      'baffffffff',
      '5affffffff',
      '9bffffffffffffffff',
      'bbffffffffffffffff',
    ]) {
      expect(attestationObject(() => Uint8Array.from(Buffer.from(claim, 'hex')))).toBe(
        'attestation-object-malformed',
      );
    }
  });
  test('duplicate map keys: the second authData would be another than the verified one', () => {
    const doubled = attestationObject((members) =>
      concatBytes(Uint8Array.of(0xa4), head(members), encode('authData'), encode(members.get('authData'))),
    );
    expect(doubled).toBe('attestation-object-malformed');
  });
  test('indefinite lengths', () => {
    expect(
      attestationObject((members) => concatBytes(Uint8Array.of(0xbf), head(members), Uint8Array.of(0xff))),
    ).toBe('attestation-object-malformed');
  });
  test('trailing bytes', () => {
    expect(attestationObject((members) => concatBytes(encode(members), Uint8Array.of(0xf6)))).toBe(
      'attestation-object-malformed',
    );
  });
  test('15,000 keys out of order are looked through in time', () => {
    const keys = Array.from({ length: 15_000 }, (_, index) => encode(65_000 - index));
    const entries = keys.map((key) => concatBytes(key, Uint8Array.of(0)));
    const started = process.cpuUsage();
    const hostile = concatBytes(Uint8Array.of(0xb9, 15_000 >> 8, 15_000 & 0xff), ...entries);
    expect(attestationObject(() => hostile)).toBe('attestation-object-malformed');
    expect(processorSeconds(started)).toBeLessThan(1);
  });
});

describe('prototype pollution', () => {
  test('members named __proto__ change nothing', () => {
    const clientData = JSON.parse('{"__proto__":{"crossOrigin":true,"polluted":1}}');
    expect(register({ clientData })).toBe('accepted');
    const results = JSON.parse('{"__proto__":{"appid":true}}');
    expect(register({}, {}, { credential: (made) => ({ ...made, clientExtensionResults: results }) })).toBe(
      'accepted',
    );
    expect('polluted' in {}).toBe(false);
  });
});

describe('a remembered chain', () => {
  const middle = intermediateAuthority(root, 'Remembered intermediate');
  const anchors = new TrustAnchors([root.certificate]);
  test('vouches for no other certificates, order or statement, and not beyond its time', () => {
    const registration = fakeRegistration({
      format: 'packed',
      statement: packedBy(middle, { above: [middle], notAfter: new Date('2027-01-01T00:00:00Z') }),
    });
    const at = (date: string) =>
      verdict(() =>
        verifyRegistration({
          credential: registration.credential,
          expected: registration.expected,
          trust: { anchors, requireTrusted: true },
          now: new Date(date),
        }),
      );
    expect(at('2026-03-01T00:00:00Z')).toBe('accepted');
    expect(at('2026-03-01T00:00:00Z')).toBe('accepted');
    expect(at('2028-01-01T00:00:00Z')).toBe('attestation-untrusted');
    expect(at('2019-01-01T00:00:00Z')).toBe('attestation-untrusted');
    const forged = fakeRegistration({
      format: 'packed',
      statement: packedBy(middle, { above: [middle], members: { sig: randomBytes(70) } }),
    });
    expect(
      verdict(() =>
        verifyRegistration({
          credential: forged.credential,
          expected: forged.expected,
          trust: { anchors, requireTrusted: true },
          now,
        }),
      ),
    ).toBe('attestation-signature-invalid');
  });
  test('is not seen by another tenant’s anchors', () => {
    const registration = fakeRegistration({ format: 'packed', statement: packedBy(root) });
    const under = (given: TrustAnchors) =>
      verdict(() =>
        verifyRegistration({
          credential: registration.credential,
          expected: registration.expected,
          trust: { anchors: given, requireTrusted: true },
          now,
        }),
      );
    expect(under(anchors)).toBe('accepted');
    expect(under(new TrustAnchors([rootAuthority('Other tenant').certificate]))).toBe(
      'attestation-untrusted',
    );
  });
});
