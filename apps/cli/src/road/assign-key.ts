import { randomUUID } from 'node:crypto';
import type { Assignment, EnrollmentStep } from '@keywarden/api';
import { decodeJwt } from 'jose';
import { CliError, sentenceOf } from '../errors.ts';
import type { RecognisedKey, RoadSession } from './open-session.ts';
import { WorkstationRefusal } from './refusals.ts';
import { type StepRunner, unwatched } from './steps.ts';
import type { OperationEvent, PinSource } from './workstation-connection.ts';

export interface AssignmentOptions {
  readonly session: RoadSession;
  readonly key: RecognisedKey;
  readonly username: string;
  /** For a key that is Not Configured: the policy's name; the first of the list where none is named. */
  readonly policyName?: string;
  readonly pins: PinSource;
  readonly step?: StepRunner;
  readonly onEvent?: (event: OperationEvent) => void;
}

export interface AssignedKey {
  readonly assignment: Assignment;
  readonly enrollment: EnrollmentStep['enrollment'];
}

/** No honest enrollment needs more orders: configure, enroll, enroll once more, remove. */
const orderLimit = 8;

const titles = {
  configured: { run: 'Write the policy to the key', answer: 'Record the configured key' },
  complete: { run: 'Create the credential on the key', answer: 'Verify and register the credential' },
  cleaned: { run: 'Remove the credential from the key', answer: 'Record that nothing is left on the key' },
} as const;

async function choosePolicy(options: AssignmentOptions): Promise<string> {
  const { items } = await options.session.management.policies();
  const chosen =
    options.policyName === undefined ? items[0] : items.find((policy) => policy.name === options.policyName);
  if (chosen === undefined) {
    const wanted = options.policyName === undefined ? 'any policy' : `a policy named "${options.policyName}"`;
    throw new CliError(
      'key-not-assignable',
      `The tenant does not have ${wanted}. Create one in the console first.`,
    );
  }
  return chosen.policyId;
}

/** The workstation's own code wherever it gave one: it tells the server whether the key may hold a leftover. */
function reasonOf(error: unknown): { code: string; message: string } {
  const refusal = error instanceof CliError && error.code === 'pin-unavailable' ? error.cause : error;
  if (refusal instanceof WorkstationRefusal) {
    return { code: refusal.error.code, message: refusal.error.message.slice(0, 1000) };
  }
  return { code: 'operator-cancelled', message: sentenceOf(error).slice(0, 1000) };
}

/** Runs one order on the key and carries its receipt to where the server wants it. */
async function runNext(options: AssignmentOptions, current: EnrollmentStep): Promise<EnrollmentStep> {
  const { management, workstation } = options.session;
  const { next, enrollment } = current;
  if (next === null) return current;
  const step = options.step ?? unwatched;
  const title = titles[next.answerAt];
  const done = await step(title.run, () =>
    workstation.run(next.order, { pins: options.pins, ...(options.onEvent && { onEvent: options.onEvent }) }),
  );
  const answered = await step(
    title.answer,
    () => management.answerEnrollment(enrollment.enrollmentId, next.answerAt, done.receipt),
    (result) => `device ${result.enrollment.device.status}, enrollment ${result.enrollment.status}`,
  );
  const { jti } = decodeJwt(done.receipt);
  if (jti !== undefined) await workstation.acknowledge(jti);
  return answered;
}

/** The server may want to see things taken back: as often as it takes, within reason. */
async function clean(options: AssignmentOptions, cancelled: EnrollmentStep): Promise<EnrollmentStep> {
  let current = cancelled;
  for (let orders = 0; current.next !== null && orders < orderLimit; orders += 1) {
    current = await runNext(options, current);
  }
  return current;
}

/**
 * Tells the server that it is off, and takes back what the key already holds. The code decides whether it may hold
 * anything: `OPERATION_CANCELLED` where the key was left alone, `operator-cancelled` where nobody knows.
 */
export async function cancelEnrollment(
  options: AssignmentOptions,
  enrollmentId: string,
  reason: { code: string; message: string },
): Promise<EnrollmentStep> {
  return clean(options, await options.session.management.cancelEnrollment(enrollmentId, reason));
}

/** The same for an enrollment that somebody else left open, wherever its key was plugged in then. */
export async function takeBack(
  options: AssignmentOptions,
  enrollmentId: string,
  reason: { code: string; message: string },
): Promise<EnrollmentStep> {
  const { management, hello } = options.session;
  const found = await management.continueEnrollment(enrollmentId, {
    workstationId: hello.workstationId,
    connectionId: options.key.key.connectionId,
  });
  const cleaning = found.next === null || found.next.answerAt === 'cleaned';
  return cleaning ? clean(options, found) : cancelEnrollment(options, enrollmentId, reason);
}

/** Resolves the user and starts the enrollment; the key is not touched yet. */
export async function startEnrollment(
  options: AssignmentOptions,
): Promise<{ assignment: Assignment; started: EnrollmentStep }> {
  const { session, key } = options;
  const step = options.step ?? unwatched;
  const { user, ...assignment } = await step(
    `Find ${options.username} in the default identity provider`,
    () => session.management.assignment(options.username),
    (found) => `${found.user.displayName}, ${found.identityProvider.name}`,
  );
  if (key.status === 'ENROLLED' || key.status === 'RETIRED') {
    const owner = key.device?.owner?.displayName;
    throw new CliError(
      'key-not-assignable',
      owner === undefined
        ? `${key.key.model} is ${key.status.toLowerCase()} and can't be assigned.`
        : `${key.key.model} already belongs to ${owner}. Revoke it first, or take another key.`,
    );
  }
  const started = await step(
    'Start the enrollment',
    async () =>
      session.management.startEnrollment(
        {
          username: user.username,
          workstationId: session.hello.workstationId,
          connectionId: key.key.connectionId,
          deviceId: key.device?.deviceId ?? null,
          policyId: key.status === 'NOT_CONFIGURED' ? await choosePolicy(options) : null,
        },
        randomUUID(),
      ),
    (result) => `enrollment ${result.enrollment.status}`,
  );
  return { assignment: { user, ...assignment }, started };
}

/** Runs orders until `stop` says so or nothing is left to do; an error is told to the server before it is thrown. */
export async function runOrders(
  options: AssignmentOptions,
  started: EnrollmentStep,
  stop: (current: EnrollmentStep) => boolean = () => false,
): Promise<EnrollmentStep> {
  let current = started;
  for (let orders = 0; current.next !== null && orders < orderLimit && !stop(current); orders += 1) {
    try {
      current = await runNext(options, current);
    } catch (error) {
      const cancelling = cancelEnrollment(options, current.enrollment.enrollmentId, reasonOf(error));
      // What went wrong first is what the person must hear; a job on the server finishes what cancelling could not.
      await cancelling.catch(() => undefined);
      throw error;
    }
  }
  return current;
}

/** The main job, as the assignment page does it: the key is configured where it must be, enrolled, and owned. */
export async function assignKey(options: AssignmentOptions): Promise<AssignedKey> {
  const { assignment, started } = await startEnrollment(options);
  const { enrollment } = await runOrders(options, started);
  if (enrollment.status !== 'COMPLETE') {
    const why = enrollment.failure?.message ?? `It stands at ${enrollment.status}.`;
    throw new CliError(
      'enrollment-unfinished',
      `The key was not assigned: ${why} The key is now ${enrollment.device.status.toLowerCase().replace('_', ' ')}.`,
    );
  }
  return { assignment, enrollment };
}
