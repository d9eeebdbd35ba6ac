import {
  ClientList,
  ClientWithSecret,
  EnrollmentCodeIssued,
  type NewClient,
  OneTimeCodeAppList,
  Passkey,
  PasskeyList,
  User,
  WorkstationList,
} from '@keywarden/api';
import { Type } from 'typebox';
import { type Http, send } from './request.ts';

const Nothing = Type.Union([Type.Null(), Type.Unknown()]);

export type PasskeyChange = 'suspend' | 'activate' | 'revoke';

/** The part of the management API that the pages of a person, of the applications and of the workstations use. */
export function createPeople(http: Http, tenant: string) {
  const base = `/${encodeURIComponent(tenant)}/api/v1`;
  const at = (...parts: readonly string[]) => [base, ...parts.map(encodeURIComponent)].join('/');
  const remove = (path: string) => send(http, { method: 'DELETE', path, answer: Nothing });
  return {
    user: (userId: string, signal?: AbortSignal) =>
      send(http, { path: at('users', userId), answer: User, signal }),
    passkeys: (userId: string, signal?: AbortSignal) =>
      send(http, { path: at('users', userId, 'passkeys'), answer: PasskeyList, signal }),
    changePasskey: (deviceId: string, change: PasskeyChange, reason?: string) =>
      send(http, {
        method: 'POST',
        path: at('passkeys', deviceId, change),
        body: reason === undefined ? {} : { reason },
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
    removeApp: (userId: string, appId: string) => remove(at('users', userId, 'one-time-code-apps', appId)),
    clients: (signal?: AbortSignal) => send(http, { path: at('clients'), answer: ClientList, signal }),
    addClient: (client: NewClient) =>
      send(http, { method: 'POST', path: at('clients'), body: client, answer: ClientWithSecret }),
    rotateSecret: (clientId: string) =>
      send(http, { method: 'POST', path: at('clients', clientId, 'secret'), answer: ClientWithSecret }),
    deleteClient: (clientId: string) => remove(at('clients', clientId)),
    workstations: (signal?: AbortSignal) =>
      send(http, { path: at('workstations'), answer: WorkstationList, signal }),
    unpair: (workstationId: string) => remove(at('workstations', workstationId)),
  };
}
export type People = ReturnType<typeof createPeople>;
