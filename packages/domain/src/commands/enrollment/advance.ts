import type { Enrollment } from '../../enrollment.ts';
import type { Tables } from '../../ports/index.ts';
import { beginRegistration } from './begin-registration.ts';
import { orderRemoval } from './compensation.ts';
import { orderConfiguration } from './configuration.ts';
import { registerCredential, verifyStoredCredential } from './registration.ts';
import {
  type EnrollmentStep,
  lease,
  leaseHeld,
  lockEnrollment,
  lockSubject,
  type Saga,
  type SagaStep,
  saveEnrollment,
  settled,
  stepOf,
  type Turn,
} from './saga.ts';

/** How often a second caller looks whether the first is done. */
const pollMilliseconds = 50;

/**
 * Runs `decide` on the locked enrollment and then whatever it decided, until the enrollment stands still: it is over, or
 * an order waits for its key. Two callers at once take turns: the second waits for the first's lease and then finds what
 * the first left, so both get the same answer and the provider hears one call.
 */
export async function runEnrollment(
  saga: Saga,
  enrollmentId: string,
  decide: (step: SagaStep, enrollment: Enrollment) => Promise<Turn>,
): Promise<EnrollmentStep> {
  let turn = await takeTurn(saga, enrollmentId, decide);
  for (;;) {
    switch (turn.kind) {
      case 'settled':
      case 'ordered':
        return stepOf(saga, turn);
      case 'held':
        await saga.ports.clock.wait(pollMilliseconds);
        turn = await takeTurn(saga, enrollmentId, decide);
        break;
      case 'begin':
        turn = await beginRegistration(saga, turn.enrollment);
        break;
      case 'register':
        turn = await registerCredential(saga, turn);
        break;
    }
  }
}

/** One transaction: lock, refuse while another holds the lease, decide. */
function takeTurn(
  saga: Saga,
  enrollmentId: string,
  decide: (step: SagaStep, enrollment: Enrollment) => Promise<Turn>,
): Promise<Turn> {
  return saga.ports.store.transaction(saga.tenantId, async (tables: Tables): Promise<Turn> => {
    const enrollment = await lockEnrollment(tables, enrollmentId);
    if (leaseHeld(saga.ports, enrollment)) return { kind: 'held' };
    return decide({ ...saga, tables }, enrollment);
  });
}

/** What comes next by where the enrollment stands, whoever asks and however often. */
export async function whereItStands(step: SagaStep, enrollment: Enrollment): Promise<Turn> {
  switch (enrollment.state) {
    case 'REQUESTED': {
      const { device } = await lockSubject(step.tables, enrollment);
      const configured = device.state !== 'NOT_CONFIGURED' && device.state !== 'READY';
      return configured ? askForOptions(step, enrollment) : orderConfiguration(step, enrollment);
    }
    case 'CONFIGURING':
      return orderConfiguration(step, enrollment);
    case 'OPTIONS_ISSUED':
      return askForOptions(step, enrollment);
    case 'CREDENTIAL_CREATED':
      return verifyStoredCredential(step, enrollment);
    case 'VERIFIED':
    case 'REGISTERED': {
      const held = await saveEnrollment(step, enrollment, { leaseUntil: lease(step.ports) });
      return { kind: 'register', enrollment: held, attempted: true };
    }
    case 'COMPENSATING':
      return orderRemoval(step, enrollment);
    case 'COMPLETE':
    case 'FAILED':
    case 'COMPENSATED':
      return settled(step, enrollment);
  }
}

/** The intent to call the provider, stored with the lease that lets one caller do it. */
export async function askForOptions(step: SagaStep, enrollment: Enrollment): Promise<Turn> {
  const held = await saveEnrollment(step, enrollment, { leaseUntil: lease(step.ports), orderId: null });
  return { kind: 'begin', enrollment: held };
}
