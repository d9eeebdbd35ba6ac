import pg from 'pg';

/** Held by the living supervisor of a cluster: "keyw" as an integer. */
const supervisorLock = 0x6b657977;

/** Whether somebody alive supervises the PostgreSQL at this place. */
export async function tryLock(place: {
  readonly host: string;
  readonly port: number;
}): Promise<'held' | 'free' | 'unreachable'> {
  const client = new pg.Client({
    ...place,
    user: 'postgres',
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await takeLock(client)) ? 'free' : 'held';
  } catch {
    return 'unreachable';
  } finally {
    await client.end().catch(() => {});
  }
}

/** Held until the connection ends. */
export async function takeLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_lock(${supervisorLock}) AS taken`,
  );
  return rows[0]?.taken === true;
}
