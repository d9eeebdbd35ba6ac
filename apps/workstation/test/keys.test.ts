import type { ConnectedKey } from '@keywarden/api';
import { fromBase64Url } from '@keywarden/fido2/bytes';
import { verifyAuthentication, verifyRegistration } from '@keywarden/fido2/webauthn';
import { decodeJwt } from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asked, type Bench, first, openPage, openSession, orderFor, resultOf, run, steps } from './bench.ts';
import {
  authenticateAction,
  challenge,
  configureAction,
  deviceHandle,
  enrollAction,
  origin,
  removeAction,
  userHandle,
} from './key-actions.ts';
import { createOrderSigner, type OrderSigner, rpId, tagRpId } from './order-signer.ts';
import { codeOf, discard, Refused, start, type TestPage } from './pages.ts';

let server: OrderSigner;
beforeAll(async () => {
  server = await createOrderSigner();
});

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface KeyBench extends Bench {
  /** The first key, as the session listed it. */
  readonly key: ConnectedKey;
}

async function takeOver(on: Omit<Bench, 'page'>): Promise<TestPage> {
  const page = await openPage(on, true);
  cleanups.push(() => page.close());
  return page;
}

async function bench(virtualKeys = 1): Promise<KeyBench> {
  const workstation = await start([server], { virtualKeys });
  cleanups.push(async () => {
    await workstation.stop();
    await discard(workstation.folder);
  });
  const page = await takeOver({ server, workstation });
  return { server, workstation, page, key: first(await openSession({ server, workstation, page })) };
}

describe('the road of a key', () => {
  it('is configured, proves its tag, is enrolled, authenticates, and gives the credential back', async () => {
    const on = await bench();
    const { page, workstation, key } = on;
    expect(key).toMatchObject({ transport: 'virtual', virtual: true, serial: 'VK-0001', tag: null });
    expect(key.facts).toMatchObject({ clientPinSet: false, pinRetries: null, minPINLength: 4 });

    const configure = configureAction(key.connectionId);
    const configured = await run(on, configure, ['123456']);
    const { assetTag, facts } = resultOf(configured, 'configure');
    expect(facts).toMatchObject({ clientPinSet: true, minPINLength: 6, pinRetries: 8 });
    expect(steps(page.events)).toEqual([
      'check-capabilities started',
      'check-capabilities done',
      'set-pin started',
      'set-pin done',
      'write-policy started',
      'write-policy done',
      'write-asset-tag started',
      'write-asset-tag done',
      'read-back started',
      'read-back done',
    ]);
    const tag = verifyRegistration({
      credential: assetTag ?? expect.fail('no asset tag'),
      expected: {
        challenge: configure.assetTag.challenge,
        origins: ['keywarden:asset-tag'],
        rpId: tagRpId,
        algorithms: [-7],
        userVerification: 'discouraged',
        attestation: 'none',
      },
      trust: { anchors: [], requireTrusted: false },
      now: new Date(),
    });

    const identify = { rpId: tagRpId, challenge: challenge() };
    const again = await server.order(workstation.workstationId, { action: 'session', identify });
    const session = await page.ask('session.open', { order: again, takeOver: false });
    const shown = first(session.devices).tag ?? expect.fail('no tag shown');
    expect(shown.userHandle).toBe(deviceHandle);
    verifyAuthentication({
      credential: { id: shown.credentialId, response: shown },
      expected: {
        challenge: identify.challenge,
        origins: ['keywarden:asset-tag'],
        rpId: tagRpId,
        userVerification: 'discouraged',
        requireUserPresence: false,
      },
      stored: { ...tag, backupEligible: null },
    });

    page.events.length = 0;
    const enroll = enrollAction(key.connectionId);
    // Asked once for the whole road: the key accepted the PIN a moment ago.
    const enrolled = await run(on, enroll);
    expect(asked(page.events)).toEqual([]);
    expect(page.events.map(({ event }) => event).filter((event) => event.startsWith('touch'))).toEqual([
      'touch.required',
      'touch.done',
    ]);
    const registration = verifyRegistration({
      credential: resultOf(enrolled, 'enroll').credential,
      expected: {
        challenge: enroll.options.challenge,
        origins: [origin],
        rpId,
        algorithms: [-7],
        userVerification: 'required',
        attestation: 'direct',
      },
      trust: { anchors: [], requireTrusted: false },
      now: new Date(),
    });

    const authenticate = authenticateAction(key.connectionId, registration.credentialId);
    const authenticated = resultOf(await run(on, authenticate), 'authenticate');
    const verified = verifyAuthentication({
      credential: authenticated.credential,
      expected: {
        challenge: authenticate.options.challenge,
        origins: [origin],
        rpId,
        userVerification: 'required',
      },
      stored: { ...registration, backupEligible: null },
    });
    expect(verified.userVerified).toBe(true);

    const exclude = enrollAction(key.connectionId, {
      options: { excludeCredentials: [{ type: 'public-key', id: registration.credentialId }] },
    });
    expect(await codeOf(run(on, exclude))).toBe('CREDENTIAL_EXCLUDED');

    const kept = removeAction(key.connectionId, { keepCredentialIds: [registration.credentialId] });
    expect(resultOf(await run(on, kept), 'remove-credential').removed).toBe(0);
    expect(resultOf(await run(on, removeAction(key.connectionId)), 'remove-credential').removed).toBe(1);
    expect(resultOf(await run(on, removeAction(key.connectionId)), 'remove-credential').removed).toBe(0);
    expect(await codeOf(run(on, authenticate))).toBe('CTAP_ERROR');
  });

  it('leaves a receipt for each order until the page says that the server has it', async () => {
    const on = await bench();
    const done = await run(on, configureAction(on.key.connectionId, { assetTag: null }), ['123456']);
    const { jti, aud, iss } = decodeJwt(done.receipt);
    expect({ aud, iss }).toEqual({ aud: server.issuer, iss: on.workstation.workstationId });
    const waiting = { jti, action: 'configure', device: on.key.connectionId, receipt: done.receipt };
    expect(await on.page.ask('receipts.list', {})).toEqual({ receipts: [waiting] });
    await on.page.ask('receipts.acknowledge', { jti: jti ?? '' });
    expect(await on.page.ask('receipts.list', {})).toEqual({ receipts: [] });
  });

  it('can be walked twice: a second configuration changes nothing and asks for what the key has', async () => {
    const on = await bench();
    const { page, key } = on;
    await run(on, configureAction(key.connectionId), ['123456']);
    const next = await takeOver(on);
    const second = await run({ ...on, page: next }, configureAction(key.connectionId), ['123456']);
    expect(resultOf(second, 'configure').facts.minPINLength).toBe(6);
    expect(asked(next.events)).toMatchObject([{ reason: 'verify', retriesLeft: 8, hint: '123456' }]);
    expect(steps(next.events)).toContain('write-policy skipped');
    expect(asked(page.events)).toMatchObject([{ reason: 'set', minimumLength: 6, hint: null }]);
  });
});

