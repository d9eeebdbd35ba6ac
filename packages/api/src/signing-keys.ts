import { type Static, Type } from 'typebox';
import { Nullable, Timestamp } from './primitives.ts';

/** A key of ID tokens as relying parties find it in the JWKS. */
export const SigningKey = Type.Object({
  keyId: Type.String(),
  algorithm: Type.String(),
  state: Type.Enum(['next', 'signing', 'previous']),
  createdAt: Timestamp,
  signsFrom: Timestamp,
  publishedUntil: Nullable(Timestamp),
});
export type SigningKey = Static<typeof SigningKey>;
export const SigningKeyList = Type.Object({ items: Type.Array(SigningKey) });

/** `POST /{tenant}/api/v1/signing-keys/rotate` */
export const RotateSigningKeys = Type.Object({
  /** Where a key may have leaked: new ones sign at once, and what the old ones signed counts no more. */
  withdraw: Type.Optional(Type.Boolean()),
});
