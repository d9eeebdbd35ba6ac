import type { Enrollment, EnrollmentStep, WorkstationError, WorkstationEvent } from '@keywarden/api';
import type { AnswerAt } from '../client/management.ts';
import type {
  Advance,
  Effect,
  Failure,
  PendingReceipt,
  Phase,
  Prompt,
  Refusal,
  Request,
  Road,
  RoadEvent,
} from './road.ts';
import { activate, activeStep, doneUpTo, failActive, mark, progressed, type Step } from './steps.ts';

/** About 30 s in all: longer than a restart of the server, shorter than a person's patience. */
export const backOff = [500, 1000, 2000, 4000, 8000, 15_000] as const;
const reorderLimit = 5;
const reorderAfter = 1500;

export function startRoad(steps: readonly Step[]): Advance {
  return ask(newRoad({ steps, enrollmentId: null, cancelRequested: false }), { name: 'start' });
}

/** For an enrollment that an earlier page left open. */
export function resumeRoad(
  steps: readonly Step[],
  open: { readonly enrollmentId: string; readonly choice: 'continue' | 'roll-back' },
): Advance {
  const { enrollmentId, choice } = open;
  return ask(newRoad({ steps, enrollmentId, cancelRequested: choice === 'roll-back' }), { name: 'look' });
}

function newRoad(start: Pick<Road, 'steps' | 'enrollmentId' | 'cancelRequested'>): Road {
  return {
    ...start,
    phase: { name: 'failed' },
    enrollment: null,
    prompt: null,
    failure: null,
    leftReceipts: [],
    reorders: 0,
    questions: 0,
    cleaningFailed: false,
  };
}

/** Too late once the server is registering what the key made. */
export function cancellable(road: Road): boolean {
  if (road.cancelRequested || road.failure !== null) return false;
  const { phase } = road;
  if (phase.name === 'running') return phase.answerAt !== 'cleaned';
  if (phase.name !== 'asking' && phase.name !== 'waiting') return false;
  return phase.request.name !== 'answer' || phase.request.at === 'configured';
}

export function ended(road: Road): boolean {
  return road.phase.name === 'finished' || road.phase.name === 'failed' || road.phase.name === 'interrupted';
}

export function advance(road: Road, event: RoadEvent): Advance {
  switch (event.name) {
    case 'stepped':
      return stepped(road, event.step);
    case 'looked':
      return looked(road, event.enrollment, event.receipts);
    case 'refused':
      return refused(road, event.refusal);
    case 'waited':
      return road.phase.name === 'waiting'
        ? ask(road, road.phase.request, road.phase.attempt + 1)
        : stay(road);
    case 'ran':
      return ran(road, event.receipt);
    case 'run-failed':
      return runFailed(road, event.error);
    case 'workstation-lost':
      return road.phase.name === 'running' ? interrupt(road, 'workstation-lost') : stay(road);
    case 'told':
      return stay(told(road, event.event));
    case 'pin-given':
      return stay(pinGiven(road, event.question));
    case 'cancel-pressed':
      return cancelPressed(road);
    case 'try-again-pressed':
      return road.phase.name === 'stalled' ? ask(road, road.phase.request) : stay(road);
  }
}

function stay(road: Road): Advance {
  return { road, effects: [] };
}

function ask(road: Road, request: Request, attempt = 0): Advance {
  return {
    road: { ...road, phase: { name: 'asking', request, attempt }, prompt: null },
    effects: [{ name: 'ask', request }],
  };
}

function fail(road: Road, failure: Failure): Advance {
  const first = road.failure ?? failure;
  const steps = failActive(road.steps);
  return stay({ ...road, phase: { name: 'failed' }, prompt: null, failure: first, steps });
}

function interrupt(road: Road, code: string): Advance {
  const failure = road.failure ?? pageFailure(code, road);
  const steps = failActive(road.steps);
  return stay({ ...road, phase: { name: 'interrupted' }, prompt: null, failure, steps });
}

function stepped(road: Road, step: EnrollmentStep): Advance {
  const { enrollment, next } = step;
  const request = road.phase.name === 'asking' ? road.phase.request : null;
  const before: Effect[] =
    request?.name === 'answer' ? [{ name: 'acknowledge', receipt: request.receipt }] : [];
  const known: Road = { ...road, enrollment, enrollmentId: enrollment.enrollmentId, leftReceipts: [] };
  const then = next === null ? atRest(known, enrollment) : onward(known, { next, request });
  return { road: then.road, effects: [...before, ...then.effects] };
}

/** The server has no order to run. */
function atRest(road: Road, enrollment: Enrollment): Advance {
  switch (enrollment.status) {
    case 'COMPLETE':
      return stay({
        ...road,
        phase: { name: 'finished' },
        failure: null,
        steps: doneUpTo(road.steps, 'verify'),
      });
    case 'COMPENSATED':
      return fail({ ...road, steps: mark(road.steps, 'clean', 'done') }, failureOf(road, enrollment));
    case 'FAILED':
    case 'COMPENSATING':
      return fail(road, failureOf(road, enrollment));
    default:
      // Verified, and the identity provider has not answered the server yet: it goes on by itself, we look in again.
      return again(road, { name: 'continue' }, 'enrollment-unfinished');
  }
}

