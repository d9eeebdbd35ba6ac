import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthenticatorData } from '../authenticator-data/index.ts';
import { equalBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import {
  ClientPin,
  CredentialManagement,
  type CtapDevice,
  choosePinUvAuthProtocol,
  enableEnterpriseAttestation,
  type GetAssertionRequest,
  getAssertion,
  getInfo,
  getNextAssertion,
  hidCommand,
  type MakeCredentialRequest,
  makeCredential,
  type PinUvAuthToken,
  pinUvAuthProtocol,
  reset,
  selection,
  setMinPINLength,
  toggleAlwaysUv,
  tokenPermission,
} from '../ctap2/index.ts';
import { hidReportLength } from '../ctaphid/index.ts';
import { createVirtualAuthenticator, virtualAlgorithms, virtualProfiles } from './index.ts';
import { memoryStore, type PluggedKey, plugIn, SimulatedClock, seededRandom } from './plugged-key.fake.ts';

const hash = new Uint8Array(32).fill(1);
const pin = '123456';
const rpId = 'example.org';

const request = (changes: Partial<MakeCredentialRequest> = {}): MakeCredentialRequest => ({
  clientDataHash: hash,
  rp: { id: rpId, name: 'Example' },
  user: { id: Uint8Array.of(1), name: 'alice', displayName: 'Alice' },
  algorithms: [-7],
  options: { rk: true },
  ...changes,
});
const question = (changes: Partial<GetAssertionRequest> = {}): GetAssertionRequest => ({
  rpId,
  clientDataHash: hash,
  ...changes,
});

const pinOf = (plugged: PluggedKey, device: CtapDevice, version: 1 | 2 = 2): ClientPin => {
  const protocol = pinUvAuthProtocol(version);
  if (protocol === null) throw new Error('both protocols are there');
  return new ClientPin({ device, protocol, random: plugged.random, maxMsgSize: 1200 });
};

const begin = async (options: Parameters<typeof plugIn>[0] = {}) => {
  const plugged = await plugIn({ touch: 1, ...options });
  const device = await plugged.open();
  return { plugged, device, clientPin: pinOf(plugged, device) };
};

const beginWithPin = async (options: Parameters<typeof plugIn>[0] = {}) => {
  const begun = await begin(options);
  await begun.clientPin.setPin(pin);
  const token = (permissions: number, rp?: string): Promise<PinUvAuthToken> =>
    begun.clientPin.tokenUsingPin(pin, { permissions, rpId: rp });
  return { ...begun, token };
};

const proof = (token: PinUvAuthToken, message = hash) => ({
  protocol: token.protocol,
  pinUvAuthParam: token.authenticate(message),
});

const status = (operation: Promise<unknown>): Promise<string> =>
  operation.then(
    () => 'CTAP2_OK',
    (error: { code?: string }) => error.code ?? String(error),
  );

const raw = async (device: CtapDevice, command: number, parameters?: unknown): Promise<number> => {
  const body = parameters === undefined ? new Uint8Array() : encode(parameters);
  const answer = await device.call(hidCommand.cbor, Uint8Array.of(command, ...body));
  return answer[0] ?? -1;
};

const { makeCredential: mc, getAssertion: ga } = tokenPermission;

describe('CTAP 2.1 §6.4 authenticatorGetInfo', () => {
  it('ctap2.1-full tells everything', async () => {
    const { device, plugged } = await begin();
    expect(await getInfo(device)).toMatchObject({
      versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1'],
      extensions: ['credBlob', 'credProtect', 'hmac-secret', 'largeBlobKey', 'minPinLength'],
      aaguid: plugged.key.aaguid,
      options: {
        rk: true,
        up: true,
        plat: false,
        clientPin: false,
        pinUvAuthToken: true,
        makeCredUvNotRqd: true,
        credMgmt: true,
        authnrCfg: true,
        alwaysUv: false,
        setMinPINLength: true,
        ep: false,
        largeBlobs: true,
      },
      pinUvAuthProtocols: [2, 1],
      minPINLength: 4,
      forcePINChange: false,
      remainingDiscoverableCredentials: 25,
      algorithms: virtualAlgorithms,
      transports: ['usb'],
    });
  });

  it('ctap2.0-old tells what CTAP 2.0 knew', async () => {
    const { device } = await begin({ profile: 'ctap2.0-old' });
    const info = await getInfo(device);
    expect(info).toMatchObject({ versions: ['U2F_V2', 'FIDO_2_0'], algorithms: [], transports: [] });
    expect(info.options).toEqual({ rk: true, up: true, plat: false, clientPin: false });
    expect(choosePinUvAuthProtocol(info)?.version).toBe(1);
  });

  it('each model has an AAGUID of its own', async () => {
    const aaguids = await Promise.all(
      virtualProfiles.map(async (profile) => (await getInfo((await begin({ profile })).device)).aaguid),
    );
    expect(new Set(aaguids).size).toBe(virtualProfiles.length);
  });
});

describe('requests (CTAP 2.1 §6, §8)', () => {
  it.each([
    ['an unknown command', 0x55, undefined, 0x01],
    ['a command of another model', 0x41, new Map(), 0x01],
    ['no parameters at all', 0x01, undefined, 0x14],
    ['a missing parameter', 0x01, new Map<number, unknown>([[1, hash]]), 0x14],
    ['a parameter of another type', 0x01, new Map<number, unknown>([[1, 'text']]), 0x11],
    ['parameters that are no map', 0x01, [1], 0x11],
    [
      'an unknown subcommand of clientPIN',
      0x06,
      new Map([
        [1, 2],
        [2, 0x33],
      ]),
      0x3e,
    ],
    [
      'an unknown PIN protocol',
      0x06,
      new Map([
        [1, 3],
        [2, 2],
      ]),
      0x02,
    ],
    ['getNextAssertion of nothing', 0x08, undefined, 0x30],
  ])('%s', async (_, command, parameters, expected) => {
    const { device } = await begin();
    expect(await raw(device, command, parameters)).toBe(expected);
  });

  it.each([
    ['map keys out of order', [0xa2, 0x02, 0x01, 0x01, 0x02]],
    ['a repeated map key', [0xa2, 0x01, 0x02, 0x01, 0x02]],
    ['an indefinite length', [0xbf, 0xff]],
    ['bytes after the end', [0xa0, 0x00]],
    ['a truncated item', [0xa1]],
  ])('not canonical CBOR: %s', async (_, body) => {
    const { device } = await begin();
    expect((await device.call(hidCommand.cbor, Uint8Array.of(0x06, ...body)))[0]).toBe(0x12);
  });

  it('longer than maxMsgSize: CTAP2_ERR_REQUEST_TOO_LARGE', async () => {
    const { device } = await begin();
    const { maxMsgSize } = await getInfo(device);
    const long = Uint8Array.of(0x01, ...new Uint8Array(maxMsgSize));
    expect((await device.call(hidCommand.cbor, long))[0]).toBe(0x39);
  });
});

describe('CTAP 2.1 §6.1.2 authenticatorMakeCredential', () => {
  it.each([
    ['CTAP1_ERR_INVALID_LENGTH', { clientDataHash: new Uint8Array(31) }],
    ['CTAP1_ERR_INVALID_LENGTH', { user: { id: new Uint8Array(65) } }],
    ['CTAP2_ERR_UNSUPPORTED_ALGORITHM', { algorithms: [-257, -65535] }],
    ['CTAP2_ERR_INVALID_OPTION', { options: { uv: true } }],
    ['CTAP1_ERR_INVALID_PARAMETER', { enterpriseAttestation: 2 as const }],
    [
      'CTAP2_ERR_LIMIT_EXCEEDED',
      { excludeList: Array.from({ length: 9 }, (_, id) => ({ id: Uint8Array.of(id) })) },
    ],
  ])('%s', async (expected, changes) => {
    const { device } = await begin();
    const { maxMsgSize } = await getInfo(device);
    expect(await status(makeCredential(device, request(changes), { maxMsgSize }))).toBe(expected);
  });

  it('up: false is CTAP2_ERR_INVALID_OPTION', async () => {
    const { device } = await begin();
    const parameters = new Map<number, unknown>([
      [1, hash],
      [2, { id: rpId }],
      [3, { id: hash }],
      [4, [{ alg: -7, type: 'public-key' }]],
      [7, { up: false }],
    ]);
    expect(await raw(device, 0x01, parameters)).toBe(0x2c);
  });

  it('an empty pinUvAuthParam asks for a touch, then tells whether a PIN is set', async () => {
    const { device, clientPin } = await begin();
    const select = { proof: { protocol: 2 as const, pinUvAuthParam: new Uint8Array() } };
    expect(await status(makeCredential(device, request(select)))).toBe('CTAP2_ERR_PIN_NOT_SET');
    await clientPin.setPin(pin);
    expect(await status(makeCredential(device, request(select)))).toBe('CTAP2_ERR_PIN_INVALID');
    expect(await status(getAssertion(device, question(select)))).toBe('CTAP2_ERR_PIN_INVALID');
  });

  it('protected, a discoverable credential needs verification; others not, unless alwaysUv', async () => {
    const { device, token } = await beginWithPin();
    expect(await status(makeCredential(device, request()))).toBe('CTAP2_ERR_PUAT_REQUIRED');
    expect(await status(makeCredential(device, request({ options: {} })))).toBe('CTAP2_OK');
    await toggleAlwaysUv(device, await token(tokenPermission.authenticatorConfiguration));
    expect(await status(makeCredential(device, request({ options: {} })))).toBe('CTAP2_ERR_PUAT_REQUIRED');
    expect(await status(getAssertion(device, question()))).toBe('CTAP2_ERR_PUAT_REQUIRED');
    expect(await status(getAssertion(device, question({ options: { up: false } })))).toBe(
      'CTAP2_ERR_NO_CREDENTIALS',
    );
  });

  it('alwaysUv on a key that nobody protected yet: no credential at all', async () => {
    const { device } = await begin();
    await toggleAlwaysUv(device, null);
    expect(await status(makeCredential(device, request()))).toBe('CTAP2_ERR_PUAT_REQUIRED');
    expect(await status(toggleAlwaysUv(device, null))).toBe('CTAP2_ERR_PUAT_REQUIRED');
  });

  it('the flags say what happened', async () => {
    const { device, token } = await beginWithPin();
    const made = await makeCredential(device, request({ proof: proof(await token(mc, rpId)) }));
    expect(parseAuthenticatorData(made.authenticatorData).flags).toEqual({
      userPresent: true,
      userVerified: true,
      backupEligible: false,
      backedUp: false,
    });
    const silent = await getAssertion(device, question({ options: { up: false } }));
    expect(parseAuthenticatorData(silent.authenticatorData).flags).toMatchObject({
      userPresent: false,
      userVerified: false,
    });
  });

  it('the counter grows with each signature', async () => {
    const { device } = await begin();
    const counts = [
      parseAuthenticatorData((await makeCredential(device, request())).authenticatorData).signCount,
    ];
    for (let use = 0; use < 3; use += 1) {
      counts.push(
        parseAuthenticatorData((await getAssertion(device, question())).authenticatorData).signCount,
      );
    }
    expect(counts).toEqual([1, 2, 3, 4]);
  });
});

describe('CTAP 2.1 §6.2 authenticatorGetAssertion and §6.3 authenticatorGetNextAssertion', () => {
  const three = async () => {
    const begun = await begin();
    for (const id of [1, 2, 3]) {
      await makeCredential(begun.device, request({ user: { id: Uint8Array.of(id), name: `user ${id}` } }));
    }
    return begun;
  };

  it('newest first, each once, without names before verification', async () => {
    const { device } = await three();
    const first = await getAssertion(device, question());
    expect(first.numberOfCredentials).toBe(3);
    const users = [first.user, (await getNextAssertion(device)).user, (await getNextAssertion(device)).user];
    expect(users.map((user) => [user?.id[0], user?.name])).toEqual([
      [3, null],
      [2, null],
      [1, null],
    ]);
    expect(await status(getNextAssertion(device))).toBe('CTAP2_ERR_NOT_ALLOWED');
  });

  it('another command in between, or 30 s, ends the sequence', async () => {
    const { device, plugged } = await three();
    await getAssertion(device, question());
    await getInfo(device);
    expect(await status(getNextAssertion(device))).toBe('CTAP2_ERR_NOT_ALLOWED');
    await getAssertion(device, question());
    await plugged.clock.pass(30_001);
    expect(await status(getNextAssertion(device))).toBe('CTAP2_ERR_NOT_ALLOWED');
  });

  it('by allow list one answers, and says no number', async () => {
    const { device } = await three();
    const { credentialId } = await getAssertion(device, question());
    const allowList = [{ id: new Uint8Array(16) }, { id: credentialId }];
    const answer = await getAssertion(device, question({ allowList }));
    expect(answer.credentialId).toEqual(credentialId);
    expect(answer.numberOfCredentials).toBe(1);
  });

  it('the rk option is refused', async () => {
    const { device } = await begin();
    const parameters = new Map<number, unknown>([
      [1, rpId],
      [2, hash],
      [5, { rk: true }],
    ]);
    expect(await raw(device, 0x02, parameters)).toBe(0x2b);
  });

  it.each([
    [1, ['found', 'found', 'found']],
    [2, ['none', 'found', 'found']],
    [3, ['none', 'none', 'found']],
  ])('CTAP 2.1 §12.1 credProtect %i: nameless, named, verified', async (level, expected) => {
    const { device, token } = await beginWithPin();
    const extensions = new Map([['credProtect', level]]);
    const made = await makeCredential(device, request({ extensions, proof: proof(await token(mc, rpId)) }));
    const { attestedCredential } = parseAuthenticatorData(made.authenticatorData);
    const allowList = [{ id: attestedCredential?.credentialId ?? hash }];
    const asked = [
      await status(getAssertion(device, question())),
      await status(getAssertion(device, question({ allowList }))),
      await status(getAssertion(device, question({ proof: proof(await token(ga, rpId)) }))),
    ];
    expect(asked.map((answer) => (answer === 'CTAP2_OK' ? 'found' : 'none'))).toEqual(expected);
    const excluding = request({ excludeList: allowList, options: {}, user: { id: Uint8Array.of(9) } });
    // §12.1.1: a credential that needs verification does not even show itself in an exclude list.
    expect(await status(makeCredential(device, excluding))).toBe(
      level === 3 ? 'CTAP2_OK' : 'CTAP2_ERR_CREDENTIAL_EXCLUDED',
    );
  });

  it.each([0, 4])('credProtect %i does not exist', async (level) => {
    const { device } = await begin();
    const extensions = new Map([['credProtect', level]]);
    expect(await status(makeCredential(device, request({ extensions })))).toBe('CTAP2_ERR_INVALID_OPTION');
  });

  it('hmac-secret: wrong MAC, odd salts, silence', async () => {
    const { device, plugged } = await begin();
    await makeCredential(device, request({ extensions: new Map([['hmac-secret', true]]) }));
    const protocol = pinUvAuthProtocol(2);
    if (protocol === null) throw new Error('protocol two is there');
    const ask = async (saltLength: number, options = {}, spoil = false): Promise<string> => {
      const { secret, platformKey } = await pinOf(plugged, device).agreement();
      const saltEnc = protocol.encrypt(secret, new Uint8Array(saltLength), plugged.random);
      const saltAuth = protocol.authenticate(secret, saltEnc);
      if (spoil) saltAuth[0] = (saltAuth[0] ?? 0) ^ 1;
      const input = new Map<number, unknown>([
        [1, platformKey],
        [2, saltEnc],
        [3, saltAuth],
        [4, 2],
      ]);
      return status(
        getAssertion(device, question({ extensions: new Map([['hmac-secret', input]]), options })),
      );
    };
    expect(await ask(32)).toBe('CTAP2_OK');
    expect(await ask(64)).toBe('CTAP2_OK');
    expect(await ask(48)).toBe('CTAP1_ERR_INVALID_LENGTH');
    expect(await ask(32, {}, true)).toBe('CTAP2_ERR_PIN_AUTH_INVALID');
    expect(await ask(32, { up: false })).toBe('CTAP2_ERR_UNSUPPORTED_OPTION');
  });
});

describe.each([1, 2] as const)('CTAP 2.1 §6.5 PIN/UV auth protocol %i', (version) => {
  it('sets, changes, proves', async () => {
    const { plugged, device } = await begin();
    const clientPin = pinOf(plugged, device, version);
    await clientPin.setPin(pin);
    expect(await status(clientPin.setPin(pin))).toBe('CTAP2_ERR_PIN_AUTH_INVALID');
    await clientPin.changePin(pin, 'пароль-7');
    const token = await clientPin.tokenUsingPin('пароль-7', { permissions: mc, rpId });
    await makeCredential(device, request({ proof: proof(token) }));
    const legacy = await clientPin.pinToken('пароль-7');
    expect(await status(getAssertion(device, question({ proof: proof(legacy) })))).toBe('CTAP2_OK');
  });

  it('the same PIN in another Unicode form is the same PIN', async () => {
    const { plugged, device } = await begin();
    const clientPin = pinOf(plugged, device, version);
    await clientPin.setPin('ﬀ\u00fcnf-5'.normalize('NFD'));
    await clientPin.pinToken('ﬀ\u00fcnf-5'.normalize('NFC'));
  });

  it('eight wrong ones, three by three, block it until the reset', async () => {
    const { plugged } = await begin();
    await pinOf(plugged, await plugged.open(), version).setPin(pin);
    const answers: string[] = [];
    for (let cycle = 0; cycle < 3; cycle += 1) {
      plugged.key.remove();
      plugged.key.attach();
      const clientPin = pinOf(plugged, await plugged.open(), version);
      for (let attempt = 0; attempt < 4; attempt += 1) {
        answers.push(await status(clientPin.pinToken('wrong')));
        const { retries, powerCycleRequired } = await clientPin.pinRetries();
        expect(powerCycleRequired).toBe(attempt >= 2 && retries > 0);
      }
    }
    const invalid = 'CTAP2_ERR_PIN_INVALID';
    const wait = 'CTAP2_ERR_PIN_AUTH_BLOCKED';
    const blocked = 'CTAP2_ERR_PIN_BLOCKED';
    expect(answers).toEqual([
      ...[invalid, invalid, wait, wait],
      ...[invalid, invalid, wait, wait],
      ...[invalid, blocked, blocked, blocked],
    ]);
    plugged.key.remove();
    plugged.key.attach();
    const device = await plugged.open();
    expect(await status(pinOf(plugged, device, version).pinToken(pin))).toBe(blocked);
    await reset(device);
    await pinOf(plugged, device, version).setPin(pin);
    expect(await pinOf(plugged, device, version).pinRetries()).toEqual({
      retries: 8,
      powerCycleRequired: false,
    });
  });

  it('refuses what is too short, counted in code points', async () => {
    const { plugged, device } = await begin();
    const clientPin = pinOf(plugged, device, version);
    expect(await status(clientPin.setPin('123'))).toBe('CTAP2_ERR_PIN_POLICY_VIOLATION');
    expect(await status(clientPin.setPin('ééé'))).toBe('CTAP2_ERR_PIN_POLICY_VIOLATION');
    await clientPin.setPin('🔑🔑🔑🔑');
    await expect(clientPin.setPin('x'.repeat(64))).rejects.toThrow(RangeError);
  });
});

describe('CTAP 2.1 §6.5.2.1: a token in use', () => {
  it('grants what it was given for, to the RP it was given for, once', async () => {
    const { device, token } = await beginWithPin();
    const wrong = await token(ga, rpId);
    expect(await status(makeCredential(device, request({ proof: proof(wrong) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    const elsewhere = await token(mc, 'other.example');
    expect(await status(makeCredential(device, request({ proof: proof(elsewhere) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    const once = await token(mc | ga, rpId);
    expect(await status(makeCredential(device, request({ proof: proof(once) })))).toBe('CTAP2_OK');
    expect(await status(makeCredential(device, request({ proof: proof(once) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    expect(await status(getAssertion(device, question({ proof: proof(once) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
  });

  it('is worthless 30 s after it was given and not used, and 10 minutes after in any case', async () => {
    const { device, token, plugged } = await beginWithPin();
    const unused = await token(mc, rpId);
    await plugged.clock.pass(30_001);
    expect(await status(makeCredential(device, request({ proof: proof(unused) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    const management = new CredentialManagement({
      device,
      token: await token(tokenPermission.credentialManagement),
      preview: false,
    });
    await management.metadata();
    await plugged.clock.pass(300_000);
    await management.metadata();
    await plugged.clock.pass(300_001);
    expect(await status(management.metadata())).toBe('CTAP2_ERR_PIN_AUTH_INVALID');
  });

  it('ends with the next one, with a PIN change, and when the key is pulled', async () => {
    const { device, token, clientPin, plugged } = await beginWithPin();
    const first = await token(mc, rpId);
    await token(mc, rpId);
    expect(await status(makeCredential(device, request({ proof: proof(first) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    const second = await token(mc, rpId);
    await clientPin.changePin(pin, '654321');
    expect(await status(makeCredential(device, request({ proof: proof(second) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    const third = await clientPin.tokenUsingPin('654321', { permissions: mc, rpId });
    plugged.key.remove();
    plugged.key.attach();
    const again = await plugged.open();
    expect(await status(makeCredential(again, request({ proof: proof(third) })))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
  });

  it('is given for known permissions alone, and to an RP where one is needed', async () => {
    const { clientPin } = await beginWithPin();
    const ask = (permissions: number, rp?: string): Promise<string> =>
      status(clientPin.tokenUsingPin(pin, { permissions, rpId: rp }));
    expect(await ask(0)).toBe('CTAP1_ERR_INVALID_PARAMETER');
    expect(await ask(mc)).toBe('CTAP2_ERR_MISSING_PARAMETER');
    expect(await ask(tokenPermission.bioEnrollment)).toBe('CTAP2_ERR_UNAUTHORIZED_PERMISSION');
    expect(await ask(0x80)).toBe('CTAP2_ERR_UNAUTHORIZED_PERMISSION');
    expect(await status(clientPin.tokenUsingUv({ permissions: mc, rpId }))).toBe('CTAP2_ERR_NOT_ALLOWED');
  });

  it('without a PIN there is none', async () => {
    const { clientPin } = await begin();
    expect(await status(clientPin.pinToken(pin))).toBe('CTAP2_ERR_PIN_NOT_SET');
    expect(await status(clientPin.changePin(pin, '654321'))).toBe('CTAP2_ERR_PIN_NOT_SET');
  });

  it('by fingerprint it counts as presence too, and three unknown fingers block the sensor', async () => {
    const answers = [true, false, false, false];
    const { device, clientPin, plugged } = await begin({
      touch: 'manual',
      userVerification: { enrolled: true, answer: async () => answers.shift() ?? true },
    });
    const token = await clientPin.tokenUsingUv({ permissions: mc, rpId });
    expect(await status(makeCredential(device, request({ proof: proof(token) })))).toBe('CTAP2_OK');
    const outcomes: string[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      outcomes.push(await status(clientPin.tokenUsingUv({ permissions: mc, rpId })));
    }
    expect(outcomes).toEqual([
      'CTAP2_ERR_UV_INVALID',
      'CTAP2_ERR_UV_INVALID',
      'CTAP2_ERR_UV_BLOCKED',
      'CTAP2_ERR_UV_BLOCKED',
    ]);
    expect(await clientPin.uvRetries()).toBe(0);
    expect(plugged.key.attached).toBe(true);
  });
});

describe('CTAP 2.1 §6.11 authenticatorConfig', () => {
  it('needs a token with its permission once the key is protected', async () => {
    const { device, token } = await beginWithPin();
    expect(await status(toggleAlwaysUv(device, null))).toBe('CTAP2_ERR_PUAT_REQUIRED');
    expect(await status(toggleAlwaysUv(device, await token(tokenPermission.credentialManagement)))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    expect(
      await status(
        enableEnterpriseAttestation(device, await token(tokenPermission.authenticatorConfiguration)),
      ),
    ).toBe('CTAP2_OK');
    expect((await getInfo(device)).options['ep']).toBe(true);
  });

  it('setMinPINLength: never lower, never without room, never half', async () => {
    const { device } = await begin();
    const set = (setting: object): Promise<string> =>
      status(setMinPINLength(device, { token: null, ...setting }));
    expect(await set({ newMinPINLength: 8 })).toBe('CTAP2_OK');
    expect(await set({ newMinPINLength: 7 })).toBe('CTAP2_ERR_PIN_POLICY_VIOLATION');
    expect(await set({ newMinPINLength: 64 })).toBe('CTAP2_ERR_PIN_POLICY_VIOLATION');
    expect(await set({ forceChangePin: true })).toBe('CTAP2_ERR_PIN_NOT_SET');
    const minPinLengthRPIDs = ['a', 'b', 'c', 'd', 'e'];
    expect(await set({ newMinPINLength: 9, minPinLengthRPIDs })).toBe('CTAP2_ERR_KEY_STORE_FULL');
    expect((await getInfo(device)).minPINLength).toBe(8);
    expect(await raw(device, 0x0d, new Map([[1, 0x44]]))).toBe(0x3e);
  });

  it('a forced change lets nothing but the change through', async () => {
    const { device, token, clientPin } = await beginWithPin();
    const config = await token(tokenPermission.authenticatorConfiguration);
    await setMinPINLength(device, { token: config, forceChangePin: true });
    expect(await status(token(mc, rpId))).toBe('CTAP2_ERR_PIN_POLICY_VIOLATION');
    expect(await status(clientPin.pinToken(pin))).toBe('CTAP2_ERR_PIN_POLICY_VIOLATION');
    expect(await status(clientPin.changePin(pin, pin))).toBe('CTAP2_ERR_PIN_POLICY_VIOLATION');
    await clientPin.changePin(pin, '654321');
    expect((await getInfo(device)).forcePINChange).toBe(false);
  });
});

describe('CTAP 2.1 §6.8 authenticatorCredentialManagement', () => {
  it('needs a token, and keeps to its RP', async () => {
    const { device, token } = await beginWithPin();
    await makeCredential(device, request({ proof: proof(await token(mc, rpId)) }));
    expect(await raw(device, 0x0a, new Map([[1, 1]]))).toBe(0x36);
    const managing = async (rp?: string): Promise<CredentialManagement> =>
      new CredentialManagement({
        device,
        token: await token(tokenPermission.credentialManagement, rp),
        preview: false,
      });
    const [party] = await (await managing()).relyingParties();
    const hashOfRp = party?.rpIdHash ?? hash;
    const bound = await managing('other.example');
    expect(await status(bound.metadata())).toBe('CTAP2_ERR_PIN_AUTH_INVALID');
    expect(await status(bound.credentials(hashOfRp))).toBe('CTAP2_ERR_PIN_AUTH_INVALID');
    const [kept] = await (await managing(rpId)).credentials(hashOfRp);
    expect(kept).toMatchObject({ credProtect: 1, user: { name: 'alice', displayName: 'Alice' } });
    expect(await status(bound.deleteCredential(kept?.credentialId ?? hash))).toBe(
      'CTAP2_ERR_PIN_AUTH_INVALID',
    );
    const free = await managing();
    expect(await status(free.deleteCredential(hash))).toBe('CTAP2_ERR_NO_CREDENTIALS');
    await free.deleteCredential(kept?.credentialId ?? hash);
    expect(await free.metadata()).toEqual({
      existingResidentCredentialsCount: 0,
      maxPossibleRemainingResidentCredentialsCount: 25,
    });
    expect(await free.relyingParties()).toEqual([]);
  });

  it('an enumeration that was interrupted does not go on', async () => {
    const { device, token } = await beginWithPin();
    expect(await raw(device, 0x0a, new Map([[1, 3]]))).toBe(0x30);
    expect(await raw(device, 0x0a, new Map([[1, 5]]))).toBe(0x30);
    await token(tokenPermission.credentialManagement);
  });
});

describe('CTAP 2.1 §6.6 authenticatorReset and §6.9 authenticatorSelection', () => {
  it('a reset takes credentials, PIN, settings and sealed credentials; attestation stays', async () => {
    const { device, token } = await beginWithPin();
    const sealed = await makeCredential(
      device,
      request({ options: {}, proof: proof(await token(mc, rpId)) }),
    );
    const { attestedCredential } = parseAuthenticatorData(sealed.authenticatorData);
    const allowList = [{ id: attestedCredential?.credentialId ?? hash }];
    await toggleAlwaysUv(device, await token(tokenPermission.authenticatorConfiguration));
    await reset(device);
    expect((await getInfo(device)).options).toMatchObject({ clientPin: false, alwaysUv: false });
    expect(await status(getAssertion(device, question({ allowList })))).toBe('CTAP2_ERR_NO_CREDENTIALS');
    const again = await makeCredential(device, request());
    expect(again.attestationStatement.get('x5c')).toEqual(sealed.attestationStatement.get('x5c'));
  });

  it('waits for the person', async () => {
    const { device, plugged } = await begin({ touch: 'manual' });
    const pressed = selection(device, { onKeepalive: () => plugged.key.press() });
    expect(await status(pressed)).toBe('CTAP2_OK');
    expect(await status(selection(device))).toBe('CTAP2_ERR_USER_ACTION_TIMEOUT');
    expect(await status(reset(device))).toBe('CTAP2_ERR_USER_ACTION_TIMEOUT');
  });
});

describe('what survives', () => {
  it('an answer leaves the key only after the state is kept', async () => {
    const store = memoryStore();
    const { device } = await begin({ store });
    const order: string[] = [];
    store.save = async (state) => {
      await Promise.resolve();
      store.kept = state;
      order.push('kept');
    };
    await makeCredential(device, request()).then(() => order.push('answered'));
    expect(order).toEqual(['kept', 'answered']);
  });

  it('a wrong PIN counts even if the key is pulled before it answers', async () => {
    const { plugged, device, clientPin } = await beginWithPin();
    const { save } = plugged.store;
    plugged.store.save = async (state) => {
      await save(state);
      plugged.key.remove();
    };
    await expect(clientPin.pinToken('wrong')).rejects.toMatchObject({ code: 'removed' });
    plugged.store.save = save;
    plugged.key.attach();
    const again = pinOf(plugged, await plugged.open());
    expect(await again.pinRetries()).toMatchObject({ retries: 7 });
    await device.close();
  });

  it('a damaged state is an error, not a fresh key', async () => {
    const store = memoryStore();
    const { clock, random } = { clock: new SimulatedClock(), random: seededRandom('damaged') };
    const options = { serial: 'VK', store, clock, random, touch: 1, attestation: 'self' } as const;
    for (const kept of [Uint8Array.of(1), encode({}), encode({ version: 9 }), encode({ version: 1 })]) {
      store.kept = kept;
      await expect(createVirtualAuthenticator(options)).rejects.toThrow();
    }
  });

  it('another root issues another certificate, the same root the same one', async () => {
    const { plugged, device } = await begin();
    const certificateOf = async (from: CtapDevice): Promise<Uint8Array> => {
      const x5c = (await makeCredential(from, request())).attestationStatement.get('x5c');
      return Array.isArray(x5c) ? x5c[0] : new Uint8Array();
    };
    const first = await certificateOf(device);
    const sameRoot = await plugIn({ touch: 1, store: plugged.store, attestation: plugged.root });
    expect(equalBytes(await certificateOf(await sameRoot.open()), first)).toBe(true);
    const otherRoot = await plugIn({ touch: 1, store: plugged.store });
    expect(equalBytes(await certificateOf(await otherRoot.open()), first)).toBe(false);
    const certificate = new X509Certificate(first);
    expect(certificate.verify(new X509Certificate(plugged.root.certificate).publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subject).toContain('OU=Authenticator Attestation');
  });
});

describe('never falls over', () => {
  it('whatever a request says, it is answered with a status', async () => {
    const { device } = await begin({ touch: 0 });
    const anything = fc.uint8Array({ maxLength: 200 });
    const members = fc.dictionary(fc.integer({ min: 0, max: 12 }).map(String), fc.anything({ maxDepth: 2 }));
    const almost = fc
      .tuple(fc.constantFrom(1, 2, 4, 6, 8, 9, 10, 12, 13, 0x40, 0x41), members)
      .map(([command, raw]) => {
        const entries = Object.entries(raw).map(([key, value]) => [Number(key), value] as const);
        try {
          return Uint8Array.of(command, ...encode(new Map(entries)));
        } catch {
          return Uint8Array.of(command, 0xa0);
        }
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, almost), async (request) => {
        const answer = await device.call(hidCommand.cbor, request);
        expect(answer.length).toBeGreaterThan(0);
        expect(answer[0]).not.toBe(0x7f);
      }),
      { numRuns: 1_000, seed: 7 },
    );
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
  });

  it('whatever reports come, it goes on answering', async () => {
    const { plugged, device } = await begin();
    const connection = plugged.key.connect();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: hidReportLength, maxLength: hidReportLength }),
        async (report) => {
          // Half of them on a channel that is in use.
          if ((report[63] ?? 0) > 127) report.set([0, 0, 0, 1]);
          await connection.send(report);
        },
      ),
      { numRuns: 3_000, seed: 7 },
    );
    await plugged.clock.pass(1_000);
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
  });

  it('whatever APDUs come, it goes on answering', async () => {
    const { plugged } = await begin();
    const card = plugged.key.connectCard();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (apdu) => {
        expect((await card.transmit(apdu)).length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 3_000, seed: 7 },
    );
  });
});
