import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, readPostmasterFile } from '../src/postgres/postmaster-file.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Beside the real bundle, so that packages and pages are found from there. */
const bundleFolder = join(root, 'apps/server/dist/start-test');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywarden-start-'));
  await build({
    absWorkingDir: root,
    entryPoints: ['apps/server/src/main.ts'],
    outfile: join(bundleFolder, 'main.js'),
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

const started: Program[] = [];
afterAll(async () => {
  for (const { child } of started) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(bundleFolder, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

interface Program {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  log(): string;
  message<T>(type: string): Promise<T>;
}

function run(environment: Record<string, string>, options: { ipc: boolean } = { ipc: true }): Program {
  const child = spawn(process.execPath, [join(bundleFolder, 'main.js')], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
  });
  let text = '';
  const messages: { type: string }[] = [];
  child.stdout?.on('data', (data) => {
    text += data;
  });
  child.stderr?.on('data', (data) => {
    text += data;
  });
  child.on('message', (message: { type: string }) => messages.push(message));
  // Its pipes may still hold what it said last. Not 'close': that waits for a channel that was disconnected, too.
  const pipes = [child.stdout, child.stderr].map(
    (pipe) => new Promise((resolve) => pipe?.once('end', resolve)),
  );
  const exited = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => Promise.all(pipes).then(() => resolve(code))),
  );
  const program: Program = {
    child,
    exited,
    log: () => text,
    async message<T>(type: string) {
      for (let wait = 0; wait < 3600; wait += 1) {
        const found = messages.find((message) => message.type === type);
        if (found !== undefined) return found as T;
        if (child.exitCode !== null) break;
        await pause(25);
      }
      throw new Error(`the server did not say ${type}:\n${text}`);
    },
  };
  started.push(program);
  return program;
}

interface Listening {
  readonly baseUrl: string;
  readonly port: number;
}
interface Demo {
  readonly demo: {
    readonly tenant: string;
    readonly operator: { readonly name: string; readonly signInUrl: string };
    readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string };
    readonly users: Readonly<Record<string, { readonly displayName: string; readonly password: string }>>;
    readonly openDemo: { readonly tenant: string; readonly client: { readonly secret: string } };
  };
}

const statusOf = async (url: string) => (await fetch(url, { redirect: 'manual' })).status;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let wait = 0; wait < 2400; wait += 1) {
    if (await holds()) return;
    await pause(25);
  }
  throw new Error(`after a minute it still does not hold: ${what}`);
}

const healthy = (baseUrl: string) =>
  until('it is healthy', async () => (await statusOf(`${baseUrl}/healthz`)) === 200);

async function expectNothingLeft(dataFolder: string, processId: number | undefined): Promise<void> {
  if (processId !== undefined) await until('PostgreSQL is gone', () => !isAlive(processId));
  expect(await readPostmasterFile(join(dataFolder, 'postgres'))).toBeNull();
  expect((await readdir(dataFolder)).sort()).toEqual(['master.key', 'postgres']);
}

const postgresOf = async (dataFolder: string) =>
  (await readPostmasterFile(join(dataFolder, 'postgres')))?.processId;

