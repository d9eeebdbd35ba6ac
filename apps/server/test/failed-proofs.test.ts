import { randomBytes, randomUUID } from 'node:crypto';
import { type Actor, ensureWorkflow, registerClient } from '@keywarden/domain';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compose, type ServerParts } from '../src/compose.ts';
import { form, formType, jsonType } from './authentication/back-end-client.ts';
import { freePort } from './free-port.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

const system: Actor = {
  kind: 'system',
  id: 'test',
  name: 'Test',
  role: null,
  requestId: null,
  clientIp: null,
};
const tenantId = 'guarded';
const limits = { failures: 6, clientFailures: 15 };
const redirectUri = 'https://client.example/callback';
const backEnd = '198.51.100.1';
/** Any of the two. */
const [one, other] = [0, 1];

let fresh: FreshDatabase;
let superuser: pg.Client;
/** Two server processes' worth of server on one database, behind a proxy. */
const servers: { readonly parts: ServerParts; readonly address: string }[] = [];
let client: { readonly clientId: string; readonly secret: string };
const password = randomBytes(9).toString('base64url');

beforeAll(async () => {
  fresh = await freshDatabase();
  superuser = new pg.Client(fresh.superuser);
  await superuser.connect();
  const masterKey = new Uint8Array(randomBytes(32));
  const publicUrl = `http://localhost:${await freePort()}`;
  for (const _ of [one, other]) {
    const parts = await compose({
      connection: fresh.connection,
      masterKey,
      surroundings: { publicUrl, workstationUrl: 'ws://127.0.0.1:9333' },
      trustedProxies: ['127.0.0.1'],
      limits,
      pageFolder: '/nonexistent',
      log: pino({ level: process.env['KEYWARDEN_TEST_LOG'] ?? 'silent' }),
      checkHealth: async () => {},
    });
    servers.push({ parts, address: await parts.app.listen({ host: '127.0.0.1', port: 0 }) });
  }
  const ports = servers[one]?.parts.ports;
  if (ports === undefined) throw new Error('no server');
  await ports.store.transaction(tenantId, async (tables) => {
    const createdAt = ports.clock.now();
    await tables.tenants.insert({ tenantId, name: 'Guarded', defaultIdentityProviderId: null, createdAt });
    const userId = randomUUID();
    await tables.users.insert({
      userId,
      username: 'alice',
      displayName: 'Alice',
      email: null,
      status: 'active',
      createdAt,
    });
    await tables.passwords.set(userId, await ports.passwords.hash(password));
  });
  await ensureWorkflow(ports, system, { tenantId, bootstrap: false });
  client = await anotherClient();
});
afterAll(async () => {
  for (const { parts } of servers) {
    await parts.app.close();
    await parts.database.close();
  }
  await superuser.end();
  await fresh.drop();
});

function anotherClient(): Promise<typeof client> {
  const ports = servers[one]?.parts.ports;
  if (ports === undefined) throw new Error('no server');
  return registerClient(ports, system, {
    tenantId,
    name: 'Client of the test',
    redirectUris: [redirectUri],
    clientCredentials: true,
  });
}

