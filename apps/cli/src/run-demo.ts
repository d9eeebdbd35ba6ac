import path from 'node:path';
import { holdDataFolder } from './launch/data-folder.ts';
import { demoKeys } from './launch/prepare-demo.ts';
import { readSettings } from './launch/settings.ts';
import { choosePorts, unexpectedEnd } from './launch/stack.ts';
import { startDemo } from './launch/start-demo.ts';
import { type Run, whileRunning } from './run-context.ts';
import { demoSummary } from './terminal/summary.ts';

/** `npm run demo`: until Ctrl-C. */
export const runDemo: Run = async (context) => {
  const wanted = readSettings(context.environment, context.workingFolder);
  const held = await holdDataFolder(wanted.dataFolder);
  try {
    const settings = await choosePorts(wanted);
    const outcome = await whileRunning(context.signal, async (watch) => {
      context.tell('Starting PostgreSQL, the server and the workstation service …\n');
      const demo = await startDemo({
        ...watch,
        settings,
        programs: context.programs,
        demo: true,
        quiet: true,
        virtualKeys: demoKeys.length,
      });
      const { users, operator } = demo.secrets;
      context.print(
        demoSummary({
          file: demo.file,
          operator: operator.name,
          displayNames: Object.fromEntries(
            Object.entries(users).map(([name, user]) => [name, user.displayName]),
          ),
          dataFile: demo.dataFile,
          logFolder: path.join(settings.dataFolder, 'logs'),
        }),
      );
      const ending = await unexpectedEnd([demo.server.program, demo.workstation.program]);
      // Those that end because we stop them are of no interest.
      if (!watch.signal.aborted) context.tell(`${ending}\n`);
      return 1;
    });
    if (outcome === 'interrupted') context.tell('Stopped.\n');
    return outcome === 'interrupted' ? 0 : outcome;
  } finally {
    await held.release();
  }
};
