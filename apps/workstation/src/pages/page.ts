import {
  type WorkstationAnswer,
  type WorkstationError,
  type WorkstationEvent,
  WorkstationRequest,
} from '@keywarden/api';
import type { Clock } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import { Compile } from 'typebox/compile';
import { type RawData, WebSocket } from 'ws';
import { WorkstationFailure } from '../failure.ts';

/** Requests of one page that may be under way at once: one for each key on a large hub, and some. */
const inFlightLimit = 64;
/** Messages: so many at once, and so many each second in the long run. */
const burst = 100;
const perSecond = 20;
/** Milliseconds between pings; a page that has not answered one when the next is due is gone. */
const pingInterval = 20_000;
/** Bytes that may wait for a page that doesn't read. */
const backlogLimit = 1024 * 1024;

const requestSchema = Compile(WorkstationRequest);

/** A page as the rest of the service sees it. */
export interface Page {
  readonly id: string;
  /** Checked at the upgrade. */
  readonly origin: string;
  /** False from the moment it is gone. */
  readonly present: boolean;
  send(event: WorkstationEvent): void;
}

/** What the service does for a page; throwing a WorkstationFailure answers with it. */
export interface PageRequests {
  answer(page: Page, request: WorkstationRequest): Promise<unknown>;
  gone(page: Page): void;
}

export interface PageOptions {
  readonly id: string;
  readonly origin: string;
  readonly clock: Clock;
  readonly requests: PageRequests;
  readonly log: Logger;
}

/** One WebSocket: frames to requests and back, bounded in every direction. */
export class PageConnection implements Page {
  readonly id: string;
  readonly origin: string;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #requests: PageRequests;
  readonly #log: Logger;
  readonly #inFlight = new Set<string>();
  #allowance = burst;
  #allowanceAt: number;
  #alive = true;
  #stopPinging: () => void = () => undefined;

  constructor(socket: WebSocket, options: PageOptions) {
    this.id = options.id;
    this.origin = options.origin;
    this.#socket = socket;
    this.#clock = options.clock;
    this.#requests = options.requests;
    this.#log = options.log.child({ page: options.id });
    this.#allowanceAt = options.clock.now();
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('error', (error) => this.#log.debug({ err: error }, 'page connection failed'));
    socket.on('close', (code) => this.#closed(code));
    this.#ping();
  }

  get present(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(event: WorkstationEvent): void {
    this.#write(event);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#alive = true;
    const message = isBinary ? null : parse(data);
    const id = idOf(message);
    if (!this.#allowed()) this.close(1008, 'too many messages');
    // Without an id there is nothing to answer to.
    else if (id === null) this.close(1008, 'malformed message');
    else if (this.#inFlight.size >= inFlightLimit) this.close(1008, 'too many requests under way');
    else if (!requestSchema.Check(message) || this.#inFlight.has(id)) {
      this.#refuse(id, new WorkstationFailure('MESSAGE_MALFORMED'));
    } else void this.#answer(message);
  }

  async #answer(request: WorkstationRequest): Promise<void> {
    this.#inFlight.add(request.id);
    try {
      const result = await this.#requests.answer(this, request);
      this.#write({ id: request.id, ok: true, result: result ?? null });
    } catch (error) {
      this.#refuse(request.id, this.#known(error, request.type));
    } finally {
      this.#inFlight.delete(request.id);
    }
  }

  /** The cause and its stack stay in the log. */
  #known(error: unknown, type: string): WorkstationFailure {
    if (error instanceof WorkstationFailure) {
      const { code, ctap, detail, cause } = error;
      this.#log.info({ request: type, code, ctap, detail, err: cause }, 'request refused');
      return error;
    }
    this.#log.error({ request: type, err: error }, 'request failed');
    return new WorkstationFailure('INTERNAL', { cause: error });
  }

  #refuse(id: string, failure: WorkstationFailure): void {
    const error: WorkstationError = failure.toWire();
    this.#write({ id, ok: false, error });
  }

  #write(message: WorkstationAnswer | WorkstationEvent): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > backlogLimit) {
      this.#log.warn('page does not read; closing');
      this.terminate();
    } else this.#socket.send(JSON.stringify(message));
  }

  #allowed(): boolean {
    const now = this.#clock.now();
    const earned = ((now - this.#allowanceAt) / 1000) * perSecond;
    this.#allowance = Math.min(burst, this.#allowance + earned) - 1;
    this.#allowanceAt = now;
    return this.#allowance >= 0;
  }

  #ping(): void {
    this.#stopPinging = this.#clock.after(pingInterval, () => {
      if (this.#alive) {
        this.#alive = false;
        this.#socket.ping();
        this.#ping();
      } else this.terminate();
    });
  }

  #closed(code: number): void {
    this.#stopPinging();
    this.#log.info({ code }, 'page gone');
    this.#requests.gone(this);
  }
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return null;
  }
}

function idOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !('id' in message)) return null;
  const { id } = message;
  return typeof id === 'string' && id.length > 0 && id.length <= 64 ? id : null;
}
