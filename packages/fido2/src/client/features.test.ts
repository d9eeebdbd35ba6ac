import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  type CtapDevice,
  getInfo,
  hidCommand,
  readLargeBlobArray,
  U2fError,
  u2fKnows,
  u2fRegister,
  u2fVersion,
  writeLargeBlobArray,
} from '../ctap2/index.ts';
import { always, nobody, type PluggedKey, plugIn } from '../virtual-authenticator/plugged-key.fake.ts';
import { verifyAuthentication, verifyRegistration } from '../webauthn/index.ts';
import { sha256OfText } from './client-data.ts';
import {
  createCredential,
  enrollFingerprint,
  ensurePin,
  getAssertion,
  type KeyAccess,
  listFingerprints,
  readFingerprintSensor,
  removeFingerprint,
  renameFingerprint,
  setAlwaysUv,
} from './index.ts';

const rpId = 'login.example.org';
const origin = 'https://login.example.org';
const challenge = toBase64Url(new Uint8Array(32).fill(7));
const now = new Date('2026-01-01');

const creation = {
  rp: { id: rpId, name: 'Example' },
  user: { id: toBase64Url(new Uint8Array(32).fill(1)), name: 'alice', displayName: 'Alice' },
  challenge,
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  attestation: 'direct',
};

const access = async (plugged: PluggedKey, pin: KeyAccess['pin'] = always('123456')): Promise<KeyAccess> => ({
  device: await plugged.open(),
  random: plugged.random,
  clock: plugged.clock,
  pin,
});

describe('largeBlob (WebAuthn L3 §10.1.5, CTAP 2.1 §6.10)', () => {
  const withCredential = async () => {
    const plugged = await plugIn();
    const key = await access(plugged);
    await ensurePin(key);
    const options = { ...creation, extensions: { largeBlob: { support: 'required' } } };
    const credential = await createCredential({ ...key, options, origin });
    expect(credential.clientExtensionResults).toEqual({ largeBlob: { supported: true } });
    const ask = async (largeBlob: unknown): Promise<unknown> => {
      const request = {
        challenge,
        rpId,
        userVerification: 'required',
        allowCredentials: [{ type: 'public-key', id: credential.id }],
        extensions: { largeBlob },
      };
      return (await getAssertion({ ...key, options: request, origin })).clientExtensionResults['largeBlob'];
    };
    return { plugged, key, ask };
  };

  it('is written under the credential, read back, overwritten', async () => {
    const { ask } = await withCredential();
    expect(await ask({ read: true })).toEqual({});
    const blob = toBase64Url(new Uint8Array(700).fill(65));
    expect(await ask({ write: blob })).toEqual({ written: true });
    expect(await ask({ read: true })).toEqual({ blob });
    expect(await ask({ write: 'AAAA' })).toEqual({ written: true });
    expect(await ask({ read: true })).toEqual({ blob: 'AAAA' });
    await expect(ask({ read: true, write: 'AAAA' })).rejects.toMatchObject({ code: 'options-invalid' });
  });

  it('says `written: false` where the key has no room, and keeps what was there', async () => {
    const { ask } = await withCredential();
    await ask({ write: 'AAAA' });
    expect(await ask({ write: toBase64Url(randomBytes(1100)) })).toEqual({ written: false });
    expect(await ask({ read: true })).toEqual({ blob: 'AAAA' });
  });

  it("leaves other credentials' and unknown entries alone", async () => {
    const { key, ask } = await withCredential();
    const { maxSerializedLargeBlobArray, maxMsgSize } = await getInfo(key.device);
    const stranger = new Map<number, unknown>([
      [1, new Uint8Array(40)],
      [2, new Uint8Array(12)],
      [3, 10],
    ]);
    await expect(
      writeLargeBlobArray(key.device, { array: encode([stranger, 'unheard of']), token: null }),
    ).rejects.toMatchObject({ status: 0x36 });
    await ask({ write: 'AAAA' });
    await ask({ write: 'BBBB' });
    const options = { maxMsgSize, maxSerializedLargeBlobArray: maxSerializedLargeBlobArray ?? 0 };
    const array = await readLargeBlobArray(key.device, options);
    expect(array[0]).toBe(0x81);
  });

  it('a key that keeps none: refused where required, `supported: false` where preferred', async () => {
    const plugged = await plugIn({ profile: 'no-config' });
    const key = await access(plugged);
    await ensurePin(key);
    const asking = (support: string) => ({ ...creation, extensions: { largeBlob: { support } } });
    await expect(createCredential({ ...key, options: asking('required'), origin })).rejects.toMatchObject({
      code: 'unsupported',
      field: 'largeBlob',
    });
    const made = await createCredential({ ...key, options: asking('preferred'), origin });
    expect(made.clientExtensionResults).toEqual({ largeBlob: { supported: false } });
  });

  it('on an unprotected key the array is written without a token, in parts, and a torn one counts as empty', async () => {
    const plugged = await plugIn();
    const { device } = await access(plugged);
    const options = { maxMsgSize: 128, maxSerializedLargeBlobArray: 1024 };
    const array = encode([new Uint8Array(300)]);
    expect(await readLargeBlobArray(device, options)).toEqual(encode([]));
    await writeLargeBlobArray(device, { array, token: null }, options);
    expect(await readLargeBlobArray(device, options)).toEqual(array);
    const torn: CtapDevice = {
      transport: device.transport,
      capabilities: device.capabilities,
      deviceVersion: device.deviceVersion,
      vendor: (command, payload) => device.vendor(command, payload),
      close: () => device.close(),
      call: async (command, payload, callOptions) => {
        const answer = await device.call(command, payload, callOptions);
        if (answer.length > 60) answer[answer.length - 1] = (answer.at(-1) ?? 0) ^ 1;
        return answer;
      },
    };
    expect(await readLargeBlobArray(torn, options)).toEqual(encode([]));
  });
});

