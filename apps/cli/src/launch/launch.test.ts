import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdDataFolder, writePrivateFile } from './data-folder.ts';
import { demoFileOf, readDemoFile, writeDemoFile } from './demo-file.ts';
import { findFreePort, requireFreePort } from './ports.ts';
import { demoPin } from './prepare-demo.ts';
import { lastWords, type RunningProgram, startProgram } from './program.ts';
import { readSettings, throwAwaySettings } from './settings.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keywarden-launch-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(readSettings({}, '/srv')).toEqual({
      port: 8080,
      host: '127.0.0.1',
      workstationPort: 9333,
      dataFolder: '/srv/data',
      environment: {},
    });
  });

  it.each(['http', '-1', '65536', '80 80', '1e3'])('PORT=%s is refused by name', (port) => {
    expect(() => readSettings({ PORT: port }, '/srv')).toThrow(/^PORT is /);
  });

  it("a throw-away run leaves the caller's installation alone", () => {
    const settings = throwAwaySettings(
      {
        PORT: '80',
        DATABASE_URL: 'postgres://real',
        DATA_DIR: '/real',
        KEYWARDEN_MASTER_KEY: 'k',
        PATH: '/bin',
      },
      '/tmp/once',
    );
    expect(settings).toMatchObject({ port: 0, workstationPort: 0, dataFolder: '/tmp/once' });
    expect(settings.environment).toEqual({ PATH: '/bin' });
  });
});

describe('ports', () => {
  it('a taken port is named together with the setting that changes it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(requireFreePort('PORT', port, '127.0.0.1')).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`),
    });
    await new Promise((resolve) => server.close(resolve));
    await expect(requireFreePort('PORT', port, '127.0.0.1')).resolves.toBeUndefined();
  });

  it('a found port is free', async () => {
    await expect(
      requireFreePort('PORT', await findFreePort('127.0.0.1'), '127.0.0.1'),
    ).resolves.toBeUndefined();
  });
});

describe('the data folder', () => {
  it('is made for its owner alone and held by one instance', async () => {
    const data = path.join(folder, 'data');
    const held = await holdDataFolder(data);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(data, 'instance.lock'))).mode & 0o777).toBe(0o600);
    await expect(holdDataFolder(data)).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: expect.stringContaining(data),
    });
    await held.release();
    expect(await readdir(data)).toEqual([]);
    await (await holdDataFolder(data)).release();
  });

  it('a lock that nobody answers for is taken over, whatever it says', async () => {
    const deadPort = await findFreePort('127.0.0.1');
    const stale = [
      '',
      'not json',
      // The process id lives (it is ours), the holder does not.
      JSON.stringify({ pid: process.pid, port: deadPort, token: 'x'.repeat(43) }),
    ];
    for (const text of stale) {
      await writeFile(path.join(folder, 'instance.lock'), text);
      await (await holdDataFolder(folder)).release();
    }
  });

  it('a stranger listening on the port of a dead lock does not count as its holder', async () => {
    const stranger = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end('y'.repeat(43));
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = stranger.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await writeFile(
      path.join(folder, 'instance.lock'),
      JSON.stringify({ pid: process.pid, port, token: 'x'.repeat(43) }),
    );
    await (await holdDataFolder(folder)).release();
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('of eight that start at once, one gets it', async () => {
    await writeFile(path.join(folder, 'instance.lock'), 'dead');
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => holdDataFolder(folder)));
    const winners = tries.filter((result) => result.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const winner of winners) await winner.value.release();
  });

  it('a private file is whole, readable by its owner alone, and leaves nothing beside it', async () => {
    const file = path.join(folder, 'secret.json');
    await writePrivateFile(file, 'one');
    await writePrivateFile(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secret.json']);
  });
});

