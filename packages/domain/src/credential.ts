export type CredentialStatus = 'PENDING' | 'ACTIVE' | 'SUSPENDED' | 'REVOKED' | 'TERMINATED';

/** A FIDO credential that the built-in authentication service accepts. */
export interface Credential {
  /** base64url. */
  readonly credentialId: string;
  readonly userId: string;
  readonly rpId: string;
  /** What `userHandle` must equal, base64url: 32 random bytes per user and RP, never the username. */
  readonly userHandle: string;
  /** COSE_Key, canonical CBOR. */
  readonly publicKey: Uint8Array;
  /** COSE algorithm identifier. */
  readonly algorithm: number;
  readonly signCount: number;
  readonly aaguid: string;
  readonly attestationFormat: string;
  /** True when a chain to a trusted root proved the model. */
  readonly attestationTrusted: boolean;
  readonly transports: readonly string[];
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly userVerified: boolean;
  readonly discoverable: boolean | null;
  /** The lifecycle manager's device that holds it, where one is known. */
  readonly deviceId: string | null;
  readonly friendlyName: string;
  /** The authentication policy (authType) it was enrolled for, e.g. `AT_FIDO`. */
  readonly authType: string;
  readonly status: CredentialStatus;
  readonly failures: number;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}
