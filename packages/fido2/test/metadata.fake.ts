import { Buffer } from 'node:buffer';
import { type KeyObject, sign } from 'node:crypto';
import {
  type Authority,
  type CertificateOptions,
  der,
  extension,
  intermediateAuthority,
  issue,
  type KeyPair,
  newKeys,
  rootAuthority,
} from './certificate.fake.ts';

/** A FIDO Alliance of our own: root, intermediate and the certificate that signs BLOBs. */
export interface FakeMetadataService {
  readonly root: Authority;
  readonly intermediate: Authority;
  /** Signer first, without the root. */
  readonly chain: readonly Uint8Array[];
  readonly keys: KeyPair;
}

export const fakeSignerName = 'metadata.example.org';

export function fakeMetadataService(
  options: {
    readonly name?: string;
    readonly keys?: KeyPair;
    readonly signer?: Partial<CertificateOptions>;
  } = {},
): FakeMetadataService {
  const root = rootAuthority('Metadata root');
  const intermediate = intermediateAuthority(root, 'Metadata intermediate');
  const keys = options.keys ?? newKeys();
  const name = options.name ?? fakeSignerName;
  const signer = issue({
    subject: [['CN', name]],
    publicKey: keys.publicKey,
    issuer: intermediate,
    extensions: [
      extension.basicConstraints(false),
      extension.keyUsage(false),
      extension.make('2.5.29.17', der.sequence(der.value(0x82, Buffer.from(name)))),
    ],
    ...options.signer,
  });
  return { root, intermediate, chain: [signer, intermediate.certificate], keys };
}

const base64Url = (content: string | Uint8Array): string => Buffer.from(content).toString('base64url');

export interface FakeBlobOptions {
  readonly header?: Readonly<Record<string, unknown>> | undefined;
  /** In place of the service's. */
  readonly privateKey?: KeyObject | undefined;
}

/** A BLOB as it is downloaded. @param payload JSON, or the text that stands for it */
export function signBlob(
  service: FakeMetadataService,
  payload: object | string,
  options: FakeBlobOptions = {},
): Uint8Array {
  const privateKey = options.privateKey ?? service.keys.privateKey;
  const header = {
    typ: 'JWT',
    alg: privateKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256',
    x5c: service.chain.map((certificate) => Buffer.from(certificate).toString('base64')),
    ...options.header,
  };
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signed = `${base64Url(JSON.stringify(header))}.${base64Url(text)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return Uint8Array.from(Buffer.from(`${signed}.${base64Url(signature)}`));
}

export function payloadOf(
  entries: readonly unknown[],
  head: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { legalHeader: 'Tests alone.', no: 7, nextUpdate: '2026-04-01', ...head, entries };
}

/** An entry as a vendor's. */
export function entryOf(
  aaguid: string,
  options: {
    readonly statusReports?: readonly unknown[];
    readonly roots?: readonly Uint8Array[];
    readonly statement?: Readonly<Record<string, unknown>>;
    readonly members?: Readonly<Record<string, unknown>>;
  } = {},
): Record<string, unknown> {
  return {
    aaguid,
    metadataStatement: {
      aaguid,
      description: `Model ${aaguid.slice(0, 8)}`,
      authenticatorVersion: 5,
      protocolFamily: 'fido2',
      schema: 3,
      attestationTypes: ['basic_full'],
      attestationRootCertificates: (options.roots ?? []).map((root) => Buffer.from(root).toString('base64')),
      ...options.statement,
    },
    statusReports: options.statusReports ?? [{ status: 'FIDO_CERTIFIED_L1', effectiveDate: '2021-01-01' }],
    timeOfLastStatusChange: '2021-01-01',
    ...options.members,
  };
}