function onward(
  road: Road,
  { next, request }: { next: { order: string; answerAt: AnswerAt }; request: Request | null },
): Advance {
  if (road.cancelRequested && next.answerAt !== 'cleaned') {
    return ask(road, request?.name === 'continue' ? cancelUnsure : cancelUntouched);
  }
  if (next.answerAt === 'cleaned' && road.cleaningFailed)
    return fail(road, pageFailure('DEVICE_FAILED', road));
  const steps = next.answerAt === 'cleaned' ? activate(failActive(road.steps), 'clean') : road.steps;
  return {
    road: { ...road, steps: begin(steps, next.answerAt), phase: { name: 'running', ...next }, prompt: null },
    effects: [{ name: 'run', order: next.order }],
  };
}

/** Something is always visibly under way, also before the workstation says what. */
function begin(steps: readonly Step[], answerAt: AnswerAt): readonly Step[] {
  if (answerAt === 'cleaned' || activeStep(steps) !== null) return steps;
  if (answerAt === 'complete') {
    const configured = steps.some((step) => step.name === 'policy') ? doneUpTo(steps, 'policy') : steps;
    const first = configured.find((step) => step.state === 'waiting');
    return first === undefined ? configured : activate(configured, first.name);
  }
  const first = steps.find((step) => step.state === 'waiting');
  return first === undefined ? steps : activate(steps, first.name);
}

/** The code tells the server whether the key may hold a leftover. */
const message = 'Cancelled by the operator.';
const cancelUnsure: Request = { name: 'cancel', code: 'operator-cancelled', message };
/** The next order was never handed to the workstation. */
const cancelUntouched: Request = { name: 'cancel', code: 'OPERATION_CANCELLED', message };

function looked(road: Road, enrollment: Enrollment, receipts: readonly PendingReceipt[]): Advance {
  const known: Road = { ...road, enrollment };
  const closed =
    enrollment.status === 'COMPLETE' || enrollment.status === 'FAILED' || enrollment.status === 'COMPENSATED';
  if (closed) return atRest(known, enrollment);
  const [first, ...rest] = receipts.filter((receipt) => belongs(receipt, enrollment, road.cancelRequested));
  if (first !== undefined) {
    const at = answerAtOf(first.action);
    if (at !== null)
      return ask({ ...known, leftReceipts: rest }, { name: 'answer', at, receipt: first.receipt });
  }
  // Also before a roll back: it tells the server where the key is plugged in now, and the removal is ordered for there.
  return ask(known, { name: 'continue' });
}

/** A receipt of this key that the enrollment's state is waiting for; someone who rolls back wants nothing completed. */
function belongs(receipt: PendingReceipt, enrollment: Enrollment, rollBack: boolean): boolean {
  if (receipt.device !== enrollment.connectionId) return false;
  if (enrollment.status === 'CONFIGURING') return receipt.action === 'configure';
  if (enrollment.status === 'OPTIONS_ISSUED') return receipt.action === 'enroll' && !rollBack;
  return enrollment.status === 'COMPENSATING' && receipt.action === 'remove-credential';
}

function answerAtOf(action: string): AnswerAt | null {
  if (action === 'configure') return 'configured';
  if (action === 'enroll') return 'complete';
  return action === 'remove-credential' ? 'cleaned' : null;
}

function refused(road: Road, refusal: Refusal): Advance {
  if (road.phase.name !== 'asking') return stay(road);
  const { request } = road.phase;
  if (refusal.signedOut) return stay({ ...road, phase: { name: 'stalled', request, reason: 'signed-out' } });
  if (refusal.passing) return again(road, request, refusal.code);
  if (request.name === 'answer') {
    const [first, ...rest] = road.leftReceipts;
    const at = first === undefined ? null : answerAtOf(first.action);
    if (first !== undefined && at !== null)
      return ask({ ...road, leftReceipts: rest }, { name: 'answer', at, receipt: first.receipt });
    // The server refused what the key made: it has taken its own consequences, or takes them now.
    if (request.at !== 'cleaned' && road.failure === null) {
      const failure = serverFailure(refusal, road);
      return ask(
        { ...road, failure, steps: failActive(road.steps) },
        { name: 'cancel', code: refusal.code, message: refusal.said?.title ?? refusal.code },
      );
    }
  }
  return fail(road, serverFailure(refusal, road));
}

function again(road: Road, request: Request, reason: string): Advance {
  const attempt = road.phase.name === 'asking' ? road.phase.attempt : 0;
  const milliseconds = backOff[attempt];
  if (milliseconds === undefined) return stay({ ...road, phase: { name: 'stalled', request, reason } });
  return {
    road: { ...road, phase: { name: 'waiting', request, attempt, milliseconds } },
    effects: [{ name: 'wait', milliseconds }],
  };
}

