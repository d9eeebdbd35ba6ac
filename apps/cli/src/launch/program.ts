import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { CliError } from '../errors.ts';
import { parseJson } from '../road/answers.ts';

export interface ProgramOptions {
  /** As a sentence names it: `The server`. */
  readonly name: string;
  /** The built main.js. */
  readonly file: string;
  readonly arguments?: readonly string[];
  /** Of Node.js itself. */
  readonly nodeOptions?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where its output goes; null: to ours. */
  readonly logFile: string | null;
  /** Written to its stdin, which is then closed. Secrets go here, never into arguments. */
  readonly input?: string;
  /** Nothing is started after it was aborted. */
  readonly signal: AbortSignal;
  /** Told in the same turn in which the program comes to life, so that nobody forgets to stop it. */
  readonly onStarted: (program: RunningProgram) => void;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process with an IPC channel; it stops by itself when the channel closes, whatever happened to us. */
export interface RunningProgram {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
  /** The first message, past or coming, that fits; throws when the program ends first or takes longer than the limit. */
  message<S extends TSchema>(schema: S, timeLimit: number): Promise<Static<S>>;
  send(message: Readonly<Record<string, unknown>>): void;
  onMessage(listener: (message: unknown) => void): () => void;
  /** SIGTERM and, where that does not help in time, SIGKILL. */
  stop(): Promise<ProgramExit>;
  /** SIGKILL at once: for tests of what survives it. */
  kill(): Promise<ProgramExit>;
  /** Why it ended, as one or two sentences for a person. */
  explainExit(exit: ProgramExit): Promise<string>;
}

/** PostgreSQL's fast shutdown writes a checkpoint first. */
const stopTimeLimit = 20_000;

function lineOf(line: string): string {
  const entry = parseJson(line);
  if (typeof entry !== 'object' || entry === null || !('msg' in entry)) return line;
  const cause = 'err' in entry && typeof entry.err === 'object' && entry.err !== null ? entry.err : {};
  const detail = 'message' in cause && cause.message !== entry.msg ? `: ${String(cause.message)}` : '';
  return `${String(entry.msg)}${detail}`;
}

/** The end of a log as a person reads it: the last few lines, JSON lines as their message alone. */
export function lastWords(log: string, count = 3): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-count)
    .map((line) => lineOf(line.trim()))
    .join('\n');
}

export async function startProgram(options: ProgramOptions): Promise<RunningProgram> {
  if (!existsSync(options.file)) {
    throw new CliError(
      'build-missing',
      `${options.name} is not built (${options.file} is missing). Run "npm run build".`,
    );
  }
  const log = options.logFile === null ? null : await open(options.logFile, 'w', 0o600);
  const output = log === null ? 'inherit' : log.fd;
  if (options.signal.aborted) {
    await log?.close();
    throw new CliError('interrupted', 'Stopped before everything was started.');
  }
  const child = fork(options.file, options.arguments ?? [], {
    env: { ...options.environment },
    execArgv: [...(options.nodeOptions ?? [])],
    stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output, 'ipc'],
    // Its own process group: Ctrl-C reaches us alone, and we stop things in their order.
    detached: process.platform !== 'win32',
  });
  const program = watchProgram(child, options);
  options.onStarted(program);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input);
  await log?.close();
  return program;
}

function watchProgram(child: ChildProcess, options: ProgramOptions): RunningProgram {
  const received: unknown[] = [];
  const listeners = new Set<(message: unknown) => void>();
  child.on('message', (message) => {
    received.push(message);
    for (const listener of listeners) listener(message);
  });
  const exited = new Promise<ProgramExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: child.exitCode ?? 1, signal: child.signalCode }));
  });
  const ended = () => child.exitCode !== null || child.signalCode !== null;

  async function explainExit({ code, signal }: ProgramExit): Promise<string> {
    // Whoever kills a program by a signal leaves it no last words.
    if (signal !== null) return `${options.name} was ended by ${signal}.`;
    const log = options.logFile === null ? '' : await readFile(options.logFile, 'utf8').catch(() => '');
    const words = lastWords(log);
    return `${options.name} ended with code ${code}${words === '' ? '.' : `:\n${words}`}`;
  }

  return {
    name: options.name,
    pid: child.pid ?? 0,
    exited,
    explainExit,
    message(schema, timeLimit) {
      return new Promise((resolve, reject) => {
        const finish = () => {
          clearTimeout(timer);
          listeners.delete(listener);
        };
        const listener = (message: unknown) => {
          if (!Value.Check(schema, message)) return;
          finish();
          resolve(message);
        };
        const timer = setTimeout(() => {
          finish();
          const text = `${options.name} was not ready within ${timeLimit / 1000} s.`;
          reject(new CliError('process-timed-out', text));
        }, timeLimit);
        listeners.add(listener);
        for (const message of received) listener(message);
        void exited.then(async (exit) => {
          finish();
          reject(new CliError('process-stopped', await explainExit(exit)));
        });
      });
    },
    send(message) {
      // A channel that closes meanwhile is told by the program's exit.
      if (child.connected) child.send({ ...message }, () => undefined);
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      if (ended()) return exited;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeLimit);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
    async kill() {
      if (!ended()) child.kill('SIGKILL');
      return exited;
    },
  };
}
