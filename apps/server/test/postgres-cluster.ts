import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { prepareApplicationDatabase, startEmbeddedPostgres } from '../src/postgres/index.ts';
import { migrate } from '../src/storage/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The template that every test's database is copied from. */
    postgres: { host: string; port: number; superuser: string; owner: string; template: string };
  }
}

/** One cluster per run, migrated once: vitest's global set-up of the integration tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'keywarden-tests-'));
  const postgres = await startEmbeddedPostgres({ dataFolder: join(folder, 'postgres'), log: () => {} });
  try {
    const connection = await prepareApplicationDatabase(postgres);
    await migrate(connection);
    project.provide('postgres', {
      host: connection.host,
      port: connection.port,
      superuser: postgres.connection('postgres').user,
      owner: connection.user,
      template: connection.database,
    });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
