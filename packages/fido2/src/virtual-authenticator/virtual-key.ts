import { createHash } from 'node:crypto';
import { equalBytes } from '../bytes/index.ts';
import { hidCommand } from '../ctap2/device.ts';
import { ctapStatus } from '../ctap2/status.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';
import type { HidConnection } from '../ctaphid/connection.ts';
import type { CardConnection } from '../iso7816/connection.ts';
import { answerRequest } from './authenticator.ts';
import { issueAttestation, type VirtualAttestationRoot } from './certificate.ts';
import { HidDevice } from './hid-device.ts';
import { HidPort } from './hid-port.ts';
import type { Session, VirtualKey } from './key.ts';
import { Person, type Waiting } from './person.ts';
import { type ProfileRules, profileRules, type VirtualProfile } from './profile.ts';
import { SmartCard } from './smart-card.ts';
import { decodeState, encodeState, freshState, type VirtualState } from './state.ts';
import { Tokens } from './tokens.ts';
import { answerU2f } from './u2f.ts';
import type { VpcdCard } from './vpcd.ts';

/** Where the key keeps its memory. An answer leaves the key only after `save` resolved. */
export interface VirtualAuthenticatorStore {
  load(): Promise<Uint8Array | null>;
  save(state: Uint8Array): Promise<void>;
}

export interface VirtualAuthenticatorOptions {
  /** Default `ctap2.1-full`. */
  readonly profile?: VirtualProfile | undefined;
  readonly serial: string;
  readonly store: VirtualAuthenticatorStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** `manual`: `press()` does it; a number: milliseconds until the key touches itself. */
  readonly touch: 'manual' | number;
  /** A fingerprint sensor, absent by default. `enrolled`: a fresh key knows one finger already. */
  readonly userVerification?:
    | { readonly answer: () => Promise<boolean>; readonly enrolled: boolean }
    | undefined;
  /** Packed with a batch certificate under that root, packed self attestation, or none. */
  readonly attestation: VirtualAttestationRoot | 'self' | 'none';
  /** True: reset only within 10 s of attaching (CTAP 2.1 §6.6). Default false. */
  readonly resetOnlyAfterAttaching?: boolean | undefined;
  /** With alwaysUv, an assertion without touch wants the PIN, too; false unless told. */
  readonly silentWantsPin?: boolean | undefined;
  readonly onWink?: (() => void) | undefined;
}

export interface VirtualAuthenticator {
  readonly serial: string;
  readonly profile: VirtualProfile;
  /** Lower-case UUID, fixed per profile. */
  readonly aaguid: string;
  readonly productName: string;
  /** A new handle of the device, as an operating system gives; several may be open at once. */
  connect(): HidConnection;
  /** The same key as a smart card in a reader. Its removal is the key's. */
  connectCard(): CardConnection;
  /** The same card, for vpcd. Power off and on is being pulled and plugged in. */
  readonly card: VpcdCard;
  /** The person touches the key now (and only now). */
  press(): void;
  /** Pulls the key out: every handle fails, volatile state (tokens, three-tries rule) is lost. */
  remove(): void;
  /** Plugs it in again. */
  attach(): void;
  readonly attached: boolean;
}

/** CTAPHID vendor command that answers the serial number in UTF-8, as makers' management applets do. */
export const virtualSerialCommand = 0x41;

/** Plugged in from the start. @throws what the store throws, Error where the stored state is damaged */
export const createVirtualAuthenticator = async (
  options: VirtualAuthenticatorOptions,
): Promise<VirtualAuthenticator> => {
  const stored = await options.store.load();
  const state = stored === null ? firstState(options) : decodeState(stored);
  const rules = profileRules[options.profile ?? 'ctap2.1-full'];
  if (typeof options.attestation !== 'string') {
    const rootHash = new Uint8Array(createHash('sha256').update(options.attestation.certificate).digest());
    if (state.attestation === null || !equalBytes(state.attestation.rootHash, rootHash)) {
      state.attestation = issueAttestation(options.attestation, { ...options, ...rules });
    }
  }
  const key = new SoftwareKey(options, rules, state);
  await key.keepFirstState();
  key.attach();
  return key;
};

const firstState = ({ random, userVerification }: VirtualAuthenticatorOptions): VirtualState => {
  const state = freshState(random);
  if (userVerification?.enrolled === true) {
    state.fingerprints.push({ templateId: random(4), friendlyName: null });
  }
  return state;
};

const cardGone = (): Error => new Error('the virtual card left the reader');
const brokenStore = [ctapStatus.CTAP1_ERR_OTHER];
/** ISO 7816-4: no precise diagnosis. */
const brokenStoreU2f = [0x6f, 0x00];

