import type { AuthenticatorInfo } from '../ctap2/info.ts';

interface CapabilityRow {
  readonly name: string;
  readonly able: (info: AuthenticatorInfo) => boolean;
}

const option = (info: AuthenticatorInfo, name: string): boolean | undefined => info.options[name];
const has = (info: AuthenticatorInfo, name: string): boolean => option(info, name) !== undefined;

/** What this key can do, read off getInfo (CTAP 2.1 §6.4). One row, one question. */
const rows = [
  { name: 'ctap1', able: (info) => info.versions.includes('U2F_V2') },
  { name: 'pin', able: (info) => has(info, 'clientPin') },
  { name: 'builtInUserVerification', able: (info) => has(info, 'uv') },
  { name: 'tokensWithPermissions', able: (info) => option(info, 'pinUvAuthToken') === true },
  { name: 'discoverableCredentials', able: (info) => option(info, 'rk') === true },
  {
    name: 'credentialManagement',
    able: (info) => option(info, 'credMgmt') === true || option(info, 'credentialMgmtPreview') === true,
  },
  // The preview has no way to change what is stored.
  { name: 'updateUserInformation', able: (info) => option(info, 'credMgmt') === true },
  { name: 'authenticatorConfig', able: (info) => option(info, 'authnrCfg') === true },
  {
    name: 'setMinPINLength',
    able: (info) => option(info, 'authnrCfg') === true && option(info, 'setMinPINLength') === true,
  },
  { name: 'alwaysUv', able: (info) => option(info, 'authnrCfg') === true && has(info, 'alwaysUv') },
  { name: 'enterpriseAttestation', able: (info) => has(info, 'ep') },
  {
    name: 'fingerprints',
    able: (info) => has(info, 'bioEnroll') || has(info, 'userVerificationMgmtPreview'),
  },
  { name: 'largeBlobs', able: (info) => option(info, 'largeBlobs') === true },
  { name: 'credProtect', able: (info) => info.extensions.includes('credProtect') },
  { name: 'credBlob', able: (info) => info.extensions.includes('credBlob') },
  { name: 'hmacSecret', able: (info) => info.extensions.includes('hmac-secret') },
  { name: 'minPinLengthExtension', able: (info) => info.extensions.includes('minPinLength') },
  { name: 'selection', able: (info) => info.versions.some((version) => /^FIDO_2_[1-9]$/.test(version)) },
] as const satisfies readonly CapabilityRow[];

export type KeyCapability = (typeof rows)[number]['name'];

export const keyCapabilities = rows.map(({ name }) => name) as readonly KeyCapability[];

/** The table, filled in for one key. */
export const describeKey = (info: AuthenticatorInfo): Readonly<Record<KeyCapability, boolean>> => {
  const able = (name: KeyCapability): boolean => rows.some((row) => row.name === name && row.able(info));
  return Object.fromEntries(keyCapabilities.map((name) => [name, able(name)])) as Record<
    KeyCapability,
    boolean
  >;
};
