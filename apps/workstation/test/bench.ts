import type { ConnectedKey, OrderDone, OrderResult, WorkstationEvent } from '@keywarden/api';
import { challenge } from './key-actions.ts';
import { type OrderSigner, tagRpId } from './order-signer.ts';
import { type Started, TestPage } from './pages.ts';

/** A page that controls a workstation, and what it does there. */
export interface Bench {
  readonly server: OrderSigner;
  readonly workstation: Started;
  readonly page: TestPage;
}

export async function openPage(on: Omit<Bench, 'page'>, takeOver = false): Promise<TestPage> {
  const page = await TestPage.open(on.workstation.url, on.server.origin);
  await openSession({ ...on, page }, takeOver);
  return page;
}

/** Lists the keys; each proves its tag if it can. */
export async function openSession(on: Bench, takeOver = false): Promise<ConnectedKey[]> {
  const identify = { rpId: tagRpId, challenge: challenge() };
  const order = await orderFor(on, { action: 'session', identify });
  return (await on.page.ask('session.open', { order, takeOver })).devices;
}

export function orderFor({ server, workstation }: Omit<Bench, 'page'>, action: unknown): Promise<string> {
  return server.order(workstation.workstationId, action);
}

/** Runs an order, answers every PIN question with the next of these, and cancels when there is none. */
export async function run(on: Bench, action: unknown, pins: readonly string[] = []): Promise<OrderDone> {
  const { page } = on;
  const id = page.nextId();
  const rest = [...pins];
  page.on((event) => {
    if (event.event !== 'pin.required' || event.operation !== id) return;
    const pin = rest.shift();
    if (pin === undefined) page.ask('operation.cancel', { operation: id }).catch(() => undefined);
    else page.ask('pin.provide', { operation: id, pin }).catch(() => undefined);
  });
  return page.ask('order.run', { order: await orderFor(on, action) }, id);
}

export function first(devices: readonly ConnectedKey[]): ConnectedKey {
  const [key] = devices;
  if (key === undefined) throw new Error('no key');
  return key;
}

type ResultOf<A extends OrderResult['action']> = Extract<OrderResult, { action: A }>;
export function resultOf<A extends OrderResult['action']>(done: OrderDone, action: A): ResultOf<A> {
  const { result } = done;
  const is = (candidate: OrderResult): candidate is ResultOf<A> => candidate.action === action;
  if (!is(result)) throw new Error(`the result is of ${result.action}`);
  return result;
}

export const steps = (events: readonly WorkstationEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'progress' ? [`${event.step} ${event.status}`] : []));

export const asked = (events: readonly WorkstationEvent[]): WorkstationEvent[] =>
  events.filter((event) => event.event === 'pin.required');
