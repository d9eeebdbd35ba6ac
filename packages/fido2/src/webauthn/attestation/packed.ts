import { verifyCoseSignature } from '../../cose/index.ts';
import { type Certificate, nameAttribute, readName } from '../../x509/index.ts';
import { reading } from '../check.ts';
import {
  enterpriseSerialNumber,
  openChain,
  requireSameAaguid,
  requireVersion3EndEntity,
} from './certificates.ts';
import { type AttestationFormat, type AttestationInput, type AttestationOutcome, demand } from './format.ts';
import { StatementReader } from './statement.ts';

const clause = 'WebAuthn L3 §8.2';
const certificateClause = 'WebAuthn L3 §8.2.1';

export const packed: AttestationFormat = {
  identifier: 'packed',
  clause,
  verify: (input) => {
    const statement = new StatementReader(input.statement, clause);
    // An empty or malformed x5c must not turn into self attestation.
    return statement.has('x5c') ? verifyCertified(input, statement) : verifySelf(input, statement);
  },
};

function verifyCertified(input: AttestationInput, statement: StatementReader): AttestationOutcome {
  const { leaf, trusted, anchorsOfModel } = openChain(input, statement.certificates(), clause);
  requireSignature(input, statement, leaf.publicKey);
  requireVersion3EndEntity(leaf, certificateClause);
  requireSubject(leaf);
  const aaguidCertified = requireSameAaguid(leaf, input, clause);
  return {
    type: 'basic',
    trusted,
    aaguidProven: trusted && (aaguidCertified || anchorsOfModel),
    attachment: null,
    enterpriseSerialNumber: enterpriseSerialNumber(leaf),
  };
}

function verifySelf(input: AttestationInput, statement: StatementReader): AttestationOutcome {
  demand(statement.algorithm() === input.credentialKey.cose.algorithm, {
    code: 'attestation-statement-mismatch',
    clause,
    rule: 'alg is the algorithm of the credential public key',
  });
  requireSignature(input, statement, input.credentialKey.key);
  return {
    type: 'self',
    trusted: false,
    aaguidProven: false,
    attachment: null,
    enterpriseSerialNumber: null,
  };
}

function requireSignature(
  input: AttestationInput,
  statement: StatementReader,
  key: Certificate['publicKey'],
): void {
  const algorithm = statement.algorithm();
  const signature = statement.bytes('sig');
  demand(verifyCoseSignature({ algorithm, key, data: input.signedBytes, signature }), {
    code: 'attestation-signature-invalid',
    clause,
    rule: 'sig is a signature over authenticator data and client data hash',
  });
}

function requireSubject(leaf: Certificate): void {
  const refusal = { code: 'attestation-certificate-invalid', clause: certificateClause } as const;
  const subject = reading(refusal, () => readName(leaf.subject));
  const values = (attribute: keyof typeof nameAttribute): readonly string[] =>
    subject.get(nameAttribute[attribute]) ?? [];
  demand(/^[A-Z]{2}$/.test(values('country')[0] ?? ''), {
    ...refusal,
    rule: 'Subject-C is an ISO 3166 code',
  });
  demand((values('organization')[0] ?? '') !== '', { ...refusal, rule: 'Subject-O is the vendor' });
  demand(values('organizationalUnit').includes('Authenticator Attestation'), {
    ...refusal,
    rule: 'Subject-OU is “Authenticator Attestation”',
  });
  demand((values('commonName')[0] ?? '') !== '', { ...refusal, rule: 'Subject-CN is present' });
}
