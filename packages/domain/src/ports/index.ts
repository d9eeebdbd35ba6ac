import type { OrderAction, OrderResult } from '../order.ts';
import type { TenantId } from '../tenant.ts';
import type { AuthorizationCodes, OpenIdKeys, RegistrationTokens, TenantSecrets } from './authentication.ts';
import type { IdentityProviders } from './identity-provider.ts';
import type { Mail } from './mail.ts';
import type { AuthenticatorMetadata } from './metadata.ts';
import type { TimeBasedCodes } from './one-time-codes.ts';
import type { PasswordAdvice } from './password-advice.ts';
import type { ClientTokens } from './provisioning.ts';
import type { Store } from './store.ts';

export * from './account.ts';
export * from './authentication.ts';
export * from './identity-provider.ts';
export * from './mail.ts';
export * from './metadata.ts';
export * from './one-time-codes.ts';
export * from './password-advice.ts';
export * from './provisioning.ts';
export * from './store.ts';

/** Time and chance are arguments: commands are repeatable in tests. */
export interface Clock {
  now(): Date;
  /** Resolves after so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
}
export interface Random {
  bytes(length: number): Uint8Array;
  /** UUID version 7: ordered by time, so that primary keys stay dense. */
  uuid(): string;
}

export interface OrderSigner {
  /** Compact JWS (ES256) under the tenant's order key. */
  sign(
    tenantId: TenantId,
    order: { orderId: string; workstationId: string; issuedAt: Date; expiresAt: Date; action: OrderAction },
  ): Promise<string>;
  /** The public JWKs of the tenant's order keys, newest first: what a workstation pins when it is paired. */
  publicKeys(tenantId: TenantId): Promise<readonly PublicKeyJwk[]>;
}

/** A public P-256 key, RFC 7517. */
export type PublicKeyJwk = Readonly<Record<string, unknown>>;

/** What a workstation says it did, signed with the key it was paired with. */
export interface Receipts {
  /**
   * Checks signature, audience, age and the result's schema; throws `receipt-rejected` otherwise.
   *
   * @param publicKeyOf the key that the workstation of this id was paired with, null where there is none
   */
  verify(
    tenantId: TenantId,
    receipt: string,
    publicKeyOf: (workstationId: string) => Promise<PublicKeyJwk | null>,
  ): Promise<{
    readonly orderId: string;
    readonly workstationId: string;
    readonly result: OrderResult;
  }>;
}

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** A hash of null is nobody's: it takes as long as any other and is false. */
  verify(hash: string | null, password: string): Promise<boolean>;
}

/** What the server's own surroundings say about themselves. */
export interface Surroundings {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** What the page is told: `ws://127.0.0.1:9333`. */
  readonly workstationUrl: string;
}

/** Everything a command may reach. Built once in server/compose, never a singleton. */
export interface Ports {
  readonly store: Store;
  readonly identityProviders: IdentityProviders;
  readonly orderSigner: OrderSigner;
  readonly receipts: Receipts;
  readonly passwords: PasswordHasher;
  readonly passwordAdvice: PasswordAdvice;
  readonly timeBasedCodes: TimeBasedCodes;
  readonly mail: Mail;
  readonly secrets: TenantSecrets;
  readonly openIdKeys: OpenIdKeys;
  readonly authorizationCodes: AuthorizationCodes;
  readonly clientTokens: ClientTokens;
  readonly registrationTokens: RegistrationTokens;
  readonly metadata: AuthenticatorMetadata;
  readonly clock: Clock;
  readonly random: Random;
  readonly surroundings: Surroundings;
}
