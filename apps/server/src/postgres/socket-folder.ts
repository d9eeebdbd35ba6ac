import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';

// sun_path holds 108 bytes on Linux and 104 elsewhere, the closing zero included.
const socketPathLimit = process.platform === 'linux' ? 107 : 103;
const socketName = '.s.PGSQL.5432';

/**
 * The folder of the unix socket, which only PostgreSQL's account may enter: beside the data where the path is short
 * enough, otherwise in the folder for temporary files, under a name that the data folder decides.
 */
export async function prepareSocketFolder(options: {
  dataFolder: string;
  account: Account | null;
  ownUid: number | undefined;
}): Promise<string> {
  const beside = `${options.dataFolder}-socket`;
  // unix_socket_directories is a list with quoting rules of its own: unusual characters go elsewhere.
  const plain = /^[\w./+@=-]+$/.test(beside);
  const name = createHash('sha256').update(options.dataFolder).digest('hex').slice(0, 16);
  const folder =
    plain && Buffer.byteLength(join(beside, socketName)) <= socketPathLimit
      ? beside
      : join('/tmp', `keywarden-${options.ownUid ?? 0}-${name}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const owner = options.account?.uid ?? options.ownUid;
  const found = await lstat(folder);
  // Anybody may make a folder in /tmp before us: one that is not ours is never used.
  if (!found.isDirectory() || (found.uid !== owner && found.uid !== options.ownUid)) {
    throw new EmbeddedPostgresError(
      'folder-foreign',
      `${folder} belongs to somebody else, so PostgreSQL's socket can't be put there. Remove it, or choose a shorter DATA_DIR.`,
    );
  }
  await chmod(folder, 0o700);
  if (options.account !== null) await chown(folder, options.account.uid, options.account.gid);
  return folder;
}
