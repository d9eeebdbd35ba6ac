import { Buffer } from 'node:buffer';
import { createHash, generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { fakeRegistration, model, now, packedBy, packedSelf } from '../../test/authenticator.fake.ts';
import { extension, issue, newKeys, rootAuthority } from '../../test/certificate.fake.ts';
import {
  entryOf,
  type FakeMetadataService,
  fakeMetadataService,
  fakeSignerName,
  payloadOf,
  signBlob,
} from '../../test/metadata.fake.ts';
import { type RegistrationExpectation, TrustAnchors, verifyRegistration } from '../webauthn/index.ts';
import {
  attestationCertificateKeyIdentifier,
  fidoAllianceRoots,
  fidoAllianceSigner,
  judgeModel,
  type MetadataErrorCode,
  type MetadataPolicy,
  type MetadataSigner,
  type MetadataSnapshot,
  metadataTrust,
  modelIcon,
  modelName,
  openMetadata,
  overdue,
  readRogueList,
  refusedAaguids,
} from './index.ts';

const service = fakeMetadataService();
const signerOf = (one: FakeMetadataService): MetadataSigner => ({
  anchors: new TrustAnchors([one.root.certificate]),
  name: fakeSignerName,
});
const signer = signerOf(service);
const other = '0f1e2d3c-0000-4000-8000-000000000001';
const noAaguid = '00000000-0000-0000-0000-000000000000';

type Options = Partial<Parameters<typeof openMetadata>[1]>;
const open = (blob: Uint8Array, options: Options = {}): Promise<MetadataSnapshot> =>
  openMetadata(blob, { signer, now, previousNumber: null, ...options });
const openEntries = (entries: readonly unknown[], head: Readonly<Record<string, unknown>> = {}) =>
  open(signBlob(service, payloadOf(entries, head)));
const refused = (code: MetadataErrorCode) => expect.objectContaining({ name: 'MetadataError', code });
const at = (date: string): Date => new Date(`${date}T12:00:00Z`);

describe('the BLOB, FIDO MDS 3.0 §3.2', () => {
  const blob = signBlob(service, payloadOf([entryOf(model)]));

  test('is opened where its signer leads to a configured root', async () => {
    const snapshot = await open(blob);
    expect(snapshot.head.number).toBe(7);
    expect(new Date(snapshot.head.nextUpdate)).toEqual(new Date('2026-04-01T00:00:00Z'));
    expect(snapshot.head.legalHeader).toBe('Tests alone.');
    expect(snapshot.byAaguid(model.toUpperCase())).toMatchObject({ kind: 'known', entry: { aaguid: model } });
    expect(snapshot.byAaguid(other)).toEqual({ kind: 'unknown' });
    expect(snapshot.faultCount).toBe(0);
  });

  test('RS256 as well as ES256', async () => {
    const rsa = fakeMetadataService({ keys: generateKeyPairSync('rsa', { modulusLength: 2048 }) });
    const opened = await open(signBlob(rsa, payloadOf([])), { signer: signerOf(rsa) });
    expect(opened.entries).toEqual([]);
  });

  test('white space around it is no part of it', async () => {
    const spaced = Buffer.concat([Buffer.from('\n '), blob, Buffer.from('\r\n')]);
    expect((await open(spaced)).entries).toHaveLength(1);
  });

  test('another root is refused', async () => {
    const anchors = new TrustAnchors([rootAuthority('Another').certificate]);
    await expect(open(blob, { signer: { ...signer, anchors } })).rejects.toThrow(
      refused('metadata-signer-untrusted'),
    );
  });

  test('no root at all is refused, and so is a root inside x5c that nobody configured', async () => {
    const withRoot = { ...service, chain: [...service.chain, service.root.certificate] };
    await expect(
      open(signBlob(withRoot, payloadOf([])), { signer: { ...signer, anchors: new TrustAnchors([]) } }),
    ).rejects.toThrow(refused('metadata-signer-untrusted'));
  });

  test('the root in x5c changes nothing where it is configured', async () => {
    const withRoot = { ...service, chain: [...service.chain, service.root.certificate] };
    expect((await open(signBlob(withRoot, payloadOf([])))).head.number).toBe(7);
  });

  test('a new root that the old one cross-signed leads to either', async () => {
    const oldRoot = rootAuthority('Old root');
    const crossSigned = issue({
      subject: service.root.subject,
      publicKey: service.root.keys.publicKey,
      issuer: oldRoot,
      extensions: [extension.basicConstraints(true), extension.keyUsage(true)],
    });
    const cross = signBlob({ ...service, chain: [...service.chain, crossSigned] }, payloadOf([]));
    expect((await open(cross)).head.number).toBe(7);
    const oldSigner = { ...signer, anchors: new TrustAnchors([oldRoot.certificate]) };
    expect((await open(cross, { signer: oldSigner })).head.number).toBe(7);
  });

  test('another customer of the same certification authority is refused', async () => {
    const stranger = issue({
      subject: [['CN', 'shop.example.com']],
      publicKey: service.keys.publicKey,
      issuer: service.intermediate,
      extensions: [],
    });
    const chain = [stranger, service.intermediate.certificate];
    await expect(open(signBlob({ ...service, chain }, payloadOf([])))).rejects.toThrow(
      refused('metadata-signer-unexpected'),
    );
    const anyName = { ...signer, name: null };
    expect((await open(signBlob({ ...service, chain }, payloadOf([])), { signer: anyName })).entries).toEqual(
      [],
    );
  });

  test("an expired signer's certificate is refused, and a later look at a kept BLOB is of the time it was fetched", async () => {
    const expired = fakeMetadataService({ signer: { notAfter: new Date('2026-02-01T00:00:00Z') } });
    const old = signBlob(expired, payloadOf([]));
    await expect(open(old, { signer: signerOf(expired) })).rejects.toThrow(
      refused('metadata-signer-expired'),
    );
    expect((await open(old, { signer: signerOf(expired), now: at('2026-01-15') })).head.number).toBe(7);
  });

  test('a certificate that signs is no authority for others', async () => {
    const keys = newKeys();
    const [signing = new Uint8Array()] = service.chain;
    const below = issue({
      subject: [['CN', fakeSignerName]],
      publicKey: keys.publicKey,
      issuer: { subject: [['CN', fakeSignerName]], keys: service.keys },
      extensions: [],
    });
    const forged = { ...service, keys, chain: [below, signing, service.intermediate.certificate] };
    await expect(open(signBlob(forged, payloadOf([])))).rejects.toThrow(refused('metadata-signer-untrusted'));
  });

  test('a signature by another key is refused', async () => {
    const forged = signBlob(service, payloadOf([]), { privateKey: newKeys().privateKey });
    await expect(open(forged)).rejects.toThrow(refused('metadata-signature-invalid'));
  });

  test('each changed part is refused: payload, signature, header', async () => {
    const [header = '', payload = '', signature = ''] = Buffer.from(blob).toString().split('.');
    const swap = (text: string): string => (text[40] === 'A' ? 'B' : 'A');
    const change = (text: string): string => text.slice(0, 40) + swap(text) + text.slice(41);
    const join = (...parts: string[]): Uint8Array => Buffer.from(parts.join('.'));
    await expect(open(join(header, change(payload), signature))).rejects.toThrow(
      refused('metadata-signature-invalid'),
    );
    await expect(open(join(header, payload, change(signature)))).rejects.toThrow(
      refused('metadata-signature-invalid'),
    );
    await expect(open(join(change(header), payload, signature))).rejects.toThrow(
      expect.objectContaining({ name: 'MetadataError' }),
    );
  });

  test.each([
    ['none', { alg: 'none' }],
    ['HS256', { alg: 'HS256' }],
    ['no', { alg: undefined }],
    ['RS256 with a key for ES256', { alg: 'RS256' }],
  ])('algorithm %s is refused', async (_, header) => {
    await expect(open(signBlob(service, payloadOf([]), { header }))).rejects.toThrow(
      refused('metadata-algorithm-refused'),
    );
  });

  test.each<[string, Record<string, unknown>, MetadataErrorCode]>([
    ['no x5c', { x5c: undefined }, 'metadata-signer-untrusted'],
    ['an empty x5c', { x5c: [] }, 'metadata-signer-untrusted'],
    ['nine certificates', { x5c: Array(9).fill('AA==') }, 'metadata-signer-untrusted'],
    ['garbage in x5c', { x5c: ['AAAA'] }, 'metadata-signer-untrusted'],
    ['x5c of numbers', { x5c: [1] }, 'metadata-malformed'],
    [
      'an address in place of the chain (x5u)',
      { x5c: undefined, x5u: 'https://example.org' },
      'metadata-signer-untrusted',
    ],
    ['a critical header member', { crit: ['b64'], b64: false }, 'metadata-malformed'],
  ])('%s is refused', async (_, header, code) => {
    await expect(open(signBlob(service, payloadOf([]), { header }))).rejects.toThrow(refused(code));
  });

  test('a number that goes back is refused; the same one and a later one are not', async () => {
    await expect(open(blob, { previousNumber: 8 })).rejects.toThrow(refused('metadata-number-rolled-back'));
    expect((await open(blob, { previousNumber: 7 })).head.number).toBe(7);
    expect((await open(blob, { previousNumber: 6 })).head.number).toBe(7);
  });

  test('truncated anywhere it is refused', async () => {
    for (let length = 0; length < blob.length; length += 97) {
      await expect(open(blob.subarray(0, length))).rejects.toThrow(
        expect.objectContaining({ name: 'MetadataError' }),
      );
    }
  });

  test('more bytes than are allowed are refused before they are read', async () => {
    await expect(open(blob, { maximumLength: blob.length - 1 })).rejects.toThrow(
      refused('metadata-too-large'),
    );
    await expect(open(new Uint8Array(33_554_433))).rejects.toThrow(refused('metadata-too-large'));
  });

  test.each([
    ['a fourth part', (text: string) => `${text}.AAAA`],
    ['padding', (text: string) => `${text}==`],
    ['the other base64', (text: string) => text.replace('.', '+.')],
    ['an empty header', (text: string) => text.slice(text.indexOf('.'))],
  ])('%s is refused', async (_, change) => {
    const changed = Buffer.from(change(Buffer.from(blob).toString()));
    await expect(open(changed)).rejects.toThrow(expect.objectContaining({ name: 'MetadataError' }));
  });

  test.each([
    ['no object', '[]'],
    ['no entries', '{"no":1,"nextUpdate":"2026-01-01"}'],
    ['entries twice', '{"no":1,"nextUpdate":"2026-01-01","entries":[],"entries":[]}'],
    ['no twice', '{"no":1,"no":2,"nextUpdate":"2026-01-01","entries":[]}'],
    ['no number', '{"no":"1","nextUpdate":"2026-01-01","entries":[]}'],
    ['a fraction as number', '{"no":1.5,"nextUpdate":"2026-01-01","entries":[]}'],
    ['no date', '{"no":1,"nextUpdate":"2026-02-30","entries":[]}'],
    ['entries that are no array', '{"no":1,"nextUpdate":"2026-01-01","entries":{}}'],
    ['an array without an end', '{"no":1,"nextUpdate":"2026-01-01","entries":[{}'],
    ['brackets that do not match', '{"no":1,"nextUpdate":"2026-01-01","entries":[{]}]}'],
    ['a comma too many', '{"no":1,"nextUpdate":"2026-01-01","entries":[{},]}'],
    ['something after the end', '{"no":1,"nextUpdate":"2026-01-01","entries":[]}{}'],
    ['an unfinished string', '{"no":1,"nextUpdate":"2026-01-01","entries":["'],
    ['nesting without end', `{"no":1,"nextUpdate":"2026-01-01","entries":[${'['.repeat(100)}`],
    [
      'an entry of more than a megabyte',
      `{"no":1,"nextUpdate":"2026-01-01","entries":["${'x'.repeat(1_100_000)}"]}`,
    ],
  ])('a signed payload with %s is refused', async (_, payload) => {
    await expect(open(signBlob(service, payload))).rejects.toThrow(refused('metadata-malformed'));
  });

  test('JSON is read as JSON.parse reads it: white space, escapes, characters of any length', async () => {
    const entry = entryOf(model, { statement: { description: 'a "quoted" \\ Schlüssel 🔑 ]}' } });
    const payload = payloadOf([entry, entryOf(other)], { unknown: { nested: ['x', { y: null }] } });
    const snapshot = await open(signBlob(service, `\t${JSON.stringify(payload, null, 2)}\r\n`));
    expect(snapshot.entries.map(({ members }) => members)).toEqual([entry, entryOf(other)]);
    expect(snapshot.head.members['unknown']).toEqual({ nested: ['x', { y: null }] });
  });
});

describe("the FIDO Alliance's root", () => {
  const fingerprints = fidoAllianceRoots.map((root) => new X509Certificate(root).fingerprint256);

  test('is GlobalSign Root R46, and R3 which it was until August 2026', () => {
    expect(fingerprints).toEqual([
      '4F:A3:12:6D:8D:3A:11:D1:C4:85:5A:4F:80:7C:BA:D6:CF:91:9D:3A:5A:88:B0:3B:EA:2C:63:72:D9:3C:40:C9',
      'CB:B5:22:D7:B7:F1:27:AD:6A:01:13:86:5B:DF:1C:D4:10:2E:7D:07:59:AF:63:5A:7C:F4:72:0D:C9:63:C5:3B',
    ]);
    const carried = rootCertificates.map((pem) => new X509Certificate(pem).fingerprint256);
    expect(carried).toEqual(expect.arrayContaining(fingerprints));
  });

  test('certifies the web too, so the name of the signer is demanded', () => {
    expect(fidoAllianceSigner()).toMatchObject({ name: 'mds.fidoalliance.org', anchors: { size: 2 } });
  });
});

describe('entries, FIDO MDS 3.0 §3.1.1', () => {
  test('unknown members are kept, of the entry, its statement and its reports', async () => {
    const report = {
      status: 'FIDO_CERTIFIED_L2',
      effectiveDate: '2021-01-01',
      certificationProfiles: ['consumer'],
    };
    const entry = entryOf(model, {
      statusReports: [report],
      statement: { keyScope: 'device' },
      members: { supersededBy: other },
    });
    const record = (await openEntries([entry])).byAaguid(model);
    expect(record).toMatchObject({
      entry: {
        members: { supersededBy: other },
        statement: { keyScope: 'device' },
        statusReports: [{ members: report }],
      },
    });
  });

  test('a model with two entries is refused, whichever of them may be the worse', async () => {
    const snapshot = await openEntries([
      entryOf(model),
      entryOf(other),
      entryOf(model.toUpperCase(), { statusReports: [{ status: 'REVOKED' }] }),
    ]);
    expect(snapshot.byAaguid(model)).toEqual({ kind: 'unusable', fault: `${model} has several entries` });
    expect(snapshot.byAaguid(other).kind).toBe('known');
    expect(snapshot.faultCount).toBe(1);
    const question = { snapshot, policy: { unknownModels: 'allow' }, now } as const;
    expect(judgeModel({ aaguid: model, certificates: [] }, question)).toMatchObject({
      code: 'model-unusable',
    });
    expect(refusedAaguids(question)).toEqual([model]);
  });

  test.each<[string, unknown]>([
    ['no object', 5],
    ['no AAGUID, AAID or key identifier', { statusReports: [] }],
    ['a malformed AAGUID', { aaguid: 'x', statusReports: [] }],
    ['the AAGUID that every U2F authenticator has', { aaguid: noAaguid, statusReports: [] }],
    ['a malformed key identifier', { attestationCertificateKeyIdentifiers: ['zz'], statusReports: [] }],
  ])('an entry with %s costs no other entry', async (_, bad) => {
    const snapshot = await openEntries([bad, entryOf(model)]);
    expect(snapshot.entries).toHaveLength(1);
    expect(snapshot.faultCount).toBe(1);
    expect(snapshot.byAaguid(noAaguid).kind).toBe('unknown');
  });

  test.each<[string, unknown]>([
    ['no status reports', undefined],
    ['a report without a status', [{}]],
    ['a report with a malformed date', [{ status: 'REVOKED', effectiveDate: 'soon' }]],
  ])('a model whose entry has %s does not pass for an unknown one', async (_, statusReports) => {
    const snapshot = await openEntries([{ ...entryOf(model), statusReports }]);
    expect(snapshot.byAaguid(model).kind).toBe('unusable');
    expect(refusedAaguids({ snapshot, policy: { unknownModels: 'allow' }, now })).toEqual([model]);
  });

  test('name and icon are what a page may show', async () => {
    const icon = 'data:image/png;base64,iVBORw0KGgo=';
    const named = entryOf(model, {
      statement: {
        icon,
        friendlyNames: { 'en-US': 'Key 5', 'de-DE': 'Schlüssel 5' },
        alternativeDescriptions: { 'fr-FR': 'Clé' },
      },
    });
    const plain = entryOf(other, { statement: { icon: 'javascript:alert(1)' } });
    const [first, second] = (await openEntries([named, plain])).entries;
    if (first === undefined || second === undefined) throw new Error('both entries are there');
    expect(['en-US', 'de-DE', 'fr-FR', 'ja-JP', 'toString'].map((tag) => modelName(first, tag))).toEqual([
      'Key 5',
      'Schlüssel 5',
      'Clé',
      'Key 5',
      'Key 5',
    ]);
    expect(modelIcon(first)).toBe(icon);
    expect(modelIcon(first, 'dark')).toBe(icon);
    expect(modelName(second)).toBe('Model 0f1e2d3c');
    expect(modelIcon(second)).toBeNull();
  });

  test('a rogue list is the one whose hash the signed entry has', async () => {
    const list = Buffer.from(JSON.stringify([{ sk: 'c2VjcmV0', date: '2024-05-01' }]));
    const hash = createHash('sha256').update(list.toString('base64url')).digest('base64url');
    const members = { rogueListURL: 'https://example.org/rogues', rogueListHash: hash };
    const [entry] = (await openEntries([entryOf(model, { members })])).entries;
    expect(entry?.rogueList).toEqual({ url: 'https://example.org/rogues', hash });
    expect(readRogueList(list, hash)).toEqual([
      { secretKey: 'c2VjcmV0', effectiveFrom: Date.UTC(2024, 4, 1) },
    ]);
    const changed = Buffer.concat([list, Buffer.from(' ')]);
    expect(() => readRogueList(changed, hash)).toThrow(refused('rogue-list-hash-mismatch'));
    expect(() => readRogueList(list, '')).toThrow(refused('rogue-list-hash-mismatch'));
    const none = Buffer.from('{}');
    const noneHash = createHash('sha256').update(none.toString('base64url')).digest('base64url');
    expect(() => readRogueList(none, noneHash)).toThrow(refused('rogue-list-malformed'));
    expect(() => readRogueList(new Uint8Array(8_388_609), hash)).toThrow(refused('rogue-list-malformed'));
  });
});

describe('status reports, FIDO MDS 3.0 §3.1.3 and §3.1.4', () => {
  const judged = async (
    statusReports: readonly unknown[],
    {
      on = '2026-03-01',
      policy = {},
      firmwareVersion,
    }: { on?: string; policy?: Partial<MetadataPolicy>; firmwareVersion?: number } = {},
  ) => {
    const verdict = judgeModel(
      { aaguid: model, certificates: [] },
      {
        snapshot: await openEntries([entryOf(model, { statusReports })]),
        policy: { unknownModels: 'refuse', ...policy },
        now: at(on),
        firmwareVersion,
      },
    );
    return verdict.accepted ? (verdict.certification ?? 'uncertified') : `${verdict.code}: ${verdict.detail}`;
  };
  const level1 = { status: 'FIDO_CERTIFIED_L1', effectiveDate: '2020-01-01' };
  const level2 = { status: 'FIDO_CERTIFIED_L2', effectiveDate: '2022-01-01' };

  test('take effect in the order of their dates, whatever their order in the list', async () => {
    expect(await judged([level2, level1])).toBe('FIDO_CERTIFIED_L2');
    expect(await judged([level1, level2])).toBe('FIDO_CERTIFIED_L2');
    expect(await judged([level1, level2], { on: '2021-06-01' })).toBe('FIDO_CERTIFIED_L1');
    expect(await judged([level1, level2], { on: '2019-06-01' })).toBe('uncertified');
  });

  test('take effect with the first moment of their day', async () => {
    const revoked = { status: 'REVOKED', effectiveDate: '2026-03-01' };
    expect(await judged([level1, revoked], { on: '2026-02-28' })).toBe('FIDO_CERTIFIED_L1');
    expect(await judged([level1, revoked])).toBe('model-status-refused: REVOKED since 2026-03-01');
  });

  test('without a date they are in effect while they are listed', async () => {
    expect(await judged([level1, { status: 'REVOKED' }], { on: '2020-01-02' })).toBe(
      'model-status-refused: REVOKED',
    );
  });

  test.each([
    'REVOKED',
    'USER_VERIFICATION_BYPASS',
    'ATTESTATION_KEY_COMPROMISE',
    'USER_KEY_REMOTE_COMPROMISE',
    'USER_KEY_PHYSICAL_COMPROMISE',
  ])('%s refuses a model, also one that was certified since', async (status) => {
    expect(await judged([level1, { status, effectiveDate: '2021-01-01' }, level2])).toBe(
      `model-status-refused: ${status} since 2021-01-01`,
    );
  });

  test('an update settles what was before it, in an authenticator that is known to have it', async () => {
    const bypass = { status: 'USER_VERIFICATION_BYPASS', effectiveDate: '2023-01-01' };
    const update = { status: 'UPDATE_AVAILABLE', effectiveDate: '2023-06-01', authenticatorVersion: 50_200 };
    const refusal = 'model-status-refused: USER_VERIFICATION_BYPASS since 2023-01-01';
    expect(await judged([level1, bypass, update])).toBe(refusal);
    expect(await judged([level1, bypass, update], { firmwareVersion: 50_199 })).toBe(refusal);
    expect(await judged([level1, bypass, update], { firmwareVersion: 50_200 })).toBe('FIDO_CERTIFIED_L1');
    expect(await judged([level1, bypass, update], { firmwareVersion: 50_200, on: '2023-03-01' })).toBe(
      refusal,
    );
    const again = { ...bypass, effectiveDate: '2024-01-01' };
    expect(await judged([level1, bypass, update, again], { firmwareVersion: 50_200 })).toBe(
      'model-status-refused: USER_VERIFICATION_BYPASS since 2024-01-01',
    );
  });

  test('a revocation is settled by nothing', async () => {
    const reports = [
      { status: 'REVOKED', effectiveDate: '2023-01-01' },
      { status: 'USER_VERIFICATION_BYPASS', effectiveDate: '2023-02-01' },
      { status: 'UPDATE_AVAILABLE', effectiveDate: '2023-06-01', authenticatorVersion: 1 },
    ];
    expect(await judged(reports, { firmwareVersion: 9 })).toBe(
      'model-status-refused: REVOKED since 2023-01-01',
    );
  });

  test('the policy says which statuses refuse, unknown ones included', async () => {
    const reports = [level1, { status: 'SUPPLY_CHAIN_DOUBT', effectiveDate: '2025-01-01' }];
    expect(await judged(reports)).toBe('FIDO_CERTIFIED_L1');
    expect(await judged(reports, { policy: { refusedStatuses: ['SUPPLY_CHAIN_DOUBT'] } })).toBe(
      'model-status-refused: SUPPLY_CHAIN_DOUBT since 2025-01-01',
    );
  });

  test('certification levels are ordered; FIDO_CERTIFIED is level 1', async () => {
    const policy = { minimumCertification: 'FIDO_CERTIFIED_L1plus' } as const;
    expect(await judged([level2], { policy })).toBe('FIDO_CERTIFIED_L2');
    expect(await judged([level1], { policy })).toMatch('model-certification-too-low');
    expect(await judged([], { policy })).toMatch('model-certification-too-low');
    expect(await judged([{ status: 'FIDO_CERTIFIED' }])).toBe('FIDO_CERTIFIED_L1');
  });

  test('a certification ends where it is withdrawn or its sunset comes', async () => {
    expect(await judged([level1, { status: 'NOT_FIDO_CERTIFIED', effectiveDate: '2023-01-01' }])).toBe(
      'uncertified',
    );
    expect(await judged([level1, { ...level2, sunsetDate: '2026-02-01' }])).toBe('FIDO_CERTIFIED_L1');
  });
});

describe('staleness is a value, and the policy says what it means', () => {
  const judge = async (now: Date, policy: Partial<MetadataPolicy>) =>
    judgeModel(
      { aaguid: model, certificates: [] },
      { snapshot: await openEntries([entryOf(model)]), policy: { unknownModels: 'refuse', ...policy }, now },
    );

  test('it begins at the end of the day on which the next BLOB was due', async () => {
    const snapshot = await openEntries([]);
    expect(overdue(snapshot, new Date('2026-03-01T00:00:00Z'))).toBe(0);
    expect(overdue(snapshot, new Date('2026-04-02T00:00:00Z'))).toBe(0);
    expect(overdue(snapshot, new Date('2026-04-02T00:00:01Z'))).toBe(1000);
  });

  test('stale metadata is used, unless the policy bounds how stale', async () => {
    const late = new Date('2026-05-01T00:00:00Z');
    expect(await judge(late, {})).toMatchObject({ accepted: true });
    expect(await judge(late, { maximumOverdue: 30 * 86_400_000 })).toMatchObject({ accepted: true });
    expect(await judge(late, { maximumOverdue: 28 * 86_400_000 })).toMatchObject({ code: 'metadata-stale' });
  });

  test('no metadata is not as good as any', () => {
    const question = { snapshot: null, policy: { unknownModels: 'allow' }, now } as const;
    expect(judgeModel({ aaguid: model, certificates: [] }, question)).toMatchObject({
      code: 'metadata-missing',
    });
  });
});

describe('trust in one model, for verifyRegistration', () => {
  const root = rootAuthority('Vendor');
  const register = async (
    entries: readonly unknown[],
    {
      by = packedBy(root),
      aaguid = model,
      format = 'packed',
      policy = { unknownModels: 'refuse' },
      expected = {},
    }: {
      by?: ReturnType<typeof packedBy>;
      aaguid?: string;
      format?: string;
      policy?: MetadataPolicy;
      expected?: Partial<RegistrationExpectation>;
    } = {},
  ) => {
    const question = { snapshot: await openEntries(entries), policy, now };
    const made = fakeRegistration({ aaguid, statement: by, format });
    return verifyRegistration({
      credential: made.credential,
      expected: {
        ...made.expected,
        userVerification: 'preferred',
        attestation: 'direct',
        deniedAaguids: refusedAaguids(question),
        ...expected,
      },
      trust: metadataTrust(question),
      now,
    });
  };
  const good = entryOf(model, { roots: [root.certificate] });
  const revoked = entryOf(model, {
    roots: [root.certificate],
    statusReports: [{ status: 'REVOKED', effectiveDate: '2025-01-01' }],
  });

  test("a chain to the entry's root is trusted and proves the AAGUID", async () => {
    expect(await register([good])).toMatchObject({ attestationTrusted: true, aaguidProven: true });
  });

  test("a chain to another vendor's root is not, though that vendor is in the metadata", async () => {
    const theirs = rootAuthority('Another vendor');
    const entries = [good, entryOf(other, { roots: [theirs.certificate] })];
    await expect(register(entries, { by: packedBy(theirs) })).rejects.toMatchObject({
      code: 'attestation-untrusted',
    });
  });

  test('a REVOKED model is refused, with and without required trust, with and without attestation', async () => {
    await expect(register([revoked])).rejects.toMatchObject({
      code: expect.stringMatching(/untrusted|aaguid/),
    });
    const lenient = { unknownModels: 'allow' } as const;
    await expect(
      register([revoked], { policy: lenient, expected: { deniedAaguids: [] } }),
    ).rejects.toMatchObject({
      code: 'attestation-untrusted',
      message: expect.stringContaining('REVOKED since 2025-01-01'),
    });
    await expect(register([revoked], { policy: lenient, by: packedSelf })).rejects.toMatchObject({
      code: 'aaguid-not-allowed',
    });
  });

  test('an unknown model is refused or untrusted, as the policy says', async () => {
    await expect(register([entryOf(other)])).rejects.toMatchObject({ code: 'attestation-untrusted' });
    expect(await register([entryOf(other)], { policy: { unknownModels: 'allow' } })).toMatchObject({
      attestationTrusted: false,
      aaguidProven: false,
    });
  });

  test('a batch whose attestation key is compromised is refused, the model is not', async () => {
    const lost = rootAuthority('Vendor, second batch');
    const entry = entryOf(model, {
      roots: [root.certificate, lost.certificate],
      statusReports: [
        {
          status: 'ATTESTATION_KEY_COMPROMISE',
          effectiveDate: '2025-01-01',
          certificate: Buffer.from(lost.certificate).toString('base64'),
        },
      ],
    });
    expect(await register([entry])).toMatchObject({ attestationTrusted: true });
    await expect(register([entry], { by: packedBy(lost) })).rejects.toMatchObject({
      code: 'attestation-untrusted',
    });
  });

  test('a root that can not be read costs only its own chains', async () => {
    const entry = entryOf(model, { roots: [Uint8Array.of(1, 2, 3), root.certificate] });
    expect(await register([entry])).toMatchObject({ attestationTrusted: true });
  });

  test('a U2F authenticator is known by the key of its attestation certificate', async () => {
    const keys = newKeys();
    const certificate = issue({ subject: [['CN', 'U2F']], publicKey: keys.publicKey, issuer: root });
    const keyIdentifier = attestationCertificateKeyIdentifier(certificate);
    const point = keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(26);
    expect(keyIdentifier).toBe(createHash('sha1').update(point).digest('hex'));
    const { aaguid: _, ...entry } = entryOf(model, { roots: [root.certificate] });
    const snapshot = await openEntries([{ ...entry, attestationCertificateKeyIdentifiers: [keyIdentifier] }]);
    expect(snapshot.byKeyIdentifier(keyIdentifier.toUpperCase()).kind).toBe('known');
    expect(snapshot.find({ aaguid: noAaguid, certificates: [certificate] }).kind).toBe('known');
    expect(snapshot.find({ aaguid: noAaguid, certificates: [root.certificate, certificate] }).kind).toBe(
      'known',
    );
    expect(snapshot.find({ aaguid: noAaguid, certificates: [root.certificate] }).kind).toBe('unknown');
    expect(snapshot.find({ aaguid: noAaguid, certificates: [Uint8Array.of(9)] }).kind).toBe('unknown');
    expect(snapshot.find({ aaguid: other, certificates: [certificate] }).kind).toBe('unknown');
  });

  test('anchors of a model are parsed once', async () => {
    const snapshot = await openEntries([good]);
    const [entry] = snapshot.entries;
    if (entry === undefined) throw new Error('the entry is there');
    expect(snapshot.anchorsOf(entry)).toBe(snapshot.anchorsOf(entry));
  });
});

describe('5 MB of 10,000 entries', () => {
  /** Milliseconds. */
  const promised = { total: 1000, stall: 50 };

  test('are verified and parsed in under 1 s, and nobody waits for more than 50 ms', async () => {
    const roots = [rootAuthority('Vendor').certificate.subarray(0, 180)];
    const entries = Array.from({ length: 10_000 }, () => entryOf(randomUUID(), { roots }));
    const blob = signBlob(service, payloadOf(entries));
    expect(blob.length).toBeGreaterThan(5_000_000);
    await open(blob);
    const best = { total: Number.POSITIVE_INFINITY, stall: Number.POSITIVE_INFINITY };
    // The best of some rounds: what other programs of this machine take is not what is measured.
    for (
      let round = 0;
      round < 15 && (best.total > promised.total || best.stall > promised.stall);
      round += 1
    ) {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      await pause(20);
      delay.enable();
      await pause(5);
      delay.reset();
      const start = performance.now();
      const snapshot = await open(blob);
      const total = performance.now() - start;
      await pause(5);
      delay.disable();
      expect(snapshot.entries).toHaveLength(10_000);
      best.total = Math.min(best.total, total);
      best.stall = Math.min(best.stall, delay.max / 1e6);
    }
    expect(best.total).toBeLessThan(promised.total);
    expect(best.stall).toBeLessThan(promised.stall);
  }, 240_000);

  test('others run between the stints, about every 64 KB', async () => {
    const entries = Array.from({ length: 2_000 }, () => entryOf(randomUUID()));
    const blob = signBlob(service, payloadOf(entries));
    let rests = 0;
    await open(blob, {
      rest: async () => {
        rests += 1;
      },
    });
    expect(rests).toBeGreaterThan((blob.length * 0.7) / 65_536);
  });
});
