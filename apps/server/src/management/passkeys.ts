import {
  AssignPasskey,
  ChangePasskey,
  EnrollmentCodeIssued,
  IssueEnrollmentCode,
  LimitPasskey,
  NewPasskey,
  Passkey,
  PasskeyList,
  RenamePasskey,
} from '@keywarden/api';
import {
  actOnPasskey,
  createPendingPasskey,
  getPasskey,
  issueEnrollmentCode,
  isUsable,
  listPasskeys,
  modelOfPasskey,
  type PasskeyDetails,
  type Ports,
  permissions,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Call, type Route, route } from '../http/route.ts';
import { entityTag, readIfMatch } from '../http/versions.ts';
import { PasskeyParams, UserParams } from './params.ts';

/** The four that are a word and a reason. */
const changes = [
  ['suspend', 'suspended', 'Nobody signs in with it until it is activated; what it opened ends'],
  ['activate', 'activated', 'Lifts a suspension'],
  ['revoke', 'revoked', 'Nobody signs in with it ever again; what it opened ends'],
  ['terminate', 'terminated', 'Revokes it where that is still to be done, and closes its record'],
] as const;

export const passkeyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/users/:userId/passkeys',
    door: 'management',
    access: permissions['passkeys.read'],
    summary: "A person's passkeys, those that wait and those that ended too, oldest first",
    schema: { params: UserParams, response: { 200: PasskeyList } },
    handle: async ({ ports, actor, tenantId, params }) => {
      const passkeys = await listPasskeys(ports, actor, { tenantId, userId: params.userId });
      return { status: 200, body: { items: passkeys.map((passkey) => passkeyView(ports, passkey)) } };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/users/:userId/passkeys',
    door: 'management',
    access: permissions['passkeys.issue'],
    summary: 'A pending device: it waits for the passkey that this person will enroll',
    schema: { params: UserParams, body: NewPasskey, response: { 201: Passkey } },
    handle: async ({ ports, actor, tenantId, params, body }) => {
      const { friendlyName, deviceType, validFrom, validUntil } = body;
      const passkey = await createPendingPasskey(ports, actor, {
        tenantId,
        userId: params.userId,
        ...(friendlyName !== undefined && { friendlyName }),
        ...(deviceType !== undefined && { deviceType }),
        validFrom: timeOf(validFrom),
        validUntil: timeOf(validUntil),
      });
      return { status: 201, body: passkeyView(ports, passkey) };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/users/:userId/enrollment-codes',
    door: 'management',
    access: permissions['passkeys.issue'],
    summary: 'A one-time code, shown once, with which this person enrolls a passkey and needs nothing else',
    perMinute: 60,
    schema: { params: UserParams, body: IssueEnrollmentCode, response: { 201: EnrollmentCodeIssued } },
    handle: async ({ ports, actor, tenantId, params, body, reply }) => {
      const { deviceId, friendlyName, deviceType, expiresIn } = body;
      const issued = await issueEnrollmentCode(ports, actor, {
        tenantId,
        userId: params.userId,
        deviceId,
        friendlyName,
        deviceType,
        lifetimeSeconds: expiresIn,
      });
      reply.header('cache-control', 'no-store');
      return {
        status: 201,
        body: {
          code: issued.code,
          expiresAt: issued.expiresAt.toISOString(),
          passkey: passkeyView(ports, { device: issued.device, credential: null }),
        },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/passkeys/:passkeyId',
    door: 'management',
    access: permissions['passkeys.read'],
    summary: 'One passkey',
    schema: { params: PasskeyParams, versioned: true, response: { 200: Passkey } },
    handle: async ({ ports, actor, tenantId, params, reply }) => {
      const passkey = await getPasskey(ports, actor, { tenantId, deviceId: params.passkeyId });
      return told(passkeyView(ports, passkey), reply);
    },
  }),
  ...changes.map(([name, kind, summary]) =>
    route({
      method: 'POST',
      path: `/:tenant/api/v1/passkeys/:passkeyId/${name}`,
      door: 'management',
      access: permissions['passkeys.write'],
      summary,
      schema: {
        params: PasskeyParams,
        body: Type.Union([ChangePasskey, Type.Null()]),
        response: { 200: Passkey },
      },
      handle: async ({ ports, actor, tenantId, params, body }) => {
        const action = { kind, reason: body?.reason };
        const deviceId = params.passkeyId;
        const passkey = await actOnPasskey(ports, actor, { tenantId, deviceId, action });
        return { status: 200, body: passkeyView(ports, passkey) };
      },
    }),
  ),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/passkeys/:passkeyId/rename',
    door: 'management',
    access: permissions['passkeys.write'],
    summary: 'Another name for it',
    schema: { params: PasskeyParams, body: RenamePasskey, versioned: true, response: { 200: Passkey } },
    handle: async ({ ports, actor, tenantId, params, body, request, reply }) => {
      const action = { kind: 'renamed', friendlyName: body.friendlyName } as const;
      const deviceId = params.passkeyId;
      const expected = readIfMatch(request.headers['if-match']);
      const passkey = await actOnPasskey(ports, actor, { tenantId, deviceId, expected, action });
      return told(passkeyView(ports, passkey), reply);
    },
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/passkeys/:passkeyId/validity',
    door: 'management',
    access: permissions['passkeys.write'],
    summary: 'From when and until when it may be used; null: without a limit',
    schema: { params: PasskeyParams, body: LimitPasskey, versioned: true, response: { 200: Passkey } },
    handle: async ({ ports, actor, tenantId, params, body, request, reply }) => {
      const action = {
        kind: 'limited',
        validFrom: timeOf(body.validFrom),
        validUntil: timeOf(body.validUntil),
      } as const;
      const deviceId = params.passkeyId;
      const expected = readIfMatch(request.headers['if-match']);
      const passkey = await actOnPasskey(ports, actor, { tenantId, deviceId, expected, action });
      return told(passkeyView(ports, passkey), reply);
    },
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/passkeys/:passkeyId/owner',
    door: 'management',
    access: permissions['passkeys.issue'],
    summary:
      'Gives a waiting passkey to a person, or takes any from its owner, which revokes what she enrolled',
    schema: { params: PasskeyParams, body: AssignPasskey, versioned: true, response: { 200: Passkey } },
    handle: async ({ ports, actor, tenantId, params, body, request, reply }) => {
      const { userId } = body;
      const action =
        userId === null ? { kind: 'unassigned' as const } : { kind: 'assigned' as const, userId };
      const deviceId = params.passkeyId;
      const expected = readIfMatch(request.headers['if-match']);
      const passkey = await actOnPasskey(ports, actor, { tenantId, deviceId, expected, action });
      return told(passkeyView(ports, passkey), reply);
    },
  }),
];

