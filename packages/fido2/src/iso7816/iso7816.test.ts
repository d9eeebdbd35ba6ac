import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../bytes/index.ts';
import {
  createCredential,
  ensurePin,
  getAssertion,
  listCredentials,
  removeCredentials,
  resetKey,
} from '../client/index.ts';
import { getInfo, hidCommand, selection, u2fVersion } from '../ctap2/index.ts';
import { VpcdConversation } from '../virtual-authenticator/index.ts';
import { always, type PluggedKey, plugIn } from '../virtual-authenticator/plugged-key.fake.ts';
import { verifyAuthentication, verifyRegistration } from '../webauthn/index.ts';
import {
  type CardConnection,
  chainedApdus,
  extendedApdu,
  fidoApplicationId,
  openCardCtap,
  parseCommand,
  parseResponse,
  shortApdu,
} from './index.ts';

const bytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');

const rpId = 'login.example.org';
const origin = 'https://login.example.org';
const challenge = toBase64Url(new Uint8Array(32).fill(7));
const creation = {
  rp: { id: rpId, name: 'Example' },
  user: { id: toBase64Url(new Uint8Array(32).fill(1)), name: 'alice', displayName: 'Alice' },
  challenge,
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  attestation: 'direct',
};

const openCard = ({ key, clock }: PluggedKey, lengths: 'chained' | 'extended' = 'chained') =>
  openCardCtap(key.connectCard(), { clock, lengths });

/** The same card with its APDUs on record, or answered by somebody else. */
const intercepted = (
  card: CardConnection,
  answer: (apdu: Uint8Array, next: (apdu: Uint8Array) => Promise<Uint8Array>) => Promise<Uint8Array>,
): CardConnection => ({
  ...card,
  transmit: (apdu) => answer(apdu, (each) => card.transmit(each)),
});

describe('ISO 7816-4 §5.1: command APDUs', () => {
  const command = (length: number) => ({ cla: 0x80, ins: 0x10, p1: 0, p2: 0, data: bytes(length) });

  it.each([0, 1, 255])('%i bytes go into a short one', (length) => {
    const parsed = parseCommand(shortApdu(command(length)));
    expect(parsed).toEqual({ ...command(length), chained: false, extended: false, expected: 256 });
    expect(() => shortApdu(command(256))).toThrow(RangeError);
  });

  it.each([0, 1, 255, 256, 65_535])('%i bytes go into an extended one', (length) => {
    const parsed = parseCommand(extendedApdu(command(length)));
    expect(parsed).toEqual({ ...command(length), chained: false, extended: true, expected: 65_536 });
    expect(() => extendedApdu(command(65_536))).toThrow(RangeError);
  });

  it.each([
    [0, 1],
    [255, 1],
    [256, 2],
    [510, 2],
    [511, 3],
  ])('%i bytes are chained over %i', (length, count) => {
    const parts = chainedApdus(command(length)).map((apdu) => parseCommand(apdu));
    expect(parts).toHaveLength(count);
    expect(parts.map((part) => part?.chained)).toEqual([...Array(count - 1).fill(true), false]);
    expect(Buffer.concat(parts.map((part) => part?.data ?? bytes(0)))).toEqual(Buffer.from(bytes(length)));
  });

  it.each([
    '',
    '80',
    '801000',
    '8010000002aa',
    '80100000000002aa',
    '80100000020102030405',
    '801000000000',
    '80100000000001aa00',
  ])('lengths that lie are no command: %s', (text) => {
    expect(parseCommand(Buffer.from(text, 'hex'))).toBeNull();
  });

  it.each([
    ['00a40400', 0],
    ['00a4040000', 256],
    ['00a4040010', 16],
    ['00a40400000010', 16],
    ['00a40400000000', 65_536],
    ['00a4040001aa', 0],
    ['00a4040001aa08', 8],
  ])('%s asks for %i bytes', (text, expected) => {
    expect(parseCommand(Buffer.from(text, 'hex'))?.expected).toBe(expected);
  });

  it('a response ends with its status word', () => {
    expect(parseResponse(Uint8Array.of(1, 2, 0x90, 0))).toEqual({
      data: Uint8Array.of(1, 2),
      statusWord: 0x9000,
    });
    expect(parseResponse(Uint8Array.of(0x90))).toBeNull();
  });
});