describe.each(['ctap2.1-full', 'ctap2.1-preview'] as const)(
  'fingerprints on a %s key (CTAP 2.1 §6.7)',
  (profile) => {
    const withSensor = async (enrolled = false) => {
      const plugged = await plugIn({ profile, userVerification: { enrolled, answer: async () => true } });
      const key = await access(plugged);
      await ensurePin(key);
      return { plugged, key };
    };

    it('are enrolled sample by sample, named, listed, removed', async () => {
      const { key } = await withSensor();
      expect(await readFingerprintSensor(key)).toEqual({
        kind: 'touch',
        maxCaptureSamplesRequiredForEnroll: 4,
        maxTemplateFriendlyName: 64,
      });
      expect(await listFingerprints(key)).toEqual([]);
      expect((await getInfo(key.device)).options['uv']).toBe(false);
      const samples: string[] = [];
      const touches: string[] = [];
      const templateId = await enrollFingerprint({
        ...key,
        friendlyName: 'Right thumb',
        onSample: ({ status, remainingSamples }) => samples.push(`${status} ${remainingSamples}`),
        onTouch: (touch) => touches.push(touch),
      });
      expect(samples).toEqual(['good 3', 'good 2', 'good 1', 'good 0']);
      expect(touches.filter((touch) => touch === 'needed')).toHaveLength(4);
      expect((await getInfo(key.device)).options['uv']).toBe(true);
      expect(await listFingerprints(key)).toEqual([{ templateId, friendlyName: 'Right thumb' }]);
      await renameFingerprint(key, { templateId, friendlyName: 'Left thumb' });
      expect((await listFingerprints(key))[0]?.friendlyName).toBe('Left thumb');
      await expect(
        renameFingerprint(key, { templateId, friendlyName: 'x'.repeat(65) }),
      ).rejects.toMatchObject({
        code: 'key-failed',
      });
      await removeFingerprint(key, templateId);
      expect(await listFingerprints(key)).toEqual([]);
      await expect(removeFingerprint(key, templateId)).rejects.toMatchObject({
        code: 'key-failed',
        status: 0x2c,
      });
    });

    it('cancelled in the middle, nothing is kept', async () => {
      const { key } = await withSensor();
      const abort = new AbortController();
      const onSample = (): void => abort.abort();
      await expect(enrollFingerprint({ ...key, signal: abort.signal, onSample })).rejects.toMatchObject({
        code: 'cancelled',
      });
      expect(await listFingerprints(key)).toEqual([]);
    });

    it('a full sensor says so', async () => {
      const { key } = await withSensor();
      for (let finger = 0; finger < 5; finger += 1) await enrollFingerprint(key);
      await expect(enrollFingerprint(key)).rejects.toMatchObject({ status: 0x17 });
    });
  },
);