interface Asked {
  readonly server: number;
  readonly from: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function ask(path: string, { server, from, method = 'POST', headers, body }: Asked) {
  const response = await fetch(`${servers[server]?.address}/${tenantId}${path}`, {
    method,
    headers: { ...headers, 'x-forwarded-for': from },
    ...(body === undefined ? {} : { body }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: a client that trusts the documented shapes
  const told: any = await response.json().catch(() => null);
  return { status: response.status, headers: response.headers, body: told };
}

const basic = (secret: string) => ({
  authorization: `Basic ${Buffer.from(`${client.clientId}:${secret}`).toString('base64')}`,
});

/** One try in a transaction that the client's own back end opened. */
async function tryPassword(server: number, from: string, tried: { username: string; password: string }) {
  const pushed = await ask('/authn/par', {
    server,
    from: backEnd,
    headers: { ...formType, ...basic(client.secret) },
    body: form({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: redirectUri,
      scope: 'openid',
    }),
  });
  expect(pushed.status).toBe(201);
  return ask('/authn/code', {
    server,
    from,
    headers: jsonType,
    body: JSON.stringify({
      grant_type: 'password',
      authType: 'AT_EMPPWD',
      request_uri: pushed.body.request_uri,
      ...tried,
    }),
  });
}

/** The answer is told before it is counted. */
async function counted(subject: string): Promise<number> {
  const { rows } = await superuser.query<{ failures: number }>(
    'SELECT failures FROM keywarden.failed_proofs WHERE tenant_id = $1 AND subject = $2',
    [tenantId, subject],
  );
  return rows[0]?.failures ?? 0;
}

/** Counts begin anew with each minute: what was cut in two by that is done again, as somebody else. */
async function withinOneMinute(work: (number: number) => Promise<void>): Promise<void> {
  const minute = () => Math.floor(Date.now() / 60_000);
  for (let number = 1; ; number += 1) {
    const before = minute();
    try {
      await work(number);
      return;
    } catch (error) {
      if (minute() === before || number === 5) throw error;
    }
  }
}

test('passwords that are tried from one address: two servers take as many as one, and one more', async () => {
  await withinOneMinute(async (number) => {
    const from = `203.0.113.${number}`;
    const statuses: number[] = [];
    for (let tried = 0; tried < 12; tried += 1) {
      // One password for many, half of whom there are not.
      const answer = await tryPassword(tried % 2, from, {
        username: `user-${tried}`,
        password: 'Spring2026',
      });
      statuses.push(answer.status);
      if (answer.status === 400) {
        expect(answer.body).toMatchObject({ error: 'invalid_grant' });
        await expect.poll(() => counted(from), { timeout: 20_000 }).toBe(statuses.length);
      }
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 400, 429, 429, 429, 429, 429]);
    for (const server of [one, other]) {
      const refused = await tryPassword(server, from, { username: 'alice', password });
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
      expect(refused.headers.get('server-csrf-token')).toMatch(/^[\w-]{43}$/);
      expect(refused.body).toMatchObject({ error: 'temporarily_unavailable' });
      const elsewhere = await tryPassword(server, `203.0.114.${number}`, { username: 'alice', password });
      expect(elsewhere.status).toBe(200);
    }
    expect(await counted(`203.0.114.${number}`)).toBe(0);
  });
}, 120_000);

test('tokens of directories are counted with them', async () => {
  await withinOneMinute(async (number) => {
    const from = `203.0.115.${number}`;
    const bearer = (server: number) =>
      ask('/scim/v2/Users', {
        server,
        from,
        method: 'GET',
        headers: { authorization: `Bearer ${randomBytes(32).toString('base64url')}` },
      });
    for (let tried = 1; tried <= limits.failures; tried += 1) {
      expect((await bearer(one)).status).toBe(401);
      await expect.poll(() => counted(from), { timeout: 20_000 }).toBe(tried);
    }
    const refused = await bearer(one);
    expect(refused.status).toBe(429);
    expect(refused.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
    expect((await bearer(other)).status).toBe(401);
    await expect.poll(() => counted(from), { timeout: 20_000 }).toBe(limits.failures + 1);
    expect((await tryPassword(other, from, { username: 'alice', password })).status).toBe(429);
  });
}, 120_000);

test.each([
  ['in the header', 115],
  ['in the body', 135],
] as const)(
  'secrets of one client, %s, that are tried from many addresses; its own back end is served all the while',
  async (where, block) => {
    await withinOneMinute(async (number) => {
      client = await anotherClient();
      const inHeader = where === 'in the header';
      const token = (server: number, from: string, secret: string) =>
        ask(inHeader ? '/authn/token' : '/authn/token?of=nobody', {
          server,
          from,
          headers: { ...formType, ...(inHeader && basic(secret)) },
          body: form({
            grant_type: 'client_credentials',
            ...(!inHeader && { client_id: client.clientId, client_secret: secret }),
          }),
        });
      // Whoever names a client that there is not is counted by her address alone.
      if (!inHeader) {
        const body = form({ grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'x' });
        const from = `203.0.${block + number}.254`;
        expect((await ask('/authn/token', { server: one, from, headers: formType, body })).status).toBe(401);
        await expect.poll(() => counted(from), { timeout: 20_000 }).toBe(1);
        expect(await counted('nobody')).toBe(0);
      }
      let tried = 0;
      for (const server of [one, other]) {
        let last = 401;
        while (last !== 429 && tried < 2 * limits.clientFailures) {
          tried += 1;
          const from = `203.0.${block + number}.${tried}`;
          last = (await token(server, from, randomBytes(32).toString('base64url'))).status;
          if (last === 401) await expect.poll(() => counted(from), { timeout: 20_000 }).toBe(1);
        }
        expect(last).toBe(429);
      }
      expect(tried).toBeLessThanOrEqual(limits.clientFailures + 4);
      const stranger = `203.0.${block + number}.250`;
      const refused = await token(one, stranger, client.secret);
      expect(refused).toMatchObject({
        status: 429,
        body: { error: 'temporarily_unavailable', error_description: expect.stringContaining('application') },
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await tryPassword(other, stranger, { username: 'alice', password })).status).toBe(429);
      for (const server of [one, other]) {
        expect((await token(server, backEnd, client.secret)).status).toBe(200);
        expect((await tryPassword(server, backEnd, { username: 'alice', password })).status).toBe(200);
      }
    });
  },
  120_000,
);
