import type { StatusReport } from './entry.ts';

/** Certification levels from the lowest up (FIDO MDS 3.0 §3.1.4); `FIDO_CERTIFIED` is the old name of level 1. */
export const certificationLevels = [
  'FIDO_CERTIFIED_L1',
  'FIDO_CERTIFIED_L1plus',
  'FIDO_CERTIFIED_L2',
  'FIDO_CERTIFIED_L2plus',
  'FIDO_CERTIFIED_L3',
  'FIDO_CERTIFIED_L3plus',
] as const;

export type CertificationLevel = (typeof certificationLevels)[number];

/** FIDO MDS 3.0 §3.1.4.2: what makes a model unfit to hold anybody's credential. */
export const securityStatuses = [
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
] as const;

const attestationKeyCompromise = 'ATTESTATION_KEY_COMPROMISE';

/** Those that have taken effect, oldest first. */
export function reportsInEffect(reports: readonly StatusReport[], now: Date): readonly StatusReport[] {
  const time = now.getTime();
  return reports.filter(({ effectiveFrom }) => effectiveFrom === null || effectiveFrom <= time);
}

/** The level that the latest certification in effect gives; null where there is none. */
export function certificationAt(reports: readonly StatusReport[], now: Date): CertificationLevel | null {
  let level: CertificationLevel | null = null;
  for (const { status, sunsetFrom } of reportsInEffect(reports, now)) {
    if (status === 'NOT_FIDO_CERTIFIED' || status === 'REVOKED') level = null;
    if (sunsetFrom !== null && sunsetFrom <= now.getTime()) continue;
    const name = status === 'FIDO_CERTIFIED' ? 'FIDO_CERTIFIED_L1' : status;
    level = certificationLevels.find((known) => known === name) ?? level;
  }
  return level;
}

export interface IssueQuestion {
  readonly refusedStatuses: readonly string[];
  /** Of the authenticator at hand, where it is known (getInfo). */
  readonly firmwareVersion?: number | undefined;
  readonly now: Date;
}

/**
 * The latest report of a refused status that nothing settled. An update settles what was before it, but only in an
 * authenticator that is known to have it; a revocation is settled by nothing.
 */
export function unsettledIssue(
  reports: readonly StatusReport[],
  question: IssueQuestion,
): StatusReport | null {
  let issue: StatusReport | null = null;
  for (const report of reportsInEffect(reports, question.now)) {
    if (question.refusedStatuses.includes(report.status)) {
      // §3.1.4: with a certificate, it is the authenticators of that batch which are compromised.
      const ofBatch = report.status === attestationKeyCompromise && report.certificates.length > 0;
      if (!ofBatch && issue?.status !== 'REVOKED') issue = report;
    } else if (report.status === 'UPDATE_AVAILABLE' && issue?.status !== 'REVOKED') {
      const { firmwareVersion } = question;
      const { authenticatorVersion } = report;
      const updated =
        firmwareVersion !== undefined &&
        authenticatorVersion !== null &&
        firmwareVersion >= authenticatorVersion;
      if (updated) issue = null;
    }
  }
  return issue;
}

/** Attestation certificates that attest nothing any more, base64 as they came. */
export function compromisedCertificates(reports: readonly StatusReport[], now: Date): readonly string[] {
  return reportsInEffect(reports, now).flatMap(({ status, certificates }) =>
    status === attestationKeyCompromise ? certificates : [],
  );
}
