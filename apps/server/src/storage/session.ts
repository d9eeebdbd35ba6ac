import type { PoolClient } from 'pg';

declare const rowType: unique symbol;

/** One named prepared statement; `Row` is what the columns give. */
export interface Statement<Row extends object = never> {
  readonly name: string;
  readonly text: string;
  readonly [rowType]?: Row;
}

/** Names are unique in the whole server: PostgreSQL keeps the plan under them, connection by connection. */
export function statement<Row extends object = never>(name: string, text: string): Statement<Row> {
  return { name, text };
}

/** An open transaction of one tenant. Rows of other tenants do not exist in it. */
export class TenantSession {
  readonly tenantId: string;
  readonly #client: PoolClient;

  constructor(tenantId: string, client: PoolClient) {
    this.tenantId = tenantId;
    this.#client = client;
  }

  async rows<Row extends object>(query: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
    const { name, text } = query;
    const { rows } = await this.#client.query<Row>({ name, text, values: [...values] });
    return rows;
  }

  /** The first row, null where there is none. */
  async row<Row extends object>(query: Statement<Row>, values: readonly unknown[] = []): Promise<Row | null> {
    return (await this.rows(query, values))[0] ?? null;
  }

  /** How many rows were written. */
  async run(query: Statement, values: readonly unknown[] = []): Promise<number> {
    const { name, text } = query;
    const { rowCount } = await this.#client.query({ name, text, values: [...values] });
    return rowCount ?? 0;
  }
}
