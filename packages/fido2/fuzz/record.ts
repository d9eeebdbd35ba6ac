/**
 * Writes corpus.json, what the fuzzers start from: a registration of every attestation format and algorithm, the
 * specification's own test vectors where they are at hand, and a conversation with a key. Run by hand
 * (`npm run fuzz -- --record`): keys and signatures are new each time, and the fuzzers' inputs with them.
 */
import { Buffer } from 'node:buffer';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { aaguidBytes } from '../src/authenticator-data/index.ts';
import { fromBase64Url, toBase64Url } from '../src/bytes/index.ts';
import { encode } from '../src/cbor/index.ts';
import {
  createCredential,
  ensurePin,
  getAssertion,
  listCredentials,
  pinRetries,
  removeCredentials,
} from '../src/client/index.ts';
import { type CtapDevice, getInfo, hidCommand, selection } from '../src/ctap2/index.ts';
import { always, plugIn } from '../src/virtual-authenticator/plugged-key.fake.ts';
import {
  androidKeyBy,
  appleBy,
  fakeRegistration,
  fidoU2fBy,
  model,
  packedBy,
  packedSelf,
  type RegistrationOptions,
  type Statement,
} from '../test/authenticator.fake.ts';
import { der, extension, intermediateAuthority, issue, rootAuthority } from '../test/certificate.fake.ts';
import { entryOf, fakeMetadataService, fakeSignerName, payloadOf, signBlob } from '../test/metadata.fake.ts';
import { tpmBy } from '../test/tpm.fake.ts';
import type { Corpus, RecordedExchange, RecordedMetadata, RecordedRegistration } from './corpus.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const root = rootAuthority('Attestation root');
const intermediate = intermediateAuthority(root, 'Attestation intermediate');

const safetyNetKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const safetyNet = ({ signedBytes }: Statement): unknown => {
  const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const host = Buffer.from('attest.android.com');
  const certificate = issue({
    subject: [['CN', 'attest.android.com']],
    publicKey: safetyNetKeys.publicKey,
    issuer: root,
    extensions: [extension.make('2.5.29.17', der.sequence(der.value(0x82, host)))],
  });
  const nonce = createHash('sha256').update(signedBytes).digest('base64');
  const header = json({ alg: 'RS256', x5c: [Buffer.from(certificate).toString('base64')] });
  const text = `${header}.${json({ nonce, ctsProfileMatch: true })}`;
  const signature = sign('sha256', Buffer.from(text), safetyNetKeys.privateKey).toString('base64url');
  return { ver: '1', response: Buffer.from(`${text}.${signature}`) };
};
const zeros = '00000000-0000-0000-0000-000000000000';
const certified = packedBy(root);

const registrations: Readonly<Record<string, RegistrationOptions>> = {
  none: {},
  'none with extensions': {
    extensions: new Map<string, unknown>([
      ['credProtect', 3],
      ['minPinLength', 6],
    ]),
  },
  'packed self ES256': { format: 'packed', statement: packedSelf },
  'packed self ES384': { format: 'packed', statement: packedSelf, algorithm: -35 },
  'packed self ES512': { format: 'packed', statement: packedSelf, algorithm: -36 },
  'packed self EdDSA': { format: 'packed', statement: packedSelf, algorithm: -8 },
  'packed self Ed448': { format: 'packed', statement: packedSelf, algorithm: -53 },
  'packed self RS256': { format: 'packed', statement: packedSelf, algorithm: -257 },
  'packed self PS256': { format: 'packed', statement: packedSelf, algorithm: -37 },
  packed: { format: 'packed', statement: certified },
  'packed with an intermediate': {
    format: 'packed',
    statement: packedBy(intermediate, { above: [intermediate] }),
  },
  'packed enterprise': {
    format: 'packed',
    statement: packedBy(root, {
      extensions: [
        extension.basicConstraints(false),
        extension.aaguid(aaguidBytes(model)),
        extension.serialNumber(Uint8Array.of(4, 4, 1, 2, 3, 4)),
      ],
    }),
  },
  tpm: { format: 'tpm', statement: tpmBy(root) },
  'tpm RS256': { format: 'tpm', statement: tpmBy(root), algorithm: -257 },
  'android-key': { format: 'android-key', statement: androidKeyBy(root) },
  'android-safetynet': { format: 'android-safetynet', statement: safetyNet },
  apple: { format: 'apple', statement: appleBy(root) },
  'fido-u2f': { format: 'fido-u2f', statement: fidoU2fBy(root), aaguid: zeros },
  compound: {
    format: 'compound',
    statement: (input) => [
      { fmt: 'packed', attStmt: packedSelf(input) },
      { fmt: 'packed', attStmt: certified(input) },
    ],
  },
};

const recordRegistrations = (): RecordedRegistration[] =>
  Object.entries(registrations).map(([name, options]) => {
    const { credential, expected } = fakeRegistration(options);
    return {
      name,
      id: credential.id,
      challenge: expected.challenge,
      clientDataJson: credential.response.clientDataJSON,
      attestationObject: hex(fromBase64Url(credential.response.attestationObject)),
    };
  });

interface Vectors {
  readonly root: { readonly attestation_ca_cert: string };
  readonly vectors: readonly {
    readonly title: string;
    readonly registration: Readonly<Record<string, string>>;
  }[];
}

