import {
  cancelEnrollment,
  completeEnrollment,
  continueEnrollment,
  type Device,
  DomainError,
  type EnrollmentStep,
  getDevice,
  issueSessionOrder,
  type RecognisedKey,
  recogniseDevices,
  recordCleaned,
  recordConfigured,
  startEnrollment,
} from '@keywarden/domain';
import type { FreshDatabase } from '../postgres.ts';
import { furnish, openRig, type Rig, type Room } from './rig.ts';
import { type SoftKey, softKey, type TestKey } from './soft-key.ts';

const answers = { configured: recordConfigured, complete: completeEnrollment, cleaned: recordCleaned };

export interface Start {
  readonly username?: string;
  readonly policyId?: string | null;
  readonly idempotencyKey?: string | null;
  readonly connectionId?: string;
  readonly deviceId?: string | null;
}

/**
 * An operator at her desk: a furnished tenant, a paired workstation, a software key plugged in, and what the assignment
 * page would do with them. Every method may run on another server process (`using`).
 */
export class Desk {
  rig: Rig;
  readonly room: Room;
  /** The key that most tests are about. */
  readonly key: SoftKey;
  /** Where it is plugged in. */
  connectionId: string;
  readonly #closing: Rig[];

  private constructor(rig: Rig, room: Room) {
    this.rig = rig;
    this.room = room;
    this.key = softKey();
    this.connectionId = room.workstation.plugIn(this.key);
    this.#closing = [rig];
  }

  static async open(fresh: FreshDatabase): Promise<Desk> {
    const rig = openRig(fresh);
    return new Desk(rig, await furnish(rig));
  }

  async close(): Promise<void> {
    for (const rig of this.#closing.splice(0)) await rig.close();
  }

  /** A second server process on the same database. */
  another(): Rig {
    const rig = this.rig.again();
    this.#closing.push(rig);
    return rig;
  }

  /** The server process dies; another one takes its place. */
  async restart(): Promise<void> {
    const dead = this.rig;
    this.rig = this.another();
    this.#closing.splice(this.#closing.indexOf(dead), 1);
    await dead.close();
  }

  within<T extends object>(rest: T): T & { readonly tenantId: string } {
    return { tenantId: this.room.tenantId, ...rest };
  }

  plugIn(key: TestKey): string {
    return this.room.workstation.plugIn(key);
  }

  async sessionOrder(): Promise<string> {
    const { workstationId } = this.room.workstation;
    const { order } = await issueSessionOrder(
      this.rig.ports,
      this.room.actor,
      this.within({ workstationId }),
    );
    return order;
  }

  async look(): Promise<readonly RecognisedKey[]> {
    const receipt = await this.room.workstation.run(await this.sessionOrder());
    return recogniseDevices(this.rig.ports, this.room.actor, this.within({ receipt }));
  }

  async seen(connectionId = this.connectionId): Promise<RecognisedKey> {
    const found = (await this.look()).find((one) => one.connectionId === connectionId);
    if (found === undefined) throw new Error('the key is not plugged in');
    return found;
  }

  start(options: Start = {}): Promise<EnrollmentStep> {
    return startEnrollment(
      this.rig.ports,
      this.room.actor,
      this.within({
        username: options.username ?? 'alice',
        workstationId: this.room.workstation.workstationId,
        connectionId: options.connectionId ?? this.connectionId,
        deviceId: options.deviceId ?? null,
        policyId: options.policyId === undefined ? this.room.policyId : options.policyId,
        idempotencyKey: options.idempotencyKey ?? null,
      }),
    );
  }

  async answer(step: EnrollmentStep, receipt: string, using = this.rig): Promise<EnrollmentStep> {
    if (step.next === null) throw new Error(`no order: ${step.enrollment.state}`);
    const { enrollmentId } = step.enrollment;
    const command = answers[step.next.answerAt];
    return command(using.ports, this.room.actor, this.within({ enrollmentId, receipt }));
  }

  /** Runs the order of this step on the key and brings the receipt back. */
  async go(step: EnrollmentStep): Promise<EnrollmentStep> {
    return this.answer(step, await this.room.workstation.run(orderIn(step)));
  }

  /** The road from here to where nothing is left to do. */
  async toTheEnd(step: EnrollmentStep): Promise<EnrollmentStep> {
    let current = step;
    for (let orders = 0; current.next !== null; orders += 1) {
      if (orders === 8) throw new Error('it never ends');
      current = await this.go(current);
    }
    return current;
  }

  async enrolled(options: Start = {}): Promise<EnrollmentStep> {
    await this.look();
    return this.toTheEnd(await this.start(options));
  }

  cancel(step: EnrollmentStep, code: string, message = 'as told'): Promise<EnrollmentStep> {
    const { enrollmentId } = step.enrollment;
    return cancelEnrollment(this.rig.ports, this.room.actor, this.within({ enrollmentId, code, message }));
  }

  resume(
    step: EnrollmentStep,
    connectionId: string | null = null,
    using = this.rig,
  ): Promise<EnrollmentStep> {
    const { workstationId } = this.room.workstation;
    return continueEnrollment(
      using.ports,
      this.room.actor,
      this.within({
        enrollmentId: step.enrollment.enrollmentId,
        connection: connectionId === null ? null : { workstationId, connectionId },
      }),
    );
  }

  async device(deviceId: string): Promise<Device> {
    return (await getDevice(this.rig.ports, this.room.actor, this.within({ deviceId }))).device;
  }

  credentials(of: 'alice' | 'bob') {
    return this.rig.ports.store.transaction(this.room.tenantId, (tables) =>
      tables.credentials.listByUser(this.room.users[of]),
    );
  }

  /** The audit log about one thing, oldest first. */
  async events(targetId: string) {
    const page = await this.rig.ports.store.transaction(this.room.tenantId, (tables) =>
      tables.events.list({ targetId }, { limit: 50, after: null }),
    );
    return [...page.items].reverse();
  }

  async eventTypes(targetId: string): Promise<readonly string[]> {
    return (await this.events(targetId)).map((event) => event.type);
  }
}

export function orderIn(step: EnrollmentStep): string {
  if (step.next === null) throw new Error(`no order: ${step.enrollment.state}`);
  return step.next.order;
}

export async function refusal(attempt: Promise<unknown>): Promise<DomainError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

export const unreachable = new DomainError('identity-provider-unreachable', 'It did not answer in time.');
export const refused = new DomainError('identity-provider-refused', 'The directory does not take this key.');
