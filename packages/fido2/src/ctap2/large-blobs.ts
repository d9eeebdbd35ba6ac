import { createHash } from 'node:crypto';
import { concatBytes, equalBytes } from '../bytes/index.ts';
import type { PinUvAuthToken } from './client-pin.ts';
import { type CommandOptions, ctap2Command, defaultMaxMsgSize, parameters, sendCommand } from './command.ts';
import { type CtapDevice, DeviceError } from './device.ts';

/** CTAP 2.1 §6.10: what a message leaves for a fragment. */
const overhead = 64;
const hashLength = 16;
/** More than is ever decoded; real keys keep 1 to 4 KB. */
const longestArray = 65_536 + hashLength;

/** A key that claims to take less than any key must is told so by the sending, not by going on for ever here. */
const fragmentLength = ({ maxMsgSize }: CommandOptions): number =>
  Math.max(1, (maxMsgSize ?? defaultMaxMsgSize) - overhead);

/** CTAP 2.1 §6.10.2: the serialised array of a key that never kept one. */
export const emptyLargeBlobArray: readonly number[] = [0x80];

const hashOf = (array: Uint8Array): Uint8Array =>
  createHash('sha256').update(array).digest().subarray(0, hashLength);

export interface LargeBlobOptions extends CommandOptions {
  /** Bytes, from getInfo; reading stops there whatever the key sends. */
  readonly maxSerializedLargeBlobArray: number;
}

/**
 * The CBOR array that the key keeps, without its hash. An array whose hash differs counts as empty, as the standard
 * asks: it was torn while it was written. @throws CtapError, DeviceError
 */
export const readLargeBlobArray = async (
  device: CtapDevice,
  options: LargeBlobOptions,
): Promise<Uint8Array> => {
  const fragment = fragmentLength(options);
  const most = Math.min(options.maxSerializedLargeBlobArray, longestArray);
  const parts: Uint8Array[] = [];
  let offset = 0;
  while (offset <= most) {
    const sent = parameters([0x01, fragment], [0x03, offset]);
    const part = (await sendCommand(device, { command: 'largeBlobs', sent }, options)).required(
      0x01,
      'bytes',
    );
    if (part.length > fragment)
      throw new DeviceError('response-malformed', 'largeBlobs: more bytes than were asked for');
    parts.push(part);
    offset += part.length;
    if (part.length < fragment) break;
  }
  const whole = concatBytes(...parts);
  const array = whole.slice(0, -hashLength);
  const intact = whole.length > hashLength && equalBytes(hashOf(array), whole.slice(-hashLength));
  return intact ? array : Uint8Array.from(emptyLargeBlobArray);
};

/** Replaces the whole array. @param token with `largeBlobWrite`, null on an unprotected key. @throws CtapError, DeviceError */
export const writeLargeBlobArray = async (
  device: CtapDevice,
  { array, token }: { readonly array: Uint8Array; readonly token: PinUvAuthToken | null },
  options: CommandOptions = {},
): Promise<void> => {
  const fragment = fragmentLength(options);
  const whole = concatBytes(array, hashOf(array));
  for (let offset = 0; offset < whole.length; offset += fragment) {
    const set = whole.slice(offset, offset + fragment);
    const position = new Uint8Array(4);
    new DataView(position.buffer).setUint32(0, offset, true);
    const message = concatBytes(
      new Uint8Array(32).fill(0xff),
      Uint8Array.of(ctap2Command.largeBlobs, 0x00),
      position,
      createHash('sha256').update(set).digest(),
    );
    const sent = parameters(
      [0x02, set],
      [0x03, offset],
      [0x04, offset === 0 ? whole.length : undefined],
      [0x05, token?.authenticate(message)],
      [0x06, token?.protocol],
    );
    await sendCommand(device, { command: 'largeBlobs', sent }, options);
  }
};
