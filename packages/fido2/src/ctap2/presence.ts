import { type CommandOptions, sendCommand } from './command.ts';
import type { CtapDevice } from './device.ts';

/** authenticatorReset (CTAP 2.1 §6.6): erases everything, after a touch. @throws CtapError, DeviceError */
export const reset = async (device: CtapDevice, options: CommandOptions = {}): Promise<void> => {
  await sendCommand(device, { command: 'reset', sent: null }, options);
};

/** authenticatorSelection (CTAP 2.1 §6.9): the person shows which of several keys she means. @throws CtapError, DeviceError */
export const selection = async (device: CtapDevice, options: CommandOptions = {}): Promise<void> => {
  await sendCommand(device, { command: 'selection', sent: null }, options);
};
