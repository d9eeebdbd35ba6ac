import {
  ClientPin,
  choosePinUvAuthProtocol,
  pinBytes,
  pinLength,
  tokenPermission,
} from '../ctap2/client-pin.ts';
import type { CommandOptions } from '../ctap2/command.ts';
import type { CtapDevice } from '../ctap2/device.ts';
import { getInfo } from '../ctap2/info.ts';
import { type CtapError, isCtapError } from '../ctap2/status.ts';
import type { KeyAccess } from './access.ts';
import { ClientError } from './errors.ts';
import { type KeySession, openSession } from './session.ts';
import { translateError, translating } from './translate.ts';

/** With three tries left the person stops: the rest belongs to a calmer hour. */
export const pinRetriesKept = 3;

/** @throws ClientError `unsupported` on a key without PIN and UV tokens */
export const clientPinOf = (session: KeySession, options: CommandOptions = session.options): ClientPin => {
  const { device, random, info } = session;
  const protocol = choosePinUvAuthProtocol(info);
  if (protocol === null) {
    throw new ClientError('unsupported', 'the key has no PIN protocol that this client knows', {
      field: 'pin',
    });
  }
  return new ClientPin({ ...options, device, protocol, random });
};

/** Tries left, and refuses before the person is asked in vain. */
const requireRetries = async (clientPin: ClientPin): Promise<number> => {
  const { retries, powerCycleRequired } = await clientPin.pinRetries();
  if (retries === 0) {
    throw new ClientError('pin-blocked', 'the PIN is blocked; only a reset helps', { retriesLeft: 0 });
  }
  if (powerCycleRequired) throw reinsert(retries);
  if (retries <= pinRetriesKept) {
    throw new ClientError('pin-too-few-retries', `only ${retries} tries are left for the PIN`, {
      retriesLeft: retries,
    });
  }
  return retries;
};

const reinsert = (retriesLeft: number | null, cause?: CtapError): ClientError =>
  new ClientError('pin-reinsert-required', 'the key must be plugged in again before the next PIN', {
    cause,
    ...(retriesLeft === null ? {} : { retriesLeft }),
    ...(cause === undefined ? {} : { status: cause.status }),
  });

/** Asks for the PIN until the key accepts it in `use`, or no try may be spent any more. */
export const withVerifiedPin = async <T>(
  session: KeySession,
  clientPin: ClientPin,
  use: (pin: string) => Promise<T>,
): Promise<T> => {
  for (let wrong = false; ; wrong = true) {
    const retriesLeft = await requireRetries(clientPin);
    const pin = await session.pin({
      reason: 'verify',
      retriesLeft,
      wrong,
      minimumLength: session.info.minPINLength,
    });
    session.throwIfCancelled();
    if (pinBytes(pin) === null) throw new ClientError('pin-rejected', 'no key takes such a PIN');
    try {
      return await use(pin);
    } catch (error) {
      if (isCtapError(error, 'CTAP2_ERR_PIN_INVALID')) continue;
      throw await explainPinFailure(clientPin, error);
    }
  }
};

const explainPinFailure = async (clientPin: ClientPin, error: unknown): Promise<unknown> => {
  if (isCtapError(error, 'CTAP2_ERR_PIN_AUTH_BLOCKED')) {
    const known = await clientPin.pinRetries().catch(() => null);
    return reinsert(known?.retries ?? null, error);
  }
  if (isCtapError(error, 'CTAP2_ERR_PIN_BLOCKED')) {
    return new ClientError('pin-blocked', 'the PIN is blocked; only a reset helps', {
      cause: error,
      status: error.status,
      retriesLeft: 0,
    });
  }
  return translateError(error);
};

/** Fails where the key gives no token before its PIN is changed. */
export const requireNoPendingPinChange = ({ info }: KeySession): void => {
  if (info.forcePINChange) {
    throw new ClientError('pin-change-required', 'the key demands a new PIN before anything else');
  }
};

