import { randomUUID } from 'node:crypto';
import {
  assignKey,
  cancelEnrollment,
  listKeys,
  type PinSource,
  type RecognisedKey,
  type RoadSession,
  startEnrollment,
} from '@keywarden/cli/road';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoStack, startDemoStack } from '../src/demo-stack.ts';
import { callManagement, createUser } from '../src/management-calls.ts';

let stack: DemoStack;
let session: RoadSession;
beforeAll(async () => {
  stack = await startDemoStack();
  session = await stack.openSession();
});
afterAll(async () => {
  await session?.workstation.close();
  await stack?.stop();
});

/** The demo's own for the keys it set up, one of ours for the others. */
const pinOf =
  (serial: string): PinSource =>
  async () =>
    stack.file.virtualKeys.find((key) => key.serial === serial)?.pin ?? '31415926';

async function keyOf(serial: string): Promise<RecognisedKey> {
  const keys = await listKeys({ ...session, takeOver: true }, session.hello.workstationId);
  const found = keys.find(({ key }) => key.serial === serial);
  if (found === undefined) throw new Error(`${serial} is not plugged in`);
  return found;
}

/** A key that is configured, a fresh user, and an enroll order for both: the server waits for the credential. */
async function optionsIssued(serial: string) {
  const username = `user-${randomUUID().slice(0, 8)}`;
  await createUser(stack.management, username, `User of ${serial}`);
  const key = await keyOf(serial);
  const options = { session, key, username, pins: pinOf(serial), policyName: 'Standard employee' };
  const { started } = await startEnrollment(options);
  expect(started.next?.answerAt).toBe('complete');
  return { ...options, started, enrollmentId: started.enrollment.enrollmentId };
}

const keysOf = async (username: string) => (await stack.management.assignment(username)).keys;

/** The sign that nothing was left on the key or lost from it. */
const roomOn = async (serial: string) => (await keyOf(serial)).key.facts.remainingDiscoverableCredentials;

describe('the same enrollment completed twice at once', () => {
  it('gives one credential, and both are told the same', async () => {
    const { started, enrollmentId, username } = await optionsIssued('VK-0003');
    const { receipt } = await session.workstation.run(started.next?.order ?? '', { pins: pinOf('VK-0003') });
    const complete = () =>
      callManagement(stack.management, {
        method: 'POST',
        path: `/enrollments/${enrollmentId}/complete`,
        body: { receipt },
      });
    const answers = await Promise.all([complete(), complete(), complete()]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, body: { enrollment: { status: 'COMPLETE' } } });
    }
    expect(await complete()).toMatchObject({ status: 200, body: { enrollment: { status: 'COMPLETE' } } });
    expect(await keysOf(username)).toHaveLength(1);
    expect((await keyOf('VK-0003')).status).toBe('ENROLLED');
  });

  it('started again for the same person it is the same one; for another person somebody works on the key', async () => {
    const [username, other] = [randomUUID(), randomUUID()].map((id) => `user-${id.slice(0, 8)}`);
    await createUser(stack.management, username ?? '', 'Twice Started');
    await createUser(stack.management, other ?? '', 'Too Late');
    const key = await keyOf('VK-0005');
    const { items } = await stack.management.policies();
    const start = (name = '', idempotencyKey = randomUUID()) =>
      stack.management.startEnrollment(
        {
          username: name,
          workstationId: session.hello.workstationId,
          connectionId: key.key.connectionId,
          deviceId: key.device?.deviceId ?? null,
          policyId: items[0]?.policyId ?? null,
        },
        idempotencyKey,
      );
    const once = randomUUID();
    const steps = await Promise.all([start(username, once), start(username, once), start(username)]);
    const ids = new Set(steps.map((step) => step.enrollment.enrollmentId));
    expect(ids.size).toBe(1);
    await expect(start(other)).rejects.toMatchObject({ problem: { code: 'device-busy' } });
    await stack.management.cancelEnrollment([...ids][0] ?? '', {
      code: 'OPERATION_CANCELLED',
      message: 'The test is over.',
    });
    expect(await keyOf('VK-0005')).toMatchObject({ status: 'NOT_CONFIGURED', openEnrollmentId: null });
  });
});

describe('the server killed between options and completion', () => {
  it('resumes with the credential that the key made meanwhile', async () => {
    const { started, enrollmentId, username } = await optionsIssued('VK-0004');
    const { receipt } = await session.workstation.run(started.next?.order ?? '', { pins: pinOf('VK-0004') });
    await stack.killServer();
    await stack.startServer();
    expect(await stack.management.enrollment(enrollmentId)).toMatchObject({ status: 'OPTIONS_ISSUED' });
    const step = await stack.management.answerEnrollment(enrollmentId, 'complete', receipt);
    expect(step).toMatchObject({
      enrollment: { status: 'COMPLETE', device: { status: 'ENROLLED' } },
      next: null,
    });
    expect(await keysOf(username)).toHaveLength(1);
  }, 90_000);

  it('resumes with a new order where the key had made nothing', async () => {
    const prepared = await keyOf('VK-0006');
    const first = `user-${randomUUID().slice(0, 8)}`;
    await createUser(stack.management, first, 'First Owner');
    const { enrollment } = await assignKey({
      session,
      key: prepared,
      username: first,
      policyName: 'Standard employee',
      pins: pinOf('VK-0006'),
    });
    await stack.management.revokeDevice(enrollment.device.deviceId, 'For the next test');

    const { started, enrollmentId, username } = await optionsIssued('VK-0006');
    await stack.killServer();
    await stack.startServer();
    const continued = await stack.management.continueEnrollment(enrollmentId);
    expect(continued.next?.answerAt).toBe('complete');
    expect(continued.next?.order).not.toBe(started.next?.order);
    const { receipt } = await session.workstation.run(continued.next?.order ?? '', {
      pins: pinOf('VK-0006'),
    });
    const step = await stack.management.answerEnrollment(enrollmentId, 'complete', receipt);
    expect(step.enrollment).toMatchObject({ status: 'COMPLETE', device: { status: 'ENROLLED' } });
    expect(await keysOf(username)).toHaveLength(1);
  }, 90_000);

  it('rolls back: no credential stays on the key and no record half done', async () => {
    const owner = await keyOf('VK-0006');
    await stack.management.revokeDevice(owner.device?.deviceId ?? '', 'For the next test');
    const room = await roomOn('VK-0006');
    const options = await optionsIssued('VK-0006');
    await session.workstation.run(options.started.next?.order ?? '', { pins: options.pins });
    await stack.killServer();
    await stack.startServer();
    const rolledBack = await cancelEnrollment(options, options.enrollmentId, {
      code: 'operator-cancelled',
      message: 'Nobody came back for it.',
    });
    expect(rolledBack).toMatchObject({
      enrollment: { status: 'COMPENSATED', device: { status: 'REVOKED', owner: null } },
      next: null,
    });
    expect(await keysOf(options.username)).toHaveLength(0);
    expect(await roomOn('VK-0006')).toBe(room);
    expect((await keyOf('VK-0006')).openEnrollmentId).toBeNull();
  }, 90_000);
});
