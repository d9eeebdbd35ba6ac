import { realpath } from 'node:fs/promises';
import { isPostmasterOf, readPostmasterFile } from './postmaster-file.ts';
import type { EmbeddedPostgres } from './supervisor.ts';
import { tryLock } from './supervisor-lock.ts';

/** The PostgreSQL that another process of ours runs in this data folder; null where none does. */
export async function findRunningPostgres(
  dataFolder: string,
): Promise<Pick<EmbeddedPostgres, 'connection'> | null> {
  const folder = await realpath(dataFolder).catch(() => null);
  if (folder === null) return null;
  const file = await readPostmasterFile(folder);
  if (file === null || !(await isPostmasterOf(folder, file.processId))) return null;
  const place = { host: file.socketFolder, port: file.port };
  if ((await tryLock(place)) !== 'held') return null;
  return { connection: (database) => ({ ...place, user: 'postgres', database }) };
}
