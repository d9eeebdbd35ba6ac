import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepFloodsOut } from './floods.ts';
import { Throttle, usualLimits } from './throttle.ts';

let throttle: Throttle;
let server: Server;
let port: number;
/** How many requests got as far as the application; it takes its time for each. */
let heard: number;

beforeEach(async () => {
  heard = 0;
  throttle = new Throttle(usualLimits, () => 0);
  server = createServer((request, response) => {
    heard += 1;
    request.resume();
    setTimeout(() => response.end('heard'), 5);
  });
  keepFloodsOut(server, throttle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(() => server.close());

const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n';

async function talk(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

const statusesOf = (answers: string) =>
  (answers.match(/HTTP\/1\.1 \d+/g) ?? []).map((line) => +line.slice(9));

function flood(): void {
  for (let times = 0; times < 100; times += 1) {
    throttle.refuseAddress({ address: '127.0.0.1', connectedFrom: '127.0.0.1', milliseconds: 7000 });
  }
}

test('requests that are sent ahead are answered in their order', async () => {
  const answer = await talk(`${`${request}\r\n`.repeat(15)}${request}Connection: close\r\n\r\n`);
  expect(statusesOf(answer)).toEqual(Array.from({ length: 16 }, () => 200));
  expect(heard).toBe(16);
});

test('whoever sends a thousand requests ahead is hung up on, and may come again', async () => {
  expect(statusesOf(await talk(`${request}\r\n`.repeat(1000))).length).toBeLessThanOrEqual(17);
  expect(heard).toBe(17);
  expect(statusesOf(await talk(`${request}Connection: close\r\n\r\n`))).toEqual([200]);
});

test('an address that floods is told when to come again, before anything of its request is read', async () => {
  flood();
  const answer = await talk(
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n${'a'.repeat(1000)}`,
  );
  expect(statusesOf(answer)).toEqual([429]);
  expect(answer).toMatch(/retry-after: 7\r\n/);
  expect(answer).toMatch(/Too many requests came from your address\.\n$/);
  expect(heard).toBe(0);
});

test('so is one whose connection was there before', async () => {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.write(`${request}\r\n`);
  await expect.poll(() => answer).toContain('heard');
  flood();
  socket.write(`${request}\r\n`);
  await once(socket, 'close');
  expect(statusesOf(answer)).toEqual([200, 429]);
  expect(heard).toBe(1);
});
