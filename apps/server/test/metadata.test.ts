import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetadataError, type MetadataSigner } from '@keywarden/fido2/metadata';
import {
  createVirtualAttestationRoot,
  type VirtualAttestationRoot,
} from '@keywarden/fido2/virtual-authenticator';
import { TrustAnchors } from '@keywarden/fido2/webauthn';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRefreshedMetadata, openSigner, pauseAfterFailure } from '../src/metadata/index.ts';
import { type Database, openDatabase } from '../src/storage/index.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

const model = '692db549-7ae5-44d5-a1e5-dd20a493b723';
const began = new Date('2026-03-01T12:00:00Z');
/** Who signs the BLOBs: an authority that certifies nobody else. */
const newPublisher = (): VirtualAttestationRoot =>
  createVirtualAttestationRoot({ random: (length) => new Uint8Array(randomBytes(length)), now: began });
const trusted = newPublisher();
const signer: MetadataSigner = { anchors: new TrustAnchors([trusted.certificate]), name: null };
const entry = { aaguid: model, statusReports: [] };

function signBlob(
  by: VirtualAttestationRoot,
  number: number,
  entries: readonly unknown[] = [entry],
): Uint8Array {
  const text = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const header = { alg: 'ES256', x5c: [Buffer.from(by.certificate).toString('base64')] };
  const signed = `${text(header)}.${text({ no: number, nextUpdate: '2026-04-01', entries })}`;
  const key = createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.from(by.privateKey) });
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.from(`${signed}.${signature.toString('base64url')}`);
}

const minute = 60_000;
const hour = 60 * minute;

/** A publisher on loopback. */
interface Publisher {
  readonly server: Server;
  url: string;
  requests: number;
  body: Uint8Array;
  status: number;
  /** Sends no answer. */
  silent: boolean;
}

let fresh: FreshDatabase;
let database: Database;
let superuser: pg.Client;
let publisher: Publisher;
let time: number;
const logged: { readonly message: string; readonly details: Readonly<Record<string, unknown>> }[] = [];

const blob = (number: number, entries?: readonly unknown[]): Uint8Array => signBlob(trusted, number, entries);

/** One server's part of it. */
const open = () =>
  createRefreshedMetadata({
    url: publisher.url,
    signer,
    database,
    now: () => new Date(time),
    chance: () => 0.5,
    log: {
      info: (details, message) => logged.push({ details, message }),
      warn: (details, message) => logged.push({ details, message }),
    },
  });
const running = new AbortController().signal;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.connection, { onConnectionError: () => {} });
  superuser = new pg.Client(fresh.superuser);
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await database.close();
  await fresh.drop();
});

beforeEach(async () => {
  time = began.getTime();
  logged.length = 0;
  await superuser.query('DELETE FROM keywarden_installation.metadata');
  const server = createServer((_request, response) => {
    publisher.requests += 1;
    if (publisher.silent) return;
    response.statusCode = publisher.status;
    response.end(publisher.body);
  });
  publisher = { server, url: '', requests: 0, body: blob(7), status: 200, silent: false };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  publisher.url = `http://127.0.0.1:${address.port}/?token=secret`;
});
afterEach(async () => {
  publisher.server.closeAllConnections();
  await new Promise((resolve) => publisher.server.close(resolve));
});

