import { concatBytes } from '../bytes/index.ts';
import { type CallOptions, type CtapDevice, DeviceError, hidCommand } from './device.ts';
import type { Clock } from './surroundings.ts';

/** FIDO U2F Raw Message Formats v1.2 §3. */
const instruction = { register: 0x01, authenticate: 0x02, version: 0x03 } as const;
const control = { checkOnly: 0x07, enforceUserPresence: 0x03 } as const;

/** Status words of ISO 7816-4 that U2F uses (§3.3). */
export const u2fStatus = {
  noError: 0x9000,
  conditionsNotSatisfied: 0x6985,
  wrongData: 0x6a80,
  wrongLength: 0x6700,
  classNotSupported: 0x6e00,
  instructionNotSupported: 0x6d00,
  commandNotAllowed: 0x6986,
} as const;

/** The key answered a CTAP1 request with that status word. */
export class U2fError extends Error {
  override readonly name = 'U2fError';
  readonly statusWord: number;

  constructor(statusWord: number) {
    super(`the key answered status word 0x${statusWord.toString(16).padStart(4, '0')}`);
    this.statusWord = statusWord;
  }
}

/** A key that is asked every 200 ms until it was touched: CTAP1 has no keepalives. */
export interface TouchPolling extends CallOptions {
  readonly clock: Clock;
}
const pollInterval = 200;
const touchPatience = 30_000;

export interface U2fRegistration {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
  readonly keyHandle: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
  readonly signature: Uint8Array;
}
export interface U2fAssertion {
  readonly userPresent: boolean;
  readonly counter: number;
  readonly signature: Uint8Array;
}

/** Extended length in both directions, as CTAPHID_MSG wants it. */
const apdu = (ins: number, p1: number, data: Uint8Array): Uint8Array => {
  const lengthOfData = data.length === 0 ? [0] : [0, data.length >> 8, data.length & 0xff];
  return concatBytes(Uint8Array.of(0, ins, p1, 0, ...lengthOfData), data, Uint8Array.of(0, 0));
};

const exchange = async (
  device: CtapDevice,
  request: Uint8Array,
  options: CallOptions,
): Promise<Uint8Array> => {
  const answer = await device.call(hidCommand.msg, request, options);
  if (answer.length < 2) throw new DeviceError('response-malformed', 'CTAP1: the answer has no status word');
  const statusWord = ((answer.at(-2) ?? 0) << 8) | (answer.at(-1) ?? 0);
  if (statusWord !== u2fStatus.noError) throw new U2fError(statusWord);
  return answer.subarray(0, -2);
};

const untilTouched = async (
  device: CtapDevice,
  request: Uint8Array,
  { clock, ...options }: TouchPolling,
): Promise<Uint8Array> => {
  const giveUpAt = clock.now() + touchPatience;
  for (;;) {
    try {
      return await exchange(device, request, options);
    } catch (error) {
      const waiting = error instanceof U2fError && error.statusWord === u2fStatus.conditionsNotSatisfied;
      if (!waiting || clock.now() >= giveUpAt) throw error;
    }
    options.onKeepalive?.('user-presence-needed');
    if (options.signal?.aborted === true)
      throw new DeviceError('cancelled', 'cancelled while waiting for a touch');
    await new Promise<void>((resolve) => clock.after(pollInterval, resolve));
  }
};

/** `U2F_V2` on every key that knows CTAP1. @throws U2fError, DeviceError */
export const u2fVersion = async (device: CtapDevice, options: CallOptions = {}): Promise<string> =>
  new TextDecoder().decode(await exchange(device, apdu(instruction.version, 0, new Uint8Array()), options));

/** Waits for a touch. @throws U2fError, DeviceError */
export const u2fRegister = async (
  device: CtapDevice,
  { challenge, application }: { readonly challenge: Uint8Array; readonly application: Uint8Array },
  options: TouchPolling,
): Promise<U2fRegistration> => {
  const request = apdu(
    instruction.register,
    control.enforceUserPresence,
    concatBytes(challenge, application),
  );
  const answer = await untilTouched(device, request, options);
  const keyHandleEnd = 67 + (answer[66] ?? 0);
  const certificateEnd = keyHandleEnd + derLength(answer.subarray(keyHandleEnd));
  if (answer[0] !== 0x05 || answer[1] !== 0x04 || certificateEnd >= answer.length) {
    throw new DeviceError('response-malformed', 'CTAP1: the registration is malformed');
  }
  return {
    publicKey: answer.slice(1, 66),
    keyHandle: answer.slice(67, keyHandleEnd),
    certificate: answer.slice(keyHandleEnd, certificateEnd),
    signature: answer.slice(certificateEnd),
  };
};

/** Bytes of the DER element at the beginning; 0 where there is none. */
const derLength = (bytes: Uint8Array): number => {
  const first = bytes[1];
  if (bytes[0] !== 0x30 || first === undefined) return 0;
  if (first < 0x80) return 2 + first;
  if (first === 0x81) return 3 + (bytes[2] ?? 0);
  if (first === 0x82) return 4 + (((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
  return 0;
};

export interface U2fRequest {
  readonly challenge: Uint8Array;
  readonly application: Uint8Array;
  readonly keyHandle: Uint8Array;
}

const keyHandleData = ({ challenge, application, keyHandle }: U2fRequest): Uint8Array =>
  concatBytes(challenge, application, Uint8Array.of(keyHandle.length), keyHandle);

/** Whether the key knows the handle, without a touch. @throws U2fError, DeviceError */
export const u2fKnows = async (
  device: CtapDevice,
  request: U2fRequest,
  options: CallOptions = {},
): Promise<boolean> => {
  if (request.keyHandle.length > 255) return false;
  try {
    await exchange(
      device,
      apdu(instruction.authenticate, control.checkOnly, keyHandleData(request)),
      options,
    );
  } catch (error) {
    if (!(error instanceof U2fError)) throw error;
    // U2F Raw Message Formats §5.1: check-only says yes by asking for a touch.
    if (error.statusWord === u2fStatus.conditionsNotSatisfied) return true;
    if (error.statusWord === u2fStatus.wrongData || error.statusWord === u2fStatus.wrongLength) return false;
    throw error;
  }
  return true;
};

/** Waits for a touch. @throws U2fError, DeviceError */
export const u2fAuthenticate = async (
  device: CtapDevice,
  request: U2fRequest,
  options: TouchPolling,
): Promise<U2fAssertion> => {
  const sent = apdu(instruction.authenticate, control.enforceUserPresence, keyHandleData(request));
  const answer = await untilTouched(device, sent, options);
  if (answer.length < 6) throw new DeviceError('response-malformed', 'CTAP1: the assertion is malformed');
  return {
    userPresent: ((answer[0] ?? 0) & 1) !== 0,
    counter: new DataView(answer.buffer, answer.byteOffset).getUint32(1),
    signature: answer.slice(5),
  };
};