// Each in a data folder of its own, so they wait for theirs at the same time.
describe.concurrent('a demo server', { timeout: 180_000 }, () => {
  test('serves when its launcher is ready, stops without a trace, and hands out the same secrets again', async () => {
    const dataFolder = join(folder, 'demo');
    const environment = { DATA_DIR: dataFolder, KEYWARDEN_DEMO: '1', WORKSTATION_PORT: '19333' };
    const first = run(environment);
    const { baseUrl, port } = await first.message<Listening>('listening');
    expect(baseUrl).toBe(`http://localhost:${port}`);
    const { demo } = await first.message<Demo>('demo');
    expect(demo).toMatchObject({
      tenant: 'demo',
      operator: { name: 'Olivia Operator' },
      client: { id: 'demo-client', redirectUri: `${baseUrl}/demo/callback` },
      users: { alice: { displayName: 'Alice Liddell' }, bob: {}, carol: {} },
      openDemo: {
        tenant: 'open-demo',
        client: { id: 'open-demo-client', redirectUri: `${baseUrl}/open-demo/callback` },
      },
    });
    expect(await statusOf(`${baseUrl}/healthz`)).toBe(503);
    first.child.send({ type: 'ready' });
    await healthy(baseUrl);
    expect((await stat(join(dataFolder, 'master.key'))).mode & 0o777).toBe(0o600);

    // The link of a demo may be used again until the demo stops.
    for (const _again of [1, 2]) expect(await statusOf(demo.operator.signInUrl)).toBe(303);
    const postgres = await postgresOf(dataFolder);
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    await expectNothingLeft(dataFolder, postgres);

    const second = run(environment);
    const again = (await second.message<Demo>('demo')).demo;
    expect(again.users).toEqual(demo.users);
    expect(again.client.secret).toBe(demo.client.secret);
    expect(again.openDemo.client.secret).toBe(demo.openDemo.client.secret);
    // Nobody can miss which tenant is open.
    // The log and the messages come by different pipes.
    await until('the log warns of the tenant that is open', () =>
      /"tenantId":"open-demo".*without an authenticator enroll one unproven/.test(second.log()),
    );
    expect(second.log()).not.toMatch(/"tenantId":"demo".*unproven/);
    expect(second.log().match(/no mail server is set/g)).toHaveLength(1);
    expect(again.operator.signInUrl).not.toBe(demo.operator.signInUrl);
    const { baseUrl: newUrl } = await second.message<Listening>('listening');
    expect(again.client.redirectUri).toBe(`${newUrl}/demo/callback`);
    const oldToken = new URL(demo.operator.signInUrl).search;
    expect(await statusOf(`${newUrl}/sign-in${oldToken}`)).toBe(400);
    expect(await statusOf(again.operator.signInUrl)).toBe(303);
    // No secret of the demo in any log.
    for (const secret of [
      demo.client.secret,
      demo.openDemo.client.secret,
      ...Object.values(demo.users).map((user) => user.password),
      oldToken,
    ]) {
      expect(first.log() + second.log()).not.toContain(secret);
    }

    // Its launcher goes away: nobody would ever stop it.
    second.child.disconnect();
    expect(await second.exited).toBe(0);
    await expectNothingLeft(dataFolder, undefined);
  });

  test('killed at any moment of its start, it starts again', async () => {
    const dataFolder = join(folder, 'killed');
    const environment = { DATA_DIR: dataFolder, KEYWARDEN_DEMO: '1' };
    for (const milliseconds of [700, 1300, 1900, 2500, 3500]) {
      const program = run(environment);
      await pause(milliseconds);
      program.child.kill('SIGKILL');
      await program.exited;
    }
    const survivor = run(environment);
    const { demo } = await survivor.message<Demo>('demo');
    expect(Object.keys(demo.users)).toEqual(['alice', 'bob', 'carol']);
    expect(await statusOf(demo.operator.signInUrl)).toBe(303);
    const postgres = await postgresOf(dataFolder);
    survivor.child.kill('SIGINT');
    expect(await survivor.exited).toBe(0);
    await expectNothingLeft(dataFolder, postgres);
  });

  test('told to stop in the middle of its start, it stops', async () => {
    const dataFolder = join(folder, 'interrupted');
    const program = run({ DATA_DIR: dataFolder, KEYWARDEN_DEMO: '1' });
    const file = join(dataFolder, 'postgres/postmaster.pid');
    await until('PostgreSQL begins', async () => (await readFile(file, 'utf8').catch(() => '')) !== '');
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    await expectNothingLeft(dataFolder, undefined);
  });
});

interface Answered {
  readonly status: number;
  readonly requestId: string;
  readonly token: string;
  readonly body: string;
}

/** Each on a connection of its own: the next process gets it. */
function post(url: string, body: string, headers: Record<string, string>): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent: false, headers, timeout: 20_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      const header = (name: string) => String(answer.headers[name] ?? '');
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          requestId: header('x-request-id'),
          token: header('server-csrf-token'),
          body: text,
        }),
      );
    });
    sent.once('error', reject);
    sent.once('timeout', () => sent.destroy(new Error(`${url} does not answer`)));
    sent.end(body);
  });
}

