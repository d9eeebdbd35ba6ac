import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';
import { ConfigurationError, readConfiguration } from './config.ts';
import { createLog } from './http/log.ts';
import { connectLauncher } from './launcher.ts';
import { startServer } from './server.ts';
import { runTenants } from './tenants.ts';
import { startWorker } from './worker.ts';

/**
 * V8 makes old at once what is made in places whose objects it saw survive. On the road of a request it guesses wrong: what is
 * dead there keeps all that it refers to, rows that were read above all, until everything is collected.
 */
setFlagsFromString('--no-allocation-site-pretenuring');

/** What a process manager sees. */
const exitCodes = { stopped: 0, failed: 1, misconfigured: 2 } as const;

async function main(): Promise<number> {
  const main = createLog({ level: process.env['LOG_LEVEL'] || 'info' });
  const log = cluster.isWorker ? main.child({ process: process.pid }) : main;
  let configuration: ReturnType<typeof readConfiguration>;
  try {
    configuration = readConfiguration(process.env, process.cwd());
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const complaint of error.complaints) log.fatal(complaint);
    return exitCodes.misconfigured;
  }
  const stopping = new AbortController();
  const stopped = new Promise<number>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(exitCodes.stopped));
  });
  let failed = false;
  const stop = () => stopping.abort();
  process.on('SIGTERM', stop);
  // A terminal tells all of us at once; those that serve are stopped by the one that started them.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, cluster.isWorker ? () => {} : stop);
  // Whoever started us is gone: nobody would ever stop us.
  process.on('disconnect', stop);
  const fail = (error: unknown) => {
    log.fatal({ err: error }, 'an error that nobody expected; the server stops');
    failed = true;
    stop();
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  const { signal } = stopping;
  const [command, ...rest] = process.argv.slice(2);
  try {
    if (command === 'tenants' && !cluster.isWorker) {
      return await runTenants(rest, { configuration, log, launcher: connectLauncher(process), signal });
    }
    const server = cluster.isWorker
      ? await startWorker(process, { configuration, log, signal })
      : await startServer({ configuration, log, launcher: connectLauncher(process), signal });
    const code = await stopped;
    if (!cluster.isWorker) log.info('stopping');
    await server.stop();
    return failed ? exitCodes.failed : code;
  } catch (error) {
    if (signal.aborted && !failed) return exitCodes.stopped;
    log.fatal({ err: error }, command === 'tenants' ? 'could not be done' : 'could not start');
    return exitCodes.failed;
  }
}

process.exitCode = await main();
// Nothing of ours is left; a handle of a library must not keep the process.
if (process.connected) process.disconnect();
setTimeout(() => process.exit(), 2_000).unref();
