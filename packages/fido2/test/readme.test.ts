import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromBase64Url, toBase64Url } from '../src/bytes/index.ts';
import { getAssertion, type PinSource } from '../src/client/index.ts';
import type { CtapDevice } from '../src/ctap2/index.ts';
import { type HidConnection, openCtapHid } from '../src/ctaphid/index.ts';
import type { CardConnection } from '../src/iso7816/index.ts';
import type { VirtualAuthenticator } from '../src/virtual-authenticator/index.ts';
import { TrustAnchors } from '../src/webauthn/index.ts';
import { model } from './authenticator.fake.ts';
import { entryOf, fakeMetadataService, fakeSignerName, payloadOf, signBlob } from './metadata.fake.ts';

const room = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join(room, 'dist/readme');
const readme = readFileSync(path.join(room, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => ({
  name,
  code,
}));

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, code } of blocks) writeFileSync(path.join(folder, name), code);
  const project = {
    extends: '../../../../tsconfig.base.json',
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      noEmit: true,
    },
    include: ['*.ts'],
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(project));
});

/** What an example exports, as the test uses it; that it is so the compiler has shown. */
const example = async <Exports>(name: string): Promise<Exports> =>
  import(pathToFileURL(path.join(folder, name)).href);

interface Surroundings {
  readonly clock: Parameters<typeof openCtapHid>[1]['clock'];
  readonly random: (length: number) => Uint8Array;
}
interface Plugged {
  readonly key: VirtualAuthenticator;
  readonly connection: HidConnection;
  /** DER. */
  readonly root: Uint8Array;
}
const pin: PinSource = async () => '123456';
const challenge = toBase64Url(new Uint8Array(32).fill(5));
const plugIn = async (): Promise<Plugged> =>
  (await example<{ plugIn(): Promise<Plugged> }>('virtual-key.ts')).plugIn();

describe('the examples of the README', () => {
  test('every block of TypeScript has a name and at most ten lines beside imports', () => {
    expect(blocks.map(({ name }) => name)).toEqual([
      'registration.ts',
      'authentication.ts',
      'metadata.ts',
      'usb.ts',
      'surroundings.ts',
      'enroll.ts',
      'virtual-key.ts',
      'card.ts',
    ]);
    expect([...readme.matchAll(/^```ts/gm)]).toHaveLength(blocks.length);
    for (const { name, code } of blocks) {
      const statements = code
        .split('\n')
        .filter((line) => !/^(import .*|\/\*\* .*|\/\/ .*|)$/.test(line.trim()));
      expect([name, statements.length <= 10]).toEqual([name, true]);
    }
  });

  test('compile as strictly as the package itself', () => {
    const tsc = path.join(room, '../../node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 120_000);

  test('describe a virtual key over USB and as a card', async () => {
    const { key, connection } = await plugIn();
    const { describe: overUsb } = await example<{ describe(connection: HidConnection): Promise<unknown> }>(
      'usb.ts',
    );
    expect(await overUsb(connection)).toMatchObject({ aaguid: key.aaguid, hasPin: false });
    const { describeCard } = await example<{ describeCard(connection: CardConnection): Promise<unknown> }>(
      'card.ts',
    );
    expect(await describeCard(key.connectCard())).toEqual({ aaguid: key.aaguid, alsoU2f: true });
  });

  test('enroll on behalf of a user, register and sign in', async () => {
    const { connection, root } = await plugIn();
    const anchors = new TrustAnchors([root]);
    const { clock, random } = await example<Surroundings>('surroundings.ts');
    const device = await openCtapHid(connection, { clock, random });
    const { enroll } = await example<{
      enroll(device: CtapDevice, options: unknown, person: unknown): Promise<{ id: string }>;
    }>('enroll.ts');
    const { register } = await example<{
      register(credential: unknown, challenge: string, anchors: TrustAnchors): { credentialId: string };
    }>('registration.ts');
    const { authenticate } = await example<{
      authenticate(credential: unknown, challenge: string, stored: unknown): unknown;
    }>('authentication.ts');

    const touches: string[] = [];
    const credential = await enroll(
      device,
      {
        rp: { id: 'example.org', name: 'Example' },
        user: { id: toBase64Url(new Uint8Array(16)), name: 'alice', displayName: 'Alice' },
        challenge,
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        attestation: 'direct',
      },
      { pin, onTouch: (touch: string) => touches.push(touch) },
    );
    expect(touches).toEqual(['needed', 'done']);
    const stored = register(credential, challenge, anchors);
    expect(stored).toMatchObject({ attestationTrusted: true, userVerified: true });
    expect(stored.credentialId).toBe(credential.id);
    expect(() => register(credential, toBase64Url(new Uint8Array(32)), anchors)).toThrow(
      expect.objectContaining({ code: 'challenge-mismatch' }),
    );

    expect(() => register(credential, challenge, new TrustAnchors([]))).toThrow(
      expect.objectContaining({ code: 'attestation-untrusted' }),
    );

    const options = { challenge, rpId: 'example.org', userVerification: 'required' };
    const answer = await getAssertion({ device, random, pin, options, origin: 'https://example.org' });
    expect(authenticate(answer, challenge, stored)).toMatchObject({ signCountRegressed: false });
    const signature = fromBase64Url(answer.response.signature);
    signature[9] = (signature[9] ?? 0) ^ 1;
    const forged = { ...answer, response: { ...answer.response, signature: toBase64Url(signature) } };
    expect(() => authenticate(forged, challenge, stored)).toThrow(
      expect.objectContaining({ code: 'signature-invalid' }),
    );
  }, 120_000);

  test('judge a model by metadata', async () => {
    const service = fakeMetadataService();
    const signer = { anchors: new TrustAnchors([service.root.certificate]), name: fakeSignerName };
    const revoked = '0f1e2d3c-0000-4000-8000-000000000001';
    const statusReports = [{ status: 'REVOKED', effectiveDate: '2022-01-01' }];
    const blob = signBlob(service, payloadOf([entryOf(model), entryOf(revoked, { statusReports })]));
    const { judge } = await example<{
      judge(blob: Uint8Array, aaguid: string, trusted?: typeof signer): Promise<string>;
    }>('metadata.ts');
    expect(await judge(blob, model, signer)).toBe('Model 692db549');
    expect(await judge(blob, revoked, signer)).toBe('refused: model-status-refused');
    await expect(judge(blob, model)).rejects.toMatchObject({ code: 'metadata-signer-untrusted' });
  });
});
