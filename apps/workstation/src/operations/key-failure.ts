import type { WorkstationErrorCode } from '@keywarden/api';
import { ClientError, type ClientErrorCode } from '@keywarden/fido2/client';
import { CtapError, type CtapStatusName, DeviceError, type DeviceErrorCode } from '@keywarden/fido2/ctap2';
import { WorkstationFailure } from '../failure.ts';

interface Told {
  readonly code: WorkstationErrorCode;
  readonly message?: string;
  readonly field?: string;
}

const noCredential = 'The key holds no credential for this site. Enroll it first.';
const refusedOnKey =
  'The key refused: it was declined on the key itself, or it does not allow this. Try again.';
const noPin = 'The key has no PIN yet. Configure it first.';

const byClientError: Readonly<Record<ClientErrorCode, Told>> = {
  'options-invalid': { code: 'ORDER_MALFORMED' },
  unsupported: { code: 'POLICY_UNMET' },
  'algorithm-unsupported': { code: 'POLICY_UNMET', field: 'algorithms' },
  'user-verification-unavailable': { code: 'POLICY_UNMET', field: 'userVerification', message: noPin },
  'discoverable-credential-unavailable': { code: 'POLICY_UNMET', field: 'residentKey' },
  'credential-excluded': { code: 'CREDENTIAL_EXCLUDED' },
  'credential-missing': { code: 'CTAP_ERROR', message: noCredential },
  'key-full': { code: 'KEY_FULL' },
  'pin-not-set': { code: 'POLICY_UNMET', field: 'pinMode', message: noPin },
  'pin-already-set': { code: 'DEVICE_FAILED' },
  'pin-wrong': { code: 'PIN_WRONG' },
  'pin-rejected': { code: 'PIN_REJECTED' },
  'pin-too-few-retries': { code: 'PIN_TOO_FEW_RETRIES' },
  'pin-reinsert-required': { code: 'PIN_AUTH_BLOCKED' },
  'pin-blocked': { code: 'PIN_BLOCKED' },
  'pin-change-required': { code: 'PIN_CHANGE_REQUIRED' },
  'user-verification-failed': { code: 'CTAP_ERROR', message: refusedOnKey },
  'touch-timeout': { code: 'TOUCH_TIMEOUT' },
  'refused-on-key': { code: 'CTAP_ERROR', message: refusedOnKey },
  cancelled: { code: 'OPERATION_CANCELLED' },
  'reset-window-passed': {
    code: 'CTAP_ERROR',
    message:
      'A key can be reset only right after it was plugged in. Remove it, plug it in and reset it within ten seconds.',
  },
  'read-back-differs': {
    code: 'POLICY_UNMET',
    message: 'The key took the setting but did not keep it. Use another key or policy.',
  },
  'key-failed': { code: 'CTAP_ERROR' },
};

const byDeviceError: Readonly<Record<DeviceErrorCode, WorkstationErrorCode>> = {
  removed: 'DEVICE_REMOVED',
  closed: 'DEVICE_FAILED',
  busy: 'DEVICE_BUSY',
  timeout: 'DEVICE_FAILED',
  cancelled: 'OPERATION_CANCELLED',
  // Not OPERATION_CANCELLED, from which the server concludes that nothing was made.
  'cancel-unconfirmed': 'DEVICE_FAILED',
  unsupported: 'DEVICE_FAILED',
  'message-too-large': 'DEVICE_FAILED',
  'transport-failed': 'DEVICE_FAILED',
  'protocol-violated': 'DEVICE_FAILED',
  'response-malformed': 'DEVICE_FAILED',
};

/** Every other status is a CTAP_ERROR: the page explains it by its byte. */
const byStatus: Readonly<Record<string, Told | undefined>> = {
  CTAP1_ERR_CHANNEL_BUSY: { code: 'DEVICE_BUSY' },
  CTAP2_ERR_CREDENTIAL_EXCLUDED: { code: 'CREDENTIAL_EXCLUDED' },
  CTAP2_ERR_UNSUPPORTED_ALGORITHM: { code: 'POLICY_UNMET', field: 'algorithms' },
  CTAP2_ERR_KEY_STORE_FULL: { code: 'KEY_FULL' },
  CTAP2_ERR_KEEPALIVE_CANCEL: { code: 'OPERATION_CANCELLED' },
  CTAP2_ERR_NO_CREDENTIALS: { code: 'CTAP_ERROR', message: noCredential },
  CTAP2_ERR_OPERATION_DENIED: { code: 'CTAP_ERROR', message: refusedOnKey },
  CTAP2_ERR_USER_ACTION_TIMEOUT: { code: 'TOUCH_TIMEOUT' },
  CTAP2_ERR_ACTION_TIMEOUT: { code: 'TOUCH_TIMEOUT' },
  CTAP2_ERR_PIN_INVALID: { code: 'PIN_WRONG' },
  CTAP2_ERR_PIN_BLOCKED: { code: 'PIN_BLOCKED' },
  CTAP2_ERR_PIN_AUTH_BLOCKED: { code: 'PIN_AUTH_BLOCKED' },
  CTAP2_ERR_PIN_NOT_SET: { code: 'POLICY_UNMET', field: 'pinMode', message: noPin },
  CTAP2_ERR_PIN_POLICY_VIOLATION: { code: 'PIN_REJECTED' },
} satisfies Partial<Record<CtapStatusName, Told>>;

/** What a key or the client said, as a code and a sentence of ours; what is neither stays what it is (and INTERNAL). */
export function keyFailure(cause: unknown): unknown {
  if (cause instanceof ClientError) {
    const told = byClientError[cause.code];
    return new WorkstationFailure(told.code, {
      message: told.message,
      field: cause.field ?? told.field,
      ctap: cause.status ?? undefined,
      retriesLeft: cause.retriesLeft,
      cause,
    });
  }
  if (cause instanceof CtapError) {
    const told = byStatus[cause.code] ?? { code: 'CTAP_ERROR' };
    return new WorkstationFailure(told.code, { ...told, ctap: cause.status, cause });
  }
  if (cause instanceof DeviceError) return new WorkstationFailure(byDeviceError[cause.code], { cause });
  return cause;
}
