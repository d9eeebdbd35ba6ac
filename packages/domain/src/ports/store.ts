import type { AuditEvent } from '../audit.ts';
import type { Credential, CredentialStatus } from '../credential.ts';
import type { Device } from '../device.ts';
import type { DeviceState } from '../device-states.ts';
import type { Enrollment } from '../enrollment.ts';
import type { IdentityProviderRecord } from '../identity-provider.ts';
import type { Connection } from '../key.ts';
import type { NewOperator, Operator, OperatorRole, OperatorSession, SignInLink } from '../operator.ts';
import type { IssuedOrder } from '../order.ts';
import type { PasskeyDevice } from '../passkey-device.ts';
import type { Policy, PolicyRules } from '../policy.ts';
import type { Tenant, TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import type { Workstation } from '../workstation.ts';
import type { AccountTables } from './account.ts';
import type { AuthenticationTables } from './authentication.ts';
import type { ProvisioningTables } from './provisioning.ts';

/** The only way to state. Everything a command reads or writes goes through one transaction of one tenant. */
export interface Store {
  /** Commits when `work` resolves, rolls back when it throws. Rows of other tenants do not exist inside. */
  transaction<T>(tenantId: TenantId, work: (tables: Tables) => Promise<T>): Promise<T>;
  /** For jobs alone. */
  tenantIds(): Promise<readonly TenantId[]>;
}

/** One page of a keyset-paged list; `next` is opaque and null on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly total: number;
}

export interface PageRequest {
  /** 1..200 */
  readonly limit: number;
  readonly after: string | null;
}

export interface Tables extends AccountTables, AuthenticationTables, ProvisioningTables {
  /** Whose they are. */
  readonly tenantId: TenantId;
  readonly tenants: TenantTable;
  readonly identityProviders: IdentityProviderTable;
  readonly users: UserTable;
  readonly passwords: PasswordTable;
  readonly credentials: CredentialTable;
  readonly passkeyDevices: PasskeyDeviceTable;
  readonly enrollmentCodes: EnrollmentCodeTable;
  readonly policies: PolicyTable;
  readonly devices: DeviceTable;
  readonly enrollments: EnrollmentTable;
  readonly orders: OrderTable;
  readonly workstations: WorkstationTable;
  readonly connections: ConnectionTable;
  readonly operators: OperatorTable;
  readonly events: EventTable;
  readonly outbox: OutboxTable;
}

export interface TenantTable {
  /** The tenant of this transaction. */
  get(): Promise<Tenant | null>;
  /** Has `get` answered in one round trip with whatever is asked next. */
  readAhead(): void;
  insert(tenant: Tenant): Promise<void>;
  setDefaultIdentityProvider(identityProviderId: string | null): Promise<void>;
}

export interface IdentityProviderTable {
  get(identityProviderId: string): Promise<IdentityProviderRecord | null>;
  list(): Promise<readonly IdentityProviderRecord[]>;
  insert(record: IdentityProviderRecord): Promise<void>;
  setStatus(identityProviderId: string, status: IdentityProviderRecord['status']): Promise<void>;
}

export interface UserTable {
  get(userId: string): Promise<User | null>;
  findByUsername(username: string): Promise<User | null>;
  /** Case-insensitive prefix of username, display name or e-mail. */
  search(query: string, page: PageRequest): Promise<Page<User>>;
  insert(user: User): Promise<void>;
  update(user: User): Promise<void>;
  /** What is on record of the languages that she reads, each text as in `Accept-Language`; empty where nothing is. */
  languages(userId: string): Promise<readonly string[]>;
  /** By RP ID, what `userHandle` gave the user so far. */
  handles(username: string): Promise<ReadonlyMap<string, string>>;
  /** Has `handles` answered in one round trip with whatever is asked next. */
  readHandlesAhead(username: string): void;
  /** Stored where there is none yet; see `userHandleFor`. */
  keepHandle(userId: string, rpId: string, handle: string): Promise<void>;
  /** The stable 32 bytes of this user at this RP, base64url; `fresh` is stored where there are none yet. */
  userHandle(userId: string, rpId: string, fresh: string): Promise<string>;
}

/** Argon2id hashes of the built-in directory's passwords. */
export interface PasswordTable {
  get(userId: string): Promise<{ hash: string; failures: number; disabledUntil: Date | null } | null>;
  /** Until `expiresAt`, where it is given. */
  set(userId: string, hash: string, expiresAt?: Date): Promise<void>;
  /** Counts one wrong try and disables at the threshold; returns the new count. */
  recordFailure(userId: string, options: { threshold: number; disabledUntil: Date }): Promise<number>;
  recordSuccess(userId: string): Promise<void>;
}

export interface CredentialTable {
  get(credentialId: string): Promise<Credential | null>;
  listByUser(
    userId: string,
    options?: { rpId?: string; status?: readonly CredentialStatus[] },
  ): Promise<readonly Credential[]>;
  /** Compare and set on the counter; false when somebody was faster. */
  recordUse(
    credentialId: string,
    use: { signCount: number; previousSignCount: number; backedUp: boolean; at: Date },
  ): Promise<boolean>;
}

