import { type ManagementClient, signInOperator } from '../road/management-client.ts';
import { openRoadSession } from '../road/open-session.ts';
import { connectWorkstation } from '../road/workstation-connection.ts';
import { demoFileOf, readDemoFile, type VirtualKey, writeDemoFile } from './demo-file.ts';
import { describeKeys, prepareDemoKeys } from './prepare-demo.ts';
import {
  type DemoSecrets,
  demoSecrets,
  pairWorkstation,
  type StackOptions,
  startServer,
  startWorkstation,
} from './stack.ts';

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
export async function startDemo(options: StackOptions & { virtualKeys: number }) {
  const [server, workstation] = await Promise.all([startServer(options), startWorkstation(options)]);
  const secrets = await demoSecrets(server);
  const management = await signInOperator({
    baseUrl: server.baseUrl,
    tenant: secrets.tenant,
    signInUrl: secrets.operator.signInUrl,
  });
  await pairWorkstation(options, server, management);
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
