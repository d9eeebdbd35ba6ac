import type { DeviceState } from './device-states.ts';

/** The credential that proves which key this is. Spec: lifecycle manager §7. */
export interface AssetTag {
  /** base64url */
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly signCount: number;
}

export interface DeviceOwner {
  readonly identityProviderId: string;
  readonly reference: string;
  readonly username: string;
  readonly displayName: string;
}

export interface Device {
  readonly deviceId: string;
  readonly state: DeviceState;
  readonly policyId: string | null;
  /** Read by a vendor's driver; null where the key has none to tell. Proves nothing by itself. */
  readonly serial: string | null;
  readonly aaguid: string;
  readonly model: string;
  readonly firmware: string | null;
  readonly virtual: boolean;
  readonly assetTag: AssetTag | null;
  readonly owner: DeviceOwner | null;
  /** The enrolled credential at the owner's identity provider, base64url. */
  readonly credentialId: string | null;
  /** That provider's own id for it. */
  readonly remoteId: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
