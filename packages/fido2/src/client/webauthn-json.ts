/** WebAuthn Level 3 §5.1.8: PublicKeyCredentialCreationOptionsJSON; binary members are base64url without padding. */
export interface CreationOptionsJson {
  readonly rp: { readonly id?: string | undefined; readonly name: string };
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  readonly pubKeyCredParams: readonly { readonly type: string; readonly alg: number }[];
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly excludeCredentials?: readonly CredentialDescriptorJson[] | undefined;
  readonly authenticatorSelection?:
    | {
        readonly residentKey?: string | undefined;
        readonly requireResidentKey?: boolean | undefined;
        readonly userVerification?: string | undefined;
        readonly authenticatorAttachment?: string | undefined;
      }
    | undefined;
  readonly attestation?: string | undefined;
  readonly attestationFormats?: readonly string[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** WebAuthn Level 3 §5.1.9: PublicKeyCredentialRequestOptionsJSON. */
export interface RequestOptionsJson {
  readonly challenge: string;
  readonly rpId?: string | undefined;
  readonly timeout?: number | undefined;
  readonly allowCredentials?: readonly CredentialDescriptorJson[] | undefined;
  readonly userVerification?: string | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

export interface CredentialDescriptorJson {
  readonly type: string;
  readonly id: string;
  readonly transports?: readonly string[] | undefined;
}

/** WebAuthn Level 3 §5.1: RegistrationResponseJSON. */
export interface RegistrationResponseJson {
  id: string;
  rawId: string;
  type: 'public-key';
  response: {
    clientDataJSON: string;
    attestationObject: string;
    authenticatorData: string;
    transports: string[];
    publicKeyAlgorithm: number;
  };
  authenticatorAttachment: 'cross-platform';
  clientExtensionResults: Record<string, unknown>;
}

/** WebAuthn Level 3 §5.1: AuthenticationResponseJSON. */
export interface AuthenticationResponseJson {
  id: string;
  rawId: string;
  type: 'public-key';
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string;
  };
  authenticatorAttachment: 'cross-platform';
  clientExtensionResults: Record<string, unknown>;
}
