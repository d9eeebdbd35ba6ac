import type { ConnectedKey, Device, Recognised, WorkstationErrorCode } from '@keywarden/api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError } from '../client/error.ts';
import type { Socket } from './channel.ts';
import { diagnose } from './diagnose.ts';
import { type LinkSettings, WorkstationLink } from './link.ts';

const at = '2026-01-02T03:04:05.000Z';
const key = (connectionId: string): ConnectedKey => ({
  connectionId,
  transport: 'hid',
  model: 'Key',
  serial: connectionId,
  virtual: false,
  facts: {
    aaguid: '00000000-0000-0000-0000-000000000001',
    versions: ['FIDO_2_1'],
    extensions: [],
    options: {},
    transports: ['usb'],
    firmware: null,
    minPINLength: 4,
    forcePINChange: false,
    remainingDiscoverableCredentials: null,
    algorithms: [-7],
    clientPinSet: false,
    pinRetries: 8,
  },
  tag: null,
});
const device: Device = {
  deviceId: '018f0000-0000-7000-8000-000000000001',
  status: 'CONFIGURED',
  policy: null,
  serial: 'c1',
  aaguid: '00000000-0000-0000-0000-000000000001',
  model: 'Key',
  firmware: null,
  virtual: false,
  tagged: false,
  owner: null,
  createdAt: at,
  updatedAt: at,
};

type Message = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };
type Listener = (event: { data: unknown }) => void;

/** A fake workstation service behind a fake socket: says what a test makes it say. */
class FakeService {
  keys: ConnectedKey[] = [key('c1')];
  hello: Record<string, unknown> = {
    protocol: 1,
    version: '1',
    workstationId: 'w',
    paired: true,
    limitations: [],
    sessionHeld: false,
  };
  refuseSession: WorkstationErrorCode[] = [];
  listening = true;
  silent = false;
  readonly received: Message[] = [];
  #listeners: Record<string, Listener[]> = {};

  readonly open = (): Socket => {
    const listeners: Record<string, Listener[]> = {};
    this.#listeners = listeners;
    queueMicrotask(() => this.#fire(listeners, this.listening ? 'open' : 'error'));
    return {
      addEventListener: (type: string, listener: Listener | (() => void)) => {
        listeners[type] = [...(listeners[type] ?? []), listener];
      },
      send: (text) => this.#receive(JSON.parse(text)),
      close: () => this.#fire(listeners, 'close'),
    };
  };

  say(frame: unknown): void {
    this.#fire(this.#listeners, 'message', typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  die(): void {
    this.#fire(this.#listeners, 'close');
  }

  #fire(listeners: Record<string, Listener[]>, type: string, data?: unknown): void {
    for (const listener of listeners[type] ?? []) listener({ data });
  }

  #receive(message: Message): void {
    this.received.push(message);
    if (this.silent) return;
    queueMicrotask(() => {
      const refused = message.type === 'session.open' ? this.refuseSession.shift() : undefined;
      if (refused !== undefined) {
        const error = { code: refused, message: 'no', ctap: null, retriesLeft: null, field: null };
        this.say({ id: message.id, ok: false, error });
        return;
      }
      const results: Readonly<Record<string, unknown>> = {
        hello: this.hello,
        'session.open': { devices: this.keys, receipt: 'receipt' },
      };
      this.say({ id: message.id, ok: true, result: results[message.type] ?? {} });
    });
  }

  count(type: string): number {
    return this.received.filter((message) => message.type === type).length;
  }
}

let service: FakeService;
let recognised: Recognised['devices'];
function createLink(change: Partial<LinkSettings> = {}): WorkstationLink {
  return new WorkstationLink({
    workstationUrl: 'ws://127.0.0.1:9333',
    issuer: 'http://localhost:8080/demo',
    openSocket: service.open,
    diagnose: async () => 'not-running',
    management: {
      sessionOrder: async () => ({ order: 'order', claims: { action: 'session', identify: null } }),
      recognise: async () => ({ devices: recognised }),
    },
    ...change,
  });
}
const connectionIds = (link: WorkstationLink) => {
  const state = link.snapshot();
  return state.phase === 'connected' ? state.keys.map((listed) => listed.key.connectionId) : null;
};

beforeEach(() => {
  vi.useFakeTimers();
  service = new FakeService();
  recognised = [{ connectionId: 'c1', device, proven: true, openEnrollmentId: null }];
});
afterEach(() => {
  vi.useRealTimers();
});

