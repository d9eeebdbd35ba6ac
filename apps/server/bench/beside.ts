import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Ground } from './ground.ts';
import { type DatabasePlace, type Subject, startSubject } from './subject.ts';

/** Where the other server listens, and its database. */
export interface Site {
  readonly port: number;
  readonly database: DatabasePlace;
}

/** Another server beside ours for as long as the work takes: on the same PostgreSQL, in a database of its own. */
export async function beside<T>(
  { premises }: Ground,
  other: {
    /** Of the database, and of the folder. */
    readonly name: string;
    /** Bundled beside this file. */
    readonly program: string;
    environment(site: Site): Readonly<Record<string, string>>;
  },
  work: (server: Subject, site: Site) => Promise<T>,
): Promise<T> {
  const { name, program, environment } = other;
  const administrator = new pg.Client(premises.superuser('postgres'));
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${name}`);
  await administrator.end();
  const site: Site = { port: await freePort(), database: premises.superuser(name) };
  const folder = await mkdtemp(join(tmpdir(), `keywarden-bench-${name}-`));
  try {
    const server = await startSubject({
      folder,
      program: fileURLToPath(new URL(program, import.meta.url)),
      environment: { NODE_ENV: 'production', ...environment(site) },
    });
    try {
      return await work(server, site);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
