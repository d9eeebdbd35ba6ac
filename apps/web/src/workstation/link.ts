import {
  type ConnectedKey,
  type Device,
  type HelloResult,
  type OrderDone,
  type PendingReceipts,
  type WorkstationEvent,
  workstationProtocol,
} from '@keywarden/api';
import { ApiError } from '../client/error.ts';
import type { Management } from '../client/management.ts';
import { Channel, type OpenSocket } from './channel.ts';
import type { ConnectionFault } from './diagnose.ts';
import { ChannelError, WorkstationRefusal } from './error.ts';

export interface ListedKey {
  readonly key: ConnectedKey;
  /** null: the server has never seen it, or it can't say who it is. */
  readonly device: Device | null;
  readonly proven: boolean;
  readonly openEnrollmentId: string | null;
  /** False until the server has said what it knows of this key. */
  readonly recognised: boolean;
}

export type LinkFault =
  | ConnectionFault
  /** What answers on the port does not speak our protocol. */
  | 'another-program'
  | 'version-unknown'
  | 'not-paired'
  /** Another page took over. */
  | 'taken-over'
  /** The service said that it stops. */
  | 'stopped'
  /** It was connected and is gone. */
  | 'lost'
  /** The service refused to open a session: see `cause`. */
  | 'session-refused'
  /** Our server did not give or take what connecting needs: see `cause`. */
  | 'server';

export type LinkState =
  | { readonly phase: 'idle' | 'connecting' }
  | {
      readonly phase: 'failed';
      readonly fault: LinkFault;
      readonly cause: ApiError | WorkstationRefusal | null;
    }
  | { readonly phase: 'held' }
  | {
      readonly phase: 'connected';
      readonly workstationId: string;
      /** What kinds of keys can't be seen on this machine, in the service's words. */
      readonly limitations: readonly string[];
      readonly keys: readonly ListedKey[];
      /** Why the keys could not be recognised anew, where that failed. */
      readonly trouble: ApiError | WorkstationRefusal | ChannelError | null;
    };

export interface LinkSettings {
  readonly workstationUrl: string;
  readonly issuer: string;
  readonly management: Pick<Management, 'sessionOrder' | 'recognise'>;
  readonly openSocket: OpenSocket;
  readonly diagnose: () => Promise<ConnectionFault>;
}

/** A page that was reloaded may find its own former session for a moment. */
const heldRetryAfter = 500;
/** Keys are often plugged in by the handful. */
const gatherAttachedFor = 200;