describe('a key without a sensor', () => {
  it('refuses fingerprints by name', async () => {
    const key = await access(await plugIn());
    await expect(listFingerprints(key)).rejects.toMatchObject({ code: 'unsupported', field: 'fingerprints' });
  });
});

describe('CTAP1/U2F (CTAP 2.1 §7, U2F Raw Message Formats)', () => {
  /** The same key, as if it knew no CTAP2. */
  const oldKey = (device: CtapDevice): CtapDevice => ({
    transport: device.transport,
    capabilities: { ...device.capabilities, cbor: false },
    deviceVersion: device.deviceVersion,
    call: (command, payload, options) =>
      command === hidCommand.cbor
        ? Promise.reject(new Error('CTAP2 on a key that knows none'))
        : device.call(command, payload, options),
    vendor: (command, payload, options) => device.vendor(command, payload, options),
    close: () => device.close(),
  });
  const options = { ...creation, authenticatorSelection: { userVerification: 'preferred' } };

  it('registers, is verified as fido-u2f, signs in', async () => {
    const plugged = await plugIn({ touch: 700 });
    const key = await access(plugged, nobody);
    const old = { ...key, device: oldKey(key.device) };
    expect(await u2fVersion(key.device)).toBe('U2F_V2');
    const touches: string[] = [];
    const credential = await createCredential({
      ...old,
      options,
      origin,
      onTouch: (touch) => touches.push(touch),
    });
    expect(touches).toEqual(['needed', 'done']);
    const stored = verifyRegistration({
      credential,
      expected: {
        challenge,
        origins: [origin],
        rpId,
        algorithms: [-7],
        userVerification: 'preferred',
        attestation: 'direct',
      },
      trust: { anchors: [plugged.root.certificate], requireTrusted: true },
      now,
    });
    expect(stored).toMatchObject({
      attestationFormat: 'fido-u2f',
      attestationTrusted: true,
      userVerified: false,
    });
    const allowCredentials = [
      { type: 'public-key', id: toBase64Url(new Uint8Array(64)) },
      { type: 'public-key', id: credential.id },
    ];
    const request = { challenge, rpId, userVerification: 'preferred', allowCredentials };
    // CTAP 2.1 §7.3: what was made by CTAP1 is used by CTAP2 as well.
    for (const each of [old, key]) {
      verifyAuthentication({
        credential: await getAssertion({ ...each, options: request, origin }),
        expected: { challenge, origins: [origin], rpId, userVerification: 'preferred' },
        stored,
      });
    }
    await expect(
      createCredential({ ...old, options: { ...options, excludeCredentials: allowCredentials }, origin }),
    ).rejects.toMatchObject({ code: 'credential-excluded' });
  });

  it('finds what was registered for an AppID', async () => {
    const plugged = await plugIn();
    const key = await access(plugged, nobody);
    const old = { ...key, device: oldKey(key.device) };
    const appid = 'https://example.org/app-id.json';
    const made = await u2fRegister(
      key.device,
      { challenge: new Uint8Array(32), application: sha256OfText(appid) },
      { clock: plugged.clock },
    );
    const allowCredentials = [{ type: 'public-key', id: toBase64Url(made.keyHandle) }];
    const request = { challenge, rpId, allowCredentials, extensions: { appid } };
    const assertion = await getAssertion({ ...old, options: request, origin });
    expect(assertion.clientExtensionResults).toEqual({ appid: true });
    const excluding = {
      ...options,
      excludeCredentials: allowCredentials,
      extensions: { appidExclude: appid },
    };
    await expect(createCredential({ ...old, options: excluding, origin })).rejects.toMatchObject({
      code: 'credential-excluded',
    });
  });

  it.each([
    ['user-verification-unavailable', { authenticatorSelection: { userVerification: 'required' } }],
    ['discoverable-credential-unavailable', { authenticatorSelection: { residentKey: 'required' } }],
    ['algorithm-unsupported', { pubKeyCredParams: [{ type: 'public-key', alg: -257 }] }],
  ])('can not do everything: %s', async (code, changes) => {
    const key = await access(await plugIn(), nobody);
    const old = { ...key, device: oldKey(key.device) };
    await expect(
      createCredential({ ...old, options: { ...options, ...changes }, origin }),
    ).rejects.toMatchObject({
      code,
    });
  });

  it('never touched, it gives up; without a clock it does not begin', async () => {
    const plugged = await plugIn({ touch: 'manual' });
    const key = await access(plugged, nobody);
    const old = { ...key, device: oldKey(key.device) };
    await expect(createCredential({ ...old, options, origin })).rejects.toMatchObject({
      code: 'touch-timeout',
    });
    await expect(createCredential({ ...old, clock: undefined, options, origin })).rejects.toMatchObject({
      code: 'unsupported',
      field: 'clock',
    });
    const abort = new AbortController();
    const cancelled = createCredential({
      ...old,
      options,
      origin,
      signal: abort.signal,
      onTouch: () => abort.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('a handle of another key or application is not known', async () => {
    const plugged = await plugIn();
    const { device } = await access(plugged, nobody);
    const application = sha256OfText(rpId);
    const challengeBytes = new Uint8Array(32);
    const { keyHandle } = await u2fRegister(
      device,
      { challenge: challengeBytes, application },
      { clock: plugged.clock },
    );
    const known = (changes: object): Promise<boolean> =>
      u2fKnows(device, { challenge: challengeBytes, application, keyHandle, ...changes });
    expect(await known({})).toBe(true);
    expect(await known({ application: sha256OfText('other.example') })).toBe(false);
    expect(await known({ keyHandle: keyHandle.map((byte) => byte ^ 1) })).toBe(false);
    expect(await known({ keyHandle: new Uint8Array(256) })).toBe(false);
  });

  it('is off while alwaysUv is on, and on keys without a certificate', async () => {
    const plugged = await plugIn();
    const key = await access(plugged);
    await ensurePin(key);
    await setAlwaysUv(key, true);
    await expect(u2fVersion(key.device)).rejects.toBeInstanceOf(U2fError);
    const bare = await (await plugIn({ attestation: 'none' })).open();
    expect(bare.capabilities.msg).toBe(false);
    expect((await getInfo(bare)).versions).not.toContain('U2F_V2');
    await expect(u2fVersion(bare)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it.each([
    ['6e00', [0x80, 0x03, 0, 0]],
    ['6d00', [0x00, 0x55, 0, 0]],
    ['6700', [0x00, 0x01, 0, 0, 0, 0, 9, 1, 2]],
    ['6700', [0x00, 0x01, 0, 0, 0, 0, 2, 1, 2, 0, 0]],
    ['6700', [0x00, 0x02, 3, 0, 0, 0, 2, 1, 2, 0, 0]],
  ])('malformed requests get status word %s', async (statusWord, apdu) => {
    const { device } = await access(await plugIn(), nobody);
    const answer = await device.call(hidCommand.msg, Uint8Array.from(apdu));
    expect(Buffer.from(answer).toString('hex')).toBe(statusWord);
  });
});
