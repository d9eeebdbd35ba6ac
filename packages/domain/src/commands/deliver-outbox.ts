import type { Actor } from '../audit.ts';
import { carryOutMail, mailKind } from '../authentication/mail-outbox.ts';
import { DomainError } from '../errors.ts';
import { systemActor } from '../permissions.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { carryOutRevocation, type Revocation, revocationKind } from './revoke-device.ts';

/** While one process carries an effect out, the others leave it alone this long; a crashed one's is taken again. */
const holdMilliseconds = 60_000;
/** Whoever can't be reached takes long to say so: what is not begun by then is left for the next round, still held. */
const workMilliseconds = 25_000;
const firstRetryMilliseconds = 5_000;
const longestRetryMilliseconds = 15 * 60_000;

type Effect = {
  readonly outboxId: string;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
};

/** For a job: carries out what commands intended, at least once each; what fails is tried again, later and later. */
export async function deliverOutbox(
  ports: Ports,
  input: { tenantId: TenantId; limit: number },
): Promise<{ readonly delivered: number; readonly failures: readonly unknown[] }> {
  const { tenantId, limit } = input;
  const effects = await ports.store.transaction(tenantId, async (tables) => {
    const now = ports.clock.now();
    const taken = await tables.outbox.take(now, limit);
    for (const effect of taken) {
      await tables.outbox.retryAt(effect.outboxId, new Date(now.getTime() + holdMilliseconds), 'in progress');
    }
    return taken;
  });
  const failures: unknown[] = [];
  const until = ports.clock.now().getTime() + workMilliseconds;
  let tried = 0;
  for (const effect of effects) {
    if (ports.clock.now().getTime() > until) break;
    tried += 1;
    try {
      await carryOut(ports, tenantId, effect);
      await ports.store.transaction(tenantId, (tables) => tables.outbox.done(effect.outboxId));
    } catch (error) {
      failures.push(error);
      const at = new Date(ports.clock.now().getTime() + retryDelay(effect.attempts));
      await ports.store.transaction(tenantId, (tables) =>
        tables.outbox.retryAt(effect.outboxId, at, error instanceof Error ? error.message : String(error)),
      );
    }
  }
  return { delivered: tried - failures.length, failures };
}

/** Doubles from 5 s to 15 min. */
export function retryDelay(attempts: number): number {
  return Math.min(firstRetryMilliseconds * 2 ** Math.min(attempts, 16), longestRetryMilliseconds);
}

async function carryOut(ports: Ports, tenantId: TenantId, effect: Effect): Promise<void> {
  if (effect.kind === revocationKind) {
    await carryOutRevocation(ports, tenantId, readRevocation(effect.payload));
    return;
  }
  if (effect.kind === mailKind) {
    await carryOutMail(ports, tenantId, effect);
    return;
  }
  throw new DomainError('input-invalid', 'An intended effect is of no known kind.', { detail: effect.kind });
}

function readRevocation(payload: Readonly<Record<string, unknown>>): Revocation {
  const text = (name: string): string => {
    const value = payload[name];
    if (typeof value === 'string') return value;
    throw new DomainError('input-invalid', 'An intended revocation can not be read.', { detail: name });
  };
  return {
    deviceId: text('deviceId'),
    identityProviderId: text('identityProviderId'),
    reference: text('reference'),
    remoteId: text('remoteId'),
    reason: text('reason'),
    actor: {
      ...systemActor,
      kind: readKind(text('actorKind')),
      id: text('actorId'),
      name: text('actorName'),
    },
  };
}

function readKind(text: string): Actor['kind'] {
  return text === 'operator' || text === 'user' || text === 'client' ? text : 'system';
}
