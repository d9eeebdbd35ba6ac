import type { TrustAnchors } from '../x509/index.ts';

export type UserVerificationRequirement = 'required' | 'preferred' | 'discouraged';
export type AttestationConveyance = 'none' | 'indirect' | 'direct' | 'enterprise';
export type AuthenticatorAttachment = 'platform' | 'cross-platform';

/** RegistrationResponseJSON (WebAuthn L3 §5.1.8.1): every byte string is base64url. Unknown members are ignored. */
export interface RegistrationResponseJson {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[] | undefined;
  };
  readonly authenticatorAttachment?: string | null | undefined;
  readonly clientExtensionResults?: Readonly<Record<string, unknown>> | undefined;
}

/** AuthenticationResponseJSON (WebAuthn L3 §5.1.8.1): every byte string is base64url. Unknown members are ignored. */
export interface AuthenticationResponseJson {
  readonly id: string;
  readonly rawId?: string | undefined;
  readonly type?: 'public-key' | undefined;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
  readonly authenticatorAttachment?: string | null | undefined;
  readonly clientExtensionResults?: Readonly<Record<string, unknown>> | undefined;
}

/** What both ceremonies were started with. */
export interface CeremonyExpectation {
  /** base64url, as it was sent. Its single use is the caller's: consume it before verifying. */
  readonly challenge: string;
  /** Whole origins, compared exactly: `https://example.org`, `android:apk-key-hash:…`. */
  readonly origins: readonly string[];
  /** Origins of other domains that `/.well-known/webauthn` of the RP ID lists (WebAuthn L3 §5.11). */
  readonly relatedOrigins?: readonly string[] | undefined;
  /** Whether a frame of another origin than its top-level page may be used. Default false. */
  readonly allowCrossOrigin?: boolean | undefined;
  /** The pages that may embed us, with `allowCrossOrigin`; a page that the client names must be one of them. */
  readonly topOrigins?: readonly string[] | undefined;
  readonly rpId: string;
  readonly userVerification: UserVerificationRequirement;
  /** Default true; false only for conditional creation (`mediation: 'conditional'`) and silent assertions. */
  readonly requireUserPresence?: boolean | undefined;
  /** The extension inputs as they were sent; what they demand is checked in the outputs. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

export interface RegistrationExpectation extends CeremonyExpectation {
  /** COSE algorithm identifiers, as in `pubKeyCredParams`. */
  readonly algorithms: readonly number[];
  readonly attestation: AttestationConveyance;
  /** Attestation must carry the serial number that only enterprise attestation has. Default false. */
  readonly requireEnterpriseAttestation?: boolean | undefined;
  readonly excludeCredentialIds?: readonly string[] | undefined;
  /** UUIDs. A rule is met only by an attestation that proves the AAGUID with a chain to a trust anchor. */
  readonly allowedAaguids?: readonly string[] | undefined;
  /** UUIDs, refused whether proven or not. */
  readonly deniedAaguids?: readonly string[] | undefined;
  readonly authenticatorAttachment?: AuthenticatorAttachment | undefined;
  readonly residentKey?: 'required' | 'preferred' | 'discouraged' | undefined;
  /** Only credentials that can't be backed up (BE = 0). Default false. */
  readonly requireDeviceBound?: boolean | undefined;
}

export interface AuthenticationExpectation extends CeremonyExpectation {
  /** base64url. Undefined or empty: any credential of the user (discoverable credential). */
  readonly allowCredentialIds?: readonly string[] | undefined;
  /** What a counter that did not grow means. Default `report`: `signCountRegressed` in the answer. */
  readonly signatureCounter?: 'report' | 'refuse' | undefined;
  /** Default false. */
  readonly requireDeviceBound?: boolean | undefined;
}

/** What an attestation says of itself before it is believed; to look trust anchors up by. */
export interface AttestationSubject {
  readonly format: string;
  /** UUID, lower case. */
  readonly aaguid: string;
  /** DER, the attestation certificate first. */
  readonly certificates: readonly Uint8Array[];
}

