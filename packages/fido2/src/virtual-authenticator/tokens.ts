import type { ECDH } from 'node:crypto';
import { equalBytes } from '../bytes/index.ts';
import { generateAgreementKey } from '../ctap2/key-agreement.ts';
import type { PinUvAuthProtocol } from '../ctap2/pin-protocol.ts';
import { pinUvAuthProtocol } from '../ctap2/pin-protocols.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';
import { virtualLimits } from './profile.ts';

/** CTAP 2.1 §6.5.2.1: one token in use for each protocol, with its permissions and timers. */
interface TokenInUse {
  readonly token: Uint8Array;
  permissions: number;
  rpId: string | null;
  userVerified: boolean;
  userPresentUntil: number;
  readonly issuedAt: number;
  used: boolean;
  /** CTAP 2.0's tokens have no timers and allow everything until the key is pulled. */
  readonly unlimited: boolean;
}

export interface TokenGrant {
  readonly permissions: number;
  readonly rpId: string | null;
  readonly userPresent: boolean;
  readonly unlimited: boolean;
}

interface ProtocolState {
  readonly protocol: PinUvAuthProtocol;
  agreementKey: ECDH;
  inUse: TokenInUse | null;
}

/** Volatile: forgotten when the key is pulled. */
export class Tokens {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #protocols: ReadonlyMap<number, ProtocolState>;

  constructor(
    versions: readonly number[],
    surroundings: { readonly clock: Clock; readonly random: RandomBytes },
  ) {
    this.#clock = surroundings.clock;
    this.#random = surroundings.random;
    const protocols = new Map<number, ProtocolState>();
    for (const version of versions) {
      const protocol = pinUvAuthProtocol(version);
      if (protocol === null) continue;
      protocols.set(version, { protocol, agreementKey: generateAgreementKey(this.#random), inUse: null });
    }
    this.#protocols = protocols;
  }

  protocol(version: number): { readonly protocol: PinUvAuthProtocol; readonly agreementKey: ECDH } | null {
    return this.#protocols.get(version) ?? null;
  }

  /** After a wrong PIN the next try needs a new agreement. */
  regenerate(version: number): void {
    const state = this.#protocols.get(version);
    if (state !== undefined) state.agreementKey = generateAgreementKey(this.#random);
  }

  /** resetPinUvAuthToken for all protocols: every token given out is worthless. */
  resetAll(): void {
    for (const state of this.#protocols.values()) state.inUse = null;
  }

  begin(version: number, grant: TokenGrant): Uint8Array {
    this.resetAll();
    const state = this.#protocols.get(version);
    if (state === undefined) throw new Error(`no PIN/UV auth protocol ${version}`);
    const now = this.#clock.now();
    state.inUse = {
      token: this.#random(32),
      permissions: grant.permissions,
      rpId: grant.rpId,
      userVerified: true,
      userPresentUntil: grant.userPresent ? now + virtualLimits.userActionTimeout : now,
      issuedAt: now,
      used: false,
      unlimited: grant.unlimited,
    };
    return state.inUse.token;
  }

  /** Whether the parameter was made with the token in use of that protocol. */
  verify(version: number, message: Uint8Array, pinUvAuthParam: Uint8Array): TokenInUse | null {
    const state = this.#protocols.get(version);
    const inUse = state?.inUse ?? null;
    if (state === undefined || inUse === null) return null;
    if (!inUse.unlimited && this.#expired(inUse)) {
      state.inUse = null;
      return null;
    }
    if (!equalBytes(state.protocol.authenticate(inUse.token, message), pinUvAuthParam)) return null;
    inUse.used = true;
    return inUse;
  }

  isUserPresent(token: TokenInUse): boolean {
    return this.#clock.now() < token.userPresentUntil;
  }

  /** CTAP 2.1 §6.5.2.1: after a registration or assertion with user presence only large blob writing remains. */
  spend(token: TokenInUse, remaining: number): void {
    if (token.unlimited) return;
    token.userPresentUntil = 0;
    token.userVerified = false;
    token.permissions &= remaining;
  }

  #expired(token: TokenInUse): boolean {
    const age = this.#clock.now() - token.issuedAt;
    return age > virtualLimits.maximumTokenUse || (!token.used && age > virtualLimits.initialTokenUse);
  }
}
export type { TokenInUse };
