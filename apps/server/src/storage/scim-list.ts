import { type DirectoryPage, type DirectoryQuery, DomainError } from '@keywarden/domain';
import { isTimedOut } from './errors.ts';
import { readCursor } from './paging.ts';
import { filterCondition, Parameters, resolve, sortExpression } from './scim-filter.ts';
import { findsEqual, hasOrder, narrowCondition, reachOf, type Searched } from './scim-reach.ts';
import { statement, type TenantSession } from './session.ts';

export interface Listed extends Searched {
  readonly columns: string;
  /** What is always asked: `u.status <> 'deleted'`. */
  readonly always: string;
}

/** Rows that are looked at for one list where no index says which: a fraction of a second. */
const mostLookedAt = 100_000;

interface ListOptions<Row, T> {
  readonly listed: Listed;
  readonly read: (row: Row) => T;
  readonly idOf: (row: Row) => string;
}

/** One page of a directory's list. A filter has no limit of shapes, so its statement is not kept by name. */
export async function listDirectory<Row extends object, T>(
  session: TenantSession,
  query: DirectoryQuery,
  options: ListOptions<Row, T>,
): Promise<DirectoryPage<T>> {
  const { listed } = options;
  await requireBounds(session, query, listed);
  try {
    return await readPage(session, query, options);
  } catch (error) {
    const lookUp = query.filter === null ? query.sort === null : findsEqual(query.filter, listed);
    if (lookUp || !isTimedOut(error)) throw error;
    throw tooMany('It takes too long to go through all that this may mean. Ask for less.', error);
  }
}

async function readPage<Row extends object, T>(
  session: TenantSession,
  query: DirectoryQuery,
  options: ListOptions<Row, T>,
): Promise<DirectoryPage<T>> {
  const { listed, read, idOf } = options;
  const rows = query.limit === 0 ? [] : await session.rows(select<Row>(query, listed), values(query, listed));
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return {
    items: items.map(read),
    total: query.knownTotal ?? (await total(session, { query, listed, seen: rows.length })),
    next: more && query.sort === null ? continuation(idOf(last)) : null,
  };
}

/**
 * RFC 7644 §3.12: what would read more than the server is willing to read is refused before it is begun.
 *
 * @throws DomainError `too-many-results`
 */
async function requireBounds(session: TenantSession, query: DirectoryQuery, listed: Listed): Promise<void> {
  const { filter, sort, offset, limit } = query;
  if (filter === null && sort === null) return;
  const reach = filter === null ? 'listed' : reachOf(filter, listed);
  if (reach === 'few') return;
  const place = sort === null ? null : resolve(sort.attribute, listed, new Parameters());
  const inOrder = place === null || hasOrder(place);
  if (reach === 'listed' && inOrder && (sort === null || offset + limit <= mostLookedAt)) return;
  const size = `SELECT FROM ${listed.from} WHERE ${listed.always} ORDER BY ${listed.id} OFFSET ${mostLookedAt} LIMIT 1`;
  if ((await session.rows(statement<object>('', size))).length === 0) return;
  throw tooMany(
    reach === 'everything'
      ? `No index serves this filter, and there are more than ${mostLookedAt} resources to look at. Ask by what an index finds (docs/scim.md lists it), or read the whole list page by page.`
      : `More than ${mostLookedAt} resources would have to be sorted or passed over. Leave sortBy out, or ask by a filter that an index serves.`,
  );
}

function tooMany(what: string, cause?: unknown): DomainError {
  return new DomainError('too-many-results', what, { cause });
}

async function total(
  session: TenantSession,
  { query, listed, seen }: { query: DirectoryQuery; listed: Listed; seen: number },
): Promise<number> {
  // The first page that is not full says it.
  if (query.limit > 0 && query.after === null && query.offset === 0 && seen <= query.limit) return seen;
  const parameters = new Parameters();
  const where = conditions(query, { listed, parameters });
  const text = `SELECT count(*) AS total FROM ${listed.from} WHERE ${where.join(' AND ')}`;
  return (await session.row(statement<{ total: number }>('', text), parameters.values))?.total ?? 0;
}

function conditions(
  { filter }: DirectoryQuery,
  { listed, parameters }: { listed: Listed; parameters: Parameters },
): string[] {
  if (filter === null) return [listed.always];
  const narrow = narrowCondition(filter, listed, parameters);
  return [listed.always, ...(narrow === null ? [] : [narrow]), filterCondition(filter, listed, parameters)];
}

function compose(query: DirectoryQuery, listed: Listed): { text: string; values: readonly unknown[] } {
  const parameters = new Parameters();
  const where = conditions(query, { listed, parameters });
  let order = listed.id;
  if (query.sort !== null) {
    // RFC 7644 §3.4.2.3: what has no value comes last in ascending order, first in descending order.
    const direction = query.sort.descending ? 'DESC NULLS FIRST' : 'ASC NULLS LAST';
    // The id the same way round: an index that has both is then read from its end.
    const way = query.sort.descending ? 'DESC' : 'ASC';
    order = `${sortExpression(query.sort.attribute, listed, parameters)} ${direction}, ${listed.id} ${way}`;
  }
  let offset = '';
  if (query.after !== null) {
    where.push(`${listed.id} > ${parameters.add(after(query.after))}::uuid`);
  } else if (query.offset > 0 && query.sort === null) {
    // What is passed over is counted in the index, and no row of it is looked at.
    const passed = `${parameters.add(query.offset)}::bigint`;
    where.push(
      `${listed.id} >= (SELECT ${listed.id} FROM ${listed.from} WHERE ${where.join(' AND ')} ORDER BY ${listed.id} OFFSET ${passed} LIMIT 1)`,
    );
  } else if (query.offset > 0) {
    offset = ` OFFSET ${parameters.add(query.offset)}::bigint`;
  }
  const limit = parameters.add(query.limit + 1);
  return {
    text: `SELECT ${listed.columns} FROM ${listed.from} WHERE ${where.join(' AND ')}
            ORDER BY ${order} LIMIT ${limit}::bigint${offset}`,
    values: parameters.values,
  };
}

const select = <Row extends object>(query: DirectoryQuery, listed: Listed) =>
  statement<Row>('', compose(query, listed).text);
const values = (query: DirectoryQuery, listed: Listed) => compose(query, listed).values;

function continuation(id: string): string {
  return Buffer.from(JSON.stringify([id])).toString('base64url');
}

function after(text: string): string {
  const [id] = readCursor({ limit: 1, after: text }, 1) ?? [];
  if (id === undefined || !/^[0-9a-f-]{36}$/.test(id))
    throw new DomainError('input-invalid', 'This page does not exist.');
  return id;
}