describe.each(['chained', 'extended'] as const)('CTAP 2.1 §11.3 with %s APDUs', (lengths) => {
  it('the main road: PIN, credential verified, sign-in, list, remove, reset', async () => {
    const plugged = await plugIn();
    const device = await openCard(plugged, lengths);
    const access = { device, random: plugged.random, pin: always('123456') };
    await ensurePin(access);
    const touches: string[] = [];
    const credential = await createCredential({
      ...access,
      options: creation,
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
        userVerification: 'required',
        attestation: 'direct',
      },
      trust: { anchors: [plugged.root.certificate], requireTrusted: true },
      now: new Date('2026-01-01'),
    });
    verifyAuthentication({
      credential: await getAssertion({ ...access, options: { challenge, rpId }, origin }),
      expected: { challenge, origins: [origin], rpId, userVerification: 'required' },
      stored,
    });
    const [kept] = await listCredentials(access);
    expect(
      await removeCredentials({
        ...access,
        rpId,
        credentialId: kept?.credentialId ?? null,
        userHandle: null,
      }),
    ).toBe(1);
    await resetKey(access);
    expect((await getInfo(device)).options['clientPin']).toBe(false);
  });

  it('a message longer than one short APDU, and its answer, arrive whole', async () => {
    const plugged = await plugIn();
    const lengthsSeen: number[] = [];
    const connection = intercepted(plugged.key.connectCard(), async (apdu, next) => {
      const response = await next(apdu);
      lengthsSeen.push(apdu.length, response.length);
      return response;
    });
    const device = await openCardCtap(connection, { clock: plugged.clock, lengths });
    expect((await getInfo(device)).aaguid).toBe(plugged.key.aaguid);
    const wholeInOne = lengthsSeen.some((length) => length > 258);
    expect(wholeInOne).toBe(lengths === 'extended');
  });
});

