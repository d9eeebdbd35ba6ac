import { decode, encode } from '../cbor/index.ts';
import { CborFields } from '../ctap2/fields.ts';
import type { RandomBytes } from '../ctap2/surroundings.ts';
import { virtualLimits } from './profile.ts';

/** A discoverable credential. Others live in their own sealed credential ids. */
export interface StoredVirtualCredential {
  readonly credentialId: Uint8Array;
  readonly rpId: string;
  readonly user: { id: Uint8Array; name: string | null; displayName: string | null };
  readonly algorithm: number;
  readonly privateKey: Uint8Array;
  readonly credProtect: number;
  readonly credBlob: Uint8Array | null;
  readonly largeBlobKey: Uint8Array | null;
}

export interface Fingerprint {
  readonly templateId: Uint8Array;
  friendlyName: string | null;
}

/** What survives being pulled out. */
export interface VirtualState {
  /** Seals credential ids and derives hmac-secret keys; new after each reset. */
  masterKey: Uint8Array;
  pinHash: Uint8Array | null;
  /** Code points, to know whether a longer minimum makes the PIN too short. */
  pinLength: number;
  pinRetries: number;
  uvRetries: number;
  minPINLength: number;
  minPINLengthRpIds: string[];
  forcePINChange: boolean;
  alwaysUv: boolean;
  enterpriseAttestation: boolean;
  signCount: number;
  /** Oldest first. */
  credentials: StoredVirtualCredential[];
  fingerprints: Fingerprint[];
  largeBlobArray: Uint8Array | null;
  /** Certificate of this device and its key; survives a reset. */
  attestation: {
    rootHash: Uint8Array;
    privateKey: Uint8Array;
    certificate: Uint8Array;
    enterpriseCertificate: Uint8Array;
    u2fCertificate: Uint8Array;
  } | null;
}

export const freshState = (random: RandomBytes): VirtualState => ({
  masterKey: random(32),
  pinHash: null,
  pinLength: 0,
  pinRetries: virtualLimits.maxPinRetries,
  uvRetries: virtualLimits.maxUvRetries,
  minPINLength: 4,
  minPINLengthRpIds: [],
  forcePINChange: false,
  alwaysUv: false,
  enterpriseAttestation: false,
  signCount: 0,
  credentials: [],
  fingerprints: [],
  largeBlobArray: null,
  attestation: null,
});

const formatVersion = 1;

export const encodeState = (state: VirtualState): Uint8Array => encode({ ...state, version: formatVersion });

/** @throws Error where the bytes are not such a state: a damaged key is not silently a new one */
export const decodeState = (bytes: Uint8Array): VirtualState => {
  const value = decode(bytes, { maximumLength: 1 << 20 });
  const damaged = (detail: string): Error =>
    new Error(`the virtual key's stored state is damaged: ${detail}`);
  if (!(value instanceof Map)) throw damaged('not a map');
  const fields = new CborFields(value, (problem, where) => damaged(`${where} is ${problem}`));
  if (fields.required('version', 'integer') !== formatVersion) throw damaged('unknown version');
  const nullable = (from: CborFields, key: string): Uint8Array | null =>
    from.map.get(key) === null ? null : from.required(key, 'bytes');
  const nullableText = (from: CborFields, key: string): string | null =>
    from.map.get(key) === null ? null : from.required(key, 'text');
  // Certificates from before CTAP1 was known are issued anew: they are the factory's, not the owner's.
  const stored = value.get('attestation') === null ? null : fields.nested('attestation');
  const attestation = stored?.map.has('u2fCertificate') === true ? stored : null;
  return {
    masterKey: fields.required('masterKey', 'bytes'),
    pinHash: nullable(fields, 'pinHash'),
    pinLength: fields.required('pinLength', 'integer'),
    pinRetries: fields.required('pinRetries', 'integer'),
    uvRetries: fields.required('uvRetries', 'integer'),
    minPINLength: fields.required('minPINLength', 'integer'),
    minPINLengthRpIds: [...fields.list('minPINLengthRpIds', 'text')],
    forcePINChange: fields.required('forcePINChange', 'boolean'),
    alwaysUv: fields.required('alwaysUv', 'boolean'),
    enterpriseAttestation: fields.required('enterpriseAttestation', 'boolean'),
    signCount: fields.required('signCount', 'integer'),
    credentials: fields.listOfMaps('credentials').map((item) => {
      const user = item.nested('user');
      return {
        credentialId: item.required('credentialId', 'bytes'),
        rpId: item.required('rpId', 'text'),
        user: {
          id: user.required('id', 'bytes'),
          name: nullableText(user, 'name'),
          displayName: nullableText(user, 'displayName'),
        },
        algorithm: item.required('algorithm', 'integer'),
        privateKey: item.required('privateKey', 'bytes'),
        credProtect: item.required('credProtect', 'integer'),
        credBlob: nullable(item, 'credBlob'),
        largeBlobKey: nullable(item, 'largeBlobKey'),
      };
    }),
    fingerprints: fields.listOfMaps('fingerprints').map((item) => ({
      templateId: item.required('templateId', 'bytes'),
      friendlyName: nullableText(item, 'friendlyName'),
    })),
    largeBlobArray: nullable(fields, 'largeBlobArray'),
    attestation:
      attestation === null
        ? null
        : {
            rootHash: attestation.required('rootHash', 'bytes'),
            privateKey: attestation.required('privateKey', 'bytes'),
            certificate: attestation.required('certificate', 'bytes'),
            enterpriseCertificate: attestation.required('enterpriseCertificate', 'bytes'),
            u2fCertificate: attestation.required('u2fCertificate', 'bytes'),
          },
  };
};
