import { createPrivateKey, randomBytes, randomUUID, sign } from 'node:crypto';
import {
  type Actor,
  createPolicy,
  type EnrollAction,
  getWorkflow,
  listPasskeys,
  modelOfPasskey,
  type PolicyRules,
  usualWorkflow,
} from '@keywarden/domain';
import { type MetadataSnapshot, openMetadata } from '@keywarden/fido2/metadata';
import {
  createVirtualAttestationRoot,
  type VirtualAttestationRoot,
} from '@keywarden/fido2/virtual-authenticator';
import { TrustAnchors } from '@keywarden/fido2/webauthn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reply } from './authentication/back-end-client.ts';
import { openServer, type Room, type ServerRig } from './authentication/rig.ts';
import { options, refusal, register, type Steps, stepsOf } from './authentication/steps.ts';
import { Desk } from './lifecycle/desk.ts';
import { standardRules } from './lifecycle/rig.ts';
import type { TestKey } from './lifecycle/soft-key.ts';
import { virtualKey } from './lifecycle/virtual-key.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const authority = (): VirtualAttestationRoot => createVirtualAttestationRoot({ random, now: new Date() });
const [publisher, vendor, stranger] = [authority(), authority(), authority()];
const day = 86_400_000;
const isoDate = (time: number) => new Date(time).toISOString().slice(0, 10);
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');
const png = `data:image/png;base64,${base64(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1))}`;

let rig: ServerRig;
let steps: Steps;
let genuine: TestKey;
let foreign: TestKey;
let aaguid: string;
/** What the server knows of models; swapped by the tests. */
let snapshot: MetadataSnapshot | null = null;

/** A BLOB as the FIDO Alliance publishes it, signed by the test's own authority. */
async function publish(
  entry: { status?: readonly unknown[]; icon?: string; name?: string; roots?: readonly Uint8Array[] } | null,
  { nextUpdate = Date.now() + 7 * day }: { nextUpdate?: number } = {},
): Promise<void> {
  const entries =
    entry === null
      ? []
      : [
          {
            aaguid,
            statusReports: entry.status ?? [{ status: 'FIDO_CERTIFIED_L1', effectiveDate: '2020-01-01' }],
            metadataStatement: {
              description: entry.name ?? 'Example Key 7',
              icon: entry.icon ?? png,
              attestationRootCertificates: (entry.roots ?? [vendor.certificate]).map(base64),
            },
          },
        ];
  const text = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const header = { alg: 'ES256', x5c: [base64(publisher.certificate)] };
  const signed = `${text(header)}.${text({ no: 1, nextUpdate: isoDate(nextUpdate), entries })}`;
  const key = createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.from(publisher.privateKey) });
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  snapshot = await openMetadata(Buffer.from(`${signed}.${signature.toString('base64url')}`), {
    signer: { anchors: new TrustAnchors([publisher.certificate]), name: null },
    now: new Date(),
    previousNumber: null,
  });
}

/** RSA of 1024 bits: Node.js reads it, and nobody is believed for it. Workflows that were saved earlier may have it. */
const weakRoot = [
  'MIIB9jCCAV-gAwIBAgIUERVJHzeFlCQT9JKHMt2LGqn0aTswDQYJKoZIhvcNAQELBQAwDDEKMAgGA1UEAwwBVzAgFw0yNjEx',
  'MjIxNTA2MDlaGA8yMTI2MTAyOTE1MDYwOVowDDEKMAgGA1UEAwwBVzCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAo8P6',
  'BxGbF4ONSkrPrzV9FiCQNVdlekjFIRK3uAEP0uqlYePhkTL6wKOsCIjBm-Cwrgsp_lh2TWhOZZ1AQn9Wyrd3P60LjnaDQxpc',
  'Ih0dZn5d3gORweZRr1D6EEOQKSh0DgzEQzNhyNUrt5Zp9Fi9XST9LJSeM2iK6JJ-T808yD0CAwEAAaNTMFEwHQYDVR0OBBYE',
  'FK6XSMNns1wCtqwp8DhWRhPgBik7MB8GA1UdIwQYMBaAFK6XSMNns1wCtqwp8DhWRhPgBik7MA8GA1UdEwEB_wQFMAMBAf8w',
  'DQYJKoZIhvcNAQELBQADgYEAMy5I-NAUv-IuBPOvCaT0UEwlw075sje3SjKzBrYbH_5dpS98oR8Yk31R3jZAaaBdyjenAuKZ',
  'M9Vtk4kQPq4mdml8B8SMhCYkXKvIkBdlcSZrdNFrBCobvDUqIMjtjCbEI8Up0GfKIIbyp3vZGzBheXFbotbHsSTdMEamMYK6',
  'J6Q',
].join('');

