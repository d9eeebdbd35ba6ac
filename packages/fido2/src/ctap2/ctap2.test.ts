import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import {
  configureKey,
  createCredential,
  listCredentials,
  removeCredentials,
  setAlwaysUv,
} from '../client/index.ts';
import { always, plugIn, seededRandom } from '../virtual-authenticator/plugged-key.fake.ts';
import {
  agree,
  agreementCoseKey,
  CborFields,
  ClientPin,
  CredentialManagement,
  type CtapDevice,
  CtapError,
  choosePinUvAuthProtocol,
  ctapStatus,
  ctapStatusName,
  DeviceError,
  generateAgreementKey,
  getAssertion,
  getInfo,
  hidCommand,
  isCtapError,
  makeCredential,
  type PinUvAuthToken,
  parseInfo,
  pinBytes,
  pinLength,
  pinUvAuthProtocol,
  pinUvAuthProtocols,
  readLargeBlobArray,
  setMinPINLength,
  toggleAlwaysUv,
  writeLargeBlobArray,
} from './index.ts';

const hash = new Uint8Array(32).fill(1);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** A key that says what the test says. */
const scripted = (answer: (request: Uint8Array) => Uint8Array | Promise<Uint8Array>): CtapDevice => ({
  transport: 'hid',
  capabilities: { wink: false, cbor: true, msg: false },
  deviceVersion: [0, 0, 0],
  call: async (_, payload) => answer(payload),
  vendor: async () => new Uint8Array(),
  close: async () => {},
});
const ok = (members: unknown): Uint8Array => concatBytes(Uint8Array.of(0), encode(members));
const answering = (bytes: Uint8Array): CtapDevice => scripted(() => bytes);

const aaguid = hex('00112233445566778899aabbccddeeff');
const minimalInfo: [number, unknown][] = [
  [1, ['FIDO_2_0']],
  [3, aaguid],
];

describe('status bytes (CTAP 2.1 §8.2)', () => {
  it('keep their name, and a byte without a name stays what it is', async () => {
    for (const [name, status] of Object.entries(ctapStatus)) expect(ctapStatusName(status)).toBe(name);
    expect([0x99, 0xe5, 0xf2].map(ctapStatusName)).toEqual(['UNKNOWN_0x99', 'EXTENSION_0xe5', 'VENDOR_0xf2']);
    const error = await getInfo(answering(Uint8Array.of(0xf2))).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CtapError);
    expect(error).toMatchObject({ status: 0xf2, code: 'VENDOR_0xf2' });
    expect(isCtapError(error)).toBe(true);
    expect(isCtapError(error, 'CTAP2_ERR_PIN_INVALID')).toBe(false);
  });
});

