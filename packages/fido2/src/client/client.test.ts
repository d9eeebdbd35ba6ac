import { describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '../bytes/index.ts';
import { getInfo } from '../ctap2/index.ts';
import { virtualProfiles } from '../virtual-authenticator/index.ts';
import {
  always,
  memoryStore,
  nobody,
  type PluggedKey,
  plugIn,
} from '../virtual-authenticator/plugged-key.fake.ts';
import { verifyAuthentication, verifyRegistration } from '../webauthn/index.ts';
import {
  ClientError,
  type CreationOptionsJson,
  changePin,
  configureKey,
  createCredential,
  describeKey,
  enableEnterpriseAttestation,
  ensurePin,
  forcePinChange,
  getAssertion,
  type KeyAccess,
  type KeyConfiguration,
  listCredentials,
  type PinRequest,
  pinRetries,
  type RegistrationResponseJson,
  rememberPin,
  removeCredentials,
  resetKey,
  setAlwaysUv,
  setMinPinLength,
  silentAssertion,
  unmetSettings,
  updateCredentialUser,
} from './index.ts';

const rpId = 'login.example.org';
const origin = 'https://login.example.org';
const challenge = toBase64Url(new Uint8Array(32).fill(7));
const now = new Date('2026-01-01');
const userId = (name: string): string => toBase64Url(new TextEncoder().encode(`${name} `.padEnd(32, '.')));

const creation = (changes: Partial<CreationOptionsJson> = {}): CreationOptionsJson => ({
  rp: { id: rpId, name: 'Example' },
  user: { id: userId('alice'), name: 'alice', displayName: 'Alice Liddell' },
  challenge,
  pubKeyCredParams: [
    { type: 'public-key', alg: -7 },
    { type: 'public-key', alg: -257 },
  ],
  excludeCredentials: [],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  attestation: 'direct',
  ...changes,
});

const selection = (residentKey: string, userVerification: string) => ({
  authenticatorSelection: { residentKey, userVerification },
});

const accessTo = async (
  plugged: PluggedKey,
  pin: KeyAccess['pin'] = always('123456'),
): Promise<KeyAccess> => ({
  device: await plugged.open(),
  random: plugged.random,
  pin,
});

const keyWithPin = async (
  options: Parameters<typeof plugIn>[0] = {},
): Promise<{ plugged: PluggedKey; access: KeyAccess }> => {
  const plugged = await plugIn(options);
  const access = await accessTo(plugged);
  await ensurePin(access);
  return { plugged, access };
};

const verified = (plugged: PluggedKey, credential: RegistrationResponseJson, options: CreationOptionsJson) =>
  verifyRegistration({
    credential,
    expected: {
      challenge,
      origins: [origin],
      rpId,
      algorithms: options.pubKeyCredParams.map(({ alg }) => alg),
      userVerification:
        options.authenticatorSelection?.userVerification === 'required' ? 'required' : 'preferred',
      attestation: options.attestation === 'none' ? 'none' : 'direct',
    },
    trust: { anchors: [plugged.root.certificate], requireTrusted: options.attestation !== 'none' },
    now,
  });

const request = (credential: RegistrationResponseJson) => ({
  challenge,
  rpId,
  userVerification: 'required',
  allowCredentials: [{ type: 'public-key', id: credential.id }],
});

describe.each(virtualProfiles)('the main road on a %s key', (profile) => {
  it('PIN set, credential made and verified by the relying party, signed in with it', async () => {
    const { plugged, access } = await keyWithPin({ profile });
    const touches: string[] = [];
    const options = creation();
    const credential = await createCredential({
      ...access,
      options,
      origin,
      onTouch: (touch) => touches.push(touch),
    });
    expect(touches).toEqual(['needed', 'done']);
    const registration = verified(plugged, credential, options);
    expect(registration).toMatchObject({
      aaguid: plugged.key.aaguid,
      attestationFormat: 'packed',
      attestationTrusted: true,
      userVerified: true,
      userPresent: true,
      backupEligible: false,
      algorithm: -7,
    });
    for (const options of [request(credential), { ...request(credential), allowCredentials: [] }]) {
      const assertion = await getAssertion({ ...access, options, origin });
      const authentication = verifyAuthentication({
        credential: assertion,
        expected: { challenge, origins: [origin], rpId, userVerification: 'required' },
        stored: { ...registration, userHandle: userId('alice') },
      });
      expect(authentication.userHandle).toBe(userId('alice'));
      expect(authentication.signCountRegressed).toBe(false);
    }
  });

  it('knows the credential again, by exclude list and silently', async () => {
    const { plugged, access } = await keyWithPin({ profile });
    const credential = await createCredential({ ...access, options: creation(), origin });
    const excludeCredentials = [{ type: 'public-key', id: credential.id }];
    await expect(
      createCredential({ ...access, options: creation({ excludeCredentials }), origin }),
    ).rejects.toMatchObject({ name: 'ClientError', code: 'credential-excluded', status: 0x19 });
    const clientDataJSON = new TextEncoder().encode(
      JSON.stringify({ type: 'webauthn.get', challenge, origin: 'keywarden:asset-tag', crossOrigin: false }),
    );
    const silent = await silentAssertion({ device: access.device, rpId, clientDataJSON });
    expect(silent?.userHandle).toEqual(fromBase64Url(userId('alice')));
    if (silent === null) throw new Error('the key was expected to answer');
    const registration = verified(plugged, credential, creation());
    const { signCountRegressed, userPresent } = verifyAuthentication({
      credential: {
        id: toBase64Url(silent.credentialId),
        response: {
          clientDataJSON: toBase64Url(clientDataJSON),
          authenticatorData: toBase64Url(silent.authenticatorData),
          signature: toBase64Url(silent.signature),
        },
      },
      expected: {
        challenge,
        origins: ['keywarden:asset-tag'],
        rpId,
        userVerification: 'discouraged',
        requireUserPresence: false,
      },
      stored: registration,
    });
    expect({ signCountRegressed, userPresent }).toEqual({ signCountRegressed: false, userPresent: false });
    expect(
      await silentAssertion({ device: access.device, rpId: 'other.example', clientDataJSON }),
    ).toBeNull();
  });

  it('remembers everything when it is pulled and plugged in again, and nothing after a reset', async () => {
    const store = memoryStore();
    const { plugged, access } = await keyWithPin({ profile, store });
    const credential = await createCredential({ ...access, options: creation(), origin });
    plugged.key.remove();
    const again = await plugIn({ profile, store });
    const accessAgain = await accessTo(again);
    await getAssertion({ ...accessAgain, options: request(credential), origin });
    await resetKey(accessAgain);
    expect((await getInfo(accessAgain.device)).options['clientPin']).toBe(false);
    const options = { ...request(credential), userVerification: 'discouraged' };
    await expect(getAssertion({ ...accessAgain, options, origin })).rejects.toMatchObject({
      code: 'credential-missing',
    });
  });

  it('a wrong PIN is asked again with the tries left, and three in a row want the key plugged in again', async () => {
    const { plugged, access } = await keyWithPin({ profile });
    const asked: PinRequest[] = [];
    const pins = ['000000', '123456', '000000', '111111', '222222', '123456'];
    const pin = async (question: PinRequest): Promise<string> => {
      asked.push(question);
      return pins.shift() ?? '';
    };
    await createCredential({ ...access, pin, options: creation(), origin });
    expect(asked.map(({ wrong, retriesLeft }) => [wrong, retriesLeft])).toEqual([
      [false, 8],
      [true, 7],
    ]);
    await expect(createCredential({ ...access, pin, options: creation(), origin })).rejects.toMatchObject({
      code: 'pin-reinsert-required',
      retriesLeft: 5,
      status: 0x34,
    });
    await expect(createCredential({ ...access, options: creation(), origin })).rejects.toMatchObject({
      code: 'pin-reinsert-required',
    });
    plugged.key.remove();
    plugged.key.attach();
    await createCredential({ ...(await accessTo(plugged)), options: creation(), origin });
    expect(await pinRetries(await accessTo(plugged))).toEqual({ retries: 8, reinsertRequired: false });
  });

  it('stops at three tries left without asking anybody', async () => {
    const { plugged, access } = await keyWithPin({ profile });
    await expect(
      createCredential({ ...access, pin: always('9999'), options: creation(), origin }),
    ).rejects.toThrow();
    plugged.key.remove();
    plugged.key.attach();
    const left: (number | null)[] = [];
    const pin = async ({ retriesLeft }: PinRequest): Promise<string> => {
      left.push(retriesLeft);
      return '9999';
    };
    await expect(
      createCredential({ ...(await accessTo(plugged, pin)), options: creation(), origin }),
    ).rejects.toMatchObject({ code: 'pin-too-few-retries', retriesLeft: 3 });
    expect(left).toEqual([5, 4]);
    const untouched = accessTo(plugged, nobody);
    await expect(
      createCredential({ ...(await untouched), options: creation(), origin }),
    ).rejects.toMatchObject({
      code: 'pin-too-few-retries',
    });
  });

  it('changes its PIN', async () => {
    const { plugged, access } = await keyWithPin({ profile });
    const pin = async ({ reason }: PinRequest): Promise<string> =>
      reason === 'change' ? '87654321' : '123456';
    await changePin({ ...access, pin });
    await createCredential({ ...(await accessTo(plugged, always('87654321'))), options: creation(), origin });
    await expect(
      changePin({ ...access, pin: async ({ reason }) => (reason === 'change' ? '12' : '87654321') }),
    ).rejects.toMatchObject({
      code: 'pin-rejected',
    });
  });

  it('cancelled while it waits for the touch, it made nothing', async () => {
    const { access } = await keyWithPin({ profile });
    const abort = new AbortController();
    const waiting = createCredential({
      ...access,
      options: creation(),
      origin,
      signal: abort.signal,
      onTouch: () => abort.abort(),
    });
    await expect(waiting).rejects.toMatchObject({ name: 'ClientError', code: 'cancelled' });
    const clientDataJSON = new Uint8Array();
    expect(await silentAssertion({ device: access.device, rpId, clientDataJSON })).toBeNull();
  });

  it('pulled while it waits for the touch, the operation ends with `removed`', async () => {
    const { plugged, access } = await keyWithPin({ profile, touch: 'manual' });
    const waiting = createCredential({
      ...access,
      options: creation(),
      origin,
      onTouch: () => plugged.key.remove(),
    });
    await expect(waiting).rejects.toMatchObject({ name: 'DeviceError', code: 'removed' });
  });

  it('never touched, it gives up after 30 s', async () => {
    const { plugged, access } = await keyWithPin({ profile, touch: 'manual' });
    const before = plugged.clock.now();
    await expect(createCredential({ ...access, options: creation(), origin })).rejects.toMatchObject({
      code: 'touch-timeout',
    });
    expect(plugged.clock.now() - before).toBeGreaterThanOrEqual(30_000);
  });

  it('obeys no policy that it cannot: the settings are named before anything is written', async () => {
    const { access } = await keyWithPin({ profile });
    const info = await getInfo(access.device);
    const wanted: KeyConfiguration = { pin: true, minPINLength: 8, alwaysUv: true, forcePINChange: true };
    const full = profile === 'ctap2.1-full';
    const fields = full ? [] : ['minPINLength', 'alwaysUv', 'forcePINChange'];
    expect(unmetSettings(info, wanted).map(({ field }) => field)).toEqual(fields);
    expect(describeKey(info)).toMatchObject({
      pin: true,
      discoverableCredentials: true,
      authenticatorConfig: full,
    });
    if (full) return;
    await expect(configureKey({ ...access, configuration: wanted })).rejects.toMatchObject({
      code: 'unsupported',
      field: 'minPINLength',
    });
    expect(await getInfo(access.device)).toEqual(info);
  });
});

describe('residentKey and userVerification (WebAuthn L3 §5.4.4)', () => {
  it.each([
    ['required', true],
    ['preferred', true],
    ['discouraged', false],
  ])('residentKey %s on a key that has them: rk %s', async (residentKey, rk) => {
    const { access } = await keyWithPin();
    const options = creation({ ...selection(residentKey, 'required'), extensions: { credProps: true } });
    const { clientExtensionResults } = await createCredential({ ...access, options, origin });
    expect(clientExtensionResults).toEqual({ credProps: { rk } });
    expect(await listCredentials(access)).toHaveLength(rk ? 1 : 0);
  });

  it('requireResidentKey counts where residentKey is absent', async () => {
    const { access } = await keyWithPin();
    const authenticatorSelection = { requireResidentKey: true, userVerification: 'required' };
    await createCredential({ ...access, options: creation({ authenticatorSelection }), origin });
    expect(await listCredentials(access, rpId)).toHaveLength(1);
  });

  it('a non-discoverable credential signs in by its id alone', async () => {
    const { plugged, access } = await keyWithPin();
    const options = creation(selection('discouraged', 'required'));
    const credential = await createCredential({ ...access, options, origin });
    const registration = verified(plugged, credential, options);
    const assertion = await getAssertion({ ...access, options: request(credential), origin });
    expect(assertion.response.userHandle).toBeUndefined();
    verifyAuthentication({
      credential: assertion,
      expected: { challenge, origins: [origin], rpId, userVerification: 'required' },
      stored: registration,
    });
    await expect(
      getAssertion({ ...access, options: { ...request(credential), rpId: 'other.example' }, origin }),
    ).rejects.toMatchObject({ code: 'credential-missing' });
  });

  it('userVerification required on a key without a PIN: refused before a touch', async () => {
    const plugged = await plugIn({ touch: 'manual' });
    await expect(
      createCredential({ ...(await accessTo(plugged, nobody)), options: creation(), origin }),
    ).rejects.toMatchObject({ code: 'pin-not-set' });
  });

  it('userVerification preferred on a key without a PIN: made without', async () => {
    const plugged = await plugIn();
    const options = creation(selection('required', 'preferred'));
    const credential = await createCredential({ ...(await accessTo(plugged, nobody)), options, origin });
    expect(verified(plugged, credential, options).userVerified).toBe(false);
  });

  it('userVerification discouraged: nobody is asked where the key lets it pass (makeCredUvNotRqd)', async () => {
    const { plugged } = await keyWithPin();
    const options = creation(selection('discouraged', 'discouraged'));
    const credential = await createCredential({ ...(await accessTo(plugged, nobody)), options, origin });
    expect(verified(plugged, credential, options).userVerified).toBe(false);
    const assertion = await getAssertion({
      ...(await accessTo(plugged, nobody)),
      options: { ...request(credential), userVerification: 'discouraged' },
      origin,
    });
    expect(assertion.id).toBe(credential.id);
  });

  it('userVerification discouraged: asked all the same where the key wants it', async () => {
    for (const profile of ['ctap2.0-old', 'ctap2.1-full'] as const) {
      const { access, plugged } = await keyWithPin({ profile });
      const residentKey = profile === 'ctap2.0-old' ? 'discouraged' : 'required';
      const options = creation(selection(residentKey, 'discouraged'));
      const credential = await createCredential({ ...access, options, origin });
      expect(verified(plugged, credential, options).userVerified).toBe(true);
    }
  });

  it('one credential for an RP and user: the new one overwrites', async () => {
    const { access } = await keyWithPin();
    const first = await createCredential({ ...access, options: creation(), origin });
    const second = await createCredential({ ...access, options: creation(), origin });
    expect(second.id).not.toBe(first.id);
    const kept = await listCredentials(access);
    expect(kept.map(({ credentialId }) => toBase64Url(credentialId))).toEqual([second.id]);
  });

  it('a full key says so', async () => {
    const { access } = await keyWithPin({ touch: 1 });
    for (let index = 0; index < 25; index += 1) {
      const user = { id: userId(`user ${index}`), name: `user ${index}`, displayName: '' };
      await createCredential({ ...access, options: creation({ user }), origin });
    }
    const before = await listCredentials(access);
    expect(before).toHaveLength(25);
    const user = { id: userId('one too many'), name: '', displayName: '' };
    await expect(createCredential({ ...access, options: creation({ user }), origin })).rejects.toMatchObject({
      code: 'key-full',
    });
    expect(await listCredentials(access)).toEqual(before);
  });
});

describe('exclude and allow lists longer than one message', () => {
  const strangers = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      type: 'public-key',
      id: toBase64Url(new Uint8Array(100).fill(index + 1)),
    }));

  it.each(['ctap2.1-full', 'ctap2.0-old'] as const)('are asked about in parts (%s)', async (profile) => {
    const { access } = await keyWithPin({ profile });
    const credential = await createCredential({ ...access, options: creation(), origin });
    const mine = { type: 'public-key', id: credential.id };
    const excludeCredentials = [...strangers(40), mine, ...strangers(3)];
    await expect(
      createCredential({ ...access, options: creation({ excludeCredentials }), origin }),
    ).rejects.toMatchObject({ code: 'credential-excluded' });
    const assertion = await getAssertion({
      ...access,
      options: { challenge, rpId, userVerification: 'required', allowCredentials: excludeCredentials },
      origin,
    });
    expect(assertion.id).toBe(credential.id);
    const other = { id: userId('bob'), name: 'bob', displayName: 'Bob' };
    const made = await createCredential({
      ...access,
      options: creation({ user: other, excludeCredentials: strangers(60) }),
      origin,
    });
    expect(made.id).not.toBe(credential.id);
    await expect(
      getAssertion({ ...access, options: { challenge, rpId, allowCredentials: strangers(20) }, origin }),
    ).rejects.toMatchObject({ code: 'credential-missing' });
  });

  it('find a credential that only shows itself after verification', async () => {
    const { access } = await keyWithPin();
    const extensions = { credentialProtectionPolicy: 'userVerificationRequired' };
    const credential = await createCredential({ ...access, options: creation({ extensions }), origin });
    const excludeCredentials = [...strangers(30), { type: 'public-key', id: credential.id }];
    await expect(
      createCredential({ ...access, options: creation({ excludeCredentials }), origin }),
    ).rejects.toMatchObject({ code: 'credential-excluded' });
  });

  it('leave out what no key has: other types, ids longer than its own', async () => {
    const { access } = await keyWithPin();
    const excludeCredentials = [
      { type: 'password', id: 'AAAA' },
      { type: 'public-key', id: toBase64Url(new Uint8Array(900)) },
    ];
    await createCredential({ ...access, options: creation({ excludeCredentials }), origin });
    await expect(
      getAssertion({ ...access, options: { challenge, rpId, allowCredentials: excludeCredentials }, origin }),
    ).rejects.toMatchObject({ code: 'credential-missing' });
  });
});

