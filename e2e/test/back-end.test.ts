import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';

const program = fileURLToPath(new URL('../src/specification-client.mjs', import.meta.url));
let stack: DemoStack;
let folder: string;

beforeAll(async () => {
  stack = await startDemoStack();
  folder = await mkdtemp(path.join(tmpdir(), 'keywarden-back-end-'));
  await writeFile(path.join(folder, 'demo.json'), JSON.stringify(stack.file), { mode: 0o600 });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a back-end client written from the specification alone, in a process of its own', () => {
  it('imports nothing of ours', async () => {
    const imports = [...(await readFile(program, 'utf8')).matchAll(/\bimport\b.*?'([^']+)'/g)];
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.map(([, name]) => name).filter((name) => !name?.startsWith('node:'))).toEqual([]);
  });

  it('provisions a user over SCIM, enrolls her, signs her in, and looks after her device', async () => {
    const run = promisify(execFile)(process.execPath, [program, path.join(folder, 'demo.json')], {
      timeout: 30_000,
    });
    expect(JSON.parse((await run).stdout)).toEqual({
      tokenOptions: 204,
      created: 201,
      createdAgain: 409,
      found: [true, true],
      pushed: 201,
      options: 200,
      registered: [201, ''],
      challenge: [200, [{ type: 'public-key', id: expect.any(String), transports: ['usb'] }]],
      proven: 200,
      code: [200, null],
      token: 200,
      idToken: { verifies: true, ofThisIssuer: true, forThisClient: true, ofThisUser: true },
      renamed: 'Her blue key',
      suspended: 'SUSPENDED',
      unassigned: 200,
      ownedAfter: 0,
      deleted: 204,
    });
  });
});
