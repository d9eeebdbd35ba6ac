import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allowsUnprovenEnrollment } from '@keywarden/domain';
import type { Logger } from 'pino';
import { compose, type ServerParts } from './compose.ts';
import type { Configuration } from './config.ts';
import { endDemo, prepareDemo } from './demo.ts';
import { notReady } from './http/health.ts';
import { loadMasterKey, readMasterKey } from './keys/index.ts';
import type { Launcher } from './launcher.ts';
import { listen } from './listening.ts';
import { openSigner } from './metadata/index.ts';
import { prepareOwner } from './owners.ts';
import { prepareApplicationDatabase, startEmbeddedPostgres } from './postgres/index.ts';
import { startProcesses } from './processes.ts';
import { connectionsOfProcess, type DatabaseConnection, migrate } from './storage/index.ts';

/** apps/web/dist, seen from apps/server/src and from apps/server/dist. */
const pageFolder = fileURLToPath(new URL('../../web/dist/', import.meta.url));

export interface RunningServer {
  /** Stops what was started, last first; again waits for the same. Leaves nothing running. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly configuration: Configuration;
  readonly log: Logger;
  readonly launcher: Launcher;
  /** Aborted: no further step of the start is begun. */
  readonly signal: AbortSignal;
}

type OnStop = (step: () => Promise<void>) => void;

/** Starts everything; when a step fails or `signal` says so, what was started before it is stopped again. */
export function startServer(options: ServerOptions): Promise<RunningServer> {
  return undoable(options.log, (onStop) => start(options, onStop));
}

/** @param start names what is to be done when the server stops; of a start that fails it is done at once */
export async function undoable(
  log: Logger,
  start: (onStop: OnStop) => Promise<void>,
): Promise<RunningServer> {
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= stopAll(undo, log);
    return stopping;
  };
  try {
    await start((step) => undo.push(step));
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopAll(undo: (() => Promise<void>)[], log: Logger): Promise<void> {
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      log.error({ err: error }, 'a part of the server did not stop cleanly');
    }
  }
}

async function start(options: ServerOptions, onStop: OnStop): Promise<void> {
  const { configuration, log, launcher, signal } = options;
  // Before anything is started for nothing.
  await masterKeyOf(configuration);
  signal.throwIfAborted();
  const connection = await openConnection(options, onStop);
  signal.throwIfAborted();
  for (const name of await migrate(connection)) log.info({ migration: name }, 'database migrated');
  signal.throwIfAborted();

  const { host, processes } = configuration;
  const port = configuration.port === 0 ? await freePort(host) : configuration.port;
  const publicUrl = configuration.publicUrl ?? `http://localhost:${port}`;
  if (configuration.mail === null) {
    log.info('no mail server is set: nobody is told by mail, and codes by mail are not offered');
  }
  const readiness = { prepared: false };
  const parts = await composeAsConfigured({
    configuration,
    connection,
    publicUrl,
    log,
    isReady: () => readiness.prepared && !signal.aborted,
  });
  onStop(() => parts.database.close());
  let prepared = () => {
    readiness.prepared = true;
  };
  if (processes === 1) {
    await serve(parts, { host, port, onStop });
  } else {
    const embedded = 'connectionString' in connection ? null : connection;
    const running = await startProcesses({ count: processes, work: { port, publicUrl, embedded }, log });
    onStop(() => running.stop());
    prepared = () => running.prepared();
  }
  log.info({ baseUrl: publicUrl, host, port, ...(processes > 1 && { processes }) }, 'listening');
  await launcher.tell({ type: 'listening', baseUrl: publicUrl, port });

  if (configuration.demo) {
    const demo = await prepareDemo(parts);
    onStop(() => endDemo(parts.ports));
    await launcher.tell({ type: 'demo', demo });
    if (!launcher.present) log.info('demo data is there; only a launcher is told its secrets');
    // The launcher brings the demo's keys into their states before anybody is told that the server can serve.
    void launcher.ready.then(prepared);
  } else {
    const link = await prepareOwner(parts.ports);
    if (link !== null) {
      await launcher.tell({ type: 'first-owner', signInUrl: link });
      if (!launcher.present)
        log.warn(
          'nobody who administers this installation is signed in: start it by `npm start` to get a sign-in link',
        );
    }
    prepared();
  }
  for (const tenantId of await parts.ports.store.tenantIds()) {
    if (await allowsUnprovenEnrollment(parts.ports, tenantId)) {
      log.warn({ tenantId }, 'this tenant lets users without an authenticator enroll one unproven');
    }
  }
}

function masterKeyOf({ masterKey, dataFolder }: Configuration): Promise<Uint8Array> | Uint8Array {
  return masterKey === null ? loadMasterKey(join(dataFolder, 'master.key')) : readMasterKey(masterKey);
}

/** The parts of a process that serves, or that prepares for those that do. */
export async function composeAsConfigured(options: {
  readonly configuration: Configuration;
  readonly connection: DatabaseConnection;
  readonly publicUrl: string;
  readonly log: Logger;
  /** What is served is complete, and goes on. */
  readonly isReady: () => boolean;
}): Promise<ServerParts> {
  const { configuration, connection, publicUrl, log, isReady } = options;
  const parts: ServerParts = await compose({
    connection,
    masterKey: await masterKeyOf(configuration),
    surroundings: { publicUrl, workstationUrl: `ws://127.0.0.1:${configuration.workstationPort}` },
    trustedProxies: configuration.trustedProxies,
    limits: configuration.limits,
    keyRotationInterval: configuration.keyRotationInterval,
    metadata:
      configuration.metadata === null
        ? undefined
        : { url: configuration.metadata.url, signer: await openSigner(configuration.metadata) },
    mail: configuration.mail ?? undefined,
    scimPath: configuration.scimPath ?? undefined,
    breachedPasswordsUrl: configuration.breachedPasswordsUrl ?? undefined,
    pageFolder,
    log,
    checkHealth: async () => {
      if (!isReady()) throw notReady();
      await parts.database.ping();
    },
  });
  return parts;
}

/** Opens the doors and does what goes on without a caller; several processes do so side by side. */
export async function serve(
  parts: ServerParts,
  { host, port, onStop }: { readonly host: string; readonly port: number; readonly onStop: OnStop },
): Promise<void> {
  onStop(await listen(parts.app, { host, port }));
  const jobs = parts.startJobs();
  onStop(() => jobs.stop());
}

/** The database that the configuration names, or our own, which is started and stopped again. */
export async function openConnection(
  { configuration, log }: ServerOptions,
  onStop: OnStop,
): Promise<DatabaseConnection> {
  if (configuration.databaseUrl !== null) return { connectionString: configuration.databaseUrl };
  const postgres = await startEmbeddedPostgres({
    dataFolder: join(configuration.dataFolder, 'postgres'),
    // Its own, and those of each process that serves.
    connections: connectionsOfProcess * (configuration.processes > 1 ? configuration.processes + 1 : 1),
    log: (line) => log[/ LOG: /.test(line) ? 'debug' : 'warn']({ postgres: line }, 'PostgreSQL'),
  });
  onStop(() => postgres.stop());
  return prepareApplicationDatabase(postgres);
}

/** The public URL is part of what is composed, so a free port is chosen before. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port is free'));
        else resolve(address.port);
      });
    });
  });
}
