import { type Static, Type } from 'typebox';
import { Base64Url, Nullable } from './primitives.ts';
import {
  AuthenticationCredentialJson,
  CreationOptionsJson,
  RegistrationCredentialJson,
  RequestOptionsJson,
} from './webauthn.ts';

/**
 * An order: compact JWS, `alg` ES256, `typ` `keywarden-order+jwt`, signed by the server with the tenant's order key that
 * the workstation pinned when it was paired. Nothing touches a key without one.
 */
export const orderType = 'keywarden-order+jwt';
/** Seconds; an order whose `exp - iat` is larger is refused, whoever signed it. */
export const orderLifetimeLimit = 120;

const device = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'connection id of the plugged-in key',
});

export const SessionOrder = Type.Object({
  action: Type.Literal('session'),
  identify: Nullable(Type.Object({ rpId: Type.String({ maxLength: 253 }), challenge: Base64Url(64) })),
});
export const ConfigureOrder = Type.Object({
  action: Type.Literal('configure'),
  device,
  pin: Type.Object({
    mode: Type.Enum(['typed', 'none']),
    minimumLength: Type.Integer({ minimum: 4, maximum: 63 }),
    maximumLength: Type.Integer({ minimum: 4, maximum: 63 }),
    characters: Type.Enum(['any', 'digits', 'letters-and-digits']),
  }),
  minPINLength: Nullable(Type.Integer({ minimum: 4, maximum: 63 })),
  alwaysUv: Nullable(Type.Boolean()),
  assetTag: Nullable(
    Type.Object({
      rpId: Type.String({ maxLength: 253 }),
      rpName: Type.String({ maxLength: 64 }),
      userHandle: Base64Url(64),
      challenge: Base64Url(64),
    }),
  ),
});
export const EnrollOrder = Type.Object({
  action: Type.Literal('enroll'),
  device,
  options: CreationOptionsJson,
  origin: Type.String({ maxLength: 512 }),
  forcePINChange: Type.Boolean(),
});
export const RemoveCredentialOrder = Type.Object({
  action: Type.Literal('remove-credential'),
  device,
  rpId: Type.String({ maxLength: 253 }),
  credentialId: Nullable(Base64Url(1023)),
  userHandle: Nullable(Base64Url(64)),
  /** Never removed, even where `userHandle` matches: the user's valid credentials may be on this very key. */
  keepCredentialIds: Type.Array(Base64Url(1023), { maxItems: 256 }),
});
/** "Test this key": one assertion, for an RP ID of the tenant's own authentication service. */
export const AuthenticateOrder = Type.Object({
  action: Type.Literal('authenticate'),
  device,
  options: RequestOptionsJson,
  origin: Type.String({ maxLength: 512 }),
});
export const ResetOrder = Type.Object({ action: Type.Literal('reset'), device });

export const OrderAction = Type.Union([
  SessionOrder,
  ConfigureOrder,
  EnrollOrder,
  RemoveCredentialOrder,
  AuthenticateOrder,
  ResetOrder,
]);
export type OrderAction = Static<typeof OrderAction>;

export const OrderClaims = Type.Object({
  /** `<publicUrl>/<tenant>` */
  iss: Type.String({ maxLength: 512 }),
  /** the workstation id: RFC 7638 thumbprint of its own key */
  aud: Type.String({ maxLength: 128 }),
  jti: Type.String({ format: 'uuid' }),
  iat: Type.Integer(),
  exp: Type.Integer(),
  order: OrderAction,
});
export type OrderClaims = Static<typeof OrderClaims>;

/**
 * A receipt: compact JWS, ES256, `typ` `keywarden-receipt+jwt`, signed with the workstation's own key. The page carries
 * it to the server but can't write one: `iss` = workstation id, `aud` = the order's `iss`, `jti` = the order's `jti`.
 */
export const receiptType = 'keywarden-receipt+jwt';

