import { createHmac } from 'node:crypto';
import { DomainError } from '../errors.ts';
import { isAwaited, type PasskeyDevice } from '../passkey-device.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import { recordEvent } from './audit-trail.ts';
import { type PasskeyStep, targetOf } from './passkey-changes.ts';

/** Seconds: three days, so that a code that was issued on Friday is good on Monday. */
export const enrollmentCodeLifetime = 72 * 3600;
/** Wrong tries at one code, over all transactions. */
export const enrollmentCodeTries = 10;

/** RFC 4648 §6: no 0, 1 or 8 to be mistaken for O, I or B. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** 50 bits, of which ten tries may be made. */
const length = 10;

/**
 * A one-time code for a device that waits, told this once; the one before is good no longer.
 *
 * @throws DomainError `passkey-state-forbids` where the device waits for nobody
 */
export async function putEnrollmentCode(
  step: PasskeyStep,
  device: PasskeyDevice,
  options: {
    readonly ports: Pick<Ports, 'secrets'>;
    readonly tenantId: TenantId;
    readonly lifetimeSeconds?: number | undefined;
  },
): Promise<{ readonly code: string; readonly expiresAt: Date }> {
  const { ports, tables, actor } = step;
  const now = ports.clock.now();
  if (device.userId === null || !isAwaited(device, now)) {
    throw new DomainError(
      'passkey-state-forbids',
      'A code is issued for a passkey that waits for somebody. This one does not, so no code was issued.',
      { particulars: { state: device.status, event: 'code-issued' } },
    );
  }
  const expiresAt = new Date(now.getTime() + (options.lifetimeSeconds ?? enrollmentCodeLifetime) * 1000);
  const plain = Array.from(ports.random.bytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
  await tables.enrollmentCodes.put({
    deviceId: device.deviceId,
    codeHash: (await enrollmentCodeHash(options.ports, options.tenantId))(device.deviceId, plain),
    issuedBy: actor.id,
    issuedAt: now,
    expiresAt,
    tries: enrollmentCodeTries,
  });
  await recordEvent(step, {
    type: 'passkey.enrollment-code-issued',
    target: targetOf(device),
    description: `A one-time enrollment code, good until ${expiresAt.toISOString()}.`,
    particulars: { until: expiresAt.toISOString() },
  });
  return { code: `${plain.slice(0, length / 2)}-${plain.slice(length / 2)}`, expiresAt };
}

/**
 * A code is short enough to be guessed by whoever has the table: it is kept under the tenant's key, which is not in the
 * database. As people type it: any case, with or without the dash, a digit for the letter that looks like it.
 */
export async function enrollmentCodeHash(
  ports: Pick<Ports, 'secrets'>,
  tenantId: TenantId,
): Promise<(deviceId: string, code: string) => Uint8Array> {
  const key = await ports.secrets.key(tenantId, 'enrollment-code');
  return (deviceId, code) => {
    const read = code
      .toUpperCase()
      .replaceAll(/[\s-]/g, '')
      .replaceAll('0', 'O')
      .replaceAll('1', 'I')
      .replaceAll('8', 'B');
    return createHmac('sha256', key).update(deviceId).update('\0').update(read).digest();
  };
}
