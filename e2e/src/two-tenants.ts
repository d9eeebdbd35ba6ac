import { firstOwnerLink, type RunningProgram, startServer } from '@keywarden/cli/launch';
import { type ManagementClient, signInOperator } from '@keywarden/cli/road';
import { choosePlace, type DemoStack, programs, startDemoStack } from './demo-stack.ts';

export interface TwoTenants {
  /** Everything that tenant `demo` has. */
  readonly stack: DemoStack;
  /** The owner of tenant `main` on the same server. */
  readonly stranger: ManagementClient;
}

/** An installation that began as its owner's own and then got the demo beside it. */
export async function startTwoTenants(): Promise<TwoTenants> {
  const settings = await choosePlace();
  const started: RunningProgram[] = [];
  const signal = new AbortController().signal;
  const options = { settings, programs, quiet: true, signal, demo: false };
  try {
    const server = await startServer({ ...options, onStarted: (program) => started.push(program) });
    const signInUrl = await new Promise<string>((resolve) => firstOwnerLink(server, resolve));
    const stranger = await signInOperator({ baseUrl: server.baseUrl, tenant: 'main', signInUrl });
    await server.program.stop();
    return { stack: await startDemoStack({ settings, virtualKeys: 4 }), stranger };
  } catch (error) {
    for (const program of started) await program.stop();
    throw error;
  }
}
