import { type ChildProcess, fork } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { configureAction, enrollAction } from './key-actions.ts';
import { createOrderSigner, type OrderSigner, sessionAction } from './order-signer.ts';
import { codeOf, discard, TestPage, temporaryFolder } from './pages.ts';

let main = '';

let server: OrderSigner;
let pairingServer: Server;
let pairingPort = 0;
let folder = '';
/** What the fake server answers; null: the pairing that was asked for. */
let answer: { status: number; body: unknown } | null = null;

/** A fake of the server's one route for pairing. */
async function startPairingServer(): Promise<void> {
  pairingServer = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { code, publicKey } = JSON.parse(text);
    const { calculateJwkThumbprint } = await import('jose');
    const pairing = server.pairing(await calculateJwkThumbprint(publicKey));
    const known = code === 'a-pairing-code-of-the-console';
    const { status, body } = answer ?? (known ? { status: 201, body: pairing } : refused);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => pairingServer.listen(0, '127.0.0.1', resolve));
  const address = pairingServer.address();
  pairingPort = typeof address === 'object' && address !== null ? address.port : 0;
}
const refused = {
  status: 404,
  body: {
    type: 'urn:keywarden:error:pairing-code-invalid',
    title: 'This pairing code is not valid.',
    status: 404,
    code: 'pairing-code-invalid',
  },
};

beforeAll(async () => {
  main = await bundle('src/main.ts');
  await startPairingServer();
  server = await createOrderSigner('demo', `http://127.0.0.1:${pairingPort}`);
  folder = await temporaryFolder();
});
afterAll(async () => {
  await new Promise((resolve) => pairingServer.close(resolve));
  await discard(folder);
});

const running = new Set<ChildProcess>();
afterEach(async () => {
  answer = null;
  for (const child of running) child.kill('SIGKILL');
});

interface Run {
  readonly child: ChildProcess;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
  output(): string;
  message(type: string): Promise<Record<string, unknown>>;
}

function launch(args: readonly string[], options: { input?: string; data?: string } = {}): Run {
  const child = fork(main, [...args], {
    env: {
      ...process.env,
      WORKSTATION_PORT: '0',
      WORKSTATION_DATA: options.data ?? folder,
      LOG_LEVEL: 'trace',
      VIRTUAL_KEY_REACTION: '20',
    },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += String(chunk);
    });
  }
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  const received: Record<string, unknown>[] = [];
  child.on('message', (message) => received.push(Object(message)));
  // Node gives no 'close' for a child that was disconnected: the exit and the ends of both streams are as good.
  const ends = [child.stdout, child.stderr].map(
    (stream) => new Promise<void>((resolve) => stream?.once('end', () => resolve())),
  );
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    }),
  );
  const exit = Promise.all([exited, ...ends]).then(([how]) => how);
  return {
    child,
    exit,
    output: () => text,
    message: async (type) => {
      await expect
        .poll(() => received.some((message) => message['type'] === type), { timeout: 30_000 })
        .toBe(true);
      const index = received.findIndex((message) => message['type'] === type);
      return received.splice(index, 1)[0] ?? {};
    },
  };
}

const pairArguments = () => ['pair', '--server', server.origin, '--tenant', 'demo', '--name', 'Front desk'];

async function serve(args: readonly string[] = []) {
  const run = launch(args);
  const { url, workstationId } = await run.message('listening');
  return { ...run, url: String(url), workstationId: String(workstationId) };
}

describe('pairing', () => {
  it('takes the code from standard input alone and pins what the server answers', async () => {
    const run = launch(pairArguments(), { input: 'a-pairing-code-of-the-console\n' });
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(run.output()).toContain(`Paired with ${server.issuer}.`);
    expect(run.output()).not.toContain('a-pairing-code');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const list = launch(['list']);
    await list.exit;
    expect(list.output().trim()).toBe(server.issuer);
  });

  it('that the server refuses says why, and pairs with nobody', async () => {
    const data = await temporaryFolder();
    const run = launch(pairArguments(), { input: 'wrong\n', data });
    expect((await run.exit).code).toBe(1);
    expect(run.output()).toContain('This pairing code is not valid.');
    const nothing = launch(pairArguments(), { input: '', data });
    expect((await nothing.exit).code).toBe(1);
    await discard(data);
  });

  it('is not done with a server that answers for somebody else, nor over plain http to another machine', async () => {
    const data = await temporaryFolder();
    const input = 'a-pairing-code-of-the-console\n';
    answer = { status: 201, body: { ...server.pairing('x'), issuer: 'https://bank.example/demo' } };
    expect((await launch(pairArguments(), { input, data }).exit).code).toBe(1);
    answer = { status: 201, body: server.pairing('another-workstation') };
    expect((await launch(pairArguments(), { input, data }).exit).code).toBe(1);
    answer = { status: 201, body: { hello: 'world' } };
    expect((await launch(pairArguments(), { input, data }).exit).code).toBe(1);
    const far = ['pair', '--server', 'http://keywarden.example', '--tenant', 'demo', '--name', 'x'];
    const plain = launch(far, { input, data });
    expect((await plain.exit).code).toBe(1);
    expect(plain.output()).toMatch(/https/);
    expect(await readdir(data)).not.toContain('pairings');
    await discard(data);
  });
});

