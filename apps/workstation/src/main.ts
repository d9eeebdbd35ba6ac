import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { pino } from 'pino';
import { isErrno } from './atomic-file.ts';
import { systemClock } from './clock.ts';
import { type Command, parseCommand, usage } from './command-line.ts';
import { HidSource } from './devices/hid/source.ts';
import { PcscSource } from './devices/pcsc/source.ts';
import { holdFolder } from './hold-folder.ts';
import { openIdentity } from './identity.ts';
import { PairingFailure, pair } from './pair.ts';
import { Pairings } from './pairings.ts';
import { readSettings, type Settings } from './settings.ts';
import { controlVirtualKeys } from './virtual/control.ts';
import { startWorkstation } from './workstation.ts';

/** Characters: far above any pairing code. */
const codeLimit = 1_024;

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  const settings = readSettings(process.env);
  // Logs go to stderr: what a command was asked for goes to stdout. Messages, PINs and codes are never logged.
  const log = pino({ level: settings.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  if (command.name === 'serve') await serve(command, settings, log);
  else {
    await runOnce(command, settings, log);
    // A launcher's IPC channel would keep a finished command alive.
    process.disconnect?.();
  }
}

async function serve(
  command: Extract<Command, { name: 'serve' }>,
  settings: Settings,
  log: Logger,
): Promise<void> {
  const release = await holdFolder(settings.folder);
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const hid = new HidSource({
    load: async () => (await import('node-hid')).default,
    platform: process.platform,
    clock: systemClock,
    random,
    log,
  });
  const cards = new PcscSource({
    load: async () => (await import('./devices/pcsc/native.ts')).loadPcsc(process.platform),
    platform: process.platform,
    clock: systemClock,
    log,
  });
  const workstation = await startWorkstation({
    port: settings.port,
    folder: settings.folder,
    virtualKeys: command.virtualKeys,
    reaction: settings.reaction,
    sources: [hid, cards],
    clock: systemClock,
    now: () => new Date(),
    random,
    log,
  });
  const { url, workstationId, virtualKeys } = workstation;
  log.info({ url, workstationId, virtualKeys: command.virtualKeys }, 'the workstation service is ready');

  let stopping = false;
  const stop = (reason: string): void => {
    // A second Ctrl-C means now.
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ reason }, 'stopping');
    workstation
      .stop()
      .then(release)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'did not stop cleanly');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (process.send === undefined) return;
  process.on('disconnect', () => stop('launcher gone'));
  process.on('message', (message) => {
    const answer = virtualKeys === null ? null : controlVirtualKeys(virtualKeys, message);
    if (answer !== null) process.send?.(answer);
  });
  process.send({ type: 'listening', url, workstationId });
}

async function runOnce(
  command: Exclude<Command, { name: 'serve' }>,
  settings: Settings,
  log: Logger,
): Promise<void> {
  const pairings = new Pairings(settings.folder, log);
  switch (command.name) {
    case 'help':
      return say(usage.trimEnd());
    case 'list':
      return say((await pairings.issuers()).join('\n') || 'This workstation is not paired with anybody.');
    case 'unpair': {
      const gone = await pairings.remove(command.issuer);
      return say(
        gone ? `No longer paired with ${command.issuer}.` : `Was not paired with ${command.issuer}.`,
      );
    }
    case 'pair': {
      const { server, tenant, title: name } = command;
      const identity = await openIdentity(settings.folder);
      const code = await readCode();
      const { issuer } = await pair({ server, tenant, name, code }, { identity, pairings, fetch });
      return say(`Paired with ${issuer}.`);
    }
  }
}

/** The first line of standard input: arguments can be read by every user of the machine. */
async function readCode(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Pairing code: ');
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > codeLimit) break;
  }
  const code = text.split('\n', 1)[0]?.trim() ?? '';
  if (code === '') throw new RangeError('The pairing code is read from standard input, and there was none.');
  return code;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function explain(error: unknown): string {
  if (error instanceof RangeError) return `${error.message}\nTry --help.`;
  if (error instanceof PairingFailure) return error.message;
  if (isErrno(error, 'EADDRINUSE')) {
    return 'Another program uses the port of the workstation service. Stop it, or set WORKSTATION_PORT.';
  }
  return error instanceof Error ? error.message : 'The workstation service failed.';
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
