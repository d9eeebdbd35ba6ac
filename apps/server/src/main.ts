import { ConfigurationError, readConfiguration } from './config.ts';
import { createLog } from './http/log.ts';
import { connectLauncher } from './launcher.ts';
import { startServer } from './server.ts';

/** What a process manager sees. */
const exitCodes = { stopped: 0, failed: 1, misconfigured: 2 } as const;

async function main(): Promise<number> {
  const log = createLog({ level: process.env['LOG_LEVEL'] || 'info' });
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
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  // Whoever started us is gone: nobody would ever stop us.
  process.on('disconnect', stop);
  const fail = (error: unknown) => {
    log.fatal({ err: error }, 'an error that nobody expected; the server stops');
    failed = true;
    stop();
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  const launcher = connectLauncher(process);
  try {
    const server = await startServer({ configuration, log, launcher, signal: stopping.signal });
    const code = await stopped;
    log.info('stopping');
    await server.stop();
    return failed ? exitCodes.failed : code;
  } catch (error) {
    if (stopping.signal.aborted && !failed) return exitCodes.stopped;
    log.fatal({ err: error }, 'could not start');
    return exitCodes.failed;
  }
}

process.exitCode = await main();
// Nothing of ours is left; a handle of a library must not keep the process.
if (process.connected) process.disconnect();
setTimeout(() => process.exit(), 2_000).unref();