describe('NFCCTAP_GETRESPONSE (CTAP 2.1 §11.3.7.2)', () => {
  it('asks again while the card waits for the person', async () => {
    const plugged = await plugIn({ touch: 1_000 });
    const seen: string[] = [];
    await selection(await openCard(plugged), { onKeepalive: (status) => seen.push(status) });
    expect(seen.filter((status) => status === 'user-presence-needed').length).toBeGreaterThan(2);
  });

  it('cancels by its P1', async () => {
    const plugged = await plugIn({ touch: 'manual' });
    const device = await openCard(plugged);
    const abort = new AbortController();
    const waiting = selection(device, { signal: abort.signal, onKeepalive: () => abort.abort() });
    await expect(waiting).rejects.toMatchObject({ status: 0x2d });
    await expect(selection(device, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
  });

  it('a card that knows nothing of it is asked plainly', async () => {
    const plugged = await plugIn();
    const seen: number[] = [];
    const connection = intercepted(plugged.key.connectCard(), async (apdu, next) => {
      seen.push(apdu[2] ?? 0);
      return apdu[1] === 0x10 && apdu[2] === 0x80 ? Uint8Array.of(0x6a, 0x86) : next(apdu);
    });
    const device = await openCardCtap(connection, { clock: plugged.clock });
    await selection(device);
    expect(seen.at(-1)).toBe(0);
  });
});

describe('cards as they are', () => {
  it('without the FIDO applet: `unsupported`', async () => {
    const { clock } = await plugIn();
    const empty: CardConnection = {
      transmit: async () => Uint8Array.of(0x6a, 0x82),
      onRemoved: () => () => {},
      close: async () => {},
    };
    await expect(openCardCtap(empty, { clock })).rejects.toMatchObject({
      code: 'unsupported',
      transportStatus: 0x6a82,
    });
  });

  it('CTAP1 alone: the version says so and a try tells that there is no CTAP2', async () => {
    const plugged = await plugIn();
    const connection = intercepted(plugged.key.connectCard(), async (apdu, next) =>
      apdu[1] === 0x10 ? Uint8Array.of(0x6d, 0x00) : next(apdu),
    );
    const device = await openCardCtap(connection, { clock: plugged.clock });
    expect(device.capabilities).toEqual({ wink: false, cbor: false, msg: true });
    expect(await u2fVersion(device)).toBe('U2F_V2');
  });

  it('CTAP2 alone: calls itself FIDO_2_0', async () => {
    const device = await openCard(await plugIn({ attestation: 'self' }));
    expect(device.capabilities).toEqual({ wink: false, cbor: true, msg: false });
  });

  it('one that refuses extended lengths is spoken to in short ones, and the reverse', async () => {
    for (const lengths of ['extended', 'chained'] as const) {
      const plugged = await plugIn({ touch: 1 });
      const refused = lengths === 'extended' ? Uint8Array.of(0x67, 0x00) : Uint8Array.of(0x68, 0x84);
      let refusals = 0;
      const connection = intercepted(plugged.key.connectCard(), async (apdu, next) => {
        const command = parseCommand(apdu);
        const refuse = lengths === 'extended' ? command?.extended : command?.chained;
        if (refuse !== true || (command?.data.length ?? 0) < 255) return next(apdu);
        refusals += 1;
        return refused;
      });
      const device = await openCardCtap(connection, { clock: plugged.clock, lengths });
      const options = { ...creation, authenticatorSelection: { userVerification: 'discouraged' } };
      const name = 'a rather long name '.repeat(12);
      await createCredential({
        device,
        random: plugged.random,
        pin: always(''),
        options: { ...options, user: { ...options.user, displayName: name, name } },
        origin,
      });
      expect(refusals).toBe(1);
    }
  });

  it('deselected by another program, the applet is selected again and asked once more', async () => {
    const plugged = await plugIn();
    const device = await openCard(plugged);
    const other = plugged.key.connectCard();
    expect(hex(await other.transmit(shortApdu({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: bytes(7) })))).toBe(
      '6a82',
    );
    expect((await getInfo(device)).versions).toContain('FIDO_2_1');
  });

  it('taken out of the reader in the middle: `removed`', async () => {
    const plugged = await plugIn({ touch: 'manual' });
    const device = await openCard(plugged);
    const waiting = selection(device, { onKeepalive: () => plugged.key.remove() });
    await expect(waiting).rejects.toMatchObject({ code: expect.stringMatching(/removed|transport-failed/) });
    plugged.key.attach();
    await expect(getInfo(device)).rejects.toMatchObject({ name: 'DeviceError' });
    expect((await getInfo(await openCard(plugged))).aaguid).toBe(plugged.key.aaguid);
  });

  it('silent, endless and wordless answers end with an error', async () => {
    const plugged = await plugIn();
    const answering = async (answer: () => Promise<Uint8Array>): Promise<unknown> => {
      let broken = false;
      const connection = intercepted(plugged.key.connectCard(), (apdu, next) =>
        broken ? answer() : next(apdu),
      );
      const device = await openCardCtap(connection, { clock: plugged.clock });
      broken = true;
      return getInfo(device).catch((error: unknown) => error);
    };
    expect(await answering(async () => Uint8Array.of(0x61))).toMatchObject({ code: 'protocol-violated' });
    expect(await answering(async () => Uint8Array.of(0x61, 0x10))).toMatchObject({
      code: 'protocol-violated',
    });
    expect(await answering(async () => Uint8Array.of(...bytes(255), 0x61, 0))).toMatchObject({
      code: 'protocol-violated',
    });
    expect(await answering(async () => Uint8Array.of(0x91, 0x00))).toMatchObject({ code: 'timeout' });
    expect(await answering(() => new Promise(() => {}))).toMatchObject({ code: 'timeout' });
    expect(await answering(async () => Uint8Array.of(0x69, 0x82))).toMatchObject({ transportStatus: 0x6982 });
  });

  it('knows no CTAPHID-only commands', async () => {
    const device = await openCard(await plugIn());
    await expect(device.call(hidCommand.wink, bytes(0))).rejects.toMatchObject({ code: 'unsupported' });
    await expect(device.vendor(0x41, bytes(0))).rejects.toMatchObject({ code: 'unsupported' });
    await expect(device.call(hidCommand.msg, bytes(2))).rejects.toMatchObject({ code: 'protocol-violated' });
    await device.close();
    await expect(getInfo(device)).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('the virtual card judges APDUs', () => {
  it.each([
    ['an instruction that it does not know', '00b0000000', '6d00'],
    ['a class that it does not know', 'a010000000', '6e00'],
    ['GET RESPONSE without anything waiting', '00c0000000', '6985'],
    ['NFCCTAP_GETRESPONSE without anything pending', '8011000000', '6985'],
    ['lengths that lie', '8010000005aa', '6700'],
  ])('%s', async (_, apdu, statusWord) => {
    const { key } = await plugIn();
    const card = key.connectCard();
    await card.transmit(shortApdu({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: fidoApplicationId }));
    expect(hex(await card.transmit(Buffer.from(apdu, 'hex')))).toBe(statusWord);
  });

  it('a chain without end is refused and forgotten', async () => {
    const { key } = await plugIn();
    const card = key.connectCard();
    const part = chainedApdus({ cla: 0x80, ins: 0x10, p1: 0, p2: 0, data: bytes(300) })[0] ?? bytes(0);
    const answers = new Set<string>();
    for (let count = 0; count < 40; count += 1) answers.add(hex(await card.transmit(part)));
    expect([...answers]).toEqual(['9000', '6700']);
  });

  it('a chain that was left open is forgotten when another command comes', async () => {
    const { key } = await plugIn();
    const card = key.connectCard();
    const select = shortApdu({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: fidoApplicationId });
    await card.transmit(select);
    const part = chainedApdus({ cla: 0x80, ins: 0x10, p1: 0, p2: 0, data: bytes(300) })[0] ?? bytes(0);
    expect(hex(await card.transmit(part))).toBe('9000');
    expect(hex((await card.transmit(select)).subarray(-2))).toBe('9000');
    // Half a SELECT is none.
    expect(hex(await card.transmit(Uint8Array.of(0x10, ...select.subarray(1))))).toBe('6884');
    expect(hex((await card.transmit(select)).subarray(-2))).toBe('9000');
  });
});

describe("vpcd's protocol", () => {
  const frame = (message: Uint8Array): Uint8Array =>
    Uint8Array.of(message.length >> 8, message.length & 0xff, ...message);
  const select = shortApdu({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: fidoApplicationId });

  it('tells the ATR, answers APDUs, and takes frames in any pieces', async () => {
    const { key } = await plugIn();
    const conversation = new VpcdConversation(key.card);
    const answerToReset = await conversation.receive(frame(Uint8Array.of(0x04)));
    expect(hex(answerToReset)).toMatch(/^000a3b858001/);
    expect(answerToReset.subarray(3).reduce((check, byte) => check ^ byte, 0)).toBe(0);
    const whole = Uint8Array.of(...frame(Uint8Array.of(0x01)), ...frame(select), ...frame(select));
    let answered = '';
    for (const byte of whole) answered += hex(await conversation.receive(Uint8Array.of(byte)));
    const version = hex(frame(Uint8Array.of(...new TextEncoder().encode('U2F_V2'), 0x90, 0x00)));
    expect(answered).toBe(version + version);
  });

  it('power off pulls the key, power on plugs it in; nothing else is answered', async () => {
    const { key } = await plugIn();
    const conversation = new VpcdConversation(key.card);
    expect(await conversation.receive(frame(Uint8Array.of(0x00)))).toHaveLength(0);
    expect(key.attached).toBe(false);
    expect(hex(await conversation.receive(frame(select)))).toBe('00026f00');
    await conversation.receive(frame(Uint8Array.of(0x01)));
    expect(key.attached).toBe(true);
    await conversation.receive(frame(Uint8Array.of(0x02)));
    expect(key.attached).toBe(true);
    expect(
      await conversation.receive(Uint8Array.of(...frame(bytes(0)), ...frame(Uint8Array.of(0x33)))),
    ).toHaveLength(0);
  });
});
