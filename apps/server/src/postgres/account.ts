import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './errors.ts';

/** The uid and gid that PostgreSQL runs under when we are root, which it refuses. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
}

/** How to run a program of PostgreSQL here: as whom, and so that it ends when we do. */
export interface Launch {
  /** null: as ourselves. */
  readonly account: Account | null;
  wrap(command: readonly string[]): Command;
}

const setprivPlaces = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/local/bin/setpriv'];

/** `reached`: the files and folders that the other account must be able to enter. */
export async function planLaunch(options: {
  dataFolder: string;
  reached: readonly string[];
  ownUid: number | undefined;
}): Promise<Launch> {
  const tool = process.platform === 'linux' ? await findSetpriv() : null;
  const account = options.ownUid === 0 ? await chooseAccount(options.dataFolder) : null;
  if (account === null) {
    const prefix = tool === null ? null : ['--pdeathsig=INT'];
    return { account, wrap: (command) => prefixed(tool, prefix, command) };
  }
  if (tool === null) {
    throw new EmbeddedPostgresError(
      'account-missing',
      'PostgreSQL refuses to run as root, and setpriv (package util-linux) is not here to run it under another account. Start as an ordinary user, or set DATABASE_URL.',
    );
  }
  const privileges = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    ...((await enterableByAnyone(options.reached)) ? noCapability : passThroughFolders),
    '--no-new-privs',
    '--pdeathsig=INT',
  ];
  return { account, wrap: (command) => prefixed(tool, privileges, command) };
}

const noCapability = ['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all'];
// Folders that only root can enter, on the way to binaries and data. access(2) ignores the capabilities of a process
// whose real uid is not root unless SECBIT_NO_SETUID_FIXUP is set, and initdb asks access(2) before it runs postgres.
const passThroughFolders = [
  '--inh-caps=-all,+dac_override',
  '--ambient-caps=-all,+dac_override',
  '--bounding-set=-all,+dac_override',
  '--securebits=+no_setuid_fixup',
];

function prefixed(
  tool: string | null,
  options: readonly string[] | null,
  command: readonly string[],
): Command {
  if (tool === null || options === null) {
    const [file = '', ...rest] = command;
    return { file, arguments: rest };
  }
  return { file: tool, arguments: [...options, ...command] };
}

async function findSetpriv(): Promise<string | null> {
  for (const place of setprivPlaces) {
    if (
      await access(place, constants.X_OK).then(
        () => true,
        () => false,
      )
    ) {
      return place;
    }
  }
  return null;
}

/** Whoever owns the data goes on owning it; otherwise an account of the machine, for initdb wants one with a name. */
async function chooseAccount(dataFolder: string): Promise<Account> {
  const existing = await stat(join(dataFolder, 'PG_VERSION')).catch(() => null);
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const wanted of ['postgres', 'nobody']) {
    const fields = accounts
      .split('\n')
      .map((line) => line.split(':'))
      .find(([name]) => name === wanted);
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid > 0) return { uid, gid };
  }
  throw new EmbeddedPostgresError(
    'account-missing',
    'PostgreSQL refuses to run as root, and this machine has neither an account named postgres nor one named nobody. Start as an ordinary user, or set DATABASE_URL.',
  );
}

async function enterableByAnyone(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const { mode } = await stat(folder);
      if ((mode & 0o001) === 0) return false;
      if (folder === dirname(folder)) break;
    }
  }
  return true;
}
