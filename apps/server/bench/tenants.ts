/**
 * `npm run bench:tenants`: a thousand tenants in one process of the built server, each asked for what a sign-in begins with,
 * and the memory that it takes.
 */
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createTenant, registerClient, systemActor } from '@keywarden/domain';
import { pino } from 'pino';
import { compose } from '../src/compose.ts';
import { allOf } from './measure.ts';
import { RegistrationMaker } from './passkeys.ts';
import { openPremises } from './subject.ts';
import { redirectUri, type Town } from './town.ts';
import { Visitor } from './visitor.ts';

const { values } = parseArgs({
  options: { tenants: { type: 'string', default: '1000' }, limit: { type: 'string', default: '512' } },
});
const tenants = Number(values.tenants);
const limit = Number(values.limit);
const write = (line: string) => process.stdout.write(`${line}\n`);

const premises = await openPremises();
try {
  const { baseUrl } = premises.server;
  const parts = await compose({
    connection: premises.connection,
    masterKey: premises.masterKey,
    surroundings: { publicUrl: baseUrl, workstationUrl: 'ws://127.0.0.1:9333' },
    trustedProxies: [],
    pageFolder: join(import.meta.dirname, 'no-pages'),
    log: pino({ level: 'silent' }),
    checkHealth: async () => {},
  });
  const names = Array.from({ length: tenants }, (_, number) => `tenant-${number}`);
  const clients: Record<string, { readonly clientId: string; readonly secret: string }> = {};
  for (const tenantId of names) {
    await createTenant(parts.ports, { tenantId, name: tenantId });
    clients[tenantId] = await registerClient(parts.ports, systemActor, {
      tenantId,
      clientId: 'bench-client',
      name: 'Bench client',
      redirectUris: [redirectUri],
    });
  }
  await parts.app.close();
  await parts.database.close();

  const registrations = new RegistrationMaker(1);
  const town: Town = {
    key: { privateKey: registrations.attestationKey, publicKey: new Uint8Array() },
    clients,
    origin: baseUrl,
    rpId: 'localhost',
    grow: async () => {},
  };
  const round = async (what: string, job: (tenant: string, number: number) => Promise<void>) => {
    const { perSecond, p50, p99 } = await allOf(
      (_client, number) => job(names[(number - 1) % tenants] ?? '', number),
      { clients: 8, jobs: tenants },
    );
    const memory = await premises.server.memory();
    write(
      `${what.padEnd(38)} ${perSecond.toFixed(0).padStart(6)} ${p50.toFixed(1).padStart(8)} ${p99.toFixed(1).padStart(8)} ${memory.toFixed(0).padStart(6)}`,
    );
  };
  const begin = async (tenant: string, number: number) => {
    const visitor = new Visitor({ town, tenant, address: baseUrl, registrations, observe: () => {} });
    await visitor.flow(await visitor.push(number));
    visitor.close();
  };
  const showKeys = async (tenant: string) => {
    const response = await fetch(`${baseUrl}/${tenant}/authn/jwks`);
    const { keys } = (await response.json()) as { keys: unknown[] };
    if (keys.length !== 2) throw new Error(`${tenant} shows ${keys.length} keys`);
  };
  write(`${tenants} tenants                             a second   p50 ms   p99 ms rss MB`);
  await round('PAR and flow, each for the first time', begin);
  await round('PAR and flow, each again', begin);
  await round('JWKS, each for the first time', showKeys);
  await round('PAR and flow, each with all its keys', begin);
  const peak = await premises.server.peakMemory();
  write(`memory of the server, at most: ${peak.toFixed(0)} MB of ${limit} MB`);
  if (peak > limit) process.exitCode = 1;
} finally {
  await premises.close();
}