/** Which attestations are believed. Everything is an argument: no root of this machine is ever used. */
export interface AttestationTrust {
  /**
   * Root certificates in DER; or `TrustAnchors`, which parse them once and remember verified chains; or a function
   * that gives the anchors of one authenticator model. Anchors that belong to the AAGUID prove the AAGUID; anchors for
   * all models do only together with an AAGUID in the attestation certificate.
   */
  readonly anchors:
    | readonly Uint8Array[]
    | TrustAnchors
    | ((attestation: AttestationSubject) => readonly Uint8Array[] | TrustAnchors);
  /** True: an attestation without a chain to an anchor is refused. */
  readonly requireTrusted: boolean;
  /** Attestation formats to accept. Default: all that are known but `android-safetynet`. */
  readonly formats?: readonly string[] | undefined;
  /**
   * `zero` (default): U2F authenticators have no AAGUID and their signature does not cover one, so only zeros are
   * believed, as FIDO's conformance tests ask. `any`: as WebAuthn L3 §8.6, which does not look at it.
   */
  readonly fidoU2fAaguid?: 'zero' | 'any' | undefined;
  /** `registered` (default): vendor identifiers of the TCG registry. `any`: as WebAuthn L3 §8.3.1, test tools included. */
  readonly tpmManufacturers?: 'registered' | 'any' | undefined;
  /** Android keys must be held by the trusted execution environment or a secure element. Default false. */
  readonly requireAndroidTrustedEnvironment?: boolean | undefined;
  /** RS1 (-65535) in attestation statements of old TPMs and as credential algorithm. Default false. */
  readonly dangerouslyAllowSha1?: boolean | undefined;
}

/** What the server keeps of a credential. */
export interface StoredCredential {
  /** base64url */
  readonly credentialId: string;
  /** COSE_Key, as `VerifiedRegistration.publicKey`. */
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  /** Null where it was never recorded. */
  readonly backupEligible: boolean | null;
  /** base64url; undefined where the user is known otherwise and the credential isn't discoverable. */
  readonly userHandle?: string | undefined;
}

export type AttestationType = 'none' | 'self' | 'basic' | 'attestation-ca' | 'anonymization-ca' | 'compound';

export interface VerifiedRegistration {
  /** base64url */
  readonly credentialId: string;
  /** COSE_Key as the authenticator encoded it. */
  readonly publicKey: Uint8Array;
  /** COSE algorithm identifier. */
  readonly algorithm: number;
  readonly signCount: number;
  /** UUID, lower case. Proven only where `aaguidProven`. */
  readonly aaguid: string;
  readonly attestationFormat: string;
  readonly attestationType: AttestationType;
  /** A chain to one of the given anchors was verified. */
  readonly attestationTrusted: boolean;
  /** The attestation is trusted and says for which AAGUID it is. */
  readonly aaguidProven: boolean;
  /** The serial number that enterprise attestation carries, base64url. */
  readonly enterpriseSerialNumber: string | null;
  /** As the client told them, unknown ones kept; proven by nothing. */
  readonly transports: readonly string[];
  /** Proven by the attestation format, else as the client told it; null where neither says. */
  readonly attachment: AuthenticatorAttachment | null;
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** From credProps.rk; null where the client did not tell. */
  readonly discoverable: boolean | null;
  readonly extensions: ExtensionOutputs;
}

export interface VerifiedAuthentication {
  /** base64url */
  readonly credentialId: string;
  readonly signCount: number;
  /** WebAuthn L3 §7.2 step 22: perhaps a clone. */
  readonly signCountRegressed: boolean;
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** base64url */
  readonly userHandle: string | null;
  readonly extensions: ExtensionOutputs;
}

/** Extension outputs, unknown ones kept as they came. */
export interface ExtensionOutputs {
  /** Said by the client, proven by nothing. */
  readonly client: Readonly<Record<string, unknown>>;
  /** Signed by the authenticator. CBOR maps are `Map`s. */
  readonly authenticator: ReadonlyMap<string, unknown>;
}
