import type { VirtualCommand } from './key.ts';
import { virtualLimits } from './profile.ts';
import { refuseIf } from './refusal.ts';

/** CTAP 2.1 §6.6. */
export const reset: VirtualCommand = async (key, _request, waiting) => {
  const late = key.clock.now() - key.session.attachedAt > virtualLimits.resetAfterAttaching;
  refuseIf(key.resetOnlyAfterAttaching && late, 'CTAP2_ERR_NOT_ALLOWED');
  await key.person.touch(waiting);
  key.erase();
  await key.save();
  return null;
};

/** CTAP 2.1 §6.9. */
export const selection: VirtualCommand = async (key, _request, waiting) => {
  await key.person.touch(waiting);
  return null;
};
