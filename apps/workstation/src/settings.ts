import path from 'node:path';

export interface Settings {
  readonly port: number;
  readonly folder: string;
  readonly logLevel: string;
  /** Milliseconds until a virtual key that blinks is touched. */
  readonly reaction: number;
}

export const defaultPort = 9333;
/** As a person's who sees that the key blinks. */
const usualReaction = 800;
const longestReaction = 60_000;
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** `WORKSTATION_PORT`, `WORKSTATION_DATA`, `LOG_LEVEL`, `VIRTUAL_KEY_REACTION`. @throws RangeError a sentence for whoever set them */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const port = Number(environment['WORKSTATION_PORT'] ?? defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError('WORKSTATION_PORT must be a port number (0 to 65535).');
  }
  const logLevel = environment['LOG_LEVEL'] ?? 'info';
  if (!logLevels.includes(logLevel))
    throw new RangeError(`LOG_LEVEL must be one of ${logLevels.join(', ')}.`);
  const reaction = Number(environment['VIRTUAL_KEY_REACTION'] ?? usualReaction);
  if (!Number.isInteger(reaction) || reaction < 0 || reaction > longestReaction) {
    throw new RangeError(`VIRTUAL_KEY_REACTION must be a number of milliseconds (0 to ${longestReaction}).`);
  }
  const folder = path.resolve(environment['WORKSTATION_DATA'] ?? 'data/workstation');
  return { port, folder, logLevel, reaction };
}
