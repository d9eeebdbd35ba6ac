import { fromBase64Url } from '../bytes/index.ts';
import { type Blame, reading } from './check.ts';
import { WebAuthnError } from './errors.ts';
import type {
  AuthenticationResponseJson,
  AuthenticatorAttachment,
  RegistrationResponseJson,
} from './types.ts';

/** base64url characters; beyond them nothing is even decoded. */
const longest = {
  clientData: 16_384,
  attestationObject: 87_384,
  authenticatorData: 16_384,
  signature: 8192,
  id: 1364,
};

export interface RegistrationBytes {
  readonly clientDataJson: Uint8Array;
  readonly attestationObject: Uint8Array;
}

export interface AuthenticationBytes {
  readonly clientDataJson: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly signature: Uint8Array;
}

export function readRegistrationResponse(
  credential: RegistrationResponseJson,
  clause: string,
): RegistrationBytes {
  const blame: Blame = { code: 'response-malformed', clause };
  requireShape(credential, blame);
  const { response } = credential;
  return {
    clientDataJson: readBytes(response.clientDataJSON, longest.clientData, blame),
    attestationObject: readBytes(response.attestationObject, longest.attestationObject, blame),
  };
}

export function readAuthenticationResponse(
  credential: AuthenticationResponseJson,
  clause: string,
): AuthenticationBytes {
  const blame: Blame = { code: 'response-malformed', clause };
  requireShape(credential, blame);
  const { response } = credential;
  if (response.userHandle !== undefined && response.userHandle !== null)
    readBytes(response.userHandle, 86, blame);
  return {
    clientDataJson: readBytes(response.clientDataJSON, longest.clientData, blame),
    authenticatorData: readBytes(response.authenticatorData, longest.authenticatorData, blame),
    signature: readBytes(response.signature, longest.signature, blame),
  };
}

/** What the compiler promises, and a caller that passes on JSON may not keep. */
function requireShape(credential: RegistrationResponseJson | AuthenticationResponseJson, blame: Blame): void {
  const wellFormed =
    typeof credential === 'object' &&
    credential !== null &&
    typeof credential.response === 'object' &&
    credential.response !== null &&
    (credential.type === undefined || credential.type === 'public-key') &&
    // Compared as text with what is stored or signed; what isn't base64url can't be equal.
    typeof credential.id === 'string' &&
    credential.id.length <= longest.id;
  if (!wellFormed) throw new WebAuthnError(blame.code, 'not a PublicKeyCredential', { clause: blame.clause });
}

function readBytes(text: unknown, longestText: number, blame: Blame): Uint8Array {
  if (typeof text !== 'string' || text.length > longestText) {
    throw new WebAuthnError(blame.code, `not text of at most ${longestText} characters`, {
      clause: blame.clause,
    });
  }
  return reading(blame, () => fromBase64Url(text));
}

export function claimedAttachment(credential: {
  readonly authenticatorAttachment?: string | null | undefined;
}): AuthenticatorAttachment | null {
  const { authenticatorAttachment: claim } = credential;
  return claim === 'platform' || claim === 'cross-platform' ? claim : null;
}