class SoftwareKey implements VirtualAuthenticator {
  readonly serial: string;
  readonly profile: VirtualProfile;
  readonly aaguid: string;
  readonly productName: string;
  readonly #options: VirtualAuthenticatorOptions;
  readonly #rules: ProfileRules;
  readonly #person: Person;
  readonly #port = new HidPort();
  #state: VirtualState;
  #saved: Uint8Array;
  #key: VirtualKey | null = null;
  #smartCard: SmartCard | null = null;
  readonly #cardRemovals = new Set<(reason: Error) => void>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: VirtualAuthenticatorOptions, rules: ProfileRules, state: VirtualState) {
    this.#options = options;
    this.#rules = rules;
    this.#state = state;
    this.#saved = encodeState(state);
    this.serial = options.serial;
    this.profile = options.profile ?? 'ctap2.1-full';
    this.aaguid = rules.aaguid;
    this.productName = rules.productName;
    this.#person = new Person({
      clock: options.clock,
      touch: options.touch,
      verify: options.userVerification?.answer ?? null,
    });
  }

  get attached(): boolean {
    return this.#key !== null;
  }

  /** CTAP1 can't do without a certificate. */
  get #knowsU2f(): boolean {
    return this.#rules.versions.includes('U2F_V2') && typeof this.#options.attestation !== 'string';
  }

  keepFirstState(): Promise<void> {
    return this.#save();
  }

  connect(): HidConnection {
    return this.#port.connect();
  }

  press(): void {
    this.#person.press();
  }

  remove(): void {
    this.#port.unplug();
    this.#smartCard?.unplug();
    this.#smartCard = null;
    this.#key = null;
    for (const removed of this.#cardRemovals) queueMicrotask(() => removed(cardGone()));
    this.#cardRemovals.clear();
  }

  attach(): void {
    if (this.#key !== null) return;
    const key = this.#powerUp();
    this.#key = key;
    this.#port.plug(
      new HidDevice({
        clock: this.#options.clock,
        emit: (report) => this.#port.deliver(report),
        wink: () => this.#options.onWink?.(),
        handle: (command, message, waiting) => this.#handle(key, { command, message }, waiting),
        msg: this.#knowsU2f,
      }),
    );
    this.#smartCard = new SmartCard({
      clock: this.#options.clock,
      cbor: (message, waiting) => this.#inTurn(() => answerRequest(key, message, waiting), brokenStore),
      u2f: this.#knowsU2f ? (apdu) => this.#inTurn(() => answerU2f(key, apdu), brokenStoreU2f) : null,
    });
  }

  connectCard(): CardConnection {
    const card = this.#smartCard;
    const removals = this.#cardRemovals;
    return {
      transmit: async (apdu) => {
        if (card === null || card !== this.#smartCard) throw cardGone();
        return card.transmit(Uint8Array.from(apdu));
      },
      onRemoved: (listener) => {
        if (card === null || card !== this.#smartCard) queueMicrotask(() => listener(cardGone()));
        else removals.add(listener);
        return () => removals.delete(listener);
      },
      close: async () => {},
    };
  }

  get card(): VpcdCard {
    return {
      answerToReset: Uint8Array.from(SmartCard.answerToReset),
      // ISO 7816-4: no precise diagnosis, where a reader speaks to a card without power.
      transmit: async (apdu) => (await this.#smartCard?.transmit(apdu)) ?? Uint8Array.of(0x6f, 0x00),
      powerOff: () => this.remove(),
      powerOn: () => this.attach(),
    };
  }

  #handle(
    key: VirtualKey,
    { command, message }: { readonly command: number; readonly message: Uint8Array },
    waiting: Waiting,
  ): Promise<Uint8Array> | null {
    if (command === hidCommand.cbor)
      return this.#inTurn(() => answerRequest(key, message, waiting), brokenStore);
    if (command === hidCommand.msg && this.#knowsU2f)
      return this.#inTurn(() => answerU2f(key, message), brokenStoreU2f);
    if (command === virtualSerialCommand) return Promise.resolve(new TextEncoder().encode(this.serial));
    return null;
  }

  /** One command at a time, even when the one before is only now noticing that it was cancelled. */
  #inTurn(answer: () => Promise<Uint8Array>, broken: readonly number[]): Promise<Uint8Array> {
    const turn = this.#queue.then(async () => {
      try {
        return await answer();
      } catch {
        // The store failed: what could not be kept has not happened.
        this.#state = decodeState(this.#saved);
        return Uint8Array.from(broken);
      }
    });
    this.#queue = turn;
    return turn;
  }

  #powerUp(): VirtualKey {
    const { clock, random, attestation, resetOnlyAfterAttaching, silentWantsPin } = this.#options;
    const session: Session = {
      attachedAt: clock.now(),
      tokens: new Tokens(this.#rules.pinUvAuthProtocols, { clock, random }),
      pinFailures: 0,
      assertions: null,
      enumeration: null,
      fingerprintCapture: null,
      largeBlobWrite: null,
    };
    const current = (): VirtualState => this.#state;
    return {
      rules: this.#rules,
      get state() {
        return current();
      },
      session,
      person: this.#person,
      clock,
      random,
      get attestation() {
        return typeof attestation === 'string' ? attestation : (current().attestation ?? 'none');
      },
      resetOnlyAfterAttaching: resetOnlyAfterAttaching ?? false,
      silentWantsPin: silentWantsPin ?? false,
      save: () => this.#save(),
      erase: () => {
        // CTAP 2.1 §6.6: everything but what the factory put in.
        this.#state = { ...freshState(random), attestation: this.#state.attestation };
        session.tokens.resetAll();
        session.pinFailures = 0;
      },
    };
  }

  async #save(): Promise<void> {
    const bytes = encodeState(this.#state);
    await this.#options.store.save(bytes);
    this.#saved = bytes;
  }
}
