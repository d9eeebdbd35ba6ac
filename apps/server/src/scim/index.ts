import {
  ScimBulkRequest,
  ScimBulkResponse,
  ScimListQuery,
  ScimListResponse,
  ScimPatch,
  ScimResource,
  ScimResourceInput,
  ScimSearchRequest,
  ScimViewQuery,
  scimMediaType,
} from '@keywarden/api';
import { Type } from 'typebox';
import { type Answer, type Call, type Route, route } from '../http/route.ts';
import { isKnown, readIfMatch } from '../http/versions.ts';
import { answerBulk } from './bulk.ts';
import { devices } from './devices.ts';
import { findResourceType, findSchema, resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import { type Caller, locationOf, type ResourceDoor, type Shown } from './door.ts';
import { groups } from './groups.ts';
import { answerList, answerRootSearch, type Bookmarks, createBookmarks } from './lists.ts';
import { project, readWanted } from './projection.ts';
import { users } from './users.ts';

const doors: readonly ResourceDoor[] = [users, groups, devices];
const base = { door: 'scim', access: 'provisioner' } as const;
const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) });
/** A bulk request is up to a thousand requests. */
const bulksPerMinute = 120;

/**
 * SCIM 2.0 (RFC 7643, RFC 7644) for directories that provision a tenant.
 *
 * @param options.path below `/{tenant}/`, such as `scim/v2`
 */
export function scimRoutes(options: { readonly path: string }): readonly Route[] {
  const root = `/:tenant/${options.path}`;
  const callerOf = ({ ports, actor, tenantId }: Call): Caller => ({
    ports,
    actor,
    tenantId,
    base: `${ports.surroundings.publicUrl}/${tenantId}/${options.path}`,
  });
  const bookmarks = createBookmarks();
  const discovery = (path: string, summary: string, view: (caller: Caller, call: Call) => unknown): Route =>
    route({
      ...base,
      method: 'GET',
      path: `${root}${path}`,
      summary,
      schema: { response: { 200: ScimResource } },
      handle: async (call) => answer(call, 200, view(callerOf(call), call)),
    });

  return [
    discovery('/ServiceProviderConfig', 'What this SCIM server can do', (caller) =>
      serviceProviderConfig(caller.base),
    ),
    discovery('/ResourceTypes', 'The types of its resources', (caller) => resourceTypes(caller.base)),
    discovery('/ResourceTypes/:name', 'One type of resource', (caller, call) =>
      findResourceType(caller.base, parameter(call, 'name')),
    ),
    discovery('/Schemas', 'The attributes of its resources', (caller) => schemas(caller.base)),
    discovery('/Schemas/:schema', 'The attributes of one schema', (caller, call) =>
      findSchema(caller.base, parameter(call, 'schema')),
    ),
    ...doors.flatMap((door) => resourceRoutes(door, { root, callerOf, bookmarks })),
    route({
      ...base,
      method: 'POST',
      path: `${root}/.search`,
      summary: 'A search through resources of all types',
      schema: { body: ScimSearchRequest, response: { 200: ScimListResponse } },
      handle: async (call) => answer(call, 200, await answerRootSearch(callerOf(call), doors, call.body)),
    }),
    route({
      ...base,
      method: 'POST',
      path: `${root}/Bulk`,
      summary: 'Many operations in one request',
      perMinute: bulksPerMinute,
      schema: { body: ScimBulkRequest, response: { 200: ScimBulkResponse } },
      handle: async (call) => {
        const onFault = (error: unknown) => {
          // One line for a request: the last cause is in it.
          call.request.refusal = error;
        };
        return answer(call, 200, await answerBulk(callerOf(call), doors, { request: call.body, onFault }));
      },
    }),
  ];
}

interface Room {
  readonly root: string;
  readonly callerOf: (call: Call) => Caller;
  readonly bookmarks: Bookmarks;
}

