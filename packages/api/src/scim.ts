import { type Static, Type } from 'typebox';
import { Timestamp, Uuid } from './primitives.ts';

export const scimMediaType = 'application/scim+json; charset=utf-8';

export const scimMessages = {
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  search: 'urn:ietf:params:scim:api:messages:2.0:SearchRequest',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  bulkRequest: 'urn:ietf:params:scim:api:messages:2.0:BulkRequest',
  bulkResponse: 'urn:ietf:params:scim:api:messages:2.0:BulkResponse',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
} as const;

/** Pages have at most so many resources; a client that names no number gets the usual one. */
export const scimPageSizes = { usual: 100, largest: 1000 } as const;
export const scimBulkLimits = { maxOperations: 1000, maxPayloadSize: 512 * 1024 } as const;

const open = { additionalProperties: true } as const;

/** Any resource: which members it has is in its schema, at `/Schemas`. Names are compared without regard to case. */
export const ScimResource = Type.Object(
  {
    schemas: Type.Optional(Type.Array(Type.String())),
    id: Type.Optional(Type.String()),
    externalId: Type.Optional(Type.String()),
    meta: Type.Optional(
      Type.Object(
        {
          resourceType: Type.Optional(Type.String()),
          created: Type.Optional(Timestamp),
          lastModified: Type.Optional(Timestamp),
          location: Type.Optional(Type.String()),
          version: Type.Optional(Type.String()),
        },
        open,
      ),
    ),
  },
  { ...open, description: 'A resource of RFC 7643' },
);
export type ScimResource = Static<typeof ScimResource>;

/** What a client sends; `schemas` may be left out. */
export const ScimResourceInput = Type.Record(Type.String({ maxLength: 512 }), Type.Unknown(), {
  description: 'A resource of RFC 7643; `schemas` may be left out',
});

export const ScimListResponse = Type.Object(
  {
    schemas: Type.Array(Type.String()),
    totalResults: Type.Integer(),
    startIndex: Type.Optional(Type.Integer()),
    itemsPerPage: Type.Integer(),
    nextCursor: Type.Optional(Type.String({ description: 'RFC 9865' })),
    Resources: Type.Array(ScimResource),
    resources: Type.Array(ScimResource, { description: 'The same as Resources, for older clients' }),
  },
  { description: 'RFC 7644 §3.4.2' },
);

export const ScimError = Type.Object(
  {
    schemas: Type.Array(Type.String()),
    status: Type.String(),
    scimType: Type.Optional(Type.String()),
    detail: Type.String(),
  },
  { description: 'RFC 7644 §3.12' },
);

/** Query parameters are text; what can not be read is told in the shape of RFC 7644. */
export const ScimViewQuery = Type.Object(
  {
    attributes: Type.Optional(Type.String({ maxLength: 4096 })),
    excludedAttributes: Type.Optional(Type.String({ maxLength: 4096 })),
  },
  open,
);
export const ScimListQuery = Type.Object(
  {
    filter: Type.Optional(Type.String({ maxLength: 8192 })),
    sortBy: Type.Optional(Type.String({ maxLength: 512 })),
    sortOrder: Type.Optional(Type.String({ maxLength: 32 })),
    startIndex: Type.Optional(Type.Integer()),
    count: Type.Optional(Type.Integer()),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: 'RFC 9865; empty for the first page' })),
    ...ScimViewQuery.properties,
  },
  open,
);

/** RFC 7644 §3.4.3. */
export const ScimSearchRequest = Type.Object(
  {
    schemas: Type.Optional(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 16 })),
    filter: Type.Optional(Type.String({ maxLength: 8192 })),
    sortBy: Type.Optional(Type.String({ maxLength: 512 })),
    sortOrder: Type.Optional(Type.String({ maxLength: 32 })),
    startIndex: Type.Optional(Type.Integer()),
    count: Type.Optional(Type.Integer()),
    cursor: Type.Optional(Type.String({ maxLength: 512 })),
    attributes: Type.Optional(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 256 })),
    excludedAttributes: Type.Optional(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 256 })),
  },
  open,
);
export type ScimSearchRequest = Static<typeof ScimSearchRequest>;

/** RFC 7644 §3.5.2; `op` in whatever case, and a single operation need not be in a list. */
export const ScimPatchOperation = Type.Object(
  {
    op: Type.String({ maxLength: 16, description: 'add, replace or remove' }),
    path: Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Null()])),
    value: Type.Optional(Type.Unknown()),
  },
  open,
);
export type ScimPatchOperation = Static<typeof ScimPatchOperation>;
export const ScimPatch = Type.Object(
  {
    schemas: Type.Optional(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 16 })),
    Operations: Type.Array(ScimPatchOperation, { maxItems: 1000 }),
  },
  open,
);
export type ScimPatch = Static<typeof ScimPatch>;

/** RFC 7644 §3.7. */
export const ScimBulkRequest = Type.Object(
  {
    schemas: Type.Optional(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 16 })),
    failOnErrors: Type.Optional(Type.Integer({ minimum: 1 })),
    Operations: Type.Array(
      Type.Object(
        {
          method: Type.String({ maxLength: 8 }),
          path: Type.String({ maxLength: 1024 }),
          bulkId: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
          version: Type.Optional(Type.String({ maxLength: 256 })),
          data: Type.Optional(Type.Unknown()),
        },
        open,
      ),
    ),
  },
  open,
);
export type ScimBulkRequest = Static<typeof ScimBulkRequest>;
export const ScimBulkResponse = Type.Object({
  schemas: Type.Array(Type.String()),
  Operations: Type.Array(
    Type.Object({
      method: Type.String(),
      bulkId: Type.Optional(Type.String()),
      version: Type.Optional(Type.String()),
      location: Type.Optional(Type.String()),
      status: Type.String(),
      response: Type.Optional(Type.Unknown()),
    }),
  ),
});

/** `GET /{tenant}/api/v1/provisioning-tokens`; the token itself is told when it is made and never again. */
export const ProvisioningToken = Type.Object({
  tokenId: Uuid,
  name: Type.String(),
  createdBy: Type.String(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  lastUsedAt: Type.Union([Timestamp, Type.Null()]),
  revokedAt: Type.Union([Timestamp, Type.Null()]),
});
export type ProvisioningToken = Static<typeof ProvisioningToken>;
export const ProvisioningTokenList = Type.Object({
  /** The base URL of SCIM that a directory is given together with a token. */
  address: Type.String(),
  items: Type.Array(ProvisioningToken),
});
export const ProvisioningTokenInput = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 1095, default: 365 })),
});
export const IssuedProvisioningToken = Type.Object({
  ...ProvisioningToken.properties,
  token: Type.String({ description: 'Send it as `Authorization: Bearer …`; it is shown this once' }),
});
export type IssuedProvisioningToken = Static<typeof IssuedProvisioningToken>;
