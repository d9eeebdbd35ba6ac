import type { Device } from '@keywarden/api';
import type { Road } from './road.ts';

/** What is true of the key once the road has ended without success. */
export type Truth = 'untouched' | 'leftover' | 'cleaned' | 'unsent' | 'unknown' | Device['status'];

/** The key was not asked for anything, or refused before it changed. */
const untouching: readonly string[] = [
  'MESSAGE_MALFORMED',
  'NOT_PAIRED',
  'ORDER_MALFORMED',
  'ORDER_SIGNATURE',
  'ORDER_EXPIRED',
  'ORDER_AUDIENCE',
  'ORDER_USED',
  'ORDER_DEVICE',
  'RP_ID_FORBIDDEN',
  'DEVICE_NOT_FOUND',
  'DEVICE_BUSY',
  'PIN_WRONG',
  'PIN_TOO_FEW_RETRIES',
  'PIN_BLOCKED',
  'PIN_AUTH_BLOCKED',
  'PIN_CHANGE_REQUIRED',
  'POLICY_UNMET',
];

export function truthOf(road: Road): Truth {
  const { enrollment, phase, failure } = road;
  if (phase.name === 'stalled') {
    return phase.request.name === 'answer' ? 'unsent' : enrollment === null ? 'untouched' : 'unknown';
  }
  if (phase.name === 'interrupted') return 'unknown';
  if (enrollment === null) return 'untouched';
  if (enrollment.status === 'COMPENSATING') return 'leftover';
  if (enrollment.status === 'COMPENSATED') return 'cleaned';
  const { status } = enrollment.device;
  const unconfigured = status === 'NOT_CONFIGURED' || status === 'READY';
  if (unconfigured && failure !== null && (untouching.includes(failure.code) || early(failure.step))) {
    return 'untouched';
  }
  return status;
}

/** Before the first thing is written to the key. */
function early(step: string | null): boolean {
  return step === null || step === 'capabilities' || step === 'pin';
}

export function isCancelled(code: string): boolean {
  return code === 'OPERATION_CANCELLED' || code === 'operator-cancelled';
}
