import {
  type ChangeClient,
  type ChangeUser,
  Client,
  ClientList,
  ClientWithSecret,
  EnrollmentCodeIssued,
  type NewClient,
  OneTimeCodeApp,
  OneTimeCodeAppBegun,
  OneTimeCodeAppList,
  Passkey,
  PasskeyList,
  RegistrationToken,
  ReviewedWorkflow,
  TemporaryPassword,
  User,
  UserDetails,
  type UserInput,
  WorkstationList,
} from '@keywarden/api';
import { Type } from 'typebox';
import { type Http, send } from './request.ts';
import { ifMatch, type Versioned } from './versions.ts';

const Nothing = Type.Union([Type.Null(), Type.Unknown()]);

export type PasskeyChange = 'suspend' | 'activate' | 'revoke';

/** The part of the management API that the pages of a person, of the applications and of the workstations use. */
export function createPeople(http: Http, tenant: string) {
  const base = `/${encodeURIComponent(tenant)}/api/v1`;
  const at = (...parts: readonly string[]) => [base, ...parts.map(encodeURIComponent)].join('/');
  const remove = (path: string) => send(http, { method: 'DELETE', path, answer: Nothing });
  return {
    user: (userId: string, signal?: AbortSignal) =>
      send(http, { path: at('users', userId), answer: UserDetails, signal }),
    addUser: (user: UserInput) => send(http, { method: 'POST', path: at('users'), body: user, answer: User }),
    changeUser: ({ userId, version }: Versioned<'userId'>, change: ChangeUser) =>
      send(http, {
        method: 'PUT',
        path: at('users', userId),
        body: change,
        headers: ifMatch(version),
        answer: UserDetails,
      }),
    /** Without one of the operator's own, a random one is made. */
    setPassword: (userId: string, password: string | null) =>
      send(http, {
        method: 'POST',
        path: at('users', userId, 'password'),
        body: password === null ? {} : { password },
        answer: TemporaryPassword,
      }),
    passkeys: (userId: string, signal?: AbortSignal) =>
      send(http, { path: at('users', userId, 'passkeys'), answer: PasskeyList, signal }),
    changePasskey: (deviceId: string, change: PasskeyChange, reason?: string) =>
      send(http, {
        method: 'POST',
        path: at('passkeys', deviceId, change),
        body: reason === undefined ? {} : { reason },
        answer: Passkey,
      }),
    passkey: (deviceId: string) => send(http, { path: at('passkeys', deviceId), answer: Passkey }),
    renamePasskey: ({ deviceId, version }: Versioned<'deviceId'>, friendlyName: string) =>
      send(http, {
        method: 'POST',
        path: at('passkeys', deviceId, 'rename'),
        body: { friendlyName },
        headers: ifMatch(version),
        answer: Passkey,
      }),
    limitPasskey: (
      { deviceId, version }: Versioned<'deviceId'>,
      limit: Pick<Passkey, 'validFrom' | 'validUntil'>,
    ) =>
      send(http, {
        method: 'PUT',
        path: at('passkeys', deviceId, 'validity'),
        body: limit,
        headers: ifMatch(version),
        answer: Passkey,
      }),
    issueCode: (userId: string, expiresIn: number) =>
      send(http, {
        method: 'POST',
        path: at('users', userId, 'enrollment-codes'),
        body: { expiresIn },
        answer: EnrollmentCodeIssued,
      }),
    apps: (userId: string, signal?: AbortSignal) =>
      send(http, { path: at('users', userId, 'one-time-code-apps'), answer: OneTimeCodeAppList, signal }),
    /** The factors that codes of an app prove, by their authType, in the workflow's order. */
    appFactors: async (signal?: AbortSignal) => {
      const { document } = await send(http, { path: at('workflow'), answer: ReviewedWorkflow, signal });
      const factors = [...document.firstFactors, ...document.secondFactors];
      const codes = factors.filter(({ type, method }) => type === 'OTP' && method !== 'email');
      return [...new Set(codes.map(({ code }) => code))];
    },
    beginApp: (userId: string, app: { readonly friendlyName: string; readonly authType: string }) =>
      send(http, {
        method: 'POST',
        path: at('users', userId, 'one-time-code-apps'),
        body: app,
        answer: OneTimeCodeAppBegun,
      }),
    confirmApp: (userId: string, app: { readonly appId: string; readonly code: string }) =>
      send(http, {
        method: 'POST',
        path: at('users', userId, 'one-time-code-apps', app.appId, 'confirm'),
        body: { code: app.code },
        answer: OneTimeCodeApp,
      }),
    removeApp: (userId: string, appId: string) => remove(at('users', userId, 'one-time-code-apps', appId)),
    clients: (signal?: AbortSignal) => send(http, { path: at('clients'), answer: ClientList, signal }),
    addClient: (client: NewClient) =>
      send(http, { method: 'POST', path: at('clients'), body: client, answer: ClientWithSecret }),
    client: (clientId: string, signal?: AbortSignal) =>
      send(http, { path: at('clients', clientId), answer: Client, signal }),
    changeClient: ({ clientId, version }: Versioned<'clientId'>, change: ChangeClient) =>
      send(http, {
        method: 'PUT',
        path: at('clients', clientId),
        body: change,
        headers: ifMatch(version),
        answer: Client,
      }),
    rotateSecret: (clientId: string) =>
      send(http, { method: 'POST', path: at('clients', clientId, 'secret'), answer: ClientWithSecret }),
    allowRegistration: () =>
      send(http, { method: 'POST', path: at('clients', 'registration-tokens'), answer: RegistrationToken }),
    deleteClient: (clientId: string) => remove(at('clients', clientId)),
    workstations: (signal?: AbortSignal) =>
      send(http, { path: at('workstations'), answer: WorkstationList, signal }),
    unpair: (workstationId: string) => remove(at('workstations', workstationId)),
  };
}
export type People = ReturnType<typeof createPeople>;
