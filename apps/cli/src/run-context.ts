import type { RunningProgram } from './launch/program.ts';
import type { Programs } from './launch/stack.ts';
import type { Terminal } from './terminal/ask-hidden.ts';

/** What a command gets from the process that runs it. */
export interface RunContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  readonly temporaryFolder: string;
  readonly programs: Programs;
  readonly terminal: Terminal;
  /** Standard output. */
  readonly print: (text: string) => void;
  /** Standard error: what a person reads while it works. */
  readonly tell: (text: string) => void;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Aborted at Ctrl-C, SIGTERM, SIGHUP, and when the process that started us goes away. */
  readonly signal: AbortSignal;
}

/** The exit code. */
export type Run = (context: RunContext) => Promise<number>;

/** Resolves when somebody wants us to stop. */
export function interruption(signal: AbortSignal): Promise<'interrupted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('interrupted');
    else signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
}

/**
 * Runs `work` until it ends, somebody interrupts, or a program that it started ends by itself; then everything that was
 * started is stopped, the last one first.
 */
export async function whileRunning(
  signal: AbortSignal,
  work: (watch: { signal: AbortSignal; onStarted: (program: RunningProgram) => void }) => Promise<number>,
): Promise<number | 'interrupted'> {
  const started: RunningProgram[] = [];
  const closing = new AbortController();
  const working = work({
    signal: AbortSignal.any([signal, closing.signal]),
    onStarted: (program) => started.push(program),
  });
  try {
    return await Promise.race([working, interruption(signal)]);
  } finally {
    closing.abort();
    for (const program of started.reverse()) await program.stop();
    // What it was about to say about programs that we stopped ourselves is of no interest.
    await working.catch(() => undefined);
  }
}
