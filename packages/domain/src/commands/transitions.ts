import { type DeviceEvent, type DeviceState, nextDeviceState } from '../device-states.ts';
import { type EnrollmentEvent, type EnrollmentState, nextEnrollmentState } from '../enrollment-states.ts';
import { DomainError } from '../errors.ts';
import {
  nextPasskeyDeviceState,
  type PasskeyDeviceEvent,
  type PasskeyDeviceState,
} from '../passkey-device-states.ts';

const stateWords: Readonly<Record<DeviceState, string>> = {
  NOT_CONFIGURED: 'not configured',
  READY: 'ready',
  CONFIGURED: 'configured',
  ENROLLED: 'enrolled',
  REVOKED: 'revoked',
  RETIRED: 'retired',
};
const eventWords: Readonly<Record<DeviceEvent, string>> = {
  'policy-linked': 'given a policy',
  'policy-unlinked': 'taken off its policy',
  configured: 'configured',
  assigned: 'assigned',
  revoked: 'revoked',
  reset: 'reset',
  retired: 'retired',
};

/** @throws DomainError `device-state-forbids` for every pair that is not in the table */
export function moveDevice(from: DeviceState, event: DeviceEvent): DeviceState {
  const to = nextDeviceState(from, event);
  if (to !== null) return to;
  const hint = from === 'ENROLLED' && event === 'retired' ? ' Revoke it first.' : '';
  throw new DomainError(
    'device-state-forbids',
    `This key is ${stateWords[from]}, so it can't be ${eventWords[event]}. Nothing was changed.${hint}`,
    { particulars: { state: from, event } },
  );
}

/** @throws DomainError `enrollment-state-forbids` for every pair that is not in the table */
export function moveEnrollment(from: EnrollmentState, event: EnrollmentEvent): EnrollmentState {
  const to = nextEnrollmentState(from, event);
  if (to !== null) return to;
  throw new DomainError(
    'enrollment-state-forbids',
    'This enrollment is past that step. Nothing was changed. Reload the page to see where it stands.',
    { particulars: { state: from, event } },
  );
}

const passkeyStateWords: Readonly<Record<PasskeyDeviceState, string>> = {
  PENDING: 'waiting for its owner',
  ACTIVE: 'active',
  SUSPENDED: 'suspended',
  REVOKED: 'revoked',
  TERMINATED: 'terminated',
};
const passkeyEventWords: Readonly<Record<PasskeyDeviceEvent, string>> = {
  registered: 'registered',
  suspended: 'suspended',
  activated: 'activated',
  revoked: 'revoked',
  terminated: 'terminated',
};

/** @throws DomainError `passkey-state-forbids` for every pair that is not in the table */
export function movePasskeyDevice(from: PasskeyDeviceState, event: PasskeyDeviceEvent): PasskeyDeviceState {
  const to = nextPasskeyDeviceState(from, event);
  if (to !== null) return to;
  const hint =
    event === 'activated' && (from === 'REVOKED' || from === 'TERMINATED')
      ? ' A passkey that was revoked never comes back: its owner enrolls a new one.'
      : '';
  throw new DomainError(
    'passkey-state-forbids',
    `This passkey is ${passkeyStateWords[from]}, so it can't be ${passkeyEventWords[event]}. Nothing was changed.${hint}`,
    { particulars: { state: from, event } },
  );
}
