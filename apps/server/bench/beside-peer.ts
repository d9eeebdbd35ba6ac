import { randomBytes } from 'node:crypto';
import { beside, type Site } from './beside.ts';
import { type Ground, userNumbers, withVisitors } from './ground.ts';
import { atFullLoad, type Measured } from './measure.ts';
import { PeerVisitor, settlePeer } from './peer-visitor.ts';
import { row, write } from './reporting.ts';

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
  const secret = randomBytes(32).toString('hex');
  const peer = {
    name: 'peer',
    program: './peer.mjs',
    environment: ({ port, database }: Site) => ({
      PEER_DATABASE: JSON.stringify(database),
      PEER_SECRET: secret,
      PEER_PORT: String(port),
      PEER_PROCESSES: processes,
    }),
  };
  return beside(ground, peer, async (server, { database }) => {
    await settlePeer(database, { users: total, key: ground.town.key });
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
    write(`${'peer: memory, at most'.padEnd(40)} ${(await server.peakMemory()).toFixed(0).padStart(8)} MB`);
    return { enrollment, signIn };
  });
}
