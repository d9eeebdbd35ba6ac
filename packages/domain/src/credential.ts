import type { PasskeyDeviceState } from './passkey-device-states.ts';

/** That of its passkey device. */
export type CredentialStatus = PasskeyDeviceState;

/** A FIDO credential that the built-in authentication service accepts. Status, validity and name are its passkey device's. */
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
  readonly validFrom: Date | null;
  readonly validUntil: Date | null;
  readonly failures: number;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}
