import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { clientDataHash } from '../client/client-data.ts';
import { createCredential, ensurePin, getAssertion, type KeyAccess } from '../client/index.ts';
import type { Clock } from '../ctap2/index.ts';
import { createVirtualAttestationRoot, createVirtualAuthenticator, VpcdConversation } from './index.ts';
import { always, memoryStore, plugIn } from './plugged-key.fake.ts';

const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const rpId = 'example.org';
const origin = 'https://example.org';
const challenge = toBase64Url(new Uint8Array(32).fill(3));

/** Not ours to judge: Debian's libfido2 tools take what the virtual key makes, or not. */
const withoutFido2Tools = has('fido2-cred') ? false : 'fido2-tools is not installed';
describe.skipIf(withoutFido2Tools)(
  `fido2-cred -V and fido2-assert -V${withoutFido2Tools ? ` (${withoutFido2Tools})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'fido2-judge-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each([
      ['es256', -7],
      ['eddsa', -8],
    ])('accept a credential and an assertion of %s', async (type, alg) => {
      const plugged = await plugIn();
      const access: KeyAccess = {
        device: await plugged.open(),
        random: plugged.random,
        pin: always('123456'),
      };
      await ensurePin(access);
      const options = {
        rp: { id: rpId, name: 'Example' },
        user: { id: 'AAAA', name: 'alice', displayName: 'Alice' },
        challenge,
        pubKeyCredParams: [{ type: 'public-key', alg }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        attestation: 'direct',
      };
      const credential = await createCredential({ ...access, options, origin });
      const { response } = credential;
      const object = decode(fromBase64Url(response.attestationObject));
      if (!(object instanceof Map)) throw new Error('an attestation object is a map');
      const statement: Map<string, unknown> = object.get('attStmt');
      const [certificate] = statement.get('x5c') as Uint8Array[];
      const made = [
        base64(clientDataHash(fromBase64Url(response.clientDataJSON))),
        rpId,
        'packed',
        base64(encode(fromBase64Url(response.authenticatorData))),
        base64(fromBase64Url(credential.id)),
        base64(statement.get('sig') as Uint8Array),
        base64(certificate ?? new Uint8Array()),
      ];
      const judged = spawnSync('fido2-cred', ['-V', '-v', type], {
        input: `${made.join('\n')}\n`,
        encoding: 'utf8',
      });
      expect(judged.stderr).toBe('');
      expect(judged.status).toBe(0);
      const keyFile = join(folder, `${type}.pem`);
      writeFileSync(keyFile, judged.stdout.split('\n').slice(1).join('\n'));

      const assertion = await getAssertion({ ...access, options: { challenge, rpId }, origin });
      const asserted = [
        base64(clientDataHash(fromBase64Url(assertion.response.clientDataJSON))),
        rpId,
        base64(encode(fromBase64Url(assertion.response.authenticatorData))),
        base64(fromBase64Url(assertion.response.signature)),
      ];
      const input = `${asserted.join('\n')}\n`;
      const verdict = spawnSync('fido2-assert', ['-V', '-v', '-p', keyFile, type], {
        input,
        encoding: 'utf8',
      });
      expect([verdict.status, verdict.stderr]).toEqual([0, '']);
      const forged = input.replace(rpId, 'evil.example');
      expect(spawnSync('fido2-assert', ['-V', keyFile, type], { input: forged }).status).not.toBe(0);
    });
  },
);

const missing = ((): string | false => {
  if (process.getuid?.() !== 0) return 'needs root for a namespace of its own';
  for (const program of ['pcscd', 'unshare']) if (!has(program)) return `${program} is not installed`;
  const modules = spawnSync('/usr/bin/python3', ['-c', 'import fido2.pcsc, smartcard']);
  if (modules.status !== 0) return 'python3-fido2 or python3-pyscard is not installed';
  if (spawnSync('test', ['-e', '/etc/reader.conf.d/vpcd']).status !== 0)
    return 'vsmartcard-vpcd is not installed';
  return spawnSync('unshare', ['-n', '-m', 'true']).status === 0 ? false : 'namespaces are not allowed here';
})();
describe.skipIf(missing)(`a smart card in a real PC/SC stack${missing ? ` (${missing})` : ''}`, () => {
  const clock: Clock = {
    now: () => performance.now(),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  };
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  let told: Record<string, unknown> = {};

  beforeAll(async () => {
    const root = createVirtualAttestationRoot({ random, now: new Date() });
    const key = await createVirtualAuthenticator({
      serial: 'VK-CARD',
      store: memoryStore(),
      clock,
      random,
      touch: 150,
      attestation: root,
    });
    const folder = mkdtempSync(join(tmpdir(), 'vpcd-'));
    const path = join(folder, 'card');
    const server = createServer((socket) => {
      const conversation = new VpcdConversation(key.card);
      socket.on('error', () => {});
      socket.on('data', (chunk) => void conversation.receive(chunk).then((answer) => socket.write(answer)));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const script = fileURLToPath(new URL('../../test/pcsc_judge.py', import.meta.url));
      const judge = spawn('unshare', ['-n', '-m', '/usr/bin/python3', script, path], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      let complaints = '';
      judge.stdout.on('data', (chunk) => (output += chunk));
      judge.stderr.on('data', (chunk) => (complaints += chunk));
      const status = await new Promise((resolve) => judge.on('close', resolve));
      if (status !== 0) throw new Error(complaints);
      told = JSON.parse(output);
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 90_000);

  it.each(['chained', 'extended'])(
    'python3-fido2 drives it with %s APDUs: getInfo, PIN, credential, assertion, extensions, list, delete, config, reset',
    (lengths) => {
      expect(told[lengths]).toEqual({
        versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1'],
        protocols: [2, 1],
        retries: 8,
        format: 'packed',
        registered: { 'hmac-secret': true, credBlob: true },
        secret: 32,
        blob: 'blob',
        metadata: [1, 24],
        parties: ['example.org'],
        user: 'alice',
        largeBlob: 'kept by somebody else',
        left: 0,
        configured: [6, true],
        reset: false,
      });
    },
  );
});