function resourceRoutes(door: ResourceDoor, { root, callerOf, bookmarks }: Room): readonly Route[] {
  const { endpoint, name } = door.type;
  const one = `${root}${endpoint}/:id`;
  const tell = (call: Call, status: number, shown: Shown): Answer => {
    call.reply.header('etag', shown.tag);
    call.reply.header('location', locationOf(callerOf(call), door.type, shown.id));
    const view = project(door.type, shown.resource, readWanted(viewQuery(call.query)));
    return answer(call, status, view);
  };
  const expected = ({ request }: Call) => readIfMatch(request.headers['if-match']);
  return [
    route({
      ...base,
      method: 'GET',
      path: `${root}${endpoint}`,
      summary: `${name} resources that fit a filter, page by page`,
      schema: { query: ScimListQuery, response: { 200: ScimListResponse } },
      handle: async (call) =>
        answer(call, 200, await answerList(callerOf(call), door, { request: call.query, bookmarks })),
    }),
    route({
      ...base,
      method: 'POST',
      path: `${root}${endpoint}/.search`,
      summary: `The same, asked in the body`,
      schema: { body: ScimSearchRequest, response: { 200: ScimListResponse } },
      handle: async (call) =>
        answer(call, 200, await answerList(callerOf(call), door, { request: call.body, bookmarks })),
    }),
    route({
      ...base,
      method: 'POST',
      path: `${root}${endpoint}`,
      summary: `Makes a ${name} resource`,
      schema: { query: ScimViewQuery, body: ScimResourceInput, response: { 201: ScimResource } },
      handle: async (call) => tell(call, 201, await door.create(callerOf(call), call.body)),
    }),
    route({
      ...base,
      method: 'GET',
      path: one,
      summary: `One ${name} resource`,
      schema: { params: Id, query: ScimViewQuery, response: { 200: ScimResource } },
      handle: async (call) => {
        const wanted = readWanted(call.query);
        const shown = await door.get(callerOf(call), { id: call.params.id, wanted });
        // RFC 7644 §3.14.
        if (isKnown(call.request.headers['if-none-match'], shown.tag)) {
          call.reply.header('etag', shown.tag);
          return { status: 304 };
        }
        return tell(call, 200, shown);
      },
    }),
    route({
      ...base,
      method: 'PUT',
      path: one,
      summary: `Replaces what a client may write of a ${name} resource`,
      schema: { params: Id, query: ScimViewQuery, body: ScimResourceInput, response: { 200: ScimResource } },
      handle: async (call) => {
        const { id } = call.params;
        return tell(
          call,
          200,
          await door.replace(callerOf(call), { id, expected: expected(call), body: call.body }),
        );
      },
    }),
    route({
      ...base,
      method: 'PATCH',
      path: one,
      summary: `Changes a ${name} resource attribute by attribute`,
      schema: {
        params: Id,
        query: ScimViewQuery,
        body: ScimPatch,
        response: { 200: ScimResource, 204: Type.Null() },
      },
      handle: async (call) => {
        const { id } = call.params;
        const wanted = readWanted(call.query);
        const shown = await door.patch(callerOf(call), {
          id,
          expected: expected(call),
          patch: call.body,
          wanted,
        });
        return shown === null ? { status: 204 } : tell(call, 200, shown);
      },
    }),
    route({
      ...base,
      method: 'DELETE',
      path: one,
      summary: `Deletes a ${name} resource`,
      schema: { params: Id, response: { 204: Type.Null() } },
      handle: async (call) => {
        await door.remove(callerOf(call), { id: call.params.id, expected: expected(call) });
        return { status: 204 };
      },
    }),
  ];
}

/** Routes that do not take these have a query of another shape, or none. */
function viewQuery(query: unknown): { attributes?: string; excludedAttributes?: string } {
  const { attributes, excludedAttributes } = Object(query);
  return {
    ...(typeof attributes === 'string' ? { attributes } : {}),
    ...(typeof excludedAttributes === 'string' ? { excludedAttributes } : {}),
  };
}

function parameter({ params }: Call, name: string): string {
  const value: unknown = Object(params)[name];
  return typeof value === 'string' ? value : '';
}

function answer({ reply }: Call, status: number, body: unknown): Answer {
  reply.type(scimMediaType);
  return { status, body };
}
