import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const masterKeyErrorCodes = [
  'master-key-malformed',
  'master-key-exposed',
  'master-key-unreadable',
] as const;
export type MasterKeyErrorCode = (typeof masterKeyErrorCodes)[number];

export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
  readonly code: MasterKeyErrorCode;

  constructor(code: MasterKeyErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

/** Bytes. */
const length = 32;

/** 32 bytes from KEYWARDEN_MASTER_KEY: base64url or hexadecimal. */
export function readMasterKey(text: string): Uint8Array {
  const key = /^[0-9a-fA-F]{64}$/.test(text)
    ? Buffer.from(text, 'hex')
    : Buffer.from(/^[A-Za-z0-9_-]{43}$/.test(text) ? text : '', 'base64url');
  if (key.length !== length) {
    throw new MasterKeyError(
      'master-key-malformed',
      'KEYWARDEN_MASTER_KEY must be 32 bytes, as 43 characters of base64url or 64 of hexadecimal.',
    );
  }
  return new Uint8Array(key);
}

/** The key of the data folder, made where there is none. Whoever can read it can open every secret at rest. */
export async function loadMasterKey(file: string): Promise<Uint8Array> {
  const existing = await read(file);
  if (existing !== null) return existing;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Written whole under another name first: a crash leaves no half key, and of two servers one wins.
  const draft = join(dirname(file), `.master.key.${process.pid}.${randomBytes(4).toString('hex')}`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(length).toString('base64url')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await read(file);
  if (made === null)
    throw new MasterKeyError('master-key-unreadable', `${file} went away while it was read.`);
  return made;
}

async function read(file: string): Promise<Uint8Array | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new MasterKeyError('master-key-unreadable', `The master key ${file} can not be read.`, { cause });
  }
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new MasterKeyError(
      'master-key-exposed',
      `The master key ${file} can be read by other accounts. Run: chmod 600 ${file}`,
    );
  }
  try {
    return readMasterKey(text.trim());
  } catch (cause) {
    throw new MasterKeyError(
      'master-key-malformed',
      `${file} does not hold a master key. Restore it from a backup.`,
      {
        cause,
      },
    );
  }
}
