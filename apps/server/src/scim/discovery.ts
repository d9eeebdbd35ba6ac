import {
  type ScimResourceType,
  type ScimSchema,
  scimBulkLimits,
  scimPageSizes,
  scimResourceTypes,
  scimSchemas,
} from '@keywarden/api';
import { HttpRefusal } from '../http/refusal.ts';
import { listResponse } from './lists.ts';
import type { Json } from './schema.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0';

/** RFC 7643 §5. */
export function serviceProviderConfig(base: string): Json {
  return {
    schemas: [`${core}:ServiceProviderConfig`],
    documentationUri: 'https://www.rfc-editor.org/rfc/rfc7644',
    patch: { supported: true },
    bulk: { supported: true, ...scimBulkLimits },
    filter: { supported: true, maxResults: scimPageSizes.largest },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    // RFC 9865 §4.
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: scimPageSizes.usual,
      maxPageSize: scimPageSizes.largest,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A provisioning token, or an access token of a client that may provision',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

export function resourceTypes(base: string): Json {
  const all = Object.values(scimResourceTypes).map((type) => resourceType(type, base));
  return listResponse(all, { total: all.length, startIndex: 1 });
}

export function findResourceType(base: string, name: string): Json {
  const found = Object.values(scimResourceTypes).find((type) => type.name === name);
  if (found === undefined) throw nothing();
  return resourceType(found, base);
}

/** RFC 7643 §6. */
function resourceType(type: ScimResourceType, base: string): Json {
  return {
    schemas: [`${core}:ResourceType`],
    id: type.name,
    name: type.name,
    endpoint: type.endpoint,
    description: type.description,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type.name}` },
  };
}

export function schemas(base: string): Json {
  const all = scimSchemas.map((schema) => schemaView(schema, base));
  return listResponse(all, { total: all.length, startIndex: 1 });
}

export function findSchema(base: string, id: string): Json {
  const found = scimSchemas.find((schema) => schema.id.toLowerCase() === id.toLowerCase());
  if (found === undefined) throw nothing();
  return schemaView(found, base);
}

/** RFC 7643 §7. */
function schemaView(schema: ScimSchema, base: string): Json {
  return {
    schemas: [`${core}:Schema`],
    ...schema,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema.id}` },
  };
}

function nothing(): HttpRefusal {
  return new HttpRefusal('not-found', 'There is nothing at this address.');
}
