import type { CertificationLevel } from '@keywarden/fido2/metadata';

/** What an operator writes to a key. Spec: lifecycle manager §6. */
export interface PolicyRules {
  /** `typed`: the person types it; `none`: the key is left without one. */
  readonly pinMode: 'typed' | 'none';
  /** Lengths count Unicode code points, as CTAP 2.1 §6.5.1 does. */
  readonly pinMinimumLength: number;
  readonly pinMaximumLength: number;
  readonly pinCharacters: 'any' | 'digits' | 'letters-and-digits';
  /** Written with setMinPINLength; null leaves the key's own. 4..63. */
  readonly minPINLength: number | null;
  readonly alwaysUv: boolean | null;
  readonly forcePINChange: boolean;
  /** Empty: any model. Lower-case UUIDs. */
  readonly allowedAaguids: readonly string[];
  /**
   * `metadata`: the FIDO metadata knows the model, nothing serious is reported of it, and a chain to its roots proves it;
   * without metadata, or with metadata that is overdue, no key passes.
   */
  readonly attestation: 'none' | 'direct' | 'metadata';
  /** What the model must be certified to at least; null: any level, or none. Needs `metadata`, where certifications stand. */
  readonly minimumCertification: CertificationLevel | null;
  /** Leave an asset tag on the key so that it is recognised later (spec §7); costs one credential slot. */
  readonly assetTag: boolean;
}

export interface Policy {
  readonly policyId: string;
  readonly name: string;
  readonly version: number;
  readonly rules: PolicyRules;
  /** How many devices carry it. A carried policy is ACTIVE: neither edited nor deleted. */
  readonly deviceCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
