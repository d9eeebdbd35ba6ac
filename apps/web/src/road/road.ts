import type {
  Enrollment,
  EnrollmentStep,
  PendingReceipts,
  WorkstationError,
  WorkstationEvent,
} from '@keywarden/api';
import type { AnswerAt } from '../client/management.ts';
import type { Step, StepName } from './steps.ts';

/**
 * The way of one key from the press of a button to Enrollment Successful, or to a clear message and a true state.
 * advance.ts is its whole logic, pure: an event makes the next road and the effects that driver.ts carries out, each of
 * which comes back as an event.
 */
export interface Road {
  readonly phase: Phase;
  readonly steps: readonly Step[];
  readonly enrollmentId: string | null;
  /** As the server told it last. */
  readonly enrollment: Enrollment | null;
  readonly prompt: Prompt | null;
  readonly cancelRequested: boolean;
  /** What went wrong first: what comes after it is only cleaning up. */
  readonly failure: Failure | null;
  /** Receipts that an earlier page left, still to be tried. */
  readonly leftReceipts: readonly PendingReceipt[];
  /** How often the server was asked for another order in place of one that could not be run. */
  readonly reorders: number;
  /** How many PINs were asked for: the next question has the next number. */
  readonly questions: number;
  /** The leftover could not be taken off the key now; once is enough. */
  readonly cleaningFailed: boolean;
}

export type Request =
  | { readonly name: 'start' }
  | { readonly name: 'look' }
  | { readonly name: 'answer'; readonly at: AnswerAt; readonly receipt: string }
  | { readonly name: 'continue' }
  | { readonly name: 'cancel'; readonly code: string; readonly message: string };

export type Phase =
  | { readonly name: 'asking'; readonly request: Request; readonly attempt: number }
  /** The server did not answer; the same request again after `milliseconds`. */
  | {
      readonly name: 'waiting';
      readonly request: Request;
      readonly attempt: number;
      readonly milliseconds: number;
    }
  /** Tried often enough: a person presses Try again. */
  | { readonly name: 'stalled'; readonly request: Request; readonly reason: string }
  | { readonly name: 'running'; readonly order: string; readonly answerAt: AnswerAt }
  /** The workstation service went away under way: it may have finished the order or not. */
  | { readonly name: 'interrupted' }
  | { readonly name: 'finished' }
  | { readonly name: 'failed' };

type PinRequired = Extract<WorkstationEvent, { event: 'pin.required' }>;
export type Prompt =
  | {
      readonly name: 'pin';
      readonly required: PinRequired;
      /** The step under which it is asked. */
      readonly step: StepName;
      /** Counts up with every question: an answer to the last one does not close this one. */
      readonly question: number;
    }
  | { readonly name: 'touch' }
  | { readonly name: 'reinsert' };

export interface Failure {
  readonly source: 'workstation' | 'server' | 'page';
  readonly code: string;
  /** Where it happened, where that is known. */
  readonly step: StepName | null;
  readonly retriesLeft: number | null;
  readonly field: string | null;
  readonly ctap: number | null;
  /** The other side's own sentences, for a code that this page does not know. */
  readonly said: { readonly title: string; readonly detail: string | null } | null;
  /** To quote to support. */
  readonly reference: string | null;
}

export type PendingReceipt = PendingReceipts['receipts'][number];

/** What a failed request to the server says, as far as the road cares. */
export interface Refusal {
  readonly passing: boolean;
  readonly signedOut: boolean;
  readonly code: string;
  readonly said: Failure['said'];
  readonly field: string | null;
  readonly reference: string | null;
}

export type RoadEvent =
  | { readonly name: 'stepped'; readonly step: EnrollmentStep }
  | { readonly name: 'looked'; readonly enrollment: Enrollment; readonly receipts: readonly PendingReceipt[] }
  | { readonly name: 'refused'; readonly refusal: Refusal }
  | { readonly name: 'waited' }
  | { readonly name: 'ran'; readonly receipt: string }
  | { readonly name: 'run-failed'; readonly error: WorkstationError }
  | { readonly name: 'workstation-lost' }
  | { readonly name: 'told'; readonly event: WorkstationEvent }
  | { readonly name: 'pin-given'; readonly question: number }
  | { readonly name: 'cancel-pressed' }
  | { readonly name: 'try-again-pressed' };

export type Effect =
  | { readonly name: 'ask'; readonly request: Request }
  | { readonly name: 'run'; readonly order: string }
  | { readonly name: 'cancel-operation' }
  | { readonly name: 'acknowledge'; readonly receipt: string }
  | { readonly name: 'wait'; readonly milliseconds: number };

export interface Advance {
  readonly road: Road;
  readonly effects: readonly Effect[];
}
