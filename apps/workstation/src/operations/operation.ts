import type { ProgressStep, WorkstationEvent } from '@keywarden/api';
import type { PinRequest } from '@keywarden/fido2/client';
import type { Clock } from '@keywarden/fido2/ctap2';
import type { ConnectedDevice } from '../devices/connected-device.ts';
import { WorkstationFailure } from '../failure.ts';
import type { Page } from '../pages/page.ts';
import { anyPin, type PinRules, requireRules } from './pin-rules.ts';
import type { RememberedPins } from './remembered-pins.ts';

/** Milliseconds: for a person to find and type a PIN, to touch the key, and for all of it. */
const patience = { pin: 180_000, touch: 60_000, whole: 600_000 } as const;

export interface OperationOptions {
  /** The id of the page's `order.run`. */
  readonly id: string;
  readonly page: Page;
  readonly device: ConnectedDevice;
  readonly clock: Clock;
  readonly pins: RememberedPins;
}

interface Question {
  readonly rules: PinRules;
  answer(pin: string): void;
}

/**
 * One order under way on one key: what the page hears of it, the questions to the person, and how it ends early. Up to
 * `pastReturn` it can be cancelled; from then on it is carried to its end, and a page that went away finds the receipt.
 */
export class Operation {
  readonly id: string;
  readonly page: Page;
  readonly device: ConnectedDevice;
  readonly #clock: Clock;
  readonly #pins: RememberedPins;
  readonly #ending = new AbortController();
  readonly #cancelling = new AbortController();
  readonly #timers = new Set<() => void>();
  #question: Question | null = null;
  #touchTimer: (() => void) | null = null;
  #abandoned = false;
  #pastReturn = false;
  #lastPin: string | null = null;
  /** Chosen for the key; counts once the key took it. */
  #newPin: string | null = null;

