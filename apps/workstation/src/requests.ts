import {
  type HelloResult,
  type SessionOpened,
  type WorkstationRequest,
  workstationProtocol,
} from '@keywarden/api';
import type { Clock } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import type { DeviceRegistry } from './devices/registry.ts';
import { WorkstationFailure } from './failure.ts';
import { identify } from './operations/identify.ts';
import type { Operations } from './operations/operations.ts';
import type { Receipts } from './orders/receipts.ts';
import type { UsedOrders } from './orders/used-orders.ts';
import { type VerifiedOrder, verifyOrder } from './orders/verify-order.ts';
import type { Page, PageRequests } from './pages/page.ts';
import type { Pairings } from './pairings.ts';
import type { Sessions } from './sessions.ts';
import { version } from './version.ts';

export interface RequestsOptions {
  readonly workstationId: string;
  readonly pairings: Pairings;
  readonly sessions: Sessions;
  readonly registry: DeviceRegistry;
  readonly operations: Operations;
  readonly usedOrders: UsedOrders;
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly log: Logger;
}

type Of<T extends WorkstationRequest['type']> = Extract<WorkstationRequest, { type: T }>;

/** What a page may ask for. Everything but `hello` needs an order or the session that an order opened. */
export class Requests implements PageRequests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  async answer(page: Page, request: WorkstationRequest): Promise<unknown> {
    const { sessions, operations, receipts } = this.#options;
    switch (request.type) {
      case 'hello':
        return this.#hello(page, request);
      case 'session.open':
        return this.#openSession(page, request);
      case 'order.run':
        return this.#runOrder(page, request);
      case 'pin.provide':
        sessions.require(page);
        return operations.find(page, request.operation).providePin(request.pin);
      case 'operation.cancel':
        // Also by a page that lost control: it may stop what it began.
        return operations.cancel(page, request.operation);
      case 'receipts.list':
        return receipts.list(sessions.require(page).issuer);
      case 'receipts.acknowledge':
        return receipts.acknowledge(sessions.require(page).issuer, request.jti);
    }
  }

  gone(page: Page): void {
    this.#options.sessions.gone(page);
  }

  async #hello(page: Page, { issuer }: Of<'hello'>): Promise<HelloResult> {
    const { pairings, registry, sessions, workstationId } = this.#options;
    const pairing = await pairings.find(issuer);
    return {
      protocol: workstationProtocol,
      version,
      workstationId,
      paired: pairing?.origins.includes(page.origin) ?? false,
      limitations: [...registry.limitations()],
      sessionHeld: sessions.current !== null && sessions.current.page !== page,
    };
  }

  async #openSession(page: Page, { order, takeOver }: Of<'session.open'>): Promise<SessionOpened> {
    const { sessions, registry, usedOrders, receipts } = this.#options;
    const { issuer, jti, expiresAt, action } = await this.#verify(page, order);
    if (action.action !== 'session')
      throw new WorkstationFailure('ORDER_MALFORMED', { detail: 'no session order' });
    // Before the order is spent: the same one serves the take-over that the person then chooses.
    sessions.requireFree(page, takeOver);
    await usedOrders.use({ jti, expiresAt });
    sessions.requireFree(page, takeOver);
    sessions.open({ page, issuer });
    await registry.refresh();
    const devices = await identify(registry.list(), action.identify, this.#options);
    const receipt = await receipts.sign({
      issuer,
      jti,
      device: null,
      result: { action: 'session', devices },
    });
    sessions.require(page);
    return { devices, receipt };
  }

  async #runOrder(page: Page, { id, order }: Of<'order.run'>): Promise<unknown> {
    const { sessions, operations } = this.#options;
    sessions.require(page);
    return operations.run(page, id, async () => {
      const verified = await this.#verify(page, order);
      // Again: another page may have taken over while the signature was being verified.
      if (sessions.require(page).issuer !== verified.issuer) {
        throw new WorkstationFailure('SESSION_REQUIRED', {
          message: 'This page controls the workstation for another tenant. Connect again.',
        });
      }
      return verified;
    });
  }

  #verify(page: Page, order: string): Promise<VerifiedOrder> {
    const { workstationId, pairings, now } = this.#options;
    return verifyOrder(order, { workstationId, pairings, origin: page.origin, now });
  }
}
