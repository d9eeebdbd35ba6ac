export { type Certificate, type Extension, isSignedBy, parseCertificate } from './certificate.ts';
export {
  basicConstraints,
  extendedKeyUsages,
  extensionIdentifier,
  hasUnknownCriticalExtension,
  isValidAt,
  mayCertify,
  type SubjectAlternativeNames,
  subjectAlternativeNames,
} from './constraints.ts';
export { nameAttribute, readName } from './name.ts';
export { type ChainVerdict, TrustAnchors } from './trust-anchors.ts';
