import { concatBytes } from '../../bytes/index.ts';
import { verifyCoseSignature } from '../../cose/index.ts';
import { enterpriseSerialNumber, openChain, requireSameAaguid } from './certificates.ts';
import { type AttestationFormat, demand } from './format.ts';
import { StatementReader } from './statement.ts';

const clause = 'WebAuthn L3 §8.6';
const es256 = -7;
const noAaguid = '00000000-0000-0000-0000-000000000000';

export const fidoU2f: AttestationFormat = {
  identifier: 'fido-u2f',
  clause,
  verify: (input) => {
    const statement = new StatementReader(input.statement, clause);
    const certificates = statement.certificates();
    demand(certificates.length === 1, {
      code: 'attestation-statement-malformed',
      clause,
      rule: 'x5c has exactly one element',
    });
    demand(input.trust.fidoU2fAaguid === 'any' || input.aaguid === noAaguid, {
      code: 'attestation-statement-mismatch',
      clause: 'FIDO Server Requirements, fido-u2f',
      rule: 'the AAGUID is zero: a U2F signature covers none',
    });
    const { userVerified, backupEligible, backedUp } = input.authenticatorData.flags;
    demand(!userVerified && !backupEligible && !backedUp, {
      code: 'attestation-statement-mismatch',
      clause: 'CTAP 2.2 §10.2',
      rule: 'only the UP and AT flags are set: a U2F authenticator knows no other, and its signature covers none',
    });
    const { leaf, trusted } = openChain(input, certificates, clause);
    const { asymmetricKeyType, asymmetricKeyDetails } = leaf.publicKey;
    demand(asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1', {
      code: 'attestation-certificate-invalid',
      clause,
      rule: 'the certificate public key is on P-256',
    });
    const { cose } = input.credentialKey;
    demand(cose.keyType === 'EC2' && cose.curve === 'P-256', {
      code: 'attestation-statement-mismatch',
      clause,
      rule: 'the credential public key is on P-256',
    });
    const data = concatBytes(
      Uint8Array.of(0),
      input.authenticatorData.rpIdHash,
      input.clientDataHash,
      input.credentialId,
      concatBytes(Uint8Array.of(4), cose.x, cose.y),
    );
    const signature = statement.bytes('sig');
    demand(verifyCoseSignature({ algorithm: es256, key: leaf.publicKey, data, signature }), {
      code: 'attestation-signature-invalid',
      clause,
      rule: 'sig is a signature over the registration response message',
    });
    return {
      type: 'basic',
      trusted,
      // The signature covers neither AAGUID nor flags; only a certificate that names the AAGUID proves it.
      aaguidProven: trusted && requireSameAaguid(leaf, input, clause),
      attachment: 'cross-platform',
      enterpriseSerialNumber: enterpriseSerialNumber(leaf),
    };
  },
};
