/**
 * The whole life of a device (lifecycle manager §3). One table; everything that is not a row is refused.
 * docs/ARCHITECTURE.md draws it.
 */
export const deviceStates = [
  'NOT_CONFIGURED',
  'READY',
  'CONFIGURED',
  'ENROLLED',
  'REVOKED',
  'RETIRED',
] as const;
export type DeviceState = (typeof deviceStates)[number];

export const deviceEvents = [
  'policy-linked',
  'policy-unlinked',
  'configured',
  'assigned',
  'revoked',
  'reset',
  'retired',
] as const;
export type DeviceEvent = (typeof deviceEvents)[number];

export const deviceTransitions: readonly (readonly [DeviceState, DeviceEvent, DeviceState])[] = [
  ['NOT_CONFIGURED', 'policy-linked', 'READY'],
  ['READY', 'policy-unlinked', 'NOT_CONFIGURED'],
  ['NOT_CONFIGURED', 'configured', 'CONFIGURED'],
  ['READY', 'configured', 'CONFIGURED'],
  ['CONFIGURED', 'assigned', 'ENROLLED'],
  ['REVOKED', 'assigned', 'ENROLLED'],
  ['ENROLLED', 'revoked', 'REVOKED'],
  ['NOT_CONFIGURED', 'reset', 'NOT_CONFIGURED'],
  ['READY', 'reset', 'NOT_CONFIGURED'],
  ['CONFIGURED', 'reset', 'NOT_CONFIGURED'],
  ['ENROLLED', 'reset', 'NOT_CONFIGURED'],
  ['REVOKED', 'reset', 'NOT_CONFIGURED'],
  ['NOT_CONFIGURED', 'retired', 'RETIRED'],
  ['READY', 'retired', 'RETIRED'],
  ['CONFIGURED', 'retired', 'RETIRED'],
  ['REVOKED', 'retired', 'RETIRED'],
];

/** The state after `event`, or null where the table has no such row. */
export function nextDeviceState(from: DeviceState, event: DeviceEvent): DeviceState | null {
  const row = deviceTransitions.find(([state, name]) => state === from && name === event);
  return row === undefined ? null : row[2];
}
