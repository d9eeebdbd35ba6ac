import { type Static, Type } from 'typebox';
import { SessionOrder } from './order.ts';
import { Nullable, PageOf, PublicJwk, Timestamp, Username, Uuid } from './primitives.ts';
import { RequestOptionsJson } from './webauthn.ts';

/** `GET /{tenant}/api/v1/session` and `GET /api/v1/session`: who is signed in, and what the page needs to start. */
export const Session = Type.Object({
  operator: Type.Object({
    operatorId: Uuid,
    name: Type.String(),
    email: Nullable(Type.String()),
    role: Type.String(),
  }),
  tenant: Type.Object({ tenantId: Type.String(), name: Type.String() }),
  /** `<publicUrl>/<tenant>`: what orders say in `iss`. */
  issuer: Type.String(),
  workstationUrl: Type.String(),
  expiresAt: Timestamp,
});
export type Session = Static<typeof Session>;

export const DeviceStatus = Type.Enum([
  'NOT_CONFIGURED',
  'READY',
  'CONFIGURED',
  'ENROLLED',
  'REVOKED',
  'RETIRED',
]);
export const Owner = Type.Object({
  identityProviderId: Uuid,
  reference: Type.String(),
  username: Type.String(),
  displayName: Type.String(),
});
export const Device = Type.Object({
  deviceId: Uuid,
  status: DeviceStatus,
  policy: Nullable(Type.Object({ policyId: Uuid, name: Type.String() })),
  serial: Nullable(Type.String()),
  aaguid: Type.String(),
  model: Type.String(),
  firmware: Nullable(Type.String()),
  virtual: Type.Boolean(),
  tagged: Type.Boolean(),
  owner: Nullable(Owner),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Device = Static<typeof Device>;
export const DevicePage = PageOf(Device);
export type DevicePage = Static<typeof DevicePage>;
export const PageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  after: Type.Optional(Type.String({ maxLength: 512 })),
});
export const DeviceQuery = Type.Object({
  status: Type.Optional(DeviceStatus),
  query: Type.Optional(Type.String({ maxLength: 256 })),
  ...PageQuery.properties,
});
export const LinkPolicy = Type.Object({ policyId: Nullable(Uuid) });

/** `GET /{tenant}/api/v1/assignments/{username}`: the person of the URL in the tenant's default identity provider. */
export const Assignment = Type.Object({
  user: Type.Object({
    reference: Type.String(),
    username: Type.String(),
    displayName: Type.String(),
    email: Nullable(Type.String()),
  }),
  identityProvider: Type.Object({ identityProviderId: Uuid, name: Type.String() }),
  keys: Type.Array(Type.Object({ label: Type.String(), deviceId: Nullable(Uuid) })),
});
export type Assignment = Static<typeof Assignment>;

export const SessionOrderRequest = Type.Object({ workstationId: Type.String({ maxLength: 128 }) });
export const SignedOrder = Type.Object({ order: Type.String(), claims: SessionOrder });
export type SignedOrder = Static<typeof SignedOrder>;

/** `POST /{tenant}/api/v1/orders/authenticate`: test a key against the tenant's own authentication service. */
export const AuthenticateOrderRequest = Type.Object({
  workstationId: Type.String({ maxLength: 128 }),
  connectionId: Type.String({ maxLength: 64 }),
  options: RequestOptionsJson,
});
export type AuthenticateOrderRequest = Static<typeof AuthenticateOrderRequest>;
export const AuthenticateOrderIssued = Type.Object({ order: Type.String() });

/** `POST /{tenant}/api/v1/devices/recognise`: which of the plugged-in keys are ours. */
export const RecogniseRequest = Type.Object({ receipt: Type.String({ maxLength: 262_144 }) });
export const Recognised = Type.Object({
  devices: Type.Array(
    Type.Object({
      connectionId: Type.String(),
      /** null: never seen, or it can't say who it is; it counts as Not Configured. */
      device: Nullable(Device),
      /** True when the asset tag's signature proved it, false when only a serial said so. */
      proven: Type.Boolean(),
      openEnrollmentId: Nullable(Uuid),
    }),
  ),
});
export type Recognised = Static<typeof Recognised>;

