import { type DirectoryPage, type DirectoryQuery, DomainError } from '@keywarden/domain';
import { readCursor } from './paging.ts';
import { filterCondition, Parameters, type Places, sortExpression } from './scim-filter.ts';
import { statement, type TenantSession } from './session.ts';

export interface Listed extends Places {
  /** `users u` */
  readonly from: string;
  readonly columns: string;
  /** What is always asked: `u.status <> 'deleted'`. */
  readonly always: string;
  /** The id, by which lists are ordered and continued. */
  readonly id: string;
}

/** One page of a directory's list. A filter has no limit of shapes, so its statement is not kept by name. */
export async function listDirectory<Row extends object, T>(
  session: TenantSession,
  query: DirectoryQuery,
  options: { listed: Listed; read: (row: Row) => T; idOf: (row: Row) => string },
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
  return [listed.always, ...(filter === null ? [] : [filterCondition(filter, listed, parameters)])];
}

function compose(query: DirectoryQuery, listed: Listed): { text: string; values: readonly unknown[] } {
  const parameters = new Parameters();
  const where = conditions(query, { listed, parameters });
  let order = listed.id;
  if (query.sort !== null) {
    // RFC 7644 §3.4.2.3: what has no value comes last in ascending order, first in descending order.
    const direction = query.sort.descending ? 'DESC NULLS FIRST' : 'ASC NULLS LAST';
    order = `${sortExpression(query.sort.attribute, listed, parameters)} ${direction}, ${listed.id}`;
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
