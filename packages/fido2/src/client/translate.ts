import { DeviceError } from '../ctap2/device.ts';
import { CtapError, type CtapStatusName } from '../ctap2/status.ts';
import { ClientError, type ClientErrorCode } from './errors.ts';

interface Meaning {
  readonly code: ClientErrorCode;
  readonly message: string;
}

/** What a key's status byte means to whoever asked for the whole operation. */
const meanings: Partial<Record<CtapStatusName, Meaning>> = {
  CTAP2_ERR_CREDENTIAL_EXCLUDED: {
    code: 'credential-excluded',
    message: 'the key already holds a credential of this account',
  },
  CTAP2_ERR_KEY_STORE_FULL: { code: 'key-full', message: 'the key has no room for another credential' },
  CTAP2_ERR_NO_CREDENTIALS: { code: 'credential-missing', message: 'the key holds no such credential' },
  CTAP2_ERR_UNSUPPORTED_ALGORITHM: {
    code: 'algorithm-unsupported',
    message: 'the key knows none of the asked algorithms',
  },
  CTAP2_ERR_KEEPALIVE_CANCEL: { code: 'cancelled', message: 'cancelled' },
  CTAP2_ERR_USER_ACTION_TIMEOUT: { code: 'touch-timeout', message: 'the key was not touched in time' },
  CTAP2_ERR_ACTION_TIMEOUT: { code: 'touch-timeout', message: 'the key was not touched in time' },
  CTAP2_ERR_OPERATION_DENIED: { code: 'refused-on-key', message: 'it was refused on the key' },
  CTAP2_ERR_PIN_INVALID: { code: 'pin-wrong', message: 'the PIN is wrong' },
  CTAP2_ERR_PIN_BLOCKED: { code: 'pin-blocked', message: 'the PIN is blocked; only a reset helps' },
  CTAP2_ERR_PIN_AUTH_BLOCKED: {
    code: 'pin-reinsert-required',
    message: 'too many wrong PINs in a row; the key must be plugged in again',
  },
  CTAP2_ERR_PIN_NOT_SET: { code: 'pin-not-set', message: 'the key has no PIN' },
  CTAP2_ERR_PIN_POLICY_VIOLATION: { code: 'pin-rejected', message: 'the key does not take this PIN' },
  CTAP2_ERR_PUAT_REQUIRED: {
    code: 'user-verification-unavailable',
    message: 'the key wants to verify the person first',
  },
  CTAP2_ERR_UV_BLOCKED: {
    code: 'user-verification-failed',
    message: 'the key no longer tries to recognise the person',
  },
  CTAP2_ERR_UV_INVALID: { code: 'user-verification-failed', message: 'the key did not recognise the person' },
};

/** Everything that a key says becomes a ClientError that keeps its status; a dead key stays a DeviceError. */
export const translateError = (error: unknown): unknown => {
  if (error instanceof CtapError) {
    const meaning = meanings[error.code as CtapStatusName] ?? {
      code: 'key-failed' as const,
      message: `the key answered ${error.code}`,
    };
    return new ClientError(meaning.code, meaning.message, { cause: error, status: error.status });
  }
  if (error instanceof DeviceError && error.code === 'cancelled') {
    return new ClientError('cancelled', 'cancelled', { cause: error });
  }
  return error;
};

export const translating = async <T>(operation: () => Promise<T>): Promise<T> => {
  try {
    return await operation();
  } catch (error) {
    throw translateError(error);
  }
};