const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The page's one connection to the workstation service: hello, session order, session, recognised keys, hot plug. */
export class WorkstationLink {
  readonly #settings: LinkSettings;
  readonly #watchers = new Set<() => void>();
  readonly #eventListeners = new Set<(event: WorkstationEvent) => void>();
  #state: LinkState = { phase: 'idle' };
  #channel: Channel | null = null;
  #workstationId = '';
  #limitations: readonly string[] = [];
  /** Counts up with every connect: what an older attempt brings is dropped. */
  #generation = 0;
  #holds = 0;
  #refreshWanted = false;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: LinkSettings) {
    this.#settings = settings;
  }

  readonly snapshot = (): LinkState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  onEvent(listener: (event: WorkstationEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  async connect({ takeOver }: { takeOver: boolean }): Promise<void> {
    this.#drop();
    const generation = this.#generation;
    this.#become({ phase: 'connecting' });
    try {
      const hello = await this.#greet(generation);
      if (hello !== null) await this.#openSession(generation, takeOver);
    } catch (error) {
      if (generation === this.#generation) await this.#fail(error);
    }
  }

  close(): void {
    this.#drop();
    this.#become({ phase: 'idle' });
  }

  /** Asks the server anew what it knows of the plugged-in keys. */
  async refresh(): Promise<void> {
    const { phase } = this.#state;
    if (phase !== 'connected') return;
    if (this.#holds > 0) {
      this.#refreshWanted = true;
      return;
    }
    const generation = this.#generation;
    try {
      await this.#list(generation, false);
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof WorkstationRefusal && error.error.code === 'SESSION_HELD') {
        await this.#fail(error);
      } else if (
        error instanceof ApiError ||
        error instanceof WorkstationRefusal ||
        error instanceof ChannelError
      ) {
        if (this.#state.phase === 'connected') this.#become({ ...this.#state, trouble: error });
      } else throw error;
    }
  }

  /** While held the list is not recognised anew: a new session would forget the PIN between two orders. */
  hold(): () => void {
    this.#holds += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#holds -= 1;
      if (this.#holds === 0 && this.#refreshWanted) this.#refreshSoon();
    };
  }

  runOrder(order: string): { readonly operation: string; readonly done: Promise<OrderDone> } {
    return this.#open().runOrder(order);
  }

  async providePin(operation: string, pin: string): Promise<void> {
    await this.#open().providePin(operation, pin);
  }

  async cancelOperation(operation: string): Promise<void> {
    await this.#open().cancelOperation(operation);
  }

  async pendingReceipts(): Promise<PendingReceipts['receipts']> {
    return (await this.#open().pendingReceipts()).receipts;
  }

  async acknowledge(jti: string): Promise<void> {
    await this.#open().acknowledge(jti);
  }

  #open(): Channel {
    if (this.#channel === null) throw new ChannelError('closed', 'The workstation service is not connected.');
    return this.#channel;
  }

  async #greet(generation: number): Promise<HelloResult | null> {
    const { openSocket, workstationUrl, issuer } = this.#settings;
    const channel = await Channel.open(openSocket, workstationUrl, {
      onEvent: (event) => generation === this.#generation && this.#receive(event),
      onClosed: () => generation === this.#generation && this.#lose('lost'),
    });
    if (generation !== this.#generation) {
      channel.close();
      return null;
    }
    this.#channel = channel;
    const hello = await channel.hello(issuer);
    if (generation !== this.#generation) return null;
    if (hello.protocol !== workstationProtocol) this.#lose('version-unknown');
    else if (!hello.paired) this.#lose('not-paired');
    else {
      this.#workstationId = hello.workstationId;
      this.#limitations = hello.limitations;
      return hello;
    }
    return null;
  }

  async #openSession(generation: number, takeOver: boolean): Promise<void> {
    try {
      await this.#list(generation, takeOver);
    } catch (error) {
      if (!isHeld(error) || takeOver || generation !== this.#generation) throw error;
      await wait(heldRetryAfter);
      if (generation === this.#generation) await this.#list(generation, false);
    }
  }

  async #list(generation: number, takeOver: boolean): Promise<void> {
    const { management } = this.#settings;
    const { order } = await management.sessionOrder(this.#workstationId);
    if (generation !== this.#generation) return;
    const { devices, receipt } = await this.#open().openSession(order, takeOver);
    if (generation !== this.#generation) return;
    this.#become({
      phase: 'connected',
      workstationId: this.#workstationId,
      limitations: this.#limitations,
      keys: devices.map((key) => this.#known(key)),
      trouble: null,
    });
    const recognised = await management.recognise(receipt);
    if (generation !== this.#generation || this.#state.phase !== 'connected') return;
    const byConnection = new Map(recognised.devices.map((entry) => [entry.connectionId, entry]));
    this.#become({
      ...this.#state,
      keys: this.#state.keys.map((listed) => {
        const entry = byConnection.get(listed.key.connectionId);
        if (entry === undefined) return listed;
        const { device, proven, openEnrollmentId } = entry;
        return { key: listed.key, device, proven, openEnrollmentId, recognised: true };
      }),
    });
  }

  /** What was known of a key at this connection stays until the server says otherwise: rows don't flicker. */
  #known(key: ConnectedKey): ListedKey {
    const before =
      this.#state.phase === 'connected'
        ? this.#state.keys.find((listed) => listed.key.connectionId === key.connectionId)
        : undefined;
    if (before !== undefined) return { ...before, key };
    return { key, device: null, proven: false, openEnrollmentId: null, recognised: false };
  }

  #receive(event: WorkstationEvent): void {
    if (event.event === 'device.attached') this.#attach(event.device);
    else if (event.event === 'device.removed') this.#detach(event.connectionId);
    else if (event.event === 'session.lost') {
      this.#lose(event.reason === 'taken-over' ? 'taken-over' : 'stopped');
    }
    for (const listener of this.#eventListeners) listener(event);
  }

  #attach(key: ConnectedKey): void {
    if (this.#state.phase !== 'connected') return;
    const others = this.#state.keys.filter((listed) => listed.key.connectionId !== key.connectionId);
    this.#become({ ...this.#state, keys: [...others, this.#known(key)] });
    this.#refreshSoon();
  }

  #detach(connectionId: string): void {
    if (this.#state.phase !== 'connected') return;
    const keys = this.#state.keys.filter((listed) => listed.key.connectionId !== connectionId);
    this.#become({ ...this.#state, keys });
  }

  #refreshSoon(): void {
    this.#refreshWanted = true;
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = setTimeout(() => {
      if (this.#holds > 0) return;
      this.#refreshWanted = false;
      void this.refresh();
    }, gatherAttachedFor);
  }

  async #fail(error: unknown): Promise<void> {
    if (isHeld(error)) {
      this.#drop();
      this.#become({ phase: 'held' });
    } else if (error instanceof WorkstationRefusal) {
      this.#lose('session-refused', error);
    } else if (error instanceof ApiError) {
      this.#lose('server', error);
    } else if (error instanceof ChannelError) {
      if (error.code === 'not-open') {
        this.#drop();
        const generation = this.#generation;
        const fault = await this.#settings.diagnose();
        if (generation === this.#generation) this.#become({ phase: 'failed', fault, cause: null });
      } else this.#lose(error.code === 'not-understood' ? 'another-program' : 'lost');
    } else throw error;
  }

  #lose(fault: LinkFault, cause: ApiError | WorkstationRefusal | null = null): void {
    this.#drop();
    this.#become({ phase: 'failed', fault, cause });
  }

  #drop(): void {
    this.#generation += 1;
    this.#refreshWanted = false;
    clearTimeout(this.#refreshTimer);
    const channel = this.#channel;
    this.#channel = null;
    channel?.close();
  }

  #become(state: LinkState): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

function isHeld(error: unknown): boolean {
  return error instanceof WorkstationRefusal && error.error.code === 'SESSION_HELD';
}