describe('authenticatorGetInfo (CTAP 2.1 §6.4)', () => {
  it('the least that a key says, with the defaults of the standard', async () => {
    expect(await getInfo(answering(ok(new Map(minimalInfo))))).toMatchObject({
      versions: ['FIDO_2_0'],
      aaguid: '00112233-4455-6677-8899-aabbccddeeff',
      extensions: [],
      options: {},
      maxMsgSize: 1024,
      pinUvAuthProtocols: [],
      minPINLength: 4,
      maxPINLength: 63,
      forcePINChange: false,
      maxCredentialCountInList: null,
      authenticatorConfigCommands: null,
    });
  });

  it('every member of CTAP 2.2, and unknown ones kept', () => {
    const info = parseInfo(
      new Map<unknown, unknown>([
        ...minimalInfo,
        [0x02, ['credProtect']],
        [
          0x04,
          new Map<unknown, unknown>([
            ['rk', true],
            ['odd', 'text'],
            [7, true],
          ]),
        ],
        [0x05, 2048],
        [0x06, [2, 1]],
        [0x07, 8],
        [0x08, 128],
        [0x09, ['usb', 'nfc']],
        [
          0x0a,
          [
            new Map<unknown, unknown>([
              ['alg', -7],
              ['type', 'public-key'],
            ]),
            new Map(),
          ],
        ],
        [0x0b, 4096],
        [0x0c, true],
        [0x0d, 6],
        [0x0e, 0x50402],
        [0x0f, 32],
        [0x10, 1],
        [0x11, 3],
        [0x12, 2],
        [0x13, new Map([['FIPS-CMVP-3', 1]])],
        [0x14, 99],
        [0x15, [1, 2]],
        [0x16, ['packed', 'tpm']],
        [0x17, 5],
        [0x18, true],
        [0x19, hash],
        [0x1a, ['usb']],
        [0x1b, true],
        [0x1c, new TextEncoder().encode('https://pin.example')],
        [0x1d, 32],
        [0x1e, hash],
        [0x1f, [1, 2, 3]],
        [0x44, 'from the future'],
        [-1, 'from a vendor'],
      ]),
    );
    expect(info).toMatchObject({
      options: { rk: true },
      algorithms: [-7],
      certifications: { 'FIPS-CMVP-3': 1 },
      vendorPrototypeConfigCommands: [1, 2],
      attestationFormats: ['packed', 'tpm'],
      uvCountSinceLastPinEntry: 5,
      longTouchForReset: true,
      transportsForReset: ['usb'],
      pinComplexityPolicy: true,
      pinComplexityPolicyURL: 'https://pin.example',
      maxPINLength: 32,
      authenticatorConfigCommands: [1, 2, 3],
    });
    expect([...info.unknown]).toEqual([
      [0x44, 'from the future'],
      [-1, 'from a vendor'],
    ]);
  });

  it('a member of another type than defined counts as not said, and is kept as unknown', () => {
    const info = parseInfo(new Map<unknown, unknown>([...minimalInfo, [0x05, 'big'], [0x06, [1, 'two']]]));
    expect(info).toMatchObject({ maxMsgSize: 1024, pinUvAuthProtocols: [] });
    expect([...info.unknown.keys()]).toEqual([0x05, 0x06]);
  });

  it.each([
    ['an empty answer', new Uint8Array()],
    ['no map', ok([1])],
    ['bytes after the end', concatBytes(ok(new Map(minimalInfo)), Uint8Array.of(0))],
    [
      'map keys out of order',
      concatBytes(Uint8Array.of(0, 0xa2, 0x03, 0x50), aaguid, hex('0181684649444f5f325f30')),
    ],
    ['an indefinite length', Uint8Array.of(0, 0xbf, 0xff)],
    ['no versions', ok(new Map([[3, aaguid]]))],
    [
      'a short AAGUID',
      ok(
        new Map<number, unknown>([
          [1, ['FIDO_2_0']],
          [3, new Uint8Array(15)],
        ]),
      ),
    ],
  ])('%s is no answer', async (_, bytes) => {
    await expect(getInfo(answering(bytes))).rejects.toMatchObject({
      name: 'DeviceError',
      code: 'response-malformed',
    });
  });

  it('__proto__ among the options harms nobody', () => {
    const info = parseInfo(new Map<unknown, unknown>([...minimalInfo, [4, new Map([['__proto__', true]])]]));
    expect(Object.getPrototypeOf(info.options)).toBe(Object.prototype);
    expect(Object.keys(info.options)).toEqual(['__proto__']);
  });
});

describe('requests', () => {
  it('are canonical CBOR, with absent members left out', async () => {
    let sent = new Uint8Array();
    const device = scripted((request) => {
      sent = Uint8Array.from(request);
      return Uint8Array.of(0x2e);
    });
    await getAssertion(device, {
      rpId: 'a',
      clientDataHash: hash,
      allowList: [],
      options: { up: false },
    }).catch(() => {});
    expect(sent[0]).toBe(0x02);
    expect(decode(sent.subarray(1), { canonicalOrder: true })).toEqual(
      new Map<number, unknown>([
        [1, 'a'],
        [2, hash],
        [5, new Map([['up', false]])],
      ]),
    );
  });

  it("stay within the key's maxMsgSize, or are not sent", async () => {
    const device = scripted(() => {
      throw new Error('it was sent');
    });
    const allowList = Array.from({ length: 12 }, () => ({ id: new Uint8Array(100) }));
    await expect(getAssertion(device, { rpId: 'a', clientDataHash: hash, allowList })).rejects.toMatchObject({
      code: 'message-too-large',
    });
  });
});