function ran(road: Road, receipt: string): Advance {
  if (road.phase.name !== 'running') return stay(road);
  const { answerAt } = road.phase;
  const answer: Request = { name: 'answer', at: answerAt, receipt };
  if (answerAt === 'configured') {
    const steps = road.steps.some((step) => step.name === 'policy')
      ? doneUpTo(road.steps, 'policy')
      : road.steps;
    return ask({ ...road, steps }, answer);
  }
  if (answerAt === 'cleaned') return ask(road, answer);
  // Cancelled, and the key was faster: what it made is taken off again.
  if (road.cancelRequested) {
    const cancel = ask(road, cancelUnsure);
    return { road: cancel.road, effects: [...cancel.effects, { name: 'acknowledge', receipt }] };
  }
  return ask({ ...road, steps: activate(road.steps, 'register') }, answer);
}

/** The order never reached the key: another one may. */
const orderLapsed: readonly string[] = ['ORDER_EXPIRED', 'ORDER_USED', 'DEVICE_BUSY'];
const sessionGone: readonly string[] = ['SESSION_LOST', 'SESSION_REQUIRED', 'SESSION_HELD'];

function runFailed(road: Road, error: WorkstationError): Advance {
  if (road.phase.name !== 'running') return stay(road);
  if (sessionGone.includes(error.code)) return interrupt(road, error.code);
  const failure: Failure = {
    source: 'workstation',
    code: error.code,
    step: activeStep(road.steps),
    retriesLeft: error.retriesLeft,
    field: error.field,
    ctap: error.ctap,
    said: { title: error.message, detail: null },
    reference: null,
  };
  if (road.phase.answerAt === 'cleaned') {
    // The server keeps it open for when the key is back, or closes it where the key can't ever do it.
    const { code, message: said } = error;
    const given = {
      ...road,
      failure: road.failure ?? failure,
      steps: failActive(road.steps),
      cleaningFailed: true,
    };
    return ask(given, { name: 'cancel', code, message: said });
  }
  if (orderLapsed.includes(error.code) && !road.cancelRequested && road.reorders < reorderLimit) {
    const milliseconds = reorderAfter;
    const phase: Phase = { name: 'waiting', request: { name: 'continue' }, attempt: 0, milliseconds };
    return {
      road: { ...road, phase, prompt: null, reorders: road.reorders + 1 },
      effects: [{ name: 'wait', milliseconds }],
    };
  }
  return ask(
    { ...road, failure, steps: failActive(road.steps) },
    { name: 'cancel', code: error.code, message: error.message },
  );
}

function told(road: Road, event: WorkstationEvent): Road {
  if (road.phase.name !== 'running') return road;
  switch (event.event) {
    case 'progress': {
      return { ...road, steps: progressed(road.steps, event, road.phase.answerAt) };
    }
    case 'pin.required': {
      const asked = road.steps.find((step) => step.name === 'pin');
      const repeated = asked !== undefined && (asked.state === 'done' || asked.state === 'skipped');
      const steps = repeated ? road.steps : activate(road.steps, 'pin');
      const question = road.questions + 1;
      const prompt: Prompt = { name: 'pin', required: event, step: activeStep(steps) ?? 'pin', question };
      return { ...road, steps, prompt, questions: question };
    }
    case 'touch.required':
      return {
        ...road,
        prompt: { name: 'touch' },
        steps: road.phase.answerAt === 'complete' ? activate(road.steps, 'touch') : road.steps,
      };
    case 'touch.done':
      return road.prompt?.name === 'touch' ? { ...road, prompt: null } : road;
    case 'reinsert.required':
      return { ...road, prompt: { name: 'reinsert' } };
    default:
      return road;
  }
}

function pinGiven(road: Road, question: number): Road {
  const answered = road.prompt?.name === 'pin' && road.prompt.question === question;
  return answered ? { ...road, prompt: null } : road;
}

function cancelPressed(road: Road): Advance {
  if (!cancellable(road)) return stay(road);
  const cancelled: Road = { ...road, cancelRequested: true };
  if (road.phase.name === 'running') return { road: cancelled, effects: [{ name: 'cancel-operation' }] };
  if (road.phase.name === 'waiting' && road.enrollmentId === null) {
    return fail(cancelled, pageFailure('operator-cancelled', road));
  }
  return stay(cancelled);
}

function failureOf(road: Road, enrollment: Enrollment): Failure {
  if (road.failure !== null) return road.failure;
  const { failure } = enrollment;
  if (failure === null) return pageFailure('operator-cancelled', road);
  return { ...pageFailure(failure.code, road), said: { title: failure.message, detail: null } };
}

function serverFailure(refusal: Refusal, road: Road): Failure {
  return {
    ...pageFailure(refusal.code, road),
    source: 'server',
    field: refusal.field,
    said: refusal.said,
    reference: refusal.reference,
  };
}

function pageFailure(code: string, road: Road): Failure {
  return {
    source: 'page',
    code,
    step: activeStep(road.steps),
    retriesLeft: null,
    field: null,
    ctap: null,
    said: null,
    reference: null,
  };
}
