import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoFile, findFreePort, readDemoFile } from '../src/launch/index.ts';
import { signInOperator } from '../src/road/index.ts';
import { type Launched, launch, processesNaming, temporaryFolder } from './launcher.ts';

async function until(what: string, holds: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`After ${seconds} s it still does not hold: ${what}`);
}

const healthOf = (port: string | undefined) =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    (response) => response.status,
    () => 0,
  );

// Much of their time is waiting, for a touch or for a disk: each has a data folder of its own, and they wait together.
describe.concurrent('npm run demo -- --once, and what is started beside it', { timeout: 240_000 }, () => {
  it('prints every step with its time, then the verified claims', async () => {
    const once = launch(['demo', '--once', '--user', 'bob']);
    const code = await once.ended;
    const { out, err } = once.output();
    expect(code, `${err}\n${out}`).toBe(0);
    expect(out).toMatch(/✓ +\d+\.\d\d s {2}Create the credential on the key/);
    expect(out).toMatch(/✓ +\d+\.\d\d s {2}Verify the ID token against the published keys: [EPR]S256/);
    expect(out).toMatch(/^ {2}iss +http:\/\/localhost:\d+\/demo$/m);
  });

  it('ends with a reason that names the step when the user is unknown', async () => {
    const once = launch(['demo', '--once', '--user', 'nobody']);
    expect(await once.ended).toBe(1);
    expect(once.output().err).toContain('Stopped at "Find nobody in the default identity provider"');
  });

  it.each([
    ['hid', 'No USB security key is connected.'],
    ['pcsc', 'No security key in a card reader is connected.'],
  ])('says so when no real key is there (--key %s)', async (kind, sentence) => {
    const once = launch(['demo', '--once', '--key', kind]);
    const code = await once.ended;
    const { err } = once.output();
    // Where one is connected, the run stops at its PIN: there is no terminal to ask on, and the key stays as it is.
    if (!err.includes('The PIN is asked for on a terminal')) expect(err).toContain(sentence);
    expect(code).toBe(1);
  });

  it('stops in the middle at Ctrl-C and leaves nothing behind', async (context) => {
    const temporary = await temporaryFolder(context);
    const once = launch(['demo', '--once'], { TMPDIR: temporary });
    await until('something is running', () => processesNaming(temporary).length > 2, 150);
    once.child.kill('SIGINT');
    expect(await once.ended).toBe(130);
    expect(await readdir(temporary)).toEqual([]);
    expect(processesNaming(temporary)).toEqual([]);
  });

  it('brings a demo’s keys into their states at the next start, where it was killed meanwhile', async (context) => {
    const folder = await temporaryFolder(context);
    const environment = {
      DATA_DIR: path.join(folder, 'data'),
      PORT: String(await findFreePort('127.0.0.1')),
      WORKSTATION_PORT: String(await findFreePort('127.0.0.1')),
    };
    // Hands that take their time: it has to be killed before they are done.
    const killed = launch(['demo'], { ...environment, VIRTUAL_KEY_REACTION: '800' });
    const log = path.join(environment.DATA_DIR, 'logs/server.log');
    // The third key is configured, its enrollment open.
    await until(
      'a key was configured',
      async () => (await readFile(log, 'utf8').catch(() => '')).includes('/configured'),
      150,
    );
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(await readDemoFile(environment.DATA_DIR)).toBeNull();

    const again = launch(['demo'], environment);
    await until('healthz answers 200', async () => (await healthOf(environment.PORT)) === 200, 150);
    const file = await readDemoFile(environment.DATA_DIR);
    expect(file?.virtualKeys.map(({ serial, state }) => [serial, state])).toEqual([
      ['VK-0001', 'Not Configured'],
      ['VK-0002', 'Ready'],
      ['VK-0003', 'Configured'],
      ['VK-0004', 'Revoked'],
    ]);
    again.child.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  });

  it('npm start gives its first owner a link, is healthy without demo data, and stops cleanly', async (context) => {
    const folder = await temporaryFolder(context);
    const environment = {
      DATA_DIR: path.join(folder, 'data'),
      PORT: String(await findFreePort('127.0.0.1')),
      WORKSTATION_PORT: String(await findFreePort('127.0.0.1')),
    };
    const first = launch(['start'], environment);
    await until('healthz answers 200', async () => (await healthOf(environment.PORT)) === 200, 150);
    await until('the link is printed', () => first.output().out.includes('/sign-in?token='), 150);
    const signInUrl = /^http:\/\/localhost:\d+\/sign-in\?token=\S+$/m.exec(first.output().out)?.[0] ?? '';
    const place = { baseUrl: `http://localhost:${environment.PORT}`, tenant: 'main', signInUrl };
    const owner = await signInOperator(place);
    expect(await owner.session()).toMatchObject({
      operator: { role: 'owner' },
      tenant: { tenantId: 'main' },
    });
    expect((await owner.devices()).items).toEqual([]);
    await expect(signInOperator(place)).rejects.toMatchObject({ code: 'server-refused' });
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.output().err).toContain('Stopped.');

    const second = launch(['start'], environment);
    await until('healthz answers 200', async () => (await healthOf(environment.PORT)) === 200, 150);
    expect(await owner.session()).toMatchObject({ operator: { role: 'owner' } });
    expect(second.output().out).not.toContain('/sign-in?token=');
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(processesNaming(folder)).toEqual([]);
  });
});

