export const virtualProfiles = ['ctap2.1-full', 'ctap2.1-preview', 'no-config', 'ctap2.0-old'] as const;
/**
 * `ctap2.1-full`: everything. `no-config`: CTAP 2.1 without authenticatorConfig. `ctap2.1-preview`: from before 2.1,
 * with the previews of credential management and fingerprints. `ctap2.0-old`: PIN tokens without permissions,
 * discoverable credentials that nobody can list.
 */
export type VirtualProfile = (typeof virtualProfiles)[number];

export interface ProfileRules {
  /** Lower-case UUID, one per model. */
  readonly aaguid: string;
  readonly productName: string;
  readonly versions: readonly string[];
  readonly extensions: readonly string[];
  readonly pinUvAuthProtocols: readonly (1 | 2)[];
  readonly permissionTokens: boolean;
  readonly config: boolean;
  readonly credentialManagement: 'standard' | 'preview' | null;
  readonly bioEnrollment: 'standard' | 'preview' | null;
  readonly largeBlobs: boolean;
  /** Members of getInfo that came with CTAP 2.1 (0x07 and up). */
  readonly describesItself: boolean;
  readonly selection: boolean;
  readonly maxMsgSize: number;
  readonly maxCredentialCountInList: number;
}

const allExtensions = ['credBlob', 'credProtect', 'hmac-secret', 'largeBlobKey', 'minPinLength'];

export const profileRules: Readonly<Record<VirtualProfile, ProfileRules>> = {
  'ctap2.1-full': {
    aaguid: '6b657977-6172-4465-8e2d-766972747501',
    productName: 'Keywarden virtual key',
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1'],
    extensions: allExtensions,
    pinUvAuthProtocols: [2, 1],
    permissionTokens: true,
    config: true,
    credentialManagement: 'standard',
    bioEnrollment: 'standard',
    largeBlobs: true,
    describesItself: true,
    selection: true,
    maxMsgSize: 1536,
    maxCredentialCountInList: 8,
  },
  'ctap2.1-preview': {
    aaguid: '6b657977-6172-4465-8e2d-766972747502',
    productName: 'Keywarden virtual key, preview',
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE'],
    extensions: ['credProtect', 'hmac-secret'],
    pinUvAuthProtocols: [1],
    permissionTokens: false,
    config: false,
    credentialManagement: 'preview',
    bioEnrollment: 'preview',
    largeBlobs: false,
    describesItself: false,
    selection: false,
    maxMsgSize: 1200,
    maxCredentialCountInList: 8,
  },
  'no-config': {
    aaguid: '6b657977-6172-4465-8e2d-766972747503',
    productName: 'Keywarden virtual key, no config',
    versions: ['FIDO_2_0', 'FIDO_2_1'],
    extensions: ['credProtect', 'hmac-secret'],
    pinUvAuthProtocols: [2, 1],
    permissionTokens: true,
    config: false,
    credentialManagement: 'standard',
    bioEnrollment: null,
    largeBlobs: false,
    describesItself: true,
    selection: true,
    maxMsgSize: 1200,
    maxCredentialCountInList: 8,
  },
  'ctap2.0-old': {
    aaguid: '6b657977-6172-4465-8e2d-766972747504',
    productName: 'Keywarden virtual key, CTAP 2.0',
    versions: ['U2F_V2', 'FIDO_2_0'],
    extensions: ['hmac-secret'],
    pinUvAuthProtocols: [1],
    permissionTokens: false,
    config: false,
    credentialManagement: null,
    bioEnrollment: null,
    largeBlobs: false,
    describesItself: false,
    selection: false,
    maxMsgSize: 1024,
    maxCredentialCountInList: 4,
  },
};

export const virtualLimits = {
  discoverableCredentials: 25,
  maxCredentialIdLength: 160,
  maxPinRetries: 8,
  /** Wrong PINs in a row until the key wants to be plugged in again (CTAP 2.1 §6.5.2). */
  pinAttemptsPerPowerCycle: 3,
  maxUvRetries: 3,
  maxRPIDsForSetMinPINLength: 4,
  maxCredBlobLength: 32,
  maxSerializedLargeBlobArray: 1024,
  fingerprints: 5,
  samplesPerFingerprint: 4,
  friendlyNameBytes: 64,
  /** Milliseconds. */
  userActionTimeout: 30_000,
  initialTokenUse: 30_000,
  maximumTokenUse: 600_000,
  nextAssertion: 30_000,
  resetAfterAttaching: 10_000,
} as const;
