import { ChangeUser, User, UserDetails, UserInput, UserPage, UserQuery } from '@keywarden/api';
import { changeUser, createUser, getUser, permissions, searchUsers } from '@keywarden/domain';
import { type Route, route } from '../http/route.ts';
import { UserParams } from './params.ts';
import { pageRequest, pageView, userDetailsView, userView } from './views.ts';

export const userRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/:tenant/api/v1/users',
    door: 'management',
    access: permissions['users.read'],
    summary: 'People of the built-in directory whose name, login or e-mail begins so',
    schema: { query: UserQuery, response: { 200: UserPage } },
    handle: async ({ ports, actor, tenantId, query }) => {
      const page = await searchUsers(ports, actor, {
        tenantId,
        query: query.query ?? '',
        page: pageRequest(query),
      });
      return { status: 200, body: pageView(page, userView) };
    },
  }),
  route({
    method: 'POST',
    path: '/:tenant/api/v1/users',
    door: 'management',
    access: permissions['users.write'],
    summary: 'Adds a person to the built-in directory, without a password',
    schema: { body: UserInput, response: { 201: User } },
    handle: async ({ ports, actor, tenantId, body }) => {
      const { username, displayName, email } = body;
      return {
        status: 201,
        body: userView(await createUser(ports, actor, { tenantId, username, displayName, email })),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/:tenant/api/v1/users/:userId',
    door: 'management',
    access: permissions['users.read'],
    summary: 'One person of the built-in directory, with the groups that she is in',
    schema: { params: UserParams, response: { 200: UserDetails } },
    handle: async ({ ports, actor, tenantId, params }) => ({
      status: 200,
      body: userDetailsView(await getUser(ports, actor, { tenantId, userId: params.userId })),
    }),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/users/:userId',
    door: 'management',
    access: permissions['users.write'],
    summary:
      'Name, e-mail address, and whether she may sign in; disabled, whatever was open in her name ends',
    schema: { params: UserParams, body: ChangeUser, response: { 200: UserDetails } },
    handle: async ({ ports, actor, tenantId, params, body }) => ({
      status: 200,
      body: userDetailsView(
        await changeUser(ports, actor, { tenantId, userId: params.userId, change: body }),
      ),
    }),
  }),
];
