import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RegistrationMaker } from '../bench/passkeys.ts';
import { openPremises, type Premises } from '../bench/subject.ts';
import { fidoTenant, furnishTown, type Town } from '../bench/town.ts';
import { Visitor } from '../bench/visitor.ts';
import { readPostmasterFile } from '../src/postgres/postmaster-file.ts';
import { Crowd, expectNothingLostOrHalf } from './crowd.ts';
import { freePort } from './free-port.ts';

/** `npm run test:faults` does more of everything. */
const heavy = process.env['KEYWARDEN_FAULTS'] === 'heavy';
const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Beside the real bundle, so that packages are found from there. */
const bundleFolder = join(root, 'apps/server/dist/faults-test');
const program = join(bundleFolder, 'main.js');

/** Requests a minute: of an address, and of a user. */
const addressLimit = 500;
const userLimit = 50;
/** Users with a passkey each; the last hundred are those who want nothing but to sign in. */
const users = 5000;

let registrations: RegistrationMaker;
/** One server with its own PostgreSQL, started as an administrator would. */
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
  premises = await openPremises({
    environment: {
      PORT: String(await freePort()),
      KEYWARDEN_REQUESTS_PER_MINUTE: String(addressLimit),
      KEYWARDEN_USER_REQUESTS_PER_MINUTE: String(userLimit),
      // What is counted here are requests, whatever they prove.
      KEYWARDEN_FAILURES_PER_MINUTE: '0',
    },
    program,
  });
  town = await furnishTown(premises);
  await town.grow(users);
}, 180_000);
afterAll(async () => {
  await premises.close();
  await rm(bundleFolder, { recursive: true, force: true });
});

const place = () => ({ premises, town, registrations });

