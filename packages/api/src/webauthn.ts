import { type Static, Type } from 'typebox';
import { Base64Url } from './primitives.ts';

/** The JSON shapes of WebAuthn Level 3 §5.1.8 and §5.1.10; unknown members are kept, as the standard asks. */
const CredentialDescriptor = Type.Object({
  type: Type.Literal('public-key'),
  id: Base64Url(1023),
  transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
});

export const CreationOptionsJson = Type.Object({
  rp: Type.Object({ id: Type.String({ maxLength: 253 }), name: Type.String({ maxLength: 256 }) }),
  user: Type.Object({
    id: Base64Url(64),
    name: Type.String({ maxLength: 256 }),
    displayName: Type.String({ maxLength: 256 }),
  }),
  challenge: Base64Url(8192),
  pubKeyCredParams: Type.Array(Type.Object({ type: Type.Literal('public-key'), alg: Type.Integer() }), {
    minItems: 1,
    maxItems: 32,
  }),
  timeout: Type.Optional(Type.Integer({ minimum: 0 })),
  excludeCredentials: Type.Array(CredentialDescriptor, { maxItems: 256 }),
  authenticatorSelection: Type.Object({
    residentKey: Type.Enum(['required', 'preferred', 'discouraged']),
    userVerification: Type.Enum(['required', 'preferred', 'discouraged']),
    authenticatorAttachment: Type.Optional(Type.Enum(['platform', 'cross-platform'])),
  }),
  attestation: Type.Enum(['none', 'indirect', 'direct', 'enterprise']),
  hints: Type.Optional(Type.Array(Type.String())),
  extensions: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type CreationOptionsJson = Static<typeof CreationOptionsJson>;

export const RequestOptionsJson = Type.Object({
  challenge: Base64Url(8192),
  rpId: Type.String({ maxLength: 253 }),
  allowCredentials: Type.Array(CredentialDescriptor, { maxItems: 256 }),
  userVerification: Type.Enum(['required', 'preferred', 'discouraged']),
});
export type RequestOptionsJson = Static<typeof RequestOptionsJson>;

export const RegistrationCredentialJson = Type.Object({
  id: Base64Url(1023),
  rawId: Base64Url(1023),
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: Base64Url(16_384),
    attestationObject: Base64Url(65_536),
    transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
  }),
  clientExtensionResults: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type RegistrationCredentialJson = Static<typeof RegistrationCredentialJson>;

export const AssertionResponseJson = Type.Object({
  clientDataJSON: Base64Url(16_384),
  authenticatorData: Base64Url(16_384),
  signature: Base64Url(8192),
  userHandle: Type.Optional(Type.Union([Base64Url(64), Type.Null()])),
});
export type AssertionResponseJson = Static<typeof AssertionResponseJson>;

export const AuthenticationCredentialJson = Type.Object({
  id: Base64Url(1023),
  rawId: Type.Optional(Base64Url(1023)),
  type: Type.Optional(Type.Literal('public-key')),
  response: AssertionResponseJson,
  clientExtensionResults: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type AuthenticationCredentialJson = Static<typeof AuthenticationCredentialJson>;
