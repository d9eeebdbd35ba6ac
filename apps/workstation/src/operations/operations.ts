import type { OrderAction, OrderDone, OrderResult } from '@keywarden/api';
import type { SilentAssertionInput } from '@keywarden/fido2/client';
import { type Clock, DeviceError, type RandomBytes } from '@keywarden/fido2/ctap2';
import type { Logger } from 'pino';
import type { ConnectedDevice } from '../devices/connected-device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { WorkstationFailure } from '../failure.ts';
import type { Receipts } from '../orders/receipts.ts';
import type { UsedOrders } from '../orders/used-orders.ts';
import type { VerifiedOrder } from '../orders/verify-order.ts';
import type { Page } from '../pages/page.ts';
import { carryOut, type KeyAction } from './carry-out.ts';
import { keyFailure } from './key-failure.ts';
import { Operation } from './operation.ts';
import { RememberedPins } from './remembered-pins.ts';

export interface OperationsOptions {
  readonly registry: DeviceRegistry;
  readonly usedOrders: UsedOrders;
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Logger;
}

/** An `order.run` that is not under way yet: its order is being verified and entered as used. */
interface Arrival {
  readonly page: Page;
  readonly id: string;
  readonly calledOff: AbortController;
}

type Verification = NonNullable<SilentAssertionInput['verification']>;

/** What is being done on keys now: one operation for each key at most. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #pins: RememberedPins;
  readonly #running = new Set<Operation>();
  readonly #arriving = new Set<Arrival>();

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.#pins = new RememberedPins(options.clock);
  }

  /**
   * Carries out an order once `verify` has found nothing against it. Its page may call it off from the first moment,
   * also while the signature is being verified. @throws WorkstationFailure
   */
  async run(page: Page, id: string, verify: () => Promise<VerifiedOrder>): Promise<OrderDone> {
    const arrival: Arrival = { page, id, calledOff: new AbortController() };
    this.#arriving.add(arrival);
    try {
      return await this.#carryOut(arrival, await verify());
    } finally {
      this.#arriving.delete(arrival);
    }
  }

  async #carryOut({ page, id, calledOff }: Arrival, order: VerifiedOrder): Promise<OrderDone> {
    const action = keyAction(order.action);
    const device = this.#find(action.device);
    const release = await device.reserve();
    try {
      // After everything that can be refused without harm, before anything that can't be undone.
      await this.#options.usedOrders.use(order);
      calledOff.signal.throwIfAborted();
      const result = await this.#operate(page, { id, device, action });
      const { issuer, jti } = order;
      const receipt = await this.#options.receipts.signAndKeep({
        issuer,
        jti,
        device: device.connectionId,
        result,
      });
      return { result, receipt };
    } finally {
      release();
    }
  }

  /** @throws WorkstationFailure OPERATION_NOT_FOUND */
  find(page: Page, id: string): Operation {
    for (const operation of this.#running)
      if (operation.page === page && operation.id === id) return operation;
    throw new WorkstationFailure('OPERATION_NOT_FOUND');
  }

  /** @throws WorkstationFailure OPERATION_NOT_FOUND */
  cancel(page: Page, id: string): void {
    const arriving = [...this.#arriving].find((arrival) => arrival.page === page && arrival.id === id);
    if (arriving !== undefined) callOff(arriving);
    // One under way counts as arriving to its end, but its own cancel is the one that reaches the key.
    const running = [...this.#running].find((operation) => operation.page === page && operation.id === id);
    if (running !== undefined) running.cancel();
    else if (arriving === undefined) throw new WorkstationFailure('OPERATION_NOT_FOUND');
  }

  /**
   * For a key that says nothing of itself before the person is verified: the PIN that it accepted a moment ago, given once.
   * undefined: none is known, and nobody is asked for one only to see which key it is.
   */
  verificationOf(connectionId: string): Verification | undefined {
    const pin = this.#pins.get(connectionId);
    if (pin === null) return undefined;
    const { random } = this.#options;
    return {
      random,
      pin: async ({ reason, wrong }) => {
        if (reason === 'verify' && !wrong) return pin;
        // It was changed elsewhere: another try would only cost the key one more.
        this.#pins.forget(connectionId);
        throw new WorkstationFailure('OPERATION_CANCELLED');
      },
    };
  }

  /** The session is over: see `Operation.abandon`; nothing that was typed is remembered. */
  abandonAll(): void {
    this.#pins.forgetAll();
    for (const arrival of this.#arriving) callOff(arrival);
    for (const operation of this.#running) operation.abandon();
  }

  /** The service stops: what can be called off is, what can't is waited for. */
  async stop(patience: number): Promise<void> {
    for (const arrival of this.#arriving) callOff(arrival);
    for (const operation of this.#running) operation.cancel();
    const { clock } = this.#options;
    const end = clock.now() + patience;
    while (this.#running.size > 0 && clock.now() < end) {
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    }
  }

  removed(device: ConnectedDevice): void {
    this.#pins.forget(device.connectionId);
  }

  #find(connectionId: string): ConnectedDevice {
    const device = this.#options.registry.find(connectionId);
    if (device !== null) return device;
    throw new WorkstationFailure(
      this.#options.registry.wasHere(connectionId) ? 'DEVICE_REMOVED' : 'ORDER_DEVICE',
    );
  }

  async #operate(
    page: Page,
    { id, device, action }: { id: string; device: ConnectedDevice; action: KeyAction },
  ): Promise<OrderResult> {
    const { clock, log } = this.#options;
    const operation = new Operation({ id, page, device, clock, pins: this.#pins });
    const begin = clock.now();
    const about = { page: page.id, device: device.connectionId, action: action.action };
    this.#running.add(operation);
    let outcome: 'done' | 'failed' = 'failed';
    try {
      const result = await carryOut(operation, action, this.#options);
      outcome = 'done';
      return result;
    } catch (error) {
      throw this.#told(operation, error);
    } finally {
      operation.close(outcome);
      this.#running.delete(operation);
      if (action.action === 'reset') this.#pins.forget(device.connectionId);
      log.info({ ...about, outcome, milliseconds: Math.round(clock.now() - begin) }, 'operation ended');
    }
  }

  /** Why the operation was ended says more than what the key made of it. */
  #told(operation: Operation, error: unknown): unknown {
    const unconfirmed = error instanceof DeviceError && error.code === 'cancel-unconfirmed';
    const failure = operation.signal.aborted && !unconfirmed ? operation.signal.reason : keyFailure(error);
    // Polling would notice the empty port up to a second later.
    if (failure instanceof WorkstationFailure && failure.code === 'DEVICE_REMOVED') {
      void this.#options.registry.refresh();
    }
    return failure;
  }
}

function callOff({ calledOff }: Arrival): void {
  calledOff.abort(new WorkstationFailure('OPERATION_CANCELLED'));
}

/** @throws WorkstationFailure ORDER_MALFORMED for a session order, which is no operation on a key */
function keyAction(action: OrderAction): KeyAction {
  if (action.action === 'session') {
    throw new WorkstationFailure('ORDER_MALFORMED', { detail: 'a session order opens a session' });
  }
  return action;
}
