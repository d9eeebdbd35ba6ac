import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type AssertionOptions,
  type FakeAssertion,
  fakeAssertion,
  fakeRegistration,
  newChallenge,
  origin,
  rpId,
} from '../../test/authenticator.fake.ts';
import { concatBytes, fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  type AuthenticationExpectation,
  type AuthenticationResponseJson,
  createCredentialKeyCache,
  type StoredCredential,
  type VerifiedAuthentication,
  verifyAuthentication,
  WebAuthnError,
} from './index.ts';

interface Changes {
  readonly expected?: Partial<AuthenticationExpectation>;
  readonly stored?: Partial<StoredCredential>;
  readonly credential?: (credential: AuthenticationResponseJson) => unknown;
}

function verify(assertion: FakeAssertion, changes: Changes = {}): VerifiedAuthentication {
  const { credential: change = (credential) => credential } = changes;
  return verifyAuthentication({
    credential: change(assertion.credential) as AuthenticationResponseJson,
    expected: { ...assertion.expected, ...changes.expected },
    stored: { ...assertion.stored, ...changes.stored },
  });
}

function refusal(options: AssertionOptions | FakeAssertion, changes: Changes = {}): string {
  const assertion = 'stored' in options ? options : fakeAssertion(options);
  try {
    verify(assertion, changes);
    return 'accepted';
  } catch (error) {
    if (error instanceof WebAuthnError) return `${error.code} (${error.clause})`;
    throw error;
  }
}

const withResponse =
  (response: Readonly<Record<string, unknown>>) =>
  (credential: AuthenticationResponseJson): unknown => ({
    ...credential,
    response: { ...credential.response, ...response },
  });

