import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { KeyKind } from './arguments.ts';
import { CliError, sentenceOf } from './errors.ts';
import { lastWords } from './launch/program.ts';
import { throwAwaySettings } from './launch/settings.ts';
import {
  choosePorts,
  demoSecrets,
  pairWorkstation,
  type StackOptions,
  startServer,
  startWorkstation,
} from './launch/stack.ts';
import { assignKey } from './road/assign-key.ts';
import { signInOperator } from './road/management-client.ts';
import { listKeys, openRoadSession, type RecognisedKey, type RoadSession } from './road/open-session.ts';
import { ServerRefusal } from './road/refusals.ts';
import type { SignedIn } from './road/relying-client.ts';
import { assertWithKey, signIn } from './road/sign-in.ts';
import { recordSteps, type StepRecorder } from './road/steps.ts';
import { connectWorkstation, type OperationEvent, type PinSource } from './road/workstation-connection.ts';
import { type Run, type RunContext, whileRunning } from './run-context.ts';
import { askHidden } from './terminal/ask-hidden.ts';
import { claimLines, stepLine } from './terminal/step-lines.ts';

export interface OnceOptions {
  readonly user: string;
  readonly key: KeyKind;
  readonly json: boolean;
}

const kindWords: Readonly<Record<KeyKind, string>> = {
  virtual: 'virtual key',
  hid: 'USB security key',
  pcsc: 'security key in a card reader',
};

/** The PIN of the one virtual key; a temporary folder is its whole life. */
const virtualPin: PinSource = async (request, rejection) => {
  if (request.wrong || rejection !== null)
    throw new CliError('pin-unavailable', rejection ?? 'The PIN was wrong.');
  return '271828'.padEnd(request.minimumLength, '0');
};

/** Asks once for every question of the key: a new PIN twice, so that a slip of the finger locks nobody out. */
const typedPin =
  (context: RunContext): PinSource =>
  async (request, rejection) => {
    if (rejection !== null) context.tell(`${rejection}\n`);
    const left = request.retriesLeft === null ? '' : `, ${request.retriesLeft} tries left`;
    if (request.reason === 'verify') {
      const again = request.wrong ? 'That PIN was wrong. ' : '';
      return askHidden(context.terminal, `${again}PIN of the key${left}: `);
    }
    for (;;) {
      const range = `${request.minimumLength} to ${request.maximumLength} characters`;
      const pin = await askHidden(context.terminal, `New PIN for the key, ${range}: `);
      if (pin === (await askHidden(context.terminal, 'The same again: '))) return pin;
      context.tell('The two differ.\n');
    }
  };

/** The one key of the wanted kind; a key that was just plugged in gets a moment to be seen. */
async function pickKey(session: RoadSession, kind: KeyKind): Promise<RecognisedKey> {
  const ofKind = (keys: readonly RecognisedKey[]) => keys.filter(({ key }) => key.transport === kind);
  let found = ofKind(session.keys);
  if (found.length === 0 && kind !== 'virtual') {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    found = ofKind(await listKeys({ ...session, takeOver: true }, session.hello.workstationId));
  }
  const [only, another] = found;
  if (only === undefined) {
    const blind = session.hello.limitations.map((limitation) => `\n${limitation}`).join('');
    throw new CliError(
      'key-not-found',
      `No ${kindWords[kind]} is connected. Connect one and run this again.${blind}`,
    );
  }
  if (another !== undefined) {
    throw new CliError(
      'key-not-found',
      `${found.length} keys are connected this way. Leave the one that may be written to and run this again.`,
    );
  }
  return only;
}

interface OnceRun {
  readonly context: RunContext;
  readonly options: OnceOptions;
  readonly steps: StepRecorder;
}

