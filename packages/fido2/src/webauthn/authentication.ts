import { type AuthenticatorData, parseAuthenticatorData } from '../authenticator-data/index.ts';
import { isSha256, withSha256 } from '../bytes/index.ts';
import {
  type CredentialKey,
  type CredentialKeyCache,
  openCredentialKey,
  verifyCoseSignature,
} from '../cose/index.ts';
import { type Check, reading, runChecks } from './check.ts';
import {
  type ClientData,
  isChallenge,
  isChallengeLongEnough,
  isCrossOriginAllowed,
  isOriginExpected,
  isTopOriginExpected,
  parseClientData,
} from './client-data.ts';
import { extensionChecks, readExtensionOutputs } from './extensions.ts';
import { readAuthenticationResponse } from './response.ts';
import type {
  AuthenticationExpectation,
  AuthenticationResponseJson,
  ExtensionOutputs,
  StoredCredential,
  VerifiedAuthentication,
} from './types.ts';

export interface AuthenticationInput {
  readonly credential: AuthenticationResponseJson;
  readonly expected: AuthenticationExpectation;
  readonly stored: StoredCredential;
  /** Imported public keys, remembered from call to call. */
  readonly keys?: CredentialKeyCache | undefined;
}

interface AuthenticationFacts {
  readonly credential: AuthenticationResponseJson;
  readonly expected: AuthenticationExpectation;
  readonly stored: StoredCredential;
  readonly clientData: ClientData;
  readonly authenticatorData: AuthenticatorData;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly credentialKey: CredentialKey;
  readonly extensions: ExtensionOutputs;
}

/** WebAuthn L3 §7.2 steps 5 to 23, in the order of the specification. */
const checks: readonly Check<AuthenticationFacts>[] = [
  {
    clause: 'WebAuthn L3 §7.2 step 5',
    rule: 'the credential is one of the allowed ones, where some were named',
    code: 'credential-not-allowed',
    holds: ({ credential, expected: { allowCredentialIds = [] } }) =>
      allowCredentialIds.length === 0 || allowCredentialIds.includes(credential.id),
  },
  {
    clause: 'WebAuthn L3 §7.2 step 6',
    rule: 'the stored credential is that of the response',
    code: 'credential-id-mismatch',
    holds: ({ credential, stored }) =>
      credential.id === stored.credentialId && (credential.rawId ?? credential.id) === credential.id,
  },
  {
    clause: 'WebAuthn L3 §7.2 step 6',
    rule: 'the user handle is that of the credential’s owner',
    code: 'user-handle-mismatch',
    holds: ({ credential, stored }) => {
      const handle = credential.response.userHandle ?? undefined;
      return handle === undefined || stored.userHandle === undefined || handle === stored.userHandle;
    },
  },
  {
    clause: 'WebAuthn L3 §7.2 step 6',
    rule: 'there is a user handle where the user was not known before',
    code: 'user-handle-mismatch',
    holds: ({ credential, expected: { allowCredentialIds = [] }, stored }) =>
      allowCredentialIds.length > 0 ||
      stored.userHandle === undefined ||
      typeof credential.response.userHandle === 'string',
  },
  {
    clause: 'WebAuthn L3 §7.2 step 10',
    rule: 'the client data is of type webauthn.get',
    code: 'client-data-type-wrong',
    holds: ({ clientData }) => clientData.type === 'webauthn.get',
    found: ({ clientData }) => clientData.type,
  },
  {
    clause: 'WebAuthn L3 §13.4.3',
    rule: 'the challenge that was sent has at least 16 bytes',
    code: 'challenge-mismatch',
    holds: ({ expected }) => isChallengeLongEnough(expected),
  },
  {
    clause: 'WebAuthn L3 §7.2 step 11',
    rule: 'the challenge is the one that was sent',
    code: 'challenge-mismatch',
    holds: ({ clientData, expected }) => isChallenge(clientData, expected),
  },
  {
    clause: 'WebAuthn L3 §7.2 step 12',
    rule: 'the origin is expected',
    code: 'origin-not-allowed',
    holds: ({ clientData, expected }) => isOriginExpected(clientData, expected),
    found: ({ clientData }) => clientData.origin,
  },
  {
    clause: 'WebAuthn L3 §7.2 step 13',
    rule: 'frames of another origin than their page are allowed',
    code: 'cross-origin-not-allowed',
    holds: ({ clientData, expected }) => isCrossOriginAllowed(clientData, expected),
  },
  {
    clause: 'WebAuthn L3 §7.2 step 14',
    rule: 'the page around the frame is expected',
    code: 'top-origin-not-allowed',
    holds: ({ clientData, expected }) => isTopOriginExpected(clientData, expected),
    found: ({ clientData }) => clientData.topOrigin ?? '',
  },
  {
    clause: 'WebAuthn L3 §7.2 step 15',
    rule: 'rpIdHash is the SHA-256 of the RP ID, or of the AppID that was sent and used',
    code: 'rp-id-mismatch',
    holds: (facts) => isSha256(facts.authenticatorData.rpIdHash, scope(facts)),
  },
  {
    clause: 'WebAuthn L3 §6.1',
    rule: 'an assertion carries no attested credential data',
    code: 'authenticator-data-malformed',
    holds: ({ authenticatorData }) => authenticatorData.attestedCredential === null,
  },
  {
    clause: 'WebAuthn L3 §7.2 step 16',
    rule: 'the user was present, unless a silent assertion was asked for',
    code: 'user-not-present',
    holds: ({ authenticatorData, expected }) =>
      authenticatorData.flags.userPresent || expected.requireUserPresence === false,
  },
  {
    clause: 'WebAuthn L3 §7.2 step 17',
    rule: 'the user was verified where that is required',
    code: 'user-not-verified',
    holds: ({ authenticatorData, expected }) =>
      authenticatorData.flags.userVerified || expected.userVerification !== 'required',
  },
  {
    clause: 'WebAuthn L3 §7.2 step 18',
    rule: 'only a credential that may be backed up is backed up',
    code: 'backup-flags-invalid',
    holds: ({ authenticatorData: { flags } }) => flags.backupEligible || !flags.backedUp,
  },
  {
    clause: 'WebAuthn L3 §7.2 step 19',
    rule: 'backup eligibility is as it was at registration: it never changes',
    code: 'backup-eligibility-changed',
    holds: ({ authenticatorData, stored }) =>
      stored.backupEligible === null || stored.backupEligible === authenticatorData.flags.backupEligible,
  },
  {
    clause: 'WebAuthn L3 §7.2 step 19',
    rule: 'the credential is bound to its device where that is required',
    code: 'backup-eligible-not-allowed',
    holds: ({ authenticatorData, expected }) =>
      expected.requireDeviceBound !== true || !authenticatorData.flags.backupEligible,
  },
  {
    clause: 'WebAuthn L3 §7.2 step 21',
    rule: 'the signature is one of the credential over authenticator data and client data hash',
    code: 'signature-invalid',
    holds: ({ credentialKey, signedBytes, signature }) =>
      verifyCoseSignature({
        algorithm: credentialKey.cose.algorithm,
        key: credentialKey.key,
        data: signedBytes,
        signature,
      }),
  },
  {
    clause: 'WebAuthn L3 §7.2 step 22',
    rule: 'the signature counter grew, where a counter that did not is refused',
    code: 'signature-counter-regressed',
    holds: (facts) => facts.expected.signatureCounter !== 'refuse' || !hasRegressed(facts),
    found: ({ authenticatorData, stored }) => `${authenticatorData.signCount} after ${stored.signCount}`,
  },
  ...extensionChecks('WebAuthn L3 §7.2 step 23'),
];

