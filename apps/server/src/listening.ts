import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Milliseconds that requests in progress have when the server stops. */
const drainTimeout = 10_000;
/** Milliseconds between two looks for connections on which the last request was answered. */
const drainInterval = 50;

/** The addresses of `localhost`, the one that is listened on first of all first. */
export type Addresses = () => Promise<readonly string[]>;

/** IPv4 first: more machines lack the other. */
const addressesOfLocalhost: Addresses = async () => {
  const found = await lookup('localhost', { all: true, order: 'ipv4first' });
  return [...new Set(found.map(({ address }) => address))];
};

/**
 * Listens on `host`; on `localhost` at each of its addresses (127.0.0.1 and ::1), as far as the machine has them. Fastify
 * would make one more server for each further address, and nothing that was put around the first would be around those: here
 * the first is handed their connections.
 *
 * @returns stops: requests in progress are finished, idle connections closed; whoever takes too long is cut off
 * @throws Error that says what to do
 */
export async function listen(
  app: FastifyInstance,
  options: { readonly host: string; readonly port: number; readonly addresses?: Addresses },
): Promise<() => Promise<void>> {
  const { host, port, addresses = addressesOfLocalhost } = options;
  const [first = host, ...others] = host === 'localhost' ? await addresses() : [host];
  try {
    await app.listen({ host: first, port, listenTextResolver: () => 'HTTP is open' });
  } catch (cause) {
    await app.close();
    throw explained(cause, { host, port });
  }
  const further: Server[] = [];
  for (const address of others) {
    const server = await listenFor(app, { host: address, port });
    if (server !== null) further.push(server);
  }
  return () => close(app, further);
}

/** null where the machine has no such address, as without IPv6, or somebody else listens there. */
async function listenFor(
  app: FastifyInstance,
  at: { readonly host: string; readonly port: number },
): Promise<Server | null> {
  // As node:http makes its own.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    app.server.emit('connection', socket);
  });
  server.listen(at);
  try {
    await once(server, 'listening');
  } catch (error) {
    app.log.info({ err: error, ...at }, 'not listening at one of the addresses of localhost');
    return null;
  }
  return server;
}

async function close(app: FastifyInstance, further: readonly Server[]): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), drainTimeout);
  const ended = further.map((server) => new Promise((resolve) => server.close(resolve)));
  // Of those connections the first server knows all but their end.
  const looks = setInterval(() => app.server.closeIdleConnections(), drainInterval);
  try {
    await app.close();
    await Promise.all(ended);
  } finally {
    clearTimeout(timer);
    clearInterval(looks);
  }
}

function explained(cause: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return new Error(`Port ${port} on ${host} is in use. Stop what uses it, or set PORT.`, { cause });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new Error(`This machine has no address ${host}. Set HOST to one that it has.`, { cause });
  }
  if (code === 'EACCES') {
    return new Error(`This account may not listen on port ${port}. Set PORT to one above 1023.`, { cause });
  }
  return cause;
}
