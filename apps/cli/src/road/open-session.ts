import type { ConnectedKey, Device, HelloResult, Session } from '@keywarden/api';
import { CliError } from '../errors.ts';
import type { ManagementClient } from './management-client.ts';
import type { WorkstationConnection } from './workstation-connection.ts';

export type KeyStatus = Device['status'];

/** A plugged-in key and what the server knows of it. */
export interface RecognisedKey {
  readonly key: ConnectedKey;
  /** null: never seen by the server. */
  readonly device: Device | null;
  readonly status: KeyStatus;
  readonly proven: boolean;
  readonly openEnrollmentId: string | null;
}

/** Both doors open, and the keys on the desk recognised. */
export interface RoadSession {
  readonly management: ManagementClient;
  readonly workstation: WorkstationConnection;
  readonly operatorSession: Session;
  readonly hello: HelloResult;
  readonly keys: readonly RecognisedKey[];
}

/** hello → session order → recognise, as the assignment page does when it loads. */
export async function openRoadSession(options: {
  management: ManagementClient;
  workstation: WorkstationConnection;
  takeOver: boolean;
}): Promise<RoadSession> {
  const { management, workstation } = options;
  const operatorSession = await management.session();
  const hello = await workstation.hello(operatorSession.issuer);
  if (!hello.paired) {
    throw new CliError(
      'workstation-not-paired',
      `This workstation is not paired with ${operatorSession.issuer}. Pair it from the console, then try again.`,
    );
  }
  return {
    management,
    workstation,
    operatorSession,
    hello,
    keys: await listKeys(options, hello.workstationId),
  };
}

/** Takes the session (again) and lets every key prove who it is. */
export async function listKeys(
  options: { management: ManagementClient; workstation: WorkstationConnection; takeOver: boolean },
  workstationId: string,
): Promise<readonly RecognisedKey[]> {
  const { order } = await options.management.orderSession(workstationId);
  const opened = await options.workstation.openSession(order, { takeOver: options.takeOver });
  const { devices } = await options.management.recognise(opened.receipt);
  return opened.devices.map((key) => {
    const known = devices.find((entry) => entry.connectionId === key.connectionId);
    const device = known?.device ?? null;
    return {
      key,
      device,
      status: device?.status ?? 'NOT_CONFIGURED',
      proven: known?.proven ?? false,
      openEnrollmentId: known?.openEnrollmentId ?? null,
    };
  });
}
