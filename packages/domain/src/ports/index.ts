import type { OrderAction } from '../order.ts';
import type { TenantId } from '../tenant.ts';
import type { IdentityProviders } from './identity-provider.ts';
import type { Store } from './store.ts';

export * from './identity-provider.ts';
export * from './store.ts';

/** Time and chance are arguments: commands are repeatable in tests. */
export interface Clock {
  now(): Date;
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
}

/** What a workstation says it did, signed with the key it was paired with. */
export interface Receipts {
  /** Checks signature, audience and age; throws `credential-rejected` otherwise. */
  verify(
    tenantId: TenantId,
    receipt: string,
    publicKey: Readonly<Record<string, unknown>>,
  ): Promise<{
    readonly orderId: string;
    readonly workstationId: string;
    readonly result: unknown;
  }>;
}

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

/** What the server's own surroundings say about themselves. */
export interface Surroundings {
  /** Without a trailing slash. */
  readonly publicUrl: string;
}

/** Everything a command may reach. Built once in server/compose, never a singleton. */
export interface Ports {
  readonly store: Store;
  readonly identityProviders: IdentityProviders;
  readonly orderSigner: OrderSigner;
  readonly receipts: Receipts;
  readonly passwords: PasswordHasher;
  readonly clock: Clock;
  readonly random: Random;
  readonly surroundings: Surroundings;
}
