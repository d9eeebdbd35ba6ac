import { isSha256 } from '../bytes/index.ts';
import type { Check } from './check.ts';
import {
  isChallenge,
  isChallengeLongEnough,
  isCrossOriginAllowed,
  isOriginExpected,
  isTopOriginExpected,
} from './client-data.ts';
import {
  discoverable,
  extensionChecks,
  isCredentialProtectionGranted,
  isLargeBlobGranted,
} from './extensions.ts';
import type { AttestedFacts, RegistrationFacts } from './registration.ts';
import type { AuthenticatorAttachment } from './types.ts';

/** WebAuthn L3 §7.1 steps 7 to 20, in the order of the specification. */
export const beforeAttestation: readonly Check<RegistrationFacts>[] = [
  {
    clause: 'WebAuthn L3 §7.1 step 7',
    rule: 'the client data is of type webauthn.create',
    code: 'client-data-type-wrong',
    holds: ({ clientData }) => clientData.type === 'webauthn.create',
    found: ({ clientData }) => clientData.type,
  },
  {
    clause: 'WebAuthn L3 §13.4.3',
    rule: 'the challenge that was sent has at least 16 bytes',
    code: 'challenge-mismatch',
    holds: ({ expected }) => isChallengeLongEnough(expected),
  },
  {
    clause: 'WebAuthn L3 §7.1 step 8',
    rule: 'the challenge is the one that was sent',
    code: 'challenge-mismatch',
    holds: ({ clientData, expected }) => isChallenge(clientData, expected),
  },
  {
    clause: 'WebAuthn L3 §7.1 step 9',
    rule: 'the origin is expected',
    code: 'origin-not-allowed',
    holds: ({ clientData, expected }) => isOriginExpected(clientData, expected),
    found: ({ clientData }) => clientData.origin,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 10',
    rule: 'frames of another origin than their page are allowed',
    code: 'cross-origin-not-allowed',
    holds: ({ clientData, expected }) => isCrossOriginAllowed(clientData, expected),
  },
  {
    clause: 'WebAuthn L3 §7.1 step 11',
    rule: 'the page around the frame is expected',
    code: 'top-origin-not-allowed',
    holds: ({ clientData, expected }) => isTopOriginExpected(clientData, expected),
    found: ({ clientData }) => clientData.topOrigin ?? '',
  },
  {
    clause: 'WebAuthn L3 §7.1 step 14',
    rule: 'rpIdHash is the SHA-256 of the RP ID',
    code: 'rp-id-mismatch',
    holds: ({ authenticatorData, expected }) => isSha256(authenticatorData.rpIdHash, expected.rpId),
  },
  {
    clause: 'WebAuthn L3 §7.1 step 15',
    rule: 'the user was present, unless creation was conditional',
    code: 'user-not-present',
    holds: ({ authenticatorData, expected }) =>
      authenticatorData.flags.userPresent || expected.requireUserPresence === false,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 16',
    rule: 'the user was verified where that is required',
    code: 'user-not-verified',
    holds: ({ authenticatorData, expected }) =>
      authenticatorData.flags.userVerified || expected.userVerification !== 'required',
  },
  {
    clause: 'WebAuthn L3 §7.1 step 17',
    rule: 'only a credential that may be backed up is backed up',
    code: 'backup-flags-invalid',
    holds: ({ authenticatorData: { flags } }) => flags.backupEligible || !flags.backedUp,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 18',
    rule: 'the credential is bound to its device where that is required',
    code: 'backup-eligible-not-allowed',
    holds: ({ authenticatorData, expected }) =>
      expected.requireDeviceBound !== true || !authenticatorData.flags.backupEligible,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 20',
    rule: 'the algorithm is one that was asked for',
    code: 'algorithm-not-allowed',
    holds: ({ credentialKey, expected }) => expected.algorithms.includes(credentialKey.cose.algorithm),
    found: ({ credentialKey }) => String(credentialKey.cose.algorithm),
  },
];