/**
 * WebAuthn L3 §7.2, but for the steps that only the caller can do: 1 and 2 (asking), finding the stored credential of
 * step 6, and 24 (storing the new counter and backup state). The challenge must have been consumed before.
 *
 * @throws WebAuthnError
 */
export function verifyAuthentication(input: AuthenticationInput): VerifiedAuthentication {
  const { credential, expected, stored } = input;
  const bytes = readAuthenticationResponse(credential, 'WebAuthn L3 §7.2 step 3');
  const clientData = reading({ code: 'client-data-malformed', clause: 'WebAuthn L3 §7.2 step 9' }, () =>
    parseClientData(bytes.clientDataJson),
  );
  const authenticatorData = reading(
    { code: 'authenticator-data-malformed', clause: 'WebAuthn L3 §6.1' },
    () => parseAuthenticatorData(bytes.authenticatorData),
  );
  const facts: AuthenticationFacts = {
    credential,
    expected,
    stored,
    clientData,
    authenticatorData,
    signedBytes: withSha256(bytes.authenticatorData, bytes.clientDataJson),
    signature: bytes.signature,
    // What the server stored was verified when it was registered, RS1 where that was allowed then.
    credentialKey: reading({ code: 'public-key-malformed', clause: 'WebAuthn L3 §7.2 step 21' }, () =>
      openCredentialKey(stored.publicKey, { cache: input.keys, dangerouslyAllowSha1: true }),
    ),
    extensions: readExtensionOutputs(credential.clientExtensionResults, authenticatorData.extensions),
  };
  runChecks(checks, facts);
  const { flags, signCount } = authenticatorData;
  return {
    credentialId: stored.credentialId,
    signCount,
    signCountRegressed: hasRegressed(facts),
    userPresent: flags.userPresent,
    userVerified: flags.userVerified,
    backupEligible: flags.backupEligible,
    backedUp: flags.backedUp,
    userHandle: credential.response.userHandle ?? null,
    extensions: facts.extensions,
  };
}

function hasRegressed({ authenticatorData, stored }: AuthenticationFacts): boolean {
  const counting = authenticatorData.signCount !== 0 || stored.signCount !== 0;
  return counting && authenticatorData.signCount <= stored.signCount;
}

/** WebAuthn L3 §10.1.1: a U2F credential answers for the AppID, if that was asked and the client says it did. */
function scope({ expected, extensions }: AuthenticationFacts): string {
  const appId = expected.extensions?.['appid'];
  return typeof appId === 'string' && extensions.client['appid'] === true ? appId : expected.rpId;
}
