import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  credentialKeys,
  type FakeRegistration,
  fakeRegistration,
  model,
  newChallenge,
  now,
  origin,
  packedBy,
  packedSelf,
  type RegistrationOptions,
} from '../../test/authenticator.fake.ts';
import { extension, rootAuthority } from '../../test/certificate.fake.ts';
import { aaguidBytes } from '../authenticator-data/index.ts';
import { concatBytes, fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { openCredentialKey } from '../cose/index.ts';
import {
  type AttestationTrust,
  createCredentialKeyCache,
  type RegistrationExpectation,
  type RegistrationResponseJson,
  TrustAnchors,
  type VerifiedRegistration,
  verifyRegistration,
  WebAuthnError,
} from './index.ts';

const root = rootAuthority('Registration root');
const anchors = new TrustAnchors([root.certificate]);
const trust: AttestationTrust = { anchors, requireTrusted: false };

interface Changes {
  readonly expected?: Partial<RegistrationExpectation>;
  readonly trust?: Partial<AttestationTrust>;
  readonly credential?: (credential: RegistrationResponseJson) => unknown;
}

function verify(registration: FakeRegistration, changes: Changes = {}): VerifiedRegistration {
  const { credential: change = (credential) => credential } = changes;
  return verifyRegistration({
    credential: change(registration.credential) as RegistrationResponseJson,
    expected: { ...registration.expected, ...changes.expected },
    trust: { ...trust, ...changes.trust },
    now,
  });
}

/** The code and the clause of the refusal. */
function refusal(options: RegistrationOptions | FakeRegistration, changes: Changes = {}): string {
  const registration = 'credential' in options ? options : fakeRegistration(options);
  try {
    verify(registration, changes);
    return 'accepted';
  } catch (error) {
    if (error instanceof WebAuthnError) return `${error.code} (${error.clause})`;
    throw error;
  }
}

const withResponse =
  (response: Readonly<Record<string, unknown>>) =>
  (credential: RegistrationResponseJson): unknown => ({
    ...credential,
    response: { ...credential.response, ...response },
  });

const rewrite = (
  registration: FakeRegistration,
  edit: (members: Map<unknown, unknown>) => Uint8Array,
): string => {
  const object = decode(fromBase64Url(registration.credential.response.attestationObject));
  if (!(object instanceof Map)) throw new Error('the fake makes maps');
  return toBase64Url(edit(object));
};

describe('WebAuthn L3 §7.1 Registering a New Credential', () => {
  test.skip('step 1: options are configured (not applicable: the caller makes and sends them)', () => {});
  test.skip('step 2: navigator.credentials.create() is called (not applicable: happens in the browser or workstation)', () => {});

  describe('step 3: the response is an AuthenticatorAttestationResponse', () => {
    const malformed = 'response-malformed (WebAuthn L3 §7.1 step 3)';
    test.each<[string, (credential: RegistrationResponseJson) => unknown]>([
      ['nothing', () => null],
      ['text', () => 'credential'],
      ['no response', ({ response: _, ...rest }) => rest],
      [
        'an assertion response',
        withResponse({ attestationObject: undefined, authenticatorData: 'AAAA', signature: 'AAAA' }),
      ],
      ['another type', (credential) => ({ ...credential, type: 'password' })],
      ['client data that is not text', withResponse({ clientDataJSON: 7 })],
      ['client data that is not base64url', withResponse({ clientDataJSON: 'a+/=' })],
      ['client data of more than 12 KB', withResponse({ clientDataJSON: 'A'.repeat(16_388) })],
      ['an attestation object of more than 64 KB', withResponse({ attestationObject: 'A'.repeat(87_388) })],
      ['an id that is not text', (credential) => ({ ...credential, id: 7 })],
      ['an id of more than 1023 bytes', (credential) => ({ ...credential, id: 'A'.repeat(1368) })],
    ])('%s is refused', (_, change) => {
      expect(refusal({}, { credential: change })).toBe(malformed);
    });

    test('unknown members are ignored', () => {
      const credential = (original: RegistrationResponseJson) => ({
        ...original,
        novelty: 1,
        response: {
          ...original.response,
          publicKeyAlgorithm: -257,
          authenticatorData: 'ignored',
          novelty: {},
        },
      });
      expect(refusal({}, { credential })).toBe('accepted');
    });
  });

  test('step 4: client extension results are kept, unknown ones included; missing ones are none', () => {
    const registration = fakeRegistration();
    const results = { credProps: { rk: true }, exampleUnknown: { any: ['thing'] } };
    const verified = verify(registration, {
      credential: (credential) => ({ ...credential, clientExtensionResults: results }),
    });
    expect(verified.extensions.client).toEqual(results);
    const without = verify(registration, { credential: ({ clientExtensionResults: _, ...rest }) => rest });
    expect(without.extensions.client).toEqual({});
  });

  test('step 5: UTF-8 decode: a byte order mark is stripped, wrong bytes in unknown members do no harm', () => {
    const registration = fakeRegistration();
    const json = fromBase64Url(registration.credential.response.clientDataJSON);
    const marked = concatBytes(Uint8Array.of(0xef, 0xbb, 0xbf), json);
    expect(refusal(registration, { credential: withResponse({ clientDataJSON: toBase64Url(marked) }) })).toBe(
      'accepted',
    );
    const unknown = Buffer.concat([
      json.subarray(0, -1),
      Buffer.from(',"x":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(
      refusal(registration, { credential: withResponse({ clientDataJSON: toBase64Url(unknown) }) }),
    ).toBe('accepted');
  });

  describe('step 6: the client data is JSON with the members of CollectedClientData', () => {
    test.each(['', '{', 'null', '[]', '"webauthn.create"', '{"type":"webauthn.create"}'])(
      '%j is refused',
      (text) => {
        const clientDataJSON = toBase64Url(Buffer.from(text));
        expect(refusal({}, { credential: withResponse({ clientDataJSON }) })).toBe(
          'client-data-malformed (WebAuthn L3 §7.1 step 6)',
        );
      },
    );
    test.each<[string, Readonly<Record<string, unknown>>]>([
      ['a type that is not text', { type: 1 }],
      ['a challenge that is not text', { challenge: null }],
      ['an origin that is not text', { origin: [origin] }],
      ['a crossOrigin that is not a boolean', { crossOrigin: 'true' }],
      ['a topOrigin that is not text', { topOrigin: 1 }],
    ])('%s is refused', (_, clientData) => {
      expect(refusal({ clientData })).toBe('client-data-malformed (WebAuthn L3 §7.1 step 6)');
    });
    test('unknown members are ignored, as existing clients send some', () => {
      const clientData = {
        clientExtensions: {},
        hashAlgorithm: 'SHA-256',
        tokenBinding: { status: 'supported' },
      };
      expect(refusal({ clientData })).toBe('accepted');
    });
  });

  test('step 7: the type is webauthn.create', () => {
    for (const type of ['webauthn.get', 'payment.get', 'WebAuthn.create', '']) {
      expect(refusal({ clientData: { type } })).toBe('client-data-type-wrong (WebAuthn L3 §7.1 step 7)');
    }
  });

  test('step 8: the challenge equals the base64url encoding of the one that was sent', () => {
    const wrong = 'challenge-mismatch (WebAuthn L3 §7.1 step 8)';
    const registration = fakeRegistration();
    const { challenge } = registration.expected;
    expect(refusal(registration, { expected: { challenge: newChallenge() } })).toBe(wrong);
    expect(refusal({ challenge, clientData: { challenge: `${challenge}=` } })).toBe(wrong);
    expect(refusal({ challenge, clientData: { challenge: challenge.slice(0, -1) } })).toBe(wrong);
    expect(refusal({ challenge, clientData: { challenge: Buffer.from(challenge).toString('base64') } })).toBe(
      wrong,
    );
  });

  test('§13.4.3: an expected challenge of less than 16 bytes is refused, the empty one above all', () => {
    for (const challenge of ['', toBase64Url(randomBytes(15))]) {
      expect(refusal({ challenge })).toBe('challenge-mismatch (WebAuthn L3 §13.4.3)');
    }
    expect(refusal({ challenge: toBase64Url(randomBytes(16)) })).toBe('accepted');
  });

  test('step 9: the origin is one of the expected ones, exactly', () => {
    const wrong = 'origin-not-allowed (WebAuthn L3 §7.1 step 9)';
    for (const other of [
      'https://example.org.',
      'https://example.org/',
      'http://example.org',
      'https://EXAMPLE.org',
      'https://example.org:8443',
      'https://sub.example.org',
      'https://example.org.evil.example',
      'null',
      '',
    ]) {
      expect([other, refusal({ clientData: { origin: other } })]).toEqual([other, wrong]);
    }
    expect(refusal({}, { expected: { origins: [] } })).toBe(wrong);
    const app = 'android:apk-key-hash:2jmj7l5rSw0yVb-vlWAYkK-YBwk';
    expect(refusal({ clientData: { origin: app } }, { expected: { origins: [origin, app] } })).toBe(
      'accepted',
    );
  });

  test('§5.11: origins of related domains are accepted only where the RP ID lists them', () => {
    const related = 'https://example.co.uk';
    expect(refusal({ clientData: { origin: related } })).toBe('origin-not-allowed (WebAuthn L3 §7.1 step 9)');
    expect(refusal({ clientData: { origin: related } }, { expected: { relatedOrigins: [related] } })).toBe(
      'accepted',
    );
  });

  test('step 10: crossOrigin true is accepted only where frames are expected', () => {
    expect(refusal({ clientData: { crossOrigin: true } })).toBe(
      'cross-origin-not-allowed (WebAuthn L3 §7.1 step 10)',
    );
    expect(refusal({ clientData: { crossOrigin: true } }, { expected: { allowCrossOrigin: true } })).toBe(
      'accepted',
    );
    expect(refusal({ clientData: { crossOrigin: undefined } })).toBe('accepted');
  });

  describe('step 11: topOrigin is present', () => {
    const topOrigin = 'https://shop.example';
    test('11.1: frames are expected, crossOrigin or not', () => {
      for (const crossOrigin of [true, false]) {
        expect(
          refusal({ clientData: { crossOrigin, topOrigin } }, { expected: { topOrigins: [topOrigin] } }),
        ).toBe('cross-origin-not-allowed (WebAuthn L3 §7.1 step 10)');
      }
    });
    test('11.2: it is one of the expected pages; where none is named none is expected', () => {
      const expected = { allowCrossOrigin: true, topOrigins: [topOrigin] };
      expect(refusal({ clientData: { crossOrigin: true, topOrigin } }, { expected })).toBe('accepted');
      for (const topOrigins of [undefined, [], [`${topOrigin}/`], [origin]]) {
        expect(
          refusal(
            { clientData: { crossOrigin: true, topOrigin } },
            { expected: { ...expected, topOrigins } },
          ),
        ).toBe('top-origin-not-allowed (WebAuthn L3 §7.1 step 11)');
      }
    });
  });

  test('step 12: the hash is over the bytes of clientDataJSON as they came, not over what they mean', () => {
    const registration = fakeRegistration({ format: 'packed', statement: packedSelf });
    const json = Buffer.from(fromBase64Url(registration.credential.response.clientDataJSON)).toString();
    const spaced = toBase64Url(Buffer.from(json.replace(',', ', ')));
    expect(refusal(registration)).toBe('accepted');
    expect(refusal(registration, { credential: withResponse({ clientDataJSON: spaced }) })).toBe(
      'attestation-signature-invalid (WebAuthn L3 §8.2)',
    );
  });

  describe('step 13: the attestation object is CBOR with fmt, attStmt and authData', () => {
    const malformed = 'attestation-object-malformed (WebAuthn L3 §7.1 step 13)';
    const registration = fakeRegistration();
    test.each<[string, (members: Map<unknown, unknown>) => Uint8Array]>([
      ['bytes after its end', (members) => concatBytes(encode(members), Uint8Array.of(0))],
      ['a missing end', (members) => encode(members).slice(0, -1)],
      ['no map', () => encode([])],
      ['no fmt', (members) => encode(new Map([...members].filter(([name]) => name !== 'fmt')))],
      ['a fmt that is not text', (members) => encode(members.set('fmt', 1))],
      ['no authData', (members) => encode(new Map([...members].filter(([name]) => name !== 'authData')))],
      ['an authData that is not bytes', (members) => encode(members.set('authData', 'AAAA'))],
    ])('%s is refused', (_, edit) => {
      expect(
        refusal(registration, {
          credential: withResponse({ attestationObject: rewrite(registration, edit) }),
        }),
      ).toBe(malformed);
    });

    test('authenticator data that does not end where it says is refused', () => {
      const longer = rewrite(registration, (members) => {
        const data = members.get('authData');
        return encode(
          members.set(
            'authData',
            concatBytes(data instanceof Uint8Array ? data : new Uint8Array(), Uint8Array.of(0)),
          ),
        );
      });
      expect(refusal(registration, { credential: withResponse({ attestationObject: longer }) })).toBe(
        'authenticator-data-malformed (WebAuthn L3 §7.1 step 13)',
      );
    });

    test('authenticator data without attested credential data is refused', () => {
      const bare = rewrite(registration, (members) => {
        const data = members.get('authData');
        const head = data instanceof Uint8Array ? data.slice(0, 37) : new Uint8Array();
        head[32] = 0x05;
        return encode(members.set('authData', head));
      });
      expect(refusal(registration, { credential: withResponse({ attestationObject: bare }) })).toBe(
        'authenticator-data-malformed (WebAuthn L3 §6.5.1)',
      );
    });

    test('members in another order, as some clients re-encode them, and unknown members are accepted', () => {
      const attestationObject = rewrite(registration, (members) => {
        const entry = (name: string) => concatBytes(encode(name), encode(members.get(name)));
        return concatBytes(
          Uint8Array.of(0xa4),
          entry('authData'),
          encode('novelty'),
          encode(1),
          entry('attStmt'),
          entry('fmt'),
        );
      });
      expect(refusal(registration, { credential: withResponse({ attestationObject }) })).toBe('accepted');
    });
  });

  test('step 14: rpIdHash is the SHA-256 of the expected RP ID', () => {
    const wrong = 'rp-id-mismatch (WebAuthn L3 §7.1 step 14)';
    expect(refusal({ scope: 'example.com' })).toBe(wrong);
    expect(refusal({ scope: 'sub.example.org' })).toBe(wrong);
    expect(refusal({}, { expected: { rpId: 'org' } })).toBe(wrong);
  });

  test('step 15: UP is set, unless creation was conditional', () => {
    expect(refusal({ flags: { userPresent: false } })).toBe('user-not-present (WebAuthn L3 §7.1 step 15)');
    expect(refusal({ flags: { userPresent: false } }, { expected: { requireUserPresence: false } })).toBe(
      'accepted',
    );
  });

  test('step 16: UV is set where user verification is required', () => {
    const flags = { userVerified: false };
    expect(refusal({ flags })).toBe('user-not-verified (WebAuthn L3 §7.1 step 16)');
    for (const userVerification of ['preferred', 'discouraged'] as const) {
      const registration = fakeRegistration({ flags });
      expect(verify(registration, { expected: { userVerification } }).userVerified).toBe(false);
    }
  });

  test('step 17: where BE is not set, BS is not set', () => {
    expect(refusal({ flags: { backedUp: true } })).toBe('backup-flags-invalid (WebAuthn L3 §7.1 step 17)');
  });

  test('step 18: backup eligibility is evaluated: told, and refused where the credential must be bound to its device', () => {
    const flags = { backupEligible: true };
    expect(verify(fakeRegistration({ flags })).backupEligible).toBe(true);
    expect(refusal({ flags }, { expected: { requireDeviceBound: true } })).toBe(
      'backup-eligible-not-allowed (WebAuthn L3 §7.1 step 18)',
    );
    expect(refusal({}, { expected: { requireDeviceBound: true } })).toBe('accepted');
  });

  test('step 19: backup state is told', () => {
    expect(verify(fakeRegistration({ flags: { backupEligible: true, backedUp: true } })).backedUp).toBe(true);
    expect(verify(fakeRegistration({ flags: { backupEligible: true } })).backedUp).toBe(false);
  });

  describe('step 20: alg of the credential public key is one of pubKeyCredParams', () => {
    test.each([-7, -35, -36, -8, -257, -37, -53, -9, -51, -52, -19])(
      '%i is accepted where it was asked for, and only there',
      (algorithm) => {
        const registration = fakeRegistration({ algorithm, format: 'packed', statement: packedSelf });
        const verified = verify(registration, { expected: { algorithms: [-999, algorithm] } });
        expect(verified.algorithm).toBe(algorithm);
        expect(openCredentialKey(verified.publicKey).key.equals(registration.keys.publicKey)).toBe(true);
        expect(refusal(registration, { expected: { algorithms: [algorithm - 1] } })).toBe(
          'algorithm-not-allowed (WebAuthn L3 §7.1 step 20)',
        );
      },
    );

    test('RS1 (-65535) is refused even where it was asked for, unless dangerously allowed', () => {
      const registration = fakeRegistration({ algorithm: -65535 });
      const expected = { algorithms: [-65535] };
      expect(refusal(registration, { expected })).toBe('algorithm-not-allowed (WebAuthn L3 §7.1 step 20)');
      expect(refusal(registration, { expected, trust: { dangerouslyAllowSha1: true } })).toBe('accepted');
    });

    test('an algorithm that we do not know is told as such', () => {
      const registration = fakeRegistration();
      const attestationObject = rewrite(registration, (members) => {
        const data = Uint8Array.from(members.get('authData') as Uint8Array);
        const alg = Buffer.from(data).indexOf(Buffer.from('0326', 'hex'), 87);
        data[alg + 1] = 0x29;
        return encode(members.set('authData', data));
      });
      expect(refusal(registration, { credential: withResponse({ attestationObject }) })).toBe(
        'algorithm-not-supported (WebAuthn L3 §7.1 step 20)',
      );
    });

    test('§6.5.1.1: a point that is not on the curve is no public key', () => {
      const registration = fakeRegistration();
      const attestationObject = rewrite(registration, (members) => {
        const data = Uint8Array.from(members.get('authData') as Uint8Array);
        data[data.length - 1] = (data[data.length - 1] ?? 0) ^ 1;
        return encode(members.set('authData', data));
      });
      expect(refusal(registration, { credential: withResponse({ attestationObject }) })).toBe(
        'public-key-malformed (WebAuthn L3 §6.5.1.1)',
      );
    });
  });

  test('step 21: fmt is matched by case against the known formats', () => {
    for (const format of ['None', 'packed2', 'com.example', '']) {
      expect(refusal({ format })).toBe('attestation-format-unknown (WebAuthn L3 §7.1 step 21)');
    }
    expect(refusal({ format: 'android-safetynet' })).toBe(
      'attestation-format-refused (WebAuthn L3 §7.1 step 21)',
    );
    expect(refusal({ format: 'none' }, { trust: { formats: ['packed'] } })).toBe(
      'attestation-format-refused (WebAuthn L3 §7.1 step 21)',
    );
  });

  test.skip('step 22: attStmt is verified by its format (see attestation.test.ts, by format)', () => {});

  describe('step 23: trust anchors come from the caller', () => {
    const statement = packedBy(root);
    test('as DER, as TrustAnchors, or chosen by format, AAGUID and certificates', () => {
      const registration = fakeRegistration({ format: 'packed', statement });
      const seen: unknown[] = [];
      const choose: AttestationTrust['anchors'] = (subject) => {
        seen.push([subject.format, subject.aaguid, subject.certificates.length]);
        return subject.aaguid === model ? [root.certificate] : [];
      };
      for (const given of [[root.certificate], anchors, choose]) {
        expect(verify(registration, { trust: { anchors: given } }).attestationTrusted).toBe(true);
      }
      expect(seen).toEqual([['packed', model, 1]]);
      expect(verify(registration, { trust: { anchors: [] } }).attestationTrusted).toBe(false);
    });
  });

  test('step 23: an anchor that is no certificate is the caller’s mistake, and told as such', () => {
    const registration = { format: 'packed', statement: packedBy(root) };
    const wrong = 'trust-anchor-malformed (WebAuthn L3 §7.1 step 23)';
    expect(refusal(registration, { trust: { anchors: [Uint8Array.of(0x30, 0)] } })).toBe(wrong);
    expect(refusal(registration, { trust: { anchors: () => [Uint8Array.of(1)] } })).toBe(wrong);
  });

  describe('step 24: the attestation is assessed', () => {
    const untrusted = 'attestation-untrusted (WebAuthn L3 §7.1 step 24)';
    test('no attestation is acceptable only where neither a chain nor an attestation was required', () => {
      expect(refusal({})).toBe('accepted');
      expect(refusal({}, { trust: { requireTrusted: true } })).toBe(untrusted);
      expect(refusal({}, { expected: { attestation: 'indirect' } })).toBe('accepted');
      for (const attestation of ['direct', 'enterprise'] as const) {
        expect(refusal({}, { expected: { attestation } })).toBe('attestation-missing (WebAuthn L3 §5.4.7)');
      }
    });
    test('self attestation is acceptable only where a chain was not required', () => {
      const self = { format: 'packed', statement: packedSelf };
      expect(refusal(self, { expected: { attestation: 'direct' } })).toBe('accepted');
      expect(refusal(self, { expected: { attestation: 'direct' }, trust: { requireTrusted: true } })).toBe(
        untrusted,
      );
    });
    test('a chain leads to an anchor, or is told not to', () => {
      const other = rootAuthority('Another root');
      const registration = fakeRegistration({ format: 'packed', statement: packedBy(other) });
      expect(verify(registration)).toMatchObject({
        attestationTrusted: false,
        aaguidProven: false,
        attestationType: 'basic',
      });
      expect(refusal(registration, { trust: { requireTrusted: true } })).toBe(untrusted);
      expect(
        refusal({ format: 'packed', statement: packedBy(root) }, { trust: { requireTrusted: true } }),
      ).toBe('accepted');
    });
    test('an AAGUID rule is met only by an attestation that proves the AAGUID', () => {
      const wrong = 'aaguid-not-allowed (WebAuthn L3 §7.1 step 24)';
      const allowed = { allowedAaguids: [model.toUpperCase()] };
      const proven = { format: 'packed', statement: packedBy(root) };
      expect(refusal(proven, { expected: allowed })).toBe('accepted');
      expect(refusal(proven, { expected: { allowedAaguids: [] } })).toBe(wrong);
      expect(
        refusal(proven, { expected: { allowedAaguids: ['00000000-0000-0000-0000-000000000000'] } }),
      ).toBe(wrong);
      expect(refusal({}, { expected: allowed })).toBe(wrong);
      expect(refusal({ format: 'packed', statement: packedSelf }, { expected: allowed })).toBe(wrong);
      expect(refusal(proven, { expected: allowed, trust: { anchors: [] } })).toBe(wrong);
    });
    test('anchors of all models prove an AAGUID only with a certificate that names it; anchors of this model do', () => {
      const unnamed = {
        format: 'packed',
        statement: packedBy(root, { extensions: [extension.basicConstraints(false)] }),
      };
      expect(verify(fakeRegistration(unnamed))).toMatchObject({
        attestationTrusted: true,
        aaguidProven: false,
      });
      expect(verify(fakeRegistration(unnamed), { trust: { anchors: () => anchors } }).aaguidProven).toBe(
        true,
      );
    });
    test('a denied AAGUID is refused whether proven or not', () => {
      const wrong = 'aaguid-not-allowed (WebAuthn L3 §7.1 step 24)';
      expect(refusal({}, { expected: { deniedAaguids: [model.toUpperCase()] } })).toBe(wrong);
      expect(refusal({}, { expected: { deniedAaguids: ['00000000-0000-0000-0000-000000000000'] } })).toBe(
        'accepted',
      );
    });
  });

  test('step 25: credentialId is of at most 1023 bytes', () => {
    const longest = fakeRegistration({ credentialId: randomBytes(1023) });
    expect(verify(longest).credentialId).toBe(longest.credential.id);
    const longer = fakeRegistration({ credentialId: randomBytes(1024) });
    expect(refusal(longer)).toBe('response-malformed (WebAuthn L3 §7.1 step 3)');
    const disguised = {
      credential: (credential: RegistrationResponseJson) => ({ ...credential, id: 'AAAA', rawId: 'AAAA' }),
    };
    expect(refusal(longer, disguised)).toMatch(/^credential-id-/);
  });

  test('§5.1: id and rawId are the credential id of the authenticator data', () => {
    const wrong = 'credential-id-mismatch (WebAuthn L3 §5.1)';
    expect(refusal({}, { credential: (credential) => ({ ...credential, id: 'AAAA' }) })).toBe(wrong);
    expect(refusal({}, { credential: (credential) => ({ ...credential, rawId: 'AAAA' }) })).toBe(wrong);
    expect(refusal({}, { credential: ({ rawId: _, ...rest }) => rest })).toBe(wrong);
  });

  test.skip('step 26: credentialId is not yet registered for any user (not applicable: compared in the transaction that stores it)', () => {});

  test('§5.4.3: an excluded credential is refused: the client did not look', () => {
    const registration = fakeRegistration();
    expect(
      refusal(registration, { expected: { excludeCredentialIds: ['AAAA', registration.credential.id] } }),
    ).toBe('credential-excluded (WebAuthn L3 §5.4.3)');
  });

  test('§5.4.4: the attachment that was asked for is shown by format, client or transports; silence is not enough', () => {
    const expected = { authenticatorAttachment: 'cross-platform' } as const;
    const claim = (authenticatorAttachment: unknown, transports: unknown) => ({
      expected,
      credential: (credential: RegistrationResponseJson) => ({
        ...credential,
        authenticatorAttachment,
        response: { ...credential.response, transports },
      }),
    });
    const wrong = 'attachment-mismatch (WebAuthn L3 §5.4.4)';
    expect(refusal({}, claim('cross-platform', undefined))).toBe('accepted');
    expect(refusal({}, claim(undefined, ['nfc', 'novel']))).toBe('accepted');
    expect(refusal({}, claim('platform', ['usb']))).toBe(wrong);
    expect(refusal({}, claim(undefined, ['internal']))).toBe(wrong);
    expect(refusal({}, claim(undefined, undefined))).toBe(wrong);
    expect(refusal({}, claim('other', []))).toBe(wrong);
  });

  test('§5.4.6: a discoverable credential that was required is refused where the client says it is not one', () => {
    const credential = (rk: boolean) => (original: RegistrationResponseJson) => ({
      ...original,
      clientExtensionResults: { credProps: { rk } },
    });
    const expected = { residentKey: 'required' } as const;
    expect(refusal({}, { expected, credential: credential(false) })).toBe(
      'discoverable-credential-missing (WebAuthn L3 §5.4.6)',
    );
    expect(verify(fakeRegistration(), { expected, credential: credential(true) }).discoverable).toBe(true);
    expect(verify(fakeRegistration(), { expected }).discoverable).toBe(null);
  });

  test('step 27: the record: id, key, counter, flags, transports as they came', () => {
    const registration = fakeRegistration({ signCount: 117, aaguid: model, flags: { backupEligible: true } });
    const credential = withResponse({
      transports: ['usb', 'nfc', 'usb', 'novel-transport', 7, 'x'.repeat(33)],
    });
    const verified = verify(registration, { credential });
    expect(verified).toMatchObject({
      credentialId: toBase64Url(registration.credentialId),
      algorithm: -7,
      signCount: 117,
      aaguid: model,
      attestationFormat: 'none',
      attestationType: 'none',
      attestationTrusted: false,
      aaguidProven: false,
      transports: ['usb', 'nfc', 'novel-transport'],
      userPresent: true,
      userVerified: true,
      backupEligible: true,
      backedUp: false,
      discoverable: null,
      enterpriseSerialNumber: null,
    });
    expect(openCredentialKey(verified.publicKey).key.equals(registration.keys.publicKey)).toBe(true);
    expect(verify(registration, { credential: withResponse({ transports: 'usb' }) }).transports).toEqual([]);
  });

  describe('step 28: extension outputs', () => {
    test('authenticator outputs are kept, unknown ones included', () => {
      const extensions = new Map<string, unknown>([
        ['credProtect', 3],
        ['minPinLength', 6],
        ['example_unknown', [1, new Map()]],
      ]);
      expect(verify(fakeRegistration({ extensions })).extensions.authenticator).toEqual(extensions);
    });

    test.each<[string, unknown]>([
      ['credProtect', 0],
      ['credProtect', 4],
      ['credProtect', true],
      ['minPinLength', '6'],
      ['minPinLength', 3],
      ['hmac-secret', 1],
      ['credBlob', 'yes'],
    ])('authenticator output %s = %j is refused', (name, value) => {
      expect(refusal({ extensions: new Map([[name, value]]) })).toBe(
        'extension-malformed (WebAuthn L3 §7.1 step 28)',
      );
    });

    test.each<[string, unknown]>([
      ['credProps', { rk: 'true' }],
      ['credProps', true],
      ['appidExclude', 'true'],
      ['largeBlob', { supported: 1 }],
      ['prf', { enabled: 'yes' }],
      ['prf', { enabled: true, results: { first: 'AAAA' } }],
      ['hmacCreateSecret', {}],
    ])('client output %s = %j is refused', (name, value) => {
      const credential = (original: RegistrationResponseJson) => ({
        ...original,
        clientExtensionResults: { [name]: value },
      });
      expect(refusal({}, { credential })).toBe('extension-malformed (WebAuthn L3 §7.1 step 28)');
    });

    test('client outputs of their defined shapes are accepted', () => {
      const first = toBase64Url(randomBytes(32));
      const clientExtensionResults = {
        credProps: {},
        appidExclude: true,
        largeBlob: { supported: true },
        prf: { enabled: true, results: { first, second: first } },
        constructor: 'not ours',
      };
      expect(refusal({}, { credential: (original) => ({ ...original, clientExtensionResults }) })).toBe(
        'accepted',
      );
    });

    test('credProtect that was enforced is granted at that level or above', () => {
      const wrong = 'extension-not-satisfied (CTAP 2.2 §12.1)';
      const asked = (level: string, enforce = true) => ({
        expected: {
          extensions: { credentialProtectionPolicy: level, enforceCredentialProtectionPolicy: enforce },
        },
      });
      const granted = (level: number) => ({ extensions: new Map([['credProtect', level]]) });
      expect(refusal(granted(3), asked('userVerificationRequired'))).toBe('accepted');
      expect(refusal(granted(2), asked('userVerificationRequired'))).toBe(wrong);
      expect(refusal({}, asked('userVerificationRequired'))).toBe(wrong);
      expect(refusal({}, asked('userVerificationRequired', false))).toBe('accepted');
      expect(refusal(granted(3), asked('userVerificationOptionalWithCredentialIDList'))).toBe('accepted');
      expect(refusal({}, asked('userVerificationOptional'))).toBe('accepted');
      expect(refusal(granted(3), asked('no such level'))).toBe(wrong);
    });

    test('large blobs that were required are supported', () => {
      const expected = { extensions: { largeBlob: { support: 'required' } } };
      const results = (supported: boolean) => (original: RegistrationResponseJson) => ({
        ...original,
        clientExtensionResults: { largeBlob: { supported } },
      });
      expect(refusal({}, { expected, credential: results(true) })).toBe('accepted');
      expect(refusal({}, { expected, credential: results(false) })).toBe(
        'extension-not-satisfied (WebAuthn L3 §10.1.5)',
      );
      expect(refusal({}, { expected })).toBe('extension-not-satisfied (WebAuthn L3 §10.1.5)');
    });
  });

  test.skip('step 29: the record is stored (not applicable: the caller stores it)', () => {});
});

describe('§8.2.2 enterprise attestation', () => {
  const serial = Uint8Array.of(1, 2, 3, 4);
  const enterprise = (critical = false): RegistrationOptions => ({
    format: 'packed',
    statement: packedBy(root, {
      extensions: [
        extension.basicConstraints(false),
        extension.aaguid(aaguidBytes(model)),
        extension.serialNumber(serial, critical),
      ],
    }),
  });

  test('the serial number is told where enterprise attestation was asked for', () => {
    const verified = verify(fakeRegistration(enterprise()), { expected: { attestation: 'enterprise' } });
    expect(verified.enterpriseSerialNumber).toBe(toBase64Url(serial));
  });
  test('it is refused where it was not asked for, or is critical', () => {
    expect(refusal(enterprise(), { expected: { attestation: 'direct' } })).toBe(
      'attestation-enterprise-not-asked (WebAuthn L3 §8.2.2)',
    );
    expect(refusal(enterprise(true), { expected: { attestation: 'enterprise' } })).toBe(
      'attestation-certificate-invalid (WebAuthn L3 §8.2.2)',
    );
  });
  test('where it is required, an ordinary attestation is refused', () => {
    const expected = { attestation: 'enterprise', requireEnterpriseAttestation: true } as const;
    expect(refusal(enterprise(), { expected })).toBe('accepted');
    expect(refusal({ format: 'packed', statement: packedBy(root) }, { expected })).toBe(
      'attestation-enterprise-missing (WebAuthn L3 §5.4.7)',
    );
  });
});

describe('remembered keys', () => {
  test('change no verdict; a key that one policy dangerously allowed is not remembered for another', () => {
    const keys = createCredentialKeyCache({ maximumEntries: 10 });
    const registration = fakeRegistration({ algorithm: -65535, keys: credentialKeys(-65535) });
    const run = (dangerouslyAllowSha1: boolean) => () =>
      verifyRegistration({
        credential: registration.credential,
        expected: { ...registration.expected, algorithms: [-65535] },
        trust: { ...trust, dangerouslyAllowSha1 },
        now,
        keys,
      });
    expect(run(true)().algorithm).toBe(-65535);
    expect(run(false)).toThrow(expect.objectContaining({ code: 'algorithm-not-allowed' }));
    expect(keys.size).toBe(0);
  });
});

describe('a refusal', () => {
  test('carries code, clause, cause and what was found, cut short', () => {
    const { credential, expected } = fakeRegistration({
      clientData: { origin: `https://${'x'.repeat(2000)}` },
    });
    const run = () => verifyRegistration({ credential, expected, trust, now });
    expect(run).toThrow(WebAuthnError);
    expect(run).toThrow(
      expect.objectContaining({
        name: 'WebAuthnError',
        code: 'origin-not-allowed',
        clause: 'WebAuthn L3 §7.1 step 9',
      }),
    );
    try {
      run();
    } catch (error) {
      expect(String(error).length).toBeLessThan(500);
    }
    const broken = { ...credential, response: { ...credential.response, attestationObject: '_w' } };
    expect(() => verifyRegistration({ credential: broken, expected, trust, now })).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: 'cbor-indefinite-length' }) }),
    );
  });
});
