import {
  HelloResult,
  OrderDone,
  PendingReceipts,
  SessionOpened,
  WorkstationAnswer,
  WorkstationEvent,
} from '@keywarden/api';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { WebSocket } from 'ws';
import { CliError, sentenceOf } from '../errors.ts';
import { parseJson, readAnswer } from './answers.ts';
import { WorkstationRefusal } from './refusals.ts';

export type OperationEvent = Extract<WorkstationEvent, { operation: string }>;
export type PinRequired = Extract<WorkstationEvent, { event: 'pin.required' }>;
/**
 * Asks whoever knows the PIN; throwing cancels the operation. `rejection` says why the last one could not even be tried
 * (too short, wrong characters); a wrong one comes as a new request with `wrong` set.
 */
export type PinSource = (request: PinRequired, rejection: string | null) => Promise<string>;

/** The socket of one page to the workstation service on this machine. */
export interface WorkstationConnection {
  hello(issuer: string): Promise<HelloResult>;
  openSession(order: string, options: { takeOver: boolean }): Promise<SessionOpened>;
  /** Runs one order to its end; PINs are asked for, touches and progress are told. */
  run(
    order: string,
    watch: { pins: PinSource; onEvent?: (event: OperationEvent) => void },
  ): Promise<OrderDone>;
  pendingReceipts(): Promise<PendingReceipts>;
  acknowledge(jti: string): Promise<void>;
  onEvent(listener: (event: WorkstationEvent) => void): () => void;
  close(): Promise<void>;
}

const answerTimeLimit = 15_000;
/** An order lives 120 s; PINs and touches happen within it. */
const orderTimeLimit = 150_000;

interface Waiting {
  readonly settle: (answer: WorkstationAnswer) => void;
  readonly fail: (error: CliError) => void;
}

function lostConnection(url: string): CliError {
  return new CliError('workstation-unreachable', `The workstation service at ${url} closed the connection.`);
}

function open(url: string, origin: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      origin,
      handshakeTimeout: answerTimeLimit,
      perMessageDeflate: false,
    });
    socket.once('open', () => resolve(socket));
    socket.once('error', (error) => {
      const text = `The workstation service at ${url} does not accept a connection: ${error.message || 'refused'}.`;
      reject(new CliError('workstation-unreachable', text, { cause: error }));
    });
  });
}

export async function connectWorkstation(options: {
  url: string;
  /** The page that this connection stands for; the service compares it with its pairings. */
  origin: string;
}): Promise<WorkstationConnection> {
  const socket = await open(options.url, options.origin);
  const waiting = new Map<string, Waiting>();
  const listeners = new Set<(event: WorkstationEvent) => void>();
  let sent = 0;

  socket.on('message', (data) => {
    const message = parseJson(String(data));
    if (Value.Check(WorkstationAnswer, message)) waiting.get(message.id)?.settle(message);
    else if (Value.Check(WorkstationEvent, message)) for (const listener of listeners) listener(message);
  });
  socket.on('error', () => socket.terminate());
  socket.once('close', () => {
    for (const entry of waiting.values()) entry.fail(lostConnection(options.url));
  });

  function request(
    type: string,
    members: Record<string, unknown>,
    timeLimit = answerTimeLimit,
  ): { id: string; answer: Promise<unknown> } {
    sent += 1;
    const id = `${type}-${sent}`;
    const answer = new Promise<unknown>((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) {
        reject(lostConnection(options.url));
        return;
      }
      const finish = () => {
        clearTimeout(timer);
        waiting.delete(id);
      };
      const timer = setTimeout(() => {
        finish();
        const seconds = timeLimit / 1000;
        reject(
          new CliError(
            'workstation-unreachable',
            `The workstation service did not answer ${type} within ${seconds} s.`,
          ),
        );
      }, timeLimit);
      waiting.set(id, {
        settle: (message) => {
          finish();
          if (message.ok) resolve(message.result);
          else reject(new WorkstationRefusal(message.error));
        },
        fail: (error) => {
          finish();
          reject(error);
        },
      });
      socket.send(JSON.stringify({ id, type, ...members }));
    });
    return { id, answer };
  }

  async function ask<S extends TSchema>(
    type: string,
    members: Record<string, unknown>,
    schema: S,
  ): Promise<Static<S>> {
    return readAnswer(schema, await request(type, members).answer, `The workstation service (${type})`);
  }

  /** Why the service would not try this PIN; null where it does, or where the operation ended meanwhile. */
  async function offerPin(operation: string, pin: string): Promise<string | null> {
    try {
      await request('pin.provide', { operation, pin }).answer;
      return null;
    } catch (error) {
      const rejected = error instanceof WorkstationRefusal && error.error.code === 'PIN_REJECTED';
      return rejected ? error.error.message : null;
    }
  }

  return {
    hello: (issuer) => ask('hello', { issuer }, HelloResult),
    openSession: (order, { takeOver }) => ask('session.open', { order, takeOver }, SessionOpened),
    pendingReceipts: () => ask('receipts.list', {}, PendingReceipts),
    acknowledge: async (jti) => {
      await ask('receipts.acknowledge', { jti }, Type.Unknown());
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async run(order, watch) {
      const operation = request('order.run', { order }, orderTimeLimit);
      let pinFailure: unknown;
      const answerPin = async (event: PinRequired) => {
        try {
          for (let rejection: string | null = null; ; ) {
            const pin = await watch.pins(event, rejection);
            rejection = await offerPin(operation.id, pin);
            if (rejection === null) return;
          }
        } catch (error) {
          pinFailure ??= error;
          await request('operation.cancel', { operation: operation.id }).answer.catch(() => undefined);
        }
      };
      const listener = (event: WorkstationEvent) => {
        if (!('operation' in event) || event.operation !== operation.id) return;
        watch.onEvent?.(event);
        if (event.event === 'pin.required') void answerPin(event);
      };
      listeners.add(listener);
      try {
        return readAnswer(OrderDone, await operation.answer, 'The workstation service (order.run)');
      } catch (error) {
        if (pinFailure === undefined) throw error;
        throw new CliError('pin-unavailable', sentenceOf(pinFailure), { cause: error });
      } finally {
        listeners.delete(listener);
      }
    },
    close: () =>
      new Promise((resolve) => {
        if (socket.readyState === WebSocket.CLOSED) {
          resolve();
          return;
        }
        const timer = setTimeout(() => socket.terminate(), 2000);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        socket.close();
      }),
  };
}
