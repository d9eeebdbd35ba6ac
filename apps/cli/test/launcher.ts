import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

const launcher = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../dist/main.js');

export interface Launched {
  readonly child: ChildProcess;
  readonly output: () => { out: string; err: string };
  readonly ended: Promise<number | null>;
}

/**
 * The built launcher, with nothing of our own environment; the hands at virtual keys are quick unless it says otherwise.
 *
 * @param options.node ours where it is left out
 */
export function launch(
  args: readonly string[],
  environment: Record<string, string> = {},
  { node = process.execPath }: { readonly node?: string } = {},
): Launched {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(node, [launcher, ...args], {
    env: { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), VIRTUAL_KEY_REACTION: '50', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    err += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, output: () => ({ out, err }), ended };
}

/** Gone when the test is over, however it ended. */
export async function temporaryFolder({
  onTestFinished,
}: Pick<TestContext, 'onTestFinished'>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'keywarden-cli-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return folder;
}

/** Ids of processes that have this text in their command line or environment. */
export function processesNaming(text: string): readonly number[] {
  const listing = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return listing
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}