describe('answers of a misbehaving key', () => {
  const wrong: [string, unknown][] = [
    ['nothing', new Map()],
    [
      'fmt of another type',
      new Map<number, unknown>([
        [1, 7],
        [2, hash],
        [3, new Map()],
      ]),
    ],
    [
      'no authData',
      new Map<number, unknown>([
        [1, 'packed'],
        [3, new Map()],
      ]),
    ],
    [
      'attStmt of another type',
      new Map<number, unknown>([
        [1, 'packed'],
        [2, hash],
        [3, hash],
      ]),
    ],
  ];
  it.each(wrong)('makeCredential: %s', async (_, members) => {
    const request = { clientDataHash: hash, rp: { id: 'a' }, user: { id: hash }, algorithms: [-7] };
    await expect(makeCredential(answering(ok(members)), request)).rejects.toMatchObject({
      code: 'response-malformed',
    });
  });

  it('getAssertion without a credential is understood where the allow list had one (CTAP 2.0 §5.2)', async () => {
    const device = answering(
      ok(
        new Map<number, unknown>([
          [2, hash],
          [3, hash],
        ]),
      ),
    );
    const one = { rpId: 'a', clientDataHash: hash, allowList: [{ id: hash }] };
    expect((await getAssertion(device, one)).credentialId).toEqual(hash);
    await expect(getAssertion(device, { ...one, allowList: [] })).rejects.toMatchObject({
      code: 'response-malformed',
    });
  });

  it('a name cut in the middle of a character is read all the same (WebAuthn L3 §6.4.1)', async () => {
    const cut = concatBytes(
      hex('00a3 02 41 01 03 41 01 04 a2 62 6964 41 01 64 6e616d65'.replaceAll(' ', '')),
      hex('62c3c3'),
    );
    const answer = concatBytes(hex('00a401a2626964410164747970656a7075626c69632d6b6579'), cut.subarray(2));
    expect((await getAssertion(answering(answer), { rpId: 'a', clientDataHash: hash })).user?.name).toBe(
      '\ufffd\ufffd',
    );
  });

  it('a key agreement key that is not on the curve is refused', async () => {
    const invalid = new Map<number, unknown>([
      [1, 2],
      [3, -25],
      [-1, 1],
      [-2, hash],
      [-3, hash],
    ]);
    const [protocol] = pinUvAuthProtocols;
    if (protocol === undefined) throw new Error('there are protocols');
    const context = { device: answering(ok(new Map([[1, invalid]]))), protocol, random: seededRandom('pin') };
    await expect(new ClientPin(context).pinToken('1234')).rejects.toMatchObject({
      code: 'response-malformed',
    });
  });
});

describe('PIN/UV auth protocols (CTAP 2.1 §6.5.6, §6.5.7)', () => {
  const token = hex('0125fecfd8bf3f679bd9ec221324baa74f3cade0314b4fba8029500a320612ad');

  /** Published: WebAuthnWorks, CTAP 2.1 migration guide, authenticatorConfig. */
  it.each([
    [0x02, '40d0d64f5030fa46d8e27c1bb358d5eb7b0da88fd4955b83ed19335bb35d886c'],
    [0x01, '4e724bc8af8776d0e92a3961c28bf9980b7b3962c610ba7abf07c74a0972b074'],
  ])('protocol two authenticates authenticatorConfig subcommand %i as published', (subCommand, expected) => {
    const message = concatBytes(new Uint8Array(32).fill(0xff), Uint8Array.of(0x0d, subCommand));
    expect(Buffer.from(pinUvAuthProtocol(2)?.authenticate(token, message) ?? hash).toString('hex')).toBe(
      expected,
    );
  });

  it.each([1, 2])('protocol %i: both sides agree, and what one encrypts the other decrypts', (version) => {
    const protocol = pinUvAuthProtocol(version);
    if (protocol === null) throw new Error('there is such a protocol');
    const random = seededRandom(`protocol ${version}`);
    const [platform, key] = [generateAgreementKey(random), generateAgreementKey(random)];
    const fields = (from: typeof platform): CborFields =>
      new CborFields(agreementCoseKey(from), () => new Error());
    const agreed = agree(platform, fields(key));
    expect(agreed).toEqual(agree(key, fields(platform)));
    const secret = protocol.sharedSecret(agreed ?? hash);
    const plaintext = new Uint8Array(64).fill(5);
    const ciphertext = protocol.encrypt(secret, plaintext, random);
    expect(ciphertext).toHaveLength(version === 1 ? 64 : 80);
    expect(Buffer.from(protocol.decrypt(secret, ciphertext) ?? hash)).toEqual(Buffer.from(plaintext));
    expect(protocol.decrypt(secret, ciphertext.subarray(1))).toBeNull();
    expect(protocol.decrypt(secret, new Uint8Array())).toBeNull();
    expect(protocol.authenticate(secret, plaintext)).toHaveLength(version === 1 ? 16 : 32);
  });

  it('the first that the key names and we know; protocol one where an old key names none', () => {
    const chosen = (members: [number, unknown][]): number | undefined =>
      choosePinUvAuthProtocol(parseInfo(new Map<unknown, unknown>([...minimalInfo, ...members])))?.version;
    expect(chosen([[6, [9, 2, 1]]])).toBe(2);
    expect(chosen([[6, [1, 2]]])).toBe(1);
    expect(chosen([[4, new Map([['clientPin', false]])]])).toBe(1);
    expect(chosen([[6, [9]]])).toBeUndefined();
    expect(chosen([])).toBeUndefined();
    expect(pinUvAuthProtocol(3)).toBeNull();
  });

  it('PINs: NFC, 63 bytes, no zero byte, counted in code points', () => {
    expect(pinBytes('')).toBeNull();
    expect(pinBytes('x'.repeat(63))).toHaveLength(63);
    expect(pinBytes('x'.repeat(64))).toBeNull();
    expect(pinBytes('ab\u0000cd')).toBeNull();
    expect(pinBytes('e\u0301')).toEqual(pinBytes('\u00e9'));
    expect(pinLength('🔑🔑')).toBe(2);
  });
});

