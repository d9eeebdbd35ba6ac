import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What `postmaster.pid` says (PostgreSQL, miscadmin.h: LOCK_FILE_LINE_*). */
export interface PostmasterFile {
  readonly processId: number;
  /** Empty when it is not written yet. */
  readonly socketFolder: string;
  readonly port: number;
}

export async function readPostmasterFile(dataFolder: string): Promise<PostmasterFile | null> {
  const text = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const lines = text.split('\n');
  const processId = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!Number.isInteger(processId) || processId < 2) return null;
  return { processId, port: Number.parseInt(lines[3] ?? '', 10) || 5432, socketFolder: lines[4] ?? '' };
}

export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * True when the process really is the PostgreSQL of this data folder. After a restart of the machine or of a container
 * the number in the file often belongs to somebody else, even to ourselves.
 */
export async function isPostmasterOf(dataFolder: string, processId: number): Promise<boolean> {
  if (!isAlive(processId)) return false;
  if (process.platform === 'linux') {
    // A postmaster makes its data folder its working directory.
    const cwd = await readlink(`/proc/${processId}/cwd`).catch(() => null);
    if (cwd !== null) return cwd === (await realpath(dataFolder).catch(() => dataFolder));
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(processId)]).catch(
    () => ({
      stdout: '',
    }),
  );
  return stdout.includes('postgres');
}
