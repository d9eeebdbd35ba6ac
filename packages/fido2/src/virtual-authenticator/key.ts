import type { CborFields, CborMap } from '../ctap2/fields.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';
import type { IssuedAttestation } from './certificate.ts';
import type { VirtualCredential } from './credentials.ts';
import type { Person, Waiting } from './person.ts';
import type { ProfileRules } from './profile.ts';
import type { VirtualState } from './state.ts';
import type { Tokens } from './tokens.ts';

/** What being pulled out forgets. */
export interface Session {
  readonly attachedAt: number;
  readonly tokens: Tokens;
  /** Wrong PINs in a row; at three the key wants to be plugged in again. */
  pinFailures: number;
  /** What getNextAssertion goes on with. */
  assertions: {
    readonly rest: VirtualCredential[];
    readonly sign: (credential: VirtualCredential) => CborMap;
    readonly until: number;
  } | null;
  /** What an enumeration of credential management goes on with. */
  enumeration: CborMap[] | null;
  fingerprintCapture: { templateId: Uint8Array; remaining: number } | null;
  largeBlobWrite: { expectedLength: number; parts: Uint8Array[]; received: number } | null;
}

/** One virtual key as its commands see it. */
export interface VirtualKey {
  readonly rules: ProfileRules;
  readonly state: VirtualState;
  readonly session: Session;
  readonly person: Person;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly attestation: IssuedAttestation | 'self' | 'none';
  readonly resetOnlyAfterAttaching: boolean;
  /** With alwaysUv, an assertion without touch wants the PIN, too, as on some keys in the field. */
  readonly silentWantsPin: boolean;
  /** Resolves when the state is kept; nothing may be answered before. */
  save(): Promise<void>;
  /** Forgets all but what the factory put in. */
  erase(): void;
}

/** Answers the response's members, null for none. Throws Refusal. */
export type VirtualCommand = (
  key: VirtualKey,
  request: CborFields,
  waiting: Waiting,
) => Promise<CborMap | null>;

/** A fingerprint sensor with at least one finger known. */
export const isUvConfigured = ({ person, state }: VirtualKey): boolean =>
  person.canBeVerified && state.fingerprints.length > 0;

/** CTAP 2.1 §6.1.2: "protected by some form of user verification". */
export const isProtected = (key: VirtualKey): boolean => key.state.pinHash !== null || isUvConfigured(key);