describe('keys as they are', () => {
  const rp = { id: 'example.org', name: 'Example' };
  const options = {
    rp,
    user: { id: 'AAAA', name: 'alice', displayName: 'Alice' },
    challenge: 'AAAA',
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  };

  /** The virtual key, with somebody's manners. */
  const mannered = async (
    change: (request: Uint8Array, next: (request: Uint8Array) => Promise<Uint8Array>) => Promise<Uint8Array>,
  ) => {
    const plugged = await plugIn({ touch: 1 });
    const real = await plugged.open();
    const device: CtapDevice = {
      transport: 'hid',
      capabilities: real.capabilities,
      deviceVersion: real.deviceVersion,
      call: (command, payload, callOptions) =>
        command === hidCommand.cbor
          ? change(payload, (request) => real.call(command, request, callOptions))
          : real.call(command, payload, callOptions),
      vendor: (command, payload) => real.vendor(command, payload),
      close: () => real.close(),
    };
    return { device, random: plugged.random, pin: always('123456') };
  };

  it('spend a token on every write: a new one is asked for, with the PIN once', async () => {
    let deletions = 0;
    const access = await mannered(async (request, next) => {
      const deletes = request[0] === 0x0a && request[3] === 0x06;
      deletions += deletes ? 1 : 0;
      return deletes && deletions % 2 === 1
        ? Uint8Array.of(ctapStatus.CTAP2_ERR_PIN_AUTH_INVALID)
        : next(request);
    });
    const configuration = { pin: true, minPINLength: null, alwaysUv: null, forcePINChange: false };
    await configureKey({ ...access, configuration });
    const { rawId } = await createCredential({ ...access, options, origin: 'https://example.org' });
    const [kept] = await listCredentials(access);
    expect(rawId).toBe(Buffer.from(kept?.credentialId ?? hash).toString('base64url'));
    const userHandle = Uint8Array.from(Buffer.from('AAAA', 'base64url'));
    expect(await removeCredentials({ ...access, rpId: rp.id, credentialId: null, userHandle })).toBe(1);
    expect(deletions).toBe(2);
  });

  it('spend a token on the silent look-up: a new one is asked for before the touch', async () => {
    let spent = false;
    const access = await mannered(async (request, next) => {
      if (request[0] === 0x02) spent = true;
      if (request[0] !== 0x01 || !spent) return next(request);
      spent = false;
      return Uint8Array.of(ctapStatus.CTAP2_ERR_PIN_AUTH_INVALID);
    });
    const configuration = { pin: true, minPINLength: null, alwaysUv: null, forcePINChange: false };
    await configureKey({ ...access, configuration });
    const excludeCredentials = Array.from({ length: 20 }, (_, index) => ({
      type: 'public-key',
      id: Buffer.alloc(40, index + 1).toString('base64url'),
    }));
    let asked = 0;
    const pin = async (): Promise<string> => {
      asked += 1;
      return '123456';
    };
    await createCredential({
      ...access,
      pin,
      options: { ...options, excludeCredentials },
      origin: 'https://example.org',
    });
    expect(asked).toBe(2);
  });

  it('answer OK and do nothing: reading back tells', async () => {
    const access = await mannered((request, next) =>
      request[0] === 0x0d ? Promise.resolve(Uint8Array.of(0)) : next(request),
    );
    const configuration = { pin: true, minPINLength: 8, alwaysUv: true, forcePINChange: false };
    await expect(configureKey({ ...access, configuration })).rejects.toMatchObject({
      code: 'read-back-differs',
      field: 'minPINLength',
    });
  });

  it('answer a status nobody expects there: it is kept', async () => {
    const access = await mannered((request, next) =>
      request[0] === 0x0d ? Promise.resolve(Uint8Array.of(0xf9)) : next(request),
    );
    await expect(setAlwaysUv(access, true)).rejects.toMatchObject({ code: 'key-failed', status: 0xf9 });
  });

  it('say OK and zero where they hold nothing', async () => {
    const token: PinUvAuthToken = { protocol: 1, authenticate: () => hash };
    const device = answering(ok(new Map([[5, 0]])));
    expect(await new CredentialManagement({ device, token, preview: true }).relyingParties()).toEqual([]);
  });

  it('of the preview sort their maps as they like', async () => {
    const token: PinUvAuthToken = { protocol: 1, authenticate: () => hash };
    const device = answering(Uint8Array.of(0, 0xa2, 0x02, 0x05, 0x01, 0x01));
    const context = { device, token };
    expect(await new CredentialManagement({ ...context, preview: true }).metadata()).toEqual({
      existingResidentCredentialsCount: 1,
      maxPossibleRemainingResidentCredentialsCount: 5,
    });
    await expect(new CredentialManagement({ ...context, preview: false }).metadata()).rejects.toMatchObject({
      code: 'response-malformed',
    });
  });

  it('without a PIN take authenticatorConfig without a token', async () => {
    const seen: unknown[] = [];
    const device = scripted((request) => {
      seen.push(decode(request.subarray(1)));
      return Uint8Array.of(0);
    });
    await toggleAlwaysUv(device, null);
    await setMinPINLength(device, {
      token: null,
      newMinPINLength: 6,
      minPinLengthRPIDs: ['a'],
      forceChangePin: true,
    });
    expect(seen).toEqual([
      new Map([[1, 2]]),
      new Map<number, unknown>([
        [1, 3],
        [
          2,
          new Map<number, unknown>([
            [1, 6],
            [2, ['a']],
            [3, true],
          ]),
        ],
      ]),
    ]);
  });
});

