/**
 * The server that ours is measured against: better-auth with its passkey plugin, as its documentation builds one on
 * node:http and PostgreSQL, with its limits on requests off, as ours are for the measurement, and in as many processes.
 */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import process from 'node:process';
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';

const { PEER_DATABASE = '', PEER_SECRET = '', PEER_PORT = '', PEER_PROCESSES = '1' } = process.env;
const baseUrl = `http://localhost:${PEER_PORT}`;
const options = {
  baseURL: baseUrl,
  secret: PEER_SECRET,
  // As many connections as ours.
  database: new pg.Pool({ ...(JSON.parse(PEER_DATABASE) as pg.PoolConfig), max: 20 }),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' as const },
  plugins: [passkey({ rpID: 'localhost', rpName: 'Peer', origin: baseUrl })],
};
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => process.exit());
if (cluster.isPrimary) {
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
}
const processes = Number(PEER_PROCESSES);
if (cluster.isPrimary && processes > 1) {
  const listening = Array.from(
    { length: processes },
    () => new Promise((resolve) => cluster.fork().once('listening', resolve)),
  );
  await Promise.all(listening);
  tellListening();
} else {
  createServer(toNodeHandler(betterAuth(options))).listen(Number(PEER_PORT), '127.0.0.1', () => {
    if (cluster.isPrimary) tellListening();
  });
}

function tellListening(): void {
  process.send?.({ type: 'listening', baseUrl, port: Number(PEER_PORT) });
}
