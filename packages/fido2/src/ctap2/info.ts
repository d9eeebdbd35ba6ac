import type { CallOptions, CtapDevice } from './device.ts';
import { DeviceError } from './device.ts';

/** authenticatorGetInfo (CTAP 2.1 §6.4, with the members of 2.2); absent members are null or the standard's default. */
export interface AuthenticatorInfo {
  readonly versions: readonly string[];
  readonly extensions: readonly string[];
  /** Lower-case UUID. */
  readonly aaguid: string;
  readonly options: Readonly<Record<string, boolean>>;
  /** Bytes; 1024 where the key doesn't say. */
  readonly maxMsgSize: number;
  /** In the key's order of preference; empty on a key without any. */
  readonly pinUvAuthProtocols: readonly number[];
  readonly maxCredentialCountInList: number | null;
  readonly maxCredentialIdLength: number | null;
  readonly transports: readonly string[];
  /** COSE algorithm identifiers, preferred first; empty where the key doesn't say. */
  readonly algorithms: readonly number[];
  readonly maxSerializedLargeBlobArray: number | null;
  readonly forcePINChange: boolean;
  /** Unicode code points; 4 where the key doesn't say. */
  readonly minPINLength: number;
  readonly firmwareVersion: number | null;
  readonly maxCredBlobLength: number | null;
  readonly maxRPIDsForSetMinPINLength: number | null;
  readonly preferredPlatformUvAttempts: number | null;
  readonly uvModality: number | null;
  readonly certifications: Readonly<Record<string, number>>;
  readonly remainingDiscoverableCredentials: number | null;
  readonly vendorPrototypeConfigCommands: readonly number[];
  readonly attestationFormats: readonly string[];
  readonly uvCountSinceLastPinEntry: number | null;
  readonly longTouchForReset: boolean;
  readonly encIdentifier: Uint8Array | null;
  readonly transportsForReset: readonly string[];
  readonly pinComplexityPolicy: boolean | null;
  readonly pinComplexityPolicyURL: string | null;
  readonly maxPINLength: number | null;
  readonly encCredStoreState: Uint8Array | null;
  readonly authenticatorConfigCommands: readonly number[] | null;
  /** Members that no version we know defines, by their key. */
  readonly unknown: ReadonlyMap<unknown, unknown>;
}

export const getInfo = async (
  _device: CtapDevice,
  _options: CallOptions = {},
): Promise<AuthenticatorInfo> => {
  throw new DeviceError('unsupported', 'getInfo is not there yet');
};