describe('authenticatorLargeBlobs (CTAP 2.1 §6.10) on a key that lies', () => {
  const full = (request: Uint8Array): Uint8Array => {
    const asked = decode(request.subarray(1));
    const length = asked instanceof Map ? Number(asked.get(1)) : 0;
    return ok(new Map([[1, new Uint8Array(length)]]));
  };

  it('reading ends, however much the key claims to keep', async () => {
    let calls = 0;
    const endless = scripted((request) => {
      calls += 1;
      return full(request);
    });
    const options = { maxMsgSize: 1024, maxSerializedLargeBlobArray: Number.MAX_SAFE_INTEGER };
    expect(await readLargeBlobArray(endless, options)).toEqual(Uint8Array.of(0x80));
    expect(calls).toBe(69);
  });

  it('more than was asked for is malformed', async () => {
    const eager = answering(ok(new Map([[1, new Uint8Array(961)]])));
    const options = { maxMsgSize: 1024, maxSerializedLargeBlobArray: 4096 };
    await expect(readLargeBlobArray(eager, options)).rejects.toMatchObject({ code: 'response-malformed' });
  });

  it('a message length that leaves no room for a fragment is refused, not tried for ever', async () => {
    const options = { maxMsgSize: 8, maxSerializedLargeBlobArray: 4096 };
    await expect(readLargeBlobArray(answering(ok(new Map())), options)).rejects.toBeInstanceOf(DeviceError);
    const written = { array: Uint8Array.of(0x80), token: null };
    await expect(writeLargeBlobArray(answering(ok(new Map())), written, options)).rejects.toMatchObject({
      code: 'message-too-large',
    });
  });
});