/** The only way to a new credential, or to another status, validity or name of one: the two can't differ. */
export interface PasskeyDeviceTable {
  get(deviceId: string): Promise<PasskeyDevice | null>;
  /** Same, and locks the row until the transaction ends. */
  lock(deviceId: string): Promise<PasskeyDevice | null>;
  findByCredential(credentialId: string): Promise<PasskeyDevice | null>;
  /** Oldest first. */
  listByUser(userId: string): Promise<readonly PasskeyDevice[]>;
  /** Credentials whose validity ended between the two, and which opened something that is still there. */
  listEnded(after: Date, until: Date): Promise<readonly string[]>;
  insert(device: PasskeyDevice): Promise<void>;
  /**
   * Writes the whole row where `version` is unchanged and counts it up, with status, validity and name of its credential;
   * throws `version-conflict` otherwise.
   */
  update(device: PasskeyDevice): Promise<PasskeyDevice>;
  /**
   * Keeps a new credential and, in the same statement, makes its device or fills the one that waits for it.
   *
   * @returns false where the credential id is already known in this tenant, or the device that must wait for it does not:
   * nothing was written
   */
  register(registration: PasskeyRegistration): Promise<boolean>;
}

export interface PasskeyRegistration {
  readonly credential: Credential;
  /** What becomes of it where no device waits for it. */
  readonly device: PasskeyDevice;
  /** null: none is looked for. One that waits keeps its type, its validity, and the name that somebody gave it. */
  readonly pending: {
    /** That one and no other; null: the user's oldest of the same type. */
    readonly deviceId: string | null;
    readonly required: boolean;
  } | null;
}

/** One-time codes that operators issue; at most one for each device that waits. Of the code itself only a MAC is kept. */
export interface EnrollmentCodeTable {
  /** Replaces the one before. */
  put(code: {
    deviceId: string;
    codeHash: Uint8Array;
    issuedBy: string;
    issuedAt: Date;
    expiresAt: Date;
    tries: number;
  }): Promise<void>;
  /**
   * Counts a try on every code that this user could still use, before any of them is judged, so that tries at once are at
   * most as many as there are; returns those codes.
   */
  reserve(
    username: string,
    now: Date,
  ): Promise<readonly { readonly deviceId: string; readonly codeHash: Uint8Array }[]>;
  /** True for the first caller alone. */
  consume(deviceId: string, codeHash: Uint8Array): Promise<boolean>;
  withdraw(deviceId: string): Promise<void>;
  deleteExpired(now: Date): Promise<number>;
}

