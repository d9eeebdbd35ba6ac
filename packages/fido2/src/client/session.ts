import type { CommandOptions } from '../ctap2/command.ts';
import type { CtapDevice, KeepaliveStatus } from '../ctap2/device.ts';
import { type AuthenticatorInfo, getInfo } from '../ctap2/info.ts';
import type { RandomBytes } from '../ctap2/surroundings.ts';
import type { KeyAccess, PinSource } from './access.ts';
import { ClientError } from './errors.ts';

/** One operation on one key: its access and what the key says it can do. */
export interface KeySession {
  readonly device: CtapDevice;
  readonly random: RandomBytes;
  readonly pin: PinSource;
  readonly info: AuthenticatorInfo;
  /** For every command of this operation. */
  readonly options: CommandOptions;
  /** Runs a command that may wait for the person and tells `onTouch` about it. */
  withTouch<T>(command: (options: CommandOptions) => Promise<T>): Promise<T>;
  throwIfCancelled(): void;
}

export const openSession = async (access: KeyAccess): Promise<KeySession> => {
  const { device, random, pin, signal } = access;
  const info = await getInfo(device, { signal });
  const options: CommandOptions = { signal, maxMsgSize: info.maxMsgSize };
  return {
    device,
    random,
    pin,
    info,
    options,
    withTouch: (command) => telling(access.onTouch, options, command),
    throwIfCancelled: () => {
      if (signal?.aborted === true) throw new ClientError('cancelled', 'cancelled');
    },
  };
};

export const telling = async <T>(
  onTouch: KeyAccess['onTouch'],
  options: CommandOptions,
  command: (options: CommandOptions) => Promise<T>,
): Promise<T> => {
  let waiting = false;
  const tell = (needed: boolean): void => {
    if (needed === waiting) return;
    waiting = needed;
    onTouch?.(needed ? 'needed' : 'done');
  };
  try {
    return await command({
      ...options,
      onKeepalive: (status: KeepaliveStatus) => tell(status === 'user-presence-needed'),
    });
  } finally {
    tell(false);
  }
};
