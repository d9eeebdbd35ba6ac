import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { aaguidBytes } from '../authenticator-data/index.ts';
import type { RandomBytes } from '../ctap2/surroundings.ts';
import { CredentialKey } from './credential-key.ts';
import * as der from './der.ts';

/** A certification authority made for tests and demos; production policies don't trust it. */
export interface VirtualAttestationRoot {
  /** DER. */
  readonly certificate: Uint8Array;
  /** PKCS #8 DER, P-256. */
  readonly privateKey: Uint8Array;
}

export interface IssuedAttestation {
  /** Which root issued it: SHA-256 of its certificate. */
  readonly rootHash: Uint8Array;
  /** P-256 scalar. */
  readonly privateKey: Uint8Array;
  /** DER; the same for all keys of a batch but for the key itself. */
  readonly certificate: Uint8Array;
  /** DER; carries the serial number (WebAuthn L3 §8.2.1), used for enterprise attestation alone. */
  readonly enterpriseCertificate: Uint8Array;
  /** DER; names no model: a CTAP1 credential has no AAGUID, and one in its certificate would contradict it. */
  readonly u2fCertificate: Uint8Array;
}

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  country: '2.5.4.6',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  /** id-fido-gen-ce-aaguid and id-fido-gen-ce-sernum. */
  aaguid: '1.3.6.1.4.1.45724.1.1.4',
  serialNumber: '1.3.6.1.4.1.45724.1.1.2',
} as const;

const signatureAlgorithm = der.sequence(der.objectIdentifier(oid.ecdsaWithSha256));

/** WebAuthn L3 §8.2.1 fixes C, O, OU and CN of an attestation certificate. */
const name = (unit: string, commonName: string): Uint8Array => {
  const attribute = (type: string, value: Uint8Array): Uint8Array =>
    der.set(der.sequence(der.objectIdentifier(type), value));
  return der.sequence(
    attribute(oid.country, der.printableString('AQ')),
    attribute(oid.organization, der.utf8String('Keywarden')),
    attribute(oid.organizationalUnit, der.utf8String(unit)),
    attribute(oid.commonName, der.utf8String(commonName)),
  );
};

/** `critical` is FALSE by default and then left out (X.690 §11.5). */
const extension = (type: string, value: Uint8Array, critical: Uint8Array = new Uint8Array()): Uint8Array =>
  der.sequence(der.objectIdentifier(type), critical, der.octetString(value));
const isCritical = der.boolean(true);

const keyIdentifier = (spki: Uint8Array): Uint8Array =>
  createHash('sha256').update(spki).digest().subarray(0, 20);
const spkiOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));

interface CertificateParts {
  readonly serialNumber: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly validity: Uint8Array;
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

const certify = (parts: CertificateParts, issuerKey: KeyObject): Uint8Array => {
  const toBeSigned = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))),
    der.integer(parts.serialNumber),
    signatureAlgorithm,
    parts.issuer,
    parts.validity,
    parts.subject,
    parts.spki,
    der.explicit(3, der.sequence(...parts.extensions)),
  );
  const signature = sign('sha256', toBeSigned, { key: issuerKey, dsaEncoding: 'der' });
  return der.sequence(toBeSigned, signatureAlgorithm, der.bitString(signature));
};

const privateKeyOf = (scalar: Uint8Array): KeyObject => new CredentialKey(-7, scalar).keyObject;

const rootName = name('Authenticator Attestation', 'Keywarden virtual key root, for tests alone');
/** RFC 5280 §4.1.2.5: "no well-defined expiration date". */
const forever = new Date('9999-12-31T23:59:59Z');

/** @param options.now the certificate is valid from the day before on */
export const createVirtualAttestationRoot = (options: {
  readonly random: RandomBytes;
  readonly now: Date;
}): VirtualAttestationRoot => {
  const key = privateKeyOf(CredentialKey.generate(-7, options.random).privateKey);
  const spki = spkiOf(key);
  const certificate = certify(
    {
      serialNumber: serialNumber(options.random),
      issuer: rootName,
      subject: rootName,
      validity: der.sequence(der.time(new Date(options.now.getTime() - 86_400_000)), der.time(forever)),
      spki,
      extensions: [
        extension(oid.basicConstraints, der.sequence(der.boolean(true)), isCritical),
        // keyCertSign and cRLSign.
        extension(oid.keyUsage, der.namedBits(0x06, 1), isCritical),
        extension(oid.subjectKeyIdentifier, der.octetString(keyIdentifier(spki))),
      ],
    },
    key,
  );
  return { certificate, privateKey: new Uint8Array(key.export({ format: 'der', type: 'pkcs8' })) };
};

/** Positive and never zero (RFC 5280 §4.1.2.2). */
const serialNumber = (random: RandomBytes): Uint8Array => {
  const serial = random(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
};

/** Certificates for one virtual key under that root. */
export const issueAttestation = (
  root: VirtualAttestationRoot,
  subject: {
    readonly aaguid: string;
    readonly productName: string;
    readonly serial: string;
    readonly random: RandomBytes;
  },
): IssuedAttestation => {
  const rootKey = createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.from(root.privateKey) });
  const rootCertificate = new X509Certificate(root.certificate);
  const attestationKey = CredentialKey.generate(-7, subject.random);
  const spki = spkiOf(attestationKey.keyObject);
  const issue = (extras: readonly Uint8Array[]): Uint8Array =>
    certify(
      {
        serialNumber: serialNumber(subject.random),
        issuer: rootName,
        subject: name('Authenticator Attestation', subject.productName),
        validity: der.sequence(der.time(new Date(rootCertificate.validFrom)), der.time(forever)),
        spki,
        extensions: [
          extension(oid.basicConstraints, der.sequence(), isCritical),
          extension(
            oid.authorityKeyIdentifier,
            der.sequence(der.implicitBytes(0, keyIdentifier(spkiOf(rootKey)))),
          ),
          ...extras,
        ],
      },
      rootKey,
    );
  // WebAuthn L3 §8.2.1: the AAGUID wrapped twice, and the extension not critical.
  const model = extension(oid.aaguid, der.octetString(aaguidBytes(subject.aaguid)));
  return {
    rootHash: new Uint8Array(createHash('sha256').update(root.certificate).digest()),
    privateKey: attestationKey.privateKey,
    certificate: issue([model]),
    u2fCertificate: issue([]),
    enterpriseCertificate: issue([
      model,
      extension(oid.serialNumber, der.octetString(new TextEncoder().encode(subject.serial))),
    ]),
  };
};
