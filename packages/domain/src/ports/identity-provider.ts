import type { CreationOptions, RegistrationCredential } from '../enrollment.ts';
import type { TenantId } from '../tenant.ts';
import type { DirectoryUser } from '../user.ts';

/** What every identity provider can do for us, whatever its wire looks like. One file each in apps/server/src/idp. */
export interface IdentityProvider {
  /** Exact match on the login attribute, as the directory compares it: none, one, or several people. */
  findUsers(username: string): Promise<readonly DirectoryUser[]>;
  getUser(reference: string): Promise<DirectoryUser | null>;
  /** Starts a registration on behalf of the user. No outside effect that `abandon` can't take back. */
  begin(
    user: DirectoryUser,
    options: { timeToLiveSeconds: number },
  ): Promise<{
    readonly options: CreationOptions;
    readonly origin: string;
    readonly expiresAt: Date;
    /** The provider's own name of the pending registration. */
    readonly handle: string;
  }>;
  /** Idempotent by credential id: a second call for the same credential answers as the first. */
  complete(registration: {
    readonly handle: string;
    readonly user: DirectoryUser;
    readonly credential: RegistrationCredential;
    readonly verified: VerifiedRegistration;
    readonly label: string;
    readonly deviceId: string;
  }): Promise<{ readonly remoteId: string }>;
  abandon(handle: string): Promise<void>;
  listCredentials(reference: string): Promise<readonly RemoteCredential[]>;
  /** A credential that is gone already counts as removed. */
  removeCredential(reference: string, remoteId: string): Promise<void>;
}

export interface RemoteCredential {
  readonly remoteId: string;
  /** base64url; null where the provider does not tell. */
  readonly credentialId: string | null;
  readonly label: string;
}

/** What our own verification (WebAuthn L3 §7.1) established, before anything is sent anywhere. */
export interface VerifiedRegistration {
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly algorithm: number;
  readonly signCount: number;
  readonly aaguid: string;
  readonly attestationFormat: string;
  readonly attestationTrusted: boolean;
  readonly transports: readonly string[];
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly userVerified: boolean;
}

export interface IdentityProviders {
  /** Throws `identity-provider-not-found`, `-inactive` or `-unreachable`. */
  open(tenantId: TenantId, identityProviderId: string): Promise<IdentityProvider>;
}
