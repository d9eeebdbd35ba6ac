import {
  type DerValue,
  derChildren,
  derSequence,
  derTag,
  equalBytes,
  readDer,
  sha256,
} from '../../bytes/index.ts';
import { reading } from '../check.ts';
import { openChain, requireSameAaguid } from './certificates.ts';
import { type AttestationFormat, demand } from './format.ts';
import { StatementReader } from './statement.ts';

const clause = 'WebAuthn L3 §8.8';
const nonceExtension = '1.2.840.113635.100.8.2';

export const apple: AttestationFormat = {
  identifier: 'apple',
  clause,
  verify: (input) => {
    const certificates = new StatementReader(input.statement, clause).certificates();
    const { leaf, trusted, anchorsOfModel } = openChain(input, certificates, clause);
    const extension = leaf.extensions.get(nonceExtension);
    const refusal = { code: 'attestation-certificate-invalid', clause } as const;
    demand(extension !== undefined, { ...refusal, rule: 'the certificate carries the nonce' });
    const nonce = reading(refusal, () => readNonce(extension.value));
    demand(equalBytes(nonce, sha256(input.signedBytes)), {
      code: 'attestation-statement-mismatch',
      clause,
      rule: 'the nonce is the hash of authenticator data and client data hash',
    });
    demand(leaf.publicKey.equals(input.credentialKey.key), {
      code: 'attestation-statement-mismatch',
      clause,
      rule: 'the certificate is for the credential public key',
    });
    const aaguidCertified = requireSameAaguid(leaf, input, clause);
    return {
      type: 'anonymization-ca',
      trusted,
      aaguidProven: trusted && (aaguidCertified || anchorsOfModel),
      attachment: 'platform',
      enterpriseSerialNumber: null,
    };
  },
};

/** SEQUENCE { [1] EXPLICIT OCTET STRING } */
function readNonce(extension: Uint8Array): Uint8Array {
  const [tagged] = derSequence(readDer(extension));
  const value: DerValue | undefined = tagged?.number === 1 ? derChildren(tagged)[0] : undefined;
  return value?.number === derTag.octetString ? value.contents : new Uint8Array();
}
