import { DeviceError } from '../ctap2/device.ts';
import type { AuthenticatorInfo } from '../ctap2/info.ts';
import type { KeyAccess } from './access.ts';
import type {
  AuthenticationResponseJson,
  CreationOptionsJson,
  RegistrationResponseJson,
  RequestOptionsJson,
} from './webauthn-json.ts';

export * from './access.ts';
export * from './errors.ts';
export * from './webauthn-json.ts';

const notYet = (): never => {
  throw new DeviceError('unsupported', 'the client is not there yet');
};

export interface CreateCredentialInput extends KeyAccess {
  readonly options: CreationOptionsJson;
  /** Goes into clientDataJSON as it is; any RP ID may go with any origin: the caller answers for that. */
  readonly origin: string;
}
/** WebAuthn L3 §5.1.3, the client's part. @throws ClientError, DeviceError, what the PinSource throws */
export const createCredential = async (_input: CreateCredentialInput): Promise<RegistrationResponseJson> =>
  notYet();

export interface GetAssertionInput extends KeyAccess {
  readonly options: RequestOptionsJson;
  readonly origin: string;
}
/** WebAuthn L3 §5.1.4, the client's part. @throws ClientError, DeviceError, what the PinSource throws */
export const getAssertion = async (_input: GetAssertionInput): Promise<AuthenticationResponseJson> =>
  notYet();

export interface SilentAssertion {
  readonly credentialId: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly signature: Uint8Array;
  readonly userHandle: Uint8Array | null;
}
export interface SilentAssertionInput extends Pick<KeyAccess, 'device' | 'signal'> {
  readonly rpId: string;
  /** The bytes that get hashed and signed. */
  readonly clientDataJSON: Uint8Array;
}
/**
 * One assertion without touch, PIN and allow list, by a discoverable credential of that RP ID. Null where the key has
 * none or wants user verification first (`pin-required` can't be told apart by every key).
 */
export const silentAssertion = async (_input: SilentAssertionInput): Promise<SilentAssertion | null> =>
  notYet();

/** Keeps the PIN that the key accepted for the length of one operation, so that the person types it once. */
export interface RememberedPin {
  readonly pin: KeyAccess['pin'];
  forget(): void;
}
export const rememberPin = (_source: KeyAccess['pin']): RememberedPin => notYet();

/** A setting that a policy asks for. Null leaves the key's own. */
export interface KeyConfiguration {
  /** The key must have a PIN; one is set where it has none. */
  readonly pin: boolean;
  readonly minPINLength: number | null;
  /** RP IDs that may read the minimum length by the `minPinLength` extension. */
  readonly minPINLengthRpIds?: readonly string[] | undefined;
  readonly alwaysUv: boolean | null;
  readonly enterpriseAttestation?: boolean | undefined;
  readonly forcePINChange: boolean;
}
export interface UnmetSetting {
  readonly field:
    | 'pin'
    | 'minPINLength'
    | 'minPINLengthRpIds'
    | 'alwaysUv'
    | 'enterpriseAttestation'
    | 'forcePINChange';
  readonly reason: string;
}
/** What the key can't obey, before it is touched. Empty: it can do all. */
export const unmetSettings = (
  _info: AuthenticatorInfo,
  _configuration: KeyConfiguration,
): readonly UnmetSetting[] => notYet();

/** Sets a PIN where the key has none. */
export const ensurePin = async (_access: KeyAccess): Promise<'set' | 'already-set'> => notYet();
export const changePin = async (_access: KeyAccess): Promise<void> => notYet();
/** Never lowers: a key whose minimum is already as long is left alone. */
export const setMinPinLength = async (
  _access: KeyAccess,
  _wanted: { length: number; rpIds?: readonly string[] | undefined },
): Promise<'written' | 'already-so'> => notYet();
export const setAlwaysUv = async (_access: KeyAccess, _wanted: boolean): Promise<'written' | 'already-so'> =>
  notYet();
export const enableEnterpriseAttestation = async (_access: KeyAccess): Promise<'written' | 'already-so'> =>
  notYet();
/** To be done last: a key that demands a PIN change gives no token any more. */
export const forcePinChange = async (_access: KeyAccess): Promise<'written' | 'already-so'> => notYet();

export const configurationSteps = ['check-capabilities', 'set-pin', 'write-policy', 'read-back'] as const;
export type ConfigurationStep = (typeof configurationSteps)[number];
export interface ConfigureKeyInput extends KeyAccess {
  /** `forcePINChange` is checked here and written by `forcePinChange` after the last use of the key. */
  readonly configuration: KeyConfiguration;
  readonly onStep?: ((step: ConfigurationStep, status: 'started' | 'done' | 'skipped') => void) | undefined;
}
/** All settings in the order that works, then read back and compared. @throws ClientError `unsupported` names the field */
export const configureKey = async (_input: ConfigureKeyInput): Promise<AuthenticatorInfo> => notYet();

export interface StoredCredential {
  readonly rpId: string;
  readonly credentialId: Uint8Array;
  readonly userHandle: Uint8Array;
  readonly userName: string | null;
  readonly userDisplayName: string | null;
  readonly credProtect: number | null;
}
export const listCredentials = async (
  _access: KeyAccess,
  _rpId?: string,
): Promise<readonly StoredCredential[]> => notYet();

export interface RemoveCredentialsInput extends KeyAccess {
  readonly rpId: string;
  /** At least one of both; both must then match. */
  readonly credentialId: Uint8Array | null;
  readonly userHandle: Uint8Array | null;
}
/** How many were on the key and are gone now: 0 is no error. */
export const removeCredentials = async (_input: RemoveCredentialsInput): Promise<number> => notYet();

/** Erases the key. Many keys take it only within 10 s of being plugged in (`reset-window-passed`). */
export const resetKey = async (_access: Pick<KeyAccess, 'device' | 'signal' | 'onTouch'>): Promise<void> =>
  notYet();
/** PIN tries left without asking anybody; null on a key without a PIN. */
export const pinRetries = async (
  _access: Pick<KeyAccess, 'device' | 'signal'>,
): Promise<{ retries: number; reinsertRequired: boolean } | null> => notYet();