describe('connecting', () => {
  test('hello, session order, session, and the server says which keys they are', async () => {
    const link = createLink();
    await link.connect({ takeOver: false });
    expect(service.received.map((message) => message.type)).toEqual(['hello', 'session.open']);
    expect(link.snapshot()).toMatchObject({
      phase: 'connected',
      workstationId: 'w',
      keys: [{ device: { status: 'CONFIGURED' }, proven: true, recognised: true }],
    });
  });

  test('nothing opens: the fault is what can be found out', async () => {
    service.listening = false;
    const link = createLink({ diagnose: async () => 'refused' });
    await link.connect({ takeOver: false });
    expect(link.snapshot()).toEqual({ phase: 'failed', fault: 'refused', cause: null });
  });

  test.each([
    [{ paired: false }, 'not-paired'],
    [{ protocol: 2 }, 'version-unknown'],
    [{ protocol: 'one' }, 'another-program'],
  ])('a service that says %j: %s', async (change, fault) => {
    service.hello = { ...service.hello, ...change };
    const link = createLink();
    await link.connect({ takeOver: false });
    expect(link.snapshot()).toMatchObject({ phase: 'failed', fault });
    expect(service.count('session.open')).toBe(0);
  });

  test('a program that opens and never answers is another program', async () => {
    service.silent = true;
    const link = createLink();
    const connecting = link.connect({ takeOver: false });
    await vi.advanceTimersByTimeAsync(16_000);
    await connecting;
    expect(link.snapshot()).toMatchObject({ phase: 'failed', fault: 'another-program' });
  });

  test('held by another page: waits a moment for its own former self, then asks; taken over when told to', async () => {
    service.refuseSession = ['SESSION_HELD', 'SESSION_HELD'];
    const link = createLink();
    const connecting = link.connect({ takeOver: false });
    await vi.advanceTimersByTimeAsync(600);
    await connecting;
    expect(link.snapshot()).toEqual({ phase: 'held' });
    await link.connect({ takeOver: true });
    expect(link.snapshot().phase).toBe('connected');
    expect(service.received.at(-1)).toMatchObject({ type: 'session.open', takeOver: true });
  });

  test('held for a moment only: connected', async () => {
    service.refuseSession = ['SESSION_HELD'];
    const link = createLink();
    const connecting = link.connect({ takeOver: false });
    await vi.advanceTimersByTimeAsync(600);
    await connecting;
    expect(link.snapshot().phase).toBe('connected');
  });

  test('an order that the service refuses, or a server that gives none, is told with its cause', async () => {
    service.refuseSession = ['ORDER_SIGNATURE'];
    const link = createLink();
    await link.connect({ takeOver: false });
    expect(link.snapshot()).toMatchObject({
      fault: 'session-refused',
      cause: { error: { code: 'ORDER_SIGNATURE' } },
    });
    const down = new ApiError('server-unreachable', 'down');
    const other = createLink({
      management: { sessionOrder: () => Promise.reject(down), recognise: async () => ({ devices: [] }) },
    });
    await other.connect({ takeOver: false });
    expect(other.snapshot()).toEqual({ phase: 'failed', fault: 'server', cause: down });
  });

  test.each([
    [{ event: 'session.lost', reason: 'taken-over' }, 'taken-over'],
    [{ event: 'session.lost', reason: 'stopping' }, 'stopped'],
  ])('%j: %s', async (event, fault) => {
    const link = createLink();
    await link.connect({ takeOver: false });
    service.say(event);
    expect(link.snapshot()).toMatchObject({ phase: 'failed', fault });
  });

  test('the connection breaks: lost, and what was running is told so', async () => {
    const link = createLink();
    await link.connect({ takeOver: false });
    service.silent = true;
    const { done } = link.runOrder('order');
    service.die();
    await expect(done).rejects.toMatchObject({ code: 'closed' });
    expect(link.snapshot()).toMatchObject({ phase: 'failed', fault: 'lost' });
  });
});

describe('the list is live', () => {
  test('a key plugged in appears at once and is recognised by a new session order', async () => {
    const link = createLink();
    await link.connect({ takeOver: false });
    service.keys = [key('c1'), key('c2')];
    service.say({ event: 'device.attached', device: key('c2') });
    expect(link.snapshot()).toMatchObject({ keys: [{ recognised: true }, { recognised: false }] });
    recognised = [...recognised, { connectionId: 'c2', device: null, proven: false, openEnrollmentId: null }];
    await vi.advanceTimersByTimeAsync(300);
    expect(service.count('session.open')).toBe(2);
    expect(link.snapshot()).toMatchObject({
      keys: [{ recognised: true }, { recognised: true, device: null }],
    });
  });

  test('a key pulled out goes', async () => {
    const link = createLink();
    await link.connect({ takeOver: false });
    service.say({ event: 'device.removed', connectionId: 'c1' });
    expect(connectionIds(link)).toEqual([]);
  });

  test('while a key is set up the session stays as it is; the list catches up afterwards', async () => {
    const link = createLink();
    await link.connect({ takeOver: false });
    const release = link.hold();
    service.say({ event: 'device.attached', device: key('c2') });
    service.keys = [key('c1'), key('c2')];
    await vi.advanceTimersByTimeAsync(1000);
    await link.refresh();
    expect(service.count('session.open')).toBe(1);
    expect(connectionIds(link)).toEqual(['c1', 'c2']);
    release();
    await vi.advanceTimersByTimeAsync(1000);
    expect(service.count('session.open')).toBe(2);
  });

  test('frames that are not of the protocol change nothing', async () => {
    const link = createLink();
    await link.connect({ takeOver: false });
    const before = link.snapshot();
    for (const frame of [
      'no JSON',
      '{}',
      { event: 'device.attached', device: { connectionId: 7 } },
      { id: '99' },
    ]) {
      service.say(frame);
    }
    expect(link.snapshot()).toBe(before);
  });

  test('an answer that its schema does not know is refused, not used', async () => {
    const link = createLink();
    await link.connect({ takeOver: false });
    await expect(link.pendingReceipts()).rejects.toMatchObject({ code: 'not-understood' });
  });
});

describe('why nothing answers', () => {
  const surroundings = (fetch: typeof globalThis.fetch, permission: PermissionState | null = null) => ({
    fetch,
    localNetworkPermission: async () => permission,
  });
  test('the browser denies it, nobody listens, or somebody listens and refuses', async () => {
    const asked: string[] = [];
    const answers: typeof fetch = async (url) => {
      asked.push(String(url));
      return new Response();
    };
    const fails: typeof fetch = () => Promise.reject(new TypeError('refused'));
    const url = 'ws://127.0.0.1:9333';
    expect(await diagnose(url, surroundings(fails, 'denied'))).toBe('local-network-denied');
    expect(await diagnose(url, surroundings(fails, 'granted'))).toBe('not-running');
    expect(await diagnose(url, surroundings(answers))).toBe('refused');
    expect(asked).toEqual(['http://127.0.0.1:9333/health']);
  });
});
