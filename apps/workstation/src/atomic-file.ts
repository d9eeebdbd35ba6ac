import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** The folder and everything above it that is missing; ours is for our eyes only. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** null where there is no such file. */
export async function readTextIfPresent(file: string): Promise<string | null> {
  const bytes = await readIfPresent(file);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

export async function readIfPresent(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** The old contents or the new after a crash at any moment, never a part; mode 0600; on disk when it returns. */
export async function writeAtomically(file: string, contents: string | Uint8Array): Promise<void> {
  const temporary = await writeBeside(file, contents);
  try {
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** The same for a file that must not be there yet. False, and nothing written, where it is. */
export async function createAtomically(file: string, contents: string | Uint8Array): Promise<boolean> {
  const temporary = await writeBeside(file, contents);
  try {
    // link(2) fails where the name exists; rename(2) would replace what another process has just made.
    await link(temporary, file);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(path.dirname(file));
  return true;
}

async function writeBeside(file: string, contents: string | Uint8Array): Promise<string> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(contents);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no handle on a folder to sync.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
