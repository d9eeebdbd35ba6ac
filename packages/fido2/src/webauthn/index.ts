import { WebAuthnError } from './errors.ts';
import type {
  AttestationTrust,
  AuthenticationExpectation,
  AuthenticationResponseJson,
  RegistrationExpectation,
  RegistrationResponseJson,
  StoredCredential,
  VerifiedAuthentication,
  VerifiedRegistration,
} from './types.ts';

export { WebAuthnError, type WebAuthnErrorCode, webAuthnErrorCodes } from './errors.ts';
export { createTrustAnchors, type TrustAnchors } from './trust-anchors.ts';
export type * from './types.ts';

/** WebAuthn L3 §7.1. @throws WebAuthnError */
export function verifyRegistration(_input: {
  readonly credential: RegistrationResponseJson;
  readonly expected: RegistrationExpectation;
  readonly trust: AttestationTrust;
  readonly now: Date;
}): VerifiedRegistration {
  throw new WebAuthnError('response-malformed', 'deny by default', { clause: 'WebAuthn L3 §7.1' });
}

/** WebAuthn L3 §7.2. @throws WebAuthnError */
export function verifyAuthentication(_input: {
  readonly credential: AuthenticationResponseJson;
  readonly expected: AuthenticationExpectation;
  readonly stored: StoredCredential;
}): VerifiedAuthentication {
  throw new WebAuthnError('response-malformed', 'deny by default', { clause: 'WebAuthn L3 §7.2' });
}
