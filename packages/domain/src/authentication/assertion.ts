import { type VerifiedAuthentication, verifyAuthentication, WebAuthnError } from '@keywarden/fido2/webauthn';
import type { Credential } from '../credential.ts';
import type { Ports, Tables, UserAuthenticators } from '../ports/index.ts';
import { nobodysPublicKey } from './decoys.ts';
import { relyingPartyOf, usableCredentials } from './holdings.ts';
import { failureOf, type GrantFailure } from './refusal.ts';
import type { AssertionChallenge } from './transaction.ts';
import type { FidoFactor } from './workflow.ts';

/** AuthenticatorAssertionResponseJSON, with the credential id where the client told it. All bytes are base64url. */
export interface Assertion {
  readonly id: string | null;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle: string | null;
}

export interface ProvenAssertion {
  readonly authenticators: UserAuthenticators;
  readonly credential: Credential;
  readonly verified: VerifiedAuthentication;
}

/** Whose assertion it is, if anybody's: the user named, else the one that the credential or its user handle names. */
export async function assertingUser(
  tables: Tables,
  options: { readonly username: string | null; readonly assertion: Assertion; readonly rpId: string },
): Promise<UserAuthenticators | null> {
  const { username, assertion, rpId } = options;
  if (username !== null) return tables.authenticators.findByUsername(username);
  if (assertion.id !== null) return tables.authenticators.findByCredentialId(assertion.id);
  if (assertion.userHandle !== null) {
    return tables.authenticators.findByUserHandle(rpId, assertion.userHandle);
  }
  return null;
}

/** Credentials tried where the client sent the bare `response`, which does not say which one it is of. */
const mostCandidates = 32;

/**
 * Judges an assertion. An unknown user, an unknown credential and a wrong signature take the same way to the same answer.
 */
export function judgeAssertion(
  ports: Ports,
  input: {
    readonly factor: FidoFactor;
    readonly challenge: AssertionChallenge;
    readonly assertion: Assertion;
    readonly authenticators: UserAuthenticators | null;
  },
): ProvenAssertion | { readonly failure: GrantFailure; readonly detail: string } {
  const { factor, challenge, assertion, authenticators } = input;
  const { rpId, origins } = relyingPartyOf(ports, factor);
  const judge = (stored: {
    readonly credentialId: string;
    readonly publicKey: Uint8Array;
    readonly signCount: number;
    readonly backupEligible: boolean | null;
    readonly userHandle?: string;
  }): VerifiedAuthentication =>
    verifyAuthentication({
      credential: {
        id: stored.credentialId,
        response: {
          clientDataJSON: assertion.clientDataJSON,
          authenticatorData: assertion.authenticatorData,
          signature: assertion.signature,
          userHandle: assertion.userHandle,
        },
      },
      expected: {
        challenge: challenge.challenge,
        origins,
        rpId,
        userVerification: factor.userVerification,
        // Whoever was named was told these: a credential that is not discoverable has no user handle to show.
        ...(challenge.username !== null && { allowCredentialIds: [stored.credentialId] }),
        signatureCounter: 'refuse',
      },
      stored,
    });

  const mine =
    authenticators === null
      ? []
      : usableCredentials(authenticators.credentials, {
          rpId,
          code: factor.code,
          now: ports.clock.now(),
        }).filter((credential) => assertion.id === null || assertion.id === credential.credentialId);
  let failure: GrantFailure = 'bad-credential';
  let detail = authenticators === null ? 'no such user or credential' : 'no such credential of this user';
  for (const credential of mine.slice(0, mostCandidates)) {
    try {
      const verified = judge(credential);
      if (authenticators !== null) return { authenticators, credential, verified };
    } catch (error) {
      if (!(error instanceof WebAuthnError)) throw error;
      failure = failureOf(error.code);
      detail = error.message;
      if (failure !== 'bad-credential') break;
    }
  }
  if (mine.length === 0) {
    try {
      judge({
        credentialId: assertion.id ?? 'AA',
        publicKey: nobodysPublicKey,
        signCount: 0,
        backupEligible: null,
      });
    } catch (error) {
      if (!(error instanceof WebAuthnError)) throw error;
      failure = failureOf(error.code);
    }
  }
  return { failure, detail };
}

/**
 * What the ID token's `amr` may truly say of it (RFC 8176; `pop` from OpenID Connect EAP ACR Values): a key was possessed;
 * in hardware only where a trusted attestation proved the model.
 */
export function assertionMethods({ credential, verified }: ProvenAssertion): readonly string[] {
  return [
    'pop',
    ...(credential.attestationTrusted && !credential.backupEligible ? ['hwk'] : []),
    ...(verified.userPresent ? ['user'] : []),
    ...(verified.userVerified ? ['mfa'] : []),
  ];
}
