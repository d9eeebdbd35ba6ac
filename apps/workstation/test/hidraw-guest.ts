/**
 * Runs inside the virtual machine of `npm run test:hidraw`: plugs a virtual key into the kernel as a USB HID device and
 * shows that it is found and read through /dev/hidraw by the workstation's own code over node-hid, and by Debian's
 * fido2-token. One line for each claim; the host counts them.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createCredential, ensurePin } from '@keywarden/fido2/client';
import { type Clock, getInfo } from '@keywarden/fido2/ctap2';
import {
  createVirtualAttestationRoot,
  createVirtualAuthenticator,
} from '@keywarden/fido2/virtual-authenticator';
import { verifyRegistration } from '@keywarden/fido2/webauthn';
import pino from 'pino';
import { HidSource } from '../src/devices/hid/source.ts';
import { plugIntoKernel } from './uhid.ts';

const identity = {
  name: 'Keywarden Virtual Key',
  serialNumber: 'VK-0001',
  vendorId: 0x1209,
  productId: 0xf1d0,
};
const node = '/dev/hidraw0';
const clock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

async function claim(title: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
    process.stdout.write(`CLAIM ok ${title}\n`);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stdout.write(`CLAIM failed ${title}\n${text}\n`);
  }
}
function demand(holds: boolean, found: unknown): asserts holds {
  if (!holds) throw new Error(`found ${JSON.stringify(found)}`);
}
const run = async (...[command, ...args]: [string, ...string[]]): Promise<string> =>
  (await promisify(execFile)(command, args, { timeout: 60_000 })).stdout;

const root = createVirtualAttestationRoot({ random: randomBytes, now: new Date() });
const key = await createVirtualAuthenticator({
  serial: identity.serialNumber,
  store: { load: async () => null, save: async () => {} },
  clock,
  random: randomBytes,
  touch: 200,
  attestation: root,
});
await plugIntoKernel(key.connect(), identity);

await claim('the kernel gives the key a /dev/hidraw node', async () => {
  for (let tries = 0; tries < 50; tries += 1) {
    const there = await access(node).then(
      () => true,
      () => false,
    );
    if (there) return;
    await pause(100);
  }
  throw new Error(`no ${node} after 5 s`);
});

const source = new HidSource({
  load: async () => (await import('node-hid')).default,
  platform: process.platform,
  clock,
  random: randomBytes,
  log: pino({ level: 'silent' }),
});

await claim('node-hid lists it, and the workstation takes it for a key', async () => {
  const listed = await source.list();
  demand(listed.length === 1 && listed[0]?.vendorId === identity.vendorId, [listed, source.limitation()]);
});

await claim('over node-hid it says who it is, takes a PIN and makes a credential that verifies', async () => {
  const [plugged] = await source.list();
  demand(plugged !== undefined, source.limitation());
  const device = await plugged.open(AbortSignal.timeout(30_000));
  const { aaguid } = await getInfo(device);
  demand(aaguid === key.aaguid, aaguid);
  const access = { device, random: randomBytes, pin: async () => '123456' };
  await ensurePin(access);
  const challenge = randomBytes(32).toString('base64url');
  const options = {
    rp: { id: 'example.org', name: 'Example' },
    user: { id: randomBytes(16).toString('base64url'), name: 'alice', displayName: 'Alice' },
    challenge,
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    attestation: 'direct',
  };
  const credential = await createCredential({ ...access, options, origin: 'https://example.org' });
  const { attestationTrusted } = verifyRegistration({
    credential,
    expected: {
      challenge,
      origins: ['https://example.org'],
      rpId: 'example.org',
      algorithms: [-7],
      userVerification: 'required',
      attestation: 'direct',
    },
    trust: { anchors: [root.certificate], requireTrusted: true },
    now: new Date(),
  });
  demand(attestationTrusted, attestationTrusted);
  await device.close();
});

await claim('fido2-token -L finds it', async () => {
  const listed = await run('fido2-token', '-L');
  demand(listed.startsWith(`${node}: vendor=0x1209, product=0xf1d0`), listed);
});

await claim('fido2-token -I reads it', async () => {
  const told = await run('fido2-token', '-I', node);
  demand(told.includes(`aaguid: ${key.aaguid.replaceAll('-', '')}`), told);
  demand(told.includes('FIDO_2_1') && /pin retries: 8/.test(told), told);
});

// A read of /dev/uhid that waits for ever would keep a polite exit waiting too.
process.stdout.write('CLAIMS END\n', () => process.kill(process.pid, 'SIGKILL'));