describe('extensions', () => {
  it('credProtect, minPinLength and credBlob are asked of the key and signed by it', async () => {
    const { plugged, access } = await keyWithPin();
    await setMinPinLength(access, { length: 6, rpIds: [rpId] });
    const options = creation({
      extensions: {
        credProps: true,
        credentialProtectionPolicy: 'userVerificationOptionalWithCredentialIDList',
        minPinLength: true,
        credBlob: toBase64Url(new Uint8Array(32).fill(9)),
        unheardOf: { of: true },
      },
    });
    const credential = await createCredential({ ...access, options, origin });
    const signed = verified(plugged, credential, options).extensions.authenticator;
    expect(Object.fromEntries(signed)).toEqual({ credProtect: 2, minPinLength: 6, credBlob: true });
    expect(credential.clientExtensionResults).toEqual({ credProps: { rk: true }, credBlob: true });
    const assertion = await getAssertion({
      ...access,
      options: { ...request(credential), extensions: { getCredBlob: true } },
      origin,
    });
    expect(assertion.clientExtensionResults).toEqual({
      getCredBlob: toBase64Url(new Uint8Array(32).fill(9)),
    });
  });

  it('a protection that must be enforced and cannot be: refused before the key is asked', async () => {
    const { access } = await keyWithPin({ profile: 'ctap2.0-old' });
    const extensions = {
      credentialProtectionPolicy: 'userVerificationRequired',
      enforceCredentialProtectionPolicy: true,
    };
    await expect(
      createCredential({ ...access, options: creation({ extensions }), origin }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      field: 'credProtect',
    });
    const lax = { credentialProtectionPolicy: 'userVerificationRequired' };
    await createCredential({ ...access, options: creation({ extensions: lax }), origin });
  });

  it.each(virtualProfiles)(
    'prf gives the same secrets for the same inputs, others for others (%s)',
    async (profile) => {
      const { access } = await keyWithPin({ profile });
      const options = creation({ extensions: { prf: {}, hmacCreateSecret: true } });
      const credential = await createCredential({ ...access, options, origin });
      expect(credential.clientExtensionResults).toEqual({ prf: { enabled: true }, hmacCreateSecret: true });
      const secrets = async (prf: unknown): Promise<unknown> => {
        const asked = { ...request(credential), extensions: { prf } };
        const { clientExtensionResults } = await getAssertion({ ...access, options: asked, origin });
        return clientExtensionResults['prf'];
      };
      const both = await secrets({ eval: { first: 'AAAA', second: 'BBBB' } });
      expect(await secrets({ eval: { first: 'AAAA', second: 'BBBB' } })).toEqual(both);
      expect(
        await secrets({ evalByCredential: { [credential.id]: { first: 'AAAA', second: 'BBBB' } } }),
      ).toEqual(both);
      const strangers = [
        { type: 'public-key', id: toBase64Url(new Uint8Array(40)) },
        ...request(credential).allowCredentials,
      ];
      const among = await getAssertion({
        ...access,
        options: {
          ...request(credential),
          allowCredentials: strangers,
          extensions: { prf: { evalByCredential: { [credential.id]: { first: 'AAAA', second: 'BBBB' } } } },
        },
        origin,
      });
      expect(among.clientExtensionResults['prf']).toEqual(both);
      expect(await secrets({ eval: { first: 'BBBB' } })).toEqual({
        results: { first: expect.not.stringMatching(/^$/) },
      });
      expect(both).toMatchObject({ results: { first: expect.any(String), second: expect.any(String) } });
    },
  );

  it('hmac-secret differs with and without verification', async () => {
    const { access, plugged } = await keyWithPin();
    const options = creation({ extensions: { hmacCreateSecret: true } });
    const credential = await createCredential({ ...access, options, origin });
    const extensions = { hmacGetSecret: { salt1: toBase64Url(new Uint8Array(32)) } };
    const [withUv, without] = [
      await getAssertion({ ...access, options: { ...request(credential), extensions }, origin }),
      await getAssertion({
        ...(await accessTo(plugged, nobody)),
        options: { ...request(credential), extensions, userVerification: 'discouraged' },
        origin,
      }),
    ];
    expect(withUv.clientExtensionResults).not.toEqual(without.clientExtensionResults);
    const short = { hmacGetSecret: { salt1: 'AAAA' } };
    await expect(
      getAssertion({ ...access, options: { ...request(credential), extensions: short }, origin }),
    ).rejects.toMatchObject({ code: 'options-invalid' });
  });
});