function told(passkey: Passkey, reply: Call['reply']) {
  const { version, usable, model, credential } = passkey;
  // Its use, its model and the clock change what is told of it, and not the passkey.
  reply.header('etag', entityTag(version, [String(usable), model ?? '', credential?.lastUsedAt ?? '']));
  return { status: 200, body: passkey };
}

function passkeyView(
  { metadata, clock }: Pick<Ports, 'metadata' | 'clock'>,
  { device, credential }: PasskeyDetails,
): Passkey {
  const model = modelOfPasskey(metadata, credential?.aaguid ?? null);
  return {
    deviceId: device.deviceId,
    userId: device.userId,
    status: device.status,
    usable: isUsable(device, clock.now()),
    deviceType: device.deviceType,
    friendlyName: device.friendlyName,
    validFrom: device.validFrom?.toISOString() ?? null,
    validUntil: device.validUntil?.toISOString() ?? null,
    model: model.name,
    icon: model.icon,
    credential:
      credential === null
        ? null
        : {
            credentialId: credential.credentialId,
            rpId: credential.rpId,
            authType: credential.authType,
            aaguid: credential.aaguid,
            attestationTrusted: credential.attestationTrusted,
            transports: [...credential.transports],
            synced: credential.backupEligible,
            createdAt: credential.createdAt.toISOString(),
            lastUsedAt: credential.lastUsedAt?.toISOString() ?? null,
          },
    externalId: device.externalId,
    version: device.version,
    createdAt: device.createdAt.toISOString(),
    updatedAt: device.updatedAt.toISOString(),
  };
}

function timeOf(text: string | null | undefined): Date | null {
  return text === null || text === undefined ? null : new Date(text);
}
