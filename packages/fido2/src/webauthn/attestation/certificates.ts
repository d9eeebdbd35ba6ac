import { aaguidText } from '../../authenticator-data/index.ts';
import { derTag, readDer } from '../../bytes/index.ts';
import { basicConstraints, type Certificate, TrustAnchors } from '../../x509/index.ts';
import { reading } from '../check.ts';
import { type AttestationInput, demand, type TrustedLeaf } from './format.ts';

/** FIDO Alliance extensions of attestation certificates. */
const fidoExtension = {
  serialNumber: '1.3.6.1.4.1.45724.1.1.2',
  aaguid: '1.3.6.1.4.1.45724.1.1.4',
} as const;

/** The attestation certificate, and whether its chain leads to an anchor. WebAuthn L3 §7.1 steps 23 and 24. */
export function openChain(
  input: AttestationInput,
  certificates: readonly Uint8Array[],
  clause: string,
): TrustedLeaf {
  const { trust, format, aaguid } = input;
  const anchorsOfModel = typeof trust.anchors === 'function';
  const given =
    typeof trust.anchors === 'function' ? trust.anchors({ format, aaguid, certificates }) : trust.anchors;
  // The caller's mistake, not the authenticator's.
  const anchors = reading({ code: 'trust-anchor-malformed', clause: 'WebAuthn L3 §7.1 step 23' }, () =>
    given instanceof TrustAnchors ? given : new TrustAnchors(given),
  );
  const verdict = reading({ code: 'attestation-certificate-invalid', clause }, () =>
    anchors.verify(certificates, input.now),
  );
  return { ...verdict, anchorsOfModel };
}

/**
 * The AAGUID in the certificate, where there is one, is the one in the authenticator data.
 *
 * @returns whether there is one
 */
export function requireSameAaguid(leaf: Certificate, input: AttestationInput, clause: string): boolean {
  const extension = leaf.extensions.get(fidoExtension.aaguid);
  if (extension === undefined) return false;
  const refusal = { code: 'attestation-certificate-invalid', clause } as const;
  demand(!extension.critical, { ...refusal, rule: 'id-fido-gen-ce-aaguid is not critical' });
  const value = reading(refusal, () => readDer(extension.value));
  demand(value.number === derTag.octetString && value.contents.length === 16, {
    ...refusal,
    rule: 'id-fido-gen-ce-aaguid holds an OCTET STRING of 16 bytes',
  });
  demand(aaguidText(value.contents) === input.aaguid, {
    code: 'attestation-statement-mismatch',
    clause,
    rule: 'the AAGUID in the attestation certificate is the one in the authenticator data',
  });
  return true;
}

/** WebAuthn L3 §8.2.2. Null where the extension is absent. */
export function enterpriseSerialNumber(leaf: Certificate): Uint8Array | null {
  const extension = leaf.extensions.get(fidoExtension.serialNumber);
  if (extension === undefined) return null;
  const refusal = { code: 'attestation-certificate-invalid', clause: 'WebAuthn L3 §8.2.2' } as const;
  demand(!extension.critical, { ...refusal, rule: 'id-fido-gen-ce-sernum is not critical' });
  const value = reading(refusal, () => readDer(extension.value));
  demand(value.class === 'universal' && value.number === derTag.octetString && value.contents.length > 0, {
    ...refusal,
    rule: 'id-fido-gen-ce-sernum holds an OCTET STRING',
  });
  return value.contents;
}

/** Version 3 and no authority: required of packed and TPM attestation certificates alike. */
export function requireVersion3EndEntity(leaf: Certificate, clause: string): void {
  const refusal = { code: 'attestation-certificate-invalid', clause } as const;
  demand(leaf.version === 3, { ...refusal, rule: 'the certificate is of version 3' });
  const constraints = reading(refusal, () => basicConstraints(leaf));
  demand(constraints !== null && !constraints.certificateAuthority, {
    ...refusal,
    rule: 'the Basic Constraints extension has the CA component set to false',
  });
}
