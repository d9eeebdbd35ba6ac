import type { CreationOptions, Enrollment } from '../../enrollment.ts';
import { DomainError } from '../../errors.ts';
import type { Policy } from '../../policy.ts';
import { recordEvent } from '../audit-trail.ts';
import { openProvider, userDisabled } from '../directory.ts';
import { prepareOrder } from '../orders.ts';
import { moveEnrollment } from '../transitions.ts';
import { failEnrollment, orderRemoval, rollBack } from './compensation.ts';
import {
  describeEnrollment,
  isFinal,
  lockSubject,
  type Saga,
  type SagaStep,
  saveEnrollment,
  settled,
  type Turn,
  withLease,
} from './saga.ts';

/** Longer than an operator needs for a touch, shorter than a stolen page could wait. */
const optionsLifetimeSeconds = 300;

type Begun = Awaited<ReturnType<typeof begin>>;

/** The outside call of REQUESTED and OPTIONS_ISSUED. The caller holds the lease; whatever happens gives it back. */
export async function beginRegistration(saga: Saga, enrollment: Enrollment): Promise<Turn> {
  let begun: Begun;
  try {
    begun = await begin(saga, enrollment);
  } catch (error) {
    const final = isFinal(error);
    const turn = await withLease(saga, enrollment, async (step, current) =>
      final
        ? refuse(step, current, error)
        : settled(step, await saveEnrollment(step, current, { leaseUntil: null })),
    );
    if (final || turn.kind === 'held') return turn;
    throw error;
  }
  return withLease(saga, enrollment, (step, current) => orderCredential(step, current, begun));
}

async function begin({ ports, tenantId }: Saga, enrollment: Enrollment) {
  const { provider, record } = await openProvider(ports, tenantId, enrollment.identityProviderId);
  const user = await provider.getUser(enrollment.user.reference);
  if (user === null) {
    throw new DomainError(
      'user-not-found',
      `${record.name} does not know ${enrollment.user.displayName} any more. The key is not assigned.`,
    );
  }
  if (!user.enabled) throw userDisabled(user, record.name);
  // The old challenge dies before there is a new one.
  if (enrollment.handle !== null) await provider.abandon(enrollment.handle);
  return provider.begin(user, { timeToLiveSeconds: optionsLifetimeSeconds });
}

async function orderCredential(step: SagaStep, enrollment: Enrollment, begun: Begun): Promise<Turn> {
  const { policy } = await lockSubject(step.tables, enrollment);
  const options = withPolicy(begun.options, policy);
  const order = await prepareOrder(step, {
    workstationId: enrollment.workstationId,
    enrollmentId: enrollment.enrollmentId,
    deviceId: enrollment.deviceId,
    challenge: options.challenge,
    action: {
      action: 'enroll',
      device: enrollment.connectionId,
      options,
      origin: begun.origin,
      forcePINChange: policy?.rules.forcePINChange ?? false,
    },
  });
  const saved = await saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'options-issued'),
    options,
    origin: begun.origin,
    handle: begun.handle,
    // The key overwrites what an earlier order of this enrollment made (CTAP 2.1 §6.1.2, same RP ID and user handle).
    credential: null,
    failureCode: null,
    failureMessage: null,
    orderId: order.issued.orderId,
    leaseUntil: null,
  });
  return { kind: 'ordered', order, answerAt: 'complete', ...(await describeEnrollment(step.tables, saved)) };
}

/** Our policy may ask for more attestation than the provider does, never for less. */
function withPolicy(options: CreationOptions, policy: Policy | null): CreationOptions {
  const wanted =
    policy !== null && (policy.rules.attestation !== 'none' || policy.rules.allowedAaguids.length > 0);
  const enough = options.attestation === 'direct' || options.attestation === 'enterprise';
  return wanted && !enough ? { ...options, attestation: 'direct' } : options;
}

async function refuse(step: SagaStep, enrollment: Enrollment, error: DomainError): Promise<Turn> {
  if (enrollment.state === 'REQUESTED') {
    return settled(step, await failEnrollment(step, enrollment, error));
  }
  if (enrollment.state === 'OPTIONS_ISSUED') {
    return orderRemoval(step, await rollBack(step, enrollment, error));
  }
  // COMPENSATING, tried again in vain: the leftover is as it was.
  await recordEvent(step, {
    type: 'enrollment.failed',
    target: { kind: 'enrollment', id: enrollment.enrollmentId, name: enrollment.user.username },
    outcome: 'failure',
    description: `${error.code}: ${error.message}`,
  });
  return orderRemoval(step, await saveEnrollment(step, enrollment, { leaseUntil: null }));
}
