import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launch } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';

const initialisationTimeout = 120_000;

const borrowedName = ['/usr/bin/unshare', '--user', '--map-user=65534', '--map-group=65534'];

/** PostgreSQL runs anywhere without our secrets: nothing of our own environment reaches it. */
export const postgresEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Makes the data folder by initdb where there is none yet, and refuses one that these binaries can't open. */
export async function prepareDataFolder(options: {
  dataFolder: string;
  initdb: string;
  majorVersion: string;
  launch: Launch;
  ownUid: number | undefined;
}): Promise<void> {
  const version = await readFile(join(options.dataFolder, 'PG_VERSION'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw foreign(options.dataFolder, error);
    },
  );
  if (version === null) return initialise(options);
  if (version.trim() !== options.majorVersion) {
    throw new EmbeddedPostgresError(
      'version-mismatch',
      `The data in ${options.dataFolder} was written by PostgreSQL ${version.trim()}, this is PostgreSQL ${options.majorVersion}. Nothing was changed. Run the release that wrote it and move the data with a backup, or choose another DATA_DIR.`,
    );
  }
  const { uid } = await stat(options.dataFolder);
  const owner = options.launch.account?.uid ?? options.ownUid;
  if (owner !== undefined && uid !== owner) throw foreign(options.dataFolder, undefined);
}

function foreign(dataFolder: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'folder-foreign',
    `The data in ${dataFolder} belongs to another account. Start as the one that made it, or choose another DATA_DIR.`,
    { cause },
  );
}

/** Beside the final place and moved there when complete: killed in the middle, the next start begins anew. */
async function initialise(options: { dataFolder: string; initdb: string; launch: Launch }): Promise<void> {
  const unfinished = `${options.dataFolder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await chmod(unfinished, 0o700);
  const { account } = options.launch;
  if (account !== null) await chown(unfinished, account.uid, account.gid);
  const command = [
    options.initdb,
    `--pgdata=${unfinished}`,
    '--username=postgres',
    // Who may connect is decided by the folder of the socket, mode 0700; there is no other way in.
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ];
  let { code, output } = await run(options.launch.wrap(command));
  if (code !== 0 && output.includes('could not look up effective user ID')) {
    // A uid without a name, as containers like to run under; initdb insists on a name, PostgreSQL itself does not.
    ({ code, output } = await run(options.launch.wrap([...borrowedName, ...command])));
  }
  if (code !== 0) {
    throw new EmbeddedPostgresError(
      'initialisation-failed',
      `PostgreSQL could not make its data folder ${options.dataFolder}: ${output.trim().split('\n').at(-1) ?? `exit code ${code}`}`,
      { cause: new Error(output) },
    );
  }
  await rename(unfinished, options.dataFolder).catch((cause: unknown) => {
    throw new EmbeddedPostgresError(
      'initialisation-failed',
      `${options.dataFolder} is in the way: it exists and is not PostgreSQL's. Remove it, or choose another DATA_DIR.`,
      { cause },
    );
  });
}

function run(command: { file: string; arguments: readonly string[] }): Promise<{
  code: number | null;
  output: string;
}> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, command.arguments, {
      cwd: '/',
      env: postgresEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: initialisationTimeout,
    });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8192);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
