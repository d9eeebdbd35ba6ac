import type { AuthorizationRequest } from '../authentication/authorization-request.ts';
import type { Client } from '../authentication/client.ts';
import type { ConsentRecord } from '../authentication/consent-record.ts';
import type { AuthenticationTransaction, LoadedTransaction } from '../authentication/transaction.ts';
import type { StoredWorkflow, Workflow } from '../authentication/workflow.ts';
import type { Credential } from '../credential.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';

/** The tables of the authentication service; part of `Tables`. */
export interface AuthenticationTables {
  readonly transactions: TransactionTable;
  readonly authenticators: AuthenticatorTable;
  readonly attempts: AttemptTable;
  readonly workflows: WorkflowTable;
  readonly clients: ClientTable;
  readonly consents: ConsentTable;
  readonly openIdRecords: OpenIdRecordTable;
}

/** Kept under the SHA-256 of the request_uri. */
export interface TransactionTable {
  insert(transaction: AuthenticationTransaction): Promise<void>;
  /** With the tenant's newest workflow and the client, in one statement; null for one that has expired. */
  load(requestUri: string, now: Date): Promise<LoadedTransaction | null>;
  /** Writes the state where `version` is unchanged and counts it up; false otherwise. */
  update(transaction: AuthenticationTransaction): Promise<boolean>;
  deleteExpired(now: Date): Promise<number>;
}

/** A user with all she may prove herself by; each found in one statement, whether there is anybody or not. */
export interface UserAuthenticators {
  readonly user: User;
  readonly passwordHash: string | null;
  /** Of every relying party and status. */
  readonly credentials: readonly Credential[];
}

export interface AuthenticatorTable {
  findByUsername(username: string): Promise<UserAuthenticators | null>;
  findByUserHandle(rpId: string, userHandle: string): Promise<UserAuthenticators | null>;
  findByCredentialId(credentialId: string): Promise<UserAuthenticators | null>;
}

/**
 * Wrong answers per authenticator, over all transactions. The subject is an HMAC under the tenant's key, the same for
 * people who exist and people who don't.
 */
export interface AttemptTable {
  /**
   * Counts a try before it is judged, so that tries at once can't outrun the threshold; the try that reaches it is the
   * last until `disabledUntil`. False: disabled, nothing was counted.
   */
  reserve(attempt: {
    subject: Uint8Array;
    authType: string;
    threshold: number;
    disabledUntil: Date;
    now: Date;
  }): Promise<boolean>;
  /** After a right answer, or an operator's reset. */
  clear(subject: Uint8Array, authType: string): Promise<void>;
  deleteUntouchedSince(at: Date): Promise<number>;
}

export interface WorkflowTable {
  current(): Promise<StoredWorkflow | null>;
  /** False when that version is there already. */
  insert(workflow: { version: number; document: Workflow; at: Date }): Promise<boolean>;
}

export interface ClientTable {
  get(clientId: string): Promise<Client | null>;
  list(): Promise<readonly Client[]>;
  /** Inserts, or replaces everything but `createdAt`. */
  upsert(client: Client): Promise<void>;
  delete(clientId: string): Promise<void>;
}

export interface ConsentTable {
  list(userId: string, clientId: string): Promise<readonly ConsentRecord[]>;
  upsert(consents: readonly ConsentRecord[]): Promise<void>;
}

/** What the OpenID provider keeps: one table for all of its models. */
export interface OpenIdRecord {
  readonly model: string;
  /** The bearer's secret; kept as its SHA-256 alone. */
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly grantId: string | null;
  readonly uid: string | null;
  readonly accountId: string | null;
  readonly clientId: string | null;
  readonly expiresAt: Date;
}

export interface OpenIdRecordTable {
  upsert(record: OpenIdRecord): Promise<void>;
  /** The payload, with `consumed` (seconds since 1970) where it was consumed. */
  find(model: string, id: string): Promise<Readonly<Record<string, unknown>> | null>;
  findByUid(model: string, uid: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** True for the first caller alone. */
  consume(model: string, id: string, now: Date): Promise<boolean>;
  destroy(model: string, id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
  /** Ends everything that was handed out in the user's name; returns how many. */
  destroyByAccount(userId: string): Promise<number>;
  deleteExpired(now: Date): Promise<number>;
}

/** Keys and sealing under the tenant's own secret, which never leaves its room. */
export interface TenantSecrets {
  /** 32 bytes; the same purpose gives the same key. */
  key(tenantId: TenantId, purpose: string): Promise<Uint8Array>;
  seal(tenantId: TenantId, purpose: string, plaintext: Uint8Array): Promise<Uint8Array>;
  /** Throws where the bytes were not sealed for that tenant and purpose. */
  open(tenantId: TenantId, purpose: string, sealed: Uint8Array): Promise<Uint8Array>;
}

/** What ID tokens are signed with. */
export interface OpenIdKeys {
  /** Private JWKs with `kid`, `alg` and `use`, the one to sign with first of its `alg`; made where there are none. */
  privateKeys(tenantId: TenantId): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Hands out authorization codes; the OpenID provider does it. */
export interface AuthorizationCodes {
  issue(
    tenantId: TenantId,
    grant: {
      readonly request: AuthorizationRequest;
      readonly userId: string;
      readonly scopes: readonly string[];
      readonly acr: string;
      readonly amr: readonly string[];
      readonly authenticatedAt: Date;
    },
  ): Promise<string>;
}