describe.concurrent('several processes', { timeout: 180_000 }, () => {
  const environment = (name: string) => ({
    DATA_DIR: join(folder, name),
    KEYWARDEN_DEMO: '1',
    KEYWARDEN_PROCESSES: '2',
  });

  /** Which processes answered the requests of the log. */
  const answering = (program: Program) =>
    new Map(
      program
        .log()
        .split('\n')
        .filter((line) => line.includes('"msg":"request"'))
        .map((line): { requestId: string; process: number } => JSON.parse(line))
        .map((line) => [line.requestId, line.process]),
    );

  async function open(name: string) {
    const program = run(environment(name));
    const { baseUrl } = await program.message<Listening>('listening');
    const { demo } = await program.message<Demo>('demo');
    expect(await statusOf(`${baseUrl}/healthz`)).toBe(503);
    program.child.send({ type: 'ready' });
    await healthy(baseUrl);
    const { client } = demo;
    const form = {
      authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const push = () =>
      post(
        `${baseUrl}/demo/authn/par`,
        new URLSearchParams({
          response_type: 'code',
          client_id: client.id,
          redirect_uri: client.redirectUri,
          scope: 'openid',
        }).toString(),
        form,
      );
    return { program, baseUrl, demo, push };
  }

  test('share a port and every transaction; one that dies is replaced, and all end together', async () => {
    const { program, baseUrl, demo, push } = await open('several');
    const pushed = await push();
    expect(pushed.status).toBe(201);
    const request_uri = JSON.parse(pushed.body).request_uri;
    const requests: string[] = [];
    let token = '';
    const call = async (path: string, members: Record<string, string>) => {
      const answer = await post(
        `${baseUrl}/demo/authn/${path}`,
        JSON.stringify({ request_uri, username: 'alice', ...members }),
        { 'content-type': 'application/json', ...(token !== '' && { 'server-csrf-token': token }) },
      );
      ({ token } = answer);
      requests.push(answer.requestId);
      return answer.status;
    };
    // A step of one process, the next of the other.
    expect(await call('flow', {})).toBe(200);
    const password = demo.users['alice']?.password ?? '';
    for (const again of ['first', 'second']) {
      const proof = { grant_type: 'password', authType: 'AT_EMPPWD', password };
      expect([again, await call('code', proof)]).toEqual([again, 200]);
    }
    await until('its requests are in the log', () =>
      requests.every((requestId) => answering(program).has(requestId)),
    );
    const turns = requests.map((requestId) => answering(program).get(requestId) ?? 0);
    expect(new Set(turns).size).toBe(2);
    expect(turns.every((turn, index) => index === 0 || turn !== turns[index - 1])).toBe(true);

    const [victim = 0] = turns;
    process.kill(victim, 'SIGKILL');
    const others = () => new Set([...answering(program).values()].filter((id) => !turns.includes(id)));
    await until('another serves in its place', async () => {
      // Whoever was about to be served by the one that died is not answered, and asks again.
      const pushed = await push().catch(() => null);
      if (pushed !== null) expect(pushed.status).toBe(201);
      return others().size === 1;
    });
    expect(program.log()).toContain('a serving process ended by itself; another takes its place');

    const postgres = await postgresOf(join(folder, 'several'));
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    for (const id of [...turns, ...others()]) expect(isAlive(id)).toBe(false);
    await expectNothingLeft(join(folder, 'several'), postgres);
    expect(program.log()).not.toContain(demo.client.secret);
  });

  test('end when the one that started them is killed', async () => {
    const { program, push } = await open('orphaned');
    for (const _each of [1, 2]) expect((await push()).status).toBe(201);
    await until('both answered', () => new Set(answering(program).values()).size === 2);
    const both = [...new Set(answering(program).values())];
    program.child.kill('SIGKILL');
    await until('they are gone', () => both.every((id) => !isAlive(id)));
  });

  test('that can not listen say why, and nothing is left', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const program = run({ ...environment('crowded'), PORT: String(port) });
    expect(await program.exited).toBe(1);
    expect(program.log()).toContain(`Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set PORT.`);
    holder.close();
    await expectNothingLeft(join(folder, 'crowded'), undefined);
  });
});

