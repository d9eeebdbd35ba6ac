import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  builtPrograms,
  type DemoFile,
  demoSecrets,
  findFreePort,
  pairWorkstation,
  type RunningProgram,
  type ServerProgram,
  type Settings,
  startDemo,
  startServer,
  startWorkstation,
  throwAwaySettings,
  type WorkstationProgram,
} from '@keywarden/cli/launch';
import {
  connectWorkstation,
  type ManagementClient,
  openRoadSession,
  type RoadSession,
} from '@keywarden/cli/road';
import { Type } from 'typebox';

/** `remove` and `attach`: pull it out, plug it in; `hold-touch`: leave it blinking; `auto-touch`: touch it as at the start. */
export type KeyAction = 'remove' | 'attach' | 'touch' | 'hold-touch' | 'auto-touch';

/** The built demo on free ports with a data folder of its own, and the power to break its parts. */
export interface DemoStack {
  readonly baseUrl: string;
  readonly issuer: string;
  readonly workstationUrl: string;
  readonly file: DemoFile;
  readonly management: ManagementClient;
  /** Waits for no clean-up: what SIGKILL leaves is what is tested. */
  killServer(): Promise<void>;
  startServer(): Promise<void>;
  stopWorkstation(): Promise<void>;
  startWorkstation(): Promise<void>;
  /** The hands at a virtual key; resolves when it is done. */
  handleKey(serial: string, action: KeyAction): Promise<void>;
  /** Pairs the same workstation with one more server. */
  pairWith(other: {
    baseUrl: string;
    tenant: string;
    pairingCode: ManagementClient['pairingCode'];
  }): Promise<void>;
  /** A page of our own, without a browser. */
  openSession(): Promise<RoadSession>;
  stop(): Promise<void>;
}

const here = path.dirname(fileURLToPath(import.meta.url));
/** Four in their states, and four more that are Not Configured for the tests that use one up. */
const virtualKeyCount = 8;

/** A data folder of its own and ports that nobody uses; the same ones again after a restart, for the browser's sake. */
export async function choosePlace(): Promise<Settings> {
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'keywarden-e2e-'));
  const settings = throwAwaySettings(process.env, dataFolder);
  return {
    ...settings,
    // Hands that need no time to see that a key blinks.
    environment: { ...settings.environment, VIRTUAL_KEY_REACTION: '50' },
    port: await findFreePort('127.0.0.1'),
    workstationPort: await findFreePort('127.0.0.1'),
  };
}

export const programs = builtPrograms(path.resolve(here, '../../apps/cli/src'));

export interface DemoStackOptions {
  readonly virtualKeys?: number;
  /** Where something was started before; left out: a fresh place. */
  readonly settings?: Settings;
}

export async function startDemoStack(wanted: DemoStackOptions = {}): Promise<DemoStack> {
  const closing = new AbortController();
  const started: RunningProgram[] = [];
  const settings = wanted.settings ?? (await choosePlace());
  const { dataFolder } = settings;
  const options = {
    settings,
    programs,
    demo: true,
    quiet: true,
    virtualKeys: wanted.virtualKeys ?? virtualKeyCount,
    signal: closing.signal,
    onStarted: (program: RunningProgram) => started.push(program),
  };

  async function stop(): Promise<void> {
    closing.abort();
    for (const program of started.reverse()) await program.stop();
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  const demo = await startDemo(options).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  let server: ServerProgram = demo.server;
  let workstation: WorkstationProgram = demo.workstation;
  let handled = 0;
  const { management, file } = demo;
  const { issuer } = await management.session();

  return {
    baseUrl: demo.server.baseUrl,
    issuer,
    workstationUrl: demo.workstation.url,
    file,
    management,
    async killServer() {
      await server.program.kill();
    },
    async startServer() {
      server = await startServer(options);
      await demoSecrets(server);
      server.program.send({ type: 'ready' });
      await untilServing(server.baseUrl);
    },
    async stopWorkstation() {
      await workstation.program.stop();
    },
    async startWorkstation() {
      workstation = await startWorkstation(options);
    },
    async handleKey(serial, action) {
      handled += 1;
      const id = handled;
      const done = Type.Object({
        type: Type.Literal('virtual-done'),
        id: Type.Literal(id),
        error: Type.Null(),
      });
      const answer = workstation.program.message(done, 20_000);
      workstation.program.send({ type: 'virtual', id, action, index: Number(serial.slice(3)) - 1 });
      await answer;
    },
    pairWith: (other) => pairWorkstation(options, other, other),
    async openSession() {
      const connection = await connectWorkstation({ url: demo.workstation.url, origin: demo.server.baseUrl });
      return openRoadSession({ management, workstation: connection, takeOver: true });
    },
    stop,
  };
}

async function untilServing(baseUrl: string): Promise<void> {
  for (let tries = 0; tries < 3000; tries += 1) {
    const response = await fetch(`${baseUrl}/healthz`).catch(() => null);
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The server did not become healthy within a minute of its start.');
}
