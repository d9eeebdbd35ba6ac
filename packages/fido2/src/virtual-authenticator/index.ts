import { DeviceError } from '../ctap2/device.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';
import type { HidConnection } from '../ctaphid/connection.ts';

export const virtualProfiles = ['ctap2.1-full', 'ctap2.0-old', 'no-config'] as const;
export type VirtualProfile = (typeof virtualProfiles)[number];

/** Where the key keeps its memory. An answer leaves the key only after `save` resolved. */
export interface VirtualAuthenticatorStore {
  load(): Promise<Uint8Array | null>;
  save(state: Uint8Array): Promise<void>;
}

/** A certification authority made for tests and demos; production policies don't trust it. */
export interface VirtualAttestationRoot {
  /** DER. */
  readonly certificate: Uint8Array;
  /** PKCS #8 DER, P-256. */
  readonly privateKey: Uint8Array;
}

export interface VirtualAuthenticatorOptions {
  readonly profile?: VirtualProfile | undefined;
  readonly serial: string;
  readonly store: VirtualAuthenticatorStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** `manual`: `press()` does it; a number: milliseconds until the key touches itself. */
  readonly touch: 'manual' | number;
  /** Built-in user verification (a fingerprint reader); absent by default. */
  readonly userVerification?: { readonly answer: () => Promise<boolean> } | undefined;
  /** Packed with a batch certificate under that root, packed self attestation, or none. */
  readonly attestation: VirtualAttestationRoot | 'self' | 'none';
  /** True: reset only within 10 s of attaching (CTAP 2.1 §6.6). */
  readonly resetOnlyAfterAttaching?: boolean | undefined;
}

export interface VirtualAuthenticator {
  readonly serial: string;
  readonly profile: VirtualProfile;
  /** Lower-case UUID, fixed per profile. */
  readonly aaguid: string;
  readonly productName: string;
  /** A new handle of the device, as an operating system gives; several may be open at once. */
  connect(): HidConnection;
  /** The person touches the key now (and only now). */
  press(): void;
  /** Pulls the key out: every handle fails, volatile state (tokens, 3-tries rule) is lost. */
  remove(): void;
  /** Plugs it in again. */
  attach(): void;
  readonly attached: boolean;
}

/** CTAPHID vendor command that answers the serial number in UTF-8, as makers' management applets do. */
export const virtualSerialCommand = 0x41;

export const createVirtualAuthenticator = async (
  _options: VirtualAuthenticatorOptions,
): Promise<VirtualAuthenticator> => {
  throw new DeviceError('unsupported', 'the virtual authenticator is not there yet');
};
export const createVirtualAttestationRoot = (_options: {
  random: RandomBytes;
  now: Date;
}): VirtualAttestationRoot => {
  throw new DeviceError('unsupported', 'the virtual authenticator is not there yet');
};
