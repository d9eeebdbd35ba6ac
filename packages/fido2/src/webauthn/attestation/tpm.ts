import { createHash } from 'node:crypto';
import { concatBytes, equalBytes } from '../../bytes/index.ts';
import { type CosePublicKey, coseAlgorithm, verifyCoseSignature } from '../../cose/index.ts';
import { type Certificate, extendedKeyUsages, readName, subjectAlternativeNames } from '../../x509/index.ts';
import { reading } from '../check.ts';
import { openChain, requireSameAaguid, requireVersion3EndEntity } from './certificates.ts';
import { type AttestationFormat, type AttestationInput, demand } from './format.ts';
import { StatementReader } from './statement.ts';
import { isRegisteredTpmManufacturer } from './tpm-manufacturers.ts';
import { parseCertifyInfo, parsePublicArea, type TpmPublicArea, tpmAlgorithm } from './tpm-structures.ts';

const clause = 'WebAuthn L3 §8.3';
const certificateClause = 'WebAuthn L3 §8.3.1';
const generatedValue = 0xff544347;
const attestCertify = 0x8017;
const attestationIdentityKeyPurpose = '2.23.133.8.3';
const nameAttributes = {
  manufacturer: '2.23.133.2.1',
  model: '2.23.133.2.2',
  version: '2.23.133.2.3',
} as const;
const hashes = new Map<number, string>([
  [tpmAlgorithm.sha256, 'sha256'],
  [tpmAlgorithm.sha384, 'sha384'],
  [tpmAlgorithm.sha512, 'sha512'],
]);

export const tpm: AttestationFormat = {
  identifier: 'tpm',
  clause,
  verify: (input) => {
    const statement = new StatementReader(input.statement, clause);
    demand(statement.text('ver') === '2.0', {
      code: 'attestation-statement-malformed',
      clause,
      rule: 'ver is 2.0',
    });
    const publicAreaBytes = statement.bytes('pubArea');
    const publicArea = parsePublicArea(publicAreaBytes);
    demand(isSameKey(publicArea, input.credentialKey.cose), {
      code: 'attestation-statement-mismatch',
      clause,
      rule: 'pubArea holds the credential public key',
    });
    const { leaf, trusted, anchorsOfModel } = openChain(input, statement.certificates(), clause);
    requireCertificate(leaf, input);
    const aaguidCertified = requireSameAaguid(leaf, input, clause);
    const certifyInfo = statement.bytes('certInfo');
    const algorithm = statement.algorithm();
    demand(isAllowed(algorithm, input), {
      code: 'algorithm-not-allowed',
      clause,
      rule: 'the attestation is not signed with SHA-1',
    });
    const signature = statement.bytes('sig');
    demand(verifyCoseSignature({ algorithm, key: leaf.publicKey, data: certifyInfo, signature }), {
      code: 'attestation-signature-invalid',
      clause,
      rule: 'sig is a signature over certInfo',
    });
    requireCertifyInfo(certifyInfo, { input, algorithm, name: nameOf(publicArea, publicAreaBytes, input) });
    return {
      type: 'attestation-ca',
      trusted,
      aaguidProven: trusted && (aaguidCertified || anchorsOfModel),
      attachment: 'platform',
      enterpriseSerialNumber: null,
    };
  },
};

function isSameKey({ key }: TpmPublicArea, cose: CosePublicKey): boolean {
  if (key.type === 'rsa') {
    const exponent = Uint8Array.of(key.e >>> 24, key.e >>> 16, key.e >>> 8, key.e);
    return cose.keyType === 'RSA' && sameInteger(key.n, cose.n) && sameInteger(exponent, cose.e);
  }
  return (
    cose.keyType === 'EC2' &&
    cose.curve === key.curve &&
    sameInteger(key.x, cose.x) &&
    sameInteger(key.y, cose.y)
  );
}

/** TPMs may leave out leading zeros. */
function sameInteger(a: Uint8Array, b: Uint8Array): boolean {
  return equalBytes(withoutLeadingZeros(a), withoutLeadingZeros(b));
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(start === -1 ? bytes.length : start);
}

function isAllowed(algorithm: number, { trust }: AttestationInput): boolean {
  return coseAlgorithm(algorithm)?.hash !== 'sha1' || trust.dangerouslyAllowSha1 === true;
}

/** Part 1 §16: the algorithm of the hash, then the hash of the public area. */
function nameOf(
  { nameAlgorithm }: TpmPublicArea,
  publicArea: Uint8Array,
  { trust }: AttestationInput,
): Uint8Array {
  const sha1 =
    trust.dangerouslyAllowSha1 === true && nameAlgorithm === tpmAlgorithm.sha1 ? 'sha1' : undefined;
  const hash = hashes.get(nameAlgorithm) ?? sha1;
  demand(hash !== undefined, {
    code: 'algorithm-not-allowed',
    clause,
    rule: 'the public area is named by SHA-256, SHA-384 or SHA-512',
  });
  return concatBytes(
    Uint8Array.of(nameAlgorithm >> 8, nameAlgorithm & 0xff),
    createHash(hash).update(publicArea).digest(),
  );
}

function requireCertifyInfo(
  bytes: Uint8Array,
  {
    input,
    algorithm,
    name,
  }: { readonly input: AttestationInput; readonly algorithm: number; readonly name: Uint8Array },
): void {
  const certifyInfo = parseCertifyInfo(bytes);
  const refusal = { code: 'attestation-statement-mismatch', clause } as const;
  demand(certifyInfo.magic === generatedValue, { ...refusal, rule: 'magic is TPM_GENERATED_VALUE' });
  demand(certifyInfo.type === attestCertify, { ...refusal, rule: 'type is TPM_ST_ATTEST_CERTIFY' });
  const hash = coseAlgorithm(algorithm)?.hash ?? 'sha256';
  demand(equalBytes(certifyInfo.extraData, createHash(hash).update(input.signedBytes).digest()), {
    ...refusal,
    rule: 'extraData is the hash of authenticator data and client data hash',
  });
  demand(equalBytes(certifyInfo.name, name), { ...refusal, rule: 'the certified name is that of pubArea' });
}

function requireCertificate(leaf: Certificate, input: AttestationInput): void {
  requireVersion3EndEntity(leaf, certificateClause);
  const refusal = { code: 'attestation-certificate-invalid', clause: certificateClause } as const;
  const facts = reading(refusal, () => ({
    subjectAttributes: readName(leaf.subject).size,
    purposes: extendedKeyUsages(leaf),
    names: subjectAlternativeNames(leaf).directoryNames.map(readName),
  }));
  demand(facts.subjectAttributes === 0, { ...refusal, rule: 'the subject is empty' });
  demand(facts.purposes.includes(attestationIdentityKeyPurpose), {
    ...refusal,
    rule: 'Extended Key Usage contains tcg-kp-AIKCertificate',
  });
  const name = facts.names.find((candidate) => candidate.has(nameAttributes.manufacturer));
  demand(name?.has(nameAttributes.model) === true && name.has(nameAttributes.version), {
    ...refusal,
    rule: 'Subject Alternative Name tells manufacturer, model and version of the TPM',
  });
  const manufacturer = name.get(nameAttributes.manufacturer)?.[0] ?? '';
  demand(input.trust.tpmManufacturers === 'any' || isRegisteredTpmManufacturer(manufacturer), {
    ...refusal,
    rule: 'the manufacturer of the TPM is in the registry of the TCG',
  });
}
