import { toBase64Url } from '@keywarden/fido2/bytes';
import { verifyAuthentication, verifyRegistration } from '@keywarden/fido2/webauthn';
import type { AssetTag } from './device.ts';
import type { RegistrationCredential } from './enrollment.ts';
import type { ConnectedKey } from './key.ts';
import { assetTagOrigin } from './relying-party.ts';

/** COSE algorithms that a tag may use: ES256, ES384, ES512, EdDSA, RS256. */
const tagAlgorithms = [-7, -35, -36, -8, -257];

/** The 16 bytes of the device id: what the tag's user handle says. */
export function tagUserHandle(deviceId: string): string {
  const hex = deviceId.replaceAll('-', '');
  return toBase64Url(
    Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)),
  );
}

/**
 * A tag that a workstation just made. Attestation proves nothing here that the order and its receipt did not.
 *
 * @throws WebAuthnError
 */
export function verifyTagRegistration(
  credential: RegistrationCredential,
  expected: { rpId: string; challenge: string; now: Date },
): AssetTag {
  const verified = verifyRegistration({
    credential,
    expected: {
      challenge: expected.challenge,
      origins: [assetTagOrigin],
      rpId: expected.rpId,
      algorithms: tagAlgorithms,
      userVerification: 'discouraged',
      attestation: 'none',
    },
    trust: { anchors: [], requireTrusted: false },
    now: expected.now,
  });
  return {
    credentialId: verified.credentialId,
    publicKey: verified.publicKey,
    signCount: verified.signCount,
  };
}

/**
 * The silent assertion by which a plugged-in key says which device it is (lifecycle manager §7).
 *
 * @returns the new counter
 * @throws WebAuthnError, also for a counter that did not grow: perhaps a clone
 */
export function verifyTagAssertion(
  tag: NonNullable<ConnectedKey['tag']>,
  expected: { rpId: string; challenge: string; deviceId: string; stored: AssetTag },
): number {
  const verified = verifyAuthentication({
    credential: {
      id: tag.credentialId,
      response: {
        clientDataJSON: tag.clientDataJSON,
        authenticatorData: tag.authenticatorData,
        signature: tag.signature,
        userHandle: tag.userHandle,
      },
    },
    expected: {
      challenge: expected.challenge,
      origins: [assetTagOrigin],
      rpId: expected.rpId,
      userVerification: 'discouraged',
      // Nobody is asked to touch a key only to see it in a list: `up: false`.
      requireUserPresence: false,
      allowCredentialIds: [expected.stored.credentialId],
      signatureCounter: 'refuse',
    },
    stored: {
      credentialId: expected.stored.credentialId,
      publicKey: expected.stored.publicKey,
      signCount: expected.stored.signCount,
      backupEligible: null,
      userHandle: tagUserHandle(expected.deviceId),
    },
  });
  return verified.signCount;
}
