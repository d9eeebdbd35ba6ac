import { FormatError } from '@keywarden/fido2/bytes';
import { WebAuthnError } from '@keywarden/fido2/webauthn';
import { tagUserHandle, verifyTagRegistration } from '../../asset-tag.ts';
import type { AssetTag, Device } from '../../device.ts';
import type { Enrollment } from '../../enrollment.ts';
import { DomainError } from '../../errors.ts';
import type { IssuedOrder, OrderAction, OrderResult } from '../../order.ts';
import type { Policy } from '../../policy.ts';
import { type Misfit, readBackMismatch } from '../../policy-fit.ts';
import { assetTagRpId } from '../../relying-party.ts';
import { recordEvent } from '../audit-trail.ts';
import { deviceName } from '../devices.ts';
import { newChallenge, prepareOrder } from '../orders.ts';
import { moveDevice, moveEnrollment } from '../transitions.ts';
import { failEnrollment } from './compensation.ts';
import { describeEnrollment, lockSubject, type SagaStep, saveEnrollment, type Turn } from './saga.ts';

type ConfigureResult = Extract<OrderResult, { action: 'configure' }>;

/** Orders the policy to be written; ordered again, it is written again, which changes nothing. */
export async function orderConfiguration(step: SagaStep, enrollment: Enrollment): Promise<Turn> {
  const { device, policy } = await lockSubject(step.tables, enrollment);
  if (policy === null) throw policyGone();
  const challenge = newChallenge(step.ports);
  const order = await prepareOrder(step, {
    workstationId: enrollment.workstationId,
    enrollmentId: enrollment.enrollmentId,
    deviceId: device.deviceId,
    challenge,
    action: configureAction(step, { device, policy, challenge, connectionId: enrollment.connectionId }),
  });
  const saved = await saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'configuration-ordered'),
    orderId: order.issued.orderId,
  });
  return {
    kind: 'ordered',
    order,
    answerAt: 'configured',
    ...(await describeEnrollment(step.tables, saved)),
  };
}

function configureAction(
  { ports, tenantId }: SagaStep,
  write: { device: Device; policy: Policy; challenge: string; connectionId: string },
): OrderAction {
  const { rules } = write.policy;
  const rpId = assetTagRpId(ports.surroundings, tenantId);
  return {
    action: 'configure',
    device: write.connectionId,
    pin: {
      mode: rules.pinMode,
      minimumLength: Math.max(rules.pinMinimumLength, rules.minPINLength ?? 0),
      maximumLength: rules.pinMaximumLength,
      characters: rules.pinCharacters,
    },
    minPINLength: rules.minPINLength,
    alwaysUv: rules.alwaysUv,
    assetTag: rules.assetTag
      ? {
          rpId,
          rpName: 'Keywarden asset tag',
          userHandle: tagUserHandle(write.device.deviceId),
          challenge: write.challenge,
        }
      : null,
  };
}

/**
 * Compares what was read back with the policy, keeps the tag, and calls the key configured; a mismatch ends the
 * enrollment and names the field. The caller holds the enrollment's lock and has checked the order.
 */
export async function acceptConfiguration(
  step: SagaStep,
  answer: { enrollment: Enrollment; order: IssuedOrder; result: ConfigureResult },
): Promise<Enrollment> {
  const { enrollment, order, result } = answer;
  const { device, policy } = await lockSubject(step.tables, enrollment);
  if (policy === null) throw policyGone();
  const tag = readTag(step, { device, policy, order, result });
  const mismatch = tag instanceof DomainError ? tag : mismatchOf({ device, policy, result });
  if (mismatch !== null) return failEnrollment(step, enrollment, mismatch);
  const now = step.ports.clock.now();
  await step.tables.devices.update({
    ...device,
    state: moveDevice(device.state, 'configured'),
    policyId: policy.policyId,
    firmware: result.facts.firmware ?? device.firmware,
    assetTag: tag instanceof DomainError ? null : tag,
    updatedAt: now,
  });
  await proveConnection(step, enrollment, tag instanceof DomainError ? null : tag);
  await recordEvent(step, {
    type: 'device.configured',
    target: { kind: 'device', id: device.deviceId, name: deviceName(device) },
    description: `Policy “${policy.name}” (version ${policy.version}) was written and read back.`,
    particulars: { policy: policy.name, version: policy.version },
  });
  return saveEnrollment(step, enrollment, {
    state: moveEnrollment(enrollment.state, 'configuration-written'),
    orderId: null,
  });
}

/** The key at this connection has just made the tag: until it is pulled out it needs no other proof. */
async function proveConnection(
  { tables }: SagaStep,
  enrollment: Enrollment,
  tag: AssetTag | null,
): Promise<void> {
  const connection = await tables.connections.get(enrollment.workstationId, enrollment.connectionId);
  if (connection === null || tag === null) return;
  await tables.connections.upsert({ ...connection, proven: true });
}

function mismatchOf(read: { device: Device; policy: Policy; result: ConfigureResult }): DomainError | null {
  if (read.result.facts.aaguid !== read.device.aaguid) {
    return notWritten({ field: 'aaguid', message: 'Another model answered than the one that was chosen.' });
  }
  const misfit = readBackMismatch(read.policy.rules, read.result.facts);
  return misfit === null ? null : notWritten(misfit);
}

function readTag(
  { ports, tenantId }: SagaStep,
  read: { device: Device; policy: Policy; order: IssuedOrder; result: ConfigureResult },
): AssetTag | null | DomainError {
  if (!read.policy.rules.assetTag) return null;
  const { assetTag } = read.result;
  const { challenge } = read.order;
  if (assetTag === null || challenge === null) {
    return notWritten({ field: 'assetTag', message: 'No asset tag was left on the key.' });
  }
  try {
    return verifyTagRegistration(assetTag, {
      rpId: assetTagRpId(ports.surroundings, tenantId),
      challenge,
      now: ports.clock.now(),
    });
  } catch (error) {
    if (!(error instanceof WebAuthnError || error instanceof FormatError)) throw error;
    return notWritten({ field: 'assetTag', message: "The key's asset tag could not be verified." }, error);
  }
}

export function notWritten(misfit: Misfit, cause?: unknown): DomainError {
  return new DomainError(
    'policy-not-written',
    `${misfit.message} The key is not assigned. Try again, or choose another policy.`,
    { particulars: { field: misfit.field }, ...(cause === undefined ? {} : { cause }) },
  );
}

function policyGone(): DomainError {
  return new DomainError(
    'policy-not-found',
    'The policy of this key does not exist any more. Choose another.',
  );
}
