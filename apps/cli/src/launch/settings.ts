import path from 'node:path';
import { CliError } from '../errors.ts';

/** What the launcher itself must know; everything else passes through the environment to the programs unread. */
export interface Settings {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** 0: any free port. */
  readonly workstationPort: number;
  /** Absolute. */
  readonly dataFolder: string;
  readonly environment: Readonly<Record<string, string>>;
}

function readPort(environment: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new CliError(
      'setting-invalid',
      `${name} is "${text}", which is no port. Set it to a number from 0 to 65535, or leave it out for ${fallback}.`,
    );
  }
  return port;
}

export function readSettings(environment: NodeJS.ProcessEnv, workingFolder: string): Settings {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) passed[name] = value;
  return {
    port: readPort(environment, 'PORT', 8080),
    host: environment['HOST'] || '127.0.0.1',
    workstationPort: readPort(environment, 'WORKSTATION_PORT', 9333),
    dataFolder: path.resolve(workingFolder, environment['DATA_DIR'] || 'data'),
    environment: passed,
  };
}

/** For a throw-away run: free ports, its own folder, and nothing of the caller's own installation. */
export function throwAwaySettings(environment: NodeJS.ProcessEnv, dataFolder: string): Settings {
  const own = new Set(['PORT', 'HOST', 'PUBLIC_URL', 'DATA_DIR', 'DATABASE_URL', 'WORKSTATION_PORT']);
  const rest = Object.entries(environment).filter(
    ([name]) => !own.has(name) && !name.startsWith('KEYWARDEN_') && !name.startsWith('WORKSTATION_'),
  );
  return { ...readSettings(Object.fromEntries(rest), dataFolder), port: 0, workstationPort: 0, dataFolder };
}
