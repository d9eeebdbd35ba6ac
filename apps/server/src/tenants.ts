import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DomainError, type Ports } from '@keywarden/domain';
import type { Configuration } from './config.ts';
import type { Launcher } from './launcher.ts';
import { foundTenant, listTenants, ownerLink } from './owners.ts';
import { applicationConnection, findRunningPostgres } from './postgres/index.ts';
import { composeAsConfigured, openConnection, type ServerOptions, undoable } from './server.ts';
import { type DatabaseConnection, isMigrated, migrate } from './storage/index.ts';

/** Milliseconds in which a server that is starting brings its database up and makes its tables. */
const patience = 60_000;

type Action =
  | { readonly action: 'list' }
  | { readonly action: 'add'; readonly tenantId: string; readonly name: string }
  | { readonly action: 'owner-link'; readonly tenantId: string };

interface Instruction {
  readonly what: Action;
  /** Another process holds the data folder: its database is used, and none is started before its own. */
  readonly beside: boolean;
}

/** What the launcher is told; without one it is a line of JSON on standard output, links included. */
type Told =
  | {
      readonly type: 'tenants';
      readonly tenants: readonly { readonly tenantId: string; readonly name: string }[];
    }
  | { readonly type: 'owner-link'; readonly tenantId: string; readonly signInUrl: string }
  | { readonly type: 'refused'; readonly code: string; readonly sentence: string };

/**
 * `main.js tenants [--beside] list`, `add ID --name NAME`, `owner-link ID`: for whoever runs the installation, beside a server that runs or
 * without one. Nobody who is signed in anywhere can do it: a tenant is told nothing of the others.
 *
 * @returns the exit code
 */
export async function runTenants(argv: readonly string[], options: ServerOptions): Promise<number> {
  const instruction = read(argv);
  let told: Told = refusal(
    'arguments-invalid',
    'tenants list, tenants add ID --name NAME, or tenants owner-link ID',
  );
  if (instruction !== null) {
    const running = await undoable(options.log, async (onStop) => {
      told = await carryOut(instruction, options, onStop);
    });
    await running.stop();
  }
  await tell(options.launcher, told);
  return told.type === 'refused' ? 1 : 0;
}

function read(argv: readonly string[]): Instruction | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { name: { type: 'string' }, beside: { type: 'boolean' } },
      allowPositionals: true,
    });
    const what = actionOf(positionals, values.name);
    return what && { what, beside: values.beside === true };
  } catch {
    return null;
  }
}

function actionOf([action, tenantId, ...more]: readonly string[], name: string | undefined): Action | null {
  if (more.length > 0) return null;
  if (action === 'list' && tenantId === undefined) return { action };
  if (tenantId === undefined) return null;
  if (action === 'add') return { action, tenantId, name: name?.trim() || tenantId };
  return action === 'owner-link' ? { action, tenantId } : null;
}

async function carryOut(
  { what, beside }: Instruction,
  options: ServerOptions,
  onStop: (step: () => Promise<void>) => void,
): Promise<Told> {
  const { configuration, log } = options;
  const publicUrl = publicUrlOf(configuration);
  if (publicUrl === null && what.action !== 'list') {
    return refusal('setting-invalid', 'Set PORT or PUBLIC_URL as the server has them: the link leads there.');
  }
  const connection = beside ? await connectionBeside(configuration) : await ownConnection(options, onStop);
  if (connection === null) {
    return refusal(
      'unavailable',
      'Another Keywarden holds the data folder, and its database does not answer. Try again when it runs, or stop it.',
    );
  }
  const { ports, database } = await composeAsConfigured({
    configuration,
    connection,
    // Nothing of a list leads anywhere.
    publicUrl: publicUrl ?? 'http://localhost',
    log,
    isReady: () => false,
  });
  onStop(() => database.close());
  try {
    if (what.action === 'list') {
      const tenants = (await listTenants(ports)).map(({ tenantId, name }) => ({ tenantId, name }));
      return { type: 'tenants', tenants };
    }
    const { tenantId } = what;
    const exists = (await ports.store.tenantIds()).includes(tenantId);
    if (what.action === 'owner-link') {
      if (!exists) return refusal('tenant-not-found', `There is no tenant “${tenantId}”.`);
    } else {
      // One that was made halfway has nobody yet, and is finished.
      if (exists && (await hasOperators(ports, tenantId))) {
        return refusal('tenant-exists', `There is a tenant “${tenantId}” already; nothing was changed.`);
      }
      await foundTenant(ports, what);
    }
    return { type: 'owner-link', tenantId, signInUrl: await ownerLink(ports, tenantId) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return refusal(error.code, error.message);
  }
}

/** Where the server of this configuration is; null where it takes any free port. */
function publicUrlOf({ publicUrl, port }: Configuration): string | null {
  return publicUrl ?? (port === 0 ? null : `http://localhost:${port}`);
}

/** The database of the server that holds the data folder; one that is starting is waited for. Null where it takes too long. */
async function connectionBeside(configuration: Configuration): Promise<DatabaseConnection | null> {
  for (const end = performance.now() + patience; performance.now() < end; await pause(200)) {
    const connection = await runningConnection(configuration);
    if (connection !== null) return connection;
  }
  return null;
}

/** With the tables that it has: a server that is new makes them first, and may be of another version than this program. */
async function runningConnection({
  databaseUrl,
  dataFolder,
}: Configuration): Promise<DatabaseConnection | null> {
  const postgres = databaseUrl === null ? await findRunningPostgres(join(dataFolder, 'postgres')) : null;
  const connection =
    databaseUrl === null ? postgres && applicationConnection(postgres) : { connectionString: databaseUrl };
  return connection !== null && (await isMigrated(connection)) ? connection : null;
}

async function ownConnection(
  options: ServerOptions,
  onStop: (step: () => Promise<void>) => void,
): Promise<DatabaseConnection> {
  const { configuration } = options;
  // A server that was started by hand holds nothing but its database.
  const running = configuration.databaseUrl === null ? await runningConnection(configuration) : null;
  if (running !== null) return running;
  const connection = await openConnection(options, onStop);
  await migrate(connection);
  return connection;
}

async function hasOperators({ store }: Pick<Ports, 'store'>, tenantId: string): Promise<boolean> {
  return (await store.transaction(tenantId, (tables) => tables.operators.list())).length > 0;
}

function refusal(code: string, sentence: string): Told {
  return { type: 'refused', code, sentence };
}

async function tell(launcher: Launcher, told: Told): Promise<void> {
  if (launcher.present) await launcher.tell(told);
  else process.stdout.write(`${JSON.stringify(told)}\n`);
}
