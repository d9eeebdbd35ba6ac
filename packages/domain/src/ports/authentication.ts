import type { KeyObject } from 'node:crypto';
import type { AuthorizationRequest } from '../authentication/authorization-request.ts';
import type { Client } from '../authentication/client.ts';
import type { ConsentRecord } from '../authentication/consent-record.ts';
import type { ActiveOneTimeCodeApp, OneTimeCodeApp } from '../authentication/one-time-code-app.ts';
import type { PasswordPolicy } from '../authentication/password-policy.ts';
import type { StoredTheme, ThemeDocument } from '../authentication/theme.ts';
import type { ThemeImage } from '../authentication/theme-image.ts';
import type { AuthenticationTransaction, LoadedTransaction } from '../authentication/transaction.ts';
import type { StoredWorkflow, Workflow } from '../authentication/workflow.ts';
import type { Credential } from '../credential.ts';
import type { PasskeyDevice } from '../passkey-device.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import type { Page, PageRequest, Tables } from './store.ts';

/** The tables of the authentication service; part of `Tables`. */
export interface AuthenticationTables {
  readonly transactions: TransactionTable;
  readonly authenticators: AuthenticatorTable;
  readonly attempts: AttemptTable;
  readonly workflows: WorkflowTable;
  readonly themes: ThemeTable;
  readonly themeImages: ThemeImageTable;
  readonly clients: ClientTable;
  readonly consents: ConsentTable;
  readonly openIdRecords: OpenIdRecordTable;
  readonly oneTimeCodeApps: OneTimeCodeAppTable;
  readonly passwordPolicies: PasswordPolicyTable;
}

/** Kept under the SHA-256 of the request_uri. */
export interface TransactionTable {
  /** @returns false where its client is gone; then there is nothing to go on with */
  insert(transaction: AuthenticationTransaction): Promise<boolean>;
  /** With the tenant's newest workflow and the client, in one statement; null for one that has expired. */
  load(requestUri: string, now: Date): Promise<LoadedTransaction | null>;
  /** Writes the state where `version` is unchanged and counts it up; false otherwise. */
  update(transaction: AuthenticationTransaction): Promise<boolean>;
  /** It lives until then; what it lived to before is not looked at. */
  prolong(requestUri: string, until: Date): Promise<void>;
  deleteExpired(now: Date): Promise<number>;
}

/** A user with all she may prove herself by; each found in one statement, whether there is anybody or not. */
export interface UserAuthenticators {
  readonly user: User;
  readonly passwordHash: string | null;
  /** Of a temporary password; null: it has no end. */
  readonly passwordExpiresAt: Date | null;
  /** The ACTIVE ones. */
  readonly oneTimeCodeApps: readonly ActiveOneTimeCodeApp[];
  /** Of every relying party and status. */
  readonly credentials: readonly Credential[];
  /** Devices that wait for her passkey; validity is still to be looked at. */
  readonly pendingDevices: readonly PendingDevice[];
  /** Names of the groups that she is in. */
  readonly groups: readonly string[];
  /** As the directory gave them (RFC 7643 §4.1.2). */
  readonly roles: readonly string[];
}

export type PendingDevice = Pick<
  PasskeyDevice,
  'deviceId' | 'status' | 'deviceType' | 'validFrom' | 'validUntil'
>;

export interface OneTimeCodeAppTable {
  get(appId: string): Promise<OneTimeCodeApp | null>;
  listByUser(userId: string): Promise<readonly OneTimeCodeApp[]>;
  insert(app: OneTimeCodeApp): Promise<void>;
  /** PENDING to ACTIVE, with the step of its first code; true for the first caller alone. */
  confirm(appId: string, first: { step: number; at: Date }): Promise<boolean>;
  /** Counts a wrong first code; returns the new count. */
  recordFailure(appId: string): Promise<number>;
  /** True where `step` is later than every step accepted before: of two uses of one code at once, one is too late. */
  recordUse(appId: string, use: { step: number; at: Date }): Promise<boolean>;
  delete(appId: string): Promise<void>;
  /** Those begun and never confirmed; returns how many. */
  deleteExpired(now: Date): Promise<number>;
}

