import { type Static, type TSchema, Type } from 'typebox';

/** Unpadded base64url (RFC 4648 §5) of at most `bytes` bytes. */
export const Base64Url = (bytes: number) =>
  Type.String({
    pattern: '^[A-Za-z0-9_-]*$',
    maxLength: Math.ceil((bytes * 4) / 3),
    description: 'base64url without padding',
  });

export const Uuid = Type.String({ format: 'uuid' });
export const Timestamp = Type.String({ format: 'date-time' });
/** Percent-decoded once, NFC, no control characters; checked again by the domain. */
export const Username = Type.String({ minLength: 1, maxLength: 256 });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** A public EC key (RFC 7517); nothing private passes the schema. */
export const PublicJwk = Type.Object(
  {
    kty: Type.Literal('EC'),
    crv: Type.Literal('P-256'),
    x: Base64Url(32),
    y: Base64Url(32),
    kid: Type.Optional(Type.String({ maxLength: 128 })),
    alg: Type.Optional(Type.Literal('ES256')),
    use: Type.Optional(Type.Literal('sig')),
  },
  { additionalProperties: false },
);
export type PublicJwk = Static<typeof PublicJwk>;

/** One page of a list; `next` goes into `after` of the following request. */
export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Nullable(Type.String()), total: Type.Integer() });
