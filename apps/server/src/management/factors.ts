import {
  BeginOneTimeCodeApp,
  ConfirmOneTimeCodeApp,
  OneTimeCodeApp,
  OneTimeCodeAppBegun,
  OneTimeCodeAppList,
  PasswordPolicy,
  SetTemporaryPassword,
  StoredPasswordPolicy,
  TemporaryPassword,
  Uuid,
} from '@keywarden/api';
import {
  beginOneTimeCodeApp,
  confirmOneTimeCodeApp,
  type OneTimeCodeApp as DomainApp,
  listOneTimeCodeApps,
  type PasswordPolicyVersion,
  permissions,
  readPasswordPolicy,
  removeOneTimeCodeApp,
  setTemporaryPassword,
  storePasswordPolicy,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Call, type Route, route } from '../http/route.ts';
import { entityTag, readIfMatch } from '../http/versions.ts';
import { UserParams } from './params.ts';

const apps = '/:tenant/api/v1/users/:userId/one-time-code-apps';
const AppParams = Type.Object({ userId: Uuid, appId: Uuid });
const policyPath = '/:tenant/api/v1/password-policy';

/** How people prove who they are besides passkeys: authenticator apps and passwords. */
export const factorRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: apps,
    door: 'management',
    access: permissions['one-time-code-apps.read'],
    summary: "A person's authenticator apps, oldest first, one that waits for its first code too",
    schema: { params: UserParams, response: { 200: OneTimeCodeAppList } },
    handle: async ({ ports, actor, tenantId, params }) => {
      const items = await listOneTimeCodeApps(ports, actor, { tenantId, userId: params.userId });
      return { status: 200, body: { items: items.map(appView) } };
    },
  }),
  route({
    method: 'POST',
    path: apps,
    door: 'management',
    access: permissions['one-time-code-apps.write'],
    summary: 'A secret for an authenticator app, shown once; it proves nothing before its first code',
    schema: { params: UserParams, body: BeginOneTimeCodeApp, response: { 201: OneTimeCodeAppBegun } },
    handle: async ({ ports, actor, tenantId, params, body, reply }) => {
      reply.header('cache-control', 'no-store');
      const begun = await beginOneTimeCodeApp(ports, actor, {
        tenantId,
        userId: params.userId,
        friendlyName: body.friendlyName,
        authType: body.authType,
      });
      return { status: 201, body: { ...begun, app: appView(begun.app) } };
    },
  }),
  route({
    method: 'POST',
    path: `${apps}/:appId/confirm`,
    door: 'management',
    access: permissions['one-time-code-apps.write'],
    summary: 'The first code of an app: from then on its codes prove who the person is',
    schema: { params: AppParams, body: ConfirmOneTimeCodeApp, response: { 200: OneTimeCodeApp } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: appView(await confirmOneTimeCodeApp(ports, actor, { tenantId, ...params, code: body.code })),
    }),
  }),
  route({
    method: 'DELETE',
    path: `${apps}/:appId`,
    door: 'management',
    access: permissions['one-time-code-apps.remove'],
    summary: 'Its codes prove nothing any more',
    schema: { params: AppParams, response: { 204: Type.Null() } },
    handle: async ({ ports, actor, tenantId, params }) => {
      await removeOneTimeCodeApp(ports, actor, { tenantId, ...params });
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/users/:userId/password',
    door: 'management',
    access: permissions['passwords.write'],
    summary: 'A temporary password, good for three days; whatever was open in this name ends',
    schema: { params: UserParams, body: SetTemporaryPassword, response: { 200: TemporaryPassword } },
    handle: async ({ ports, actor, tenantId, params, body, reply }) => {
      reply.header('cache-control', 'no-store');
      return {
        status: 200,
        body: await setTemporaryPassword(ports, actor, {
          tenantId,
          userId: params.userId,
          password: body.password ?? null,
        }),
      };
    },
  }),
  route({
    method: 'GET',
    path: policyPath,
    door: 'management',
    access: permissions['password-policy.read'],
    summary: 'What is asked of passwords',
    schema: { versioned: true, response: { 200: StoredPasswordPolicy } },
    handle: async ({ ports, actor, tenantId, reply }) =>
      policyTold(reply, await readPasswordPolicy(ports, actor, { tenantId })),
  }),
  route({
    method: 'PUT',
    path: policyPath,
    door: 'management',
    access: permissions['password-policy.write'],
    summary: 'What is asked of passwords that are set from now on',
    schema: { body: PasswordPolicy, versioned: true, response: { 200: StoredPasswordPolicy } },
    handle: async ({ ports, actor, tenantId, body, request, reply }) => {
      const expected = readIfMatch(request.headers['if-match']);
      return policyTold(reply, await storePasswordPolicy(ports, actor, { tenantId, expected, policy: body }));
    },
  }),
];

function policyTold(reply: Call['reply'], policy: PasswordPolicyVersion) {
  reply.header('etag', entityTag(policy.version));
  return { status: 200, body: policy };
}

/** Never with its secret. */
function appView(app: DomainApp) {
  const { appId, friendlyName, authType, status, createdAt, expiresAt, lastUsedAt } = app;
  return { appId, friendlyName, authType, status, createdAt, expiresAt, lastUsedAt };
}
