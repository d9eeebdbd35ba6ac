import { DomainError } from '../errors.ts';
import { systemActor } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { runEnrollment, whereItStands } from './enrollment/advance.ts';
import { type Failure, failEnrollment, rollBack } from './enrollment/compensation.ts';
import { type Saga, saveEnrollment, settled } from './enrollment/saga.ts';

const expired: Failure = {
  code: 'enrollment-expired',
  message: 'Nobody came back to finish this. The key is not assigned. Start again from the list of keys.',
};

/** For a job: ends what nobody came back for, and finishes what only a crash kept from being finished. */
export async function expireEnrollments(
  ports: Ports,
  input: { tenantId: TenantId; limit: number },
): Promise<{ readonly settled: number; readonly failures: readonly unknown[] }> {
  const due = await ports.store.transaction(input.tenantId, async (tables) =>
    (await tables.enrollments.lockExpired(ports.clock.now(), input.limit)).map((row) => row.enrollmentId),
  );
  const saga: Saga = { ports, actor: systemActor, tenantId: input.tenantId };
  const failures: unknown[] = [];
  for (const enrollmentId of due) {
    try {
      await expireEnrollment(saga, enrollmentId);
    } catch (error) {
      // One that can't be settled now (its provider is unreachable) must not keep the others.
      if (!(error instanceof DomainError)) throw error;
      failures.push(error);
    }
  }
  return { settled: due.length - failures.length, failures };
}

async function expireEnrollment(saga: Saga, enrollmentId: string): Promise<void> {
  await runEnrollment(saga, enrollmentId, async (step, enrollment) => {
    // Somebody came back, or another process was faster.
    if (enrollment.expiresAt > saga.ports.clock.now()) return settled(step, enrollment);
    switch (enrollment.state) {
      case 'REQUESTED':
      case 'CONFIGURING':
        return settled(step, await failEnrollment(step, enrollment, expired));
      case 'OPTIONS_ISSUED':
        // No order: the key is not here. It is asked for when somebody plugs the key in again.
        return settled(step, await rollBack(step, enrollment, expired));
      case 'CREDENTIAL_CREATED':
      case 'VERIFIED':
      case 'REGISTERED':
        return whereItStands(step, await saveEnrollment(step, enrollment, {}));
      case 'COMPENSATING':
      case 'COMPLETE':
      case 'FAILED':
      case 'COMPENSATED':
        return settled(step, enrollment);
    }
  });
}