describe('a look at the keys', () => {
  it('waits for another look, and an operation waits for it: neither takes the key from the other', async () => {
    const on = await bench();
    await run(on, configureAction(on.key.connectionId), ['123456']);
    const looks = await Promise.all([openSession(on), openSession(on), openSession(on)]);
    for (const devices of looks) expect(first(devices).tag?.userHandle).toBe(deviceHandle);
    const last = openSession(on);
    const removed = await run(on, removeAction(on.key.connectionId));
    expect(resultOf(removed, 'remove-credential').removed).toBe(0);
    expect(await last).toHaveLength(1);
  });
});

describe('the PIN', () => {
  it('that breaks the policy is rejected before the key hears of it, and the question stays open', async () => {
    const on = await bench();
    const { page, key } = on;
    const digits = { mode: 'typed', minimumLength: 6, maximumLength: 8, characters: 'digits' };
    const action = configureAction(key.connectionId, { pin: digits, assetTag: null });
    const id = page.nextId();
    const done = page.ask('order.run', { order: await orderFor(on, action) }, id);
    const question = await page.event('pin.required');
    expect(question).toMatchObject({ minimumLength: 6, maximumLength: 8, characters: 'digits' });
    for (const pin of ['12345', '123456789', '12345a']) {
      expect(await codeOf(page.ask('pin.provide', { operation: id, pin }))).toBe('PIN_REJECTED');
    }
    await page.ask('pin.provide', { operation: id, pin: '123456' });
    expect(resultOf(await done, 'configure').facts.clientPinSet).toBe(true);
    expect(await codeOf(page.ask('pin.provide', { operation: id, pin: '123456' }))).toBe(
      'OPERATION_NOT_FOUND',
    );
  });

  it('when wrong is asked for again with the tries left, and after three the key wants to be put back', async () => {
    const on = await bench();
    const { key } = on;
    await run(on, configureAction(key.connectionId, { assetTag: null }), ['123456']);
    const page = await takeOver(on);
    const attempt = run({ ...on, page }, enrollAction(key.connectionId), ['000000', '111111', '222222']);
    const refused = await attempt.catch((error: unknown) => error);
    expect(asked(page.events)).toMatchObject([
      { reason: 'verify', wrong: false, retriesLeft: 8 },
      { reason: 'verify', wrong: true, retriesLeft: 7 },
      { reason: 'verify', wrong: true, retriesLeft: 6 },
    ]);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused instanceof Refused && refused.error).toMatchObject({
      code: 'PIN_AUTH_BLOCKED',
      retriesLeft: 5,
    });
  });

  it('is never offered to a key with three tries left', async () => {
    const on = await bench();
    const { workstation, key } = on;
    await run(on, configureAction(key.connectionId, { assetTag: null }), ['123456']);
    const page = await takeOver(on);
    await run({ ...on, page }, enrollAction(key.connectionId), ['000000', '1111', '222222']).catch(
      () => null,
    );
    workstation.virtualKeys?.remove(0);
    workstation.virtualKeys?.attach(0);
    const { connectionId, facts } = first(await openSession({ ...on, page }));
    expect(facts.pinRetries).toBe(5);
    page.events.length = 0;
    const attempt = run({ ...on, page }, enrollAction(connectionId), ['000000', '111111', '222222']);
    const refused = await attempt.catch((error: unknown) => error);
    expect(refused instanceof Refused && refused.error).toMatchObject({
      code: 'PIN_TOO_FEW_RETRIES',
      retriesLeft: 3,
    });
    expect(asked(page.events)).toHaveLength(2);
    page.events.length = 0;
    expect(await codeOf(run({ ...on, page }, removeAction(connectionId)))).toBe('PIN_TOO_FEW_RETRIES');
    expect(asked(page.events)).toEqual([]);
  });

  it('that was typed for one page is not remembered for the next', async () => {
    const on = await bench();
    await run(on, configureAction(on.key.connectionId, { assetTag: null }), ['123456']);
    const page = await takeOver(on);
    await run({ ...on, page }, enrollAction(on.key.connectionId), ['123456']);
    expect(asked(page.events)).toHaveLength(1);
  });

  it('chosen elsewhere and too short for the policy is replaced before the policy is written', async () => {
    const on = await bench();
    const { key } = on;
    const loose = { mode: 'typed', minimumLength: 4, maximumLength: 63, characters: 'any' };
    const four = configureAction(key.connectionId, { pin: loose, minPINLength: null, assetTag: null });
    await run(on, four, ['1234']);
    const page = await takeOver(on);
    const done = await run({ ...on, page }, configureAction(key.connectionId), ['1234', '654321']);
    expect(asked(page.events)).toMatchObject([
      { reason: 'verify', minimumLength: 4 },
      { reason: 'change', minimumLength: 6 },
    ]);
    expect(resultOf(done, 'configure').facts).toMatchObject({ minPINLength: 6, forcePINChange: false });
  });

  it('is to be changed by its owner where the policy says so, and then by whoever enrolls the key again', async () => {
    const on = await bench();
    const { page, key } = on;
    await run(on, configureAction(key.connectionId), ['123456']);
    const enrolled = await run(on, enrollAction(key.connectionId, { forcePINChange: true }));
    expect(resultOf(enrolled, 'enroll').facts.forcePINChange).toBe(true);
    expect(steps(page.events)).toContain('force-pin-change done');
    expect(await codeOf(run(on, removeAction(key.connectionId)))).toBe('PIN_CHANGE_REQUIRED');
    page.events.length = 0;
    await run(on, enrollAction(key.connectionId), ['654321']);
    expect(asked(page.events)).toMatchObject([{ reason: 'change' }]);
    expect(resultOf(await run(on, removeAction(key.connectionId)), 'remove-credential').removed).toBe(1);
  });
});

