import type { EnrollmentStep, StartEnrollment, WorkstationEvent } from '@keywarden/api';
import { ApiError } from '../client/error.ts';
import type { Management } from '../client/management.ts';
import { ChannelError, WorkstationRefusal } from '../workstation/error.ts';
import type { WorkstationLink } from '../workstation/link.ts';
import { advance, ended, resumeRoad, startRoad } from './advance.ts';
import { receiptId } from './receipt.ts';
import type { Advance, Effect, Refusal, Request, Road, RoadEvent } from './road.ts';
import type { Step } from './steps.ts';

type Server = Pick<
  Management,
  'startEnrollment' | 'enrollment' | 'answerEnrollment' | 'continueEnrollment' | 'cancelEnrollment'
>;
type Workstation = Pick<
  WorkstationLink,
  'runOrder' | 'providePin' | 'cancelOperation' | 'pendingReceipts' | 'acknowledge' | 'onEvent' | 'hold'
>;

export interface DriverSettings {
  readonly server: Server;
  readonly workstation: Workstation;
  readonly start: StartEnrollment;
  /** The same for every repeat of the start, so that a lost answer makes no second enrollment. */
  readonly idempotencyKey: string;
  readonly wait: (milliseconds: number) => Promise<void>;
}

export type Opening =
  | { readonly steps: readonly Step[]; readonly open: null }
  | {
      readonly steps: readonly Step[];
      readonly open: { readonly enrollmentId: string; readonly choice: 'continue' | 'roll-back' };
    };

/** Carries out what advance.ts asks for, and feeds back what came of it. One for each press of a button. */
export class RoadDriver {
  readonly #settings: DriverSettings;
  readonly #watchers = new Set<() => void>();
  readonly #release: () => void;
  readonly #silence: () => void;
  #road: Road;
  #operation: string | null = null;

  constructor(settings: DriverSettings, opening: Opening) {
    this.#settings = settings;
    this.#release = settings.workstation.hold();
    this.#silence = settings.workstation.onEvent((event) => this.#hear(event));
    const first = opening.open === null ? startRoad(opening.steps) : resumeRoad(opening.steps, opening.open);
    this.#road = first.road;
    this.#carryOut(first);
  }

  readonly snapshot = (): Road => this.#road;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  readonly cancel = (): void => this.#happen({ name: 'cancel-pressed' });
  readonly tryAgain = (): void => this.#happen({ name: 'try-again-pressed' });

  /** Throws WorkstationRefusal `PIN_REJECTED` where the PIN breaks the rules: the question stays open. */
  async providePin(question: { operation: string; number: number }, pin: string): Promise<void> {
    await this.#settings.workstation.providePin(question.operation, pin);
    this.#happen({ name: 'pin-given', question: question.number });
  }

  #happen(event: RoadEvent): void {
    if (ended(this.#road)) return;
    this.#carryOut(advance(this.#road, event));
  }

  #carryOut({ road, effects }: Advance): void {
    this.#road = road;
    for (const effect of effects) void this.#perform(effect);
    if (ended(road)) {
      this.#silence();
      this.#release();
    }
    for (const watcher of this.#watchers) watcher();
  }

  async #perform(effect: Effect): Promise<void> {
    switch (effect.name) {
      case 'ask':
        return this.#ask(effect.request);
      case 'run':
        return this.#run(effect.order);
      case 'cancel-operation':
        return this.#cancelOperation();
      case 'acknowledge':
        return this.#acknowledge(effect.receipt);
      case 'wait':
        await this.#settings.wait(effect.milliseconds);
        return this.#happen({ name: 'waited' });
    }
  }

  async #ask(request: Request): Promise<void> {
    try {
      if (request.name === 'look') this.#happen({ name: 'looked', ...(await this.#look()) });
      else this.#happen({ name: 'stepped', step: await this.#askStep(request) });
    } catch (error) {
      if (error instanceof ApiError) this.#happen({ name: 'refused', refusal: refusalOf(error) });
      else if (error instanceof ChannelError || error instanceof WorkstationRefusal)
        this.#happen({ name: 'refused', refusal: workstationAway });
      else throw error;
    }
  }

  #askStep(request: Exclude<Request, { name: 'look' }>): Promise<EnrollmentStep> {
    const { server, start, idempotencyKey } = this.#settings;
    if (request.name === 'start') return server.startEnrollment(start, idempotencyKey);
    const enrollmentId = this.#road.enrollmentId ?? '';
    switch (request.name) {
      case 'answer':
        return server.answerEnrollment(enrollmentId, { at: request.at, receipt: request.receipt });
      case 'continue':
        return server.continueEnrollment(enrollmentId, {
          workstationId: start.workstationId,
          connectionId: start.connectionId,
        });
      case 'cancel':
        return server.cancelEnrollment(enrollmentId, { code: request.code, message: request.message });
    }
  }

  async #look() {
    const { server, workstation } = this.#settings;
    const [enrollment, receipts] = await Promise.all([
      server.enrollment(this.#road.enrollmentId ?? ''),
      workstation.pendingReceipts(),
    ]);
    return { enrollment, receipts };
  }

  async #run(order: string): Promise<void> {
    try {
      const { operation, done } = this.#settings.workstation.runOrder(order);
      this.#operation = operation;
      const { receipt } = await done;
      this.#happen({ name: 'ran', receipt });
    } catch (error) {
      if (error instanceof WorkstationRefusal) this.#happen({ name: 'run-failed', error: error.error });
      else if (error instanceof ChannelError) this.#happen({ name: 'workstation-lost' });
      else throw error;
    } finally {
      this.#operation = null;
    }
  }

  async #cancelOperation(): Promise<void> {
    if (this.#operation === null) return;
    try {
      await this.#settings.workstation.cancelOperation(this.#operation);
    } catch (error) {
      // It has just ended, or the connection has: either way its own answer tells.
      if (!(error instanceof WorkstationRefusal || error instanceof ChannelError)) throw error;
    }
  }

  async #acknowledge(receipt: string): Promise<void> {
    try {
      await this.#settings.workstation.acknowledge(receiptId(receipt));
    } catch (error) {
      // It stays listed, and the server takes a receipt once.
      if (!(error instanceof WorkstationRefusal || error instanceof ChannelError)) throw error;
    }
  }

  #hear(event: WorkstationEvent): void {
    if (!('operation' in event) || event.operation !== this.#operation) return;
    this.#happen({ name: 'told', event });
  }
}

const workstationAway: Refusal = {
  passing: false,
  signedOut: false,
  code: 'workstation-lost',
  said: null,
  field: null,
  reference: null,
};

function refusalOf(error: ApiError): Refusal {
  const { problem } = error;
  const { field } = problem?.particulars ?? {};
  return {
    // Another request holds its lease for a moment; another person's enrollment does not pass by itself.
    passing: error.passing || error.reason === 'enrollment-in-progress',
    signedOut: error.signedOut,
    code: error.reason,
    said: problem === null ? null : { title: problem.title, detail: problem.detail ?? null },
    field: typeof field === 'string' ? field : null,
    reference: problem?.instance ?? null,
  };
}
