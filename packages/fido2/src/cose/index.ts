export { type CoseAlgorithm, type CoseCurve, coseAlgorithm, coseAlgorithms } from './algorithms.ts';
export {
  type CredentialKey,
  type CredentialKeyCache,
  createCredentialKeyCache,
  openCredentialKey,
} from './credential-key.ts';
export {
  type CoseKeyOptions,
  type CosePublicKey,
  encodeCoseKey,
  importCoseKey,
  parseCoseKey,
} from './key.ts';
export { verifyCoseSignature } from './signature.ts';