/** WebAuthn L3 §7.1 steps 24 to 28, and what was asked for in §5.4. */
export const afterAttestation: readonly Check<AttestedFacts>[] = [
  {
    clause: 'WebAuthn L3 §5.4.7',
    rule: 'there is an attestation where a direct one was asked for',
    code: 'attestation-missing',
    holds: ({ registration: { expected }, attestation }) =>
      attestation.type !== 'none' || expected.attestation === 'none' || expected.attestation === 'indirect',
  },
  {
    clause: 'WebAuthn L3 §8.2.2',
    rule: 'only enterprise attestation, which must be asked for, carries a serial number',
    code: 'attestation-enterprise-not-asked',
    holds: ({ registration: { expected }, attestation }) =>
      attestation.enterpriseSerialNumber === null || expected.attestation === 'enterprise',
  },
  {
    clause: 'WebAuthn L3 §5.4.7',
    rule: 'there is a serial number where enterprise attestation is required',
    code: 'attestation-enterprise-missing',
    holds: ({ registration: { expected }, attestation }) =>
      attestation.enterpriseSerialNumber !== null || expected.requireEnterpriseAttestation !== true,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 24',
    rule: 'the attestation leads to a trust anchor where that is required',
    code: 'attestation-untrusted',
    holds: ({ registration: { trust }, attestation }) => attestation.trusted || !trust.requireTrusted,
    found: ({ registration: { format }, attestation }) => `${format} ${attestation.type}`,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 24',
    rule: 'the authenticator model is one of the allowed ones, proven by a trusted attestation',
    code: 'aaguid-not-allowed',
    holds: ({ registration: { attested, expected }, attestation }) =>
      expected.allowedAaguids === undefined ||
      (attestation.aaguidProven && includesAaguid(expected.allowedAaguids, attested.aaguid)),
    found: ({ registration: { attested }, attestation }) =>
      `${attested.aaguid}, ${attestation.aaguidProven ? '' : 'not '}proven`,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 24',
    rule: 'the authenticator model is not one of the denied ones',
    code: 'aaguid-not-allowed',
    holds: ({ registration: { attested, expected } }) =>
      !includesAaguid(expected.deniedAaguids ?? [], attested.aaguid),
    found: ({ registration: { attested } }) => attested.aaguid,
  },
  {
    clause: 'WebAuthn L3 §5.4.4',
    rule: 'the authenticator is attached as was asked for, and something says so',
    code: 'attachment-mismatch',
    holds: (facts) =>
      facts.registration.expected.authenticatorAttachment === undefined ||
      attachment(facts) === facts.registration.expected.authenticatorAttachment,
    found: (facts) => attachment(facts) ?? 'nothing said',
  },
  {
    clause: 'WebAuthn L3 §5.1',
    rule: 'id is the credential id in the attested credential data',
    code: 'credential-id-mismatch',
    holds: ({ registration: { credential, credentialId } }) => credential.id === credentialId,
  },
  {
    clause: 'WebAuthn L3 §5.1',
    rule: 'rawId is the credential id in the attested credential data',
    code: 'credential-id-mismatch',
    holds: ({ registration: { credential, credentialId } }) => credential.rawId === credentialId,
  },
  {
    clause: 'WebAuthn L3 §7.1 step 25',
    rule: 'the credential id has at most 1023 bytes',
    code: 'credential-id-too-long',
    holds: ({ registration: { attested } }) => attested.credentialId.length <= 1023,
  },
  {
    clause: 'WebAuthn L3 §5.4.3',
    rule: 'the credential is none of the excluded ones',
    code: 'credential-excluded',
    holds: ({ registration: { credentialId, expected } }) =>
      !(expected.excludeCredentialIds ?? []).includes(credentialId),
  },
  {
    clause: 'WebAuthn L3 §5.4.6',
    rule: 'the credential is discoverable where that is required, as far as the client tells',
    code: 'discoverable-credential-missing',
    holds: ({ registration: { expected, extensions } }) =>
      expected.residentKey !== 'required' || discoverable(extensions) !== false,
  },
  ...extensionChecks('WebAuthn L3 §7.1 step 28').map(ofRegistration),
  {
    clause: 'CTAP 2.2 §12.1',
    rule: 'the credential is protected as was enforced',
    code: 'extension-not-satisfied',
    holds: ({ registration }) => isCredentialProtectionGranted(registration),
  },
  {
    clause: 'WebAuthn L3 §10.1.5',
    rule: 'large blobs are supported where that is required',
    code: 'extension-not-satisfied',
    holds: ({ registration }) => isLargeBlobGranted(registration),
  },
];

function includesAaguid(aaguids: readonly string[], aaguid: string): boolean {
  return aaguids.some((candidate) => candidate.toLowerCase() === aaguid);
}

/** What the attestation format proves outweighs what the client says, and that what the transports suggest. */
function attachment(facts: AttestedFacts): AuthenticatorAttachment | null {
  const proven = facts.attestation.attachment ?? facts.registration.claimedAttachment;
  if (proven !== null) return proven;
  const { transports } = facts.registration;
  if (transports.length === 1 && transports[0] === 'internal') return 'platform';
  const detached = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid'];
  return transports.some((transport) => detached.includes(transport)) ? 'cross-platform' : null;
}

function ofRegistration({ clause, rule, code, holds }: Check<RegistrationFacts>): Check<AttestedFacts> {
  return { clause, rule, code, holds: ({ registration }) => holds(registration) };
}