async function memory(): Promise<number> {
  const status = await readFile(`/proc/${premises.server.processId}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

let signCount = 0;

/** Milliseconds that each of some whole sign-ins takes, one after another: what others get. */
async function signIns(times: number): Promise<readonly number[]> {
  const address = premises.server.baseUrl;
  const visitor = new Visitor({ town, tenant: fidoTenant, address, registrations, observe: () => {} });
  const all: number[] = [];
  try {
    for (let time = 0; time < times; time += 1) {
      signCount += 1;
      const began = performance.now();
      await visitor.signIn(users - 1 - (signCount % 100), signCount);
      all.push(performance.now() - began);
    }
  } finally {
    visitor.close();
  }
  return all;
}

const medianOf = (all: readonly number[]) => [...all].sort((a, b) => a - b)[all.length >> 1] ?? 0;

const closed = (socket: Socket) =>
  socket.destroyed
    ? Promise.resolve()
    : new Promise<void>((resolve) => socket.once('close', () => resolve()));

/** Whatever comes: a failed connection is seen by the socket being closed. */
async function open(localAddress: string): Promise<Socket> {
  const { port } = new URL(premises.server.baseUrl);
  const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends everything, and reads until the server has closed. */
async function talk(localAddress: string, text: string): Promise<string> {
  const socket = await open(localAddress);
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.write(text);
  await closed(socket);
  return answer;
}

const statusesOf = (answers: string) =>
  (answers.match(/HTTP\/1\.1 \d+/g) ?? []).map((line) => +line.slice(9));

interface Attack {
  /** Goes on until `over` says so; whoever waits for nothing ends before. */
  readonly run: (over: () => boolean) => Promise<void>;
  /** Megabytes that the server may take more than before, at any moment of it. */
  readonly megabytes: number;
}

/**
 * What others get while it goes on, told by what they get before and after it on the same machine: half of their sign-ins take
 * at most four times as long, or less than 300 ms.
 */
async function expectOthersUnaffected({ run, megabytes }: Attack): Promise<void> {
  const before = await memory();
  const usual = [...(await signIns(6))];
  let over = false;
  let most = before;
  const watch = setInterval(async () => {
    most = Math.max(most, await memory());
  }, 50);
  const attack = run(() => over);
  let during: readonly number[];
  try {
    during = await signIns(heavy ? 40 : 12);
  } finally {
    over = true;
    await attack;
    clearInterval(watch);
  }
  usual.push(...(await signIns(6)));
  if (heavy) {
    const [was, is, worst] = [medianOf(usual), medianOf(during), Math.max(...during)].map(Math.round);
    const grown = Math.round(most - before);
    process.stdout.write(
      `    sign-ins of others: ${was} ms, meanwhile ${is} ms, at most ${worst} ms; ${grown} MB more\n`,
    );
  }
  expect(medianOf(during)).toBeLessThan(Math.max(4 * medianOf(usual), 300));
  expect(most - before).toBeLessThan(megabytes);
}

let slow: SlowClients;

describe('hostile clients', { timeout: 240_000 }, () => {
  test('that send a byte a second take next to nothing, and hold up nobody', async () => {
    // What the first requests of a server take is not theirs.
    await signIns(12);
    const count = heavy ? 1000 : 200;
    await expectOthersUnaffected({
      run: async () => {
        slow = await SlowClients.connect(count);
      },
      megabytes: 40 + count / 20,
    });
    expect(slow.ends).toEqual([]);
  });

  test('that send more than anybody needs are refused before it is read', async () => {
    const atOnce = heavy ? 20 : 5;
    const results: { readonly answer: string; readonly sent: number }[] = [];
    const send = async (path: string, type: string) => {
      results.push(await sendWithoutEnd(`/${fidoTenant}/authn${path}`, type));
    };
    await expectOthersUnaffected({
      run: async (over) => {
        do {
          const all = Array.from({ length: atOnce }, () => [
            send('/code', 'application/json'),
            send('/enroll/fido', 'application/x-www-form-urlencoded'),
            send('/token', 'application/x-www-form-urlencoded'),
          ]);
          await Promise.all(all.flat());
        } while (!over());
      },
      // Of 60 bodies half a megabyte each is read, and what their connections hold.
      megabytes: heavy ? 120 : 60,
    });
    expect(results.length).toBeGreaterThanOrEqual(3 * atOnce);
    for (const { answer, sent } of results) {
      // Some are cut off before they have read their answer.
      expect(answer === '' || /^HTTP\/1\.1 4(00|01|13|29) /.test(answer), answer.slice(0, 200)).toBe(true);
      expect(sent).toBeLessThan(64);
    }
    expect(results.some(({ answer }) => answer.startsWith('HTTP/1.1 413'))).toBe(true);
  });

  const many = heavy ? 10_000 : 2000;
  test(`that open ${many} connections take memory within bounds, and nobody's turn`, async () => {
    const sockets: Socket[] = [];
    let answered = 0;
    try {
      await expectOthersUnaffected({
        run: async () => {
          // From so many addresses that none of them is a flood.
          for (let house = 1; sockets.length < many; house += 1) {
            const address = `127.0.3.${house}`;
            sockets.push(...(await Promise.all(Array.from({ length: 200 }, () => open(address)))));
          }
          // Each sends one request, and stays.
          for (const socket of sockets) {
            socket.once('data', () => {
              answered += 1;
            });
            socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
          }
        },
        // 20 KB each, and what 2,000 answers at once take.
        megabytes: 60 + many / 50,
      });
      await expect.poll(() => answered, { timeout: 60_000 }).toBe(many);
      expect(sockets.filter((socket) => socket.destroyed).length).toBe(0);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test('that flood from one address are told 429 with Retry-After; other addresses are not', async () => {
    const request = `GET /${fidoTenant}/authn/jwks HTTP/1.1\r\nHost: localhost\r\n`;
    const requests = (times: number) =>
      `${`${request}\r\n`.repeat(times - 1)}${request}Connection: close\r\n\r\n`;
    const [few, packet] = [requests(10), requests(heavy ? 2000 : 200)];
    const texts: string[] = [];
    await expectOthersUnaffected({
      run: async (over) => {
        const one = async (address: string, text: string) => {
          do texts.push(await talk(address, text));
          while (!over());
        };
        const [patient, blind] = [() => one('127.0.4.1', few), () => one('127.0.4.3', packet)];
        await Promise.all(Array.from({ length: 5 }, () => [patient(), blind()]).flat());
        // Whoever has not had enough, one after another.
        while (statusesOf(texts.join('')).length < 3 * addressLimit) texts.push(await talk('127.0.4.1', few));
      },
      // 64 KB of requests a connection, and what the collector has not collected yet.
      megabytes: heavy ? 200 : 120,
    });
    const answers = texts.join('');
    const statuses = statusesOf(answers);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    const seconds = [...answers.matchAll(/HTTP\/1\.1 429 [\s\S]*?\r\nretry-after: (\d+)\r\n/gi)].map(
      ([, text]) => Number(text),
    );
    expect(seconds).toHaveLength(statuses.filter((status) => status === 429).length);
    expect(Math.min(...seconds)).toBeGreaterThan(0);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(60);
    for (const address of ['127.0.4.1', '127.0.4.3']) {
      expect(statusesOf(await talk(address, requests(1)))).toEqual([429]);
    }
    // To the letter: counted by the minute that begins with the first of them.
    const counted: number[] = [];
    while (counted.length < addressLimit + 50) counted.push(...statusesOf(await talk('127.0.4.4', few)));
    expect(counted.filter((status) => status === 200)).toHaveLength(addressLimit);
    expect(statusesOf(await talk('127.0.4.2', requests(1)))).toEqual([200]);
  });

  test('that guess tokens, sessions and tenants are told 429, too', async () => {
    const guesses = [
      ['127.0.5.1', `/${fidoTenant}/scim/v2/Users`, 'Authorization: Bearer guessed'],
      ['127.0.5.2', `/${fidoTenant}/api/v1/users`, 'Cookie: keywarden=guessed'],
      ['127.0.5.3', '/guessed/authn/flow?request_uri=urn:guessed', 'Accept: */*'],
    ] as const;
    for (const [address, path, header] of guesses) {
      const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`;
      const statuses: number[] = [];
      while (!statuses.includes(429) && statuses.length <= addressLimit) {
        statuses.push(
          ...statusesOf(
            await talk(address, `${`${request}\r\n`.repeat(9)}${request}Connection: close\r\n\r\n`),
          ),
        );
      }
      const refused = statuses.filter((status) => status !== 429);
      expect({ path, refused: refused.length, limited: statuses.includes(429) }).toEqual({
        path,
        refused: addressLimit,
        limited: true,
      });
      expect(refused.every((status) => status === 401 || status === 404)).toBe(true);
    }
  });

  test('that ask for one user again and again are told 429 with Retry-After; other users are not', async () => {
    const ask = (username: string) =>
      fetch(`${premises.server.baseUrl}/${fidoTenant}/authn/flow`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ request_uri: 'urn:nobody', username }),
      });
    let answers: Response[] = [];
    await expectOthersUnaffected({
      run: async () => {
        answers = await Promise.all(Array.from({ length: 120 }, () => ask('alice')));
      },
      megabytes: 40,
    });
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect({ refused: count(400), limited: count(429) }).toEqual({ refused: userLimit, limited: 70 });
    const limited = answers.find((answer) => answer.status === 429);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(limited?.headers.get('server-csrf-token')).toMatch(/^[\w-]{43}$/);
    expect(await limited?.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect((await ask('bob')).status).toBe(400);
  });

  test('never made the server take more than 512 MB', async () => {
    expect(await premises.server.peakMemory()).toBeLessThan(512);
  });
});

/** Megabytes are sent until there is an answer, 64 at most. */
async function sendWithoutEnd(path: string, type: string): Promise<{ answer: string; sent: number }> {
  const socket = await open('127.0.2.1');
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
}

const megabyte = Buffer.alloc(1024 * 1024, 'a');

class SlowClients {
  /** Milliseconds after which each was cut off. */
  readonly ends: number[] = [];
  readonly #sockets: readonly Socket[];

  static async connect(count: number): Promise<SlowClients> {
    return new SlowClients(await Promise.all(Array.from({ length: count }, () => open('127.0.1.1'))));
  }

  constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    const began = performance.now();
    for (const [index, socket] of sockets.entries()) {
      // Half of them never end their head, half of them never end their body.
      socket.write(`POST /${fidoTenant}/authn/code HTTP/1.1\r\nHost: localhost\r\n`);
      if (index % 2 === 0) socket.write('Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
      const drip = setInterval(() => socket.write(index % 2 === 0 ? ' ' : 'X-Slow: yes\r\n'), 1000);
      socket.once('close', () => {
        clearInterval(drip);
        this.ends.push(performance.now() - began);
      });
    }
  }

  async gone(): Promise<void> {
    await Promise.all(this.#sockets.map(closed));
  }
}

async function postmaster(): Promise<number> {
  const file = await readPostmasterFile(join(premises.dataFolder, 'postgres'));
  if (file === null) throw new Error('PostgreSQL does not run');
  return file.processId;
}

test('PostgreSQL, restarted under load, costs an answer of 503 with Retry-After at the most', {
  timeout: 180_000,
}, async () => {
  const crowd = new Crowd(place(), 0);
  const done = crowd.enroll(6, { patient: true });
  // Shut down in good order, then by force: the crash of a machine.
  const signals: NodeJS.Signals[] = heavy
    ? ['SIGINT', 'SIGKILL', 'SIGQUIT', 'SIGKILL', 'SIGINT', 'SIGKILL']
    : ['SIGINT', 'SIGKILL'];
  const answered = () => crowd.enrollments.filter((enrollment) => enrollment.answered).length;
  for (const signal of signals) {
    const sofar = answered();
    await expect.poll(answered, { timeout: 30_000 }).toBeGreaterThan(sofar + 12);
    const before = await postmaster();
    process.kill(before, signal);
    await expect
      .poll(() => postmaster().catch(() => before), { timeout: 30_000, interval: 20 })
      .not.toBe(before);
  }
  // It recovers by itself: people go on enrolling.
  const before = answered();
  await expect.poll(answered, { timeout: 30_000 }).toBeGreaterThan(before + 12);
  crowd.stop();
  await done;
  expect([...crowd.statuses.keys()].sort()).toEqual([200, 201, 503]);
  expect(crowd.enrollments.filter((enrollment) => !enrollment.answered)).toEqual([]);
  await expectNothingLostOrHalf(premises, crowd.enrollments);
  expect((await fetch(`${premises.server.baseUrl}/healthz`)).status).toBe(200);
});

test('clients that send a byte a second are cut off by now', { timeout: 120_000 }, async () => {
  await slow.gone();
  // 15 seconds for a head, 30 for a whole request, looked at every 5.
  expect(Math.min(...slow.ends)).toBeGreaterThan(10_000);
  expect(Math.max(...slow.ends)).toBeLessThan(60_000);
});

const times = heavy ? 20 : 3;
test(`the server, killed under load ${times} times, has every enrollment that was answered, and none by halves`, {
  timeout: heavy ? 900_000 : 240_000,
}, async () => {
  const crowd = new Crowd(place(), users / 2);
  const answered = () => crowd.enrollments.filter((enrollment) => enrollment.answered).length;
  for (let time = 0; time < times; time += 1) {
    const before = answered();
    const done = crowd.enroll(6, { patient: false });
    // In the middle of whatever it does then.
    await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(before + 1);
    await pause(Math.random() * 300);
    crowd.stop();
    await premises.server.kill();
    await done;
    await premises.again();
    await expectNothingLostOrHalf(premises, crowd.enrollments);
  }
  expect(answered()).toBeGreaterThan(times);
  expect(crowd.enrollments.some((enrollment) => !enrollment.answered)).toBe(true);
});
