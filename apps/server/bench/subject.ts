import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { layWire, type PostgresWire } from '../test/postgres-wire.ts';

const serverProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const databaseName = 'keywarden';

export interface DatabasePlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface Subject {
  readonly baseUrl: string;
  /** Where it really listens. */
  readonly address: string;
  readonly processId: number;
  /** Megabytes, of all its processes but PostgreSQL's: of each the most since it started. */
  peakMemory(): Promise<number>;
  /** Megabytes, now. */
  memory(): Promise<number>;
  /** Milliseconds of processor time so far: its own, with that of its serving processes, and that of the PostgreSQL that it started. */
  processorTime(): Promise<{ readonly own: number; readonly postgres: number }>;
  stop(): Promise<void>;
  /** Ends it in this moment, by force. */
  kill(): Promise<void>;
}

/** The built server with the PostgreSQL that it brings, as an administrator would start it, and what it needs to be looked at. */
export interface Premises {
  /** The newest that was started on them. */
  readonly server: Subject;
  readonly dataFolder: string;
  /** Starts the server again, on the same data. */
  again(): Promise<Subject>;
  readonly masterKey: Uint8Array;
  /** As the server connects. */
  readonly connection: DatabasePlace;
  /** Past row-level security. */
  superuser(database?: string): DatabasePlace;
  /** A second server on the same PostgreSQL, by a wire that counts. */
  beside(): Promise<{ readonly server: Subject; readonly wire: PostgresWire }>;
  close(): Promise<void>;
}

/** @param options.program the server's own, as it was built last, where it is left out */
export async function openPremises(
  options: { readonly environment?: Readonly<Record<string, string>>; readonly program?: string } = {},
): Promise<Premises> {
  const { environment = {}, program = serverProgram } = options;
  const folder = await mkdtemp(join(tmpdir(), 'keywarden-bench-'));
  const masterKey = randomBytes(32);
  const shared = {
    NODE_ENV: 'production',
    KEYWARDEN_MASTER_KEY: masterKey.toString('base64url'),
    ...environment,
  };
  const dataFolder = join(folder, 'data');
  const socket = { host: join(dataFolder, 'postgres-socket'), port: 5432 };
  const start = () => startSubject({ folder, program, environment: { ...shared, DATA_DIR: dataFolder } });
  try {
    let server = await start();
    return {
      get server() {
        return server;
      },
      dataFolder,
      async again() {
        server = await start();
        return server;
      },
      masterKey,
      connection: { ...socket, user: databaseName, database: databaseName },
      superuser: (database = databaseName) => ({ ...socket, user: 'postgres', database }),
      async beside() {
        const wire = await layWire(socket);
        const url = `postgres://${databaseName}@${wire.host}:${wire.port}/${databaseName}`;
        const second = await startSubject({
          folder,
          program,
          environment: {
            ...shared,
            DATA_DIR: join(folder, 'beside'),
            DATABASE_URL: url,
            KEYWARDEN_PROCESSES: '1',
            PUBLIC_URL: server.baseUrl,
          },
        });
        return { server: second, wire };
      },
      async close() {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** @param program the server's own where it is left out */
export async function startSubject(options: {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly program: string;
}): Promise<Subject> {
  // Its lines go where a service's go: into a file.
  const logFile = join(options.folder, 'server.log');
  const log = openSync(logFile, 'a');
  const profile = process.env['KEYWARDEN_BENCH_PROFILE'];
  const child = spawn(
    process.execPath,
    [
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
      // As `npm start` does it.
      '--max-semi-space-size=32',
      options.program,
    ],
    {
      cwd: options.folder,
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...options.environment },
      stdio: ['ignore', log, log, 'ipc'],
    },
  );
  closeSync(log);
  const stop = () => endProcess(child, 'SIGTERM');
  const killIt = () => child.kill('SIGKILL');
  process.once('exit', killIt);
  child.once('exit', () => process.off('exit', killIt));
  try {
    const { baseUrl, port } = await listening(child);
    return {
      baseUrl,
      address: `http://localhost:${port}`,
      processId: child.pid ?? 0,
      peakMemory: () => memoryOf(child, 'VmHWM'),
      memory: () => memoryOf(child, 'VmRSS'),
      processorTime: () => processorTime(child.pid ?? 0),
      stop,
      kill: () => endProcess(child, 'SIGKILL'),
    };
  } catch (error) {
    await stop();
    const lines = await readFile(logFile, 'utf8');
    throw new Error(`the server did not start: ${lines.slice(-2000)}`, { cause: error });
  }
}

async function memoryOf({ pid }: ChildProcess, line: 'VmHWM' | 'VmRSS'): Promise<number> {
  let sum = 0;
  for (const { id, isPostgres } of await processesOf(pid ?? 0)) {
    if (isPostgres) continue;
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    sum += Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  }
  return sum;
}

/** Linux counts in hundredths of a second. */
const tick = 10;

async function processorTime(processId: number): Promise<{ own: number; postgres: number }> {
  const sum = { own: 0, postgres: 0 };
  for (const { isPostgres, spent } of await processesOf(processId))
    sum[isPostgres ? 'postgres' : 'own'] += spent;
  return sum;
}

interface Running {
  readonly id: number;
  readonly parent: number;
  readonly isPostgres: boolean;
  /** Milliseconds of processor time, with that of children that ended. */
  readonly spent: number;
}

/** The process and all that come from it. */
async function processesOf(processId: number): Promise<readonly Running[]> {
  const children = new Map<number, Running[]>();
  let first: Running | undefined;
  for (const entry of await readdir('/proc')) {
    const line = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '') : '';
    if (line === '') continue;
    // After the name in parentheses: state, parent, …; user and system time are fields 14 and 15, of children that ended 16, 17.
    const end = line.lastIndexOf(')');
    const fields = line
      .slice(end + 2)
      .split(' ')
      .map(Number);
    const running: Running = {
      id: Number(entry),
      parent: fields[1] ?? 0,
      isPostgres: line.slice(line.indexOf('(') + 1, end) === 'postgres',
      spent: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) * tick,
    };
    if (running.id === processId) first = running;
    children.set(running.parent, [...(children.get(running.parent) ?? []), running]);
  }
  const all: Running[] = first === undefined ? [] : [first];
  for (const { id } of all) all.push(...(children.get(id) ?? []));
  return all;
}

function listening(child: ChildProcess): Promise<{ readonly baseUrl: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { type?: string; baseUrl?: string; port?: number }) => {
      const { type, baseUrl, port } = message;
      if (type === 'listening' && baseUrl !== undefined && port !== undefined) resolve({ baseUrl, port });
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
