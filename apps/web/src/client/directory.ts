import {
  type ChangeOperator,
  GroupDetails,
  GroupPage,
  type NewOperator,
  Operator,
  OperatorInvitation,
  OperatorPage,
  OperatorRoleTable,
  UserPage,
} from '@keywarden/api';
import { Type } from 'typebox';
import { type ListRequest, queryOf } from './management.ts';
import { type Http, send } from './request.ts';
import { ifMatch, type Versioned } from './versions.ts';

const Nothing = Type.Union([Type.Null(), Type.Unknown()]);

/** The part of the management API that the pages of groups and of operators use. */
export function createDirectory(http: Http, tenant: string) {
  const base = `/${encodeURIComponent(tenant)}/api/v1`;
  const at = (...parts: readonly string[]) => [base, ...parts.map(encodeURIComponent)].join('/');
  return {
    groups: (list: ListRequest) =>
      send(http, { path: `${at('groups')}${queryOf(list)}`, answer: GroupPage, signal: list.signal }),
    group: (groupId: string, signal?: AbortSignal) =>
      send(http, { path: at('groups', groupId), answer: GroupDetails, signal }),
    addGroup: (displayName: string) =>
      send(http, { method: 'POST', path: at('groups'), body: { displayName }, answer: GroupDetails }),
    renameGroup: ({ groupId, version }: Versioned<'groupId'>, displayName: string) =>
      send(http, {
        method: 'PUT',
        path: at('groups', groupId),
        body: { displayName },
        headers: ifMatch(version),
        answer: GroupDetails,
      }),
    deleteGroup: ({ groupId, version }: Versioned<'groupId'>) =>
      send(http, {
        method: 'DELETE',
        path: at('groups', groupId),
        headers: ifMatch(version),
        answer: Nothing,
      }),
    members: (groupId: string, list: ListRequest) =>
      send(http, {
        path: `${at('groups', groupId, 'members')}${queryOf(list)}`,
        answer: UserPage,
        signal: list.signal,
      }),
    addMembers: (groupId: string, userIds: readonly string[]) =>
      send(http, {
        method: 'POST',
        path: at('groups', groupId, 'members'),
        body: { userIds },
        answer: GroupDetails,
      }),
    removeMember: (groupId: string, userId: string) =>
      send(http, {
        method: 'DELETE',
        path: at('groups', groupId, 'members', userId),
        answer: GroupDetails,
      }),
    operators: (list: ListRequest) =>
      send(http, { path: `${at('operators')}${queryOf(list)}`, answer: OperatorPage, signal: list.signal }),
    operator: (operatorId: string) => send(http, { path: at('operators', operatorId), answer: Operator }),
    roles: (signal?: AbortSignal) =>
      send(http, { path: at('operators', 'roles'), answer: OperatorRoleTable, signal }),
    addOperator: (operator: NewOperator) =>
      send(http, { method: 'POST', path: at('operators'), body: operator, answer: OperatorInvitation }),
    changeOperator: ({ operatorId, version }: Versioned<'operatorId'>, change: ChangeOperator) =>
      send(http, {
        method: 'PUT',
        path: at('operators', operatorId),
        body: change,
        headers: ifMatch(version),
        answer: Operator,
      }),
    inviteOperator: (operatorId: string) =>
      send(http, {
        method: 'POST',
        path: at('operators', operatorId, 'sign-in-link'),
        answer: OperatorInvitation,
      }),
  };
}
export type Directory = ReturnType<typeof createDirectory>;