/** What getInfo says, as far as the server and the console need it. */
export const KeyFacts = Type.Object({
  aaguid: Type.String({ format: 'uuid' }),
  versions: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 }),
  extensions: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 32 }),
  options: Type.Record(Type.String(), Type.Boolean()),
  transports: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 }),
  firmware: Nullable(Type.String({ maxLength: 64 })),
  minPINLength: Nullable(Type.Integer()),
  forcePINChange: Type.Boolean(),
  remainingDiscoverableCredentials: Nullable(Type.Integer()),
  algorithms: Type.Array(Type.Integer(), { maxItems: 32 }),
  /** Supported CTAP authenticatorConfig subcommands, e.g. `setMinPINLength`. */
  clientPinSet: Nullable(Type.Boolean()),
  pinRetries: Nullable(Type.Integer()),
});
export type KeyFacts = Static<typeof KeyFacts>;

export const ConnectedKey = Type.Object({
  connectionId: Type.String({ minLength: 1, maxLength: 64 }),
  transport: Type.Enum(['hid', 'pcsc', 'virtual']),
  /** Product name the transport tells, e.g. `YubiKey 5 NFC`. */
  model: Type.String({ maxLength: 128 }),
  serial: Nullable(Type.String({ maxLength: 64 })),
  virtual: Type.Boolean(),
  facts: KeyFacts,
  /** The silent assertion of the asset tag over the session order's challenge, where the key gave one. */
  tag: Nullable(
    Type.Object({
      credentialId: Base64Url(1023),
      authenticatorData: Base64Url(4096),
      clientDataJSON: Base64Url(4096),
      signature: Base64Url(1024),
      userHandle: Nullable(Base64Url(64)),
    }),
  ),
});
export type ConnectedKey = Static<typeof ConnectedKey>;

export const SessionResult = Type.Object({ devices: Type.Array(ConnectedKey, { maxItems: 64 }) });
export type SessionResult = Static<typeof SessionResult>;
export const ConfigureResult = Type.Object({
  facts: KeyFacts,
  /** A registration for the tag's RP ID; clientDataJSON is made by the workstation with origin `keywarden:asset-tag`. */
  assetTag: Nullable(RegistrationCredentialJson),
});
export type ConfigureResult = Static<typeof ConfigureResult>;
export const EnrollResult = Type.Object({ credential: RegistrationCredentialJson, facts: KeyFacts });
export type EnrollResult = Static<typeof EnrollResult>;
export const RemoveCredentialResult = Type.Object({
  removed: Type.Integer({ description: 'how many were on the key' }),
});
export type RemoveCredentialResult = Static<typeof RemoveCredentialResult>;
export const AuthenticateResult = Type.Object({ credential: AuthenticationCredentialJson });
export type AuthenticateResult = Static<typeof AuthenticateResult>;
export const ResetResult = Type.Object({ facts: KeyFacts });
export type ResetResult = Static<typeof ResetResult>;

export const OrderResult = Type.Union([
  Type.Object({ action: Type.Literal('session'), ...SessionResult.properties }),
  Type.Object({ action: Type.Literal('configure'), ...ConfigureResult.properties }),
  Type.Object({ action: Type.Literal('enroll'), ...EnrollResult.properties }),
  Type.Object({ action: Type.Literal('remove-credential'), ...RemoveCredentialResult.properties }),
  Type.Object({ action: Type.Literal('authenticate'), ...AuthenticateResult.properties }),
  Type.Object({ action: Type.Literal('reset'), ...ResetResult.properties }),
]);
export type OrderResult = Static<typeof OrderResult>;

export const ReceiptClaims = Type.Object({
  iss: Type.String(),
  aud: Type.String(),
  jti: Type.String({ format: 'uuid' }),
  iat: Type.Integer(),
  result: OrderResult,
});
export type ReceiptClaims = Static<typeof ReceiptClaims>;