const roomWith = (changes: Partial<EnrollAction>): Promise<Room> =>
  rig.furnish({
    workflow: {
      ...usualWorkflow,
      enrollActions: usualWorkflow.enrollActions.map((action) => ({ ...action, ...changes })),
    },
  });

/** The whole enrollment, with a key that attests. */
async function enroll(of: Room, key: TestKey): Promise<Reply> {
  const transaction = await steps.protectedBy('alice', of);
  const asked = await transaction.call('/enroll/fido', { ...options, username: 'alice' });
  const credential = await key.enroll({
    action: 'enroll',
    device: 'the only one',
    options: asked.body.publicKeyCredentialOptions,
    origin: rig.publicUrl,
    forcePINChange: false,
  });
  return transaction.call('/enroll/fido', { ...register, username: 'alice', credential });
}

const operator: Actor = {
  kind: 'operator',
  id: randomUUID(),
  name: 'Olivia',
  role: 'operator',
  requestId: null,
  clientIp: null,
};

beforeAll(async () => {
  rig = await openServer({ metadata: { current: () => snapshot } });
  steps = stepsOf(rig);
  const open = async (attestation: VirtualAttestationRoot) => {
    const key = await virtualKey({ serial: 'VK-1', pin: '123456', attestation });
    await key.configure({
      action: 'configure',
      device: 'the only one',
      pin: { mode: 'typed', minimumLength: 6, maximumLength: 63, characters: 'any' },
      minPINLength: null,
      alwaysUv: null,
      assetTag: null,
    });
    return key;
  };
  [genuine, foreign] = [await open(vendor), await open(stranger)];
  ({ aaguid } = await genuine.facts());
});
afterAll(async () => {
  await rig.close();
});

