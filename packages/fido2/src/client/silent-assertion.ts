import { tokenPermission } from '../ctap2/client-pin.ts';
import type { CtapDevice } from '../ctap2/device.ts';
import { type GetAssertionResponse, getAssertion } from '../ctap2/get-assertion.ts';
import { isCtapError } from '../ctap2/status.ts';
import type { RandomBytes } from '../ctap2/surroundings.ts';
import type { PinSource } from './access.ts';
import { authorize, isProtected, proofOf } from './authorization.ts';
import { clientDataHash } from './client-data.ts';
import { openSession } from './session.ts';
import { translating } from './translate.ts';

export interface SilentAssertion {
  readonly credentialId: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly signature: Uint8Array;
  readonly userHandle: Uint8Array | null;
}

export interface SilentAssertionInput {
  readonly device: CtapDevice;
  readonly rpId: string;
  /** The bytes that get hashed and signed. */
  readonly clientDataJSON: Uint8Array;
  /** For keys that answer nothing before the person is verified: some with alwaysUv do so. */
  readonly verification?: { readonly pin: PinSource; readonly random: RandomBytes } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Seen on keys that have the credential but want verification first, or don't know `up: false`. */
const quietRefusals = [
  'CTAP2_ERR_NO_CREDENTIALS',
  'CTAP2_ERR_NOT_ALLOWED',
  'CTAP2_ERR_OPERATION_DENIED',
  'CTAP2_ERR_INVALID_OPTION',
  'CTAP2_ERR_UNSUPPORTED_OPTION',
  'CTAP2_ERR_UP_REQUIRED',
  'CTAP2_ERR_PUAT_REQUIRED',
  'CTAP2_ERR_PIN_AUTH_INVALID',
  'CTAP2_ERR_PIN_NOT_SET',
] as const;

/**
 * One assertion without touch and allow list, by the newest discoverable credential of that RP ID. Null where the key
 * has none, or wants user verification first and `verification` was not given.
 * @throws ClientError, DeviceError, what the PinSource throws
 */
export const silentAssertion = (input: SilentAssertionInput): Promise<SilentAssertion | null> =>
  translating(async () => {
    const { device, rpId, verification, signal } = input;
    if (!device.capabilities.cbor) return null;
    const request = { rpId, clientDataHash: clientDataHash(input.clientDataJSON), options: { up: false } };
    try {
      return found(await getAssertion(device, request, { signal }));
    } catch (error) {
      if (!isCtapError(error, ...quietRefusals)) throw error;
      if (verification === undefined || error.is('CTAP2_ERR_NO_CREDENTIALS')) return null;
    }
    const session = await openSession({ device, signal, ...verification });
    if (!isProtected(session)) return null;
    const authorization = await authorize(session, { permissions: tokenPermission.getAssertion, rpId });
    const { proof, uv } = proofOf(authorization, request.clientDataHash);
    try {
      return found(
        await getAssertion(device, { ...request, proof, options: { up: false, uv } }, session.options),
      );
    } catch (error) {
      if (isCtapError(error, ...quietRefusals)) return null;
      throw error;
    }
  });

const found = ({
  credentialId,
  authenticatorData,
  signature,
  user,
}: GetAssertionResponse): SilentAssertion => ({
  credentialId,
  authenticatorData,
  signature,
  userHandle: user?.id ?? null,
});
