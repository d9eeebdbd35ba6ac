import type { Actor } from '../../audit.ts';
import type { Device } from '../../device.ts';
import type { Enrollment } from '../../enrollment.ts';
import { DomainError } from '../../errors.ts';
import type { Policy } from '../../policy.ts';
import type { Ports, Tables } from '../../ports/index.ts';
import type { TenantId } from '../../tenant.ts';
import { type DeviceDetails, describeDevice, lockDevice } from '../devices.ts';
import { type PreparedOrder, signOrder } from '../orders.ts';

/** Who works on which tenant's enrollment. */
export interface Saga {
  readonly ports: Ports;
  readonly actor: Actor;
  readonly tenantId: TenantId;
}

/** The same, inside a transaction. */
export interface SagaStep extends Saga {
  readonly tables: Tables;
}

/** Where the receipt of an order belongs: the command of this name. */
export type AnswerAt = 'configured' | 'complete' | 'cleaned';

export interface EnrollmentDetails {
  readonly enrollment: Enrollment;
  readonly details: DeviceDetails;
}

/** What every enrollment command answers: where it stands, and what the workstation has to do next. */
export interface EnrollmentStep extends EnrollmentDetails {
  readonly next: { readonly order: string; readonly answerAt: AnswerAt } | null;
}

/**
 * What is decided inside a transaction and happens after it: nothing, an order to sign, or a call to the identity
 * provider that only the holder of the lease makes.
 */
export type Turn =
  | ({ readonly kind: 'settled' } & EnrollmentDetails)
  | ({
      readonly kind: 'ordered';
      readonly order: PreparedOrder;
      readonly answerAt: AnswerAt;
    } & EnrollmentDetails)
  /** Another call works on it. */
  | { readonly kind: 'held' }
  | { readonly kind: 'begin'; readonly enrollment: Enrollment }
  | {
      readonly kind: 'register';
      readonly enrollment: Enrollment;
      /** A call before this one may have reached the provider: look there before anything is sent again. */
      readonly attempted: boolean;
    };

/** An outside call is bounded by its connector well below this; whoever died holds an enrollment no longer. */
const leaseMilliseconds = 30_000;
/** An operator who comes back within it finds the enrollment open. */
const openMilliseconds = 15 * 60_000;

export function lease(ports: Ports): Date {
  return new Date(ports.clock.now().getTime() + leaseMilliseconds);
}

export function openUntil(ports: Ports): Date {
  return new Date(ports.clock.now().getTime() + openMilliseconds);
}

export function leaseHeld(ports: Ports, enrollment: Enrollment): boolean {
  return enrollment.leaseUntil !== null && enrollment.leaseUntil > ports.clock.now();
}

export async function lockEnrollment(tables: Tables, enrollmentId: string): Promise<Enrollment> {
  const enrollment = await tables.enrollments.lock(enrollmentId);
  if (enrollment === null) throw enrollmentNotFound();
  return enrollment;
}

export function enrollmentNotFound(): DomainError {
  return new DomainError(
    'enrollment-not-found',
    'This enrollment is not known here. Start again from the list of keys.',
  );
}

/** Writes the enrollment; every write keeps it open a while longer. */
export async function saveEnrollment(
  { ports, tables }: SagaStep,
  enrollment: Enrollment,
  changes: Partial<Enrollment>,
): Promise<Enrollment> {
  return tables.enrollments.update({
    ...enrollment,
    ...changes,
    updatedAt: ports.clock.now(),
    expiresAt: openUntil(ports),
  });
}

export async function settled(step: SagaStep, enrollment: Enrollment): Promise<Turn> {
  return { kind: 'settled', ...(await describeEnrollment(step.tables, enrollment)) };
}

export async function describeEnrollment(tables: Tables, enrollment: Enrollment): Promise<EnrollmentDetails> {
  const device = await tables.devices.get(enrollment.deviceId);
  if (device === null) throw enrollmentNotFound();
  return { enrollment, details: await describeDevice(tables, device) };
}

export async function stepOf(
  { ports, tenantId }: Saga,
  turn: Extract<Turn, { kind: 'settled' | 'ordered' }>,
): Promise<EnrollmentStep> {
  const { enrollment, details } = turn;
  if (turn.kind === 'settled') return { enrollment, details, next: null };
  const order = await signOrder(ports, tenantId, turn.order);
  return { enrollment, details, next: { order, answerAt: turn.answerAt } };
}

/** The rules that bind this enrollment's key, and the key's record, locked. */
export async function lockSubject(
  tables: Tables,
  enrollment: Enrollment,
): Promise<{ readonly device: Device; readonly policy: Policy | null }> {
  const device = await lockDevice(tables, enrollment.deviceId);
  const policyId = enrollment.policyId ?? device.policyId;
  return { device, policy: policyId === null ? null : await tables.policies.get(policyId) };
}

/** Refusals of a provider that no repetition mends: it will never hold this credential. */
const finalRefusals: readonly string[] = [
  'identity-provider-refused',
  'identity-provider-not-found',
  'credential-known',
  'credential-rejected',
  'user-not-found',
  'user-disabled',
];

export function isFinal(error: unknown): error is DomainError {
  return error instanceof DomainError && finalRefusals.includes(error.code);
}

/** The transaction after an outside call: `work` runs only if nobody took the enrollment over in the meantime. */
export function withLease(
  saga: Saga,
  enrollment: Enrollment,
  work: (step: SagaStep, current: Enrollment) => Promise<Turn>,
): Promise<Turn> {
  return saga.ports.store.transaction(saga.tenantId, async (tables: Tables): Promise<Turn> => {
    const current = await lockEnrollment(tables, enrollment.enrollmentId);
    if (current.version !== enrollment.version) return { kind: 'held' };
    return work({ ...saga, tables }, current);
  });
}