describe('npm run demo', () => {
  let folder = '';
  let environment: Record<string, string> = {};
  const dataFolder = () => environment['DATA_DIR'] ?? '';
  async function freshEnvironment(name: string): Promise<Record<string, string>> {
    return {
      DATA_DIR: path.join(folder, name),
      PORT: String(await findFreePort('127.0.0.1')),
      WORKSTATION_PORT: String(await findFreePort('127.0.0.1')),
    };
  }
  async function launchReady(settings: Record<string, string>): Promise<Launched> {
    const demo = launch(['demo'], settings);
    const early = demo.ended.then((code) => {
      throw new Error(`The demo ended with ${code} instead of running: ${demo.output().err}`);
    });
    const statuses = new Set<number>();
    const serves = async () => statuses.add(await healthOf(settings['PORT'])).has(200);
    await Promise.race([until('healthz answers 200', serves, 150), early]);
    // Nobody listens yet, then not ready, then ready: nothing else in between.
    expect([0, 503, 200]).toEqual(expect.arrayContaining([...statuses]));
    early.catch(() => undefined);
    await until('the summary is printed', () => demo.output().out.includes('Ctrl-C stops everything'));
    return demo;
  }
  beforeAll(async () => {
    // As a fresh temporary folder is: nobody but its owner may enter it.
    folder = await mkdtemp(path.join(tmpdir(), 'keywarden-demo-test-'));
    await chmod(folder, 0o700);
    environment = await freshEnvironment('data');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('starts, prints its links, writes demo.json for its owner alone, and stops cleanly at Ctrl-C', async () => {
    const demo = await launchReady(environment);
    const { out } = demo.output();
    expect(out).toContain(`http://localhost:${environment['PORT']}/assign-user/alice`);
    const file = path.join(dataFolder(), 'demo.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    expect(Value.Errors(DemoFile, content)).toEqual([]);
    expect(content).toMatchObject({
      baseUrl: `http://localhost:${environment['PORT']}`,
      workstationUrl: `ws://127.0.0.1:${environment['WORKSTATION_PORT']}`,
      tenant: 'demo',
      openDemo: { tenant: 'open-demo', client: { id: 'open-demo-client' } },
      virtualKeys: [
        { serial: 'VK-0001', state: 'Not Configured', pin: null },
        { serial: 'VK-0002', state: 'Ready', pin: null },
        { serial: 'VK-0003', state: 'Configured', pin: expect.stringMatching(/^\d{8}$/) },
        { serial: 'VK-0004', state: 'Revoked', pin: expect.stringMatching(/^\d{6}$/) },
      ],
    });
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(processesNaming(dataFolder())).toEqual([]);
    expect(await healthOf(environment['PORT'])).toBe(0);
  }, 240_000);

  it('finds its data when it is started again, and two of them run side by side', async () => {
    const before = await readDemoFile(dataFolder());
    const otherEnvironment = await freshEnvironment('other');
    const [again, other] = await Promise.all([launchReady(environment), launchReady(otherEnvironment)]);
    const after = await readDemoFile(dataFolder());
    expect(after?.users).toEqual(before?.users);
    expect(after?.client).toEqual(before?.client);
    expect(after?.virtualKeys).toEqual(before?.virtualKeys);
    const otherFile = await readDemoFile(otherEnvironment['DATA_DIR'] ?? '');
    expect(otherFile?.client.secret).not.toBe(after?.client.secret);
    for (const file of [after, otherFile]) {
      if (file === null) throw new Error('no demo.json');
      const client = await signInOperator({ ...file, signInUrl: file.operator.signInUrl });
      expect(await client.session()).toMatchObject({ tenant: { tenantId: 'demo' } });
    }

    const busy = launch(['demo'], { ...(await freshEnvironment('unused')), DATA_DIR: dataFolder() });
    expect(await busy.ended).toBe(1);
    expect(busy.output().err).toMatch(
      /^The data folder .* is in use by another Keywarden \(process \d+\)\..*\n$/,
    );

    again.child.kill('SIGTERM');
    other.child.kill('SIGTERM');
    expect(await Promise.all([again.ended, other.ended])).toEqual([0, 0]);
    expect(processesNaming(folder)).toEqual([]);
  }, 240_000);

  it('says in one sentence that a port is taken', async () => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = stranger.address();
    const taken = String(typeof address === 'object' && address !== null ? address.port : 0);
    for (const name of ['PORT', 'WORKSTATION_PORT']) {
      const demo = launch(['demo'], { ...environment, [name]: taken });
      expect(await demo.ended).toBe(1);
      expect(demo.output().err).toMatch(
        new RegExp(`^Port ${taken} on 127.0.0.1 is in use .*set ${name}.*\\n$`),
      );
    }
    await new Promise((resolve) => stranger.close(resolve));
  }, 240_000);

  it('stops and says which part failed when one of them dies', async () => {
    const demo = await launchReady(environment);
    const [workstation] = processesNaming('apps/workstation/dist/main.js').filter((pid) =>
      processesNaming(dataFolder()).includes(pid),
    );
    process.kill(workstation ?? 0, 'SIGKILL');
    expect(await demo.ended).toBe(1);
    expect(demo.output().err).toContain('The workstation service was ended by SIGKILL.');
    expect(processesNaming(dataFolder())).toEqual([]);
  }, 240_000);

  it('leaves nothing running when the launcher itself is killed', async () => {
    const demo = await launchReady(environment);
    demo.child.kill('SIGKILL');
    await demo.ended;
    await until('every program is gone', () => processesNaming(dataFolder()).length === 0);
  }, 240_000);
});
