/** A tenant's workflow: which factors there are, and what may be enrolled upon which. Read and written as a whole. */
export interface Workflow {
  /** As the portal's own address spells it. */
  readonly theme_id: string;
  readonly accessCriteria: readonly AccessCriteria[];
  readonly firstFactors: readonly Factor[];
  readonly secondFactors: readonly Factor[];
  readonly enrollActions: readonly EnrollAction[];
  /**
   * `users-without-authenticator` lets a user who has neither a password nor a passkey enroll the first one unproven.
   * Whoever knows such a username takes the account: `off` unless the tenant decides otherwise.
   */
  readonly dangerousBootstrap: 'off' | 'users-without-authenticator';
}

/** Who is offered the factors and actions that name it. Filtering true: only the factors that the user holds are told. */
export interface AccessCriteria {
  readonly accessCriteriaId: string;
  /** Names of groups; whoever is in none of them is neither offered it nor may use it. Empty: everybody. */
  readonly groups: readonly string[];
  /** The same with roles, as the directory gave them (RFC 7643 §4.1.2). */
  readonly roles: readonly string[];
  readonly authenticators: {
    readonly firstFactorsFiltering: boolean;
    readonly secondFactorsFiltering: boolean;
  };
}

/** The relying party of a factor or enroll action. null: that of the public URL. */
export interface RelyingParty {
  readonly rpId: string | null;
  /** Whole origins that clientDataJSON may name. */
  readonly origins: readonly string[] | null;
}

interface FactorBase {
  readonly factorId: string;
  /** The authentication policy (authType), e.g. `AT_FIDO`. */
  readonly code: string;
  /** What the ID token's `acr` says after it. */
  readonly acr: string;
  /** Wrong answers that end a transaction. */
  readonly retry: number;
  readonly stepUp: 'notRequired' | 'required';
  readonly enrollmentRequired: boolean;
  /** Ids of enroll actions that this factor offers. */
  readonly enrollActions: readonly string[];
  readonly accessCriteriaId: string;
  /** Wrong answers, over all transactions, that disable the authenticator; null: never. */
  readonly disableThreshold: number | null;
  /** Seconds until a disabled authenticator may be tried again. */
  readonly disabledTimeReset: number;
  /** Seconds that the authenticator stays valid, as told in `expires_in`. */
  readonly validity: number;
}

export interface PasswordFactor extends FactorBase {
  readonly type: 'LOGIN';
}

export interface FidoFactor extends FactorBase, RelyingParty {
  readonly type: 'FIDO';
  readonly userVerification: 'required' | 'preferred' | 'discouraged';
}

/** How many digits a one-time code has. Apps know no other number (RFC 6238 as it is deployed). */
export const oneTimeCodeDigits = { totp: 6, email: 8 } as const;

export interface OneTimeCodeFactor extends FactorBase {
  readonly type: 'OTP';
  /** `totp`: an app on the user's phone (RFC 6238). `email`: sent to her address in the directory. */
  readonly method: 'totp' | 'email';
}

export type Factor = PasswordFactor | FidoFactor | OneTimeCodeFactor;

export interface EnrollAction extends RelyingParty {
  readonly enrollId: string;
  readonly type: 'FIDO';
  readonly code: string;
  readonly deviceType: string;
  /** What authenticators are asked for. */
  readonly attestationVerification: 'none' | 'indirect' | 'direct' | 'enterprise';
  /**
   * `roots`: only an attestation that chains to `attestationRoots` is believed. `metadata`: only one that the FIDO
   * Metadata Service vouches for.
   */
  readonly attestationTrust: 'none' | 'roots' | 'metadata';
  /** DER certificates, base64url. */
  readonly attestationRoots: readonly string[];
  /** A `CertificationLevel` of the metadata; null: any. Needs `metadata`. */
  readonly minimumCertification: string | null;
  /** What happens while the metadata is past its date. */
  readonly staleMetadata: 'refuse' | 'accept';
  /** Lower-case UUIDs; empty: any. Needs trust: an AAGUID that nobody proved is a claim. */
  readonly allowedAaguids: readonly string[];
  readonly deniedAaguids: readonly string[];
  /** Refuse passkeys that can be copied (BE = 1). */
  readonly deviceBoundOnly: boolean;
  readonly userVerification: 'required' | 'preferred' | 'discouraged';
  readonly residentKey: 'required' | 'preferred' | 'discouraged';
  readonly rpName: string | null;
  /** COSE algorithm identifiers, best first. */
  readonly algorithms: readonly number[];
  /** Factor ids: the user must hold one to be offered this action, and must have proven one to use it. */
  readonly upon: readonly string[];
  /** What must be proven in the transaction before this action; null: `upon` alone decides. */
  readonly protectionFactor: ProtectionFactor | null;
  readonly accessCriteriaId: string;
}

