import { changePin, type KeyAccess, verifyPin } from '@keywarden/fido2/client';
import type { KeyInHand } from './key-access.ts';
import { meets, type PinRules } from './pin-rules.ts';

/** Asks for the PIN that the key has and for a new one. */
export async function replacePin({ operation }: KeyInHand, access: KeyAccess): Promise<void> {
  await changePin(access);
  await operation.pinIsOnKey();
}

/**
 * Has the key accept the PIN it has; one that the policy would not allow, chosen elsewhere, is replaced. Only who enters
 * it lets us see what it is.
 */
export async function bringPinToRules(key: KeyInHand, access: KeyAccess, rules: PinRules): Promise<void> {
  await verifyPin(access);
  const { currentPin } = key.operation;
  if (currentPin !== null && !meets(currentPin, rules)) await replacePin(key, access);
}
