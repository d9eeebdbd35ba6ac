import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openMailServer } from '../../test/mail-server.ts';
import { systemClock } from '../keys/index.ts';
import { createMail, MailError, noMail } from './smtp.ts';

const message = {
  messageId: '0190@keys.example',
  to: 'alice@test.example',
  subject: 'Grüße an Ålice',
  text: 'Text\n',
  html: '<p>Text</p>\n',
  language: 'en',
};
const from = { name: 'Müller, "Keys"', address: 'no-reply@keys.example' };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function mailServer() {
  const server = await openMailServer();
  closing.push(server.close);
  return server;
}

/** A server that speaks as told, line by line, or is silent. */
async function speaking(
  lines: readonly string[],
  heard: string[] = [],
  onConnection: () => void = () => {},
): Promise<number> {
  const sockets = new Set<import('node:net').Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    onConnection();
    const rest = [...lines];
    socket.on('error', () => {});
    const say = () => {
      const line = rest.shift();
      if (line !== undefined) socket.write(`${line}\r\n`);
    };
    say();
    socket.on('data', (data) => {
      heard.push(data.toString('latin1').trim());
      say();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('mail by SMTP', () => {
  it('is one message to one address, with our names as they are', async () => {
    const server = await mailServer();
    const mail = createMail({ ...server.configuration, from }, { clock: systemClock });
    expect(await mail.send(message)).toBe('sent');
    const [received] = server.received;
    expect(received).toMatchObject({ from: from.address, to: [message.to] });
    expect(received?.headers.get('subject')).toBe(message.subject);
    expect(received?.headers.get('message-id')).toBe('<0190@keys.example>');
    expect(received?.headers.get('from')).toContain('<no-reply@keys.example>');
    expect(received?.headers.get('to')).toBe('alice@test.example');
  });

  it.each([
    [550, 'refused'],
    [553, 'refused'],
  ])('an address that the server answers %i for is %s', async (code, outcome) => {
    const server = await mailServer();
    server.refuse = code;
    const mail = createMail(server.configuration, { clock: systemClock });
    expect(await mail.send(message)).toBe(outcome);
  });

  it('may be tried again after a 4xx, and says nothing of the address', async () => {
    const server = await mailServer();
    server.refuse = 451;
    const mail = createMail(server.configuration, { clock: systemClock });
    await expect(mail.send(message)).rejects.toMatchObject({
      code: 'mail-server-failed',
      message: 'The mail server did not take a mail now (451).',
    });
    server.refuse = null;
    expect(await mail.send(message)).toBe('sent');
  });

  it('gives up on a server that is silent, and leaves it alone for a while', async () => {
    let connections = 0;
    const port = await speaking([], [], () => {
      connections += 1;
    });
    const time = { now: Date.now() };
    const clock = { ...systemClock, now: () => new Date(time.now) };
    const mail = createMail({ url: new URL(`smtp://127.0.0.1:${port}`), from }, { clock });
    const before = Date.now();
    await expect(mail.send(message)).rejects.toMatchObject({ code: 'mail-server-unreachable' });
    expect(Date.now() - before).toBeLessThan(10_000);
    const tried = connections;
    expect(tried).toBeGreaterThan(0);
    await expect(mail.send(message)).rejects.toMatchObject({ code: 'mail-server-unreachable' });
    expect(connections).toBe(tried);
  }, 20_000);

  it('tells no password to another machine without TLS', async () => {
    // Another name for this machine: what counts is that the setting does not say that it is this one.
    const heard: string[] = [];
    const port = await speaking(
      ['220 mail.example ESMTP', '250-mail.example\r\n250 AUTH PLAIN LOGIN', '502 no TLS here'],
      heard,
    );
    const url = new URL(`smtp://user:secret@[::ffff:127.0.0.1]:${port}`);
    const mail = createMail({ url, from }, { clock: systemClock });
    await expect(mail.send(message)).rejects.toBeInstanceOf(MailError);
    expect(heard.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'STARTTLS']);
  });

  it('is none where no server is set', async () => {
    expect(noMail.available).toBe(false);
    await expect(noMail.send(message)).rejects.toMatchObject({ code: 'mail-server-unreachable' });
  });
});
