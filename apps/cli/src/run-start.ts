import { holdDataFolder } from './launch/data-folder.ts';
import { readSettings } from './launch/settings.ts';
import { choosePorts, firstOwnerLink, startServer, startWorkstation, unexpectedEnd } from './launch/stack.ts';
import { type Run, whileRunning } from './run-context.ts';

/** `npm start`: the server and the workstation service on one machine, without demo data and virtual keys. */
export const runStart: Run = async (context) => {
  const wanted = readSettings(context.environment, context.workingFolder);
  const held = await holdDataFolder(wanted.dataFolder);
  try {
    const settings = await choosePorts(wanted);
    const outcome = await whileRunning(context.signal, async (watch) => {
      const options = { ...watch, settings, programs: context.programs, demo: false, quiet: false };
      const [server, workstation] = await Promise.all([
        startServer(options),
        startWorkstation({ ...options, virtualKeys: 0 }),
      ]);
      firstOwnerLink(server, (link) => {
        context.print(
          `Nobody who administers this installation is signed in. Its owner signs in once with this link:\n${link}\n`,
        );
      });
      context.print(`Keywarden is running: ${server.baseUrl}, workstation service ${workstation.url}\n`);
      const ending = await unexpectedEnd([server.program, workstation.program]);
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