describe('metadata of authenticators', () => {
  test('is none at first, downloaded by the first round, kept, and there again after a restart without a network', async () => {
    const first = open();
    await first.load();
    expect(first.current()).toBeNull();
    expect(await first.refresh(running)).toEqual([]);
    expect(first.current()?.head.number).toBe(7);
    publisher.status = 500;
    const restarted = open();
    await restarted.load();
    expect(restarted.current()?.byAaguid(model).kind).toBe('known');
    expect(publisher.requests).toBe(1);
  });

  test('is downloaded once a day, by one server of several, and the others take it up', async () => {
    const servers = [open(), open(), open()];
    const rounds = () => Promise.all(servers.map((server) => server.refresh(running)));
    expect(await rounds()).toEqual([[], [], []]);
    expect(publisher.requests).toBe(1);
    await rounds();
    expect(servers.map((server) => server.current()?.head.number)).toEqual([7, 7, 7]);
    publisher.body = blob(8);
    time += 23 * hour;
    await rounds();
    expect(publisher.requests).toBe(1);
    time += 1 * hour;
    await rounds();
    await rounds();
    expect(publisher.requests).toBe(2);
    expect(servers.map((server) => server.current()?.head.number)).toEqual([8, 8, 8]);
  });

  test('is swapped as a whole: whoever holds the old one sees nothing change', async () => {
    const server = open();
    await server.refresh(running);
    const held = server.current();
    publisher.body = blob(8, []);
    time += 25 * hour;
    await server.refresh(running);
    expect(held?.byAaguid(model).kind).toBe('known');
    expect(server.current()?.byAaguid(model).kind).toBe('unknown');
  });

  test('an older one is refused, the last good one stays, and it is tried again after growing pauses', async () => {
    const server = open();
    await server.refresh(running);
    publisher.body = blob(6);
    time += 25 * hour;
    expect(await server.refresh(running)).toEqual([
      expect.objectContaining({ code: 'metadata-number-rolled-back' }),
    ]);
    expect(server.current()?.head.number).toBe(7);
    expect(await server.refresh(running)).toEqual([]);
    expect(publisher.requests).toBe(2);
    time += minute;
    expect(await server.refresh(running)).toHaveLength(1);
    time += minute;
    expect(await server.refresh(running)).toHaveLength(0);
    time += minute;
    publisher.body = blob(8);
    expect(await server.refresh(running)).toEqual([]);
    expect(server.current()?.head.number).toBe(8);
  });

  test('one of the same number is ignored, whatever it says', async () => {
    const server = open();
    await server.refresh(running);
    publisher.body = blob(7, []);
    time += 25 * hour;
    expect(await server.refresh(running)).toEqual([]);
    expect(server.current()?.byAaguid(model).kind).toBe('known');
  });

  test('another signer, an error page and no connection leave the last good one in use', async () => {
    const server = open();
    await server.refresh(running);
    const attempts: [() => void, string][] = [
      [
        () => {
          publisher.body = signBlob(newPublisher(), 9);
        },
        'metadata-signer-untrusted',
      ],
      [
        () => {
          publisher.body = Buffer.from('<!doctype html>');
        },
        'metadata-malformed',
      ],
      [
        () => {
          publisher.status = 404;
        },
        'download-refused',
      ],
      [
        () => {
          publisher.server.close();
          publisher.server.closeAllConnections();
        },
        'download-unreachable',
      ],
    ];
    for (const [change, code] of attempts) {
      change();
      time += 25 * hour;
      expect(await server.refresh(running)).toEqual([expect.objectContaining({ code })]);
      expect(server.current()?.head.number).toBe(7);
    }
    // Whoever reads the log learns no secret of the address.
    expect(JSON.stringify(logged)).not.toContain('secret');
  });

  test('an answer without an end is cut off', async () => {
    publisher.body = new Uint8Array(33_554_433);
    expect(await open().refresh(running)).toEqual([expect.objectContaining({ code: 'download-too-large' })]);
  });

  test('a publisher that never answers does not keep the server from stopping', async () => {
    publisher.silent = true;
    const stopping = new AbortController();
    const round = open().refresh(stopping.signal);
    while (publisher.requests === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stopping.abort();
    expect(await round).toEqual([expect.objectContaining({ code: 'download-unreachable' })]);
  });

  test('a server that died in the middle is followed by another one after its lease', async () => {
    publisher.silent = true;
    const dead = open().refresh(running);
    while (publisher.requests === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    publisher.silent = false;
    const other = open();
    time += 9 * minute;
    await other.refresh(running);
    expect(other.current()).toBeNull();
    time += minute;
    await other.refresh(running);
    expect(other.current()?.head.number).toBe(7);
    publisher.server.closeAllConnections();
    await dead;
  });

  test('what is kept is verified again: rows that somebody else wrote are not believed', async () => {
    await open().refresh(running);
    const forged = Buffer.from(signBlob(newPublisher(), 99));
    await superuser.query('UPDATE keywarden_installation.metadata SET number = 99, blob = $1', [forged]);
    const restarted = open();
    await restarted.load();
    expect(restarted.current()).toBeNull();
    expect(logged.at(-1)?.details['err']).toBeInstanceOf(MetadataError);
    // And it does not keep the true one out, though its number is higher.
    time += 25 * hour;
    expect(await restarted.refresh(running)).toEqual([]);
    expect(restarted.current()?.head.number).toBe(7);
  });

  test('a kept one is judged as of the time it was fetched, not as of a certificate that is no longer valid', async () => {
    await open().refresh(running);
    // The certificate began to be valid the day before; a clock before that stands for one after its end.
    time -= 72 * hour;
    const restarted = open();
    await restarted.load();
    expect(restarted.current()?.head.number).toBe(7);
    await superuser.query('UPDATE keywarden_installation.metadata SET due_at = $1', [new Date(time)]);
    publisher.body = blob(8);
    expect(await restarted.refresh(running)).toEqual([
      expect.objectContaining({ code: 'metadata-signer-expired' }),
    ]);
  });

  test('faults of single entries and overdue metadata are told in the log', async () => {
    publisher.body = blob(7, [entry, entry]);
    time = Date.parse('2026-05-01T00:00:00Z');
    await open().refresh(running);
    expect(logged.map(({ message }) => message)).toEqual([
      'metadata is in use',
      'entries of the metadata are unusable',
      'the metadata is overdue at its publisher',
    ]);
  });

  test('is kept under the hash of its address, outside of all tenants', async () => {
    await open().refresh(running);
    const { rows } = await superuser.query('SELECT source, number FROM keywarden_installation.metadata');
    expect(rows).toEqual([{ source: createHash('sha256').update(publisher.url).digest(), number: '7' }]);
  });

  test('pauses after failures double from a minute to six hours, never less than half', () => {
    expect([1, 2, 3, 30].map((failures) => pauseAfterFailure(failures, 0))).toEqual([
      minute / 2,
      minute,
      2 * minute,
      3 * hour,
    ]);
    expect(pauseAfterFailure(30, 0.999)).toBeLessThanOrEqual(6 * hour);
  });

  test("the signer is the FIDO Alliance's unless the settings name another", async () => {
    expect(await openSigner({ rootsFile: null, signerName: null })).toMatchObject({
      name: 'mds.fidoalliance.org',
      anchors: { size: 2 },
    });
    const folder = await mkdtemp(join(tmpdir(), 'keywarden-roots-'));
    try {
      const file = join(folder, 'roots.pem');
      const text = Buffer.from(trusted.certificate).toString('base64');
      await writeFile(file, `ours\n-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`);
      const own = await openSigner({ rootsFile: file, signerName: 'metadata.example.org' });
      expect(own).toMatchObject({ name: 'metadata.example.org', anchors: { size: 1 } });
      await writeFile(file, 'nothing');
      await expect(openSigner({ rootsFile: file, signerName: null })).rejects.toThrow('is not a PEM file');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
