import { once } from 'node:events';
import { createServer, connect as open, type Socket } from 'node:net';

/** A wire between a server and its PostgreSQL: counts round trips, and can be cut. */
export interface PostgresWire {
  readonly host: string;
  readonly port: number;
  /** How often PostgreSQL said that it is ready for the next query, since the wire was laid. */
  readonly roundTrips: number;
  /** Ends every connection in this moment. */
  cut(): void;
  close(): Promise<void>;
}

const readyForQuery = 'Z'.charCodeAt(0);

/** @param target the folder of a socket, or a host name */
export async function layWire(target: {
  readonly host: string;
  readonly port: number;
}): Promise<PostgresWire> {
  let roundTrips = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = target.host.startsWith('/')
      ? open(`${target.host}/.s.PGSQL.${target.port}`)
      : open(target.port, target.host);
    const count = messageReader((type) => {
      if (type === readyForQuery) roundTrips += 1;
    });
    far.on('data', count);
    near.pipe(far);
    far.pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the wire has no port');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: '127.0.0.1',
    port: address.port,
    get roundTrips() {
      return roundTrips;
    },
    cut,
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

/** PostgreSQL's messages: a type, and a length that counts itself but not the type. */
function messageReader(onMessage: (type: number) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let skip = 0;
  return (chunk) => {
    let at = Math.min(skip, chunk.length);
    skip -= at;
    if (skip > 0) return;
    const bytes = rest.length === 0 ? chunk.subarray(at) : Buffer.concat([rest, chunk.subarray(at)]);
    at = 0;
    while (bytes.length - at >= 5) {
      onMessage(bytes[at] ?? 0);
      const length = 1 + bytes.readUInt32BE(at + 1);
      if (bytes.length - at < length) {
        skip = length - (bytes.length - at);
        rest = Buffer.alloc(0);
        return;
      }
      at += length;
    }
    rest = Buffer.from(bytes.subarray(at));
  };
}
