import type { OrderAction, OrderResult } from '@keywarden/api';
import type { Clock, RandomBytes } from '@keywarden/fido2/ctap2';
import type { DeviceRegistry } from '../devices/registry.ts';
import { authenticate } from './authenticate.ts';
import { configure } from './configure.ts';
import { enroll } from './enroll.ts';
import type { KeyInHand } from './key-access.ts';
import type { Operation } from './operation.ts';
import { removeCredential } from './remove-credential.ts';
import { reset } from './reset.ts';

/** What can be ordered of one key. */
export type KeyAction = Exclude<OrderAction, { action: 'session' }>;

export interface Surroundings {
  readonly registry: DeviceRegistry;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** One action on the operation's key, opened for as long as it takes. */
export function carryOut(
  operation: Operation,
  action: KeyAction,
  surroundings: Surroundings,
): Promise<OrderResult> {
  if (action.action === 'reset') return reset(operation, surroundings);
  return operation.device.open(operation.signal, (device) =>
    onOpenKey({ operation, device, random: surroundings.random }, action),
  );
}

function onOpenKey(key: KeyInHand, action: Exclude<KeyAction, { action: 'reset' }>): Promise<OrderResult> {
  switch (action.action) {
    case 'configure':
      return configure(key, action);
    case 'enroll':
      return enroll(key, action);
    case 'remove-credential':
      return removeCredential(key, action);
    case 'authenticate':
      return authenticate(key, action);
  }
}
