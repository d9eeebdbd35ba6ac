import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertion, RegistrationMaker } from '../bench/passkeys.ts';
import { openPremises, type Premises } from '../bench/subject.ts';
import {
  credentialIdOf,
  fidoTenant,
  furnishTown,
  redirectUri,
  type Town,
  userHandleOf,
  usernameOf,
} from '../bench/town.ts';
import { readPostmasterFile } from '../src/postgres/postmaster-file.ts';

/** `npm run test:faults` does more of everything. */
const heavy = process.env['KEYWARDEN_FAULTS'] === 'heavy';
const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Beside the real bundle, so that packages are found from there. */
const bundleFolder = join(root, 'apps/server/dist/faults-test');
const program = join(bundleFolder, 'main.js');

let registrations: RegistrationMaker;
let premises: Premises;
let town: Town;

beforeAll(async () => {
  registrations = new RegistrationMaker(64);
  await build({
    absWorkingDir: root,
    entryPoints: ['apps/server/src/main.ts'],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    plugins: [
      {
        name: 'foreign-packages-stay-outside',
        setup(bundle) {
          bundle.onResolve({ filter: /^[^./]/ }, ({ path }) =>
            path.startsWith('@keywarden/') ? undefined : { external: true },
          );
        },
      },
    ],
  });
  await cp(join(root, 'apps/server/src/storage/migrations'), join(bundleFolder, 'migrations'), {
    recursive: true,
  });
});
afterAll(() => rm(bundleFolder, { recursive: true, force: true }));

