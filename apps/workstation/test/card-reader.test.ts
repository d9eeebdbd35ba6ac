import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { deviceHandle } from './key-actions.ts';

/** Why the real PC/SC stack can't be used here; empty where it can. */
const missing = ((): string => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'needs root for a namespace of its own';
  if (!existsSync('/usr/sbin/pcscd')) return 'pcscd is not installed';
  if (!existsSync('/etc/reader.conf.d/vpcd')) return 'vsmartcard-vpcd is not installed';
  return spawnSync('unshare', ['-n', '-m', 'true']).status === 0 ? '' : 'namespaces are not allowed here';
})();

async function runInNamespace(): Promise<unknown> {
  const script = await bundle('test/card-reader.ts');
  const child = spawn('unshare', ['-n', '-m', process.execPath, script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    complaints += String(chunk);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(complaints);
  return JSON.parse(output);
}

describe('the workstation service with a card reader', () => {
  it('finds a key in it through the real library and daemon, and walks the road on it', async (test) => {
    if (missing !== '') test.skip(missing);
    const noDaemon = expect.stringMatching(/PC\/SC daemon is not running/);
    expect(await runInNamespace()).toEqual({
      withoutDaemon: noDaemon,
      key: { transport: 'pcsc', model: 'Key on Virtual PCD', virtual: false },
      configured: 6,
      tag: deviceHandle,
      enrolled: ['usb'],
      questions: 1,
      touches: 2,
      removed: 1,
      gone: true,
      daemonStopped: [noDaemon],
    });
  }, 90_000);
});
