import { randomBytes } from 'node:crypto';
import { DeviceError } from '@keywarden/fido2/ctap2';
import { openCtapHid } from '@keywarden/fido2/ctaphid';
import {
  createVirtualAuthenticator,
  type VirtualAuthenticator,
  type VirtualProfile,
} from '@keywarden/fido2/virtual-authenticator';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';
import type { DeviceSource, PluggedKey } from '../src/devices/plugged-key.ts';
import { asked, type Bench, first, openPage, openSession, resultOf, run, steps } from './bench.ts';
import { configureAction, deviceHandle, enrollAction, removeAction } from './key-actions.ts';
import { createOrderSigner, type OrderSigner } from './order-signer.ts';
import { codeOf, discard, Refused, start } from './pages.ts';

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

let server: OrderSigner;
beforeAll(async () => {
  server = await createOrderSigner();
});
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A port with one key in it: what a USB source lists, with software behind it. */
class Port implements DeviceSource {
  readonly name = 'port';
  readonly #key: VirtualAuthenticator;
  readonly #tells: Partial<PluggedKey>;
  #insertion = 0;
  #listener: () => void = () => undefined;
  /** Milliseconds that the key takes to open. */
  slowness = 0;
  broken = false;

  constructor(key: VirtualAuthenticator, tells: Partial<PluggedKey>) {
    this.#key = key;
    this.#tells = tells;
  }

