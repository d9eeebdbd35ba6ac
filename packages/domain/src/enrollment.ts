import type { DeviceOwner } from './device.ts';
import type { EnrollmentState } from './enrollment-states.ts';

/** The creation options that an identity provider gave, in the JSON shape of WebAuthn L3 §5.1.8 (all bytes base64url). */
export interface CreationOptions {
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[];
  readonly timeout?: number;
  readonly excludeCredentials: readonly {
    readonly type: 'public-key';
    readonly id: string;
    readonly transports?: readonly string[];
  }[];
  readonly authenticatorSelection: {
    readonly residentKey: 'required' | 'preferred' | 'discouraged';
    readonly userVerification: 'required' | 'preferred' | 'discouraged';
    readonly authenticatorAttachment?: 'platform' | 'cross-platform';
  };
  readonly attestation: 'none' | 'indirect' | 'direct' | 'enterprise';
  readonly hints?: readonly string[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Request options in the JSON shape of WebAuthn L3 §5.1.10. */
export interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
  readonly allowCredentials: readonly {
    readonly type: 'public-key';
    readonly id: string;
    readonly transports?: readonly string[];
  }[];
  readonly userVerification: 'required' | 'preferred' | 'discouraged';
}

/** RegistrationResponseJSON, WebAuthn L3 §5.1.8.1, as far as a verifier reads it. */
export interface RegistrationCredential {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[];
  };
  readonly clientExtensionResults?: Readonly<Record<string, unknown>>;
}

/** AuthenticationResponseJSON, WebAuthn L3 §5.1.8.1, as far as a verifier reads it. */
export interface AuthenticationCredential {
  readonly id: string;
  readonly rawId?: string | undefined;
  readonly type?: 'public-key' | undefined;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
}

/** Why an enrollment ended, besides the domain's own error codes and the workstation service's. */
export const enrollmentFailureCodes = ['operator-cancelled', 'superseded', 'device-retired'] as const;

export interface Enrollment {
  readonly enrollmentId: string;
  readonly deviceId: string;
  readonly identityProviderId: string;
  readonly user: DeviceOwner;
  readonly policyId: string | null;
  readonly workstationId: string;
  /** The workstation's name for the plugged-in key while it stays plugged in. */
  readonly connectionId: string;
  readonly state: EnrollmentState;
  readonly options: CreationOptions | null;
  /** Where the options come from: what clientDataJSON.origin must say. */
  readonly origin: string | null;
  /** The identity provider's own handle of the pending registration. */
  readonly handle: string | null;
  readonly credential: RegistrationCredential | null;
  /** A domain error code, a workstation error code, or one of `enrollmentFailureCodes`. */
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly operatorId: string | null;
  /** The newest order: a receipt for an older one is answered with a new order, never acted upon. */
  readonly orderId: string | null;
  /** The caller's name of the request that started it, unique in the tenant: a repeat finds this enrollment. */
  readonly idempotencyKey: string | null;
  /** Whoever works on it holds this lease; a crashed holder's runs out. */
  readonly leaseUntil: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
}