export interface PolicyTable {
  get(policyId: string): Promise<Policy | null>;
  /** Names of those that exist, by id. */
  names(policyIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Same, and locks the row until the transaction ends: nobody edits a policy that is being written to a key. */
  lock(policyId: string): Promise<Policy | null>;
  findByName(name: string): Promise<Policy | null>;
  list(page: PageRequest): Promise<Page<Policy>>;
  insert(policy: { policyId: string; name: string; rules: PolicyRules; at: Date }): Promise<void>;
  /** False when `version` is no longer the newest. */
  update(policy: {
    policyId: string;
    name: string;
    rules: PolicyRules;
    version: number;
    at: Date;
  }): Promise<boolean>;
  delete(policyId: string): Promise<void>;
}

export interface DeviceTable {
  get(deviceId: string): Promise<Device | null>;
  /** Those that exist, in no order. */
  getMany(deviceIds: readonly string[]): Promise<readonly Device[]>;
  /** Same, and locks the row until the transaction ends. */
  lock(deviceId: string): Promise<Device | null>;
  findBySerial(serial: string): Promise<Device | null>;
  findByTagCredential(credentialId: string): Promise<Device | null>;
  list(
    filter: { state?: readonly DeviceState[]; query?: string; ownerReference?: string },
    page: PageRequest,
  ): Promise<Page<Device>>;
  insert(device: Device): Promise<void>;
  /** Writes the whole row where `version` is unchanged and counts it up; throws `version-conflict` otherwise. */
  update(device: Device): Promise<Device>;
  /** Says on every key of this owner what she is called now; `version` stays, for nothing of the key is another. */
  renameOwner(owner: { reference: string; username: string; displayName: string }): Promise<void>;
}

export interface EnrollmentTable {
  get(enrollmentId: string): Promise<Enrollment | null>;
  /** Same, and locks the row until the transaction ends. */
  lock(enrollmentId: string): Promise<Enrollment | null>;
  /** Not yet COMPLETE, FAILED or COMPENSATED. At most one a device: a unique index holds it. */
  findOpenByDevice(deviceId: string): Promise<Enrollment | null>;
  findByIdempotencyKey(idempotencyKey: string): Promise<Enrollment | null>;
  /**
   * Those of `openEnrollmentStates` (not COMPENSATING: that one waits for its key) past `expiresAt` and with no live
   * lease, oldest first, skipping rows that another process holds.
   */
  lockExpired(now: Date, limit: number): Promise<readonly Enrollment[]>;
  /** `open`: not yet COMPLETE, FAILED or COMPENSATED. */
  list(
    filter: { deviceId?: string; policyId?: string; open?: boolean },
    page: PageRequest,
  ): Promise<Page<Enrollment>>;
  insert(enrollment: Enrollment): Promise<void>;
  update(enrollment: Enrollment): Promise<Enrollment>;
}

export interface OrderTable {
  insert(order: IssuedOrder): Promise<void>;
  get(orderId: string): Promise<IssuedOrder | null>;
  /** How many of that action were ever issued for that enrollment. */
  count(enrollmentId: string, action: IssuedOrder['action']): Promise<number>;
  /** True for the first caller alone. */
  markAnswered(orderId: string, at: Date): Promise<boolean>;
  /** Session and authenticate orders that ended before; returns how many. */
  deletePassing(endedBefore: Date): Promise<number>;
}

export interface WorkstationTable {
  get(
    workstationId: string,
  ): Promise<(Workstation & { publicKey: Readonly<Record<string, unknown>> }) | null>;
  list(): Promise<readonly Workstation[]>;
  /** Inserts, or renames and re-pairs the same key. */
  upsert(workstation: Workstation & { publicKey: Readonly<Record<string, unknown>> }): Promise<void>;
  /** It is gone for `get` and `list`, until it is paired again; false where it was not there. */
  unpair(workstationId: string, at: Date): Promise<boolean>;
  deleteExpiredPairingCodes(now: Date): Promise<number>;
  insertPairingCode(code: { codeHash: Uint8Array; createdBy: string; expiresAt: Date }): Promise<void>;
  /** True once, and only before it expires. */
  consumePairingCode(codeHash: Uint8Array, now: Date): Promise<boolean>;
}

/** Which plugged-in key is which device, per workstation. */
export interface ConnectionTable {
  /** Inserts or replaces by workstation and connection. */
  upsert(connection: Connection): Promise<void>;
  get(workstationId: string, connectionId: string): Promise<Connection | null>;
  /** Same, and locks the row until the transaction ends. */
  lock(workstationId: string, connectionId: string): Promise<Connection | null>;
  /** Keys that nobody looked at since; returns how many. */
  deleteSeenBefore(at: Date): Promise<number>;
}

export interface OperatorTable {
  get(operatorId: string): Promise<Operator | null>;
  list(): Promise<readonly Operator[]>;
  /** Case-insensitive: whose name or e-mail address has it; by name. */
  search(query: string, page: PageRequest): Promise<Page<Operator>>;
  /** Every active one of these roles, and this one: locked until the transaction ends. */
  lock(operatorId: string | null, roles: readonly OperatorRole[]): Promise<readonly Operator[]>;
  insert(operator: NewOperator): Promise<void>;
  /** Writes the whole row and counts the version up. */
  update(operator: Operator): Promise<Operator>;
  /** Sessions and sign-in links; returns how many sessions there were. */
  endAccess(operatorId: string): Promise<number>;
  /** And says on the operator when that was. */
  insertSession(session: OperatorSession): Promise<void>;
  /** null also where its operator was deactivated. */
  findSession(sessionHash: Uint8Array): Promise<(OperatorSession & { operator: Operator }) | null>;
  deleteSession(sessionHash: Uint8Array): Promise<void>;
  /** Ids of those who have a session that is not over. */
  signedIn(now: Date): Promise<readonly string[]>;
  insertSignInLink(link: SignInLink): Promise<void>;
  /** Takes one use in the same statement that checks it; null when unknown, used up or expired, or nobody's any more. */
  consumeSignInLink(linkHash: Uint8Array, now: Date): Promise<Operator | null>;
  /** Those that nobody used yet and that may be used once. */
  deleteSingleSignInLinks(operatorId: string): Promise<void>;
  /** Those that may be used again and again. */
  deleteReusableSignInLinks(operatorId: string): Promise<void>;
  /** Sessions and sign-in links that are over; returns how many. */
  deleteExpired(now: Date): Promise<number>;
}

export interface EventTable {
  append(event: AuditEvent): Promise<void>;
  list(filter: { targetId?: string; type?: string }, page: PageRequest): Promise<Page<AuditEvent>>;
}

export interface OutboxTable {
  /** Written in the transaction of the state that caused it; a job carries it out, at least once, from `at` on. */
  add(effect: {
    outboxId: string;
    kind: string;
    payload: Readonly<Record<string, unknown>>;
    at: Date;
  }): Promise<void>;
  /** Those due at `now`, locked with SKIP LOCKED until the transaction ends. */
  take(
    now: Date,
    limit: number,
  ): Promise<
    readonly {
      outboxId: string;
      kind: string;
      payload: Readonly<Record<string, unknown>>;
      attempts: number;
    }[]
  >;
  done(outboxId: string): Promise<void>;
  retryAt(outboxId: string, at: Date, error: string): Promise<void>;
}
