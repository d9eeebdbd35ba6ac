export { loadMasterKey, MasterKeyError, readMasterKey } from './master-key.ts';
export { createTimeBasedCodes } from './one-time-codes.ts';
export { createOrderSigner, createReceipts } from './orders.ts';
export { createPasswordAdvice } from './password-advice.ts';
export { createPasswordHasher } from './passwords.ts';
export { completeKeysWhereShown } from './shown-keys.ts';
export { createOpenIdKeys, createSigningKeys } from './signing-keys.ts';
export { createRandom, systemClock } from './surroundings.ts';
export { createTenantSecrets } from './tenant-secrets.ts';
