import type { AuthenticatorData } from '../../authenticator-data/index.ts';
import type { CredentialKey } from '../../cose/index.ts';
import type { Certificate } from '../../x509/index.ts';
import { WebAuthnError, type WebAuthnErrorCode } from '../errors.ts';
import type { AttestationTrust, AttestationType, AuthenticatorAttachment } from '../types.ts';

/** What a verification procedure is given (WebAuthn L3 §6.5.2). */
export interface AttestationInput {
  readonly format: string;
  readonly statement: unknown;
  readonly authenticatorData: AuthenticatorData;
  readonly aaguid: string;
  readonly credentialId: Uint8Array;
  readonly credentialKey: CredentialKey;
  /** SHA-256 of clientDataJSON. */
  readonly clientDataHash: Uint8Array;
  /** Authenticator data followed by the hash: what most formats sign. */
  readonly signedBytes: Uint8Array;
  readonly trust: AttestationTrust;
  readonly now: Date;
}

export interface AttestationOutcome {
  readonly type: AttestationType;
  readonly trusted: boolean;
  readonly aaguidProven: boolean;
  /** What the format can only come from. */
  readonly attachment: AuthenticatorAttachment | null;
  /** id-fido-gen-ce-sernum of the attestation certificate. */
  readonly enterpriseSerialNumber: Uint8Array | null;
}

/** One attestation statement format. Files of this folder are siblings of this shape. */
export interface AttestationFormat {
  readonly identifier: string;
  /** For example `WebAuthn L3 §8.2`. */
  readonly clause: string;
  /** @throws WebAuthnError, FormatError */
  readonly verify: (input: AttestationInput) => AttestationOutcome;
}

export interface TrustedLeaf {
  readonly leaf: Certificate;
  readonly trusted: boolean;
  /** The anchors were given for this very AAGUID. */
  readonly anchorsOfModel: boolean;
}

/** @throws WebAuthnError with the clause of the format */
export function demand(
  holds: boolean,
  refusal: { readonly code: WebAuthnErrorCode; readonly clause: string; readonly rule: string },
): asserts holds {
  if (!holds) throw new WebAuthnError(refusal.code, `broken: ${refusal.rule}`, { clause: refusal.clause });
}