export const PolicyRules = Type.Object({
  pinMode: Type.Enum(['typed', 'none']),
  pinMinimumLength: Type.Integer({ minimum: 4, maximum: 63 }),
  pinMaximumLength: Type.Integer({ minimum: 4, maximum: 63 }),
  pinCharacters: Type.Enum(['any', 'digits', 'letters-and-digits']),
  minPINLength: Nullable(Type.Integer({ minimum: 4, maximum: 63 })),
  alwaysUv: Nullable(Type.Boolean()),
  forcePINChange: Type.Boolean(),
  allowedAaguids: Type.Array(Uuid, { maxItems: 1000 }),
  attestation: Type.Enum(['none', 'direct', 'metadata']),
  /** Levels of FIDO's certification; left out and null: any. Needs `metadata`. */
  minimumCertification: Type.Optional(
    Nullable(
      Type.Enum([
        'FIDO_CERTIFIED_L1',
        'FIDO_CERTIFIED_L1plus',
        'FIDO_CERTIFIED_L2',
        'FIDO_CERTIFIED_L2plus',
        'FIDO_CERTIFIED_L3',
        'FIDO_CERTIFIED_L3plus',
      ]),
    ),
  ),
  assetTag: Type.Boolean(),
});
export type PolicyRules = Static<typeof PolicyRules>;
export const PolicyInput = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  rules: PolicyRules,
});
export type PolicyInput = Static<typeof PolicyInput>;
export const PolicyUpdate = Type.Object({ ...PolicyInput.properties, version: Type.Integer({ minimum: 1 }) });
export const Policy = Type.Object({
  policyId: Uuid,
  name: Type.String(),
  version: Type.Integer(),
  /** ACTIVE: a device carries it, so it is neither edited nor deleted. */
  status: Type.Enum(['ACTIVE', 'INACTIVE']),
  deviceCount: Type.Integer(),
  rules: PolicyRules,
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Policy = Static<typeof Policy>;
export const PolicyPage = PageOf(Policy);
export type PolicyPage = Static<typeof PolicyPage>;

export const EnrollmentStatus = Type.Enum([
  'REQUESTED',
  'CONFIGURING',
  'OPTIONS_ISSUED',
  'CREDENTIAL_CREATED',
  'VERIFIED',
  'REGISTERED',
  'COMPLETE',
  'FAILED',
  'COMPENSATING',
  'COMPENSATED',
]);
export const Enrollment = Type.Object({
  enrollmentId: Uuid,
  status: EnrollmentStatus,
  device: Device,
  user: Owner,
  workstationId: Type.String(),
  connectionId: Type.String(),
  failure: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
  createdAt: Timestamp,
  expiresAt: Timestamp,
});
export type Enrollment = Static<typeof Enrollment>;
export const EnrollmentPage = PageOf(Enrollment);
export const EnrollmentQuery = Type.Object({ deviceId: Type.Optional(Uuid), ...PageQuery.properties });

/** `POST /{tenant}/api/v1/enrollments`; `Idempotency-Key` makes a repeat harmless. */
export const StartEnrollment = Type.Object({
  username: Username,
  workstationId: Type.String({ maxLength: 128 }),
  connectionId: Type.String({ maxLength: 64 }),
  /**
   * As `devices/recognise` answered for this connection; null for a key that the server has never seen. What the key is
   * (model, serial, facts) the server takes from the workstation's signed session receipt, not from the page.
   */
  deviceId: Nullable(Uuid),
  /** Required for a key that is Not Configured; ignored otherwise (the linked one rules). */
  policyId: Nullable(Uuid),
});
export type StartEnrollment = Static<typeof StartEnrollment>;

/** Every enrollment call answers where it stands and what to do next: run `order` and bring its receipt to `answerAt`. */
export const EnrollmentStep = Type.Object({
  enrollment: Enrollment,
  next: Nullable(
    Type.Object({ order: Type.String(), answerAt: Type.Enum(['configured', 'complete', 'cleaned']) }),
  ),
});
export type EnrollmentStep = Static<typeof EnrollmentStep>;
export const ReceiptBody = Type.Object({ receipt: Type.String({ maxLength: 262_144 }) });
/**
 * `POST …/enrollments/{id}/continue`: where the key is plugged in now, after `devices/recognise`; left out: where it was.
 * A key that was pulled out and put back has another connection id.
 */
export const ContinueEnrollment = Type.Object({
  workstationId: Type.Optional(Type.String({ maxLength: 128 })),
  connectionId: Type.Optional(Type.String({ maxLength: 64 })),
});
export type ContinueEnrollment = Static<typeof ContinueEnrollment>;
/**
 * The code decides whether the key may hold a leftover: pass the workstation's own code on wherever it answered one
 * (`OPERATION_CANCELLED` after a cancel), `operator-cancelled` only where the page does not know what the key did.
 */
export const CancelEnrollment = Type.Object({
  code: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_-]*$',
    maxLength: 64,
    description: 'a workstation error code, or `operator-cancelled`',
  }),
  message: Type.String({ maxLength: 1000 }),
});
export type CancelEnrollment = Static<typeof CancelEnrollment>;

/** `POST …/devices/{deviceId}/revoke`: also for a key that is lost. */
export const RevokeDevice = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) });
/** `POST …/devices/{deviceId}/retire`: lost, stolen, damaged, disposed of. */
export const RetireDevice = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) });
/** `POST …/devices/{deviceId}/reset`: run the order and bring its receipt to `…/reset/done`. */
export const ResetDevice = Type.Object({
  workstationId: Type.String({ maxLength: 128 }),
  connectionId: Type.String({ maxLength: 64 }),
});
export const ResetOrderIssued = Type.Object({ order: Type.String() });

