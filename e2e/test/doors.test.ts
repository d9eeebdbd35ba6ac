import { createServer, type Server } from 'node:http';
import { connectWorkstation, type WorkstationConnection } from '@keywarden/cli/road';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAnonymousWindow, startBrowser } from '../src/browser.ts';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { type OrderIssuer, startOrderIssuer } from '../src/order-issuer.ts';
import { tryUpgrade } from '../src/upgrade.ts';

let stack: DemoStack;
beforeAll(async () => {
  stack = await startDemoStack();
});
afterAll(() => stack?.stop());

describe('the workstation service talks to paired pages alone', () => {
  const upgrade = (headers: Record<string, string>) => tryUpgrade(stack.workstationUrl, headers);

  it('a page of the paired server may connect', async () => {
    expect(await upgrade({ origin: stack.baseUrl })).toBe(101);
  });

  it('an absent Origin is refused', async () => {
    expect(await upgrade({})).toBe(403);
  });

  it.each([
    ['null', () => 'null'],
    ['another site', () => 'https://evil.example'],
    ['the same host on another port', () => 'http://localhost:1'],
    ['the same port over https', () => stack.baseUrl.replace('http:', 'https:')],
    ['a host that begins like the right one', () => `${stack.baseUrl}.evil.example`],
    ['the right one with a path behind it', () => `${stack.baseUrl}/`],
    ['the address instead of the name', () => stack.baseUrl.replace('localhost', '127.0.0.1')],
  ])('%s as Origin is refused', async (_name, origin) => {
    expect(await upgrade({ origin: origin() })).toBe(403);
  });

  it('a name that was rebound to 127.0.0.1 is refused by its Host, whatever the Origin says', async () => {
    const { port } = new URL(stack.workstationUrl);
    expect(await upgrade({ origin: stack.baseUrl, host: `rebound.example:${port}` })).toBe(421);
  });
});

