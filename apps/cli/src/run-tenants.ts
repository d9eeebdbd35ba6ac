import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Type } from 'typebox';
import type { TenantsAction } from './arguments.ts';
import { CliError } from './errors.ts';
import { type HeldFolder, holdDataFolder } from './launch/data-folder.ts';
import { startProgram } from './launch/program.ts';
import { readSettings } from './launch/settings.ts';
import { type Run, whileRunning } from './run-context.ts';

const Told = Type.Union([
  Type.Object({
    type: Type.Literal('tenants'),
    tenants: Type.Array(Type.Object({ tenantId: Type.String(), name: Type.String() })),
  }),
  Type.Object({ type: Type.Literal('owner-link'), tenantId: Type.String(), signInUrl: Type.String() }),
  Type.Object({ type: Type.Literal('refused'), code: Type.String(), sentence: Type.String() }),
]);

/** A database of our own may have to be made first. */
const timeLimit = 150_000;

/** `npm run tenants`: beside a server that runs, or by itself where none does. */
export const runTenants =
  (action: TenantsAction): Run =>
  async (context) => {
    const settings = readSettings(context.environment, context.workingFolder);
    const held = await holdUnlessRunning(settings.dataFolder);
    try {
      const outcome = await whileRunning(context.signal, async (watch) => {
        const program = await startProgram({
          ...watch,
          name: 'The server',
          file: context.programs.server,
          arguments: ['tenants', ...(held === null ? ['--beside'] : []), ...argumentsOf(action)],
          environment: {
            LOG_LEVEL: 'warn',
            ...settings.environment,
            PORT: String(settings.port),
            DATA_DIR: settings.dataFolder,
          },
          // What goes wrong is told by its last lines.
          logFile: await logFileIn(settings.dataFolder),
        });
        const told = await program.message(Told, timeLimit);
        await program.exited;
        switch (told.type) {
          case 'refused':
            throw new CliError('tenant-refused', told.sentence);
          case 'tenants':
            context.print(listed(told.tenants));
            return 0;
          case 'owner-link':
            context.print(
              `${action.kind === 'add' ? `The tenant ${told.tenantId} is there. ` : ''}Its owner signs in once, within 15 minutes, with this link:\n${told.signInUrl}\n`,
            );
            return 0;
        }
      });
      return outcome === 'interrupted' ? 130 : outcome;
    } finally {
      await held?.release();
    }
  };

async function logFileIn(dataFolder: string): Promise<string> {
  const folder = path.join(dataFolder, 'logs');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return path.join(folder, 'tenants.log');
}

/** Held, so that nobody starts in it meanwhile; null where a server runs in it, or starts: the work is done beside it. */
async function holdUnlessRunning(folder: string): Promise<HeldFolder | null> {
  try {
    return await holdDataFolder(folder);
  } catch (error) {
    if (error instanceof CliError && error.code === 'data-folder-in-use') return null;
    throw error;
  }
}

function argumentsOf(action: TenantsAction): readonly string[] {
  switch (action.kind) {
    case 'list':
      return ['list'];
    case 'add':
      return ['add', ...(action.name === null ? [] : ['--name', action.name]), '--', action.tenantId];
    case 'owner-link':
      return ['owner-link', '--', action.tenantId];
  }
}

function listed(tenants: readonly { readonly tenantId: string; readonly name: string }[]): string {
  if (tenants.length === 0) return 'There is no tenant yet: npm start makes the first one.\n';
  const width = Math.max(...tenants.map(({ tenantId }) => tenantId.length));
  return tenants.map(({ tenantId, name }) => `${tenantId.padEnd(width)}  ${name}\n`).join('');
}