async function walkTheRoad({ context, options, steps }: OnceRun, stack: StackOptions): Promise<SignedIn> {
  const virtualKeys = options.key === 'virtual' ? 1 : 0;
  const [server, { url }] = await steps.run(
    'Start PostgreSQL, the server and the workstation service',
    () => Promise.all([startServer(stack), startWorkstation({ ...stack, virtualKeys })]),
    ([{ baseUrl }, workstation]) => `${baseUrl}, ${workstation.url}`,
  );
  const { operator, client, tenant } = await demoSecrets(server);
  const management = await steps.run('Sign the operator in', () =>
    signInOperator({ baseUrl: server.baseUrl, tenant, signInUrl: operator.signInUrl }),
  );
  await steps.run('Pair the workstation', () => pairWorkstation(stack, server, management));
  server.program.send({ type: 'ready' });
  const workstation = await connectWorkstation({ url, origin: server.baseUrl });
  try {
    const session = await steps.run(
      'Take the workstation session and list the keys',
      () => openRoadSession({ management, workstation, takeOver: true }),
      ({ keys }) => `${keys.length} connected`,
    );
    const key = await steps.run(
      `Pick the ${kindWords[options.key]}`,
      () => pickKey(session, options.key),
      (picked) => `${picked.key.model}, ${picked.status}`,
    );
    const pins = options.key === 'virtual' ? virtualPin : typedPin(context);
    const onEvent = (event: OperationEvent) => {
      if (event.event === 'touch.required' && options.key !== 'virtual')
        context.tell('  Touch the key now.\n');
      if (event.event === 'reinsert.required') context.tell('  Take the key out and put it back.\n');
    };
    await assignKey({ session, key, username: options.user, pins, step: steps.run, onEvent });
    return await signIn({
      issuer: session.operatorSession.issuer,
      client,
      username: options.user,
      step: steps.run,
      assert: assertWithKey({ session, connectionId: key.key.connectionId, pins, onEvent }),
    });
  } finally {
    await workstation.close();
  }
}

function printSignedIn({ context, options, steps }: OnceRun, signedIn: SignedIn): void {
  if (options.json) {
    const { algorithm, claims } = signedIn;
    context.print(`${JSON.stringify({ ok: true, steps: steps.records, algorithm, claims }, null, 2)}\n`);
    return;
  }
  const last = steps.records.at(-1);
  const total = last === undefined ? 0 : last.startedAfterSeconds + last.seconds;
  context.print(
    `\n${options.user} signed in with the key after ${total.toFixed(1)} s. The verified ID token says:\n`,
  );
  context.print(`${claimLines(signedIn.claims).join('\n')}\n`);
}

async function printFailure(
  { context, options, steps }: OnceRun,
  failure: { error: unknown; folder: string },
) {
  const { error } = failure;
  const code = error instanceof CliError ? error.code : 'answer-unexpected';
  const failed = steps.records.findLast((record) => record.outcome === 'failed');
  const step = failed?.title ?? 'Prepare';
  if (options.json) {
    const told = { ok: false, step, code, message: sentenceOf(error), steps: steps.records };
    context.print(`${JSON.stringify(told, null, 2)}\n`);
    return;
  }
  context.tell(`\nStopped at "${step}": ${sentenceOf(error)}\n`);
  if (!isServersMistake(error)) return;
  const log = await readFile(path.join(failure.folder, 'logs/server.log'), 'utf8').catch(() => '');
  context.tell(`The last lines of the server:\n${lastWords(log, 6)}\n`);
}

function isServersMistake(error: unknown): boolean {
  if (error instanceof ServerRefusal) return error.status >= 500;
  return error instanceof CliError && error.code === 'answer-unexpected';
}

/** `npm run demo -- --once`: the main job and a sign-in, without a browser, in a folder that is gone afterwards. */
export const runOnce =
  (options: OnceOptions): Run =>
  async (context) => {
    const folder = await mkdtemp(path.join(context.temporaryFolder, 'keywarden-once-'));
    const steps = recordSteps({
      now: context.now,
      onRecord: (record) => {
        if (!options.json) context.print(`${stepLine(record)}\n`);
      },
    });
    const run = { context, options, steps };
    try {
      const outcome = await whileRunning(context.signal, async (watch) => {
        const settings = await choosePorts(throwAwaySettings(context.environment, folder));
        const stack = { ...watch, settings, programs: context.programs, demo: true, quiet: true };
        printSignedIn(run, await walkTheRoad(run, stack));
        return 0;
      });
      if (outcome === 'interrupted') context.tell('Stopped before the end; nothing is left running.\n');
      return outcome === 'interrupted' ? 130 : outcome;
    } catch (error) {
      await printFailure(run, { error, folder });
      return 1;
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  };
