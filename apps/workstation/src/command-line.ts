import { parseArgs } from 'node:util';

export type Command =
  | { readonly name: 'serve'; readonly virtualKeys: number }
  | { readonly name: 'pair'; readonly server: string; readonly tenant: string; readonly title: string }
  | { readonly name: 'unpair'; readonly issuer: string }
  | { readonly name: 'list' }
  | { readonly name: 'help' };

export const usage = `Keywarden workstation service

  main.js [--virtual-keys N]
      Serves pages on this machine. N virtual keys (1 to 16) are attached for development, demos and tests.
  main.js pair --server https://keywarden.example --tenant acme --name "Front desk"
      Pairs this workstation. The pairing code is read from standard input. No restart is needed.
  main.js unpair --issuer https://keywarden.example/acme
  main.js list
      Shows the issuers that this workstation is paired with.

Settings by environment: WORKSTATION_PORT (9333), WORKSTATION_DATA (./data/workstation), LOG_LEVEL (info).
`;

/** @throws RangeError a sentence for whoever typed it */
export function parseCommand(argv: readonly string[]): Command {
  const { positionals, values } = parse(argv);
  const [name = 'serve', ...rest] = positionals;
  if (values.help === true) return { name: 'help' };
  if (rest.length > 0) throw new RangeError(`Unexpected: ${rest.join(' ')}`);
  switch (name) {
    case 'serve':
      return { name, virtualKeys: virtualKeyCount(values['virtual-keys']) };
    case 'pair':
      return {
        name,
        server: required(values.server, '--server'),
        tenant: required(values.tenant, '--tenant'),
        title: required(values.name, '--name'),
      };
    case 'unpair':
      return { name, issuer: required(values.issuer, '--issuer') };
    case 'list':
      return { name };
    default:
      throw new RangeError(`Unknown command: ${name}`);
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'virtual-keys': { type: 'string' },
        server: { type: 'string' },
        tenant: { type: 'string' },
        name: { type: 'string' },
        issuer: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : 'Unknown option', { cause: error });
  }
}

function virtualKeyCount(text: string | undefined): number {
  if (text === undefined) return 0;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 16) {
    throw new RangeError('--virtual-keys takes a number from 1 to 16.');
  }
  return count;
}

function required(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new RangeError(`${option} is missing.`);
  return value;
}
