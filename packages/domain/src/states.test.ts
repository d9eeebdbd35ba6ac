import { describe, expect, it } from 'vitest';
import { moveDevice, moveEnrollment, movePasskeyDevice } from './commands/transitions.ts';
import { deviceEvents, deviceStates, deviceTransitions } from './device-states.ts';
import {
  type EnrollmentEvent,
  type EnrollmentState,
  enrollmentEvents,
  enrollmentStates,
  enrollmentTransitions,
  openEnrollmentStates,
} from './enrollment-states.ts';
import { DomainError } from './errors.ts';
import {
  passkeyDeviceEvents,
  passkeyDeviceStates,
  passkeyDeviceTransitions,
} from './passkey-device-states.ts';

function refusal(attempt: () => unknown): DomainError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof DomainError) return error;
  }
  throw new Error('it was not refused');
}

describe('the device table (lifecycle manager §3)', () => {
  const specified = [
    'NOT_CONFIGURED policy-linked READY',
    'READY policy-unlinked NOT_CONFIGURED',
    'NOT_CONFIGURED configured CONFIGURED',
    'READY configured CONFIGURED',
    'CONFIGURED assigned ENROLLED',
    'REVOKED assigned ENROLLED',
    'ENROLLED revoked REVOKED',
    ...['NOT_CONFIGURED', 'READY', 'CONFIGURED', 'ENROLLED', 'REVOKED'].map(
      (state) => `${state} reset NOT_CONFIGURED`,
    ),
    ...['NOT_CONFIGURED', 'READY', 'CONFIGURED', 'REVOKED'].map((state) => `${state} retired RETIRED`),
  ];

  it('has exactly the rows of the specification', () => {
    expect(deviceTransitions.map((row) => row.join(' ')).sort()).toEqual([...specified].sort());
  });

  it.each(deviceStates.flatMap((state) => deviceEvents.map((event) => [state, event] as const)))(
    '%s on %s: the row, or a refusal that changes nothing',
    (state, event) => {
      const row = specified.find((line) => line.startsWith(`${state} ${event} `));
      if (row !== undefined) {
        expect(moveDevice(state, event)).toBe(row.split(' ')[2]);
        return;
      }
      const error = refusal(() => moveDevice(state, event));
      expect(error.code).toBe('device-state-forbids');
      expect(error.particulars).toEqual({ state, event });
    },
  );

  it('ends at RETIRED', () => {
    expect(deviceTransitions.filter(([from]) => from === 'RETIRED')).toEqual([]);
  });

  it('tells what to do first where a person would ask', () => {
    expect(refusal(() => moveDevice('ENROLLED', 'retired')).message).toContain('Revoke it first');
  });
});

describe('the enrollment table (lifecycle manager §4)', () => {
  const over: readonly EnrollmentState[] = ['COMPLETE', 'FAILED', 'COMPENSATED'];

  it.each(enrollmentStates.flatMap((state) => enrollmentEvents.map((event) => [state, event] as const)))(
    '%s on %s: the row, or a refusal',
    (state, event) => {
      const rows = enrollmentTransitions.filter(([from, name]) => from === state && name === event);
      expect(rows.length).toBeLessThanOrEqual(1);
      const [row] = rows;
      if (row !== undefined) {
        expect(moveEnrollment(state, event)).toBe(row[2]);
        return;
      }
      const error = refusal(() => moveEnrollment(state, event));
      expect(error.code).toBe('enrollment-state-forbids');
      expect(error.particulars).toEqual({ state, event });
    },
  );

  it('reaches COMPLETE in no other way than options → credential → verified → registered', () => {
    const before = (state: EnrollmentState) =>
      enrollmentTransitions.filter(([, , to]) => to === state).map(([from, event]) => `${from} ${event}`);
    expect(before('COMPLETE')).toEqual(['REGISTERED completed']);
    expect(before('REGISTERED')).toEqual(['VERIFIED registered']);
    expect(before('VERIFIED')).toEqual(['CREDENTIAL_CREATED verified']);
    expect(before('CREDENTIAL_CREATED')).toEqual(['OPTIONS_ISSUED credential-created']);
  });

  it('never calls an enrollment failed while the key may hold something that was verified or registered', () => {
    const failing = enrollmentTransitions.filter(([, event]) => event === 'failed').map(([from]) => from);
    expect(failing).toEqual(['REQUESTED', 'CONFIGURING', 'OPTIONS_ISSUED', 'COMPENSATING']);
  });

  it.each(over)('%s is over: nothing leaves it', (state) => {
    expect(enrollmentTransitions.filter(([from]) => from === state)).toEqual([]);
  });

  it.each(openEnrollmentStates)('%s can still come to an end', (state) => {
    const seen = new Set<EnrollmentState>([state]);
    for (const from of seen) {
      for (const [source, , to] of enrollmentTransitions) if (source === from) seen.add(to);
    }
    expect(seen.has('COMPLETE')).toBe(true);
    expect(state === 'REGISTERED' || seen.has('FAILED') || seen.has('COMPENSATED')).toBe(true);
  });

  it('uses every event it names', () => {
    const used = new Set<EnrollmentEvent>(enrollmentTransitions.map(([, event]) => event));
    expect([...enrollmentEvents].filter((event) => !used.has(event))).toEqual([]);
  });
});

describe('the passkey device table (authentication service §7)', () => {
  const specified = [
    'PENDING registered ACTIVE',
    'ACTIVE suspended SUSPENDED',
    'SUSPENDED activated ACTIVE',
    ...['PENDING', 'ACTIVE', 'SUSPENDED'].map((state) => `${state} revoked REVOKED`),
    'REVOKED terminated TERMINATED',
  ];

  it('has exactly the rows of the specification', () => {
    expect(passkeyDeviceTransitions.map((row) => row.join(' ')).sort()).toEqual([...specified].sort());
  });

  it.each(
    passkeyDeviceStates.flatMap((state) => passkeyDeviceEvents.map((event) => [state, event] as const)),
  )('%s on %s: the row, or a refusal that changes nothing', (state, event) => {
    const row = specified.find((line) => line.startsWith(`${state} ${event} `));
    if (row !== undefined) {
      expect(movePasskeyDevice(state, event)).toBe(row.split(' ')[2]);
      return;
    }
    const error = refusal(() => movePasskeyDevice(state, event));
    expect(error.code).toBe('passkey-state-forbids');
    expect(error.particulars).toEqual({ state, event });
  });

  it('lets only SUSPENDED return to ACTIVE', () => {
    const before = passkeyDeviceTransitions.filter(([from, , to]) => to === 'ACTIVE' && from !== 'PENDING');
    expect(before).toEqual([['SUSPENDED', 'activated', 'ACTIVE']]);
  });

  it('ends at TERMINATED', () => {
    expect(passkeyDeviceTransitions.filter(([from]) => from === 'TERMINATED')).toEqual([]);
  });
});