describe('demo.json', () => {
  const secrets = {
    tenant: 'demo',
    operator: { name: 'Olivia Operator', signInUrl: 'http://localhost:8080/sign-in?token=t' },
    client: { id: 'portal', secret: 's', redirectUri: 'http://localhost:8080/demo/callback' },
    users: { alice: { displayName: 'Alice Liddell', password: 'p' } },
    openDemo: {
      tenant: 'open-demo',
      operator: { signInUrl: 'http://localhost:8080/sign-in?token=o' },
      client: { id: 'open', secret: 't', redirectUri: 'http://localhost:8080/open-demo/callback' },
    },
  };
  const running = {
    baseUrl: 'http://localhost:8080',
    workstationUrl: 'ws://127.0.0.1:9333',
    virtualKeys: [{ name: 'Virtual key', serial: 'VK-0001', state: 'Not Configured', pin: null }],
  };

  it('has exactly the members that scripts rely on, and the virtual keys', () => {
    expect(demoFileOf(secrets, running)).toEqual({
      baseUrl: 'http://localhost:8080',
      workstationUrl: 'ws://127.0.0.1:9333',
      tenant: 'demo',
      operator: { signInUrl: 'http://localhost:8080/sign-in?token=t' },
      client: { id: 'portal', secret: 's', redirectUri: 'http://localhost:8080/demo/callback' },
      users: { alice: { password: 'p' } },
      openDemo: secrets.openDemo,
      virtualKeys: running.virtualKeys,
    });
  });

  it('is read back as written, with mode 0600; a broken one counts as none', async () => {
    const file = demoFileOf(secrets, running);
    const name = await writeDemoFile(folder, file);
    expect((await stat(name)).mode & 0o777).toBe(0o600);
    expect(await readDemoFile(folder)).toEqual(file);
    // An older one, without the second tenant, still says that its keys were prepared.
    const { openDemo: _, ...older } = file;
    await writeFile(name, JSON.stringify(older));
    expect(await readDemoFile(folder)).toEqual(older);
    await writeFile(name, '{"baseUrl":');
    expect(await readDemoFile(folder)).toBeNull();
  });

  it('PINs are digits of the asked length, the same for the same folder and key, others elsewhere', () => {
    const pin = demoPin('secret', 'VK-0003', 8);
    expect(pin).toMatch(/^\d{8}$/);
    expect(demoPin('secret', 'VK-0003', 8)).toBe(pin);
    expect(demoPin('secret', 'VK-0004', 8)).not.toBe(pin);
    expect(demoPin('another', 'VK-0003', 8)).not.toBe(pin);
  });
});

describe('a program', () => {
  const started: RunningProgram[] = [];
  async function start(source: string, signal = new AbortController().signal) {
    const file = path.join(folder, 'program.mjs');
    await writeFile(file, source);
    const { PATH = '' } = process.env;
    return startProgram({
      name: 'The server',
      file,
      environment: { PATH },
      logFile: path.join(folder, 'program.log'),
      signal,
      onStarted: (program) => started.push(program),
    });
  }
  afterEach(async () => {
    for (const program of started.splice(0)) await program.kill();
  });

  it('that ends before it is ready says so with its last words', async () => {
    const program = await start(
      `console.error(JSON.stringify({ level: 60, msg: 'could not start', err: { message: 'disk full' } })); process.exit(3)`,
    );
    await expect(program.message({ type: 'object' }, 5000)).rejects.toMatchObject({
      code: 'process-stopped',
      message: 'The server ended with code 3:\ncould not start: disk full',
    });
  });

  it('that never gets ready is named after the time limit', async () => {
    const program = await start('setInterval(() => {}, 1000)');
    await expect(program.message({ type: 'object' }, 50)).rejects.toMatchObject({
      code: 'process-timed-out',
    });
    expect(await program.stop()).toMatchObject({ signal: 'SIGTERM' });
  });

  it('is not started after an interruption', async () => {
    await expect(start('setInterval(() => {}, 1000)', AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(started).toEqual([]);
  });

  it('that is not built is named with the command that builds it', async () => {
    const options = {
      environment: {},
      logFile: null,
      signal: new AbortController().signal,
      onStarted: () => undefined,
    };
    await expect(
      startProgram({ ...options, name: 'The server', file: path.join(folder, 'missing.js') }),
    ).rejects.toMatchObject({ code: 'build-missing', message: expect.stringContaining('npm run build') });
  });

  it('last words are the last lines, JSON lines as their message alone', () => {
    expect(lastWords('a\nb\n\n{"level":30,"msg":"c"}\nd\n')).toBe('b\nc\nd');
    expect(lastWords('')).toBe('');
  });
});
