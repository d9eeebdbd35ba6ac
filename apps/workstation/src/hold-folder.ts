import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createAtomically, makePrivateFolder, readTextIfPresent } from './atomic-file.ts';

/**
 * One service for each data folder: two would each count an order as used once. The file names the process; one that
 * was killed leaves it behind, and its successor sees that nobody is there any more.
 *
 * @returns gives the folder back
 * @throws Error a sentence for the operator, where another service holds it
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  await makePrivateFolder(folder);
  const file = path.join(folder, 'service.lock');
  const mine = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) });
  for (let tries = 0; tries < 3; tries += 1) {
    if (await createAtomically(file, mine)) {
      return async () => {
        if ((await readTextIfPresent(file)) === mine) await rm(file, { force: true });
      };
    }
    const holder = await readTextIfPresent(file);
    if (holder !== null && (await isAlive(holder))) break;
    await rm(file, { force: true });
  }
  throw new Error(
    `Another workstation service uses ${folder}. Stop it, or set WORKSTATION_DATA to another folder.`,
  );
}

async function isAlive(holder: string): Promise<boolean> {
  const { pid, started } = parse(holder);
  if (pid === null) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  // Process ids are used again, soon after a restart of the machine above all.
  return started === (await startOf(pid));
}

/** Ticks since boot and the boot's own id on Linux; null where the platform has no cheap way to tell. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const [status, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // proc(5): the name in parentheses may hold anything; start time is the 20th field behind it.
    const ticks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot.trim()}:${ticks}`;
  } catch {
    return null;
  }
}

function parse(text: string): { pid: number | null; started: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'pid' in value && 'started' in value) {
      return { pid: Number.isInteger(value.pid) ? Number(value.pid) : null, started: value.started };
    }
  } catch {
    // Not ours: nobody holds the folder by it.
  }
  return { pid: null, started: null };
}
