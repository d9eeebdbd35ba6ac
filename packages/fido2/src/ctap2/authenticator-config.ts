import { concatBytes } from '../bytes/index.ts';
import { encode } from '../cbor/index.ts';
import type { PinUvAuthToken } from './client-pin.ts';
import { type CommandOptions, ctap2Command, type Parameters, parameters, sendCommand } from './command.ts';
import type { CtapDevice } from './device.ts';

/** CTAP 2.1 §6.11; the fourth since 2.2. */
export const configSubCommand = {
  enableEnterpriseAttestation: 0x01,
  toggleAlwaysUv: 0x02,
  setMinPINLength: 0x03,
  enableLongTouchForReset: 0x04,
  vendorPrototype: 0xff,
} as const;

export interface MinPinLengthSetting {
  /** Unicode code points; a key never lowers it. */
  readonly newMinPINLength?: number | undefined;
  readonly minPinLengthRPIDs?: readonly string[] | undefined;
  /** The next use of the PIN must be its change. Ends all tokens. */
  readonly forceChangePin?: boolean | undefined;
}

/** A token with `authenticatorConfiguration`; null on a key that has neither PIN nor UV yet and asks for none. */
type Token = PinUvAuthToken | null;

const configure = async (
  device: CtapDevice,
  { subCommand, sub, token }: { subCommand: number; sub: Parameters; token: Token },
  options: CommandOptions,
): Promise<void> => {
  const message = concatBytes(
    new Uint8Array(32).fill(0xff),
    Uint8Array.of(ctap2Command.authenticatorConfig, subCommand),
    sub.size === 0 ? new Uint8Array() : encode(sub),
  );
  const sent = parameters(
    [0x01, subCommand],
    [0x02, sub],
    [0x03, token?.protocol],
    [0x04, token?.authenticate(message)],
  );
  await sendCommand(device, { command: 'authenticatorConfig', sent }, options);
};

const none: Parameters = new Map();

export const enableEnterpriseAttestation = (
  device: CtapDevice,
  token: Token,
  options: CommandOptions = {},
): Promise<void> =>
  configure(device, { subCommand: configSubCommand.enableEnterpriseAttestation, sub: none, token }, options);

/** A toggle: read `options.alwaysUv` of getInfo first. @throws CtapError, DeviceError */
export const toggleAlwaysUv = (
  device: CtapDevice,
  token: Token,
  options: CommandOptions = {},
): Promise<void> =>
  configure(device, { subCommand: configSubCommand.toggleAlwaysUv, sub: none, token }, options);

export const setMinPINLength = (
  device: CtapDevice,
  { token, ...setting }: MinPinLengthSetting & { readonly token: Token },
  options: CommandOptions = {},
): Promise<void> => {
  const sub = parameters(
    [0x01, setting.newMinPINLength],
    [0x02, setting.minPinLengthRPIDs],
    [0x03, setting.forceChangePin],
  );
  return configure(device, { subCommand: configSubCommand.setMinPINLength, sub, token }, options);
};

export const enableLongTouchForReset = (
  device: CtapDevice,
  token: Token,
  options: CommandOptions = {},
): Promise<void> =>
  configure(device, { subCommand: configSubCommand.enableLongTouchForReset, sub: none, token }, options);
