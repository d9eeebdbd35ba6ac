import type { CallOptions, CtapDevice } from '../ctap2/device.ts';
import { DeviceError, hidCommand } from '../ctap2/device.ts';

/** CTAP 2.1 §11.2.9.1.4: the key sends the bytes back. */
export const ping = (device: CtapDevice, bytes: Uint8Array, options?: CallOptions): Promise<Uint8Array> =>
  device.call(hidCommand.ping, bytes, options);

/** Makes the key show itself to the person. @throws DeviceError `unsupported` where it can't */
export const wink = async (device: CtapDevice, options?: CallOptions): Promise<void> => {
  if (!device.capabilities.wink) throw new DeviceError('unsupported', 'the key has no way to show itself');
  await device.call(hidCommand.wink, new Uint8Array(), options);
};

/** Keeps the key for this channel alone. @param seconds 0..10; 0 gives it back at once */
export const lock = async (device: CtapDevice, seconds: number, options?: CallOptions): Promise<void> => {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 10)
    throw new RangeError('a lock lasts 0 to 10 seconds');
  await device.call(hidCommand.lock, Uint8Array.of(seconds), options);
};
