import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allowsUnprovenEnrollment, type Surroundings } from '@keywarden/domain';
import type { Logger } from 'pino';
import { compose } from './compose.ts';
import type { Configuration } from './config.ts';
import { endDemo, prepareDemo, prepareFirstOwner } from './demo.ts';
import { notReady } from './http/health.ts';
import { loadMasterKey, readMasterKey } from './keys/index.ts';
import type { Launcher } from './launcher.ts';
import { listen } from './listening.ts';
import { openSigner } from './metadata/index.ts';
import { prepareApplicationDatabase, startEmbeddedPostgres } from './postgres/index.ts';
import { type DatabaseConnection, migrate } from './storage/index.ts';

/** apps/web/dist, seen from apps/server/src and from apps/server/dist. */
const pageFolder = fileURLToPath(new URL('../../web/dist/', import.meta.url));

export interface RunningServer {
  readonly baseUrl: string;
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

/** Starts everything; when a step fails or `signal` says so, what was started before it is stopped again. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= stopAll(undo, options.log);
    return stopping;
  };
  try {
    const baseUrl = await start(options, (step) => undo.push(step));
    return { baseUrl, stop };
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

async function start(options: ServerOptions, onStop: (step: () => Promise<void>) => void): Promise<string> {
  const { configuration, log, launcher, signal } = options;
  const masterKey =
    configuration.masterKey === null
      ? await loadMasterKey(join(configuration.dataFolder, 'master.key'))
      : readMasterKey(configuration.masterKey);
  signal.throwIfAborted();
  const connection = await openConnection(options, onStop);
  signal.throwIfAborted();
  for (const name of await migrate(connection)) log.info({ migration: name }, 'database migrated');
  signal.throwIfAborted();

  const { host } = configuration;
  const port = configuration.port === 0 ? await freePort(host) : configuration.port;
  const surroundings: Surroundings = {
    publicUrl: configuration.publicUrl ?? `http://localhost:${port}`,
    workstationUrl: `ws://127.0.0.1:${configuration.workstationPort}`,
  };
  if (configuration.mail === null) {
    log.info('no mail server is set: nobody is told by mail, and codes by mail are not offered');
  }
  const readiness = { prepared: false };
  const parts = await compose({
    connection,
    masterKey,
    surroundings,
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
      if (!readiness.prepared || signal.aborted) throw notReady();
      await parts.database.ping();
    },
  });
  onStop(() => parts.database.close());
  onStop(await listen(parts.app, { host, port }));
  const jobs = parts.startJobs();
  onStop(() => jobs.stop());
  log.info({ baseUrl: surroundings.publicUrl, host, port }, 'listening');
  launcher.tell({ type: 'listening', baseUrl: surroundings.publicUrl, port });

  if (configuration.demo) {
    const demo = await prepareDemo(parts);
    onStop(() => endDemo(parts.ports));
    launcher.tell({ type: 'demo', demo });
    if (!launcher.present) log.info('demo data is there; only a launcher is told its secrets');
    // The launcher brings the demo's keys into their states before anybody is told that the server can serve.
    void launcher.ready.then(() => {
      readiness.prepared = true;
    });
  } else {
    const link = await prepareFirstOwner(parts.ports);
    if (link !== null) {
      launcher.tell({ type: 'first-owner', signInUrl: link });
      if (!launcher.present)
        log.warn('nobody owns this installation yet: start it by `npm start` to get a sign-in link');
    }
    readiness.prepared = true;
  }
  for (const tenantId of await parts.ports.store.tenantIds()) {
    if (await allowsUnprovenEnrollment(parts.ports, tenantId)) {
      log.warn({ tenantId }, 'this tenant lets users without an authenticator enroll one unproven');
    }
  }
  return surroundings.publicUrl;
}

async function openConnection(
  { configuration, log }: ServerOptions,
  onStop: (step: () => Promise<void>) => void,
): Promise<DatabaseConnection> {
  if (configuration.databaseUrl !== null) return { connectionString: configuration.databaseUrl };
  const postgres = await startEmbeddedPostgres({
    dataFolder: join(configuration.dataFolder, 'postgres'),
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
