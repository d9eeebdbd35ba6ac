/**
 * Runs as a program of its own in a network and mount namespace (`unshare -n -m`): a real pcscd with vpcd's virtual
 * reader, the virtual key as the card in it, and the workstation service finding that key through the real library.
 * vpcd listens on every interface and connecting to it puts a card in: hence the namespace. Prints one line of JSON.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createVirtualAuthenticator, VpcdConversation } from '@keywarden/fido2/virtual-authenticator';
import { pino } from 'pino';
import { systemClock } from '../src/clock.ts';
import { loadPcsc } from '../src/devices/pcsc/native.ts';
import { PcscSource } from '../src/devices/pcsc/source.ts';
import { asked, first, openPage, openSession, resultOf, run } from './bench.ts';
import { configureAction, enrollAction, removeAction } from './key-actions.ts';
import { createOrderSigner } from './order-signer.ts';
import { discard, start } from './pages.ts';

const vpcdPort = 0x8c7b;
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

async function insert(card: ConstructorParameters<typeof VpcdConversation>[0]): Promise<Socket> {
  const conversation = new VpcdConversation(card);
  for (let tries = 0; ; tries += 1) {
    try {
      const socket = connect(vpcdPort, '127.0.0.1');
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => void conversation.receive(chunk).then((answer) => socket.write(answer)));
      return socket;
    } catch (error) {
      if (tries === 200) throw error;
      await wait(50);
    }
  }
}

async function main(): Promise<unknown> {
  const told: Record<string, unknown> = {};
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }, pino.destination(2));
  const source = new PcscSource({
    load: async () => loadPcsc(process.platform),
    platform: process.platform,
    clock: systemClock,
    log,
  });
  await source.list();
  told['withoutDaemon'] = source.limitation();

  spawnSync('/usr/sbin/ip', ['link', 'set', 'lo', 'up']);
  mkdirSync('/run/pcscd', { recursive: true });
  spawnSync('/usr/bin/mount', ['-t', 'tmpfs', 'tmpfs', '/run/pcscd']);
  const daemon = spawn('/usr/sbin/pcscd', ['--foreground'], { stdio: 'ignore' });
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  let state: Uint8Array | null = null;
  const key = await createVirtualAuthenticator({
    ...{ serial: 'VK-CARD', clock: systemClock, random, touch: 100, attestation: 'self' },
    store: {
      load: async () => state,
      save: async (next) => {
        state = next;
      },
    },
  });
  const server = await createOrderSigner();
  const socket = await insert(key.card);
  const workstation = await start([server], { sources: [source] });
  try {
    const page = await openPage({ server, workstation });
    const on = { server, workstation, page };
    for (let tries = 0; tries < 50 && (await openSession(on)).length === 0; tries += 1) await wait(200);
    const { connectionId, transport, model, virtual } = first(await openSession(on));
    told['key'] = { transport, model, virtual };
    const configured = await run(on, configureAction(connectionId), ['123456']);
    told['configured'] = resultOf(configured, 'configure').facts.minPINLength;
    told['tag'] = first(await openSession(on)).tag?.userHandle;
    const enrolled = resultOf(await run(on, enrollAction(connectionId)), 'enroll');
    told['enrolled'] = enrolled.credential.response.transports;
    told['questions'] = asked(page.events).length;
    told['touches'] = page.events.filter(({ event }) => event === 'touch.required').length;
    told['removed'] = resultOf(await run(on, removeAction(connectionId)), 'remove-credential').removed;
    socket.destroy();
    told['gone'] = (await page.event('device.removed')).connectionId === connectionId;
    daemon.kill();
    await new Promise((resolve) => daemon.once('exit', resolve));
    await openSession(on);
    told['daemonStopped'] = (await page.ask('hello', { issuer: server.issuer })).limitations;
  } finally {
    await workstation.stop();
    await discard(workstation.folder);
    daemon.kill('SIGKILL');
  }
  return told;
}

process.stdout.write(`${JSON.stringify(await main())}\n`);
process.exit(0);
