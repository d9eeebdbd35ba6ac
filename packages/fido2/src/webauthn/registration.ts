import { Buffer } from 'node:buffer';
import {
  type AttestedCredential,
  type AuthenticatorData,
  parseAuthenticatorData,
} from '../authenticator-data/index.ts';
import { FormatError, sha256, toBase64Url } from '../bytes/index.ts';
import { type CredentialKey, type CredentialKeyCache, openCredentialKey } from '../cose/index.ts';
import { type AttestationOutcome, parseAttestationObject, verifyAttestation } from './attestation/index.ts';
import { reading, runChecks } from './check.ts';
import { type ClientData, parseClientData } from './client-data.ts';
import { WebAuthnError } from './errors.ts';
import { discoverable, readExtensionOutputs } from './extensions.ts';
import { afterAttestation, beforeAttestation } from './registration-checks.ts';
import { claimedAttachment, readRegistrationResponse } from './response.ts';
import type {
  AttestationTrust,
  AuthenticatorAttachment,
  ExtensionOutputs,
  RegistrationExpectation,
  RegistrationResponseJson,
  VerifiedRegistration,
} from './types.ts';

export interface RegistrationInput {
  readonly credential: RegistrationResponseJson;
  readonly expected: RegistrationExpectation;
  readonly trust: AttestationTrust;
  readonly now: Date;
  /** Imported public keys, remembered from call to call. */
  readonly keys?: CredentialKeyCache | undefined;
}

/** What a registration response says, read but not believed. */
export interface RegistrationFacts {
  readonly credential: RegistrationResponseJson;
  readonly expected: RegistrationExpectation;
  readonly trust: AttestationTrust;
  readonly clientData: ClientData;
  readonly format: string;
  readonly authenticatorData: AuthenticatorData;
  readonly attested: AttestedCredential;
  /** base64url */
  readonly credentialId: string;
  readonly credentialKey: CredentialKey;
  readonly transports: readonly string[];
  readonly claimedAttachment: AuthenticatorAttachment | null;
  readonly extensions: ExtensionOutputs;
}

export interface AttestedFacts {
  readonly registration: RegistrationFacts;
  readonly attestation: AttestationOutcome;
}

/**
 * WebAuthn L3 §7.1, but for the steps that only the caller can do: 1 and 2 (asking), 26 (no other user has this
 * credential id: compare within the transaction that stores it) and 29 (storing). The challenge must have been
 * consumed before.
 *
 * @throws WebAuthnError
 */
export function verifyRegistration(input: RegistrationInput): VerifiedRegistration {
  const { credential, expected, trust } = input;
  const bytes = readRegistrationResponse(credential, 'WebAuthn L3 §7.1 step 3');
  const clientData = reading({ code: 'client-data-malformed', clause: 'WebAuthn L3 §7.1 step 6' }, () =>
    parseClientData(bytes.clientDataJson),
  );
  const clientDataHash = sha256(bytes.clientDataJson);
  const object = reading({ code: 'attestation-object-malformed', clause: 'WebAuthn L3 §7.1 step 13' }, () =>
    parseAttestationObject(bytes.attestationObject),
  );
  const authenticatorData = reading(
    { code: 'authenticator-data-malformed', clause: 'WebAuthn L3 §7.1 step 13' },
    () => parseAuthenticatorData(object.authenticatorData),
  );
  const attested = requireAttestedCredential(authenticatorData);
  const facts: RegistrationFacts = {
    credential,
    expected,
    trust,
    clientData,
    format: object.format,
    authenticatorData,
    attested,
    credentialId: toBase64Url(attested.credentialId),
    credentialKey: readCredentialKey(attested, input),
    transports: readTransports(credential),
    claimedAttachment: claimedAttachment(credential),
    extensions: readExtensionOutputs(credential.clientExtensionResults, authenticatorData.extensions),
  };
  runChecks(beforeAttestation, facts);
  const attestation = verifyAttestation({
    aaguid: attested.aaguid,
    credentialId: attested.credentialId,
    format: object.format,
    statement: object.statement,
    authenticatorData,
    credentialKey: facts.credentialKey,
    clientDataHash,
    signedBytes: Buffer.concat([object.authenticatorData, clientDataHash]),
    trust,
    now: input.now,
  });
  runChecks(afterAttestation, { registration: facts, attestation });
  return record(facts, attestation);
}

/** WebAuthn L3 §7.1 step 27. */
function record(facts: RegistrationFacts, attestation: AttestationOutcome): VerifiedRegistration {
  const { authenticatorData, attested, credentialKey } = facts;
  const serialNumber = attestation.enterpriseSerialNumber;
  return {
    credentialId: facts.credentialId,
    publicKey: attested.publicKey.slice(),
    algorithm: credentialKey.cose.algorithm,
    signCount: authenticatorData.signCount,
    aaguid: attested.aaguid,
    attestationFormat: facts.format,
    attestationType: attestation.type,
    attestationTrusted: attestation.trusted,
    aaguidProven: attestation.aaguidProven,
    enterpriseSerialNumber: serialNumber === null ? null : toBase64Url(serialNumber),
    transports: facts.transports,
    attachment: attestation.attachment ?? facts.claimedAttachment,
    userPresent: authenticatorData.flags.userPresent,
    userVerified: authenticatorData.flags.userVerified,
    backupEligible: authenticatorData.flags.backupEligible,
    backedUp: authenticatorData.flags.backedUp,
    discoverable: discoverable(facts.extensions),
    extensions: facts.extensions,
  };
}

function requireAttestedCredential(authenticatorData: AuthenticatorData): AttestedCredential {
  if (authenticatorData.attestedCredential !== null) return authenticatorData.attestedCredential;
  throw new WebAuthnError('authenticator-data-malformed', 'no attested credential data', {
    clause: 'WebAuthn L3 §6.5.1',
  });
}

function readCredentialKey(attested: AttestedCredential, input: RegistrationInput): CredentialKey {
  try {
    return openCredentialKey(attested.publicKey, {
      cache: input.keys,
      dangerouslyAllowSha1: input.trust.dangerouslyAllowSha1,
    });
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const clause = 'WebAuthn L3 §7.1 step 20';
    switch (cause.code) {
      case 'cose-algorithm-unsupported':
        throw new WebAuthnError('algorithm-not-supported', cause.message, { clause, cause });
      case 'cose-algorithm-refused':
        throw new WebAuthnError('algorithm-not-allowed', cause.message, { clause, cause });
      default:
        throw new WebAuthnError('public-key-malformed', cause.message, {
          clause: 'WebAuthn L3 §6.5.1.1',
          cause,
        });
    }
  }
}

/** WebAuthn L3 §5.2.1.1: unknown values are kept. What isn't a list of short texts is nobody's transport. */
function readTransports(credential: RegistrationResponseJson): readonly string[] {
  const { transports } = credential.response;
  if (!Array.isArray(transports)) return [];
  const texts = transports.filter((transport) => typeof transport === 'string' && transport.length <= 32);
  return [...new Set(texts)].slice(0, 16);
}
