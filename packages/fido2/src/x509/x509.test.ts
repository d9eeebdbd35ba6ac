import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import {
  type Authority,
  type CertificateOptions,
  der,
  extension,
  intermediateAuthority,
  issue,
  type NameAttributes,
  newEd448Keys,
  newEd25519Keys,
  newKeys,
  newRsaKeys,
  rootAuthority,
} from '../../test/certificate.fake.ts';
import { FormatError } from '../bytes/index.ts';
import {
  basicConstraints,
  extendedKeyUsages,
  isSignedBy,
  nameAttribute,
  parseCertificate,
  readName,
  TrustAnchors,
} from './index.ts';

const now = new Date('2026-03-01T00:00:00Z');
const root = rootAuthority('Root');
const leafOf = (issuer: Authority, options: Partial<CertificateOptions> = {}): Uint8Array =>
  issue({
    subject: [['CN', 'Leaf']],
    publicKey: newKeys().publicKey,
    issuer,
    extensions: [extension.basicConstraints(false)],
    ...options,
  });
const trusted = (
  chain: readonly Uint8Array[],
  anchors: readonly Uint8Array[] = [root.certificate],
  at = now,
): boolean => new TrustAnchors(anchors).verify(chain, at).trusted;

describe('reading certificates, RFC 5280 §4.1', () => {
  test('as OpenSSL reads them: the roots that Node.js carries', () => {
    let signed = 0;
    for (const pem of rootCertificates) {
      const theirs = new X509Certificate(pem);
      const der = Uint8Array.from(theirs.raw);
      const ours = parseCertificate(der);
      expect(new Date(ours.notBefore)).toEqual(new Date(theirs.validFrom));
      expect(new Date(ours.notAfter)).toEqual(new Date(theirs.validTo));
      expect(ours.publicKey.equals(theirs.publicKey)).toBe(true);
      expect(Buffer.from(ours.issuer).equals(Buffer.from(ours.subject))).toBe(theirs.checkIssued(theirs));
      expect(basicConstraints(ours)?.certificateAuthority ?? false).toBe(theirs.ca);
      expect(extendedKeyUsages(ours)).toEqual(theirs.keyUsage ?? []);
      const commonName = readName(ours.subject).get(nameAttribute.commonName)?.[0];
      if (commonName !== undefined)
        expect(theirs.subject).toContain(commonName.replaceAll(/[,+\\<>;"]/g, (mark) => `\\${mark}`));
      // Some old roots sign themselves with SHA-1, which we don't count as signed.
      if (isSignedBy(ours, theirs.publicKey)) signed += 1;
    }
    expect(signed).toBeGreaterThan(rootCertificates.length / 2);
  });

  test('each changed byte of what is signed, and of the signature, is no longer signed or no longer a certificate', () => {
    const certificate = leafOf(root);
    const survivors: number[] = [];
    for (let index = 0; index < certificate.length; index += 1) {
      const changed = Uint8Array.from(certificate);
      changed[index] = (changed[index] ?? 0) ^ 0x01;
      try {
        if (isSignedBy(parseCertificate(changed), root.keys.publicKey)) survivors.push(index);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
    expect(survivors).toEqual([]);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['an empty sequence', Uint8Array.of(0x30, 0)],
    ['more than 16 KB', new Uint8Array(16_385)],
  ])('%s is none', (_, bytes) => {
    expect(() => parseCertificate(bytes)).toThrow(FormatError);
  });

  test('§4.1.1.2: the two signature algorithms are the same', () => {
    const certificate = Buffer.from(leafOf(root));
    const algorithm = Buffer.from(der.objectIdentifier('1.2.840.10045.4.3.2'));
    const last = certificate.lastIndexOf(algorithm);
    certificate[last + algorithm.length - 1] = 3;
    expect(() => parseCertificate(certificate)).toThrow(
      expect.objectContaining({ code: 'certificate-invalid' }),
    );
  });

  test('§4.2: no extension twice', () => {
    const twice = leafOf(root, {
      extensions: [extension.basicConstraints(false), extension.basicConstraints(true)],
    });
    expect(() => parseCertificate(twice)).toThrow(expect.objectContaining({ code: 'certificate-invalid' }));
  });

  test('§4.1.2.5: times are of the written forms and exist', () => {
    const withTime = (tag: number, text: string): Uint8Array => {
      const certificate = Buffer.from(leafOf(root, { notBefore: new Date('2020-01-01T00:00:00Z') }));
      const at = certificate.indexOf('200101000000Z');
      certificate[at - 2] = tag;
      certificate.write(text, at);
      return certificate;
    };
    expect(parseCertificate(withTime(23, '490228235959Z')).notBefore).toBe(Date.UTC(2049, 1, 28, 23, 59, 59));
    expect(parseCertificate(withTime(23, '500101000000Z')).notBefore).toBe(Date.UTC(1950, 0, 1));
    for (const text of [
      '200230000000Z',
      '201301000000Z',
      '200001000000Z',
      '200101240000Z',
      '200101006000Z',
      '200101000060Z',
      '20010100000+Z',
      '2001010000000',
    ]) {
      expect(() => parseCertificate(withTime(23, text))).toThrow(
        expect.objectContaining({ code: 'certificate-invalid' }),
      );
    }
    expect(() => parseCertificate(withTime(24, '200101000000Z'))).toThrow(FormatError);
    expect(() => parseCertificate(withTime(22, '200101000000Z'))).toThrow(FormatError);
  });

  test('RSA keys of less than 2048 bits are not accepted', () => {
    const { publicKey } = newRsaKeys(1024);
    expect(() => parseCertificate(leafOf(root, { publicKey }))).toThrow(
      expect.objectContaining({ code: 'certificate-invalid' }),
    );
  });

  test.each(['P-256', 'P-384', 'P-521', 'secp256k1'])('a key on %s is read', (namedCurve) => {
    const { publicKey } = newKeys(namedCurve);
    expect(parseCertificate(leafOf(root, { publicKey })).publicKey.equals(publicKey)).toBe(true);
  });
  test('keys of Ed25519 and Ed448 are read', () => {
    for (const { publicKey } of [newEd25519Keys(), newEd448Keys()]) {
      expect(parseCertificate(leafOf(root, { publicKey })).publicKey.equals(publicKey)).toBe(true);
    }
  });
});

describe('chains, RFC 5280 §6.1', () => {
  const middle = intermediateAuthority(root, 'Middle');

  test('leaf to anchor, directly and by an intermediate', () => {
    expect(trusted([leafOf(root)])).toBe(true);
    expect(trusted([leafOf(middle), middle.certificate])).toBe(true);
    expect(trusted([leafOf(middle), middle.certificate, root.certificate])).toBe(true);
  });

  test('an anchor may be an intermediate or the leaf itself', () => {
    const leaf = leafOf(middle);
    expect(trusted([leaf, middle.certificate], [middle.certificate])).toBe(true);
    expect(trusted([leaf], [middle.certificate])).toBe(true);
    expect(trusted([leaf], [leaf])).toBe(true);
    expect(trusted([leafOf(middle)], [leaf])).toBe(false);
  });

  test('each certificate is issued by the next, in this order, and nothing lies between', () => {
    const leaf = leafOf(middle);
    expect(trusted([middle.certificate, leaf])).toBe(false);
    expect(trusted([leaf, root.certificate, middle.certificate])).toBe(false);
    expect(trusted([leaf, leafOf(root), middle.certificate])).toBe(false);
    expect(trusted([leaf])).toBe(false);
  });

  test('no anchors, no trust', () => expect(trusted([leafOf(root)], [])).toBe(false));

  test('names are not enough: the signature decides', () => {
    const twin = rootAuthority('Root');
    expect(trusted([leafOf(twin)])).toBe(false);
    expect(trusted([leafOf(twin)], [root.certificate, twin.certificate])).toBe(true);
    const impostor: Authority = { ...middle, keys: newKeys() };
    expect(trusted([leafOf(impostor), middle.certificate])).toBe(false);
  });

  test('§4.2.1.9: only authorities certify, within their path length', () => {
    const notAuthority = intermediateAuthority(root, 'Not', {
      extensions: [extension.basicConstraints(false)],
    });
    expect(trusted([leafOf(notAuthority), notAuthority.certificate])).toBe(false);
    const silent = intermediateAuthority(root, 'Silent', { extensions: [] });
    expect(trusted([leafOf(silent), silent.certificate])).toBe(false);
    const below = intermediateAuthority(middle, 'Below a path length of 0');
    expect(trusted([leafOf(below), below.certificate, middle.certificate])).toBe(false);
    const wide = intermediateAuthority(root, 'Wide', {
      extensions: [extension.basicConstraints(true, 1), extension.keyUsage(true)],
    });
    const narrow = intermediateAuthority(wide, 'Narrow');
    expect(trusted([leafOf(narrow), narrow.certificate, wide.certificate])).toBe(true);
  });

  test('§4.2.1.3: a key usage without keyCertSign does not certify', () => {
    const signer = intermediateAuthority(root, 'Signer', {
      extensions: [extension.basicConstraints(true), extension.keyUsage(false)],
    });
    expect(trusted([leafOf(signer), signer.certificate])).toBe(false);
  });

  test('§4.2: critical extensions that nobody understands, anywhere in the chain', () => {
    const unknown = extension.make('1.2.3.4', Uint8Array.of(5, 0), true);
    expect(trusted([leafOf(root, { extensions: [extension.basicConstraints(false), unknown] })])).toBe(false);
    const odd = intermediateAuthority(root, 'Odd', {
      extensions: [extension.basicConstraints(true), extension.keyUsage(true), unknown],
    });
    expect(trusted([leafOf(odd), odd.certificate])).toBe(false);
    const oddRoot = rootAuthority('Odd root', { extensions: [extension.basicConstraints(true), unknown] });
    expect(trusted([leafOf(oddRoot)], [oddRoot.certificate])).toBe(false);
  });

  test('§4.1.2.5: every certificate is valid at the time that was given, the anchor too', () => {
    const year = (value: number): Date => new Date(`${value}-06-01T00:00:00Z`);
    const short = { notBefore: year(2025), notAfter: year(2027) };
    const brief = intermediateAuthority(root, 'Brief', short);
    const briefRoot = rootAuthority('Brief root', short);
    for (const [chain, anchors] of [
      [[leafOf(root, short)], [root.certificate]],
      [[leafOf(brief), brief.certificate], [root.certificate]],
      [[leafOf(briefRoot)], [briefRoot.certificate]],
    ] as const) {
      expect([2024, 2026, 2028].map((value) => trusted(chain, anchors, year(value)))).toEqual([
        false,
        true,
        false,
      ]);
      const remembering = new TrustAnchors(anchors);
      expect(
        [2026, 2026, 2028, 2024, 2026].map((value) => remembering.verify(chain, year(value)).trusted),
      ).toEqual([true, true, false, false, true]);
    }
  });

  test('a leaf that was read before is not read again, and is trusted no more for it', () => {
    const stranger = leafOf(rootAuthority('Stranger'));
    const anchors = new TrustAnchors([root.certificate]);
    const verdicts = [1, 2].map(() => anchors.verify([Uint8Array.from(stranger)], now));
    expect(verdicts.map(({ trusted }) => trusted)).toEqual([false, false]);
    expect(verdicts[1]?.leaf).toBe(verdicts[0]?.leaf);
    // Others push it out: what nobody trusts is anybody's to send.
    for (let index = 0; index < 120; index += 1) anchors.verify([leafOf(root)], now);
    expect(anchors.verify([stranger], now).leaf).not.toBe(verdicts[0]?.leaf);
  });

  test('chains of more than eight certificates are not followed', () => {
    const authorities = [root];
    for (let index = 0; index < 9; index += 1) {
      const above = authorities[authorities.length - 1] ?? root;
      authorities.push(
        intermediateAuthority(above, `Level ${index}`, {
          extensions: [extension.basicConstraints(true), extension.keyUsage(true)],
        }),
      );
    }
    const chainOf = (depth: number): readonly Uint8Array[] => [
      leafOf(authorities[depth] ?? root),
      ...authorities
        .slice(1, depth + 1)
        .reverse()
        .map(({ certificate }) => certificate),
    ];
    expect(trusted(chainOf(7))).toBe(true);
    expect(trusted(chainOf(8))).toBe(false);
  });

  test('SHA-1 signatures count for nothing', () => {
    const certificate = Buffer.from(leafOf(root));
    const algorithm = Buffer.from(der.objectIdentifier('1.2.840.10045.4.3.2'));
    const sha1 = Buffer.from(der.objectIdentifier('1.2.840.10045.4.1'));
    expect(sha1.length).toBe(algorithm.length - 1);
    expect(
      isSignedBy(
        { ...parseCertificate(certificate), signatureAlgorithm: '1.2.840.10045.4.1' },
        root.keys.publicKey,
      ),
    ).toBe(false);
  });

  test('a certificate signed with a key of another type than it names is not signed', () => {
    const rsa = newRsaKeys();
    const subject: NameAttributes = [['CN', 'RSA root']];
    const certificate = issue({
      subject,
      publicKey: rsa.publicKey,
      issuer: { subject, keys: rsa },
      extensions: [extension.basicConstraints(true)],
    });
    const authority: Authority = { subject, keys: rsa, certificate };
    expect(trusted([leafOf(authority)], [certificate])).toBe(true);
    expect(isSignedBy(parseCertificate(leafOf(root)), rsa.publicKey)).toBe(false);
    expect(isSignedBy(parseCertificate(leafOf(authority)), root.keys.publicKey)).toBe(false);
  });

  test('equal anchors are one; malformed ones are told at once', () => {
    expect(new TrustAnchors([root.certificate, root.certificate, middle.certificate]).size).toBe(2);
    expect(() => new TrustAnchors([Uint8Array.of(1)])).toThrow(FormatError);
  });
});

describe('names', () => {
  test('attributes of all string types, repeated ones in order', () => {
    const bmp = der.value(30, Uint8Array.of(0, 0x41, 0x26, 0x3a));
    const name = der.sequence(
      der.set(
        der.sequence(der.objectIdentifier('2.5.4.11'), der.utf8('Ünit')),
        der.sequence(der.objectIdentifier('2.5.4.11'), bmp),
      ),
      der.set(der.sequence(der.objectIdentifier('2.5.4.3'), der.printable('Name'))),
    );
    const read = readName(name);
    expect(read.get(nameAttribute.organizationalUnit)).toEqual(['Ünit', 'A☺']);
    expect(read.get(nameAttribute.commonName)).toEqual(['Name']);
  });
});