describe('WebAuthn L3 §7.2 Verifying an Authentication Assertion', () => {
  test.skip('step 1: options are configured (not applicable: the caller makes and sends them)', () => {});
  test.skip('step 2: navigator.credentials.get() is called (not applicable: happens in the browser or workstation)', () => {});

  describe('step 3: the response is an AuthenticatorAssertionResponse', () => {
    test.each<[string, (credential: AuthenticationResponseJson) => unknown]>([
      ['nothing', () => null],
      ['no response', ({ response: _, ...rest }) => rest],
      ['an attestation response', withResponse({ authenticatorData: undefined, attestationObject: 'AAAA' })],
      ['another type', (credential) => ({ ...credential, type: 'password' })],
      ['a signature that is not base64url', withResponse({ signature: 'AA==' })],
      ['a signature of more than 6 KB', withResponse({ signature: 'A'.repeat(8196) })],
      ['authenticator data of more than 12 KB', withResponse({ authenticatorData: 'A'.repeat(16_388) })],
      ['a user handle of more than 64 bytes', withResponse({ userHandle: 'A'.repeat(88) })],
      ['a user handle that is not text', withResponse({ userHandle: 7 })],
    ])('%s is refused', (_, change) => {
      expect(refusal({}, { credential: change })).toBe('response-malformed (WebAuthn L3 §7.2 step 3)');
    });

    test('rawId and type may be missing, as some clients send the response alone', () => {
      expect(refusal({}, { credential: ({ id, response }) => ({ id, response }) })).toBe('accepted');
    });
  });

  test('step 4: client extension results are kept', () => {
    const results = { exampleUnknown: 1 };
    const verified = verify(fakeAssertion(), {
      credential: (credential) => ({ ...credential, clientExtensionResults: results }),
    });
    expect(verified.extensions.client).toEqual(results);
  });

  test('step 5: where allowCredentials is not empty, the credential is one of them', () => {
    const assertion = fakeAssertion();
    const { id } = assertion.credential;
    expect(refusal(assertion, { expected: { allowCredentialIds: ['AAAA', id] } })).toBe('accepted');
    expect(refusal(assertion, { expected: { allowCredentialIds: ['AAAA'] } })).toBe(
      'credential-not-allowed (WebAuthn L3 §7.2 step 5)',
    );
    expect(refusal(assertion, { expected: { allowCredentialIds: [] } })).toBe('accepted');
  });

  describe('step 6: the user and the credential record', () => {
    const userHandle = toBase64Url(randomBytes(32));
    const wrong = 'user-handle-mismatch (WebAuthn L3 §7.2 step 6)';

    test('the record is that of the credential, by id and rawId', () => {
      const mismatch = 'credential-id-mismatch (WebAuthn L3 §7.2 step 6)';
      expect(refusal({}, { stored: { credentialId: 'AAAA' } })).toBe(mismatch);
      expect(refusal({}, { credential: (credential) => ({ ...credential, rawId: 'AAAA' }) })).toBe(mismatch);
    });
    test('user known before: a user handle, where present, is the user’s', () => {
      const known = (handle: string | null) => {
        const assertion = fakeAssertion({ userHandle: handle });
        return refusal(assertion, {
          expected: { allowCredentialIds: [assertion.credential.id] },
          stored: { userHandle },
        });
      };
      expect(known(userHandle)).toBe('accepted');
      expect(known(null)).toBe('accepted');
      expect(known(toBase64Url(randomBytes(32)))).toBe(wrong);
      expect(known('')).toBe(wrong);
    });
    test('user not known before: a user handle is present and is that of the credential’s owner', () => {
      expect(refusal({ userHandle }, { stored: { userHandle } })).toBe('accepted');
      expect(refusal({ userHandle: null }, { stored: { userHandle } })).toBe(wrong);
      expect(refusal({ userHandle: toBase64Url(randomBytes(32)) }, { stored: { userHandle } })).toBe(wrong);
    });
    test('the user handle is told', () => {
      expect(verify(fakeAssertion({ userHandle })).userHandle).toBe(userHandle);
      expect(verify(fakeAssertion()).userHandle).toBe(null);
    });
  });

  test('step 7: clientDataJSON, authenticatorData and signature are taken as they came', () => {
    const assertion = fakeAssertion();
    const json = Buffer.from(fromBase64Url(assertion.credential.response.clientDataJSON)).toString();
    const spaced = toBase64Url(Buffer.from(json.replace(',', ', ')));
    expect(refusal(assertion, { credential: withResponse({ clientDataJSON: spaced }) })).toBe(
      'signature-invalid (WebAuthn L3 §7.2 step 21)',
    );
  });

  test('step 8: UTF-8 decode: a byte order mark is stripped for reading, but is part of what was signed', () => {
    const assertion = fakeAssertion();
    const marked = concatBytes(
      Uint8Array.of(0xef, 0xbb, 0xbf),
      fromBase64Url(assertion.credential.response.clientDataJSON),
    );
    expect(refusal(assertion, { credential: withResponse({ clientDataJSON: toBase64Url(marked) }) })).toBe(
      'signature-invalid (WebAuthn L3 §7.2 step 21)',
    );
  });

  test('step 9: the client data is JSON with the members of CollectedClientData', () => {
    for (const text of ['', '{', 'null', '{"type":"webauthn.get"}']) {
      expect(
        refusal({}, { credential: withResponse({ clientDataJSON: toBase64Url(Buffer.from(text)) }) }),
      ).toBe('client-data-malformed (WebAuthn L3 §7.2 step 9)');
    }
  });

  test('step 10: the type is webauthn.get', () => {
    for (const type of ['webauthn.create', 'payment.get', 'webauthn.GET', '']) {
      expect(refusal({ clientData: { type } })).toBe('client-data-type-wrong (WebAuthn L3 §7.2 step 10)');
    }
  });

  test('step 11: the challenge equals the base64url encoding of the one that was sent', () => {
    expect(refusal({}, { expected: { challenge: newChallenge() } })).toBe(
      'challenge-mismatch (WebAuthn L3 §7.2 step 11)',
    );
    expect(refusal({ challenge: '' })).toBe('challenge-mismatch (WebAuthn L3 §13.4.3)');
  });

  test('step 12: the origin is one of the expected ones or a related one', () => {
    const wrong = 'origin-not-allowed (WebAuthn L3 §7.2 step 12)';
    for (const other of ['https://example.org/', 'http://example.org', 'https://sub.example.org']) {
      expect(refusal({ clientData: { origin: other } })).toBe(wrong);
    }
    const related = 'https://example.co.uk';
    expect(refusal({ clientData: { origin: related } }, { expected: { relatedOrigins: [related] } })).toBe(
      'accepted',
    );
  });

  test('step 13: crossOrigin true is accepted only where frames are expected', () => {
    const framed = { clientData: { crossOrigin: true } };
    expect(refusal(framed)).toBe('cross-origin-not-allowed (WebAuthn L3 §7.2 step 13)');
    expect(refusal(framed, { expected: { allowCrossOrigin: true } })).toBe('accepted');
  });

  test('step 14: topOrigin, where present, is an expected page', () => {
    const topOrigin = 'https://shop.example';
    const framed = { clientData: { crossOrigin: true, topOrigin } };
    const allowed = { allowCrossOrigin: true, topOrigins: [topOrigin] };
    expect(refusal(framed, { expected: allowed })).toBe('accepted');
    expect(refusal(framed, { expected: { ...allowed, topOrigins: [origin] } })).toBe(
      'top-origin-not-allowed (WebAuthn L3 §7.2 step 14)',
    );
    expect(refusal({ clientData: { topOrigin } }, { expected: { topOrigins: [topOrigin] } })).toBe(
      'cross-origin-not-allowed (WebAuthn L3 §7.2 step 13)',
    );
  });

  describe('step 15: rpIdHash is the SHA-256 of the expected RP ID', () => {
    const wrong = 'rp-id-mismatch (WebAuthn L3 §7.2 step 15)';
    test('another RP ID is refused', () => {
      expect(refusal({ scope: 'example.com' })).toBe(wrong);
    });
    test('§10.1.1: that of the AppID only where it was sent and the client says that it was used', () => {
      const appId = 'https://example.org/u2f.json';
      const used = (appid: unknown) => (credential: AuthenticationResponseJson) => ({
        ...credential,
        clientExtensionResults: { appid },
      });
      const sent = { extensions: { appid: appId } };
      expect(refusal({ scope: appId }, { expected: sent, credential: used(true) })).toBe('accepted');
      expect(refusal({ scope: appId }, { expected: sent, credential: used(false) })).toBe(wrong);
      expect(refusal({ scope: appId }, { credential: used(true) })).toBe(wrong);
      expect(refusal({ scope: rpId }, { expected: sent, credential: used(true) })).toBe(wrong);
      expect(refusal({ scope: rpId }, { expected: sent, credential: used(false) })).toBe('accepted');
    });
  });

  test('§6.1: authenticator data of an assertion is well-formed and carries no attested credential data', () => {
    const malformed = 'authenticator-data-malformed (WebAuthn L3 §6.1)';
    const assertion = fakeAssertion();
    const data = fromBase64Url(assertion.credential.response.authenticatorData);
    for (const broken of [data.slice(0, -1), concatBytes(data, Uint8Array.of(0)), new Uint8Array()]) {
      expect(
        refusal(assertion, { credential: withResponse({ authenticatorData: toBase64Url(broken) }) }),
      ).toBe(malformed);
    }
    const key = encode(new Map([[1, 2]]));
    const attested = concatBytes(data, new Uint8Array(16), Uint8Array.of(0, 1, 7), key);
    attested[32] = 0x45;
    expect(
      refusal(assertion, { credential: withResponse({ authenticatorData: toBase64Url(attested) }) }),
    ).toBe(malformed);
  });

  test('step 16: UP is set, unless a silent assertion was asked for', () => {
    const flags = { userPresent: false };
    expect(refusal({ flags })).toBe('user-not-present (WebAuthn L3 §7.2 step 16)');
    expect(verify(fakeAssertion({ flags }), { expected: { requireUserPresence: false } }).userPresent).toBe(
      false,
    );
  });

  test('step 17: UV is set where user verification is required, else it is told', () => {
    const flags = { userVerified: false };
    expect(refusal({ flags })).toBe('user-not-verified (WebAuthn L3 §7.2 step 17)');
    for (const userVerification of ['preferred', 'discouraged'] as const) {
      expect(verify(fakeAssertion({ flags }), { expected: { userVerification } }).userVerified).toBe(false);
      expect(verify(fakeAssertion(), { expected: { userVerification } }).userVerified).toBe(true);
    }
  });

  test('step 18: where BE is not set, BS is not set', () => {
    expect(refusal({ flags: { backedUp: true } })).toBe('backup-flags-invalid (WebAuthn L3 §7.2 step 18)');
  });

  describe('step 19: backup eligibility is compared with the record', () => {
    const changed = 'backup-eligibility-changed (WebAuthn L3 §7.2 step 19)';
    test('19.1: set in the record, it is set now', () => {
      expect(refusal({ flags: { backupEligible: false } }, { stored: { backupEligible: true } })).toBe(
        changed,
      );
      expect(refusal({ flags: { backupEligible: true } }, { stored: { backupEligible: true } })).toBe(
        'accepted',
      );
    });
    test('19.2: not set in the record, it is not set now', () => {
      expect(refusal({ flags: { backupEligible: true } }, { stored: { backupEligible: false } })).toBe(
        changed,
      );
    });
    test('19.3: policy: device-bound credentials only; the backup state is told', () => {
      const flags = { backupEligible: true, backedUp: true };
      const stored = { backupEligible: true };
      expect(verify(fakeAssertion({ flags }), { stored })).toMatchObject({
        backupEligible: true,
        backedUp: true,
      });
      expect(refusal({ flags }, { stored, expected: { requireDeviceBound: true } })).toBe(
        'backup-eligible-not-allowed (WebAuthn L3 §7.2 step 19)',
      );
    });
    test('a record from before backup eligibility was recorded is not compared', () => {
      expect(refusal({ flags: { backupEligible: true } }, { stored: { backupEligible: null } })).toBe(
        'accepted',
      );
    });
  });

  test.skip('step 20: the hash over clientDataJSON is computed (not applicable by itself: step 7 and 21 show it)', () => {});

  describe('step 21: the signature is valid', () => {
    const wrong = 'signature-invalid (WebAuthn L3 §7.2 step 21)';
    test.each([-7, -35, -36, -8, -257, -37, -53, -9, -51, -52, -19, -65535])(
      'with algorithm %i; each flipped byte of it is refused',
      (algorithm) => {
        const assertion = fakeAssertion({ algorithm });
        expect(refusal(assertion)).toBe('accepted');
        const signature = fromBase64Url(assertion.credential.response.signature);
        for (let index = 0; index < signature.length; index += Math.ceil(signature.length / 40)) {
          const flipped = Uint8Array.from(signature);
          flipped[index] = (flipped[index] ?? 0) ^ 0xff;
          expect(refusal(assertion, { credential: withResponse({ signature: toBase64Url(flipped) }) })).toBe(
            wrong,
          );
        }
      },
    );
    test('by the stored key, not another; an empty one and one with bytes after it are none', () => {
      const assertion = fakeAssertion();
      expect(refusal(assertion, { stored: { publicKey: fakeAssertion().stored.publicKey } })).toBe(wrong);
      expect(refusal(assertion, { credential: withResponse({ signature: '' }) })).toBe(wrong);
      const longer = concatBytes(fromBase64Url(assertion.credential.response.signature), Uint8Array.of(0));
      expect(refusal(assertion, { credential: withResponse({ signature: toBase64Url(longer) }) })).toBe(
        wrong,
      );
    });
    test('a stored key that is not one is told as such', () => {
      expect(refusal({}, { stored: { publicKey: Uint8Array.of(0xa0) } })).toBe(
        'public-key-malformed (WebAuthn L3 §7.2 step 21)',
      );
    });
    test('signatures of U2F authenticators, of the same form, are accepted', () => {
      expect(
        refusal({ flags: { userVerified: false } }, { expected: { userVerification: 'discouraged' } }),
      ).toBe('accepted');
    });
  });

  describe('step 22: the signature counter', () => {
    const counted = (stored: number, signCount: number) =>
      verify(fakeAssertion({ signCount }), { stored: { signCount: stored } });
    test('both zero: the authenticator does not count', () => {
      expect(counted(0, 0)).toMatchObject({ signCount: 0, signCountRegressed: false });
    });
    test('greater than stored: valid', () => {
      expect(counted(0, 1).signCountRegressed).toBe(false);
      expect(counted(0xfffffffe, 0xffffffff)).toMatchObject({
        signCount: 0xffffffff,
        signCountRegressed: false,
      });
    });
    test('less than or equal to stored: told, or refused where that is the policy', () => {
      for (const [stored, signCount] of [
        [1, 1],
        [5, 4],
        [5, 0],
      ] as const) {
        expect(counted(stored, signCount)).toMatchObject({ signCount, signCountRegressed: true });
        const policy = { expected: { signatureCounter: 'refuse' as const }, stored: { signCount: stored } };
        expect(refusal({ signCount }, policy)).toBe('signature-counter-regressed (WebAuthn L3 §7.2 step 22)');
      }
      expect(
        refusal({ signCount: 6 }, { expected: { signatureCounter: 'refuse' }, stored: { signCount: 5 } }),
      ).toBe('accepted');
    });
  });

  describe('step 23: extension outputs', () => {
    const results = (clientExtensionResults: unknown) => (credential: AuthenticationResponseJson) => ({
      ...credential,
      clientExtensionResults,
    });
    test('authenticator outputs are kept, unknown ones included', () => {
      const extensions = new Map<string, unknown>([
        ['hmac-secret', new Uint8Array(48)],
        ['example_unknown', null],
      ]);
      expect(verify(fakeAssertion({ extensions })).extensions.authenticator).toEqual(extensions);
    });
    test('known outputs have their defined shape', () => {
      const malformed = 'extension-malformed (WebAuthn L3 §7.2 step 23)';
      expect(refusal({ extensions: new Map([['hmac-secret', new Uint8Array(97)]]) })).toBe(malformed);
      expect(refusal({}, { credential: results({ appid: 'true' }) })).toBe(malformed);
      expect(refusal({}, { credential: results({ largeBlob: { blob: '+/' } }) })).toBe(malformed);
      expect(refusal({}, { credential: results({ largeBlob: { blob: 'AAAA', written: true } }) })).toBe(
        'accepted',
      );
      expect(
        refusal({}, { credential: results({ prf: { results: { first: toBase64Url(randomBytes(32)) } } }) }),
      ).toBe('accepted');
    });
  });

  test.skip('step 24: the record is updated (not applicable: the caller stores counter and backup state)', () => {});
  test.skip('step 25: the ceremony continues (not applicable: the caller goes on, or not)', () => {});
});

describe('remembered keys', () => {
  test('change no verdict, are found by content and bounded', () => {
    const keys = createCredentialKeyCache({ maximumEntries: 2 });
    const assertions = [fakeAssertion(), fakeAssertion(), fakeAssertion()];
    for (const assertion of [...assertions, ...assertions]) {
      expect(verifyAuthentication({ ...assertion, keys }).signCountRegressed).toBe(false);
      const other = { ...assertion.stored, publicKey: fakeAssertion().stored.publicKey };
      expect(() => verifyAuthentication({ ...assertion, stored: other, keys })).toThrow(
        expect.objectContaining({ code: 'signature-invalid' }),
      );
      expect(keys.size).toBeLessThanOrEqual(2);
    }
  });
});

describe('WebAuthn L3 §5.8.1: a registration response is no authentication', () => {
  test('though its authenticator data is cut to the form of one', () => {
    const registration = fakeRegistration();
    const assertion = fakeAssertion({ keys: registration.keys });
    expect(
      refusal(assertion, {
        credential: withResponse({ clientDataJSON: registration.credential.response.clientDataJSON }),
      }),
    ).toBe('client-data-type-wrong (WebAuthn L3 §7.2 step 10)');
  });
});
