import { Buffer } from 'node:buffer';
import {
  type DerValue,
  derChildren,
  derObjectIdentifier,
  derSequence,
  derSmallInteger,
  derTag,
  readDer,
  requireDer,
} from '../bytes/index.ts';
import type { Certificate } from './certificate.ts';

export const extensionIdentifier = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  certificatePolicies: '2.5.29.32',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Critical extensions that this package processes or that don't restrict what it does with a certificate. */
const understood: ReadonlySet<string> = new Set(Object.values(extensionIdentifier));

export interface BasicConstraints {
  readonly certificateAuthority: boolean;
  /** Null: no limit. */
  readonly pathLength: number | null;
}

/** Null where the extension is absent. @throws FormatError `der-invalid` */
export function basicConstraints(certificate: Certificate): BasicConstraints | null {
  const extension = certificate.extensions.get(extensionIdentifier.basicConstraints);
  if (extension === undefined) return null;
  const parts = [...derSequence(readDer(extension.value))];
  const first = parts[0];
  const flagged = first?.class === 'universal' && first.number === derTag.boolean;
  if (flagged) parts.shift();
  return {
    certificateAuthority: flagged && requireDer(first, 'boolean').contents[0] === 0xff,
    pathLength: parts[0] === undefined ? null : derSmallInteger(parts[0]),
  };
}

/** Whether it is an authority that may stand above that many certificates, the leaf not counted. */
export function mayCertify(certificate: Certificate, certificatesBelow: number): boolean {
  const constraints = basicConstraints(certificate);
  if (constraints?.certificateAuthority !== true) return false;
  if (constraints.pathLength !== null && constraints.pathLength < certificatesBelow) return false;
  const usage = certificate.extensions.get(extensionIdentifier.keyUsage);
  // RFC 5280 §4.2.1.3: keyCertSign is bit 5. Where the extension is absent the key is not restricted.
  return (
    usage === undefined || ((requireDer(readDer(usage.value), 'bitString').contents[1] ?? 0) & 0x04) !== 0
  );
}

/** RFC 5280 §4.2: a critical extension that isn't understood makes the certificate unusable. */
export function hasUnknownCriticalExtension(certificate: Certificate): boolean {
  for (const [identifier, { critical }] of certificate.extensions) {
    if (critical && !understood.has(identifier)) return true;
  }
  return false;
}

export function isValidAt(certificate: Certificate, time: number): boolean {
  return certificate.notBefore <= time && time <= certificate.notAfter;
}

/** Purposes as object identifiers; none where the extension is absent. @throws FormatError `der-invalid` */
export function extendedKeyUsages(certificate: Certificate): readonly string[] {
  const extension = certificate.extensions.get(extensionIdentifier.extendedKeyUsage);
  return extension === undefined ? [] : derSequence(readDer(extension.value)).map(derObjectIdentifier);
}

/** What a subject alternative name says, as far as attestation certificates use it. */
export interface SubjectAlternativeNames {
  /** Names in DER. */
  readonly directoryNames: readonly Uint8Array[];
  readonly dnsNames: readonly string[];
}

/** @throws FormatError `der-invalid` */
export function subjectAlternativeNames(certificate: Certificate): SubjectAlternativeNames {
  const extension = certificate.extensions.get(extensionIdentifier.subjectAlternativeName);
  const names = extension === undefined ? [] : derSequence(readDer(extension.value));
  const ofKind = (kind: number): readonly DerValue[] =>
    names.filter((name) => name.class === 'context' && name.number === kind);
  return {
    // RFC 5280 §4.2.1.6: directoryName [4] is explicit, dNSName [2] an IA5String.
    directoryNames: ofKind(4).map((name) => requireDer(derChildren(name)[0], 'sequence').whole),
    dnsNames: ofKind(2).map((name) => Buffer.from(name.contents).toString('latin1')),
  };
}