describe.concurrent('a fresh installation', { timeout: 180_000 }, () => {
  test('gives its owner a link while nobody who administers is signed in', async () => {
    const dataFolder = join(folder, 'fresh');
    const links: string[] = [];
    let session = '';
    for (const use of [false, true]) {
      const program = run({ DATA_DIR: dataFolder });
      const { signInUrl } = await program.message<{ signInUrl: string }>('first-owner');
      links.push(signInUrl);
      const { baseUrl } = await program.message<Listening>('listening');
      await healthy(baseUrl);
      if (use) {
        const answer = await fetch(signInUrl, { redirect: 'manual' });
        expect([answer.status, answer.headers.get('location')]).toEqual([303, '/main/console/']);
        session = /=([^;]+)/.exec(answer.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
        expect(await statusOf(signInUrl)).toBe(400);
      }
      expect(program.log()).not.toContain(new URL(signInUrl).searchParams.get('token'));
      program.child.kill('SIGTERM');
      expect(await program.exited).toBe(0);
    }
    expect(new Set(links).size).toBe(2);
    const owned = run({ DATA_DIR: dataFolder });
    const { baseUrl } = await owned.message<Listening>('listening');
    await healthy(baseUrl);
    // The cookie's name carries the address, which is another one at each start.
    const mark = createHash('sha256').update(baseUrl).digest('hex').slice(0, 8);
    const headers = { cookie: `keywarden-session-${mark}=${session}` };
    expect((await fetch(`${baseUrl}/api/v1/session`, { headers })).status).toBe(200);
    expect((await fetch(`${baseUrl}/sign-out`, { method: 'POST', headers })).status).toBe(204);
    owned.child.kill('SIGTERM');
    await owned.exited;
    await expect(owned.message('first-owner')).rejects.toThrow('did not say');
    // Nobody is left who could issue her another.
    const lost = run({ DATA_DIR: dataFolder });
    const { signInUrl } = await lost.message<{ signInUrl: string }>('first-owner');
    await healthy((await lost.message<Listening>('listening')).baseUrl);
    expect((await fetch(signInUrl, { redirect: 'manual' })).status).toBe(303);
    lost.child.kill('SIGTERM');
    await lost.exited;
  });
});

describe.concurrent('a server that can not start', { timeout: 180_000 }, () => {
  const lines = (program: Program) =>
    program
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): { level: number; msg: string; err?: { message: string } } => JSON.parse(line));

  test('says each bad setting in one line', async () => {
    const program = run({
      DATA_DIR: join(folder, 'never'),
      PORT: 'http',
      LOG_LEVEL: 'info',
      PUBLIC_URL: 'x',
    });
    expect(await program.exited).toBe(2);
    expect(lines(program).map((line) => line.msg)).toEqual([
      'PORT is "http"; it must be a port number from 0 to 65535 (0: any free one).',
      'PUBLIC_URL is "x"; it must be an address such as https://keys.example.com, without a path.',
    ]);
    await expect(stat(join(folder, 'never'))).rejects.toThrow('ENOENT');
  });

  test('says whose fault it is when the port or the data folder is taken, and leaves nothing running', async () => {
    const dataFolder = join(folder, 'taken');
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const blocked = run({ DATA_DIR: dataFolder, PORT: String(port) });
    expect(await blocked.exited).toBe(1);
    expect(lines(blocked).at(-1)).toMatchObject({
      level: 60,
      msg: 'could not start',
      err: { message: `Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set PORT.` },
    });
    holder.close();
    await expectNothingLeft(dataFolder, undefined);

    const running = run({ DATA_DIR: dataFolder });
    const { baseUrl } = await running.message<Listening>('listening');
    const second = run({ DATA_DIR: dataFolder });
    expect(await second.exited).toBe(1);
    expect(lines(second).at(-1)?.err?.message).toContain('Another Keywarden is using');
    await healthy(baseUrl);
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
  });

  test('says that DATABASE_URL leads nowhere', async () => {
    const program = run(
      {
        DATA_DIR: join(folder, 'nowhere'),
        DATABASE_URL: 'postgres://keywarden:hunter2@127.0.0.1:1/keywarden',
      },
      { ipc: false },
    );
    expect(await program.exited).toBe(1);
    expect(lines(program).at(-1)?.err?.message).toContain('DATABASE_URL');
    expect(program.log()).not.toContain('hunter2');
  });
});
