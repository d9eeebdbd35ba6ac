import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { keepFloodsOut } from './http/floods.ts';
import { Throttle, usualLimits } from './http/throttle.ts';
import { listen } from './listening.ts';

/** On a machine that has much else to do. */
const patiently = { timeout: 20_000 };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** An application that answers when it is told to, at two addresses of one name. */
async function open(addresses: readonly string[] = ['127.0.0.1', '127.0.0.2']) {
  const throttle = new Throttle(usualLimits, () => 0);
  const waiting: (() => void)[] = [];
  const app = fastify({ keepAliveTimeout: 72_000, forceCloseConnections: 'idle' });
  keepFloodsOut(app.server, throttle);
  app.get('/', async () => 'heard');
  app.get('/slow', () => new Promise((resolve) => waiting.push(() => resolve('heard late'))));
  const port = await freePort();
  const stop = await listen(app, { host: 'localhost', port, addresses: async () => addresses });
  return { throttle, waiting, port, stop };
}

/** Sends and reads until the connection ends; from an address of its own, so that it is told apart. */
async function talk(port: number, host: string, text: string): Promise<string> {
  const socket = connect({ port, host, localAddress: '127.0.0.9' });
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

test('every address of localhost is served, and guarded from floods alike', patiently, async () => {
  const { throttle, port, stop } = await open();
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    expect(await talk(port, host, request)).toMatch(/^HTTP\/1\.1 200 .*heard$/s);
  }
  for (let times = 0; times < 100; times += 1) {
    throttle.refuseAddress({ address: '127.0.0.9', connectedFrom: '127.0.0.9', milliseconds: 7000 });
  }
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    expect(await talk(port, host, request)).toMatch(/^HTTP\/1\.1 429 /);
  }
  await stop();
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    await expect(talk(port, host, request)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }
});

test(
  'what is in progress at any of them is finished before the server has stopped, and idle connections are closed',
  patiently,
  async () => {
    const { waiting, port, stop } = await open();
    const slow = request.replace('/', '/slow').replace('Connection: close\r\n', '');
    const idle = talk(port, '127.0.0.2', request.replace('Connection: close\r\n', ''));
    const answers = ['127.0.0.1', '127.0.0.2'].map((host) => talk(port, host, slow));
    await expect.poll(() => waiting.length, patiently).toBe(2);
    let stopped = false;
    const stopping = stop().then(() => {
      stopped = true;
    });
    expect(await idle).toContain('heard');
    expect(stopped).toBe(false);
    for (const answer of waiting) answer();
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200 .*heard late$/s);
    await stopping;
  },
);

test(
  'an address that the machine does not have is left out; one that is in use is told',
  patiently,
  async () => {
    const { port, stop } = await open(['127.0.0.1', '192.0.2.1']);
    expect(await talk(port, '127.0.0.1', request)).toContain('heard');
    await expect(listen(fastify(), { host: '127.0.0.1', port })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set PORT.`,
    );
    await stop();
  },
);
