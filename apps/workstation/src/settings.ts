import path from 'node:path';

export interface Settings {
  readonly port: number;
  readonly folder: string;
  readonly logLevel: string;
}

export const defaultPort = 9333;
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** `WORKSTATION_PORT`, `WORKSTATION_DATA`, `LOG_LEVEL`. @throws RangeError a sentence for whoever set them */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const port = Number(environment['WORKSTATION_PORT'] ?? defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError('WORKSTATION_PORT must be a port number (0 to 65535).');
  }
  const logLevel = environment['LOG_LEVEL'] ?? 'info';
  if (!logLevels.includes(logLevel))
    throw new RangeError(`LOG_LEVEL must be one of ${logLevels.join(', ')}.`);
  return { port, folder: path.resolve(environment['WORKSTATION_DATA'] ?? 'data/workstation'), logLevel };
}
