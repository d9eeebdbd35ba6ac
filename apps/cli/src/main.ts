import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Instruction, readArguments } from './arguments.ts';
import { CliError, sentenceOf } from './errors.ts';
import { builtPrograms } from './launch/stack.ts';
import type { Run, RunContext } from './run-context.ts';
import { runDemo } from './run-demo.ts';
import { runOnce } from './run-once.ts';
import { runStart } from './run-start.ts';
import { runTenants } from './run-tenants.ts';

/** Aborts when somebody wants us to stop. A second Ctrl-C leaves at once: the programs see the channel close and stop. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  if (process.channel !== undefined) process.once('disconnect', stop);
  return stopping.signal;
}

const runs = (instruction: Exclude<Instruction, { command: 'print' }>): Run => {
  switch (instruction.command) {
    case 'start':
      return runStart;
    case 'demo':
      return runDemo;
    case 'once':
      return runOnce(instruction);
    case 'tenants':
      return runTenants(instruction.action);
  }
};

async function main(): Promise<number> {
  const context: RunContext = {
    environment: process.env,
    workingFolder: process.cwd(),
    temporaryFolder: tmpdir(),
    programs: builtPrograms(path.dirname(fileURLToPath(import.meta.url))),
    terminal: { input: process.stdin, output: process.stderr },
    print: (text) => process.stdout.write(text),
    tell: (text) => process.stderr.write(text),
    now: () => performance.now(),
    signal: stopSignal(),
  };
  try {
    const instruction = readArguments(process.argv.slice(2));
    if (instruction.command === 'print') {
      context.print(instruction.text);
      return 0;
    }
    return await runs(instruction)(context);
  } catch (error) {
    context.tell(`${sentenceOf(error)}\n`);
    if (!(error instanceof CliError) && error instanceof Error) context.tell(`${error.stack ?? ''}\n`);
    return error instanceof CliError && error.code === 'arguments-invalid' ? 2 : 1;
  }
}

process.exit(await main());
