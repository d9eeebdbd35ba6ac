import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Ground, userNumbers, withVisitors } from './ground.ts';
import { atFullLoad, type Measured } from './measure.ts';
import { PeerVisitor, settlePeer } from './peer-visitor.ts';
import { row, write } from './reporting.ts';
import { startSubject } from './subject.ts';

/** The same two jobs at the peer, as far as it has them. */
export async function measurePeer(
  ground: Ground,
  {
    users: total,
    clients,
    seconds,
    warmUpSeconds,
    processes,
  }: { users: number; clients: number; seconds: number; warmUpSeconds: number; processes: string },
): Promise<{ enrollment: Measured; signIn: Measured }> {
  const administrator = new pg.Client(ground.premises.superuser('postgres'));
  await administrator.connect();
  await administrator.query('CREATE DATABASE peer');
  await administrator.end();
  const place = ground.premises.superuser('peer');
  const secret = randomBytes(32).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'keywarden-bench-peer-'));
  const server = await startSubject({
    folder,
    program: fileURLToPath(new URL('./peer.mjs', import.meta.url)),
    environment: {
      NODE_ENV: 'production',
      PEER_DATABASE: JSON.stringify(place),
      PEER_SECRET: secret,
      PEER_PORT: String(await freePort()),
      PEER_PROCESSES: processes,
    },
  });
  try {
    await settlePeer(place, { users: total, key: ground.town.key });
    const next = userNumbers(total);
    const { registrations, town } = ground;
    const visitors = () =>
      Array.from(
        { length: clients },
        () => new PeerVisitor({ baseUrl: server.baseUrl, secret, key: town.key, registrations }),
      );
    const options = { clients, warmUpSeconds, seconds };
    const enrollment = await withVisitors(visitors(), (visitor) =>
      atFullLoad((client) => visitor(client).enroll(next()), options),
    );
    row('peer: options and verification', enrollment);
    const signIn = await withVisitors(visitors(), (visitor) =>
      atFullLoad((client) => visitor(client).signIn(next(), ground.nextCount()), options),
    );
    row('peer: challenge and assertion', signIn);
    write(`${'peer: memory, at most'.padEnd(40)} ${(await server.peakMemory()).toFixed(0).padStart(9)} MB`);
    return { enrollment, signIn };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
