import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createOrderSigner, type OrderSigner, sessionAction } from './order-signer.ts';
import { codeOf, discard, type Started, start, TestPage, temporaryFolder } from './pages.ts';

let server: OrderSigner;
let other: OrderSigner;
let workstation: Started;

beforeAll(async () => {
  server = await createOrderSigner();
  other = await createOrderSigner('other');
  workstation = await start([server, other]);
});
afterAll(async () => {
  await workstation.stop();
  await discard(workstation.folder);
});

const open = () => TestPage.open(workstation.url, server.origin);
const sessionOrder = (signer = server) => signer.order(workstation.workstationId, sessionAction);

/** The status of a refused upgrade, 101 for an accepted one. */
function upgrade(headers: Record<string, string | string[]>, path = '/'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: workstation.port,
      path,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...headers,
      },
    });
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve(101);
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
function http(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: workstation.port, method, path, headers });
    request.on('response', (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

describe('the door for pages', () => {
  it('opens for a page of a paired server', async () => {
    expect(await upgrade({ Origin: server.origin })).toBe(101);
    expect(await upgrade({ Origin: server.origin, Host: `localhost:${workstation.port}` })).toBe(101);
  });

  it('refuses an absent, null, foreign or almost right Origin before any WebSocket exists', async () => {
    expect(await upgrade({})).toBe(403);
    const foreign = ['null', 'https://evil.example', 'http://localhost:8081', 'https://localhost:8080'];
    for (const origin of [...foreign, 'http://localhost:8080/', 'http://localhost:8080.evil.example', '']) {
      expect(await upgrade({ Origin: origin }), origin).toBe(403);
    }
  });

  it('refuses two Origin headers', async () => {
    expect(await upgrade({ Origin: [server.origin, 'https://evil.example'] })).toBe(403);
  });

  it('refuses a Host that is not ours: DNS rebinding', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${workstation.port}`,
      '127.0.0.1',
      `127.0.0.1.:${workstation.port}`,
    ]) {
      expect(await upgrade({ Origin: server.origin, Host: host }), host).toBe(421);
    }
  });

  it('refuses every path but /', async () => {
    expect(await upgrade({ Origin: server.origin }, '/health')).toBe(404);
    expect(await upgrade({ Origin: server.origin }, '/?x=1')).toBe(404);
  });

  it('is on the loopback addresses alone', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address !== undefined && !address.internal && address.family === 'IPv4');
    // Nothing of ours listens there: the port is free for others.
    for (const address of outside) {
      const probe = createServer();
      await new Promise<void>((resolve, reject) => {
        probe.once('error', reject);
        probe.listen({ host: address?.address ?? '', port: workstation.port }, resolve);
      });
      await new Promise((resolve) => probe.close(resolve));
    }
    await expect(http('GET', '/health')).resolves.toMatchObject({ status: 200 });
  });

  it('says its version at /health and nothing else anywhere', async () => {
    const health = await http('GET', '/health');
    expect(JSON.parse(health.body)).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect(health.headers['access-control-allow-origin']).toBeUndefined();
    // Opaque to anybody: that it answers is what a page may know to say what to do.
    expect(health.headers['cross-origin-resource-policy']).toBe('cross-origin');
    expect(await http('GET', '/')).toMatchObject({ status: 426, body: '' });
    expect(await http('GET', '/etc/passwd')).toMatchObject({ status: 404, body: '' });
    expect(await http('POST', '/health')).toMatchObject({ status: 405, body: '' });
    expect(await http('GET', '/health', { Host: 'evil.example' })).toMatchObject({ status: 421, body: '' });
  });

  it('lets pages of a paired server read /health, and answers the preflight for private networks', async () => {
    const allowed = await http('GET', '/health', { Origin: server.origin });
    expect(allowed.headers['access-control-allow-origin']).toBe(server.origin);
    const asked = {
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Private-Network': 'true',
    };
    const preflight = await http('OPTIONS', '/health', { Origin: server.origin, ...asked });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-private-network']).toBe('true');
    const foreign = await http('OPTIONS', '/health', { Origin: 'https://evil.example', ...asked });
    expect(foreign.status).toBe(403);
    expect(foreign.headers['access-control-allow-private-network']).toBeUndefined();
    expect((await http('GET', '/health', { Origin: 'https://evil.example' })).body).toBe('');
  });

  it('lets a newly paired server in, and a removed one out, without a restart', async () => {
    const third = await createOrderSigner('third', 'https://third.example');
    expect(await upgrade({ Origin: third.origin })).toBe(403);
    const { Pairings } = await import('../src/pairings.ts');
    const { pino } = await import('pino');
    const pairings = new Pairings(workstation.folder, pino({ level: 'silent' }));
    await pairings.put(third.pairing(workstation.workstationId));
    expect(await upgrade({ Origin: third.origin })).toBe(101);
    await pairings.remove(third.issuer);
    expect(await upgrade({ Origin: third.origin })).toBe(403);
  });
});

describe('messages', () => {
  it('hello tells who the workstation is and whether it is paired, and needs no order', async () => {
    const page = await open();
    const hello = await page.ask('hello', { issuer: server.issuer });
    expect(hello).toEqual({
      protocol: 1,
      version: '0.1.0',
      workstationId: workstation.workstationId,
      paired: true,
      limitations: [],
      sessionHeld: false,
    });
    expect(await page.ask('hello', { issuer: 'http://localhost:8080/stranger' })).toMatchObject({
      paired: false,
    });
    await page.close();
  });

  it('outside of the schema are answered where they have an id, and end the connection where not', async () => {
    const page = await open();
    const malformed = [{ type: 'no-such-thing' }, { type: 'hello' }, { type: 'hello', issuer: 1 }];
    for (const message of malformed) {
      const id = randomUUID();
      const answer = new Promise((resolve) =>
        page.socket.once('message', (data) => resolve(JSON.parse(String(data)))),
      );
      page.socket.send(JSON.stringify({ id, ...message }));
      expect(await answer).toMatchObject({ id, ok: false, error: { code: 'MESSAGE_MALFORMED' } });
    }
    for (const text of ['', 'not json', '[]', '{"type":"hello"}', '{"id":7,"type":"hello"}', '{"id":""}']) {
      const next = await open();
      const closed = new Promise((resolve) => next.socket.once('close', resolve));
      next.socket.send(text);
      expect(await closed, text).toBe(1008);
    }
    await page.close();
  });

  it('that are too large, binary or too many end the connection', async () => {
    const large = await open();
    const largeClosed = new Promise((resolve) => large.socket.once('close', resolve));
    large.socket.send(JSON.stringify({ id: 'a', type: 'hello', issuer: 'x'.repeat(200_000) }));
    expect(await largeClosed).toBe(1009);
    const binary = await open();
    const binaryClosed = new Promise((resolve) => binary.socket.once('close', resolve));
    binary.socket.send(new Uint8Array([1, 2, 3]));
    expect(await binaryClosed).toBe(1008);
    const many = await open();
    const manyClosed = new Promise((resolve) => many.socket.once('close', resolve));
    for (let count = 0; count < 200; count += 1) {
      many.socket.send(JSON.stringify({ id: String(count), type: 'hello', issuer: server.issuer }));
    }
    expect(await manyClosed).toBe(1008);
  });

  it('beyond hello need a session', async () => {
    const page = await open();
    expect(await codeOf(page.ask('order.run', { order: await sessionOrder() }))).toBe('SESSION_REQUIRED');
    expect(await codeOf(page.ask('receipts.list', {}))).toBe('SESSION_REQUIRED');
    expect(await codeOf(page.ask('receipts.acknowledge', { jti: 'x' }))).toBe('SESSION_REQUIRED');
    expect(await codeOf(page.ask('pin.provide', { operation: 'x', pin: '1' }))).toBe('SESSION_REQUIRED');
    expect(await codeOf(page.ask('operation.cancel', { operation: 'x' }))).toBe('OPERATION_NOT_FOUND');
    expect(await codeOf(page.ask('session.open', { order: 'x', takeOver: false }))).toBe('ORDER_MALFORMED');
    await page.close();
  });

  it('from more pages than a person has open are refused', async () => {
    const pages = await Promise.all(Array.from({ length: 32 }, open));
    expect(await upgrade({ Origin: server.origin })).toBe(503);
    await Promise.all(pages.map((page) => page.close()));
    expect(await upgrade({ Origin: server.origin })).toBe(101);
  });
});

describe('a session', () => {
  it('is opened by an order that counts once', async () => {
    const page = await open();
    const order = await sessionOrder();
    const opened = await page.ask('session.open', { order, takeOver: false });
    expect(opened.devices).toEqual([]);
    expect(opened.receipt).toMatch(/^ey/);
    expect(await codeOf(page.ask('session.open', { order, takeOver: false }))).toBe('ORDER_USED');
    expect(await page.ask('receipts.list', {})).toEqual({ receipts: [] });
    await page.close();
  });

  it('is opened again by the page that holds it, and is no operation on a key', async () => {
    const page = await open();
    await page.ask('session.open', { order: await sessionOrder(), takeOver: false });
    await page.ask('session.open', { order: await sessionOrder(), takeOver: false });
    expect(await codeOf(page.ask('order.run', { order: await sessionOrder() }))).toBe('ORDER_MALFORMED');
    await page.close();
  });

  it('is held by one page; another is told so, and may take over with the very same order', async () => {
    const first = await open();
    const second = await open();
    await first.ask('session.open', { order: await sessionOrder(), takeOver: false });
    expect(await second.ask('hello', { issuer: server.issuer })).toMatchObject({ sessionHeld: true });
    const order = await sessionOrder();
    expect(await codeOf(second.ask('session.open', { order, takeOver: false }))).toBe('SESSION_HELD');
    await second.ask('session.open', { order, takeOver: true });
    expect(await first.event('session.lost')).toEqual({ event: 'session.lost', reason: 'taken-over' });
    expect(await codeOf(first.ask('receipts.list', {}))).toBe('SESSION_LOST');
    await first.ask('session.open', { order: await sessionOrder(), takeOver: true });
    expect(await first.ask('receipts.list', {})).toEqual({ receipts: [] });
    await Promise.all([first.close(), second.close()]);
  });

  it('ends with its page', async () => {
    const first = await open();
    await first.ask('session.open', { order: await sessionOrder(), takeOver: false });
    await first.close();
    const second = await open();
    await second.ask('session.open', { order: await sessionOrder(), takeOver: false });
    await second.close();
  });

  it('of one tenant runs no orders of another', async () => {
    const page = await open();
    await page.ask('session.open', { order: await sessionOrder(), takeOver: false });
    const order = await other.order(workstation.workstationId, { action: 'reset', device: 'x' });
    expect(await codeOf(page.ask('order.run', { order }))).toBe('SESSION_REQUIRED');
    await page.close();
  });

  it('runs no order for a key that is not here', async () => {
    const page = await open();
    await page.ask('session.open', { order: await sessionOrder(), takeOver: false });
    const order = await server.order(workstation.workstationId, { action: 'reset', device: 'elsewhere' });
    expect(await codeOf(page.ask('order.run', { order }))).toBe('ORDER_DEVICE');
    await page.close();
  });
});

describe('a stop', () => {
  it('tells the controlling page, closes every connection and frees the port', async () => {
    const mine = await start([server]);
    const page = await TestPage.open(mine.url, server.origin);
    const order = await server.order(mine.workstationId, sessionAction);
    await page.ask('session.open', { order, takeOver: false });
    await mine.stop();
    expect(await page.event('session.lost')).toMatchObject({ reason: 'stopping' });
    expect(page.socket.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING);
    const again = await start([server], { folder: mine.folder, port: mine.port });
    // The order that opened the session before is still used up.
    const next = await TestPage.open(again.url, server.origin);
    expect(await codeOf(next.ask('session.open', { order, takeOver: false }))).toBe('ORDER_USED');
    await again.stop();
    await discard(mine.folder);
  });

  it('frees what it holds when the port is taken', async () => {
    const folder = await temporaryFolder();
    const attempt = start([server], { folder, port: workstation.port, virtualKeys: 1 });
    await expect(attempt).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await discard(folder);
  });
});
