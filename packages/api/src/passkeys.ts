import { type Static, Type } from 'typebox';
import { Nullable, Timestamp, Uuid } from './primitives.ts';

export const PasskeyStatus = Type.Enum(['PENDING', 'ACTIVE', 'SUSPENDED', 'REVOKED', 'TERMINATED']);
const FriendlyName = Type.String({ minLength: 1, maxLength: 100 });
const DeviceType = Type.String({ pattern: '^[\\w.:-]{1,64}$' });
const Validity = Nullable(Timestamp);

/** A passkey as a device resource. */
export const Passkey = Type.Object({
  deviceId: Uuid,
  userId: Nullable(Uuid),
  status: PasskeyStatus,
  /** ACTIVE and within its validity. */
  usable: Type.Boolean(),
  deviceType: Type.String(),
  friendlyName: Type.String(),
  validFrom: Validity,
  validUntil: Validity,
  /** From the metadata of its model; null where nobody knows it. */
  model: Nullable(Type.String()),
  icon: Nullable(Type.String({ description: 'PNG or SVG as a data URL, for an image element alone' })),
  /** null while it waits for its owner. */
  credential: Nullable(
    Type.Object({
      credentialId: Type.String(),
      rpId: Type.String(),
      authType: Type.String(),
      aaguid: Type.String(),
      attestationTrusted: Type.Boolean(),
      transports: Type.Array(Type.String()),
      /** It may be copied to other devices of its owner. */
      synced: Type.Boolean(),
      createdAt: Timestamp,
      lastUsedAt: Nullable(Timestamp),
    }),
  ),
  externalId: Nullable(Type.String()),
  version: Type.Integer({ description: 'counts up with every change; what its ETag says' }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Passkey = Static<typeof Passkey>;
export const PasskeyList = Type.Object({ items: Type.Array(Passkey) });
export type PasskeyList = Static<typeof PasskeyList>;

/** `POST /{tenant}/api/v1/users/{userId}/passkeys`: a device that waits for her passkey. */
export const NewPasskey = Type.Object({
  friendlyName: Type.Optional(FriendlyName),
  deviceType: Type.Optional(DeviceType),
  validFrom: Type.Optional(Validity),
  validUntil: Type.Optional(Validity),
});
export type NewPasskey = Static<typeof NewPasskey>;

/** `POST /{tenant}/api/v1/users/{userId}/enrollment-codes` */
export const IssueEnrollmentCode = Type.Object({
  /** The device that waits; absent: a new one. */
  deviceId: Type.Optional(Uuid),
  friendlyName: Type.Optional(FriendlyName),
  deviceType: Type.Optional(DeviceType),
  /** Seconds, from a minute to 30 days; 72 hours where absent. */
  expiresIn: Type.Optional(Type.Integer({ minimum: 60, maximum: 2_592_000 })),
});
export type IssueEnrollmentCode = Static<typeof IssueEnrollmentCode>;
export const EnrollmentCodeIssued = Type.Object({
  code: Type.String({ description: 'Shown once: nothing tells it again' }),
  expiresAt: Timestamp,
  passkey: Passkey,
});
export type EnrollmentCodeIssued = Static<typeof EnrollmentCodeIssued>;

/** The reason goes into the audit log. */
export const ChangePasskey = Type.Object({
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
});
export const RenamePasskey = Type.Object({ friendlyName: FriendlyName });
export const LimitPasskey = Type.Object({ validFrom: Validity, validUntil: Validity });
/** null takes it from its owner; what holds a credential is revoked with it. */
export const AssignPasskey = Type.Object({ userId: Nullable(Uuid) });
