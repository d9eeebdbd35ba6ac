import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFirstOperator, createTenant, issueSignInLink } from '@keywarden/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, openHttpServer } from './lifecycle/server.ts';

let server: HttpServer;
let folder: string;
let blocks: readonly string[];

beforeAll(async () => {
  const guide = await readFile(new URL('../../../docs/scim.md', import.meta.url), 'utf8');
  blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  server = await openHttpServer();
  const { ports } = server;
  await createTenant(ports, { tenantId: 'demo', name: 'Demo' });
  const operator = await createFirstOperator(ports, { tenantId: 'demo', name: 'Olivia', role: 'owner' });
  if (operator === null) throw new Error('the tenant has an operator already');
  const token = await issueSignInLink(ports, { tenantId: 'demo', operatorId: operator.operatorId });
  folder = await mkdtemp(join(tmpdir(), 'keywarden-scim-'));
  await mkdir(join(folder, 'data'));
  // As `npm run demo` writes it.
  await writeFile(
    join(folder, 'data/demo.json'),
    JSON.stringify({
      baseUrl: server.publicUrl,
      operator: { signInUrl: `${server.publicUrl}/sign-in?token=${token}` },
    }),
  );
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** All blocks in one shell, each told apart by a line of its own; stops at the first that fails. */
async function follow(): Promise<readonly string[]> {
  const script = blocks.map((block) => `${block}\nprintf '\\n---\\n'\n`).join('');
  const shell = spawn('bash', ['--noprofile', '--norc', '-euo', 'pipefail'], { cwd: folder });
  let printed = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (data) => {
      printed += data;
    });
  }
  shell.stdin.end(script);
  const code = await new Promise((resolve) => shell.on('close', resolve));
  expect(code, printed).toBe(0);
  return printed.split('\n---\n').map((text) => text.trim());
}

describe('the guide of provisioning, followed to the letter', () => {
  test('every block does what it says', async () => {
    expect(blocks).toHaveLength(7);
    const [token, made, found, changed, bulk, device, left] = await follow();
    expect([token, made]).toEqual(['', '']);
    expect(found).toBe('dora\n1');
    expect(changed).toBe('Dora Dias');
    expect(bulk).toBe('201,204');
    expect(device).toBe('PENDING\nREVOKED');
    expect(left).toBe('false\n204\nThe bearer token is unknown, revoked or expired.');
  });
});