/** A server with its own PostgreSQL, and users with a passkey each, for the tests of a group. */
function settleIn(environment: Readonly<Record<string, string>> = {}): void {
  beforeAll(async () => {
    const port = await freePort();
    premises = await openPremises({ environment: { PORT: String(port), ...environment }, program });
    town = await furnishTown(premises);
    await town.grow(5000);
  }, 180_000);
  afterAll(() => premises.close());
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** One user's enrollment, as far as its client knows. */
interface Enrollment {
  readonly number: number;
  credentialId: string | null;
  /** The registration was answered 201. */
  answered: boolean;
}

class Crowd {
  readonly enrollments: Enrollment[] = [];
  readonly statuses = new Map<number, number>();
  #next = 0;
  #signCount = 0;
  #over = false;

  stop(): void {
    this.#over = true;
  }

  /** Each begins with the next user as soon as the last is done, until `stop`; then all of them are done. */
  async enroll(members: number, options: { readonly patient: boolean }): Promise<void> {
    this.#over = false;
    const one = async () => {
      while (!this.#over) {
        this.#next += 1;
        const enrollment: Enrollment = { number: this.#next, credentialId: null, answered: false };
        this.enrollments.push(enrollment);
        try {
          await this.#enrollOne(enrollment);
        } catch (error) {
          // A server that was killed answers nobody; that is for the database to say.
          if (options.patient || !(error instanceof TypeError)) throw error;
          if (this.#over) return;
          await pause(20);
        }
      }
    };
    await Promise.all(Array.from({ length: members }, one));
  }

  async #enrollOne(enrollment: Enrollment): Promise<void> {
    const { number } = enrollment;
    const client = town.clients[fidoTenant];
    const pair = Buffer.from(`${client?.clientId}:${client?.secret}`).toString('base64');
    const pushed = await this.#ask('/par', {
      headers: { authorization: `Basic ${pair}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        response_type: 'code',
        client_id: client?.clientId ?? '',
        redirect_uri: redirectUri,
        scope: 'openid',
        code_challenge: createHash('sha256').update('verifier').digest('base64url'),
        code_challenge_method: 'S256',
      }).toString(),
      expected: 201,
    });
    const member = {
      request_uri: pushed.body.request_uri,
      username: usernameOf(number),
      authType: 'AT_FIDO',
    };
    let token: string | null = null;
    const call = async (path: string, members: Record<string, unknown>, expected: number) => {
      const answer = await this.#ask(path, {
        headers: {
          'content-type': 'application/json',
          ...(token !== null && { 'server-csrf-token': token }),
        },
        body: JSON.stringify({ ...member, ...members }),
        expected,
      });
      token = answer.token;
      return answer.body;
    };
    const { challenge } = await call('/code', { grant_type: 'fido_challenge' }, 200);
    this.#signCount += 1;
    const { key, origin, rpId } = town;
    const [credentialId, userHandle] = [credentialIdOf(number), userHandleOf(number)];
    const proof = { credentialId, userHandle, challenge, rpId, origin, signCount: this.#signCount };
    await call('/code', { grant_type: 'password', password: assertion(key, proof) }, 200);
    const { publicKeyCredentialOptions } = await call(
      '/enroll/fido',
      { enroll_step: 'getcredentialoptions' },
      200,
    );
    const credential = registrations.make({ challenge: publicKeyCredentialOptions.challenge, rpId, origin });
    enrollment.credentialId = credential.id;
    await call('/enroll/fido', { enroll_step: 'registercredential', credential }, 201);
    enrollment.answered = true;
  }

  /** Asks the very same again after a 503, as its Retry-After invites to; any other answer must be the one expected. */
  async #ask(
    path: string,
    request: { headers: Record<string, string>; body: string; expected: number },
    // biome-ignore lint/suspicious/noExplicitAny: a client written from the specification trusts its shapes
  ): Promise<{ token: string | null; body: any }> {
    const { headers, body, expected } = request;
    for (let tries = 0; tries < 200; tries += 1) {
      const response = await fetch(`${premises.server.baseUrl}/${fidoTenant}/authn${path}`, {
        method: 'POST',
        headers,
        body,
      });
      const text = await response.text();
      this.statuses.set(response.status, (this.statuses.get(response.status) ?? 0) + 1);
      if (response.status === 503) {
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        await pause(100);
        continue;
      }
      expect({ path, status: response.status, text }).toMatchObject({ status: expected });
      const token = response.headers.get('server-csrf-token');
      return { token, body: text === '' ? null : JSON.parse(text) };
    }
    throw new Error(`${path} was unavailable for ever`);
  }
}

interface Found {
  readonly credentials: number;
  readonly devices: number;
  readonly events: number;
}

/** What the database has of each enrollment. */
async function look(enrollments: readonly Enrollment[]): Promise<(Found & Enrollment)[]> {
  const client = new pg.Client(premises.superuser());
  await client.connect();
  try {
    const { rows } = await client.query<Found & { number: number }>(
      `SELECT n AS number,
              (SELECT count(*)::int FROM keywarden.credentials c
                WHERE c.tenant_id = $1 AND c.user_id = u AND c.credential_id <> s) AS credentials,
              (SELECT count(*)::int FROM keywarden.passkey_devices d
                WHERE d.tenant_id = $1 AND d.user_id = u AND d.credential_id <> s) AS devices,
              (SELECT count(*)::int FROM keywarden.events e
                WHERE e.tenant_id = $1 AND e.type = 'authenticator.added' AND e.target_id = u::text) AS events
         FROM unnest($2::int[], $3::text[]) AS t (n, s), md5($1 || ' user ' || n) AS m, CAST(m AS uuid) AS u`,
      [
        fidoTenant,
        enrollments.map(({ number }) => number),
        enrollments.map(({ number }) => credentialIdOf(number)),
      ],
    );
    const found = new Map(rows.map((row) => [row.number, row]));
    return enrollments.map((enrollment) => ({
      ...enrollment,
      ...(found.get(enrollment.number) ?? { credentials: -1, devices: -1, events: -1 }),
    }));
  } finally {
    await client.end();
  }
}

/** Answered means kept, once; not answered means kept whole or not at all. */
async function expectNothingLostOrHalf(enrollments: readonly Enrollment[]): Promise<void> {
  const wrong = (await look(enrollments)).filter(
    ({ answered, credentials, devices, events }) =>
      credentials > 1 || credentials !== devices || credentials !== events || (answered && credentials !== 1),
  );
  expect(wrong).toEqual([]);
}

async function postmaster(): Promise<number> {
  const file = await readPostmasterFile(join(premises.dataFolder, 'postgres'));
  if (file === null) throw new Error('PostgreSQL does not run');
  return file.processId;
}

describe('PostgreSQL, restarted under load', { timeout: 180_000 }, () => {
  settleIn();

  test('costs an answer of 503 with Retry-After at the most: nothing is lost, nothing is doubled', async () => {
    const crowd = new Crowd();
    const done = crowd.enroll(6, { patient: true });
    // Shut down in good order, then by force: the crash of a machine.
    const signals: NodeJS.Signals[] = heavy
      ? ['SIGINT', 'SIGKILL', 'SIGQUIT', 'SIGKILL', 'SIGINT', 'SIGKILL']
      : ['SIGINT', 'SIGKILL'];
    for (const signal of signals) {
      await pause(1500);
      const before = await postmaster();
      process.kill(before, signal);
      await expect.poll(() => postmaster().catch(() => before), { timeout: 30_000 }).not.toBe(before);
    }
    // It recovers by itself: people go on enrolling.
    const before = crowd.enrollments.length;
    await expect.poll(() => crowd.enrollments.length - before, { timeout: 30_000 }).toBeGreaterThan(12);
    crowd.stop();
    await done;
    expect([...crowd.statuses.keys()].sort()).toEqual([200, 201, 503]);
    expect(crowd.enrollments.filter(({ answered }) => !answered)).toEqual([]);
    await expectNothingLostOrHalf(crowd.enrollments);
    expect((await fetch(`${premises.server.baseUrl}/healthz`)).status).toBe(200);
  });
});

describe('the server, killed under load', { timeout: heavy ? 900_000 : 240_000 }, () => {
  settleIn();
  const times = heavy ? 20 : 3;
  test(`${times} times: every enrollment that was answered is there, and none is half there`, async () => {
    const crowd = new Crowd();
    for (let time = 0; time < times; time += 1) {
      const answered = () => crowd.enrollments.filter((enrollment) => enrollment.answered).length;
      const before = answered();
      const done = crowd.enroll(6, { patient: false });
      // In the middle of whatever it does then.
      await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(before + 1);
      await pause(Math.random() * 300);
      crowd.stop();
      await premises.server.kill();
      await done;
      await premises.again();
      await expectNothingLostOrHalf(crowd.enrollments);
    }
    expect(crowd.enrollments.filter(({ answered }) => answered).length).toBeGreaterThan(times);
    expect(crowd.enrollments.some(({ answered }) => !answered)).toBe(true);
  });
});

/** Milliseconds: a turn is a turn even on a machine that does other things besides. */
const turn = 10_000;

/** What somebody else gets meanwhile; milliseconds. */
async function timeOfOthers(path = `/${fidoTenant}/authn/jwks`): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${premises.server.baseUrl}${path}`);
  await response.text();
  expect(response.status).toBe(200);
  return performance.now() - began;
}

async function memory(): Promise<number> {
  const status = await readFile(`/proc/${premises.server.processId}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** Whatever comes: a failed connection is seen by the socket being closed. */
async function open(localAddress = '127.0.0.1'): Promise<Socket> {
  const { port } = new URL(premises.server.baseUrl);
  const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const closed = (socket: Socket) =>
  socket.destroyed
    ? Promise.resolve()
    : new Promise<void>((resolve) => socket.once('close', () => resolve()));

describe('hostile clients', { timeout: 240_000 }, () => {
  settleIn();

  test('that send slowly are cut off, and hold up nobody', async () => {
    const before = await memory();
    const sockets = await Promise.all(Array.from({ length: heavy ? 1000 : 200 }, () => open()));
    const began = Date.now();
    let firstEnd = Number.POSITIVE_INFINITY;
    for (const [index, socket] of sockets.entries()) {
      // Half of them never end their head, half of them never end their body.
      socket.write(`POST /${fidoTenant}/authn/code HTTP/1.1\r\nHost: localhost\r\n`);
      if (index % 2 === 0) socket.write('Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
      socket.on('close', () => {
        firstEnd = Math.min(firstEnd, Date.now() - began);
      });
    }
    const drip = setInterval(() => {
      for (const [index, socket] of sockets.entries()) {
        if (!socket.destroyed) socket.write(index % 2 === 0 ? ' ' : 'X-Slow: yes\r\n');
      }
    }, 1000);
    try {
      for (let time = 0; time < 5; time += 1) {
        expect(await timeOfOthers()).toBeLessThan(turn);
        await pause(500);
      }
      await Promise.all(sockets.map(closed));
    } finally {
      clearInterval(drip);
      for (const socket of sockets) socket.destroy();
    }
    // 15 seconds for a head, 30 for a whole request, looked at every 5.
    expect(firstEnd).toBeGreaterThan(10_000);
    expect(Date.now() - began).toBeLessThan(60_000);
    expect((await memory()) - before).toBeLessThan(150);
  });

  test('that send more than anybody needs are refused before it is read', async () => {
    await timeOfOthers();
    const before = await memory();
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    const send = async (path: string, type: string): Promise<{ answer: string; sent: number }> => {
      const socket = await open();
      let answer = '';
      let sent = 0;
      socket.on('data', (data) => {
        answer += data.toString('latin1');
      });
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      while (!socket.destroyed && sent < 64 && answer === '') {
        socket.write('100000\r\n');
        if (!socket.write(megabyte)) {
          await Promise.race([once(socket, 'drain').catch(() => {}), closed(socket), pause(500)]);
        }
        socket.write('\r\n');
        sent += 1;
      }
      await Promise.race([closed(socket), pause(2000)]);
      socket.destroy();
      return { answer, sent };
    };
    const json = 'application/json';
    const form = 'application/x-www-form-urlencoded';
    const results = await Promise.all(
      Array.from({ length: heavy ? 20 : 5 }, () => [
        send(`/${fidoTenant}/authn/code`, json),
        send(`/${fidoTenant}/authn/enroll/fido`, form),
        send(`/${fidoTenant}/authn/token`, form),
      ]).flat(),
    );
    for (const { answer, sent } of results) {
      // Some are cut off before they have read their answer.
      expect(answer === '' || /^HTTP\/1\.1 4(00|01|13) /.test(answer), answer.slice(0, 200)).toBe(true);
      expect(sent).toBeLessThan(64);
    }
    expect(results.some(({ answer }) => answer.startsWith('HTTP/1.1 413'))).toBe(true);
    expect((await memory()) - before).toBeLessThan(200);
    expect(await timeOfOthers()).toBeLessThan(turn);
  });

  const many = heavy ? 10_000 : 2000;
  test(`that open ${many} connections take memory within bounds, and nobody's turn`, async () => {
    await timeOfOthers();
    const before = await memory();
    const sockets: Socket[] = [];
    try {
      while (sockets.length < many) {
        sockets.push(...(await Promise.all(Array.from({ length: 250 }, () => open()))));
      }
      // Each sends one request, and stays.
      for (const socket of sockets) socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
      for (let time = 0; time < 5; time += 1) expect(await timeOfOthers()).toBeLessThan(turn);
      expect(sockets.filter((socket) => socket.destroyed).length).toBe(0);
      expect((await memory()) - before).toBeLessThan(heavy ? 400 : 200);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});

describe('floods', { timeout: 120_000 }, () => {
  settleIn({ KEYWARDEN_REQUESTS_PER_MINUTE: '500', KEYWARDEN_USER_REQUESTS_PER_MINUTE: '50' });

  test('from one address are told 429 with Retry-After; other addresses are not', async () => {
    const ask = async (localAddress: string, times: number): Promise<string> => {
      const socket = await open(localAddress);
      let text = '';
      socket.on('data', (data) => {
        text += data.toString('latin1');
      });
      const line = `GET /${fidoTenant}/authn/jwks HTTP/1.1\r\nHost: localhost\r\n`;
      socket.write(`${line}\r\n`.repeat(times - 1));
      socket.write(`${line}Connection: close\r\n\r\n`);
      await closed(socket);
      return text;
    };
    const before = await memory();
    const flood = await Promise.all(Array.from({ length: 10 }, () => ask('127.0.0.2', heavy ? 2000 : 200)));
    const answers = flood.join('').match(/HTTP\/1\.1 \d+/g) ?? [];
    const admitted = answers.filter((answer) => answer.endsWith('200')).length;
    expect(admitted).toBeGreaterThan(0);
    expect(admitted).toBeLessThanOrEqual(500);
    expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200', 'HTTP/1.1 429']));
    const [, seconds] = /HTTP\/1\.1 429 [\s\S]*?\r\nretry-after: (\d+)\r\n/i.exec(flood.join('')) ?? [];
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(await ask('127.0.0.3', 1)).toMatch(/^HTTP\/1\.1 200/);
    expect((await memory()) - before).toBeLessThan(100);
  });

  test('of one user are told 429 with Retry-After; other users are not', async () => {
    const ask = (username: string) =>
      fetch(`${premises.server.baseUrl}/${fidoTenant}/authn/flow`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ request_uri: 'urn:nobody', username }),
      });
    const answers = await Promise.all(Array.from({ length: 120 }, () => ask('alice')));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect({ refused: count(400), limited: count(429) }).toEqual({ refused: 50, limited: 70 });
    const limited = answers.find((answer) => answer.status === 429);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(limited?.headers.get('server-csrf-token')).toMatch(/^[\w-]{43}$/);
    expect(await limited?.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect((await ask('bob')).status).toBe(400);
  });
});