/**
 * Beside it, the one-time code that an operator issued for a device that waits for the user opens every action but one
 * that asks for an authenticator and a pending device both.
 */
export interface ProtectionFactor {
  /**
   * null: with a pending device, any factor of `upon`. `AT_ENROLLMENT_CODE`: the code and nothing else, with `pendingDevice`.
   */
  readonly authType: string | null;
  /** A device of the action's type must wait for the user; the passkey fills it. */
  readonly pendingDevice: boolean;
}

export interface StoredWorkflow {
  readonly version: number;
  readonly document: Workflow;
  readonly createdAt: Date;
  /** The name of who stored it. */
  readonly createdBy: string;
  /** What she said of it. */
  readonly note: string;
}

/** ES256, ES384, ES512, EdDSA, RS256 (COSE algorithm identifiers), best first. */
export const usualAlgorithms: readonly number[] = [-7, -35, -36, -8, -257];

/** What a tenant has until it decides otherwise: password or passkey, a passkey enrolled upon either after the password. */
export const usualWorkflow: Workflow = {
  theme_id: 'default',
  accessCriteria: [
    {
      accessCriteriaId: 'access_criteria.common_to_all',
      groups: [],
      roles: [],
      authenticators: { firstFactorsFiltering: false, secondFactorsFiltering: false },
    },
  ],
  firstFactors: [
    {
      factorId: 'factor.fido',
      type: 'FIDO',
      code: 'AT_FIDO',
      acr: 'acr_fido',
      userVerification: 'required',
      rpId: null,
      origins: null,
      retry: 3,
      stepUp: 'notRequired',
      enrollmentRequired: false,
      enrollActions: ['enroll_action.fido'],
      accessCriteriaId: 'access_criteria.common_to_all',
      // Nobody guesses a signature, and anybody can send a wrong one: a threshold here would lock people out, not thieves.
      disableThreshold: null,
      disabledTimeReset: 300,
      validity: 5_184_000,
    },
    {
      factorId: 'factor.password',
      type: 'LOGIN',
      code: 'AT_EMPPWD',
      acr: 'acr_password',
      retry: 3,
      stepUp: 'notRequired',
      enrollmentRequired: false,
      enrollActions: ['enroll_action.fido'],
      accessCriteriaId: 'access_criteria.common_to_all',
      disableThreshold: 10,
      disabledTimeReset: 300,
      validity: 5_184_000,
    },
  ],
  secondFactors: [],
  enrollActions: [
    {
      enrollId: 'enroll_action.fido',
      type: 'FIDO',
      code: 'AT_FIDO',
      deviceType: 'DT_FIDO',
      attestationVerification: 'direct',
      attestationTrust: 'none',
      attestationRoots: [],
      minimumCertification: null,
      staleMetadata: 'refuse',
      allowedAaguids: [],
      deniedAaguids: [],
      deviceBoundOnly: false,
      userVerification: 'required',
      residentKey: 'preferred',
      rpId: null,
      rpName: null,
      origins: null,
      algorithms: usualAlgorithms,
      upon: ['factor.password', 'factor.fido'],
      protectionFactor: { authType: 'AT_EMPPWD', pendingDevice: false },
      accessCriteriaId: 'access_criteria.common_to_all',
    },
  ],
  dangerousBootstrap: 'off',
};

/** As a client is told of it: the relying party that holds for this tenant is filled in. */
export type OfferedFactor = PasswordFactor | OneTimeCodeFactor | (FidoFactor & { readonly rpId: string });
export type OfferedEnrollAction = EnrollAction & { readonly rpId: string };
