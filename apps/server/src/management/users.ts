import { ChangeUser, User, UserDetails, UserInput, UserPage, UserQuery } from '@keywarden/api';
import {
  changeUser,
  createUser,
  getUser,
  permissions,
  searchUsers,
  type UserDetails as UserDetailsOfDomain,
} from '@keywarden/domain';
import { type Call, type Route, route } from '../http/route.ts';
import { entityTag, readIfMatch } from '../http/versions.ts';
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
    schema: { params: UserParams, versioned: true, response: { 200: UserDetails } },
    handle: async ({ ports, actor, tenantId, params, reply }) =>
      told(reply, await getUser(ports, actor, { tenantId, userId: params.userId })),
  }),
  route({
    method: 'PUT',
    path: '/:tenant/api/v1/users/:userId',
    door: 'management',
    access: permissions['users.write'],
    summary:
      'Names, e-mail address, language, and whether she may sign in; disabled, whatever was open in her name ends',
    schema: { params: UserParams, body: ChangeUser, versioned: true, response: { 200: UserDetails } },
    handle: async ({ ports, actor, tenantId, params, body, request, reply }) => {
      const { userId } = params;
      const expected = readIfMatch(request.headers['if-match']);
      return told(reply, await changeUser(ports, actor, { tenantId, userId, expected, change: body }));
    },
  }),
];

function told(reply: Call['reply'], user: UserDetailsOfDomain) {
  // The groups are shown with her, and are not hers to change.
  reply.header(
    'etag',
    entityTag(
      user.version,
      user.groups.map(({ groupId, displayName }) => `${groupId} ${displayName}`),
    ),
  );
  return { status: 200, body: userDetailsView(user) };
}
