import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parseJson } from '../road/answers.ts';
import { writePrivateFile } from './data-folder.ts';
import type { DemoSecrets } from './stack.ts';

const VirtualKey = Type.Object({
  name: Type.String(),
  serial: Type.String(),
  state: Type.String(),
  /** null: it has none, or somebody chose another since. */
  pin: Type.Union([Type.String(), Type.Null()]),
});
export type VirtualKey = Static<typeof VirtualKey>;

const Client = Type.Object({ id: Type.String(), secret: Type.String(), redirectUri: Type.String() });
/** A second tenant, in which a user without an authenticator may enroll her first one unproven. */
const OpenDemo = Type.Object({
  tenant: Type.String(),
  operator: Type.Object({ signInUrl: Type.String() }),
  client: Client,
});

/** `data/demo.json`: everything that a script needs to drive the demo. */
export const DemoFile = Type.Object({
  baseUrl: Type.String(),
  workstationUrl: Type.String(),
  tenant: Type.String(),
  operator: Type.Object({ signInUrl: Type.String() }),
  client: Client,
  /** One that asks people what it may see of them. */
  partner: Type.Optional(Client),
  users: Type.Record(Type.String(), Type.Object({ password: Type.String() })),
  openDemo: OpenDemo,
  virtualKeys: Type.Array(VirtualKey),
});
export type DemoFile = Static<typeof DemoFile>;
/** As it is read: one that an older demo wrote has no second tenant. */
const WrittenDemoFile = Type.Object({ ...DemoFile.properties, openDemo: Type.Optional(OpenDemo) });
export type WrittenDemoFile = Static<typeof WrittenDemoFile>;

const fileName = (dataFolder: string) => path.join(dataFolder, 'demo.json');

/** null where no demo was ever finished in this folder. */
export async function readDemoFile(dataFolder: string): Promise<WrittenDemoFile | null> {
  const text = await readFile(fileName(dataFolder), 'utf8').catch(() => null);
  const parsed = text === null ? null : parseJson(text);
  return Value.Check(WrittenDemoFile, parsed) ? parsed : null;
}

export function demoFileOf(
  secrets: DemoSecrets,
  running: { baseUrl: string; workstationUrl: string; virtualKeys: readonly VirtualKey[] },
): DemoFile {
  return {
    baseUrl: running.baseUrl,
    workstationUrl: running.workstationUrl,
    tenant: secrets.tenant,
    operator: { signInUrl: secrets.operator.signInUrl },
    client: clientOf(secrets.client),
    ...(secrets.partner !== undefined && { partner: clientOf(secrets.partner) }),
    users: Object.fromEntries(
      Object.entries(secrets.users).map(([name, { password }]) => [name, { password }]),
    ),
    openDemo: {
      tenant: secrets.openDemo.tenant,
      operator: { signInUrl: secrets.openDemo.operator.signInUrl },
      client: clientOf(secrets.openDemo.client),
    },
    virtualKeys: [...running.virtualKeys],
  };
}

/** These members and no others. */
function clientOf({ id, secret, redirectUri }: Static<typeof Client>): Static<typeof Client> {
  return { id, secret, redirectUri };
}

export async function writeDemoFile(dataFolder: string, file: DemoFile): Promise<string> {
  const name = fileName(dataFolder);
  await writePrivateFile(name, `${JSON.stringify(file, null, 2)}\n`);
  return name;
}
