import { createPublicKey } from 'node:crypto';
import pg from 'pg';
import { beside, type Site } from './beside.ts';
import { accounted, type Ground, userNumbers, visitorsOf, withVisitors } from './ground.ts';
import { atFullLoad, type Measured } from './measure.ts';
import type { DatabasePlace, Subject } from './subject.ts';
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
  const { town } = ground;
  const key = JSON.stringify(createPublicKey(town.key.privateKey).export({ format: 'jwk' }));
  const client = JSON.stringify({ ...town.clients[fidoTenant], redirectUri });
  const bare = ({ port, database }: Site) => ({
    FLOOR_DATABASE: JSON.stringify(database),
    FLOOR_KEY: key,
    FLOOR_PORT: String(port),
  });
  const withProvider = (site: Site) => ({
    ...bare(site),
    FLOOR_CLIENT: client,
    FLOOR_ISSUER: `http://localhost:${site.port}/${fidoTenant}`,
  });
  const floors = [
    { name: 'floor', title: 'floor: whole sign-ins, full load', environment: bare },
    { name: 'floor_with_provider', title: 'floor with the OpenID provider', environment: withProvider },
  ];
  for (const { name, title, environment } of floors) {
    await beside(ground, { name, program: './floor.mjs', environment }, async (server, { database }) => {
      await furnish(database, extent.users);
      return measure(ground, { ...extent, title, server });
    });
  }
}

async function furnish(place: DatabasePlace, users: number): Promise<void> {
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
}

async function measure(
  ground: Ground,
  options: Extent & { readonly title: string; readonly server: Subject },
): Promise<Measured> {
  const { server, clients, title } = options;
  const next = userNumbers(options.users);
  const visitors = () => visitorsOf(ground, fidoTenant, { count: clients, address: server.baseUrl });
  const run = (warmUp: number, measured: number) =>
    withVisitors(visitors(), (visitor) =>
      atFullLoad(
        async (client) => {
          await visitor(client).signIn(next(), ground.nextCount());
          ground.onJob();
        },
        { clients, warmUpSeconds: warmUp, seconds: measured },
      ),
    );
  await run(0, options.warmUpSeconds);
  return accounted(ground, () => run(1, options.seconds), title, server);
}
