/** FIDO Metadata Service 3: what is known of authenticator models, verified, looked up and judged by a policy. */
export { modelIcon, modelName } from './description.ts';
export type { JsonObject, MetadataEntry, StatusReport } from './entry.ts';
export { MetadataError, type MetadataErrorCode, metadataErrorCodes } from './errors.ts';
export { fidoAllianceRoots, fidoAllianceSigner, fidoAllianceSignerName } from './fido-alliance.ts';
export { attestationCertificateKeyIdentifier } from './key-identifier.ts';
export { longestMetadata, type OpenMetadataOptions, openMetadata } from './open.ts';
export {
  judgeModel,
  type MetadataPolicy,
  type MetadataQuestion,
  type ModelRefusalCode,
  type ModelVerdict,
  metadataTrust,
  modelRefusalCodes,
  overdue,
  refusedAaguids,
} from './policy.ts';
export { type RogueAuthenticator, readRogueList } from './rogue-list.ts';
export type { MetadataSigner } from './signed-blob.ts';
export type { MetadataHead, MetadataSnapshot, ModelRecord } from './snapshot.ts';
export {
  type CertificationLevel,
  certificationLevels,
  compromisedCertificates,
  reportsInEffect,
  securityStatuses,
} from './status.ts';