describe('attestation conveyance (WebAuthn L3 §5.4.7)', () => {
  it('none: the statement is taken off', async () => {
    const { plugged, access } = await keyWithPin();
    const options = creation({ attestation: 'none' });
    const credential = await createCredential({ ...access, options, origin });
    expect(verified(plugged, credential, options)).toMatchObject({
      attestationFormat: 'none',
      attestationTrusted: false,
    });
  });

  it.each(['self', 'none'] as const)('a key with %s attestation proves no model', async (attestation) => {
    const { plugged, access } = await keyWithPin({ attestation });
    const options = creation();
    const credential = await createCredential({ ...access, options, origin });
    expect(() => verified(plugged, credential, options)).toThrow();
    const { attestationTrusted } = verifyRegistration({
      credential,
      expected: {
        challenge,
        origins: [origin],
        rpId,
        algorithms: [-7],
        userVerification: 'required',
        attestation: attestation === 'self' ? 'direct' : 'none',
      },
      trust: { anchors: [plugged.root.certificate], requireTrusted: false },
      now,
    });
    expect(attestationTrusted).toBe(false);
  });

  it('enterprise: names the serial number, once it is switched on', async () => {
    const { plugged, access } = await keyWithPin();
    const options = creation({ attestation: 'enterprise' });
    const plain = await createCredential({ ...access, options, origin });
    expect(verified(plugged, plain, options).enterpriseSerialNumber).toBeNull();
    expect(await enableEnterpriseAttestation(access)).toBe('written');
    expect(await enableEnterpriseAttestation(access)).toBe('already-so');
    const named = await createCredential({ ...access, options, origin });
    const registration = verifyRegistration({
      credential: named,
      expected: {
        challenge,
        origins: [origin],
        rpId,
        algorithms: [-7],
        userVerification: 'required',
        attestation: 'enterprise',
        requireEnterpriseAttestation: true,
      },
      trust: { anchors: [plugged.root.certificate], requireTrusted: true },
      now,
    });
    expect(registration.enterpriseSerialNumber).toBe(toBase64Url(new TextEncoder().encode('VK-0001')));
  });
});

