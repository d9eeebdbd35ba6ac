import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Actor, issueEnrollmentCode } from '@keywarden/domain';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertWith, createPasskey, type Passkey } from './authentication/passkey.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';

const guide = await readFile(new URL('../../../docs/authentication-service.md', import.meta.url), 'utf8');
/** Each `##` of the guide, with its blocks of shell. */
const chapters = new Map(
  guide
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
      return [text.slice(0, text.indexOf('\n')), blocks] as const;
    }),
);

let rig: ServerRig;
let room: Room;
let folder: string;
let shell: Shell;

/** One bash that keeps its variables, as the reader's does. */
class Shell {
  readonly #child: ChildProcess;
  #printed = '';

  constructor(cwd: string) {
    this.#child = spawn('bash', ['--noprofile', '--norc'], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data) => {
        this.#printed += data;
      });
    }
  }

  /** @returns what it printed */
  async run(block: string): Promise<string> {
    this.#printed = '';
    this.#child.stdin?.write(`${block}\nprintf '\\nended %d\\n' $?\n`);
    await expect.poll(() => this.#printed, { timeout: 20_000, interval: 20 }).toMatch(/^ended \d+$/m);
    expect(this.#printed).toMatch(/^ended 0$/m);
    return this.#printed.replace(/\nended 0\n$/, '').trim();
  }

  close(): void {
    this.#child.kill();
  }
}

async function follow(chapter: string, block = 0): Promise<string> {
  const text = chapters.get(chapter)?.[block];
  if (text === undefined) throw new Error(`the guide has no block ${block} in “${chapter}”`);
  return shell.run(text);
}
const written = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));

beforeAll(async () => {
  rig = await openServer();
  room = await rig.furnish({ tenantId: 'demo' });
  folder = await mkdtemp(join(tmpdir(), 'keywarden-guide-'));
  await mkdir(join(folder, 'data'));
  // As `npm run demo` writes it.
  await write('data/demo.json', {
    baseUrl: rig.publicUrl,
    client: { id: room.client.clientId, secret: room.client.secret, redirectUri: room.client.redirectUri },
    users: { alice: { password: room.passwords['alice'] } },
  });
  shell = new Shell(folder);
});
afterAll(async () => {
  shell.close();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the guide of the authentication service, followed to the letter', () => {
  let passkey: Passkey;

  test('nothing of it stays untried', () => {
    const blocks = [...chapters].map(([chapter, { length }]) => [chapter, length] as const);
    expect(blocks.filter(([, length]) => length > 0)).toEqual([
      ['0. What you need', 1],
      ['1. Begin a transaction', 2],
      ['2. Ask what the user may do', 1],
      ['3. Enroll a passkey', 3],
      ['4. Sign in', 3],
      ['5. Ask for the code', 1],
      ['6. Redeem the code', 1],
      ['Someone who has nothing yet', 1],
      ['When it fails', 1],
    ]);
  });

  test('begins a transaction and reads the flow', async () => {
    await follow('0. What you need');
    expect(await written('discovery.json')).toMatchObject({ issuer: room.issuer });
    await follow('1. Begin a transaction', 0);
    await follow('1. Begin a transaction', 1);
    expect(await follow('2. Ask what the user may do')).toBe('AT_FIDO,AT_EMPPWD\nenroll_action.fido');
  });

  test('enrolls a passkey', async () => {
    expect(JSON.parse(await follow('3. Enroll a passkey', 0))).toEqual({ expires_in: 5_184_000 });
    await follow('3. Enroll a passkey', 1);
    const { publicKeyCredentialOptions } = await written('options.json');
    const made = createPasskey(publicKeyCredentialOptions, rig.publicUrl);
    passkey = made.passkey;
    await write('credential.json', made.credential);
    expect(await follow('3. Enroll a passkey', 2)).toBe('201');
  });

  test('signs in with the password, and with the passkey', async () => {
    expect(JSON.parse(await follow('4. Sign in', 0))).toEqual({ expires_in: 5_184_000 });
    await follow('4. Sign in', 1);
    const { challenge } = await written('challenge.json');
    await write('assertion.json', assertWith(passkey, { challenge, origin: rig.publicUrl }));
    expect(JSON.parse(await follow('4. Sign in', 2))).toEqual({ expires_in: 5_184_000 });
  });

  test('redeems the code for an ID token that verifies', async () => {
    await follow('5. Ask for the code');
    expect(await written('code.json')).toMatchObject({ iss: room.issuer });
    const token = await follow('6. Redeem the code');
    const { jwks_uri } = await written('discovery.json');
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), {
      issuer: room.issuer,
      audience: room.client.clientId,
    });
    expect(payload).toMatchObject({ sub: room.userIds['alice'], nonce: 'n-0S6', acr: 'acr_fido' });
  });

  test('lets in someone who has nothing but an operator’s code', async () => {
    const operator: Actor = {
      kind: 'operator',
      id: randomUUID(),
      name: 'Olivia',
      role: 'operator',
      requestId: null,
      clientIp: null,
    };
    const userId = room.userIds['carol'] ?? '';
    const { code } = await issueEnrollmentCode(rig.ports, operator, { tenantId: room.tenantId, userId });
    await writeFile(join(folder, 'enrollment-code'), code);
    const proven = JSON.parse(await follow('Someone who has nothing yet'));
    expect(proven).toEqual({ expires_in: 300 });
  });

  test('fails as it says', async () => {
    expect(JSON.parse(await follow('When it fails'))).toEqual({
      error: 'invalid_request',
      error_description: 'Invalid request : Missing request_uri',
    });
  });
});
