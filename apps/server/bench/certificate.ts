import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** X.690 §8.1: tag, length, content. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const lengthBytes =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), content]);
}
const sequence = (...contents: readonly Uint8Array[]) => der(0x30, ...contents);
const text = (tag: number, value: string) => der(tag, Buffer.from(value));
const octets = (value: Uint8Array) => der(0x04, value);
const hex = (value: string) => Buffer.from(value, 'hex');

/** Object identifiers, encoded. */
const oid = {
  ecdsaWithSha256: hex('06082a8648ce3d040302'),
  country: hex('0603550406'),
  organization: hex('060355040a'),
  unit: hex('060355040b'),
  commonName: hex('0603550403'),
  basicConstraints: hex('0603551d13'),
  /** id-fido-gen-ce-aaguid */
  aaguid: hex('060b2b0601040182e51c010104'),
};
const utf8 = 0x0c;
const printable = 0x13;
const utcTime = 0x17;
const generalizedTime = 0x18;

function name(attributes: readonly (readonly [type: Uint8Array, tag: number, value: string])[]): Buffer {
  return sequence(...attributes.map(([type, tag, value]) => der(0x31, sequence(type, text(tag, value)))));
}

/** A key and a certificate as the maker of a hardware key puts them into each of a batch (WebAuthn L3 §8.2.1). */
export function createAttestation(aaguid: Uint8Array): {
  readonly privateKey: KeyObject;
  readonly certificate: Uint8Array;
} {
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid.ecdsaWithSha256);
  const maker = [
    [oid.country, printable, 'AA'],
    [oid.organization, utf8, 'Keywarden bench'],
  ] as const;
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(0x40), randomBytes(8)])),
    algorithm,
    name([...maker, [oid.commonName, utf8, 'Keywarden bench root']]),
    sequence(text(utcTime, '200101000000Z'), text(generalizedTime, '20600101000000Z')),
    name([
      ...maker,
      [oid.unit, utf8, 'Authenticator Attestation'],
      [oid.commonName, utf8, 'Keywarden bench key'],
    ]),
    own.publicKey.export({ format: 'der', type: 'spki' }),
    der(
      0xa3,
      sequence(
        sequence(oid.basicConstraints, der(0x01, Buffer.of(0xff)), octets(sequence())),
        sequence(oid.aaguid, octets(octets(aaguid))),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, issuer.privateKey);
  return {
    privateKey: own.privateKey,
    certificate: Uint8Array.from(sequence(toBeSigned, algorithm, der(0x03, Buffer.of(0), signature))),
  };
}
