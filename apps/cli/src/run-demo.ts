import path from 'node:path';
import { holdDataFolder } from './launch/data-folder.ts';
import { demoFileOf, readDemoFile, type VirtualKey, writeDemoFile } from './launch/demo-file.ts';
import { demoKeys, describeKeys, prepareDemoKeys } from './launch/prepare-demo.ts';
import { readSettings } from './launch/settings.ts';
import {
  type DemoSecrets,
  demoSecrets,
  pairWorkstation,
  type StackOptions,
  startServer,
  startWorkstation,
  unexpectedEnd,
} from './launch/stack.ts';
import { type ManagementClient, signInOperator } from './road/management-client.ts';
import { openRoadSession } from './road/open-session.ts';
import { connectWorkstation } from './road/workstation-connection.ts';
import { type Run, whileRunning } from './run-context.ts';
import { demoSummary } from './terminal/summary.ts';

async function readKeys(options: {
  management: ManagementClient;
  workstationUrl: string;
  secrets: DemoSecrets;
  prepared: boolean;
}): Promise<readonly VirtualKey[]> {
  const { management, secrets } = options;
  const workstation = await connectWorkstation({ url: options.workstationUrl, origin: management.baseUrl });
  try {
    const session = await openRoadSession({ management, workstation, takeOver: true });
    return options.prepared
      ? describeKeys(session.keys, secrets.client.secret)
      : await prepareDemoKeys(session, secrets.client.secret);
  } finally {
    await workstation.close();
  }
}

/** Everything that `npm run demo` starts, up to the moment in which the server may say that it is ready. */
export async function startDemo(options: StackOptions) {
  const server = await startServer(options);
  const secrets = await demoSecrets(server);
  const management = await signInOperator({
    baseUrl: server.baseUrl,
    tenant: secrets.tenant,
    signInUrl: secrets.operator.signInUrl,
  });
  await pairWorkstation(options, server, management);
  const workstation = await startWorkstation(
    { ...options, virtualKeys: demoKeys.length },
    server.workstationPort,
  );
  const { dataFolder } = options.settings;
  const virtualKeys = await readKeys({
    management,
    workstationUrl: workstation.url,
    secrets,
    // The file is written after the last key was prepared: without it a crash came first.
    prepared: (await readDemoFile(dataFolder)) !== null,
  });
  const file = demoFileOf(secrets, {
    baseUrl: server.baseUrl,
    workstationUrl: workstation.url,
    virtualKeys,
  });
  const dataFile = await writeDemoFile(dataFolder, file);
  server.program.send({ type: 'ready' });
  return { server, workstation, management, secrets, file, dataFile };
}

/** `npm run demo`: until Ctrl-C. */
export const runDemo: Run = async (context) => {
  const settings = readSettings(context.environment, context.workingFolder);
  const held = await holdDataFolder(settings.dataFolder);
  try {
    const outcome = await whileRunning(context.signal, async (watch) => {
      context.tell('Starting PostgreSQL, the server and the workstation service …\n');
      const demo = await startDemo({
        ...watch,
        settings,
        programs: context.programs,
        demo: true,
        quiet: true,
      });
      const { users, operator } = demo.secrets;
      context.print(
        demoSummary({
          file: demo.file,
          operator: operator.name,
          displayNames: Object.fromEntries(
            Object.entries(users).map(([name, user]) => [name, user.displayName]),
          ),
          dataFile: demo.dataFile,
          logFolder: path.join(settings.dataFolder, 'logs'),
        }),
      );
      context.tell(`${await unexpectedEnd([demo.server.program, demo.workstation.program])}\n`);
      return 1;
    });
    if (outcome === 'interrupted') context.tell('Stopped.\n');
    return outcome === 'interrupted' ? 0 : outcome;
  } finally {
    await held.release();
  }
};
