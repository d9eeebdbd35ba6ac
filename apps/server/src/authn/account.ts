import { Uuid } from '@keywarden/api';
import {
  Account,
  BeginOwnApp,
  ChangeOwnPassword,
  ConfirmOwnApp,
  OwnAppBegun,
  OwnEnrollment,
  OwnLanguage,
  RemoveOwn,
  RenameOwn,
} from '@keywarden/api/account';
import {
  beginOwnApp,
  beginOwnPasskey,
  changeOwnPassword,
  confirmOwnApp,
  endOtherSessions,
  endOwnSession,
  readAccount,
  removeOwnApp,
  removeOwnPasskey,
  renameOwnPasskey,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { HttpRefusal } from '../http/refusal.ts';
import { type Route, route } from '../http/route.ts';
import { holderOf } from './account-holder.ts';
import { accountView } from './account-views.ts';
import { ownWish } from './languages.ts';

const passkey = Type.Object({ deviceId: Uuid });
const app = Type.Object({ appId: Uuid });

/** Per minute and client address: each is hashed slowly, up to three times. */
const passwordsPerMinute = 30;

/** What a person does about her own account. Each is hers alone: no id of another opens anything. */
export const accountRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/authn/account/details',
    door: 'account',
    access: 'account',
    summary: 'The signed-in person’s passkeys, apps and sessions',
    schema: { response: { 200: Account } },
    handle: async (call) => ({
      status: 200,
      body: accountView(await readAccount(call.ports, holderOf(call))),
    }),
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/account/passkeys',
    door: 'account',
    access: 'account',
    summary: 'Opens a transaction in which she enrolls a passkey; needs a recent sign-in',
    schema: { response: { 201: OwnEnrollment } },
    handle: async (call) => {
      const holder = holderOf(call);
      const request_uri = await beginOwnPasskey(call.ports, holder);
      const proven = holder.session.provenFactors.map(({ authType }) => authType);
      return { status: 201, body: { request_uri, username: holder.user.username, proven } };
    },
  }),
  route({
    method: 'PUT',
    path: '/:tenant/authn/account/passkeys/:deviceId',
    door: 'account',
    access: 'account',
    summary: 'Renames one of her passkeys',
    schema: { params: passkey, body: RenameOwn, response: {} },
    handle: async (call) => {
      const { deviceId } = call.params;
      await renameOwnPasskey(call.ports, holderOf(call), { deviceId, name: call.body.name });
      return { status: 204 };
    },
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/authn/account/passkeys/:deviceId',
    door: 'account',
    access: 'account',
    summary: 'Removes one of her passkeys and ends what it opened; needs a recent sign-in',
    schema: { params: passkey, query: RemoveOwn, response: {} },
    handle: async (call) => {
      const { params, query } = call;
      await removeOwnPasskey(call.ports, holderOf(call), {
        deviceId: params.deviceId,
        lastConfirmed: query.confirm_last ?? false,
        languages: ownWish(call),
      });
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/account/password',
    door: 'account',
    access: 'account',
    perMinute: passwordsPerMinute,
    summary: 'Sets her password, and ends what is open in her name elsewhere',
    schema: { query: OwnLanguage, body: ChangeOwnPassword, response: {} },
    handle: async (call) => {
      const { current_password: currentPassword = null, new_password: newPassword } = call.body;
      const languages = ownWish(call);
      await changeOwnPassword(call.ports, holderOf(call), { currentPassword, newPassword, languages });
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/account/apps',
    door: 'account',
    access: 'account',
    summary: 'Makes the secret of a new authenticator app; needs a recent sign-in',
    schema: { query: BeginOwnApp, response: { 201: OwnAppBegun } },
    handle: async (call) => {
      const { auth_type: authType } = call.query;
      const { app, secret, uri } = await beginOwnApp(call.ports, holderOf(call), { authType });
      return { status: 201, body: { id: app.appId, secret, uri, expires_at: app.expiresAt } };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/authn/account/apps/:appId/confirmation',
    door: 'account',
    access: 'account',
    summary: 'The first code of the app: from now on its codes count',
    schema: { params: app, query: OwnLanguage, body: ConfirmOwnApp, response: {} },
    handle: async (call) => {
      const { params, body } = call;
      const languages = ownWish(call);
      await confirmOwnApp(call.ports, holderOf(call), { appId: params.appId, code: body.code, languages });
      return { status: 204 };
    },
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/authn/account/apps/:appId',
    door: 'account',
    access: 'account',
    summary: 'Removes one of her authenticator apps; needs a recent sign-in',
    schema: { params: app, query: RemoveOwn, response: {} },
    handle: async (call) => {
      const { params, query } = call;
      await removeOwnApp(call.ports, holderOf(call), {
        appId: params.appId,
        lastConfirmed: query.confirm_last ?? false,
        languages: ownWish(call),
      });
      return { status: 204 };
    },
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/authn/account/sessions/:kind/:sessionId',
    door: 'account',
    access: 'account',
    summary: 'Ends one of her sessions',
    schema: {
      params: Type.Object({
        kind: Type.Enum(['account', 'application']),
        sessionId: Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\w-]+$' }),
      }),
      response: {},
    },
    handle: async (call) => {
      const { kind, sessionId } = call.params;
      const ended =
        (kind === 'application' || isUuid(sessionId)) &&
        (await endOwnSession(call.ports, holderOf(call), { kind, id: sessionId }));
      if (!ended) {
        throw new HttpRefusal('not-found', 'There is no such session. It may have ended already.', {
          advice: 'Look at the list again.',
        });
      }
      return { status: 204 };
    },
  }),
  route({
    method: 'DELETE',
    path: '/:tenant/authn/account/sessions',
    door: 'account',
    access: 'account',
    summary: 'Ends all of her sessions but this one',
    schema: { response: {} },
    handle: async (call) => {
      await endOtherSessions(call.ports, holderOf(call));
      return { status: 204 };
    },
  }),
];

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
