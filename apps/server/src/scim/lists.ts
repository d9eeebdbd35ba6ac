import { type ScimResourceType, type ScimSearchRequest, scimMessages, scimPageSizes } from '@keywarden/api';
import {
  type DirectoryFilter,
  type DirectoryQuery,
  type DirectorySort,
  DomainError,
} from '@keywarden/domain';
import type { Caller, ResourceDoor, Shown, ShownPage } from './door.ts';
import { readFilter } from './filter.ts';
import { project, readWanted, type Wanted } from './projection.ts';
import { filterAttribute, type Json, resolvePath, withValue } from './schema.ts';
import { wrong } from './values.ts';

/** What GET says in its query and POST to `/.search` in its body. */
export type ListRequest = Omit<ScimSearchRequest, 'attributes' | 'excludedAttributes'> & {
  readonly attributes?: string | readonly string[] | undefined;
  readonly excludedAttributes?: string | readonly string[] | undefined;
};

interface ListPage {
  readonly startIndex: number;
  readonly count: number;
}

/** RFC 7644 §3.4.2.4: numbers below their least value count as that. */
function readPage({ startIndex, count }: ListRequest): ListPage {
  return {
    startIndex: Math.min(Math.max(startIndex ?? 1, 1), Number.MAX_SAFE_INTEGER),
    count: Math.min(Math.max(count ?? scimPageSizes.usual, 0), scimPageSizes.largest),
  };
}

function readSort(type: ScimResourceType, { sortBy, sortOrder }: ListRequest): DirectorySort | null {
  if (sortBy === undefined || sortBy === '') return null;
  const path = resolvePath(type, sortBy);
  const attribute = path === null ? null : filterAttribute(withValue(path));
  if (attribute === null || attribute.type === 'complex' || path?.chain.at(-1)?.returned === 'never') {
    throw wrong('sortBy', `is an attribute with a value; ${JSON.stringify(sortBy.slice(0, 200))} is none`);
  }
  return { attribute, descending: sortOrder?.toLowerCase() === 'descending' };
}

/**
 * Where pages ended, so that the next one begins there instead of counting from the start: a directory that reads a million
 * users by startIndex reads each of them once. Forgetting costs time and nothing else.
 */
export interface Bookmarks {
  find(key: string, now: Date): { readonly after: string; readonly total: number } | null;
  keep(key: string, place: { readonly after: string; readonly total: number; readonly now: Date }): void;
}

const bookmarksKept = 10_000;
/** Milliseconds. */
const bookmarkLifetime = 5 * 60_000;

export function createBookmarks(): Bookmarks {
  // Insertion order is age.
  const places = new Map<string, { after: string; total: number; at: number }>();
  return {
    find(key, now) {
      const place = places.get(key);
      if (place === undefined || now.getTime() - place.at > bookmarkLifetime) return null;
      return place;
    },
    keep(key, { after, total, now }) {
      places.delete(key);
      places.set(key, { after, total, at: now.getTime() });
      for (const oldest of places.keys()) {
        if (places.size <= bookmarksKept) break;
        places.delete(oldest);
      }
    },
  };
}

/** One page of one type of resource, as RFC 7644 §3.4.2 tells it. */
export async function answerList(
  caller: Caller,
  door: ResourceDoor,
  { request, bookmarks }: { request: ListRequest; bookmarks: Bookmarks },
): Promise<Json> {
  const { type } = door;
  const { startIndex, count } = readPage(request);
  const wanted = readWanted(request);
  const filter = request.filter === undefined ? null : readFilter(type, request.filter);
  const sort = readSort(type, request);
  const { cursor } = request;
  if (cursor !== undefined) {
    if (sort !== null) throw wrong('cursor', 'goes through a list in its own order: leave sortBy out');
    const query = {
      filter,
      sort,
      offset: 0,
      after: cursor === '' ? null : cursor,
      limit: count,
      knownTotal: null,
    };
    const page = await door.list(caller, { query, wanted });
    return listView(page, { type, wanted, ...(page.next === null ? {} : { nextCursor: page.next }) });
  }
  const now = caller.ports.clock.now();
  const key = (at: number) =>
    JSON.stringify([caller.tenantId, caller.actor.id, type.name, request.filter ?? null, at]);
  const bookmark = sort === null && startIndex > 1 ? bookmarks.find(key(startIndex), now) : null;
  const query: DirectoryQuery = {
    filter,
    sort,
    offset: startIndex - 1,
    after: bookmark?.after ?? null,
    limit: count,
    knownTotal: bookmark?.total ?? null,
  };
  const page = await door.list(caller, { query, wanted });
  if (page.next !== null) {
    bookmarks.keep(key(startIndex + page.items.length), { after: page.next, total: page.total, now });
  }
  return listView(page, { type, wanted, startIndex });
}

function listView(
  page: ShownPage,
  options: { type: ScimResourceType; wanted: Wanted; startIndex?: number; nextCursor?: string },
): Json {
  const { type, wanted, startIndex, nextCursor } = options;
  return listResponse(
    page.items.map((item) => project(type, item.resource, wanted)),
    { total: page.total, startIndex, nextCursor },
  );
}

/** Existing clients read `resources`, the standard says `Resources`: both are there. */
export function listResponse(
  resources: readonly Json[],
  {
    total,
    startIndex,
    nextCursor,
  }: { total: number; startIndex?: number | undefined; nextCursor?: string | undefined },
): Json {
  return {
    schemas: [scimMessages.list],
    totalResults: total,
    ...(startIndex === undefined ? {} : { startIndex }),
    itemsPerPage: resources.length,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    Resources: resources,
    resources,
  };
}

/** RFC 7644 §3.4.3 at the root: one list after the other. A type that does not know a name has nothing that fits. */
export async function answerRootSearch(
  caller: Caller,
  doors: readonly ResourceDoor[],
  request: ListRequest,
): Promise<Json> {
  const { startIndex, count } = readPage(request);
  const wanted = readWanted(request);
  if (request.sortBy !== undefined) throw wrong('sortBy', 'is for the search of one type of resource');
  const filters = doors.map((door) => filterFor(door.type, request.filter));
  const refusal = filters.find((filter) => filter instanceof DomainError);
  if (filters.every((filter) => filter instanceof DomainError) && refusal !== undefined) throw refusal;
  const shown: { item: Shown; type: ScimResourceType }[] = [];
  let total = 0;
  for (const [index, door] of doors.entries()) {
    const filter = filters[index] ?? null;
    if (filter instanceof DomainError) continue;
    const offset = Math.max(startIndex - 1 - total, 0);
    const query = { filter, sort: null, offset, after: null, limit: count - shown.length, knownTotal: null };
    const page = await door.list(caller, { query, wanted });
    shown.push(...page.items.map((item) => ({ item, type: door.type })));
    total += page.total;
  }
  return listResponse(
    shown.map(({ item, type }) => project(type, item.resource, wanted)),
    { total, startIndex },
  );
}

function filterFor(type: ScimResourceType, text: string | undefined): DirectoryFilter | DomainError | null {
  if (text === undefined) return null;
  try {
    return readFilter(type, text);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
