import { FormatError, type FormatErrorCode, formatErrorCodes } from '../src/bytes/index.ts';
import { ClientError, type ClientErrorCode, clientErrorCodes } from '../src/client/index.ts';
import { CtapError, DeviceError, type DeviceErrorCode, deviceErrorCodes } from '../src/ctap2/index.ts';
import { MetadataError, type MetadataErrorCode, metadataErrorCodes } from '../src/metadata/index.ts';
import { WebAuthnError, type WebAuthnErrorCode, webAuthnErrorCodes } from '../src/webauthn/index.ts';

/** What readers inside webauthn and TextDecoder say by TypeError; any other TypeError is a slip of ours. */
const spokenTypeErrors = [
  'attestation object is not a map',
  'fmt is not text',
  'authData is not bytes',
  'client data is not an object',
  'response too long',
  'not a compact JWS',
  'no x5c',
  'x5c is not text',
  'not a JSON object',
  'The encoded data was not valid for encoding utf-8',
];

const isOneOf = (codes: readonly string[], code: string): boolean => codes.includes(code);

/** @throws the error itself, where it is not one of ours or its cause is not one that the code foresaw */
export function refusalOf(
  error: unknown,
):
  | FormatErrorCode
  | MetadataErrorCode
  | WebAuthnErrorCode
  | DeviceErrorCode
  | ClientErrorCode
  | 'ctap-status' {
  if (error instanceof FormatError && isOneOf(formatErrorCodes, error.code)) return error.code;
  if (error instanceof WebAuthnError && isOneOf(webAuthnErrorCodes, error.code)) {
    requireForeseen(error.cause);
    return error.code;
  }
  if (error instanceof MetadataError && isOneOf(metadataErrorCodes, error.code)) {
    requireForeseen(error.cause);
    return error.code;
  }
  if (error instanceof DeviceError && isOneOf(deviceErrorCodes, error.code)) return error.code;
  if (error instanceof ClientError && isOneOf(clientErrorCodes, error.code)) return error.code;
  if (error instanceof CtapError) return 'ctap-status';
  throw error;
}

/** A refusal that hides a slip is a finding too. */
function requireForeseen(cause: unknown): void {
  if (cause === undefined || cause instanceof FormatError || cause instanceof SyntaxError) return;
  if (cause instanceof WebAuthnError) {
    requireForeseen(cause.cause);
    return;
  }
  if (cause instanceof TypeError && spokenTypeErrors.includes(cause.message)) return;
  throw cause;
}

/** `accepted`, or why not. */
export function outcome(read: () => unknown): string {
  try {
    read();
    return 'accepted';
  } catch (error) {
    return refusalOf(error);
  }
}

export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    return refusalOf(error);
  }
}

/** Something that must hold whatever the input says. */
export function require(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`broken: ${rule}`);
}
