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
import { fidoTenant, redirectUri } from './town.ts';

interface Extent {
  readonly users: number;
  readonly clients: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/**
 * Whole sign-ins at a server that does nothing but what none can leave out (floor.ts), in a database of its own beside ours;
 * then with the OpenID provider's part of the work added.
 */
export async function measureFloors(ground: Ground, extent: Extent): Promise<void> {
  for (const withProvider of [false, true]) await measureFloor(ground, { ...extent, withProvider });
}

async function furnishFloor({ premises }: Ground, name: string, users: number): Promise<pg.ClientConfig> {
  const administrator = new pg.Client(premises.superuser('postgres'));
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${name}`);
  await administrator.end();
  const place = premises.superuser(name);
  const database = new pg.Client(place);
  await database.connect();
  await database.query(`
    CREATE TABLE transactions (id text PRIMARY KEY, state jsonb NOT NULL, version integer NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE holders (name text PRIMARY KEY, credential jsonb NOT NULL, uses integer NOT NULL);
    CREATE TABLE notes (id text PRIMARY KEY, what text NOT NULL);
    INSERT INTO holders SELECT 'user' || n, jsonb_build_object('id', n), 0 FROM generate_series(0, ${users - 1}) AS n;
  `);
  await database.query('VACUUM ANALYZE holders');
  await database.end();
  return place;
}

async function measureFloor(
  ground: Ground,
  options: Extent & { readonly withProvider: boolean },
): Promise<Measured> {
  const { town } = ground;
  const place = await furnishFloor(
    ground,
    options.withProvider ? 'floor_with_provider' : 'floor',
    options.users,
  );
  const port = await freePort();
  const name = options.withProvider ? 'floor with the OpenID provider' : 'floor: whole sign-ins, full load';
  const client = { ...town.clients[fidoTenant], redirectUri };
  const folder = await mkdtemp(join(tmpdir(), 'keywarden-bench-floor-'));
  const server = await startSubject({
    folder,
    program: fileURLToPath(new URL('./floor.mjs', import.meta.url)),
    environment: {
      NODE_ENV: 'production',
      FLOOR_DATABASE: JSON.stringify(place),
      FLOOR_KEY: JSON.stringify(createPublicKey(town.key.privateKey).export({ format: 'jwk' })),
      FLOOR_PORT: String(port),
      ...(options.withProvider && {
        FLOOR_CLIENT: JSON.stringify(client),
        FLOOR_ISSUER: `http://localhost:${port}/${fidoTenant}`,
      }),
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
    return await accounted(ground, () => run(1, options.seconds), name, server);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