export const User = Type.Object({
  userId: Uuid,
  username: Type.String(),
  displayName: Type.String(),
  email: Nullable(Type.String()),
  status: Type.Enum(['active', 'disabled']),
  createdAt: Timestamp,
});
export type User = Static<typeof User>;
/** `GET /{tenant}/api/v1/users/{userId}` */
export const UserDetails = Type.Object({
  ...User.properties,
  groups: Type.Array(Type.Object({ groupId: Uuid, displayName: Type.String() })),
  /** As in `Accept-Language`; null: nothing is on record. */
  language: Nullable(Type.String()),
  version: Type.Integer({ description: 'counts up with every change; what its ETag says' }),
  /** The name that a provisioning directory has for the person; null: nobody provisions them. */
  externalId: Nullable(Type.String()),
});
export type UserDetails = Static<typeof UserDetails>;
export const UserInput = Type.Object({
  username: Username,
  displayName: Type.String({ minLength: 1, maxLength: 256 }),
  email: Nullable(Type.String({ format: 'email', maxLength: 320 })),
});
export type UserInput = Static<typeof UserInput>;
/** `PUT /{tenant}/api/v1/users/{userId}`; who is disabled can not sign in, and what was open in that name ends. */
export const ChangeUser = Type.Object({
  displayName: UserInput.properties.displayName,
  email: UserInput.properties.email,
  status: User.properties.status,
  username: Type.Optional(
    Type.String({
      ...Username,
      description: 'left out: it stays; another one is free again, and the person signs in with the new one',
    }),
  ),
  language: Type.Optional(
    Nullable(Type.String({ maxLength: 1000, description: 'a tag of BCP 47; left out: it stays' })),
  ),
});
export type ChangeUser = Static<typeof ChangeUser>;
export const UserPage = PageOf(User);
export const UserQuery = Type.Object({
  query: Type.Optional(Type.String({ maxLength: 256 })),
  ...PageQuery.properties,
});

export const IdentityProvider = Type.Object({
  identityProviderId: Uuid,
  kind: Type.String(),
  name: Type.String(),
  status: Type.Enum(['active', 'inactive']),
  default: Type.Boolean(),
});
export const IdentityProviderList = Type.Object({ items: Type.Array(IdentityProvider) });
export const DefaultIdentityProvider = Type.Object({ identityProviderId: Nullable(Uuid) });

export const PairingCode = Type.Object({ code: Type.String(), expiresAt: Timestamp });
export type PairingCode = Static<typeof PairingCode>;
/** `POST /{tenant}/api/v1/workstations`: no operator, only the single-use code. */
export const PairWorkstation = Type.Object({
  code: Type.String({ minLength: 16, maxLength: 64 }),
  name: Type.String({ minLength: 1, maxLength: 100 }),
  publicKey: PublicJwk,
});
export type PairWorkstation = Static<typeof PairWorkstation>;
export const Pairing = Type.Object({
  workstationId: Type.String(),
  issuer: Type.String(),
  /** The tenant's order keys; the workstation pins exactly these. */
  orderKeys: Type.Array(PublicJwk, { minItems: 1 }),
  /** Origins whose pages may talk to the workstation. */
  origins: Type.Array(Type.String(), { minItems: 1 }),
  /** RP IDs that orders of this tenant may name on that machine, the asset tag's included. */
  rpIds: Type.Array(Type.String(), { minItems: 1 }),
});
export type Pairing = Static<typeof Pairing>;
export const Workstation = Type.Object({
  workstationId: Type.String(),
  name: Type.String(),
  pairedAt: Timestamp,
  lastSeenAt: Nullable(Timestamp),
});
export const WorkstationList = Type.Object({ items: Type.Array(Workstation) });

export const AuditEvent = Type.Object({
  eventId: Uuid,
  at: Timestamp,
  type: Type.String(),
  actor: Type.Object({ kind: Type.String(), id: Type.String(), name: Type.String() }),
  target: Type.Object({ kind: Type.String(), id: Type.String(), name: Type.String() }),
  outcome: Type.Enum(['success', 'failure']),
  description: Type.String({ description: 'in English' }),
  particulars: Type.Record(
    Type.String(),
    Nullable(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    {
      description:
        'of the description, what a sentence in another language needs: `until`, `added`, `version`; empty of older events',
    },
  ),
  requestId: Nullable(Type.String()),
  clientIp: Nullable(Type.String()),
});
export const EventPage = PageOf(AuditEvent);
export const EventQuery = Type.Object({
  targetId: Type.Optional(Type.String({ maxLength: 128 })),
  type: Type.Optional(Type.String({ maxLength: 64 })),
  ...PageQuery.properties,
});
export type EventPage = Static<typeof EventPage>;

/** `POST /sign-in`: the token of a sign-in link, `<tenant>.<secret>`. */
export const SignIn = Type.Object({ token: Type.String({ minLength: 1, maxLength: 256 }) });
