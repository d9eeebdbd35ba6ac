import { Buffer } from 'node:buffer';
import { type AttestationSubject, type AttestationTrust, WebAuthnError } from '../webauthn/index.ts';
import { TrustAnchors } from '../x509/index.ts';
import type { MetadataEntry, StatusReport } from './entry.ts';
import { type MetadataSnapshot, readCertificateText, rootCertificatesOf } from './snapshot.ts';
import {
  type CertificationLevel,
  certificationAt,
  certificationLevels,
  compromisedCertificates,
  securityStatuses,
  unsettledIssue,
} from './status.ts';

/** Why a model is refused. Closed; words; stable. */
export const modelRefusalCodes = [
  'metadata-missing',
  'metadata-stale',
  'model-unknown',
  'model-unusable',
  'model-status-refused',
  'model-certification-too-low',
  'model-certificate-compromised',
] as const;

export type ModelRefusalCode = (typeof modelRefusalCodes)[number];

/** What a relying party asks of authenticator models. */
export interface MetadataPolicy {
  /** Whether a model that the metadata does not have may be used; nothing is believed of it either way. */
  readonly unknownModels: 'refuse' | 'allow';
  /** Default: revoked and compromised ones, `securityStatuses`. */
  readonly refusedStatuses?: readonly string[] | undefined;
  /** Default: none is asked for. */
  readonly minimumCertification?: CertificationLevel | undefined;
  /** Milliseconds that metadata may be overdue and still be used. Undefined: however long. */
  readonly maximumOverdue?: number | undefined;
}

export interface MetadataQuestion {
  /** Null: there is no metadata (yet). */
  readonly snapshot: MetadataSnapshot | null;
  readonly policy: MetadataPolicy;
  readonly now: Date;
  /** Of the authenticator at hand, where it is known; without it no update counts as installed. */
  readonly firmwareVersion?: number | undefined;
}

export type ModelVerdict =
  | {
      readonly accepted: true;
      /** Null: unknown to the metadata, and allowed to be. */
      readonly entry: MetadataEntry | null;
      readonly certification: CertificationLevel | null;
    }
  | {
      readonly accepted: false;
      readonly code: ModelRefusalCode;
      /** For the log. */
      readonly detail: string;
      /** What was reported of the model, with `model-status-refused`. */
      readonly report: StatusReport | null;
    };

const day = 86_400_000;

/** Milliseconds since the end of the day on which the next BLOB was due; 0 before. */
export function overdue({ head }: MetadataSnapshot, now: Date): number {
  return Math.max(0, now.getTime() - (head.nextUpdate + day));
}

/** Whether the policy takes this model. Proves nothing of the authenticator: that is what attestation is for. */
export function judgeModel(
  model: Pick<AttestationSubject, 'aaguid' | 'certificates'>,
  question: MetadataQuestion,
): ModelVerdict {
  const { snapshot, policy, now } = question;
  if (snapshot === null) return refusal('metadata-missing', 'there is no metadata');
  const late = overdue(snapshot, now);
  if (policy.maximumOverdue !== undefined && late > policy.maximumOverdue)
    return refusal('metadata-stale', `number ${snapshot.head.number} is overdue by ${late} ms`);
  const record = snapshot.find(model);
  if (record.kind === 'unusable') return refusal('model-unusable', record.fault);
  if (record.kind === 'unknown') {
    return policy.unknownModels === 'allow'
      ? { accepted: true, entry: null, certification: null }
      : refusal('model-unknown', `${model.aaguid} is not in the metadata`);
  }
  return judgeEntry(record.entry, model.certificates, question);
}

function judgeEntry(
  entry: MetadataEntry,
  certificates: readonly Uint8Array[],
  { policy, now, firmwareVersion }: MetadataQuestion,
): ModelVerdict {
  const refusedStatuses = policy.refusedStatuses ?? securityStatuses;
  const report = unsettledIssue(entry.statusReports, { refusedStatuses, firmwareVersion, now });
  if (report !== null) {
    const since = report.effectiveFrom === null ? '' : ` since ${isoDate(report.effectiveFrom)}`;
    return { ...refusal('model-status-refused', `${report.status}${since}`), report };
  }
  const compromised = compromisedCertificates(entry.statusReports, now).map(contentOf);
  if (certificates.some((certificate) => compromised.includes(content(certificate))))
    return refusal('model-certificate-compromised', 'the attestation key of this batch is compromised');
  const certification = certificationAt(entry.statusReports, now);
  const { minimumCertification } = policy;
  if (minimumCertification !== undefined && rank(certification) < rank(minimumCertification)) {
    return refusal('model-certification-too-low', `${certification ?? 'none'}, not ${minimumCertification}`);
  }
  return { accepted: true, entry, certification };
}

/**
 * The `trust` of `verifyRegistration`: each model's own anchors, so that a chain proves the AAGUID; a model that the
 * policy refuses is `attestation-untrusted` even where trust is not required. Attestation that has no chain (`none`,
 * self) asks for no anchors: pass `refusedAaguids` as `deniedAaguids` too.
 */
export function metadataTrust(
  question: MetadataQuestion,
): Pick<AttestationTrust, 'anchors' | 'requireTrusted'> {
  return {
    anchors: (subject) => {
      const verdict = judgeModel(subject, question);
      if (!verdict.accepted) {
        throw new WebAuthnError('attestation-untrusted', `${verdict.code}: ${verdict.detail}`, {
          clause: 'FIDO MDS 3.0 §3.2',
        });
      }
      return question.snapshot === null || verdict.entry === null
        ? []
        : anchorsInForce(question.snapshot, verdict.entry, question.now);
    },
    requireTrusted: question.policy.unknownModels === 'refuse',
  };
}

/** AAGUIDs whose models the policy refuses for what is reported of them. */
export function refusedAaguids(question: MetadataQuestion): readonly string[] {
  return (question.snapshot?.aaguids() ?? []).filter(
    (aaguid) => !judgeModel({ aaguid, certificates: [] }, question).accepted,
  );
}

function anchorsInForce(snapshot: MetadataSnapshot, entry: MetadataEntry, now: Date): TrustAnchors {
  const compromised = compromisedCertificates(entry.statusReports, now).map(contentOf);
  if (compromised.length === 0) return snapshot.anchorsOf(entry);
  return new TrustAnchors(
    rootCertificatesOf(entry).filter((certificate) => !compromised.includes(content(certificate))),
  );
}

function refusal(code: ModelRefusalCode, detail: string) {
  return { accepted: false, code, detail, report: null } as const;
}

function rank(level: CertificationLevel | null): number {
  return level === null ? -1 : certificationLevels.indexOf(level);
}

function contentOf(text: string): string {
  return content(readCertificateText(text));
}

function content(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function isoDate(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