describe('algorithms', () => {
  it.each([-7, -8, -35])('COSE %i is made and verified', async (alg) => {
    const { plugged, access } = await keyWithPin();
    const options = creation({ pubKeyCredParams: [{ type: 'public-key', alg }] });
    const credential = await createCredential({ ...access, options, origin });
    expect(credential.response.publicKeyAlgorithm).toBe(alg);
    const stored = verified(plugged, credential, options);
    verifyAuthentication({
      credential: await getAssertion({ ...access, options: request(credential), origin }),
      expected: { challenge, origins: [origin], rpId, userVerification: 'required' },
      stored,
    });
  });

  it.each(virtualProfiles)('none that the key knows: refused (%s)', async (profile) => {
    const { access } = await keyWithPin({ profile });
    const options = creation({ pubKeyCredParams: [{ type: 'public-key', alg: -65535 }] });
    await expect(createCredential({ ...access, options, origin })).rejects.toMatchObject({
      code: 'algorithm-unsupported',
    });
  });
});

describe('options from outside', () => {
  it.each([
    ['challenge', { challenge: 'not base64url!' }],
    ['user.id', { user: { id: '%%%', name: '', displayName: '' } }],
    ['credential id', { excludeCredentials: [{ type: 'public-key', id: '==' }] }],
    ['extensions.credentialProtectionPolicy', { extensions: { credentialProtectionPolicy: 'somehow' } }],
  ])('malformed %s is refused by name', async (field, changes) => {
    const { access } = await keyWithPin();
    await expect(createCredential({ ...access, options: creation(changes), origin })).rejects.toMatchObject({
      code: 'options-invalid',
      field,
    });
  });

  it('without an RP ID it is the host of the origin; without a host it is refused', async () => {
    const { access } = await keyWithPin();
    const options = creation({ rp: { name: 'Example' } });
    await createCredential({ ...access, options, origin });
    expect((await listCredentials(access))[0]?.rpId).toBe(rpId);
    await expect(
      createCredential({ ...access, options, origin: 'keywarden:asset-tag' }),
    ).rejects.toMatchObject({
      code: 'options-invalid',
    });
  });

  it('any RP ID goes with any origin: an enrollment on behalf of a user at another site', async () => {
    const { access } = await keyWithPin();
    const options = creation({ rp: { id: 'login.microsoft.com', name: 'Entra ID' } });
    await createCredential({ ...access, options, origin: 'https://console.keywarden.example' });
    expect((await listCredentials(access)).map((kept) => kept.rpId)).toEqual(['login.microsoft.com']);
  });
});

