import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { CliError } from '../errors.ts';

function listen(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Says in one sentence that a port is taken, before anything is started for nothing. */
export async function requireFreePort(setting: string, port: number, host: string): Promise<void> {
  if (port === 0) return;
  try {
    await listen(port, host);
  } catch (error) {
    if (isTaken(error)) {
      throw new CliError(
        'port-in-use',
        `Port ${port} on ${host} is in use by another program. Stop that program, or set ${setting} to a free port.`,
        { cause: error },
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(
      'setting-invalid',
      `Nothing can listen on ${host}:${port} (${reason}). Set ${setting} to another port.`,
      {
        cause: error,
      },
    );
  }
}

/** Below those that systems give to whoever asks for any port, and so to connections, too. */
const [lowest, highest] = [20_000, 32_000];
const tries = 20;

/** A port that nobody listens on now. Somebody may take it before its user does; then starting says so. */
export async function findFreePort(host: string): Promise<number> {
  for (let number = 0; number < tries; number += 1) {
    try {
      return await listen(randomInt(lowest, highest), host);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  return listen(0, host);
}