describe('an operation that does not come to its end', () => {
  /** Brings a configured key to where it waits for a touch. */
  async function waitingForTouch() {
    const on = await bench();
    await run(on, configureAction(on.key.connectionId), ['123456']);
    on.page.events.length = 0;
    on.workstation.virtualKeys?.holdTouch(0);
    const order = await orderFor(on, enrollAction(on.key.connectionId));
    const id = on.page.nextId();
    const code = codeOf(on.page.ask('order.run', { order }, id));
    await on.page.event('touch.required');
    return { ...on, id, code, order };
  }

  /** How many credentials of the user the key holds. */
  async function credentials(on: KeyBench, connectionId = on.key.connectionId): Promise<number> {
    on.workstation.virtualKeys?.autoTouch(0);
    return resultOf(await run(on, removeAction(connectionId), ['123456']), 'remove-credential').removed;
  }

  it('is cancelled while it waits for a touch, on the key too', async () => {
    const on = await waitingForTouch();
    await on.page.ask('operation.cancel', { operation: on.id });
    expect(await on.code).toBe('OPERATION_CANCELLED');
    expect(await codeOf(on.page.ask('operation.cancel', { operation: on.id }))).toBe('OPERATION_NOT_FOUND');
    expect(await credentials(on)).toBe(0);
    expect((await on.page.ask('receipts.list', {})).receipts.map(({ action }) => action)).toEqual([
      'configure',
      'remove-credential',
    ]);
  });

  it('is cancelled while it waits for a PIN', async () => {
    const on = await bench();
    expect(await codeOf(run(on, configureAction(on.key.connectionId)))).toBe('OPERATION_CANCELLED');
    const [{ facts }] = [first(await openSession(on))];
    expect(facts.clientPinSet).toBe(false);
  });

  it('is cancelled before it has begun: a person is as quick as a signature is verified', async () => {
    const on = await bench();
    const order = await orderFor(on, configureAction(on.key.connectionId));
    const id = on.page.nextId();
    const code = codeOf(on.page.ask('order.run', { order }, id));
    await on.page.ask('operation.cancel', { operation: id });
    expect(await code).toBe('OPERATION_CANCELLED');
    expect(on.page.events.map(({ event }) => event)).not.toContain('pin.required');
  });

  it('ends when the key is pulled; put back it is another connection that old orders do not reach', async () => {
    const on = await waitingForTouch();
    const { connectionId } = on.key;
    on.workstation.virtualKeys?.remove(0);
    expect(await on.code).toBe('DEVICE_REMOVED');
    expect(await on.page.event('device.removed')).toMatchObject({ connectionId });
    on.workstation.virtualKeys?.attach(0);
    const { device } = await on.page.event('device.attached');
    expect(device).toMatchObject({ serial: 'VK-0001', tag: null });
    expect(device.connectionId).not.toBe(connectionId);
    expect(await codeOf(run(on, enrollAction(connectionId)))).toBe('DEVICE_REMOVED');
    expect(await credentials(on, device.connectionId)).toBe(0);
  });

  it('keeps its key to itself, and an order refused for that is still good afterwards', async () => {
    const on = await waitingForTouch();
    const next = await orderFor(on, removeAction(on.key.connectionId));
    expect(await codeOf(on.page.ask('order.run', { order: next }))).toBe('DEVICE_BUSY');
    // A key at work is listed as it was, without a new proof of its tag.
    expect(first(await openSession(on)).tag).toBeNull();
    on.workstation.virtualKeys?.touch(0);
    expect(await on.code).toBe('none');
    const { result } = await on.page.ask('order.run', { order: next });
    expect(result).toMatchObject({ action: 'remove-credential', removed: 1 });
  });

  it('and its order count as used all the same', async () => {
    const on = await waitingForTouch();
    await on.page.ask('operation.cancel', { operation: on.id });
    await on.code;
    expect(await codeOf(on.page.ask('order.run', { order: on.order }))).toBe('ORDER_USED');
  });

  it('is cancelled when another page takes over', async () => {
    const on = await waitingForTouch();
    const next = await takeOver(on);
    expect(await on.code).toBe('OPERATION_CANCELLED');
    expect(await on.page.event('session.lost')).toMatchObject({ reason: 'taken-over' });
    expect(await credentials({ ...on, page: next })).toBe(0);
  });

  it('is cancelled when its page goes while the key waits for a touch', async () => {
    const on = await waitingForTouch();
    await on.page.close();
    await on.code.catch(() => undefined);
    const next = await takeOver(on);
    expect(await credentials({ ...on, page: next })).toBe(0);
  });

  it('is finished when its page goes after the touch, and the next page finds the receipt', async () => {
    const on = await waitingForTouch();
    on.page.on((event) => {
      if (event.event === 'touch.done') on.page.socket.terminate();
    });
    on.workstation.virtualKeys?.touch(0);
    await on.code.catch(() => undefined);
    const next = await takeOver(on);
    await expect
      .poll(async () => (await next.ask('receipts.list', {})).receipts.map(({ action }) => action))
      .toEqual(['configure', 'enroll']);
    // The receipt is on disk a moment before the key is let go.
    await expect.poll(() => credentials({ ...on, page: next }), { timeout: 10_000 }).toBe(1);
  });

  it('is cancelled when the service stops, and another key may be worked on meanwhile', async () => {
    const on = await bench(2);
    const [one, two] = await openSession(on);
    on.workstation.virtualKeys?.holdTouch(0);
    const tag = {
      pin: { mode: 'none', minimumLength: 4, maximumLength: 63, characters: 'any' },
      minPINLength: null,
    };
    const waiting = codeOf(run(on, configureAction(one?.connectionId ?? '', tag)));
    await on.page.event('touch.required');
    const done = await run(on, configureAction(two?.connectionId ?? '', tag));
    expect(resultOf(done, 'configure').assetTag).not.toBeNull();
    await on.workstation.stop();
    expect(await waiting).toBe('OPERATION_CANCELLED');
    const again = await start([server], { folder: on.workstation.folder, virtualKeys: 2 });
    cleanups.push(() => again.stop());
    const page = await takeOver({ server, workstation: again });
    expect((await page.ask('receipts.list', {})).receipts).toMatchObject([{ receipt: done.receipt }]);
    const [, remembered] = await openSession({ server, workstation: again, page });
    expect(remembered?.tag?.userHandle).toBe(deviceHandle);
  });
});