describe('several accounts on one key', () => {
  it('the person chooses among names that the key shows after verification; the newest is the default', async () => {
    const { access } = await keyWithPin();
    for (const name of ['alice', 'bob', 'carol']) {
      const user = { id: userId(name), name, displayName: name.toUpperCase() };
      await createCredential({ ...access, options: creation({ user }), origin });
    }
    const options = { challenge, rpId, userVerification: 'required' };
    const newest = await getAssertion({ ...access, options, origin });
    expect(newest.response.userHandle).toBe(userId('carol'));
    const seen: (string | null | undefined)[] = [];
    const chooseAccount = async (
      accounts: readonly { name?: string | null | undefined }[],
    ): Promise<number> => {
      seen.push(...accounts.map(({ name }) => name));
      return 2;
    };
    const picked = await getAssertion({ ...access, options, origin, chooseAccount });
    expect(seen).toEqual(['carol', 'bob', 'alice']);
    expect(picked.response.userHandle).toBe(userId('alice'));
    await expect(
      getAssertion({ ...access, options, origin, chooseAccount: async () => 9 }),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('configuring a key', () => {
  const configuration: KeyConfiguration = {
    pin: true,
    minPINLength: 6,
    minPINLengthRpIds: [rpId],
    alwaysUv: true,
    enterpriseAttestation: true,
    forcePINChange: true,
  };

  it('sets PIN, minimum length, enterprise attestation, alwaysUv, and reads them back; twice is once', async () => {
    const plugged = await plugIn();
    const asked: PinRequest[] = [];
    const access = await accessTo(plugged, async (question) => {
      asked.push(question);
      return 'Grüße-123';
    });
    const steps: string[] = [];
    const onStep = (step: string, status: string): number => steps.push(`${step} ${status}`);
    const info = await configureKey({ ...access, configuration, onStep });
    expect(info).toMatchObject({
      minPINLength: 6,
      forcePINChange: false,
      options: { clientPin: true, alwaysUv: true, ep: true, makeCredUvNotRqd: false },
    });
    expect(asked.map(({ reason }) => reason)).toEqual(['set']);
    expect(steps).toEqual([
      'check-capabilities started',
      'check-capabilities done',
      'set-pin started',
      'set-pin done',
      'write-policy started',
      'write-policy done',
      'read-back started',
      'read-back done',
    ]);
    expect(await configureKey({ ...access, configuration, onStep })).toEqual(info);
    expect(asked.map(({ reason }) => reason)).toEqual(['set', 'verify']);
    const credential = await createCredential({ ...access, options: creation(), origin });
    const clientDataJSON = new Uint8Array();
    expect(await silentAssertion({ device: access.device, rpId, clientDataJSON })).not.toBeNull();

    expect(await forcePinChange(access)).toBe('written');
    expect((await getInfo(access.device)).forcePINChange).toBe(true);
    expect(await forcePinChange(access)).toBe('already-so');
    await expect(getAssertion({ ...access, options: request(credential), origin })).rejects.toMatchObject({
      code: 'pin-change-required',
    });
    expect(await silentAssertion({ device: access.device, rpId, clientDataJSON })).not.toBeNull();
    await expect(changePin(access)).rejects.toMatchObject({ code: 'pin-rejected', status: 0x37 });
    await changePin({
      ...access,
      pin: async ({ reason }) => (reason === 'change' ? 'anew-456' : 'Grüße-123'),
    });
    await getAssertion({ ...access, pin: always('anew-456'), options: request(credential), origin });
  });

  it('alwaysUv is a toggle, and is read before it is written', async () => {
    const { access } = await keyWithPin();
    expect(await setAlwaysUv(access, true)).toBe('written');
    expect(await setAlwaysUv(access, true)).toBe('already-so');
    expect((await getInfo(access.device)).versions).not.toContain('U2F_V2');
    expect(await setAlwaysUv(access, false)).toBe('written');
    expect((await getInfo(access.device)).options['alwaysUv']).toBe(false);
  });

  it('never lowers the minimum length', async () => {
    const { access } = await keyWithPin();
    await setMinPinLength(access, { length: 6 });
    expect(await setMinPinLength(access, { length: 4 })).toBe('already-so');
    expect((await getInfo(access.device)).minPINLength).toBe(6);
  });

  it('a longer minimum than the PIN in use forces its change', async () => {
    const { access } = await keyWithPin();
    await setMinPinLength(access, { length: 8 });
    expect((await getInfo(access.device)).forcePINChange).toBe(true);
    await expect(createCredential({ ...access, options: creation(), origin })).rejects.toMatchObject({
      code: 'pin-change-required',
    });
  });

  it('an unprotected key takes its settings without a token', async () => {
    const plugged = await plugIn();
    const access = await accessTo(plugged, nobody);
    expect(await setMinPinLength(access, { length: 7 })).toBe('written');
    await expect(ensurePin({ ...access, pin: always('123456') })).rejects.toMatchObject({
      code: 'pin-rejected',
    });
    expect(await ensurePin({ ...access, pin: always('1234567') })).toBe('set');
  });

  it('a PIN that another program set in the meantime is not overwritten', async () => {
    const plugged = await plugIn();
    const other = await accessTo(plugged);
    const pin = async (): Promise<string> => {
      await ensurePin(other);
      return '654321';
    };
    await expect(ensurePin(await accessTo(plugged, pin))).rejects.toMatchObject({ code: 'pin-already-set' });
    await createCredential({ ...other, options: creation(), origin });
  });

  it('refuses more RP IDs than the key keeps, and PINs that no key takes', async () => {
    const { access } = await keyWithPin();
    const rpIds = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example'];
    await expect(setMinPinLength(access, { length: 4, rpIds })).rejects.toMatchObject({
      field: 'minPINLengthRpIds',
    });
    const fresh = await accessTo(await plugIn(), always('x'.repeat(64)));
    await expect(ensurePin(fresh)).rejects.toMatchObject({ code: 'pin-rejected' });
  });
});

describe('credentials on the key', () => {
  it.each(['ctap2.1-full', 'ctap2.1-preview', 'no-config'] as const)(
    'are listed and removed (%s)',
    async (profile) => {
      const { access } = await keyWithPin({ profile });
      for (const [party, name] of [
        ['a.example', 'alice'],
        ['a.example', 'bob'],
        ['b.example', 'alice'],
      ] as const) {
        const user = { id: userId(name), name, displayName: '' };
        await createCredential({
          ...access,
          options: creation({ rp: { id: party, name: party }, user }),
          origin,
        });
      }
      const all = await listCredentials(access);
      expect(all.map((kept) => [kept.rpId, kept.userName])).toEqual([
        ['a.example', 'bob'],
        ['a.example', 'alice'],
        ['b.example', 'alice'],
      ]);
      const [bob] = all;
      const userHandle = fromBase64Url(userId('alice'));
      const wrong = { ...access, rpId: 'a.example', credentialId: bob?.credentialId ?? null, userHandle };
      expect(await removeCredentials(wrong)).toBe(0);
      expect(await removeCredentials({ ...access, rpId: 'a.example', credentialId: null, userHandle })).toBe(
        1,
      );
      expect(await removeCredentials({ ...access, rpId: 'a.example', credentialId: null, userHandle })).toBe(
        0,
      );
      expect(await listCredentials(access, 'a.example')).toHaveLength(1);
      expect(await listCredentials(access, 'nobody.example')).toEqual([]);
      await expect(
        removeCredentials({ ...access, rpId: 'a.example', credentialId: null, userHandle: null }),
      ).rejects.toMatchObject({ code: 'options-invalid' });
    },
  );

  it('their names can be changed', async () => {
    const { access } = await keyWithPin();
    await createCredential({ ...access, options: creation(), origin });
    const [kept] = await listCredentials(access);
    if (kept === undefined) throw new Error('one credential was expected');
    const user = { id: kept.userHandle, name: 'liddell', displayName: 'Alice L.' };
    await updateCredentialUser(access, { credentialId: kept.credentialId, user });
    expect((await listCredentials(access))[0]).toMatchObject({
      userName: 'liddell',
      userDisplayName: 'Alice L.',
    });
    await expect(
      updateCredentialUser(access, {
        credentialId: kept.credentialId,
        user: { ...user, id: new Uint8Array(4) },
      }),
    ).rejects.toBeInstanceOf(ClientError);
  });

  it('a key that cannot manage them says so', async () => {
    const { access } = await keyWithPin({ profile: 'ctap2.0-old' });
    await expect(listCredentials(access)).rejects.toMatchObject({
      code: 'unsupported',
      field: 'credentialManagement',
    });
  });
});

describe('built-in user verification', () => {
  const withFinger = (answers: boolean[]) =>
    plugIn({ userVerification: { enrolled: true, answer: async () => answers.shift() ?? false } });

  it('verifies the person without a PIN, and its touch counts as presence', async () => {
    const plugged = await withFinger([true]);
    const options = creation();
    const credential = await createCredential({ ...(await accessTo(plugged, nobody)), options, origin });
    expect(verified(plugged, credential, options).userVerified).toBe(true);
  });

  it('asks for the finger again, then for the PIN', async () => {
    const plugged = await withFinger([true, false, false, false]);
    const asked: string[] = [];
    const access = await accessTo(plugged, async ({ reason }) => {
      asked.push(reason);
      return '123456';
    });
    await ensurePin(access);
    const options = creation();
    await createCredential({ ...access, options, origin });
    expect(asked).toEqual(['set']);
    const credential = await createCredential({ ...access, options, origin });
    expect(asked).toEqual(['set', 'verify']);
    expect(verified(plugged, credential, options).userVerified).toBe(true);
  });

  it('without a PIN to fall back to, a finger that is not known ends it', async () => {
    const access = await accessTo(await withFinger([]), nobody);
    await expect(createCredential({ ...access, options: creation(), origin })).rejects.toMatchObject({
      code: 'user-verification-failed',
    });
  });
});

describe('reset', () => {
  it('outside the ten seconds after plugging in: refused, in them: done', async () => {
    const plugged = await plugIn({ resetOnlyAfterAttaching: true });
    const access = await accessTo(plugged);
    await ensurePin(access);
    await plugged.clock.pass(10_001);
    await expect(resetKey(access)).rejects.toMatchObject({ code: 'reset-window-passed', status: 0x30 });
    plugged.key.remove();
    plugged.key.attach();
    const again = await accessTo(plugged);
    const touches: string[] = [];
    await resetKey({ ...again, onTouch: (touch) => touches.push(touch) });
    expect(touches).toEqual(['needed', 'done']);
    expect(await pinRetries(again)).toBeNull();
  });
});

describe('the PIN remembered for one operation', () => {
  it('is asked once, asked again when it was wrong, and forgotten', async () => {
    const asked: PinRequest[] = [];
    const remembered = rememberPin(async (question) => {
      asked.push(question);
      return `pin ${asked.length}`;
    });
    const verify = { reason: 'verify', retriesLeft: 8, wrong: false, minimumLength: 4 } as const;
    expect(await remembered.pin(verify)).toBe('pin 1');
    expect(await remembered.pin(verify)).toBe('pin 1');
    expect(await remembered.pin({ ...verify, wrong: true })).toBe('pin 2');
    expect(await remembered.pin(verify)).toBe('pin 2');
    expect(await remembered.pin({ ...verify, reason: 'change' })).toBe('pin 3');
    expect(await remembered.pin(verify)).toBe('pin 3');
    remembered.forget();
    expect(await remembered.pin(verify)).toBe('pin 4');
  });

  it('the rejection of whoever asks ends the operation as it is', async () => {
    const { plugged } = await keyWithPin();
    const closed = new Error('the window was closed');
    const pin = async (): Promise<string> => {
      throw closed;
    };
    await expect(
      createCredential({ ...(await accessTo(plugged, pin)), options: creation(), origin }),
    ).rejects.toBe(closed);
  });
});
