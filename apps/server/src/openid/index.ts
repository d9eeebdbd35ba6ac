export { createAuthorizationCodes } from './authorization-codes.ts';
export { createClientTokens } from './client-tokens.ts';
export { mountOpenId } from './mount.ts';
export type { ProviderLog } from './provider.ts';
export { createProviders, type Providers } from './providers.ts';
export { createRegistrationTokens } from './registration-tokens.ts';
