import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  HelloResult,
  OrderDone,
  PendingReceipts,
  SessionOpened,
  WorkstationAnswer,
  type WorkstationError,
  WorkstationEvent,
  type WorkstationRequest,
} from '@keywarden/api';
import { pino } from 'pino';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { WebSocket } from 'ws';
import { systemClock } from '../src/clock.ts';
import { Pairings } from '../src/pairings.ts';
import { type RunningWorkstation, startWorkstation, type WorkstationOptions } from '../src/workstation.ts';
import type { OrderSigner } from './order-signer.ts';

export type Started = RunningWorkstation & { readonly folder: string; readonly port: number };

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'keywarden-workstation-'));
}

/** A real service on a free port, paired with the signers; virtual keys alone. */
export async function start(
  signers: readonly OrderSigner[],
  options: Partial<WorkstationOptions> = {},
): Promise<Started> {
  const folder = options.folder ?? (await temporaryFolder());
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const workstation = await startWorkstation({
    port: 0,
    folder,
    virtualKeys: 0,
    reaction: 20,
    sources: [],
    clock: systemClock,
    now: () => new Date(),
    random: (length) => new Uint8Array(randomBytes(length)),
    log,
    ...options,
  });
  const pairings = new Pairings(folder, log);
  for (const signer of signers) await pairings.put(signer.pairing(workstation.workstationId));
  return { ...workstation, folder, port: Number(new URL(workstation.url).port) };
}

export const discard = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

export class Refused extends Error {
  readonly error: WorkstationError;
  constructor(error: WorkstationError) {
    super(`${error.code}: ${error.message}`);
    this.error = error;
  }
}

type RequestType = WorkstationRequest['type'];
type Body<T extends RequestType> = Omit<Extract<WorkstationRequest, { type: T }>, 'id' | 'type'>;
type Event<E extends WorkstationEvent['event']> = Extract<WorkstationEvent, { event: E }>;

/** What each request is answered with: checked, so that every test also tests the wire. */
const results = {
  hello: HelloResult,
  'session.open': SessionOpened,
  'order.run': OrderDone,
  'pin.provide': Type.Null(),
  'operation.cancel': Type.Null(),
  'receipts.list': PendingReceipts,
  'receipts.acknowledge': Type.Null(),
} as const;

/** A page as a browser has one: a WebSocket with an Origin. */
export class TestPage {
  readonly events: WorkstationEvent[] = [];
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | null = null;
  readonly #waiting = new Map<
    string,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Set<(event: WorkstationEvent) => void>();
  #next = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      for (const { reject } of this.#waiting.values()) reject(new Error(`closed ${code}`));
    });
    socket.on('error', () => undefined);
  }

  static open(url: string, origin: string): Promise<TestPage> {
    const socket = new WebSocket(url, { origin, perMessageDeflate: false });
    const page = new TestPage(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(page));
      socket.once('error', reject);
    });
  }

  /** Resolves with the result; rejects with `Refused`. */
  async ask<T extends RequestType>(
    type: T,
    body: Body<T>,
    id = this.nextId(),
  ): Promise<Static<(typeof results)[T]>> {
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ id, type, ...body }));
    const schema: (typeof results)[T] = results[type];
    return Value.Parse(schema, await answer);
  }

  nextId(): string {
    this.#next += 1;
    return `r${this.#next}`;
  }

  /** The first event, past or coming, that fits. */
  event<E extends WorkstationEvent['event']>(
    name: E,
    fits: (event: Event<E>) => boolean = () => true,
  ): Promise<Event<E>> {
    const matches = (event: WorkstationEvent): event is Event<E> => is(event, name) && fits(event);
    const past = this.events.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const listener = (event: WorkstationEvent): void => {
        if (!matches(event)) return;
        this.#listeners.delete(listener);
        resolve(event);
      };
      this.#listeners.add(listener);
    });
  }

  on(listener: (event: WorkstationEvent) => void): void {
    this.#listeners.add(listener);
  }

  close(): Promise<void> {
    if (this.closed !== null) return Promise.resolve();
    const gone = new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
    this.socket.close();
    return gone;
  }

  #receive(message: unknown): void {
    if (Value.Check(WorkstationEvent, message)) {
      this.events.push(message);
      for (const listener of [...this.#listeners]) listener(message);
      return;
    }
    const answer = Value.Parse(WorkstationAnswer, message);
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.result);
    else waiting?.reject(new Refused(answer.error));
  }
}

function is<E extends WorkstationEvent['event']>(event: WorkstationEvent, name: E): event is Event<E> {
  return event.event === name;
}

/** The code with which it was refused. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'none';
  } catch (error) {
    if (error instanceof Refused) return error.error.code;
    throw error;
  }
}