  constructor(options: OperationOptions) {
    this.id = options.id;
    this.page = options.page;
    this.device = options.device;
    this.#clock = options.clock;
    this.#pins = options.pins;
    const { gone } = options.device;
    if (gone.aborted) this.#end(gone.reason);
    else gone.addEventListener('abort', this.#removed, { once: true });
    this.#after(patience.whole, () => this.#end(timedOut('The whole took longer than ten minutes.')));
  }

  /** For everything that may still be called off; its reason is the WorkstationFailure to answer with. */
  get signal(): AbortSignal {
    return this.#pastReturn ? this.#ending.signal : this.#cancelling.signal;
  }

  progress(step: ProgressStep, status: 'started' | 'done' | 'skipped'): void {
    this.#tell({ event: 'progress', operation: this.id, step, status });
  }

  /** Runs one step between `started` and `done`. */
  async step<T>(step: ProgressStep, work: () => Promise<T>): Promise<T> {
    this.progress(step, 'started');
    const result = await work();
    this.progress(step, 'done');
    return result;
  }

  readonly touch = (touch: 'needed' | 'done'): void => {
    this.#touchTimer?.();
    this.#touchTimer = null;
    if (touch === 'done') this.#tell({ event: 'touch.done', operation: this.id });
    else if (this.#abandoned && !this.#pastReturn) this.cancel();
    else {
      // A key lets a person touch it after the PIN alone: it was right.
      this.#confirmPin();
      this.#tell({ event: 'touch.required', operation: this.id });
      this.#touchTimer = this.#after(patience.touch, () =>
        this.#end(new WorkstationFailure('TOUCH_TIMEOUT')),
      );
    }
  };

  /** The PIN that was just chosen is the key's now: the next order need not ask for it. */
  async pinIsOnKey(): Promise<void> {
    this.#lastPin = this.#newPin;
    this.#confirmPin();
    await this.device.slip?.write(this.#newPin);
  }

  /** The key will be pulled out and put back: its leaving is no failure from here on. */
  expectReinsertion(): void {
    this.device.gone.removeEventListener('abort', this.#removed);
    this.#tell({ event: 'reinsert.required', operation: this.id });
  }

  /** Typed in this operation, or accepted by this key a moment ago; null before any. */
  get currentPin(): string | null {
    return this.#lastPin ?? this.#pins.get(this.device.connectionId);
  }

  /** Takes the PIN that is known, or asks the person. */
  async pin(request: PinRequest, rules: PinRules = anyPin): Promise<string> {
    const { connectionId, slip } = this.device;
    if (request.wrong) {
      this.#pins.forget(connectionId);
      this.#lastPin = null;
    }
    const remembered = request.reason === 'verify' && !request.wrong ? this.currentPin : null;
    if (remembered !== null) return remembered;
    const hint = slip === null || request.reason !== 'verify' ? null : await slip.read();
    const pin = await this.#ask(request, { rules: bounded(request, rules), hint });
    if (request.reason === 'verify') this.#lastPin = pin;
    else this.#newPin = pin;
    return pin;
  }

  /** @throws WorkstationFailure OPERATION_NOT_FOUND where nothing was asked, PIN_REJECTED (the question stays open) */
  providePin(pin: string): void {
    const question = this.#question;
    if (question === null) {
      throw new WorkstationFailure('OPERATION_NOT_FOUND', { message: 'No PIN was asked for.' });
    }
    // CTAP 2.1 §6.5.1: the platform sends the PIN in Normalization Form C.
    const normal = pin.normalize('NFC');
    requireRules(normal, question.rules);
    question.answer(normal);
  }

  /** No effect once past return: what can't be taken back is finished, and told. */
  cancel(): void {
    if (!this.#pastReturn) this.#cancelling.abort(new WorkstationFailure('OPERATION_CANCELLED'));
  }

  /** The page is gone: nobody is there to type or to be told to touch. A step that needs neither goes on to its end. */
  abandon(): void {
    this.#abandoned = true;
    if (this.#question !== null) this.#end(new WorkstationFailure('OPERATION_CANCELLED'));
    else if (this.#touchTimer !== null) this.cancel();
  }

  /** From here on there is something on the key that the server must hear of. */
  pastReturn(): void {
    this.#pastReturn = true;
    if (this.#ending.signal.aborted) throw this.#ending.signal.reason;
  }

  close(outcome: 'done' | 'failed'): void {
    if (outcome === 'done') this.#confirmPin();
    this.device.gone.removeEventListener('abort', this.#removed);
    for (const cancel of [...this.#timers]) cancel();
  }

  readonly #removed = (): void => this.#end(this.device.gone.reason);

  #end(reason: unknown): void {
    this.#ending.abort(reason);
    this.#cancelling.abort(reason);
  }

  #confirmPin(): void {
    if (this.#lastPin !== null) this.#pins.remember(this.device.connectionId, this.#lastPin);
  }

  #ask(request: PinRequest, { rules, hint }: { rules: PinRules; hint: string | null }): Promise<string> {
    const { signal } = this;
    if (this.#abandoned) this.#end(new WorkstationFailure('OPERATION_CANCELLED'));
    return new Promise<string>((resolve, reject) => {
      const stop = this.#after(patience.pin, () =>
        this.#end(timedOut('No PIN was entered within three minutes.')),
      );
      const settle = (): void => {
        stop();
        this.#question = null;
        signal.removeEventListener('abort', refuse);
      };
      const refuse = (): void => {
        settle();
        reject(signal.reason);
      };
      if (signal.aborted) {
        refuse();
        return;
      }
      signal.addEventListener('abort', refuse, { once: true });
      this.#question = {
        rules,
        answer: (pin) => {
          settle();
          resolve(pin);
        },
      };
      const { reason, retriesLeft, wrong } = request;
      this.#tell({ event: 'pin.required', operation: this.id, reason, ...rules, retriesLeft, wrong, hint });
    });
  }

  #tell(event: WorkstationEvent): void {
    if (!this.#abandoned) this.page.send(event);
  }

  #after(milliseconds: number, callback: () => void): () => void {
    const cancel = this.#clock.after(milliseconds, callback);
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }
}

/** A PIN that is only entered was chosen under whatever rules then held; a new one obeys the policy's and the key's. */
function bounded(request: PinRequest, rules: PinRules): PinRules {
  if (request.reason === 'verify') return anyPin;
  return { ...rules, minimumLength: Math.max(rules.minimumLength, request.minimumLength) };
}

function timedOut(message: string): WorkstationFailure {
  return new WorkstationFailure('OPERATION_CANCELLED', {
    message: `${message} Start again when you are ready.`,
  });
}