/** Beside the repository; without them the corpus is that much poorer. */
const readVectors = (): Vectors | null => {
  const file = path.resolve('../shared/vectors/webauthn-l3-vectors.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
};
const vectors = readVectors();
const fromVectors = (): RecordedRegistration[] =>
  (vectors?.vectors ?? []).map(({ title, registration }) => {
    const text = (member: string): string => toBase64Url(Buffer.from(registration[member] ?? '', 'hex'));
    return {
      name: `WebAuthn L3 §16: ${title}`,
      id: text('credential_id'),
      challenge: text('challenge'),
      clientDataJson: text('clientDataJSON'),
      attestationObject: registration['attestationObject'] ?? '',
    };
  });

const recordExchanges = async (): Promise<RecordedExchange[]> => {
  const exchanges: RecordedExchange[] = [];
  const plugged = await plugIn({ userVerification: { answer: async () => true, enrolled: true } });
  const { random, clock } = plugged;
  const opened = await plugged.open();
  let step = '';
  const device: CtapDevice = {
    transport: opened.transport,
    capabilities: opened.capabilities,
    deviceVersion: opened.deviceVersion,
    vendor: (command, payload, options) => opened.vendor(command, payload, options),
    close: () => opened.close(),
    call: async (command, payload, options) => {
      const answer = await opened.call(command, payload, options);
      if (command === hidCommand.cbor) {
        exchanges.push({ name: step, request: hex(payload), answer: hex(answer) });
      }
      return answer;
    },
  };
  const access = { device, random, clock, pin: always('123456') };
  const creation = {
    rp: { id: 'example.org', name: 'Example' },
    user: { id: toBase64Url(random(32)), name: 'alice', displayName: 'Alice Liddell' },
    challenge: toBase64Url(random(32)),
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    attestation: 'direct',
    extensions: { credProps: true, minPinLength: true, prf: {}, largeBlob: { support: 'preferred' } },
  };
  const origin = 'https://example.org';
  step = 'getInfo';
  await getInfo(device);
  step = 'selection';
  await selection(device);
  step = 'set PIN';
  await ensurePin(access);
  step = 'makeCredential';
  const created = await createCredential({ ...access, options: creation, origin });
  step = 'getAssertion';
  const request = { challenge: creation.challenge, rpId: 'example.org', userVerification: 'required' };
  await getAssertion({ ...access, options: request, origin });
  step = 'credentialManagement';
  await listCredentials(access);
  const credentialId = fromBase64Url(created.id);
  await removeCredentials({ ...access, rpId: 'example.org', credentialId, userHandle: null });
  step = 'clientPIN';
  await pinRetries({ device });
  return exchanges;
};

const recordMetadata = (): RecordedMetadata => {
  const service = fakeMetadataService();
  const certificate = Buffer.from(intermediate.certificate).toString('base64');
  const icon = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==';
  const reports = (...statuses: readonly string[]) =>
    statuses.map((status, index) => ({
      status,
      effectiveDate: `202${index}-01-01`,
      authenticatorVersion: index,
    }));
  const rogueList = {
    rogueListURL: 'https://example.org/rogue',
    rogueListHash: toBase64Url(new Uint8Array(32)),
  };
  const payload = payloadOf([
    entryOf(model, {
      roots: [root.certificate],
      statement: { icon, friendlyNames: { 'en-US': 'Key', 'de-DE': 'Schlüssel' } },
      members: rogueList,
    }),
    entryOf('0f1e2d3c-0000-4000-8000-000000000001', { statusReports: reports('FIDO_CERTIFIED', 'REVOKED') }),
    entryOf('0f1e2d3c-0000-4000-8000-000000000002', {
      roots: [root.certificate, intermediate.certificate],
      statusReports: [
        ...reports('FIDO_CERTIFIED_L2', 'UPDATE_AVAILABLE'),
        { status: 'ATTESTATION_KEY_COMPROMISE', effectiveDate: '2025-01-01', certificate },
      ],
    }),
    {
      ...entryOf(model),
      aaguid: undefined,
      attestationCertificateKeyIdentifiers: ['0123456789abcdef0123456789abcdef01234567'],
    },
  ]);
  return {
    root: hex(service.root.certificate),
    chain: service.chain.map(hex),
    signerName: fakeSignerName,
    signerKey: hex(service.keys.privateKey.export({ format: 'der', type: 'pkcs8' })),
    blob: Buffer.from(signBlob(service, payload)).toString(),
    payload: hex(encode(JSON.parse(JSON.stringify(payload)))),
    rogueList: JSON.stringify([{ sk: toBase64Url(new Uint8Array(32)), date: '2022-06-07' }]),
  };
};

const corpus: Corpus = {
  anchors: [root.certificate, Buffer.from(vectors?.root.attestation_ca_cert ?? '', 'hex')]
    .filter(({ length }) => length > 0)
    .map(hex),
  registrations: [...recordRegistrations(), ...fromVectors()],
  exchanges: await recordExchanges(),
  metadata: recordMetadata(),
};
writeFileSync(path.resolve('packages/fido2/fuzz/corpus.json'), `${JSON.stringify(corpus, null, 2)}\n`);
process.stdout.write(
  `packages/fido2/fuzz/corpus.json: ${corpus.registrations.length} registrations, ${corpus.exchanges.length} exchanges\n`,
);
