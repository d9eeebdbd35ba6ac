import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from 'typebox';
import { CliError } from '../errors.ts';
import type { ManagementClient } from '../road/management-client.ts';
import { findFreePort, requireFreePort } from './ports.ts';
import { type RunningProgram, startProgram } from './program.ts';
import type { Settings } from './settings.ts';

/** What the server tells its launcher. */
const Listening = Type.Object({
  type: Type.Literal('listening'),
  baseUrl: Type.String(),
  port: Type.Integer(),
});
const WorkstationListening = Type.Object({
  type: Type.Literal('listening'),
  url: Type.String(),
  workstationId: Type.String(),
});
const DemoSecrets = Type.Object({
  type: Type.Literal('demo'),
  demo: Type.Object({
    tenant: Type.String(),
    operator: Type.Object({ name: Type.String(), signInUrl: Type.String() }),
    client: Type.Object({ id: Type.String(), secret: Type.String(), redirectUri: Type.String() }),
    partner: Type.Optional(
      Type.Object({ id: Type.String(), secret: Type.String(), redirectUri: Type.String() }),
    ),
    users: Type.Record(Type.String(), Type.Object({ displayName: Type.String(), password: Type.String() })),
    openDemo: Type.Object({
      tenant: Type.String(),
      operator: Type.Object({ signInUrl: Type.String() }),
      client: Type.Object({ id: Type.String(), secret: Type.String(), redirectUri: Type.String() }),
    }),
  }),
});
const FirstOwner = Type.Object({ type: Type.Literal('first-owner'), signInUrl: Type.String() });
export type DemoSecrets = Static<typeof DemoSecrets>['demo'];

/** Where the built programs are; the same places seen from src and from dist. */
export const builtPrograms = (here: string) => ({
  server: path.resolve(here, '../../server/dist/main.js'),
  workstation: path.resolve(here, '../../workstation/dist/main.js'),
});
export type Programs = ReturnType<typeof builtPrograms>;

/** initdb on a slow disk, then migrations. */
const serverStartLimit = 90_000;
const workstationStartLimit = 20_000;

export interface ServerProgram {
  readonly program: RunningProgram;
  readonly baseUrl: string;
}

export interface StackOptions {
  /** With ports that were chosen: the server tells its pages where the workstation service is. */
  readonly settings: Settings;
  readonly programs: Programs;
  readonly demo: boolean;
  /** Logs into the data folder instead of the terminal. */
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  readonly onStarted: (program: RunningProgram) => void;
}

async function surroundings(options: StackOptions, name: string) {
  const { signal, onStarted } = options;
  if (!options.quiet) return { signal, onStarted, logFile: null };
  const folder = path.join(options.settings.dataFolder, 'logs');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return { signal, onStarted, logFile: path.join(folder, `${name}.log`) };
}

/** Says that a port is taken before anything is started for nothing, and chooses where any free one will do. */
export async function choosePorts<S extends Settings>(settings: S): Promise<S> {
  const { port, host, workstationPort } = settings;
  await requireFreePort('PORT', port, host);
  await requireFreePort('WORKSTATION_PORT', workstationPort, '127.0.0.1');
  return { ...settings, workstationPort: workstationPort || (await findFreePort('127.0.0.1')) };
}

/** Starts the server and waits until it listens; in a demo it says 503 to the world until it is told `ready`. */
export async function startServer(options: StackOptions): Promise<ServerProgram> {
  const { settings } = options;
  const { KEYWARDEN_DEMO: _inherited, ...environment } = settings.environment;
  const program = await startProgram({
    name: 'The server',
    file: options.programs.server,
    // A request leaves a lot behind that lives for milliseconds: in a larger nursery it dies there.
    nodeOptions: ['--max-semi-space-size=32'],
    environment: {
      ...environment,
      PORT: String(settings.port),
      HOST: settings.host,
      DATA_DIR: settings.dataFolder,
      WORKSTATION_PORT: String(settings.workstationPort),
      ...(options.demo && { KEYWARDEN_DEMO: '1' }),
    },
    ...(await surroundings(options, 'server')),
  });
  try {
    const { baseUrl } = await program.message(Listening, serverStartLimit);
    return { program, baseUrl };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** What a demo server made up for this data folder: links, client, passwords. */
export async function demoSecrets(server: ServerProgram): Promise<DemoSecrets> {
  return (await server.program.message(DemoSecrets, serverStartLimit)).demo;
}

/** Tells the single-use link of the owner, where the server found nobody signed in who administers the installation. */
export function firstOwnerLink(server: ServerProgram, tell: (link: string) => void): void {
  server.program.message(FirstOwner, serverStartLimit).then(
    ({ signInUrl }) => tell(signInUrl),
    // No such message: somebody owns it already.
    () => undefined,
  );
}

const workstationEnvironment = (options: StackOptions) => ({
  ...options.settings.environment,
  WORKSTATION_PORT: String(options.settings.workstationPort),
  WORKSTATION_DATA: path.join(options.settings.dataFolder, 'workstation'),
});

/** Pairs the workstation of this data folder with the operator's tenant; again is harmless. */
export async function pairWorkstation(
  options: StackOptions,
  server: Pick<ServerProgram, 'baseUrl'>,
  operator: Pick<ManagementClient, 'tenant' | 'pairingCode'>,
): Promise<void> {
  const { code } = await operator.pairingCode();
  const program = await startProgram({
    name: 'Pairing the workstation',
    file: options.programs.workstation,
    arguments: ['pair', '--server', server.baseUrl, '--tenant', operator.tenant, '--name', 'This machine'],
    environment: workstationEnvironment(options),
    ...(await surroundings(options, 'pairing')),
    input: `${code}\n`,
  });
  const exit = await program.exited;
  if (exit.code !== 0) throw new CliError('process-stopped', await program.explainExit(exit));
}

export interface WorkstationProgram {
  readonly program: RunningProgram;
  readonly url: string;
  readonly workstationId: string;
}

/** Needs no server: a pairing that comes later counts at once. */
export async function startWorkstation(
  options: StackOptions & { virtualKeys: number },
): Promise<WorkstationProgram> {
  const program = await startProgram({
    name: 'The workstation service',
    file: options.programs.workstation,
    arguments: options.virtualKeys > 0 ? ['--virtual-keys', String(options.virtualKeys)] : [],
    environment: workstationEnvironment(options),
    ...(await surroundings(options, 'workstation')),
  });
  try {
    const { url, workstationId } = await program.message(WorkstationListening, workstationStartLimit);
    return { program, url, workstationId };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** The sentence about the first program that ends although nobody asked it to; never resolves before. */
export async function unexpectedEnd(programs: readonly RunningProgram[]): Promise<string> {
  return Promise.race(programs.map(async (program) => program.explainExit(await program.exited)));
}

/** Whoever was started last stops first. */
export async function stopAll(programs: readonly RunningProgram[]): Promise<void> {
  for (const program of [...programs].reverse()) await program.stop();
}
