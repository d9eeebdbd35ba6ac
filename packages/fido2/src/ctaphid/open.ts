import type { CtapDevice } from '../ctap2/device.ts';
import { DeviceError } from '../ctap2/device.ts';
import type { Clock, RandomBytes } from '../ctap2/surroundings.ts';
import type { HidConnection } from './connection.ts';

export interface CtapHidOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly signal?: AbortSignal | undefined;
}

/** Allocates a channel (CTAPHID_INIT) and speaks on it until closed. Closing also closes the connection. @throws DeviceError */
export const openCtapHid = async (
  _connection: HidConnection,
  _options: CtapHidOptions,
): Promise<CtapDevice> => {
  throw new DeviceError('unsupported', 'CTAPHID is not there yet');
};
