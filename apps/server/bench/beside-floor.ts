import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from './beside-peer.ts';
import { accounted, type Ground, userNumbers, visitorsOf, withVisitors } from './ground.ts';
import { atFullLoad, type Measured } from './measure.ts';
import { startSubject } from './subject.ts';
import { fidoTenant } from './town.ts';

/** Whole sign-ins at a server that does nothing but what none can leave out (floor.ts), in a database of its own beside ours. */
export async function measureFloor(
  ground: Ground,
  options: { users: number; clients: number; seconds: number; warmUpSeconds: number },
): Promise<Measured> {
  const { premises, town } = ground;
  const administrator = new pg.Client(premises.superuser('postgres'));
  await administrator.connect();
  await administrator.query('CREATE DATABASE floor');
  await administrator.end();
  const place = premises.superuser('floor');
  const database = new pg.Client(place);
  await database.connect();
  await database.query(`
    CREATE TABLE transactions (id text PRIMARY KEY, state jsonb NOT NULL, version integer NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE holders (name text PRIMARY KEY, credential jsonb NOT NULL, uses integer NOT NULL);
    CREATE TABLE notes (id text PRIMARY KEY, what text NOT NULL);
    INSERT INTO holders SELECT 'user' || n, jsonb_build_object('id', n), 0 FROM generate_series(0, ${options.users - 1}) AS n;
  `);
  await database.query('VACUUM ANALYZE holders');
  await database.end();
  const folder = await mkdtemp(join(tmpdir(), 'keywarden-bench-floor-'));
  const server = await startSubject({
    folder,
    program: fileURLToPath(new URL('./floor.mjs', import.meta.url)),
    environment: {
      NODE_ENV: 'production',
      FLOOR_DATABASE: JSON.stringify(place),
      FLOOR_KEY: JSON.stringify(createPublicKey(town.key.privateKey).export({ format: 'jwk' })),
      FLOOR_PORT: String(await freePort()),
    },
  });
  try {
    const next = userNumbers(options.users);
    const visitors = () =>
      visitorsOf(ground, fidoTenant, { count: options.clients, address: server.baseUrl });
    const run = (warmUp: number, measured: number) =>
      withVisitors(visitors(), (visitor) =>
        atFullLoad(
          async (client) => {
            await visitor(client).signIn(next(), ground.nextCount());
            ground.onJob();
          },
          { clients: options.clients, warmUpSeconds: warmUp, seconds: measured },
        ),
      );
    await run(0, options.warmUpSeconds);
    return await accounted(ground, () => run(1, options.seconds), 'floor: whole sign-ins, full load', server);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
