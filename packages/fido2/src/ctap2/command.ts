import { concatBytes, FormatError } from '../bytes/index.ts';
import { decode, encode } from '../cbor/index.ts';
import { type CallOptions, type CtapDevice, DeviceError, hidCommand } from './device.ts';
import { CborFields } from './fields.ts';
import { CtapError, ctapStatus } from './status.ts';

/** CTAP 2.1 §6 and, for keys older than it, the two previews that went before. */
export const ctap2Command = {
  makeCredential: 0x01,
  getAssertion: 0x02,
  getInfo: 0x04,
  clientPIN: 0x06,
  reset: 0x07,
  getNextAssertion: 0x08,
  bioEnrollment: 0x09,
  credentialManagement: 0x0a,
  selection: 0x0b,
  largeBlobs: 0x0c,
  authenticatorConfig: 0x0d,
  bioEnrollmentPreview: 0x40,
  credentialManagementPreview: 0x41,
} as const;
export type Ctap2CommandName = keyof typeof ctap2Command;

export interface CommandOptions extends CallOptions {
  /** Bytes of the longest request the key takes, from its getInfo; 1024 where that isn't known yet (CTAP 2.1 §6.4). */
  readonly maxMsgSize?: number | undefined;
}
export const defaultMaxMsgSize = 1024;

export type Parameters = ReadonlyMap<number, unknown>;

/** Leaves out members that are null, undefined, or an empty array or map: CTAP wants them absent. */
export const parameters = (...members: readonly (readonly [number, unknown])[]): Parameters =>
  new Map(members.filter(([, value]) => !isEmpty(value)));

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (value instanceof Map && value.size === 0);

const commandBytes = (command: Ctap2CommandName, sent: Parameters | null): Uint8Array =>
  sent === null || sent.size === 0
    ? Uint8Array.of(ctap2Command[command])
    : concatBytes(Uint8Array.of(ctap2Command[command]), encode(sent));

/** Whether that request fits into one message to the key: long credential lists are sent in parts. */
export const fitsMessage = (command: Ctap2CommandName, sent: Parameters, maxMsgSize: number): boolean =>
  commandBytes(command, sent).length <= maxMsgSize;

/**
 * One CTAP2 command and its answer's members.
 * @throws CtapError where the key answers a status, DeviceError where it gives no usable answer
 */
export const sendCommand = async (
  device: CtapDevice,
  { command, sent }: { readonly command: Ctap2CommandName; readonly sent: Parameters | null },
  options: CommandOptions,
): Promise<CborFields> => {
  const request = commandBytes(command, sent);
  const maxMsgSize = options.maxMsgSize ?? defaultMaxMsgSize;
  if (request.length > maxMsgSize) {
    throw new DeviceError(
      'message-too-large',
      `${command}: ${request.length} bytes, the key takes ${maxMsgSize}`,
    );
  }
  const answer = await device.call(hidCommand.cbor, request, options);
  const status = answer[0];
  if (status === undefined) throw new DeviceError('response-malformed', `${command}: the answer is empty`);
  if (status !== ctapStatus.CTAP2_OK) throw new CtapError(status, command);
  return responseFields(command, answer.subarray(1));
};

const responseFields = (command: Ctap2CommandName, body: Uint8Array): CborFields => {
  const malformed = (detail: string, cause?: unknown): DeviceError =>
    new DeviceError('response-malformed', `${command}: ${detail}`, { cause });
  let value: unknown = new Map();
  if (body.length > 0) {
    try {
      value = decode(body, {
        // Keys of the preview's time sort its maps as they like.
        canonicalOrder: command !== 'credentialManagementPreview' && command !== 'bioEnrollmentPreview',
        // Keys cut names at 64 bytes, in the middle of a character if need be (WebAuthn L3 §6.4.1).
        invalidText: 'replace',
      });
    } catch (error) {
      if (error instanceof FormatError) throw malformed('the answer is not canonical CBOR', error);
      throw error;
    }
  }
  if (!(value instanceof Map)) throw malformed('the answer is not a map');
  return new CborFields(value, (problem, where) => malformed(`member ${where} is ${problem}`));
};
