import type { Logger } from 'pino';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Configuration } from './config.ts';
import { Prepared, type Told, Work } from './processes.ts';
import { composeAsConfigured, type RunningServer, serve, undoable } from './server.ts';

/**
 * One of several processes that serve: everything but what is done once for all of them. It is told what to do by the
 * process that started it.
 */
export async function startWorker(
  channel: NodeJS.Process,
  { configuration, log, signal }: { configuration: Configuration; log: Logger; signal: AbortSignal },
): Promise<RunningServer> {
  const tell = (message: Told) => {
    if (channel.connected) channel.send?.(message, () => {});
  };
  try {
    const readiness = { prepared: false };
    channel.on('message', (message: unknown) => {
      if (Value.Check(Prepared, message)) readiness.prepared = true;
    });
    const work = workOf(channel, signal);
    tell({ type: 'present' });
    const { port, publicUrl, embedded } = await work;
    const connection = embedded ?? { connectionString: configuration.databaseUrl ?? '' };
    const running = await undoable(log, async (onStop) => {
      const parts = await composeAsConfigured({
        configuration,
        connection,
        publicUrl,
        log,
        isReady: () => readiness.prepared && !signal.aborted,
      });
      onStop(() => parts.database.close());
      signal.throwIfAborted();
      await serve(parts, { host: configuration.host, port, onStop });
    });
    tell({ type: 'serving' });
    return running;
  } catch (error) {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

function workOf(channel: NodeJS.Process, signal: AbortSignal) {
  return new Promise<Static<typeof Work>>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    channel.on('message', (message: unknown) => {
      if (Value.Check(Work, message)) resolve(message);
    });
  });
}