describe('the service', () => {
  it('tells its launcher where it listens, and stops cleanly on SIGTERM, SIGINT and when its launcher is gone', async () => {
    for (const end of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
      const run = await serve();
      expect(run.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
      if (end === 'disconnect') run.child.disconnect();
      else run.child.kill(end);
      expect(await run.exit, end).toEqual({ code: 0, signal: null });
      expect(await readdir(folder)).not.toContain('service.lock');
    }
  });

  it('has one data folder to itself, and starts again after it was killed', async () => {
    const first = await serve();
    const second = launch([]);
    expect((await second.exit).code).toBe(1);
    expect(second.output()).toMatch(/Another workstation service uses/);
    first.child.kill('SIGKILL');
    await first.exit;
    const third = await serve();
    expect(third.workstationId).toBe(first.workstationId);
    third.child.kill('SIGTERM');
    await third.exit;
  });

  it('explains a wrong argument in a sentence, without a stack', async () => {
    const run = launch(['--virtual-keys', '99']);
    expect((await run.exit).code).toBe(1);
    expect(run.output()).toBe('--virtual-keys takes a number from 1 to 16.\nTry --help.\n');
  });

  it('lets its launcher pull and plug virtual keys, and only with the flag', async () => {
    const run = await serve(['--virtual-keys', '2']);
    const page = await TestPage.open(run.url, server.origin);
    const order = await server.order(run.workstationId, sessionAction);
    const { devices } = await page.ask('session.open', { order, takeOver: false });
    expect(devices.map(({ serial }) => serial)).toEqual(['VK-0001', 'VK-0002']);
    run.child.send({ type: 'virtual', id: 7, action: 'remove', index: 1 });
    expect(await run.message('virtual-done')).toMatchObject({
      id: 7,
      action: 'remove',
      index: 1,
      error: null,
    });
    expect(await page.event('device.removed')).toMatchObject({ connectionId: devices[1]?.connectionId });
    run.child.send({ type: 'virtual', action: 'attach', index: 1 });
    expect((await page.event('device.attached')).device.serial).toBe('VK-0002');
    run.child.send({ type: 'virtual', action: 'touch', index: 9 });
    await run.message('virtual-done');
    await run.message('virtual-done').then((done) => expect(done['error']).toMatch(/no virtual key 9/));
    run.child.kill('SIGTERM');
    await run.exit;

    const without = await serve();
    without.child.send({ type: 'virtual', action: 'attach', index: 0 });
    const plain = await TestPage.open(without.url, server.origin);
    const opened = await plain.ask('session.open', {
      order: await server.order(without.workstationId, sessionAction),
      takeOver: false,
    });
    expect(opened.devices.filter((device) => device.virtual)).toEqual([]);
    without.child.kill('SIGTERM');
    await without.exit;
  });

  it('writes no PIN, order or receipt into its log, and keeps what the key is told through a kill', async () => {
    const run = await serve(['--virtual-keys', '1']);
    const page = await TestPage.open(run.url, server.origin);
    const sessionOrder = await server.order(run.workstationId, sessionAction);
    const { devices } = await page.ask('session.open', { order: sessionOrder, takeOver: false });
    const connectionId = devices[0]?.connectionId ?? '';
    const order = await server.order(run.workstationId, configureAction(connectionId));
    const done = page.ask('order.run', { order }, 'op');
    await page.event('pin.required');
    await page.ask('pin.provide', { operation: 'op', pin: 'Zebra-7351-secret' });
    const { receipt } = await done;
    const wrong = page.ask('order.run', { order: 'not an order' }, 'bad');
    expect(await codeOf(wrong)).toBe('ORDER_MALFORMED');
    run.child.kill('SIGKILL');
    await run.exit;
    expect(run.output()).toContain('operation ended');
    for (const secret of ['Zebra-7351-secret', order, receipt, order.split('.')[2] ?? '']) {
      expect(run.output()).not.toContain(secret);
    }

    const again = await serve(['--virtual-keys', '1']);
    const next = await TestPage.open(again.url, server.origin);
    expect(await codeOf(next.ask('session.open', { order: sessionOrder, takeOver: false }))).toBe(
      'ORDER_USED',
    );
    const opened = await next.ask('session.open', {
      order: await server.order(again.workstationId, sessionAction),
      takeOver: false,
    });
    expect(opened.devices[0]?.facts.clientPinSet).toBe(true);
    expect((await next.ask('receipts.list', {})).receipts).toMatchObject([{ action: 'configure', receipt }]);
    const old = await server.order(again.workstationId, enrollAction(connectionId));
    expect(await codeOf(next.ask('order.run', { order: old }))).toBe('ORDER_DEVICE');
    for (const name of ['identity.json', 'used-orders.json', 'receipts.json', 'virtual/VK-0001.pin']) {
      expect((await stat(path.join(folder, name))).mode & 0o077, name).toBe(0);
    }
    expect(await readFile(path.join(folder, 'virtual/VK-0001.pin'), 'utf8')).toBe('Zebra-7351-secret');
    again.child.kill('SIGTERM');
    await again.exit;
  });
});