export interface PasswordPolicyTable {
  /** null: the tenant has decided nothing. */
  get(): Promise<PasswordPolicy | null>;
  /** Same with its version, which counts up with every change. */
  current(): Promise<PasswordPolicyVersion | null>;
  /** False where another version than this one is there; 0: none. */
  set(policy: PasswordPolicyVersion): Promise<boolean>;
}

export interface PasswordPolicyVersion extends PasswordPolicy {
  /** 0: the tenant has decided nothing. */
  readonly version: number;
}

export interface AuthenticatorTable {
  /** Has `findByUsername` answered in one round trip with whatever is asked next. */
  readAhead(username: string): void;
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

/** Who stored a version, and when. */
export interface VersionHead {
  readonly version: number;
  readonly createdAt: Date;
  /** The name of who stored it. */
  readonly createdBy: string;
  /** What she said of it. */
  readonly note: string;
}

interface NewVersion<T> {
  readonly version: number;
  readonly document: T;
  readonly at: Date;
  readonly by: string;
  readonly note: string;
}

export interface WorkflowTable {
  current(): Promise<StoredWorkflow | null>;
  get(version: number): Promise<StoredWorkflow | null>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<VersionHead>>;
  /** False when that version is there already. */
  insert(workflow: NewVersion<Workflow>): Promise<boolean>;
}

export interface ThemeTable {
  /** The newest version of this theme. */
  current(themeId: string): Promise<StoredTheme | null>;
  get(themeId: string, version: number): Promise<StoredTheme | null>;
  /** The newest version of each. */
  list(): Promise<readonly StoredTheme[]>;
  /** Newest first. */
  versions(themeId: string, page: PageRequest): Promise<Page<VersionHead>>;
  /** False when that version is there already. */
  insert(theme: NewVersion<ThemeDocument> & { readonly themeId: string }): Promise<boolean>;
  /** With all its versions. */
  delete(themeId: string): Promise<void>;
}

export interface ThemeImageTable {
  get(digest: string): Promise<ThemeImage | null>;
  /** Those of them that are there. */
  known(digests: readonly string[]): Promise<ReadonlySet<string>>;
  count(): Promise<number>;
  insert(image: ThemeImage, at: Date): Promise<void>;
  /** Deletes what no version shows and was uploaded before; returns how many. */
  deleteUnused(uploadedBefore: Date): Promise<number>;
}

export interface ClientTable {
  get(clientId: string): Promise<Client | null>;
  list(): Promise<readonly ClientVersion[]>;
  /** Same as `get`, and locks the row until the transaction ends. */
  lock(clientId: string): Promise<ClientVersion | null>;
  /** Inserts, or replaces everything but `createdAt` and counts the version up. */
  upsert(client: Client): Promise<void>;
  /** Only where the secret is still the one that was read. */
  replaceSecret(clientId: string, sealed: { before: Uint8Array; after: Uint8Array }): Promise<void>;
  delete(clientId: string): Promise<void>;
  /** null for a client that may not provision users and groups; what it says of itself does not count. */
  provisioning(clientId: string): Promise<{ readonly name: string } | null>;
  /** The ids of all that may. */
  provisioners(): Promise<readonly string[]>;
  allowProvisioning(clientId: string, allowed: boolean): Promise<void>;
}

/** With its version, which counts up with every change. Nobody who signs in needs it. */
export interface ClientVersion extends Client {
  readonly version: number;
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

export interface OpenIdRecordWithGrant {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly grantId: string | null;
  readonly grant: Readonly<Record<string, unknown>> | null;
  /** As `users.get` would give her. */
  readonly account: User | null;
}

export interface OpenIdRecordTable {
  upsert(record: OpenIdRecord): Promise<void>;
  /** As `upsert`, where its client is still there; false where it is not. */
  upsertForClient(record: OpenIdRecord & { readonly clientId: string }): Promise<boolean>;
  /** The payload, with `consumed` (seconds since 1970) where it was consumed. */
  find(model: string, id: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** As `find`, and with it, in the same look, the grant that it belongs to and the user in whose name it is. */
  findWithGrant(model: string, id: string): Promise<OpenIdRecordWithGrant | null>;
  findByUid(model: string, uid: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** True for the first caller alone. */
  consume(model: string, id: string, now: Date): Promise<boolean>;
  destroy(model: string, id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
  /** The grant itself too. */
  destroyGrant(grantId: string): Promise<void>;
  /** Ends everything that was handed out in the user's name; returns how many. */
  destroyByAccount(userId: string): Promise<number>;
  /**
   * Writes down which credentials proved the user for a grant, so that what it gave ends with them.
   *
   * @returns false where one of them is no longer ACTIVE; they stay as they are until this transaction ends
   */
  bindGrant(grant: { grantId: string; credentialIds: readonly string[]; expiresAt: Date }): Promise<boolean>;
  /** Ends everything that this credential helped to open; returns how many. */
  destroyByCredential(credentialId: string): Promise<number>;
  deleteExpired(now: Date): Promise<number>;
}

/** Keys and sealing under the tenant's own secret, which never leaves its room. */
export interface TenantSecrets {
  /** 32 bytes, ready to be used: making a key of bytes costs more than a MAC under it. The same purpose gives the same key. */
  key(tenantId: TenantId, purpose: string): Promise<KeyObject>;
  seal(tenantId: TenantId, purpose: string, plaintext: Uint8Array): Promise<Uint8Array>;
  /** Throws where the bytes were not sealed for that tenant and purpose. */
  open(tenantId: TenantId, purpose: string, sealed: Uint8Array): Promise<Uint8Array>;
}

/** What ID tokens are signed with. */
export interface OpenIdKeys {
  /**
   * Private JWKs with `kid`, `alg` and `use`, the one to sign with first of its `alg`; made where there are none. Of every
   * algorithm that an OpenID provider supports only once they are complete.
   */
  privateKeys(tenantId: TenantId): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Another text whenever `privateKeys` are others, or in another order; cheap to ask again and again. */
  version(tenantId: TenantId): Promise<string>;
  /**
   * Makes what is lacking: before anybody is shown the keys or the algorithms of a tenant, so that nobody keeps a JWKS in
   * which one is missing. Nothing where `exists` says that there is no such tenant.
   */
  complete(tenantId: TenantId, exists: () => Promise<boolean>): Promise<void>;
  /** Complete. */
  list(tenantId: TenantId): Promise<readonly PublishedSigningKey[]>;
  /**
   * @param record writes down that keys were changed, in the same transaction; it may run more than once
   * @returns whether anything was changed
   */
  rotate(
    tenantId: TenantId,
    how: KeyRotation,
    record?: (tables: Pick<Tables, 'events'>) => Promise<void>,
  ): Promise<boolean>;
}

/** A key as relying parties find it in the JWKS. */
export interface PublishedSigningKey {
  readonly keyId: string;
  /** JWS `alg`. */
  readonly algorithm: string;
  readonly state: 'next' | 'signing' | 'previous';
  readonly createdAt: Date;
  readonly signsFrom: Date;
  /** null: without an end so far. */
  readonly publishedUntil: Date | null;
}

/**
 * `due`: where the interval is over, the next key is published. `soon`: the next key signs in two minutes. `withdraw`: new
 * keys at once, and nothing that the old ones signed is believed any more.
 */
export type KeyRotation = 'due' | 'soon' | 'withdraw';

/** Seconds that a token, and whatever it is exchanged for, can live at most: a key stays published as long. */
export const longestTokenLifetime = 14 * 86_400;

/** Makes initial access tokens (RFC 7591 §3); the OpenID provider does it. */
export interface RegistrationTokens {
  issue(tenantId: TenantId): Promise<{
    readonly token: string;
    readonly endsAt: Date;
    /** Where it is presented. */
    readonly registrationEndpoint: string;
    /** To be kept in the transaction that tells of it; until then it opens nothing. */
    readonly records: readonly OpenIdRecord[];
  }>;
}

/** Makes authorization codes; the OpenID provider does it. */
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
  ): Promise<{
    readonly code: string;
    /** What the code and all that it is exchanged for belong to, and when that ends at the latest. */
    readonly grantId: string;
    readonly endsAt: Date;
    /** To be kept in the transaction that hands out the code; until then it opens nothing. */
    readonly records: readonly OpenIdRecord[];
  }>;
}