const chooseNewPin = async (session: KeySession, reason: 'set' | 'change'): Promise<string> => {
  const { minPINLength } = session.info;
  const pin = await session.pin({ reason, retriesLeft: null, wrong: false, minimumLength: minPINLength });
  session.throwIfCancelled();
  if (pinBytes(pin) === null || pinLength(pin) < minPINLength) {
    throw new ClientError('pin-rejected', `the key takes PINs of ${minPINLength} characters to 63 bytes`);
  }
  return pin;
};

/** Sets a PIN where the key has none. @throws ClientError, DeviceError, what the PinSource throws */
export const ensurePin = (access: KeyAccess): Promise<'set' | 'already-set'> =>
  translating(async () => {
    const session = await openSession(access);
    const { clientPin } = session.info.options;
    if (clientPin === undefined) {
      throw new ClientError('unsupported', 'the key can have no PIN', { field: 'pin' });
    }
    if (clientPin) return 'already-set';
    const chosen = await chooseNewPin(session, 'set');
    try {
      await clientPinOf(session).setPin(chosen);
    } catch (error) {
      // Another program was quicker: CTAP 2.1 §6.5.5.5 answers so where a PIN is set already.
      if (!isCtapError(error, 'CTAP2_ERR_PIN_AUTH_INVALID', 'CTAP2_ERR_NOT_ALLOWED')) throw error;
      throw new ClientError('pin-already-set', 'the key was given a PIN in the meantime', {
        cause: error,
        status: error.status,
      });
    }
    return 'set';
  });

/** Asks for the present PIN, then for the new one. @throws ClientError, DeviceError, what the PinSource throws */
export const changePin = (access: KeyAccess): Promise<void> =>
  translating(async () => {
    const session = await openSession(access);
    if (session.info.options['clientPin'] !== true)
      throw new ClientError('pin-not-set', 'the key has no PIN');
    const clientPin = clientPinOf(session);
    let chosen: string | null = null;
    await withVerifiedPin(session, clientPin, async (current) => {
      chosen ??= await chooseNewPin(session, 'change');
      try {
        await clientPin.changePin(current, chosen);
      } catch (error) {
        if (isCtapError(error, 'CTAP2_ERR_PIN_POLICY_VIOLATION')) {
          throw new ClientError('pin-rejected', 'the key does not take this PIN', {
            cause: error,
            status: error.status,
          });
        }
        throw error;
      }
    });
  });

/**
 * Asks for the PIN until the key accepts it, and changes nothing: for a caller who must know that it is right.
 * @throws ClientError, DeviceError, what the PinSource throws
 */
export const verifyPin = (access: KeyAccess): Promise<void> =>
  translating(async () => {
    const session = await openSession(access);
    const { clientPin: isSet, pinUvAuthToken, credMgmt } = session.info.options;
    if (isSet !== true) throw new ClientError('pin-not-set', 'the key has no PIN');
    requireNoPendingPinChange(session);
    const clientPin = clientPinOf(session);
    // A token that reads: one without permissions is refused by keys with noMcGaPermissionsWithClientPin (CTAP 2.1 §6.4).
    const permitted = pinUvAuthToken === true && credMgmt === true;
    await withVerifiedPin(session, clientPin, (pin) =>
      permitted
        ? clientPin.tokenUsingPin(pin, { permissions: tokenPermission.credentialManagement })
        : clientPin.pinToken(pin),
    );
  });

/** PIN tries left without asking anybody; null on a key without a PIN. @throws ClientError, DeviceError */
export const pinRetries = (access: {
  readonly device: CtapDevice;
  readonly signal?: AbortSignal | undefined;
}): Promise<{ readonly retries: number; readonly reinsertRequired: boolean } | null> =>
  translating(async () => {
    const { device, signal } = access;
    const info = await getInfo(device, { signal });
    const protocol = choosePinUvAuthProtocol(info);
    if (info.options['clientPin'] !== true || protocol === null) return null;
    const random = (): never => {
      throw new Error('reading the retries draws no random bytes');
    };
    const clientPin = new ClientPin({ device, signal, maxMsgSize: info.maxMsgSize, protocol, random });
    const { retries, powerCycleRequired } = await clientPin.pinRetries();
    return { retries, reinsertRequired: powerCycleRequired };
  });
