import { Uuid } from '@keywarden/api';
import { Account, OwnEnrollment, RemoveOwn, RenameOwn } from '@keywarden/api/account';
import {
  beginOwnPasskey,
  endOtherSessions,
  endOwnSession,
  readAccount,
  removeOwnPasskey,
  renameOwnPasskey,
} from '@keywarden/domain';
import { Type } from 'typebox';
import { type Route, route } from '../http/route.ts';
import { holderOf } from './account-holder.ts';
import { accountView } from './account-views.ts';

const passkey = Type.Object({ deviceId: Uuid });

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
      await endOwnSession(call.ports, holderOf(call), { kind, id: sessionId });
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