describe('attestation trust by FIDO metadata (specification §6)', () => {
  const byMetadata = { attestationTrust: 'metadata' } as const;

  test('takes a key of a certified model, believes what proves it, and calls it by its name', async () => {
    await publish({});
    const of = await roomWith({
      ...byMetadata,
      minimumCertification: 'FIDO_CERTIFIED_L1',
      allowedAaguids: [aaguid],
      deviceBoundOnly: true,
    });
    expect((await enroll(of, genuine)).status).toBe(201);
    const [passkey] = await listPasskeys(rig.ports, operator, {
      tenantId: of.tenantId,
      userId: of.userIds['alice'] ?? '',
    });
    expect(passkey).toMatchObject({
      device: { friendlyName: 'Example Key 7' },
      credential: { attestationTrusted: true, aaguid, friendlyName: 'Example Key 7' },
    });
  });

  const untrusted = refusal(400, 'invalid_grant', 106);

  test('refuses a key that another authority attested', async () => {
    await publish({});
    expect(await enroll(await roomWith(byMetadata), foreign)).toMatchObject(untrusted);
  });

  test('refuses each key where a root of the action can not be read, again and again', async () => {
    const of = await roomWith({ attestationTrust: 'roots', attestationRoots: [weakRoot] });
    for (const _ of [1, 2]) expect(await enroll(of, foreign)).toMatchObject(untrusted);
    const { warnings } = await getWorkflow(rig.ports, operator, { tenantId: of.tenantId });
    expect(warnings.map(({ rule }) => rule)).toEqual(['certificate-refused']);
  });

  test.each<[string, () => Promise<void>, Partial<EnrollAction>]>([
    [
      'there is no metadata yet',
      async () => {
        snapshot = null;
      },
      {},
    ],
    ['the metadata does not know the model', () => publish(null), {}],
    [
      'the model was revoked',
      () =>
        publish({
          status: [
            { status: 'FIDO_CERTIFIED_L2', effectiveDate: '2020-01-01' },
            { status: 'REVOKED', effectiveDate: '2021-01-01' },
          ],
        }),
      {},
    ],
    ['its certification is too low', () => publish({}), { minimumCertification: 'FIDO_CERTIFIED_L2' }],
    [
      'the level asked for is none that anybody knows',
      () => publish({ status: [{ status: 'FIDO_CERTIFIED_L2', effectiveDate: '2020-01-01' }] }),
      { minimumCertification: 'FIDO_CERTIFIED_L9' },
    ],
    ['the metadata is stale', () => publish({}, { nextUpdate: Date.now() - 3 * day }), {}],
    ['the model is denied', () => publish({}), { deniedAaguids: [] }],
  ])('fails closed where %s', async (_why, prepare, changes) => {
    await prepare();
    const denied = changes.deniedAaguids === undefined ? {} : { deniedAaguids: [aaguid] };
    const reply = await enroll(await roomWith({ ...byMetadata, ...changes, ...denied }), genuine);
    expect(reply).toMatchObject(
      changes.deniedAaguids === undefined ? untrusted : refusal(403, 'access_denied', 107),
    );
  });

  test('takes stale metadata where the tenant says so, revocations included', async () => {
    const stale = { nextUpdate: Date.now() - 3 * day };
    const of = await roomWith({ ...byMetadata, staleMetadata: 'accept' });
    await publish({}, stale);
    expect((await enroll(of, genuine)).status).toBe(201);
    await publish({ status: [{ status: 'REVOKED', effectiveDate: '2021-01-01' }] }, stale);
    expect(await enroll(await roomWith({ ...byMetadata, staleMetadata: 'accept' }), genuine)).toMatchObject(
      untrusted,
    );
  });

  test('without trust, a model that the metadata knows still lends its name', async () => {
    await publish({ name: 'Example Key 8' });
    const of = await roomWith({});
    expect((await enroll(of, foreign)).status).toBe(201);
    const [passkey] = await listPasskeys(rig.ports, operator, {
      tenantId: of.tenantId,
      userId: of.userIds['alice'] ?? '',
    });
    expect(passkey).toMatchObject({
      device: { friendlyName: 'Example Key 8' },
      credential: { attestationTrusted: false },
    });
  });
});

