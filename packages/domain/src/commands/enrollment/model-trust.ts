import { judgeModel, type MetadataQuestion, metadataTrust } from '@keywarden/fido2/metadata';
import type { AttestationTrust } from '@keywarden/fido2/webauthn';
import type { Policy } from '../../policy.ts';
import type { Misfit } from '../../policy-fit.ts';
import type { Ports } from '../../ports/index.ts';

type Surroundings = Pick<Ports, 'metadata' | 'clock'>;

/**
 * What a policy asks of the FIDO metadata; null: nothing. One that asks for proof alone takes models that the metadata does
 * not know, and none of which something serious is reported.
 */
function questionOf({ metadata, clock }: Surroundings, policy: Policy | null): MetadataQuestion | null {
  const snapshot = metadata.current();
  const now = clock.now();
  switch (policy?.rules.attestation ?? 'none') {
    case 'metadata':
      return {
        snapshot,
        policy: {
          unknownModels: 'refuse',
          maximumOverdue: 0,
          minimumCertification: policy?.rules.minimumCertification ?? undefined,
        },
        now,
      };
    case 'direct':
      return snapshot === null ? null : { snapshot, policy: { unknownModels: 'allow' }, now };
    case 'none':
      return null;
  }
}

/** Before the key is touched, by what it says it is: proof comes with the registration. */
export function modelMisfit(around: Surroundings, policy: Policy, aaguid: string): Misfit | null {
  const question = questionOf(around, policy);
  const verdict = question === null ? null : judgeModel({ aaguid, certificates: [] }, question);
  if (verdict === null || verdict.accepted) return null;
  if (verdict.code === 'model-certification-too-low') {
    return {
      field: 'minimumCertification',
      message: 'The policy asks for a model that is certified higher than this one.',
    };
  }
  const stale = verdict.code === 'metadata-missing' || verdict.code === 'metadata-stale';
  return {
    field: 'attestation',
    message: stale
      ? 'The policy asks that FIDO metadata vouches for the model, and this server has no metadata of today.'
      : 'The policy asks that FIDO metadata vouches for the model, and it does not for this one.',
  };
}

/** A self-attestation proves possession, not the model; roots come with metadata. What is trusted is recorded. */
export function attestationTrust(
  around: Surroundings,
  policy: Policy | null,
): Pick<AttestationTrust, 'anchors' | 'requireTrusted'> {
  const question = questionOf(around, policy);
  return question === null ? { anchors: [], requireTrusted: false } : metadataTrust(question);
}
