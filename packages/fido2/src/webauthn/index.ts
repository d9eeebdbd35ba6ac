/** The relying party's side of WebAuthn Level 3: §7.1 and §7.2 as tables of checks, trust as an argument. */
export { type CredentialKeyCache, createCredentialKeyCache } from '../cose/index.ts';
export { TrustAnchors } from '../x509/index.ts';
export { type AuthenticationInput, verifyAuthentication } from './authentication.ts';
export { WebAuthnError, type WebAuthnErrorCode, webAuthnErrorCodes } from './errors.ts';
export { type RegistrationInput, verifyRegistration } from './registration.ts';
export type * from './types.ts';
