/**
 * An enrollment is a saga over four parties that can each fail (lifecycle manager §4): server, page, key, identity
 * provider. Each row is one durable step; everything that is not a row is refused.
 */
export const enrollmentStates = [
  'REQUESTED',
  'CONFIGURING',
  'OPTIONS_ISSUED',
  'CREDENTIAL_CREATED',
  'VERIFIED',
  'REGISTERED',
  'COMPLETE',
  'FAILED',
  'COMPENSATING',
  'COMPENSATED',
] as const;
export type EnrollmentState = (typeof enrollmentStates)[number];

export const enrollmentEvents = [
  'configuration-ordered',
  'configuration-written',
  'options-issued',
  'credential-created',
  'verified',
  'registered',
  'completed',
  'failed',
  'rolled-back',
  'cleaned',
] as const;
export type EnrollmentEvent = (typeof enrollmentEvents)[number];

export const enrollmentTransitions: readonly (readonly [
  EnrollmentState,
  EnrollmentEvent,
  EnrollmentState,
])[] = [
  ['REQUESTED', 'configuration-ordered', 'CONFIGURING'],
  ['CONFIGURING', 'configuration-ordered', 'CONFIGURING'],
  ['CONFIGURING', 'configuration-written', 'REQUESTED'],
  ['REQUESTED', 'options-issued', 'OPTIONS_ISSUED'],
  // A reload or a lost answer asks again: the old challenge dies, a discoverable credential is overwritten by the key.
  ['OPTIONS_ISSUED', 'options-issued', 'OPTIONS_ISSUED'],
  ['OPTIONS_ISSUED', 'credential-created', 'CREDENTIAL_CREATED'],
  ['CREDENTIAL_CREATED', 'verified', 'VERIFIED'],
  ['VERIFIED', 'registered', 'REGISTERED'],
  ['REGISTERED', 'completed', 'COMPLETE'],
  // Nothing is on the key yet: nothing to take back.
  ['REQUESTED', 'failed', 'FAILED'],
  ['CONFIGURING', 'failed', 'FAILED'],
  // The workstation says that the key refused before it made anything.
  ['OPTIONS_ISSUED', 'failed', 'FAILED'],
  // From here the key may hold a credential that nobody will ever accept.
  ['OPTIONS_ISSUED', 'rolled-back', 'COMPENSATING'],
  ['CREDENTIAL_CREATED', 'rolled-back', 'COMPENSATING'],
  ['VERIFIED', 'rolled-back', 'COMPENSATING'],
  ['COMPENSATING', 'cleaned', 'COMPENSATED'],
  // The same person tries again: the key overwrites the leftover (CTAP 2.1 §6.1.2: same RP ID and user handle).
  ['COMPENSATING', 'options-issued', 'OPTIONS_ISSUED'],
  // The key was retired, or can't delete a single credential: the leftover stays, and nobody accepts it.
  ['COMPENSATING', 'failed', 'FAILED'],
];

export const openEnrollmentStates: readonly EnrollmentState[] = [
  'REQUESTED',
  'CONFIGURING',
  'OPTIONS_ISSUED',
  'CREDENTIAL_CREATED',
  'VERIFIED',
  'REGISTERED',
];

export function nextEnrollmentState(from: EnrollmentState, event: EnrollmentEvent): EnrollmentState | null {
  const row = enrollmentTransitions.find(([state, name]) => state === from && name === event);
  return row === undefined ? null : row[2];
}
