/**
 * The whole life of a passkey as a device resource (authentication service §7). One table; everything that is not a row is
 * refused. Only SUSPENDED returns to ACTIVE. docs/ARCHITECTURE.md draws it.
 */
export const passkeyDeviceStates = ['PENDING', 'ACTIVE', 'SUSPENDED', 'REVOKED', 'TERMINATED'] as const;
export type PasskeyDeviceState = (typeof passkeyDeviceStates)[number];

export const passkeyDeviceEvents = ['registered', 'suspended', 'activated', 'revoked', 'terminated'] as const;
export type PasskeyDeviceEvent = (typeof passkeyDeviceEvents)[number];

export const passkeyDeviceTransitions: readonly (readonly [
  PasskeyDeviceState,
  PasskeyDeviceEvent,
  PasskeyDeviceState,
])[] = [
  ['PENDING', 'registered', 'ACTIVE'],
  ['ACTIVE', 'suspended', 'SUSPENDED'],
  ['SUSPENDED', 'activated', 'ACTIVE'],
  ['PENDING', 'revoked', 'REVOKED'],
  ['ACTIVE', 'revoked', 'REVOKED'],
  ['SUSPENDED', 'revoked', 'REVOKED'],
  ['REVOKED', 'terminated', 'TERMINATED'],
];

/** The state after `event`, or null where the table has no such row. */
export function nextPasskeyDeviceState(
  from: PasskeyDeviceState,
  event: PasskeyDeviceEvent,
): PasskeyDeviceState | null {
  const row = passkeyDeviceTransitions.find(([state, name]) => state === from && name === event);
  return row === undefined ? null : row[2];
}
