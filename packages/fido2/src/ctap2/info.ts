import { aaguidText } from '../authenticator-data/index.ts';
import { type CommandOptions, defaultMaxMsgSize, sendCommand } from './command.ts';
import { type CtapDevice, DeviceError } from './device.ts';
import { type CborMap, type FieldType, type FieldTypes, isField } from './fields.ts';

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
  /** FIDO registry §3.1 user verification methods, a bit field. */
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
  /** Unicode code points; 63 where the key doesn't say. */
  readonly maxPINLength: number;
  readonly encCredStoreState: Uint8Array | null;
  readonly authenticatorConfigCommands: readonly number[] | null;
  /** Members that no version we know defines, or whose value has another type than defined, by their key. */
  readonly unknown: ReadonlyMap<unknown, unknown>;
}

export const infoMember = {
  versions: 0x01,
  extensions: 0x02,
  aaguid: 0x03,
  options: 0x04,
  maxMsgSize: 0x05,
  pinUvAuthProtocols: 0x06,
  maxCredentialCountInList: 0x07,
  maxCredentialIdLength: 0x08,
  transports: 0x09,
  algorithms: 0x0a,
  maxSerializedLargeBlobArray: 0x0b,
  forcePINChange: 0x0c,
  minPINLength: 0x0d,
  firmwareVersion: 0x0e,
  maxCredBlobLength: 0x0f,
  maxRPIDsForSetMinPINLength: 0x10,
  preferredPlatformUvAttempts: 0x11,
  uvModality: 0x12,
  certifications: 0x13,
  remainingDiscoverableCredentials: 0x14,
  vendorPrototypeConfigCommands: 0x15,
  attestationFormats: 0x16,
  uvCountSinceLastPinEntry: 0x17,
  longTouchForReset: 0x18,
  encIdentifier: 0x19,
  transportsForReset: 0x1a,
  pinComplexityPolicy: 0x1b,
  pinComplexityPolicyURL: 0x1c,
  maxPINLength: 0x1d,
  encCredStoreState: 0x1e,
  authenticatorConfigCommands: 0x1f,
} as const;
type InfoMember = keyof typeof infoMember;

/** Takes members out of a copy of the map; what is left in the end is unknown. */
class InfoReader {
  readonly rest: Map<unknown, unknown>;

  constructor(map: CborMap) {
    this.rest = new Map(map);
  }

  take<T extends FieldType>(member: InfoMember, type: T): FieldTypes[T] | null {
    const key = infoMember[member];
    const value = this.rest.get(key);
    if (!isField(value, type)) return null;
    this.rest.delete(key);
    return value;
  }

  list<T extends FieldType>(member: InfoMember, type: T): readonly FieldTypes[T][] {
    const items = this.rest.get(infoMember[member]);
    if (!isField(items, 'array') || !items.every((item) => isField(item, type))) return [];
    this.rest.delete(infoMember[member]);
    return items.filter((item) => isField(item, type));
  }

  record<T extends FieldType>(member: InfoMember, type: T): Readonly<Record<string, FieldTypes[T]>> {
    const entries: [string, FieldTypes[T]][] = [];
    for (const [name, value] of this.take(member, 'map') ?? []) {
      if (typeof name === 'string' && isField(value, type)) entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }

  algorithms(): readonly number[] {
    const algorithms = this.list('algorithms', 'map').map((item) => item.get('alg'));
    return algorithms.filter((algorithm) => typeof algorithm === 'number');
  }
}

/** @throws DeviceError `response-malformed` where versions or AAGUID are missing */
export const parseInfo = (map: CborMap): AuthenticatorInfo => {
  const reader = new InfoReader(map);
  const versions = reader.list('versions', 'text');
  const aaguid = reader.take('aaguid', 'bytes');
  if (versions.length === 0 || aaguid?.length !== 16) {
    throw new DeviceError('response-malformed', 'getInfo: versions and AAGUID are missing or malformed');
  }
  return {
    versions,
    aaguid: aaguidText(aaguid),
    extensions: reader.list('extensions', 'text'),
    options: reader.record('options', 'boolean'),
    maxMsgSize: reader.take('maxMsgSize', 'integer') ?? defaultMaxMsgSize,
    pinUvAuthProtocols: reader.list('pinUvAuthProtocols', 'integer'),
    maxCredentialCountInList: reader.take('maxCredentialCountInList', 'integer'),
    maxCredentialIdLength: reader.take('maxCredentialIdLength', 'integer'),
    transports: reader.list('transports', 'text'),
    algorithms: reader.algorithms(),
    maxSerializedLargeBlobArray: reader.take('maxSerializedLargeBlobArray', 'integer'),
    forcePINChange: reader.take('forcePINChange', 'boolean') ?? false,
    minPINLength: reader.take('minPINLength', 'integer') ?? 4,
    firmwareVersion: reader.take('firmwareVersion', 'integer'),
    maxCredBlobLength: reader.take('maxCredBlobLength', 'integer'),
    maxRPIDsForSetMinPINLength: reader.take('maxRPIDsForSetMinPINLength', 'integer'),
    preferredPlatformUvAttempts: reader.take('preferredPlatformUvAttempts', 'integer'),
    uvModality: reader.take('uvModality', 'integer'),
    certifications: reader.record('certifications', 'integer'),
    remainingDiscoverableCredentials: reader.take('remainingDiscoverableCredentials', 'integer'),
    vendorPrototypeConfigCommands: reader.list('vendorPrototypeConfigCommands', 'integer'),
    attestationFormats: reader.list('attestationFormats', 'text'),
    uvCountSinceLastPinEntry: reader.take('uvCountSinceLastPinEntry', 'integer'),
    longTouchForReset: reader.take('longTouchForReset', 'boolean') ?? false,
    encIdentifier: reader.take('encIdentifier', 'bytes'),
    transportsForReset: reader.list('transportsForReset', 'text'),
    pinComplexityPolicy: reader.take('pinComplexityPolicy', 'boolean'),
    pinComplexityPolicyURL: urlText(reader.take('pinComplexityPolicyURL', 'bytes')),
    maxPINLength: reader.take('maxPINLength', 'integer') ?? 63,
    encCredStoreState: reader.take('encCredStoreState', 'bytes'),
    authenticatorConfigCommands: map.has(infoMember.authenticatorConfigCommands)
      ? reader.list('authenticatorConfigCommands', 'integer')
      : null,
    unknown: reader.rest,
  };
};

/** The URL comes as a byte string (CTAP 2.2 §6.4). */
const urlText = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

/** Touches nothing and needs nobody. @throws CtapError, DeviceError */
export const getInfo = async (device: CtapDevice, options: CommandOptions = {}): Promise<AuthenticatorInfo> =>
  parseInfo((await sendCommand(device, { command: 'getInfo', sent: null }, options)).map);
