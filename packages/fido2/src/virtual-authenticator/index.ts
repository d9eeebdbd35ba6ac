export { createVirtualAttestationRoot, type VirtualAttestationRoot } from './certificate.ts';
export { virtualAlgorithms } from './credential-key.ts';
export { type VirtualProfile, virtualLimits, virtualProfiles } from './profile.ts';
export * from './virtual-key.ts';
export { type VpcdCard, VpcdConversation } from './vpcd.ts';