describe('a reset', () => {
  it('erases the key and the slip with its PIN', async () => {
    const on = await bench();
    await run(on, configureAction(on.key.connectionId), ['123456']);
    const done = await run(on, { action: 'reset', device: on.key.connectionId });
    expect(resultOf(done, 'reset').facts).toMatchObject({ clientPinSet: false, pinRetries: null });
    expect(first(await openSession(on)).tag).toBeNull();
    on.page.events.length = 0;
    await run(on, configureAction(on.key.connectionId), ['abcdef']);
    expect(asked(on.page.events)).toMatchObject([{ reason: 'set' }]);
  });
});

describe('a policy', () => {
  it('that always wants user verification is toggled once and read back', async () => {
    const on = await bench();
    const always = () => configureAction(on.key.connectionId, { alwaysUv: true });
    expect(resultOf(await run(on, always(), ['123456']), 'configure').facts.options['alwaysUv']).toBe(true);
    expect(resultOf(await run(on, always()), 'configure').facts.options['alwaysUv']).toBe(true);
    const never = configureAction(on.key.connectionId, { alwaysUv: false });
    expect(resultOf(await run(on, never), 'configure').facts.options['alwaysUv']).toBe(false);
  });

  it('that allows no PIN as long as the key demands is refused before the key is touched', async () => {
    const on = await bench();
    await run(on, configureAction(on.key.connectionId, { minPINLength: 10, assetTag: null }), ['1234567890']);
    on.page.events.length = 0;
    const short = { mode: 'typed', minimumLength: 4, maximumLength: 8, characters: 'any' };
    const action = configureAction(on.key.connectionId, { pin: short, minPINLength: null });
    const refused = await run(on, action).catch((error: unknown) => error);
    expect(refused instanceof Refused && refused.error).toMatchObject({
      code: 'POLICY_UNMET',
      field: 'pinMaximumLength',
    });
    expect(asked(on.page.events)).toEqual([]);
  });

  it('never lowers what the key already demands', async () => {
    const on = await bench();
    await run(on, configureAction(on.key.connectionId, { minPINLength: 10, assetTag: null }), ['1234567890']);
    const done = await run(on, configureAction(on.key.connectionId, { assetTag: null }));
    expect(resultOf(done, 'configure').facts.minPINLength).toBe(10);
  });
});

it('an order for the whole of a site names neither credential nor user and is refused', async () => {
  const on = await bench();
  const everything = removeAction(on.key.connectionId, { userHandle: null });
  expect(await codeOf(run(on, everything))).toBe('ORDER_MALFORMED');
  expect(fromBase64Url(userHandle)).toHaveLength(16);
});
