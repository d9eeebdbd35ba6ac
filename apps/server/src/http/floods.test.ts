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
  keepFloodsOut(server, throttle, ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32', '192.0.2.0/255.255.255.0']);
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

function flood(address = '127.0.0.1'): void {
  for (let times = 0; times < 100; times += 1) {
    throttle.refuseAddress({ address, connectedFrom: '127.0.0.1', milliseconds: 7000 });
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

test('an answer at the authentication service leaves its caller the token that she has, or gives one that opens nothing', async () => {
  const ask = async (path: string, headers: string) => {
    const before = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.100.1\r\n${headers}`;
    const answer = await talk(`${before}Connection: close\r\n\r\n`);
    return /\r\nserver-csrf-token: (.*)\r\n/i.exec(answer)?.[1];
  };
  flood('198.51.100.1');
  const own = 'o'.repeat(43);
  expect(await ask('/demo/authn/flow', `server-csrf-token: ${own}\r\n`)).toBe(own);
  expect(await ask('/demo/authn/flow', 'server-csrf-token: <script>\r\n')).toMatch(/^[\w-]{43}$/);
  expect(await ask('/demo/authn/flow', '')).toMatch(/^[\w-]{43}$/);
  expect(await ask('/demo/api/v1/users', '')).toBeUndefined();
  expect(heard).toBe(0);
});

test('for whom a trusted proxy speaks is told so on its connection, which stays open for the others', async () => {
  flood('198.51.100.1');
  flood('2001:db9::1');
  const ask = (forwarded: string, last = false) =>
    `GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${forwarded}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
  const answers = await talk(
    [
      ask('198.51.100.1'),
      ask('198.51.100.2'),
      // What its client claims counts for nothing, and a proxy behind the proxy is one of ours.
      ask('198.51.100.1, 198.51.100.3'),
      ask('198.51.100.3, 198.51.100.1, 10.1.2.3,127.0.0.1'),
      ask('2001:db9::1, 2001:db8::5'),
      ask('10.1.2.3', true),
    ].join(''),
  );
  expect(statusesOf(answers)).toEqual([429, 200, 200, 429, 429, 200]);
  expect(heard).toBe(3);
});

test('a body that nobody reads does not stand in the way of what comes after it', async () => {
  flood('198.51.100.1');
  const post = `POST / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.100.1\r\nContent-Length: 1000\r\n\r\n${'a'.repeat(1000)}`;
  const answers = await talk(`${post}${request}Connection: close\r\n\r\n`);
  expect(statusesOf(answers)).toEqual([429, 200]);
});

test('whom nobody trusts speaks for nobody else', async () => {
  const open = createServer((_request, response) => response.end('heard'));
  keepFloodsOut(open, throttle, ['10.0.0.1']);
  open.listen(0, '127.0.0.1');
  await once(open, 'listening');
  const address = open.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  flood('198.51.100.1');
  const text = `${request}X-Forwarded-For: 198.51.100.1\r\nConnection: close\r\n\r\n`;
  expect(statusesOf(await talk(text))).toEqual([200]);
  open.close();
});