describe('what a model looks like', () => {
  const svg = (text: string) => `data:image/svg+xml;base64,${base64(text)}`;
  const iconOf = async (icon: string) => {
    await publish({ icon });
    return modelOfPasskey({ current: () => snapshot }, aaguid).icon;
  };

  test.each([
    ['a PNG', png],
    ['an SVG', svg('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['an SVG after its declaration', svg('<?xml version="1.0"?>\n<!-- a key -->\n<svg/>')],
  ])('%s is shown', async (_what, icon) => {
    expect(await iconOf(icon)).toBe(icon);
  });

  test.each([
    ['a PNG that is none', `data:image/png;base64,${base64('<svg/>')}`],
    ['an SVG that is a page', svg('<html><svg/></html>')],
    ['a JPEG', `data:image/jpeg;base64,${base64(Uint8Array.of(0xff, 0xd8, 0xff))}`],
    ['an address', 'https://vendor.example/icon.png'],
    [
      'one too large',
      `data:image/png;base64,${base64(Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(60_000)]))}`,
    ],
  ])('%s is not', async (_what, icon) => {
    expect(await iconOf(icon)).toBeNull();
  });

  test('is unknown without metadata', () => {
    expect(modelOfPasskey({ current: () => null }, aaguid)).toEqual({ name: null, icon: null });
    expect(modelOfPasskey({ current: () => snapshot }, null)).toEqual({ name: null, icon: null });
  });
});

describe('a policy of the lifecycle manager that asks for FIDO metadata', () => {
  let fresh: FreshDatabase;
  beforeAll(async () => {
    fresh = await freshDatabase();
  });
  afterAll(async () => {
    await fresh.drop();
  });

  /** A key is configured and enrolled by an operator, as far as it goes. */
  async function assign(
    wanted: PolicyRules['attestation'] | Pick<PolicyRules, 'attestation' | 'minimumCertification'>,
    by: VirtualAttestationRoot,
    known: MetadataSnapshot | null,
  ) {
    const desk = await Desk.open(fresh);
    try {
      desk.rig.known.metadata = known;
      const { policyId } = await createPolicy(desk.rig.ports, desk.room.actor, {
        tenantId: desk.room.tenantId,
        name: 'By metadata',
        rules: { ...standardRules, ...(typeof wanted === 'string' ? { attestation: wanted } : wanted) },
      });
      desk.connectionId = desk.plugIn(await virtualKey({ serial: 'VK-9', pin: '123456', attestation: by }));
      await desk.look();
      const step = await desk.toTheEnd(await desk.start({ policyId }));
      const [credential] = await desk.credentials('alice');
      return { state: step.enrollment.state, failure: step.enrollment.failureCode, credential };
    } finally {
      await desk.close();
    }
  }
  const published = async (entry: Parameters<typeof publish>[0]) => {
    await publish(entry);
    return snapshot;
  };
  const rejected = { state: 'COMPENSATED', failure: 'credential-rejected', credential: undefined };

  test('takes a key that proves its model, and no other', async () => {
    await publish({});
    expect(await assign('metadata', vendor, snapshot)).toMatchObject({
      state: 'COMPLETE',
      credential: { attestationTrusted: true },
    });
    expect(await assign('metadata', stranger, snapshot)).toEqual(rejected);
    // Before the key is touched.
    for (const known of [null, await published(null)]) {
      await expect(assign('metadata', vendor, known)).rejects.toMatchObject({
        code: 'policy-unmet-by-device',
        particulars: { field: 'attestation' },
      });
    }
  });

  test('with a certification, it takes models that have at least that one', async () => {
    await publish({ status: [{ status: 'FIDO_CERTIFIED_L2', effectiveDate: '2020-01-01' }] });
    const certified = (minimumCertification: PolicyRules['minimumCertification']) =>
      assign({ attestation: 'metadata', minimumCertification }, vendor, snapshot);
    for (const enough of ['FIDO_CERTIFIED_L1plus', 'FIDO_CERTIFIED_L2', null] as const) {
      expect(await certified(enough)).toMatchObject({ state: 'COMPLETE' });
    }
    await expect(certified('FIDO_CERTIFIED_L2plus')).rejects.toMatchObject({
      code: 'policy-unmet-by-device',
      particulars: { field: 'minimumCertification' },
    });
    await expect(
      assign({ attestation: 'direct', minimumCertification: 'FIDO_CERTIFIED_L1' }, vendor, snapshot),
    ).rejects.toMatchObject({ code: 'input-invalid', particulars: { field: 'minimumCertification' } });
  });

  test('asked for proof alone, it records what is trusted, and refuses a model that was revoked', async () => {
    await publish({});
    expect(await assign('direct', vendor, snapshot)).toMatchObject({
      credential: { attestationTrusted: true },
    });
    expect(await assign('direct', stranger, snapshot)).toMatchObject({
      state: 'COMPLETE',
      credential: { attestationTrusted: false },
    });
    await publish({ status: [{ status: 'REVOKED', effectiveDate: '2021-01-01' }] });
    await expect(assign('direct', vendor, snapshot)).rejects.toMatchObject({
      code: 'policy-unmet-by-device',
    });
  });
});