describe('a hostile page in a real browser', () => {
  let browser: Browser;
  let site: Server;
  let origin = '';
  beforeAll(async () => {
    browser = await startBrowser();
    site = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>hostile</title>');
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const address = site.address();
    origin = `http://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(async () => {
    await browser?.close();
    site?.closeAllConnections();
    site?.close();
  });

  it('can not open the WebSocket, neither itself nor from a sandboxed frame', async () => {
    const window = await openAnonymousWindow(browser);
    await window.page.goto(origin);
    const outcome = await window.page.evaluate(async (url) => {
      const attempt = () =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        });
      const own = await attempt();
      const sandboxed = await new Promise<string>((resolve) => {
        addEventListener('message', (event) => resolve(String(event.data)));
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts');
        frame.srcdoc = `<script>
          const socket = new WebSocket(${JSON.stringify(url)});
          socket.onopen = () => parent.postMessage('open', '*');
          socket.onerror = () => parent.postMessage('refused', '*');
        </script>`;
        document.body.append(frame);
      });
      return { own, sandboxed };
    }, stack.workstationUrl);
    expect(outcome).toEqual({ own: 'refused', sandboxed: 'refused' });
    await window.close();
  });

  it("can neither read the management API nor change anything with the operator's cookie", async () => {
    const window = await openAnonymousWindow(browser);
    // Signed in at Keywarden in the same browser.
    await window.page.goto(stack.file.operator.signInUrl);
    await window.page.goto(origin);
    const outcome = await window.page.evaluate(async (baseUrl) => {
      const read = await fetch(`${baseUrl}/demo/api/v1/users`, { credentials: 'include' }).then(
        () => 'read',
        () => 'blocked',
      );
      const body = JSON.stringify({ username: 'mallory', displayName: 'Mallory', email: null });
      // A simple request: it is sent without asking, only its answer is hidden.
      await fetch(`${baseUrl}/demo/api/v1/users`, {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
        headers: { 'content-type': 'text/plain' },
        body,
      }).catch(() => undefined);
      return read;
    }, stack.baseUrl);
    expect(outcome).toBe('blocked');
    await expect(stack.management.assignment('mallory')).rejects.toMatchObject({ status: 404 });
    await window.close();
  });
});

describe('an order', () => {
  let issuer: OrderIssuer;
  let page: WorkstationConnection;
  const openWith = (order: string) => page.openSession(order, { takeOver: true });
  const session = { action: 'session', identify: null } as const;
  beforeAll(async () => {
    issuer = await startOrderIssuer(stack);
    page = await connectWorkstation({ url: stack.workstationUrl, origin: issuer.origin });
  });
  afterAll(async () => {
    await page?.close();
    await issuer?.close();
  });
  const refusedWith = (code: string) => ({ code: 'workstation-refused', error: { code } });

  it('that is right in everything is carried out', async () => {
    const opened = await openWith(await issuer.sign(session));
    expect(opened.devices.length).toBeGreaterThan(0);
  });

  it('is carried out once', async () => {
    const order = await issuer.sign(session);
    await openWith(order);
    await expect(openWith(order)).rejects.toMatchObject(refusedWith('ORDER_USED'));
  });

  it('is carried out once, also when it comes twice at the same moment', async () => {
    const order = await issuer.sign(session);
    const outcomes = await Promise.allSettled([openWith(order), openWith(order)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each([
    ['that has expired', { issuedAt: -200, expiresAt: -100 }, 'ORDER_EXPIRED'],
    ['from the future', { issuedAt: 100, expiresAt: 160 }, 'ORDER_EXPIRED'],
    ['that would live longer than 120 s', { issuedAt: 0, expiresAt: 121 }, 'ORDER_MALFORMED'],
    ['for another workstation', { audience: 'A'.repeat(43) }, 'ORDER_AUDIENCE'],
    ['with the signature of another key', { foreignKey: true }, 'ORDER_SIGNATURE'],
    ['that is another kind of token of the same signer', { type: 'JWT' }, 'ORDER_MALFORMED'],
  ])('%s is refused', async (_name, wrong, code) => {
    await expect(openWith(await issuer.sign(session, wrong))).rejects.toMatchObject(refusedWith(code));
  });

  it('with one changed parameter is refused', async () => {
    const identify = { rpId: 'localhost', challenge: 'AAAA' };
    const [header, , signature] = (await issuer.sign({ action: 'session', identify })).split('.');
    const claims = {
      iss: issuer.issuer,
      aud: issuer.workstationId,
      jti: crypto.randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 60,
      order: { action: 'session', identify: { ...identify, challenge: 'BBBB' } },
    };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const changed = `${header}.${payload}.${signature}`;
    await expect(openWith(changed)).rejects.toMatchObject(refusedWith('ORDER_SIGNATURE'));
  });

  it('without a signature (alg none) is refused', async () => {
    const [, payload] = (await issuer.sign(session)).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'keywarden-order+jwt' })).toString(
      'base64url',
    );
    await expect(openWith(`${header}.${payload}.`)).rejects.toMatchObject({ code: 'workstation-refused' });
  });

  it('of one server is worth nothing in the hands of a page of another', async () => {
    const foreign = await connectWorkstation({ url: stack.workstationUrl, origin: stack.baseUrl });
    const order = await issuer.sign(session);
    await expect(foreign.openSession(order, { takeOver: true })).rejects.toMatchObject(
      refusedWith('NOT_PAIRED'),
    );
    await foreign.close();
  });

  it('for a key that is not plugged in is refused', async () => {
    await openWith(await issuer.sign(session));
    const order = await issuer.sign({ action: 'reset', device: 'another-key' });
    const run = page.run(order, { pins: async () => '000000' });
    await expect(run).rejects.toMatchObject(refusedWith('ORDER_DEVICE'));
  });

  it('for a key that was pulled out and put back is for a key that is gone', async () => {
    const { devices } = await openWith(await issuer.sign(session));
    const device = devices.find(({ serial }) => serial === 'VK-0008')?.connectionId ?? '';
    const order = await issuer.sign({ action: 'reset', device });
    await stack.handleKey('VK-0008', 'remove');
    await stack.handleKey('VK-0008', 'attach');
    const run = page.run(order, { pins: async () => '000000' });
    await expect(run).rejects.toMatchObject(refusedWith('DEVICE_REMOVED'));
  });

  it('for an RP ID outside the pairing is refused before the key is touched', async () => {
    const { devices } = await openWith(await issuer.sign(session));
    const device = devices[0]?.connectionId ?? '';
    const order = await issuer.sign({
      action: 'authenticate',
      device,
      origin: 'https://bank.example',
      options: {
        challenge: 'AAAA',
        rpId: 'bank.example',
        allowCredentials: [],
        userVerification: 'discouraged',
      },
    });
    const run = page.run(order, { pins: async () => '000000' });
    await expect(run).rejects.toMatchObject(refusedWith('RP_ID_FORBIDDEN'));
  });

  it('is asked for: without a session the keys are not even listed', async () => {
    const stranger = await connectWorkstation({ url: stack.workstationUrl, origin: issuer.origin });
    const order = await issuer.sign({ action: 'reset', device: 'any' });
    await expect(stranger.run(order, { pins: async () => '000000' })).rejects.toMatchObject(
      refusedWith('SESSION_REQUIRED'),
    );
    await expect(stranger.pendingReceipts()).rejects.toMatchObject(refusedWith('SESSION_REQUIRED'));
    await stranger.close();
  });
});