  async list(): Promise<readonly PluggedKey[]> {
    if (!this.#key.attached) return [];
    return [
      {
        handle: String(this.#insertion),
        transport: 'hid',
        model: this.#key.productName,
        virtual: false,
        vendorId: null,
        slip: null,
        open: async (signal) => {
          if (this.broken) throw new DeviceError('transport-failed', 'broken');
          await new Promise<void>((resolve) => void systemClock.after(this.slowness, resolve));
          return openCtapHid(this.#key.connect(), { clock: systemClock, random, signal });
        },
        ...this.#tells,
      },
    ];
  }

  limitation(): string | null {
    return null;
  }
  onChange(listener: () => void): void {
    this.#listener = listener;
  }
  async close(): Promise<void> {}

  pull(): void {
    this.#key.remove();
    this.#listener();
  }
  plug(): void {
    this.#insertion += 1;
    this.#key.attach();
    this.#listener();
  }
}

interface PortBench extends Bench {
  readonly port: Port;
}

async function bench(
  profile: VirtualProfile,
  options: {
    tells?: Partial<PluggedKey>;
    resetOnlyAfterAttaching?: boolean;
    silentWantsPin?: boolean;
    prepare?: (port: Port) => void;
  } = {},
): Promise<PortBench> {
  let state: Uint8Array | null = null;
  const store = {
    load: async () => state,
    save: async (next: Uint8Array) => {
      state = next;
    },
  };
  const { resetOnlyAfterAttaching = false, silentWantsPin = false } = options;
  // The key's own clock can be moved on, past the seconds in which it takes a reset.
  const clock = { ...systemClock, now: () => systemClock.now() + aged };
  const key = await createVirtualAuthenticator({
    ...{ serial: 'P-1', store, clock, random, profile, resetOnlyAfterAttaching, silentWantsPin },
    touch: 20,
    attestation: 'self',
  });
  const port = new Port(key, options.tells ?? {});
  options.prepare?.(port);
  const workstation = await start([server], { sources: [port] });
  cleanups.push(async () => {
    await workstation.stop();
    await discard(workstation.folder);
  });
  const page = await openPage({ server, workstation });
  cleanups.push(() => page.close());
  return { server, workstation, page, port };
}
let aged = 0;
afterEach(() => {
  aged = 0;
});

const idOf = async (on: Bench): Promise<string> => first(await openSession(on)).connectionId;
const refusalOf = async (attempt: Promise<unknown>) => {
  const error = await attempt.catch((refusal: unknown) => refusal);
  if (error instanceof Refused) return error.error;
  throw new Error('it was not refused');
};

describe('a key that says nothing before its PIN was entered', () => {
  it('shows no tag when it comes, and its tag once the person has typed the PIN for something else', async () => {
    const on = await bench('ctap2.1-full', { silentWantsPin: true });
    const device = await idOf(on);
    await run(on, configureAction(device, { alwaysUv: true }), ['123456']);
    // The PIN was typed a moment ago, while the key was in this very port.
    expect(first(await openSession(on)).tag?.userHandle).toBe(deviceHandle);

    on.port.pull();
    await vi.waitFor(async () => expect(await openSession(on)).toEqual([]), 10_000);
    on.port.plug();
    await vi.waitFor(async () => expect(await openSession(on)).toHaveLength(1), 10_000);
    on.page.events.length = 0;
    const again = first(await openSession(on));
    expect(again.tag).toBeNull();
    expect(asked(on.page.events)).toEqual([]);
    await run(on, enrollAction(again.connectionId), ['123456']);
    expect(first(await openSession(on)).tag?.userHandle).toBe(deviceHandle);
  });
});

describe('a key without authenticatorConfig', () => {
  it('is refused a policy that it cannot obey, naming the field, before anybody is asked for anything', async () => {
    const on = await bench('no-config');
    const device = await idOf(on);
    const longer = await refusalOf(run(on, configureAction(device, { minPINLength: 8 })));
    expect(longer).toMatchObject({ code: 'POLICY_UNMET', field: 'minPINLength' });
    const always = configureAction(device, { minPINLength: null, alwaysUv: true });
    expect(await refusalOf(run(on, always))).toMatchObject({ code: 'POLICY_UNMET', field: 'alwaysUv' });
    const change = enrollAction(device, { forcePINChange: true });
    expect(await refusalOf(run(on, change))).toMatchObject({ code: 'POLICY_UNMET', field: 'forcePINChange' });
    expect(asked(on.page.events)).toEqual([]);
    expect(first(await openSession(on)).facts.clientPinSet).toBe(false);
  });

  it('obeys a policy that asks for a PIN alone', async () => {
    const on = await bench('no-config');
    const device = await idOf(on);
    const done = await run(on, configureAction(device, { minPINLength: null }), ['123456']);
    expect(resultOf(done, 'configure').facts.clientPinSet).toBe(true);
    expect(steps(on.page.events)).toContain('write-policy skipped');
    expect(resultOf(await run(on, enrollAction(device)), 'enroll').credential.id).not.toBe('');
  });
});

describe('a key from before CTAP 2.1', () => {
  it.each(['ctap2.0-old', 'ctap2.1-preview'] as const)(
    '(%s) is configured, tagged and enrolled',
    async (profile) => {
      const on = await bench(profile);
      const device = await idOf(on);
      const configured = await run(on, configureAction(device, { minPINLength: null }), ['123456']);
      expect(resultOf(configured, 'configure').assetTag).not.toBeNull();
      expect(first(await openSession(on)).tag).not.toBeNull();
      expect(resultOf(await run(on, enrollAction(device)), 'enroll').facts.clientPinSet).toBe(true);
    },
  );

  it('that cannot delete one credential says so', async () => {
    const on = await bench('ctap2.0-old');
    const device = await idOf(on);
    await run(on, configureAction(device, { minPINLength: null, assetTag: null }), ['123456']);
    await run(on, enrollAction(device));
    const refused = await refusalOf(run(on, removeAction(device)));
    expect(refused).toMatchObject({ code: 'POLICY_UNMET', field: 'credentialManagement' });
    expect(refused.message).toMatch(/reset/i);
  });
});

describe('a key that can be reset only right after it was plugged in', () => {
  const resetOnlyAfterAttaching = true;

  it('is asked to be put back where its serial number tells it from others, and is erased then', async () => {
    const on = await bench('ctap2.1-full', { resetOnlyAfterAttaching, tells: { virtual: true } });
    const device = await idOf(on);
    await run(on, configureAction(device), ['123456']);
    aged = 60_000;
    const done = run(on, { action: 'reset', device });
    await on.page.event('reinsert.required');
    on.port.pull();
    await on.page.event('device.removed');
    on.port.plug();
    expect(resultOf(await done, 'reset').facts.clientPinSet).toBe(false);
    expect(first(await openSession(on)).tag).toBeNull();
  });

  it('but has no serial number is not reset by an order for another plugging-in', async () => {
    const on = await bench('ctap2.1-full', { resetOnlyAfterAttaching });
    const device = await idOf(on);
    expect(first(await openSession(on)).serial).toBeNull();
    aged = 60_000;
    const refused = await refusalOf(run(on, { action: 'reset', device }));
    expect(refused).toMatchObject({ code: 'CTAP_ERROR', ctap: 0x30 });
    expect(refused.message).toMatch(/right after it was plugged in/);
  });
});

describe('a key that does not behave', () => {
  it('is told to the operator where it does not answer, and comes when it does', async () => {
    const on = await bench('ctap2.1-full', {
      prepare: (port) => {
        port.broken = true;
      },
    });
    expect(await openSession(on)).toEqual([]);
    const { limitations } = await on.page.ask('hello', { issuer: server.issuer });
    expect(limitations).toEqual([expect.stringMatching(/Keywarden virtual key.*did not answer/)]);
    on.port.broken = false;
    expect((await on.page.event('device.attached')).device.model).toBe('Keywarden virtual key');
    expect(await on.page.ask('hello', { issuer: server.issuer })).toMatchObject({ limitations: [] });
  });

  it('does not hold up the list of the others, and comes later', async () => {
    const on = await bench('ctap2.1-full');
    const before = await idOf(on);
    on.port.pull();
    await on.page.event('device.removed');
    on.port.slowness = 3_500;
    on.port.plug();
    expect(await openSession(on)).toEqual([]);
    const late = await on.page.event('device.attached', ({ device }) => device.connectionId !== before);
    on.port.slowness = 0;
    expect(await idOf(on)).toBe(late.device.connectionId);
  });

  it('has its product name made harmless', async () => {
    const model = `\u202ekey\u0000\n${'x'.repeat(200)}`;
    const on = await bench('ctap2.1-full', { tells: { model } });
    const key = first(await openSession(on));
    expect(key.model).toMatch(/^key {2}x+$/);
    expect(key.model).toHaveLength(128);
  });
});

it('without a PIN rule a key is left without one, and its user cannot be verified', async () => {
  const on = await bench('ctap2.1-full');
  const device = await idOf(on);
  const none = { mode: 'none', minimumLength: 4, maximumLength: 63, characters: 'any' };
  await run(on, configureAction(device, { pin: none, minPINLength: null }));
  expect(asked(on.page.events)).toEqual([]);
  expect(await codeOf(run(on, enrollAction(device)))).toBe('POLICY_UNMET');
});
