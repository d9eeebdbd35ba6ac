import type { Actor } from '../audit.ts';
import type { Device, DeviceOwner } from '../device.ts';
import type { Enrollment } from '../enrollment.ts';
import { DomainError } from '../errors.ts';
import type { Connection } from '../key.ts';
import { requirePermission } from '../permissions.ts';
import type { Policy } from '../policy.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { deviceName } from './devices.ts';
import { resolveUser } from './directory.ts';
import { askForOptions, runEnrollment, whereItStands } from './enrollment/advance.ts';
import { failEnrollment } from './enrollment/compensation.ts';
import { type EnrollmentStep, openUntil, type SagaStep } from './enrollment/saga.ts';
import { moveTo, policyFor, requireConnection, subjectOf } from './enrollment/subject.ts';
import { requireWorkstation } from './orders.ts';

export interface StartEnrollmentInput {
  readonly tenantId: TenantId;
  readonly username: string;
  readonly workstationId: string;
  readonly connectionId: string;
  /** As it was recognised; null for a key that is not a known device. */
  readonly deviceId: string | null;
  /** For a key that is not configured; otherwise the policy it carries rules. */
  readonly policyId: string | null;
  /** The caller's own name of this request, at most 128 characters. */
  readonly idempotencyKey: string | null;
}

/**
 * Assigns a plugged-in key to a person: configures it first where it is not configured yet. A repeat, by idempotency key
 * or by the same key and person, finds the enrollment that is open.
 */
export async function startEnrollment(
  ports: Ports,
  actor: Actor,
  input: StartEnrollmentInput,
): Promise<EnrollmentStep> {
  requirePermission(actor, 'devices.assign');
  const { user, record } = await resolveUser(ports, input.tenantId, input.username);
  const owner: DeviceOwner = {
    identityProviderId: record.identityProviderId,
    reference: user.reference,
    username: user.username,
    displayName: user.displayName,
  };
  const saga = { ports, actor, tenantId: input.tenantId };
  const enrollmentId = await ports.store.transaction(input.tenantId, (tables) =>
    findOrInsert({ ...saga, tables }, input, owner),
  );
  return runEnrollment(saga, enrollmentId, (step, enrollment) =>
    // The same person tries again: her new credential overwrites what is left on the key.
    enrollment.state === 'COMPENSATING' ? askForOptions(step, enrollment) : whereItStands(step, enrollment),
  );
}

async function findOrInsert(
  step: SagaStep,
  input: StartEnrollmentInput,
  owner: DeviceOwner,
): Promise<string> {
  const { tables, actor } = step;
  await requireWorkstation(tables, input.workstationId);
  // One operator's key can't name another's request.
  const idempotencyKey = input.idempotencyKey === null ? null : `${actor.id}/${input.idempotencyKey}`;
  const repeated =
    idempotencyKey === null ? null : await tables.enrollments.findByIdempotencyKey(idempotencyKey);
  if (repeated !== null) {
    requireSameRequest(repeated, { input, owner });
    return repeated.enrollmentId;
  }
  // Two starts for one plugged-in key take turns here, also where the key has no record yet.
  await tables.connections.lock(input.workstationId, input.connectionId);
  const connection = await requireConnection(step, input);
  const { device, open } = await subjectOf(step, { connection, deviceId: input.deviceId });
  if (open !== null) {
    requireSamePerson(open, owner);
    if (!anotherPolicy(open, { device, policyId: input.policyId })) {
      return (await moveTo(step, open, connection)).enrollmentId;
    }
    await failEnrollment(step, open, {
      code: 'superseded',
      message: 'Another policy was chosen for this key before this one was written.',
    });
  }
  const policy = await policyFor(step, { device, policyId: input.policyId, connection });
  return insertEnrollment(step, { device, policy, connection, owner, idempotencyKey });
}

async function insertEnrollment(
  step: SagaStep,
  start: {
    device: Device;
    policy: Policy | null;
    connection: Connection;
    owner: DeviceOwner;
    idempotencyKey: string | null;
  },
): Promise<string> {
  const { ports, tables, actor } = step;
  const { device, policy, connection, owner } = start;
  const now = ports.clock.now();
  const enrollment: Enrollment = {
    enrollmentId: ports.random.uuid(),
    deviceId: device.deviceId,
    identityProviderId: owner.identityProviderId,
    user: owner,
    policyId: policy?.policyId ?? null,
    workstationId: connection.workstationId,
    connectionId: connection.connectionId,
    state: 'REQUESTED',
    options: null,
    origin: null,
    handle: null,
    credential: null,
    failureCode: null,
    failureMessage: null,
    operatorId: actor.id,
    orderId: null,
    idempotencyKey: start.idempotencyKey,
    leaseUntil: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    expiresAt: openUntil(ports),
  };
  await tables.enrollments.insert(enrollment);
  await recordEvent(step, {
    type: 'enrollment.started',
    target: { kind: 'enrollment', id: enrollment.enrollmentId, name: owner.username },
    description: `${deviceName(device)} for ${owner.displayName} (${owner.username})${policy === null ? '' : `, policy “${policy.name}”`}.`,
  });
  return enrollment.enrollmentId;
}

function requireSamePerson(open: Enrollment, owner: DeviceOwner): void {
  const same =
    open.identityProviderId === owner.identityProviderId && open.user.reference === owner.reference;
  if (same) return;
  const leftover = open.state === 'COMPENSATING';
  throw new DomainError(
    'device-busy',
    leftover
      ? `An attempt to assign this key to ${open.user.displayName} left something on it that has to be removed first. Continue that one, then assign the key.`
      : `This key is being assigned to ${open.user.displayName} right now. Nothing was changed. Finish or cancel that first.`,
    { particulars: { enrollmentId: open.enrollmentId, owner: open.user.displayName } },
  );
}

/** The operator chose again while nothing of the first choice is confirmed on the key. */
function anotherPolicy(open: Enrollment, choice: { device: Device; policyId: string | null }): boolean {
  return (
    choice.device.state === 'NOT_CONFIGURED' &&
    choice.policyId !== null &&
    choice.policyId !== open.policyId &&
    (open.state === 'REQUESTED' || open.state === 'CONFIGURING')
  );
}

function requireSameRequest(
  repeated: Enrollment,
  by: { input: StartEnrollmentInput; owner: DeviceOwner },
): void {
  const same =
    repeated.user.reference === by.owner.reference &&
    repeated.identityProviderId === by.owner.identityProviderId &&
    (by.input.deviceId === null || by.input.deviceId === repeated.deviceId);
  if (same) return;
  throw new DomainError(
    'idempotency-key-reused',
    'This request has the Idempotency-Key of another one. Nothing was changed.',
    { particulars: { enrollmentId: repeated.enrollmentId } },
  );
}
