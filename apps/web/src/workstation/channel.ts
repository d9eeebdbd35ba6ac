import {
  HelloResult,
  OrderDone,
  PendingReceipts,
  SessionOpened,
  WorkstationAnswer,
  WorkstationEvent,
  type WorkstationRequest,
} from '@keywarden/api';
import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import { ChannelError, WorkstationRefusal } from './error.ts';

/** As much of a browser's WebSocket as is used. */
export interface Socket {
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  send(text: string): void;
  close(): void;
}
export type OpenSocket = (url: string) => Socket;

interface Listeners {
  readonly onEvent: (event: WorkstationEvent) => void;
  /** Once, when an open channel is gone, whoever closed it. */
  readonly onClosed: () => void;
}

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;
type Message = Without<WorkstationRequest>;

interface Pending {
  readonly answer: TSchema;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

const openWithin = 5_000;
const answerWithin = 15_000;
const Anything = Type.Unknown();

/** One WebSocket to the workstation service: requests with ids, their answers, and events; nothing unchecked comes in. */
export class Channel {
  readonly #socket: Socket;
  readonly #listeners: Listeners;
  readonly #pending = new Map<string, Pending>();
  #lastId = 0;
  #closed = false;

  private constructor(socket: Socket, listeners: Listeners) {
    this.#socket = socket;
    this.#listeners = listeners;
    socket.addEventListener('message', (event) => this.#receive(event.data));
    socket.addEventListener('close', () => this.#end());
  }

  /** Throws ChannelError `not-open`. */
  static open(openSocket: OpenSocket, url: string, listeners: Listeners): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const refuse = () => reject(new ChannelError('not-open', 'No connection to the workstation service.'));
      let socket: Socket;
      try {
        socket = openSocket(url);
      } catch {
        refuse();
        return;
      }
      const timer = setTimeout(() => {
        refuse();
        socket.close();
      }, openWithin);
      const settle = (then: () => void) => () => {
        clearTimeout(timer);
        then();
      };
      socket.addEventListener(
        'open',
        settle(() => resolve(new Channel(socket, listeners))),
      );
      socket.addEventListener('error', settle(refuse));
      socket.addEventListener('close', settle(refuse));
    });
  }

  hello(issuer: string): Promise<HelloResult> {
    return this.#request({ type: 'hello', issuer }, HelloResult, answerWithin);
  }

  openSession(order: string, takeOver: boolean): Promise<SessionOpened> {
    return this.#request({ type: 'session.open', order, takeOver }, SessionOpened, 2 * answerWithin);
  }

  /** Takes as long as the person at the key does: no time-out of ours. `operation` names it in events. */
  runOrder(order: string): { readonly operation: string; readonly done: Promise<OrderDone> } {
    const done = this.#request({ type: 'order.run', order }, OrderDone, null);
    return { operation: String(this.#lastId), done };
  }

  async providePin(operation: string, pin: string): Promise<void> {
    await this.#request({ type: 'pin.provide', operation, pin }, Anything, answerWithin);
  }

  async cancelOperation(operation: string): Promise<void> {
    await this.#request({ type: 'operation.cancel', operation }, Anything, answerWithin);
  }

  pendingReceipts(): Promise<PendingReceipts> {
    return this.#request({ type: 'receipts.list' }, PendingReceipts, answerWithin);
  }

  async acknowledge(jti: string): Promise<void> {
    await this.#request({ type: 'receipts.acknowledge', jti }, Anything, answerWithin);
  }

  close(): void {
    this.#socket.close();
    this.#end();
  }

  #request<S extends TSchema>(message: Message, answer: S, within: number | null): Promise<Static<S>> {
    this.#lastId += 1;
    const id = String(this.#lastId);
    return new Promise<Static<S>>((resolve, reject) => {
      if (this.#closed) {
        reject(new ChannelError('closed', 'The workstation service is no longer connected.'));
        return;
      }
      const timer =
        within === null
          ? undefined
          : setTimeout(() => {
              this.#pending.delete(id);
              reject(new ChannelError('not-understood', `No answer to ${message.type}.`));
            }, within);
      this.#pending.set(id, { answer, resolve, reject, timer });
      this.#socket.send(JSON.stringify({ id, ...message }));
    });
  }

  #receive(data: unknown): void {
    const frame = parse(data);
    if (Check(WorkstationAnswer, frame)) this.#settle(frame);
    else if (Check(WorkstationEvent, frame)) this.#listeners.onEvent(frame);
    // Anything else is from a newer service or another program; a request it should have answered runs out of time.
  }

  #settle(frame: WorkstationAnswer): void {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return;
    this.#pending.delete(frame.id);
    clearTimeout(pending.timer);
    if (!frame.ok) pending.reject(new WorkstationRefusal(frame.error));
    else if (accepts(pending, frame.result)) pending.resolve(frame.result);
    else pending.reject(new ChannelError('not-understood', 'The answer is not what this page understands.'));
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    const lost = new ChannelError('closed', 'The workstation service is no longer connected.');
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(lost);
    }
    this.#pending.clear();
    this.#listeners.onClosed();
  }
}

/** `never` because each pending request has its own type: the schema that was stored with it is the proof. */
function accepts(pending: Pending, result: unknown): result is never {
  return Check(pending.answer, result);
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
