import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { CliError, sentenceOf } from '../errors.ts';
import { parseJson } from '../road/answers.ts';

const lockName = 'instance.lock';
/** Milliseconds in which a starter that saw a dead lock before may still take the new one for it. */
const settling = 100;
const LockRecord = Type.Object({
  pid: Type.Integer(),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  token: Type.String({ minLength: 43, maxLength: 43 }),
});
type LockRecord = Static<typeof LockRecord>;

export interface HeldFolder {
  readonly folder: string;
  release(): Promise<void>;
}

/** Is whoever wrote the record alive? A process id alone can't say: ids are used again. The holder proves itself. */
function answersFor(record: LockRecord): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: record.port });
    let heard = '';
    const finish = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(2000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.on('data', (data) => {
      heard += data.toString('latin1');
      if (heard.length >= record.token.length) {
        const said = Buffer.from(heard.slice(0, record.token.length));
        finish(timingSafeEqual(said, Buffer.from(record.token)));
      }
    });
    socket.once('end', () => finish(false));
  });
}

async function readRecord(file: string): Promise<{ text: string; record: LockRecord | null } | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = parseJson(text);
  return { text, record: Value.Check(LockRecord, parsed) ? parsed : null };
}

/** Takes a dead holder's lock away. */
async function removeStale(file: string, staleText: string): Promise<void> {
  // Two starters may find the same dead lock: the rename has one winner, and a fresh lock caught by it is put back.
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  const moved = await rename(file, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  const caught = await readFile(aside, 'utf8').catch(() => staleText);
  // By link: whoever took the place meanwhile keeps it, and the one that was caught finds out.
  if (caught !== staleText) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('no port'));
    });
  });
}

/** False when the file is there already; nobody ever sees half of it. */
async function writeNew(file: string, text: string): Promise<boolean> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
  try {
    await link(fresh, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Makes the folder (0700) where it is missing and holds it for this process; a dead holder's lock does not count. */
export async function holdDataFolder(folder: string): Promise<HeldFolder> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CliError(
      'data-folder-unusable',
      `The data folder ${folder} can't be made (${sentenceOf(error)}). Set DATA_DIR to a folder that you may write.`,
      { cause: error },
    );
  }
  const token = randomBytes(32).toString('base64url');
  const proof = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(token);
  });
  const port = await listen(proof);
  proof.unref();
  const file = path.join(folder, lockName);
  const text = JSON.stringify({ pid: process.pid, port, token } satisfies LockRecord);
  try {
    for (let tries = 0; tries < 8; tries += 1) {
      if (await writeNew(file, text)) await pause(settling);
      const found = await readRecord(file);
      if (found?.text === text) {
        return {
          folder,
          async release() {
            proof.close();
            if ((await readRecord(file))?.text === text) await rm(file, { force: true });
          },
        };
      }
      if (found === null) continue;
      if (found.record !== null && (await answersFor(found.record))) {
        throw new CliError(
          'data-folder-in-use',
          `The data folder ${folder} is in use by another Keywarden (process ${found.record.pid}). Stop that one, or set DATA_DIR to another folder.`,
        );
      }
      await removeStale(file, found.text);
    }
    throw new CliError('data-folder-in-use', `Another Keywarden is starting in ${folder} right now.`);
  } catch (error) {
    proof.close();
    if (error instanceof CliError) throw error;
    throw new CliError(
      'data-folder-unusable',
      `The data folder ${folder} can't be written (${sentenceOf(error)}). Set DATA_DIR to a folder that you may write.`,
      { cause: error },
    );
  }
}

/** Whole or not at all, readable by its owner alone. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
    // The umask may have taken bits away, never added any.
    await chmod(fresh, 0o600);
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
