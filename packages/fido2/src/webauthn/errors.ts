/** Every reason for which a registration or an authentication is refused. Closed; words; stable. */
export const webAuthnErrorCodes = [
  // What came back is not of the form that WebAuthn gives it.
  'response-malformed',
  'client-data-malformed',
  'authenticator-data-malformed',
  'attestation-object-malformed',
  'public-key-malformed',
  // It answers another question.
  'client-data-type-wrong',
  'challenge-mismatch',
  'origin-not-allowed',
  'cross-origin-not-allowed',
  'top-origin-not-allowed',
  'rp-id-mismatch',
  // The authenticator did not do what was asked of it.
  'user-not-present',
  'user-not-verified',
  'backup-flags-invalid',
  'backup-eligibility-changed',
  'backup-eligible-not-allowed',
  'algorithm-not-allowed',
  'algorithm-not-supported',
  'attachment-mismatch',
  'discoverable-credential-missing',
  'extension-malformed',
  'extension-not-satisfied',
  // Attestation.
  'attestation-missing',
  'attestation-format-unknown',
  'attestation-format-refused',
  'attestation-statement-malformed',
  'attestation-statement-mismatch',
  'attestation-signature-invalid',
  'attestation-certificate-invalid',
  'attestation-enterprise-not-asked',
  'attestation-enterprise-missing',
  'attestation-untrusted',
  'trust-anchor-malformed',
  'aaguid-not-allowed',
  // The credential.
  'credential-id-mismatch',
  'credential-id-too-long',
  'credential-excluded',
  'credential-not-allowed',
  'user-handle-mismatch',
  'signature-invalid',
  'signature-counter-regressed',
] as const;

export type WebAuthnErrorCode = (typeof webAuthnErrorCodes)[number];

/** A refusal. `clause` names the rule that was broken; `message` is for the log, never for a person. */
export class WebAuthnError extends Error {
  override readonly name = 'WebAuthnError';
  readonly code: WebAuthnErrorCode;
  /** For example `WebAuthn L3 §7.1 step 8`. */
  readonly clause: string;

  constructor(
    code: WebAuthnErrorCode,
    message: string,
    options: { readonly clause: string; readonly cause?: unknown },
  ) {
    super(
      `${message} (${options.clause})`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.clause = options.clause;
  }
}
