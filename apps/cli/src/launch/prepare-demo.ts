import { createHmac } from 'node:crypto';
import { CliError } from '../errors.ts';
import { assignKey, cancelEnrollment, runOrders, startEnrollment, takeBack } from '../road/assign-key.ts';
import { type KeyStatus, listKeys, type RecognisedKey, type RoadSession } from '../road/open-session.ts';
import type { PinSource } from '../road/workstation-connection.ts';
import type { VirtualKey } from './demo-file.ts';

/** The four states of the assignment page, one virtual key each, in the order of their serial numbers. */
export const demoKeys = [
  { status: 'NOT_CONFIGURED' },
  { status: 'READY', policyName: 'Standard employee' },
  { status: 'CONFIGURED', policyName: 'Contractors', pinLength: 8 },
  { status: 'REVOKED', policyName: 'Standard employee', pinLength: 6, owner: 'bob' },
] as const;

export const stateWords: Readonly<Record<KeyStatus, string>> = {
  NOT_CONFIGURED: 'Not Configured',
  READY: 'Ready',
  CONFIGURED: 'Configured',
  ENROLLED: 'Enrolled',
  REVOKED: 'Revoked',
  RETIRED: 'Retired',
};

/**
 * Random per data folder, because the secret is, and the same again after a crash in the middle of preparing: nothing
 * has to be remembered before the key is touched.
 */
export function demoPin(secret: string, serial: string, length: number): string {
  const digest = createHmac('sha256', secret).update(`demo pin ${serial}`).digest();
  return (digest.readBigUInt64BE() % 10n ** BigInt(length)).toString().padStart(length, '0');
}

const fixedPin =
  (pin: string): PinSource =>
  async (request, rejection) => {
    if (request.wrong || rejection !== null) {
      throw new CliError('pin-unavailable', `The virtual key has another PIN than the demo gave it.`);
    }
    return pin;
  };

function virtualKeysOf(keys: readonly RecognisedKey[]): readonly RecognisedKey[] {
  return keys
    .filter(({ key }) => key.virtual)
    .sort((a, b) => (a.key.serial ?? '').localeCompare(b.key.serial ?? ''));
}

interface Preparation {
  readonly session: RoadSession;
  readonly key: RecognisedKey;
  readonly pins: PinSource;
}

const prepared = 'The demo is being prepared.';
/** The key was not touched by the order that is given up. */
const leftAlone = { code: 'OPERATION_CANCELLED', message: prepared };

/** Links the policy; the key itself is not touched. */
async function makeReady({ session, key }: Preparation, policyName: string): Promise<void> {
  if (key.status !== 'NOT_CONFIGURED' || key.device === null) return;
  const { items } = await session.management.policies();
  const policy = items.find((entry) => entry.name === policyName);
  await session.management.linkPolicy(key.device.deviceId, policy?.policyId ?? null);
}

/** Writes the policy and stops before the key is anybody's. */
async function makeConfigured(preparation: Preparation, policyName: string): Promise<void> {
  const { key } = preparation;
  if (key.status !== 'NOT_CONFIGURED' && key.status !== 'READY') return;
  const options = { ...preparation, username: 'carol', policyName };
  const { started } = await startEnrollment(options);
  const configured = await runOrders(options, started, (current) => current.next?.answerAt === 'complete');
  await cancelEnrollment(options, configured.enrollment.enrollmentId, leftAlone);
}

async function makeRevoked(preparation: Preparation, policyName: string, owner: string): Promise<void> {
  const { session, key } = preparation;
  if (key.status === 'REVOKED') return;
  const deviceId =
    key.status === 'ENROLLED'
      ? key.device?.deviceId
      : (await assignKey({ ...preparation, policyName, username: owner })).enrollment.device.deviceId;
  if (deviceId !== undefined) await session.management.revokeDevice(deviceId, 'Prepared for the demo');
}

/** An enrollment that a crash left open would stand in the way. */
async function closeLeftover(preparation: Preparation): Promise<boolean> {
  const { openEnrollmentId } = preparation.key;
  if (openEnrollmentId === null) return false;
  const reason = { code: 'operator-cancelled', message: prepared };
  await takeBack({ ...preparation, username: 'carol' }, openEnrollmentId, reason);
  return true;
}

/** Brings the four virtual keys into their states through the road itself; what is there already stays. */
export async function prepareDemoKeys(session: RoadSession, secret: string): Promise<readonly VirtualKey[]> {
  const { hello } = session;
  const list = async () => virtualKeysOf(await listKeys({ ...session, takeOver: true }, hello.workstationId));
  const keys = virtualKeysOf(session.keys);
  for (const [index, wanted] of demoKeys.entries()) {
    const found = keys[index];
    if (found === undefined) {
      throw new CliError(
        'key-not-found',
        `The workstation service shows ${keys.length} virtual keys instead of 4.`,
      );
    }
    const pin = 'pinLength' in wanted ? demoPin(secret, found.key.serial ?? '', wanted.pinLength) : '';
    const before = { session, key: found, pins: fixedPin(pin) };
    const key = (await closeLeftover(before)) ? ((await list())[index] ?? found) : found;
    const preparation = { ...before, key };
    if (wanted.status === 'READY') await makeReady(preparation, wanted.policyName);
    if (wanted.status === 'CONFIGURED') await makeConfigured(preparation, wanted.policyName);
    if (wanted.status === 'REVOKED') await makeRevoked(preparation, wanted.policyName, wanted.owner);
  }
  return describeKeys(await list(), secret);
}

/** What the summary and demo.json say of the virtual keys; only PINs that the demo itself set. */
export function describeKeys(keys: readonly RecognisedKey[], secret: string): readonly VirtualKey[] {
  return virtualKeysOf(keys).map(({ key, status }, index) => {
    const wanted = demoKeys[index];
    const set = key.facts.clientPinSet === true && wanted !== undefined && 'pinLength' in wanted;
    return {
      name: key.model,
      serial: key.serial ?? '',
      state: stateWords[status],
      pin: set ? demoPin(secret, key.serial ?? '', wanted.pinLength) : null,
    };
  });
}
