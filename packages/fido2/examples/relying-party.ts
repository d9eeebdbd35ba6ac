import {
  type AuthenticationResponseJson,
  createCredentialKeyCache,
  type RegistrationResponseJson,
  type StoredCredential,
  type TrustAnchors,
  verifyAuthentication,
  verifyRegistration,
} from '@keywarden/fido2/webauthn';

// begin registration
/** `challenge` is the one that was sent with the options, consumed before this is called. */
export function register(credential: RegistrationResponseJson, challenge: string, anchors: TrustAnchors) {
  return verifyRegistration({
    credential,
    expected: {
      challenge,
      origins: ['https://example.org'],
      rpId: 'example.org',
      algorithms: [-7, -8, -257],
      userVerification: 'required',
      attestation: 'direct',
    },
    trust: { anchors, requireTrusted: true },
    now: new Date(),
  });
}
// end registration

// begin authentication
const keys = createCredentialKeyCache({ maximumEntries: 10_000 });

export function authenticate(
  credential: AuthenticationResponseJson,
  challenge: string,
  stored: StoredCredential,
) {
  return verifyAuthentication({
    credential,
    expected: {
      challenge,
      origins: ['https://example.org'],
      rpId: 'example.org',
      userVerification: 'required',
    },
    stored,
    keys,
  });
}
// end authentication
