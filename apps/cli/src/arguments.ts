import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError } from './errors.ts';

export const keyKinds = ['virtual', 'hid', 'pcsc'] as const;
export type KeyKind = (typeof keyKinds)[number];

export type Instruction =
  | { readonly command: 'start' }
  | { readonly command: 'demo' }
  | { readonly command: 'once'; readonly user: string; readonly key: KeyKind; readonly json: boolean }
  | { readonly command: 'tenants'; readonly action: TenantsAction }
  /** Nothing to do but to print what was asked for. */
  | { readonly command: 'print'; readonly text: string };

/** What is done about the tenants of an installation. */
export type TenantsAction =
  | { readonly kind: 'list' }
  | { readonly kind: 'add'; readonly tenantId: string; readonly name: string | null }
  | { readonly kind: 'owner-link'; readonly tenantId: string };

function username(text: string): string {
  if (text.length === 0 || text.length > 256)
    throw new InvalidArgumentError('a username has 1 to 256 characters');
  return text.normalize('NFC');
}

/** `start`, `demo` with its options, or `tenants` with what is to be done. Throws `arguments-invalid` with commander's own sentence. */
export function readArguments(argv: readonly string[]): Instruction {
  let printed = '';
  let instruction: Instruction | null = null;
  const program = new Command('keywarden')
    .description('Puts FIDO keys into people’s hands and keeps track of them')
    .configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      writeErr: (text) => {
        printed += text;
      },
    })
    .exitOverride();
  program
    .command('start')
    .description('start the server and the workstation service')
    .action(() => {
      instruction = { command: 'start' };
    });
  program
    .command('demo')
    .description('the same with demo data and four virtual keys')
    .option('--once', 'do the main job once without a browser window, in a temporary folder, and end')
    .addOption(
      new Option('--user <name>', 'with --once: who gets the key').argParser(username).default('alice'),
    )
    .addOption(new Option('--key <kind>', 'with --once: which key').choices(keyKinds).default('virtual'))
    .option('--json', 'with --once: one JSON object instead of text')
    .action((options: { once?: true; user: string; key: KeyKind; json?: true }, command: Command) => {
      const given = ['user', 'key', 'json'].find((name) => command.getOptionValueSource(name) === 'cli');
      if (options.once !== true && given !== undefined) {
        command.error(`error: --${given} works together with --once alone`);
      }
      instruction =
        options.once === true
          ? { command: 'once', user: options.user, key: options.key, json: options.json === true }
          : { command: 'demo' };
    });
  const tenants = program
    .command('tenants')
    .description('the tenants of this installation, whether the server runs or not')
    .exitOverride();
  tenants
    .command('list')
    .description('show their ids and names')
    .action(() => {
      instruction = { command: 'tenants', action: { kind: 'list' } };
    });
  tenants
    .command('add <id>')
    .description('make one, and print a sign-in link for its owner')
    .option('--name <name>', 'what people are shown; the id where it is left out')
    .action((tenantId: string, { name }: { name?: string }) => {
      instruction = { command: 'tenants', action: { kind: 'add', tenantId, name: name ?? null } };
    });
  tenants
    .command('owner-link <id>')
    .description('print another sign-in link, where nobody is left who could issue one')
    .action((tenantId: string) => {
      instruction = { command: 'tenants', action: { kind: 'owner-link', tenantId } };
    });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: 'print', text: printed };
    throw new CliError('arguments-invalid', printed.trim() || error.message, { cause: error });
  }
  return instruction ?? { command: 'print', text: program.helpInformation() };
}
